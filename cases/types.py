"""The values of cases: what a lead is, what joins leads, and what a dossier holds.

This package knows neither the classifier nor the registry nor the crawler: the pipeline maps their values to these.
Text in a field that ends up before an inspector (``reason``, ``sought``, ``note`` …) is Vietnamese.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from cases.attached import Picture, Precedent, Reports, Request
from cases.triage import Decision
from models.vocabulary import Answer, CaseStatus, Code, Domain, Method, Verdict


def _probability(value: float, what: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{what} is a probability in [0, 1], not {value!r}")


def _aware(value: datetime, what: str) -> None:
    if value.tzinfo is None:
        raise ValueError(f"{what} must carry a time zone: {value!r}")


@dataclass(frozen=True, slots=True)
class Citation:
    """A provision in force on the day the advertisement was shown, and whether its wording was checked (``verified``).

    ``text`` is how an inspector cites it; ``source`` is where it was read (a URL, or empty).
    """

    text: str
    instrument: str
    article: str
    verified: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class PenaltyBand:
    """The fine for one act, in VND, as (least, most) for an individual and for an organisation; ``None`` is not known.

    ``usual_individual`` is the amount usually set within the band, if the policy states one.
    """

    instrument: str
    article: str
    individual: tuple[int, int] | None = None
    organisation: tuple[int, int] | None = None
    usual_individual: int | None = None
    verified: bool = False
    extra_sanction: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeadFinding:
    """One sign of a violation, with its proof.

    Either words that are there (``quote``, not empty, between ``context_before`` and ``context_after``) or something
    required that is not (``sought``, and ``where`` it was looked for).
    """

    code: Code
    probability: float
    method: Method
    quote: str = ""
    context_before: str = ""
    context_after: str = ""
    sought: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    reason: str = ""
    provisions: tuple[Citation, ...] = ()
    penalty: PenaltyBand | None = None

    def __post_init__(self) -> None:
        _probability(self.probability, "the probability of a finding")


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What the licence registry says of one name in an advertisement.

    ``kind`` is ``practitioner`` or ``facility``, or ``confirmation_no`` or ``product_registration`` for a number that
    the register of confirmations is asked about (``within_scope`` then says whether it is this product's). ``named`` is
    how the advertisement names it; ``record_name`` and ``licence_no`` are the record's, empty unless matched;
    ``snapshot`` says which import of the registry was asked.
    """

    kind: str
    named: str
    decision: Verdict
    record_name: str = ""
    licence_no: str = ""
    probability: float = 0.0
    exists: Answer = Answer.UNKNOWN
    in_force: Answer = Answer.UNKNOWN
    at_place: Answer = Answer.UNKNOWN
    within_scope: Answer = Answer.UNKNOWN
    reasons: tuple[str, ...] = ()
    snapshot: str = ""

    def __post_init__(self) -> None:
        _probability(self.probability, "the probability of a match")

    @property
    def is_licence(self) -> bool:
        """Whether the answer is about a person's or a place's licence, not about a number."""
        return self.kind in {"practitioner", "facility"}


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """Where one capture lies in the evidence: enough for anyone to find the bytes and check them.

    ``payload_sha256`` is of the body as transferred, ``entry_sha256`` of the line ``seq`` of the hash-chained log.
    ``offset`` and ``length`` bound the response record in the WARC file, in bytes; a ``length`` of 0 is not known.
    """

    url: str
    captured_at: datetime
    status: int
    warc: str
    record_id: str
    payload_sha256: str
    entry_sha256: str
    seq: int
    offset: int = 0
    length: int = 0

    def __post_init__(self) -> None:
        _aware(self.captured_at, "captured_at")


class KeyKind(StrEnum):
    """What two advertisements may share. The order is the order of strength."""

    LICENCE = "licence"
    FACILITY = "facility"
    PHONE = "phone"
    ACCOUNT = "account"
    SITE = "site"
    ADDRESS = "address"
    NAME = "name"
    PRACTITIONER = "practitioner"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LinkKey:
    """Something that may join advertisements: ``value`` is normalised and compared, ``display`` is for a reader."""

    kind: KeyKind
    value: str
    display: str = ""

    @property
    def identity(self) -> tuple[KeyKind, str]:
        """What is compared: the kind and the normalised value."""
        return self.kind, self.value


@dataclass(frozen=True, slots=True)
class Lead:
    """One advertisement with signs of violation. ``shown_on`` is the day whose law applies.

    ``replaces`` are the earlier texts of the same page, oldest first. ``origin`` tells in Vietnamese where an imported
    advertisement comes from and how its text came to be; empty for what was crawled.
    """

    ad_id: int
    url: str
    title: str
    source: str
    shown_on: date
    first_seen_at: datetime
    last_seen_at: datetime
    risk: float
    domains: tuple[Domain, ...] = ()
    findings: tuple[LeadFinding, ...] = ()
    keys: tuple[LinkKey, ...] = ()
    registry: tuple[RegistryAnswer, ...] = ()
    evidence: tuple[EvidenceRef, ...] = ()
    text_excerpt: str = ""
    replaces: tuple[int, ...] = ()
    origin: str = ""

    def __post_init__(self) -> None:
        _probability(self.risk, "risk")
        _aware(self.first_seen_at, "first_seen_at")
        _aware(self.last_seen_at, "last_seen_at")


@dataclass(frozen=True, slots=True)
class Prior:
    """How a case on file was decided: ``said`` in Vietnamese, the fine in VND (0: none), number, moment."""

    said: str
    sanctioned: bool
    fine_vnd: int
    number: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ExistingCase:
    """A case that is already on file: its keys as (kind, value), its advertisements, and where it stands.

    ``placed`` are the advertisements that a person put into it; ``apart`` the cases from which a person parted it: the
    machine proposes no merger with those. ``prior`` is its latest decision, if there is one.
    """

    case_id: int
    keys: frozenset[tuple[KeyKind, str]]
    ad_ids: frozenset[int]
    status: CaseStatus = CaseStatus.NEW
    placed: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    prior: Prior | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Why one advertisement belongs to a case: the key it shares, and the reason in Vietnamese."""

    ad_id: int
    key: LinkKey
    reason: str


@dataclass(frozen=True, slots=True)
class PriorityPart:
    """One part of a priority: ``value`` and ``weight`` in [0, 1], named and explained in Vietnamese."""

    name_vi: str
    value: float
    weight: float
    explanation_vi: str


@dataclass(frozen=True, slots=True)
class Priority:
    """How soon a person should look, in [0, 1], and what it is made of.

    ``value`` is the weighted sum of the parts, unless ``cap_vi`` says in Vietnamese why it was held down.
    """

    value: float
    parts: tuple[PriorityPart, ...] = ()
    cap_vi: str = ""

    def __post_init__(self) -> None:
        _probability(self.value, "a priority")


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What the machine proposes: a new case (``case_id`` is ``None``), or more advertisements for one on file.

    ``ad_ids`` holds all advertisements of the case, also those it had before; ``links`` those whose lead was given;
    ``keys`` the keys by which more may join (store them: they are ``ExistingCase.keys`` of the next run).
    ``notes`` are Vietnamese sentences for the reader; ``related`` are the cases that may be of the same subject, which
    only a person may merge.
    """

    case_id: int | None
    subject: str
    subject_kind: str
    ad_ids: tuple[int, ...]
    links: tuple[Link, ...]
    keys: tuple[LinkKey, ...]
    priority: Priority
    codes: tuple[Code, ...]
    registry_summary: str
    notes: tuple[str, ...] = ()
    related: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that a rendered file needs.

    ``code_names`` gives each code's Vietnamese name (from the policy file). ``agency`` and ``parent_agency`` head the
    file; left empty they are drawn as blanks to fill in. Versions say which policy and models were used.
    ``limitation_ends`` is reckoned from the last sighting; ``requests`` are those to take advertisements down;
    ``precedents`` past sanctions of similar acts; ``pictures`` what the pages looked like.
    """

    case_id: int
    subject: str
    status: CaseStatus
    opened_at: datetime
    leads: tuple[Lead, ...]
    priority: Priority
    generated_at: datetime
    subject_kind: str = ""
    links: tuple[Link, ...] = ()
    history: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    code_names: Mapping[Code, str] = field(default_factory=dict)
    registry_summary: str = ""
    policy_version: str = ""
    classifier_version: str = ""
    matcher_version: str = ""
    registry_snapshot: str = ""
    evidence_head_sha256: str = ""
    agency: str = ""
    parent_agency: str = ""
    assignee: str = ""
    limitation_ends: date | None = None
    requests: tuple[Request, ...] = ()
    precedents: tuple[Precedent, ...] = ()
    reports: Reports = field(default_factory=Reports)
    pictures: tuple[Picture, ...] = ()

    def __post_init__(self) -> None:
        _aware(self.opened_at, "opened_at")
        _aware(self.generated_at, "generated_at")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list of cases. ``id`` is the case number; ``codes`` are shown by their Vietnamese names."""

    case_id: int
    subject: str
    status: CaseStatus
    priority: float
    advertisements: int
    codes: tuple[Code, ...]
    registry: str = ""
