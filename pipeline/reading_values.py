"""The values of reading: what is put before a reader, what the reader answers, and what stands in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cases.types import RegistryAnswer
from models.errors import InputError
from models.vocabulary import Code, Domain, Method, Queue, ReadingOutcome, TextKind

#: [start, end) in the advertisement's text, in code points.
Spans = tuple[tuple[int, int], ...]

#: A code that the machine gives this much is not lightly refused: who does says why.
SURE = 0.9


class NeedsReasonError(InputError):
    """The answer would stand with a reason: it overrides the machine, or settles what two readers differ about."""


@dataclass(frozen=True, slots=True)
class ItemFinding:
    """One sign of a violation that the machine proposes, as the reader sees it.

    ``provisions`` are (citation, whether it was verified); ``penalty`` is a Vietnamese sentence, empty where the policy
    states none. ``start`` and ``end`` bound the quote in the text; of an absence both are 0 and ``sought`` says what
    was looked for.
    """

    finding_id: int
    code: Code
    name_vi: str
    probability: float
    method: Method
    quote: str
    start: int
    end: int
    absence: bool
    sought: tuple[str, ...]
    reason: str
    provisions: tuple[tuple[str, bool], ...]
    penalty: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that was given before: the reader's own, or (before a third person) those that differ."""

    reading_id: int
    reader: str
    queue: Queue
    outcome: ReadingOutcome
    kind: TextKind | None
    domains: tuple[Domain, ...]
    codes: Mapping[Code, Spans]
    reason: str
    blind: bool
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Precedent:
    """The past answer nearest to this advertisement. ``why`` says in Vietnamese in what they are alike."""

    ad_id: int
    url: str
    title: str
    outcome: ReadingOutcome
    codes: tuple[Code, ...]
    reader: str
    read_at: datetime
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class ReadingItem:
    """One advertisement before one reader, with all that the machine says of it.

    With ``blind`` set the machine's scores, signs and codes are left out (empty, 0.0): what is not there cannot leak.
    ``screenshot`` is the id of the newest capture that shows the page. ``origin`` tells where an imported one comes
    from.
    """

    ad_id: int
    url: str
    title: str
    text: str
    main_end: int
    site: str
    source: str
    channel: str
    shown_on: date
    first_seen_at: datetime
    last_seen_at: datetime
    withdrawn_at: datetime | None
    queue: Queue
    opened_at: datetime
    version: str
    versions: tuple[str, str]
    blind: bool = False
    kind: TextKind | None = None
    kind_probability: float = 0.0
    domains: tuple[Domain, ...] = ()
    risk: float = 0.0
    codes: Mapping[Code, float] = field(default_factory=dict)
    findings: tuple[ItemFinding, ...] = ()
    registry: tuple[RegistryAnswer, ...] = ()
    case_id: int | None = None
    screenshot: int | None = None
    precedent: Precedent | None = None
    earlier: tuple[Earlier, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of an advertisement.

    ``codes`` maps each code that stands to the spans of its quotes; a code that the machine found and that comes
    without spans takes the machine's. ``blind``: given before the scores were shown. ``versions`` are those of the
    item; left out, they are those of the last run.
    """

    ad_id: int
    reader: str
    queue: Queue
    outcome: ReadingOutcome
    kind: TextKind | None = None
    domains: Sequence[Domain] = ()
    codes: Mapping[Code, Sequence[tuple[int, int]]] = field(default_factory=dict)
    reason: str = ""
    blind: bool = False
    opened_at: datetime | None = None
    versions: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Settled(Earlier):
    """The answer that stands on an advertisement: of one reader, of several who agree, or of a third (adjudicated)."""

    ad_id: int
    weight: float
    readers: int
    adjudicated: bool
