"""The values that a dossier carries beside its leads: past sanctions, take-down requests, pictures, reports."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.vocabulary import Code, Domain

_DAY = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


class Seen(StrEnum):
    """What captures after a take-down request show of the advertisement."""

    OBEYED = "obeyed"
    CHANGED = "changed"
    LIVE = "live"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """One take-down request, and where it stands; ``seen_at`` is when the captures showed ``seen``, if they did."""

    number: int
    case_id: int
    ad_id: int | None
    url: str
    addressee: str
    requested_by: str
    requested_at: datetime
    due_at: datetime
    seen: Seen
    seen_at: datetime | None
    overdue: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Precedent:
    """One sanction: its day ('2025-11-27', or only month or year), acts, classes, fine in VND (0: not printed), number.

    ``decided`` says whether the day is the decision's own (else the report's); ``doubtful``, that the report leaves
    open what exactly was sanctioned; ``case_id`` is the number of an own case (0: from the file).
    """

    on: str
    codes: frozenset[Code]
    domains: frozenset[Domain] = frozenset()
    fine_vnd: int = 0
    number: str = ""
    source: str = ""
    decided: bool = True
    advertising: bool = True
    doubtful: bool = False
    case_id: int = 0

    def __post_init__(self) -> None:
        if not _DAY.fullmatch(self.on):
            raise ValueError(f"a precedent's day is YYYY, YYYY-MM or YYYY-MM-DD, not {self.on!r}")
        if not self.codes:
            raise ValueError("a precedent without a code")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an advertisement's page, as captured: its bytes, type, size in pixels, moment and hash.

    Build it with ``cases.pictures.picture``, which looks at the bytes.
    """

    ad_id: int
    content: bytes
    content_type: str
    width: int
    height: int
    captured_at: datetime
    sha256: str
    seq: int


@dataclass(frozen=True, slots=True)
class Reports:
    """How many citizens' reports a case has, and when the first and the last came. Who made them is not here."""

    count: int = 0
    first_on: date | None = None
    last_on: date | None = None
