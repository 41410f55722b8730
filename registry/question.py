"""What a passage says of a person, ready to be compared with the registry."""

from dataclasses import dataclass, field

from registry.names import Fit
from registry.passage import Passage


@dataclass(slots=True)
class PersonQuestion:
    """``words`` as (written, folded); ``readings`` gives for each the registry's syllables that it can stand for.

    ``alternatives`` are the readings without those of an initial. ``holders`` are the records with the stated licence
    number, ``phone_places`` the places with a stated phone; ``clinic`` how well the stated clinic fits which places
    (``None`` where none is stated). Areas are those of ``PeopleIndex.area``. ``fits`` keeps alignments, by group.
    """

    passage: Passage
    words: tuple[tuple[str, str], ...]
    alternatives: list[dict[int, int]]
    readings: list[dict[int, int]]
    district: int
    ward: int
    clinic: dict[int, str] | None
    phone_places: frozenset[int]
    holders: frozenset[int]
    initials: bool = False
    surname_last: bool = False
    fits: dict[int, Fit] = field(default_factory=dict)
