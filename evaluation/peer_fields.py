"""Mentions and records as plain columns, and what another way to link answers: the values of the comparison."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fields:
    """A mention or a record as plain columns, folded; ``place`` is the workplace's brand, or a facility's own."""

    id: str
    name: str
    place: str = ""
    speciality: str = ""
    district: str = ""
    ward: str = ""
    licence: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """The best record for a mention and its score; an empty id where there is none."""

    id: str
    score: float
