"""The values of the registry: records in, mentions out of advertisements, and the answer that joins the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.vocabulary import Answer, LicenceStatus, MentionKind, RegistryKind, Verdict


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a practitioner is registered to work. ``facility_id`` is the facility's id or licence number, if given."""

    name: str
    facility_id: str = ""
    district: str = ""
    ward: str = ""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One person's licence to practise, as the registry states it. Empty strings are unknown."""

    id: str
    full_name: str
    licence_no: str = ""
    qualification: str = ""
    scope: str = ""
    status: LicenceStatus = LicenceStatus.UNKNOWN
    issued_on: date | None = None
    expires_on: date | None = None
    issuer: str = ""
    province: str = ""
    workplaces: tuple[Workplace, ...] = ()
    notes: tuple[str, ...] = ()
    gender: str = ""
    status_on: date | None = None


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility's operating licence, as the registry states it."""

    id: str
    legal_name: str
    trade_name: str = ""
    licence_no: str = ""
    kind: str = ""
    scope: str = ""
    services: str = ""
    address: str = ""
    ward: str = ""
    district: str = ""
    ward_old: str = ""
    phones: tuple[str, ...] = ()
    website: str = ""
    responsible_name: str = ""
    responsible_licence: str = ""
    status: LicenceStatus = LicenceStatus.UNKNOWN
    issued_on: date | None = None
    expires_on: date | None = None
    notes: tuple[str, ...] = ()
    organisation: str = ""
    responsible_id: str = ""
    status_on: date | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A confirmation of advertising content (giấy xác nhận nội dung quảng cáo)."""

    number: str
    product: str = ""
    company: str = ""
    issued_on: date | None = None
    content_sha256: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class DeclaredPrice:
    """A price that a facility declared, in VND."""

    facility_licence: str
    service: str
    price_vnd: int
    declared_on: date | None = None


Record = Practitioner | Facility | Confirmation | DeclaredPrice


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken: its number in the file (1-based, as a spreadsheet shows it) and why."""

    row: int
    reason: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """What ``read_roster`` found in one file."""

    kind: RegistryKind
    records: tuple[Record, ...]
    rejections: tuple[Rejection, ...]
    columns: Mapping[str, str]
    sha256: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or something that an advertisement names: ``text[start:end] == self.text`` in the given text.

    ``value`` is the normalised form (a folded name, digits of a phone, a canonical licence number). ``context`` is the
    passage that belongs to it: what the matcher reads.
    """

    kind: MentionKind
    text: str
    start: int
    end: int
    value: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the registry. ``text`` is the passage that names the person or place, with its context.

    ``as_of`` is the day of the advertisement; ``seen_on`` the last day on which it was seen still shown. ``places`` are
    the ids and licence numbers of the facility at which the advertisement puts a person, where they are known.
    """

    id: str
    kind: MentionKind
    text: str
    as_of: date | None = None
    techniques: tuple[str, ...] = ()
    seen_on: date | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The four facts, each yes, no or unknown ('cannot tell')."""

    exists: Answer = Answer.UNKNOWN
    in_force: Answer = Answer.UNKNOWN
    at_place: Answer = Answer.UNKNOWN
    within_scope: Answer = Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that might be meant, with the probability (in [0, 1]) that it is."""

    registry_id: str
    name: str
    probability: float
    licence_no: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The registry's answer to one query.

    ``registry_id`` and ``licence_no`` are empty unless ``decision`` is ``matched``. ``reasons`` are plain Vietnamese
    sentences that an inspector reads.
    """

    id: str
    decision: Verdict
    probability: float
    facts: Facts
    registry_id: str = ""
    licence_no: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = field(default=())
