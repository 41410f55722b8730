"""The parts of a dossier as plain Vietnamese strings, safe to show: every form of it is written from them."""

from dataclasses import dataclass

from cases.attached import Picture


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted words between their context, with how sure the finding is and how it was made."""

    before: str
    words: str
    after: str
    certainty: str
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """What was looked for and not found, and where."""

    sought: tuple[str, ...]
    where: tuple[str, ...]
    certainty: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision as cited, and whether it was checked."""

    cited: str
    state: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """All findings of one code in one advertisement, with the law of that day."""

    number: str
    name: str
    quotes: tuple[Quote, ...]
    absences: tuple[Absence, ...]
    others: tuple[tuple[str, str], ...]
    provisions: tuple[Provision, ...]
    penalty: tuple[tuple[str, str], ...]
    penalty_verified: bool


@dataclass(frozen=True, slots=True)
class Advertisement:
    """One advertisement: a table of facts and its signs."""

    number: int
    title: str
    facts: tuple[tuple[str, str], ...]
    signs: tuple[Sign, ...]
    picture: Picture | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """One name, the registry's answer, and the four facts."""

    named: str
    answer: str
    facts: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; ``widths`` are shares of the page's width."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole dossier, in order."""

    parent_agency: str
    agency: str
    place_and_day: str
    title: str
    subtitle: str
    notice: str
    summary: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    registered: tuple[Registered, ...]
    advertisements: tuple[Advertisement, ...]
    left_out: str
    links: Table
    priority: Table
    priority_said: str
    precedents: Table
    history: Table
    requests: Table
    evidence: Table
    how_to_verify: tuple[str, ...]
    commands: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    disclaimer: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    number: str
