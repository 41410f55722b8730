"""The whole world at rest, in one file.

::

    Run ─< Capture >─ Advertisement ─< Assessment ─< Finding
                          │  ├──< Mention ─< RegistryAnswer >─ (RegistryRecord: by kind + record_id)
                          │  └──< StageResult            RegistrySnapshot ─< RegistryRecord
                          └──< CaseLink >─ Case ─< Decision           └─< RegistryRejection
    Report ─ Reporter        Case ─< Takedown        Account ─< Login
    Advertisement ─< Reading, Claim, AuditItem >─ AuditSample        AccessRecord (who saw and did what)

Rules the tables hold by themselves: a capture is unique by its place in the evidence log; an advertisement by address
and text; a stage's result by (subject, stage, version); a finding has a quote or a list of what was sought, and at
least one provision; decisions are only ever added. Enumerations are stored by value, as text.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Enum,
    Index,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from models.vocabulary import (
    Answer,
    CaseStatus,
    Code,
    MentionKind,
    Method,
    Outcome,
    Queue,
    ReadingOutcome,
    RegistryKind,
    Role,
    RunStatus,
    Stage,
    TextKind,
    Verdict,
)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def _enum(enum: type[StrEnum]) -> Any:
    # Plain enums would store the NAME and become a native type on PostgreSQL, which no migration could extend.
    return Enum(enum, native_enum=False, values_callable=lambda e: [m.value for m in e], length=40)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite forgets the zone; a naive value is refused rather than guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Run(SQLModel, table=True):
    """One crawl or import, from start to finish. ``id`` is the run id that the evidence carries."""

    id: str = Field(primary_key=True)
    kind: str
    started_at: datetime = Field(default_factory=now, sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    status: RunStatus = Field(default=RunStatus.RUNNING, sa_type=_enum(RunStatus))
    summary: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Capture(SQLModel, table=True):
    """One event of the evidence log: a response kept or a request that came to nothing, and its proof.

    ``role`` is ``page``, or ``screenshot`` or ``image`` for a picture; ``about`` is then the address of the page that
    the picture shows or stands in.
    """

    __table_args__ = (UniqueConstraint("seq", "entry_sha256"), Index("ix_capture_url_at", "url", "captured_at"))

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", index=True)
    source: str
    url: str = Field(sa_type=Text)
    captured_at: datetime = Field(sa_type=Moment)
    outcome: Outcome = Field(sa_type=_enum(Outcome))
    status: int = 0
    content_type: str = ""
    payload_sha256: str = ""
    record_id: str = ""
    warc: str = ""
    warc_offset: int = 0
    warc_length: int = 0
    seq: int = Field(index=True)
    entry_sha256: str
    error: str = ""
    role: str = Field(default="page")
    about: str = Field(default="", sa_type=Text, index=True)


class Advertisement(SQLModel, table=True):
    """A text as shown at an address (or as imported). ``text[:main_end]`` is the main content, the rest the footer.

    A page that changes becomes a further row; ``superseded_at`` is set on the older one, which stays. ``part`` numbers
    the advertisements of one page from 0. ``text_group`` is the id of the first advertisement of nearly the same text
    (its own where there is none). ``channel`` is where it was shown: ``web``, or the format that it was imported from.
    ``details`` holds what the page states beside its text: structured data, what was read from pictures, the library's
    own fields.
    """

    __table_args__ = (UniqueConstraint("url", "text_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_type=Text, index=True)
    site: str = Field(default="", index=True)
    source: str = ""
    title: str = Field(default="", sa_type=Text)
    text: str = Field(sa_type=Text)
    main_end: int
    text_sha256: str
    published_on: date | None = None
    first_seen_at: datetime = Field(sa_type=Moment)
    last_seen_at: datetime = Field(sa_type=Moment)
    superseded_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    capture_id: int | None = Field(default=None, foreign_key="capture.id", index=True)
    extractor: str = ""
    part: int = 0
    channel: str = Field(default="web")
    text_group: int | None = Field(default=None, index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class StageResult(SQLModel, table=True):
    """That a stage has done a subject in a version. What lacks a row is what remains to do."""

    __table_args__ = (UniqueConstraint("advertisement_id", "stage", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    stage: Stage = Field(sa_type=_enum(Stage))
    version: str
    done_at: datetime = Field(default_factory=now, sa_type=Moment)
    error: str = Field(default="", sa_type=Text)


class Assessment(SQLModel, table=True):
    """What one version of the classifier says of one advertisement."""

    __table_args__ = (UniqueConstraint("advertisement_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    classifier: str
    version: str
    kind: TextKind = Field(sa_type=_enum(TextKind))
    kind_probability: float
    domains: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    codes: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    risk: float = Field(index=True)
    shown_on: date
    assessed_at: datetime = Field(default_factory=now, sa_type=Moment)


class Finding(SQLModel, table=True):
    """A sign of a violation in one advertisement: what was quoted (or sought in vain), and the law of that day.

    ``version`` is that of the stage which made it (classifier or matcher); the older version's findings stay.
    """

    __table_args__ = (
        CheckConstraint("quote <> '' OR absence", name="finding_has_proof"),
        CheckConstraint("provision_count > 0", name="finding_has_provision"),
        CheckConstraint("end_at >= start_at AND start_at >= 0", name="finding_span"),
        CheckConstraint("probability >= 0 AND probability <= 1", name="finding_probability"),
        Index("ix_finding_ad_version", "advertisement_id", "version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id")
    stage: Stage = Field(sa_type=_enum(Stage))
    version: str
    code: Code = Field(sa_type=_enum(Code), index=True)
    method: Method = Field(sa_type=_enum(Method))
    probability: float
    quote: str = Field(default="", sa_type=Text)
    start_at: int = 0
    end_at: int = 0
    absence: bool = False
    sought: list[str] = Field(default_factory=list, sa_type=JSON)
    looked_in: list[str] = Field(default_factory=list, sa_type=JSON)
    reason: str = Field(default="", sa_type=Text)
    shown_on: date
    provision_count: int
    law: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Mention(SQLModel, table=True):
    """Somebody or something that an advertisement names."""

    __table_args__ = (
        UniqueConstraint("advertisement_id", "kind", "start_at", "end_at", "version"),
        Index("ix_mention_kind_value", "kind", "value"),
    )

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    version: str
    kind: MentionKind = Field(sa_type=_enum(MentionKind))
    text: str = Field(sa_type=Text)
    start_at: int
    end_at: int
    value: str


class RegistrySnapshot(SQLModel, table=True):
    """One import of one registry file: dated, hashed and counted."""

    id: int | None = Field(default=None, primary_key=True)
    kind: RegistryKind = Field(sa_type=_enum(RegistryKind), index=True)
    file_name: str
    file_sha256: str
    imported_at: datetime = Field(default_factory=now, sa_type=Moment)
    accepted: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    reinstated: int = 0
    columns: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    notes: list[str] = Field(default_factory=list, sa_type=JSON)


class RegistryRecord(SQLModel, table=True):
    """One state of one registry record, from the snapshot that brought it until the one that changed or dropped it.

    ``record_id`` is the record's own id where the file has one, else its licence number. History is kept: the registry
    as of a day is every row whose first snapshot is not later and whose last is later or still open.
    """

    __table_args__ = (Index("ix_registry_record_key", "kind", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: RegistryKind = Field(sa_type=_enum(RegistryKind))
    record_id: str
    occurrence: int = 0
    name: str = Field(default="", index=True)
    licence_no: str = Field(default="", index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    content_sha256: str
    from_snapshot_id: int = Field(foreign_key="registrysnapshot.id", index=True)
    until_snapshot_id: int | None = Field(default=None, foreign_key="registrysnapshot.id", index=True)


class RegistryRejection(SQLModel, table=True):
    """A row of a registry file that was not taken, and why."""

    id: int | None = Field(default=None, primary_key=True)
    snapshot_id: int = Field(foreign_key="registrysnapshot.id", index=True)
    row: int
    reason: str = Field(sa_type=Text)
    content: str = Field(default="", sa_type=Text)


class RegistryAnswer(SQLModel, table=True):
    """The registry's answer on one person or place that an advertisement names, in one version."""

    __table_args__ = (UniqueConstraint("advertisement_id", "query_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    query_id: str
    version: str
    kind: MentionKind = Field(sa_type=_enum(MentionKind))
    named: str = Field(sa_type=Text)
    passage: str = Field(sa_type=Text)
    decision: Verdict = Field(sa_type=_enum(Verdict))
    probability: float
    registry_id: str = ""
    record_name: str = ""
    licence_no: str = ""
    exists: Answer = Field(default=Answer.UNKNOWN, sa_type=_enum(Answer))
    in_force: Answer = Field(default=Answer.UNKNOWN, sa_type=_enum(Answer))
    at_place: Answer = Field(default=Answer.UNKNOWN, sa_type=_enum(Answer))
    within_scope: Answer = Field(default=Answer.UNKNOWN, sa_type=_enum(Answer))
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    candidates: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    as_of: date
    primary: bool = False


class Case(SQLModel, table=True):
    """An inspection case: the linked leads on one subject. Only a human moves ``status`` past ``new``."""

    __tablename__ = "inspection_case"  # CASE is a reserved word of SQL

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=Text)
    subject_kind: str
    status: CaseStatus = Field(default=CaseStatus.NEW, sa_type=_enum(CaseStatus))
    priority: float = Field(default=0.0, index=True)
    priority_parts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    codes: list[str] = Field(default_factory=list, sa_type=JSON)
    registry_summary: str = Field(default="", sa_type=Text)
    notes: list[str] = Field(default_factory=list, sa_type=JSON)
    opened_at: datetime = Field(default_factory=now, sa_type=Moment)
    updated_at: datetime = Field(default_factory=now, sa_type=Moment)
    assignee: str = ""
    merged_into_id: int | None = None  # the number of a case; no key, since SQLite would copy the table to add one


class CaseKey(SQLModel, table=True):
    """What ties leads to a case: a licence number, a phone, a site, a registry record."""

    __table_args__ = (UniqueConstraint("case_id", "kind", "value"), Index("ix_casekey_kind_value", "kind", "value"))

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="inspection_case.id", index=True)
    kind: str
    value: str
    display: str = ""


class CaseLink(SQLModel, table=True):
    """That an advertisement belongs to a case, and why (in Vietnamese).

    ``placed_by`` names the person who put it there (merge, split); the machine then leaves it where it is.
    """

    __table_args__ = (UniqueConstraint("case_id", "advertisement_id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="inspection_case.id", index=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    linked_at: datetime = Field(default_factory=now, sa_type=Moment)
    placed_by: str = ""


class Decision(SQLModel, table=True):
    """What a human decided on a case or a finding: who, when, why. Never edited; a later one supersedes.

    ``action`` is the state that a case was moved to, or another step that leaves its state (``note``, ``assign``,
    ``merge``, ``split``, ``takedown``); ``details`` holds what belongs to it (outcome, fine, decision number …).
    """

    id: int | None = Field(default=None, primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="inspection_case.id", index=True)
    finding_id: int | None = Field(default=None, foreign_key="finding.id", index=True)
    decided_at: datetime = Field(default_factory=now, sa_type=Moment)
    decided_by: str
    action: str
    reason: str = Field(default="", sa_type=Text)
    supersedes_id: int | None = Field(default=None, foreign_key="decision.id")
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Takedown(SQLModel, table=True):
    """A request to take an advertisement down. Whether it was obeyed is what later captures of the address show."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="inspection_case.id", index=True)
    advertisement_id: int | None = Field(default=None, foreign_key="advertisement.id", index=True)
    url: str = Field(sa_type=Text)
    addressee: str = ""
    requested_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    requested_by: str
    note: str = Field(default="", sa_type=Text)


class Report(SQLModel, table=True):
    """What a citizen reported. Who reported it is kept apart (``Reporter``) and shown to few."""

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id", index=True)
    received_on: date
    content: str = Field(sa_type=Text)
    url: str = Field(default="", sa_type=Text, index=True)
    subject: str = Field(default="", sa_type=Text)
    phone: str = Field(default="", index=True)
    content_sha256: str = Field(unique=True)
    advertisement_id: int | None = Field(default=None, foreign_key="advertisement.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="inspection_case.id", index=True)
    imported_at: datetime = Field(default_factory=now, sa_type=Moment)


class Reporter(SQLModel, table=True):
    """Personal data of the person who made a report. Deleting the row leaves the report."""

    report_id: int = Field(primary_key=True, foreign_key="report.id")
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = Field(default="", sa_type=Text)


class Account(SQLModel, table=True):
    """Somebody who may sign in. The password is kept as an argon2 hash."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    display_name: str = ""
    role: Role = Field(sa_type=_enum(Role))
    password_hash: str
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class Login(SQLModel, table=True):
    """One session of an account. Only the hash of its token is kept: the database alone lets nobody in."""

    token_sha256: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    seen_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class Claim(SQLModel, table=True):
    """That a reader holds an advertisement for a while: no other is given it meanwhile."""

    advertisement_id: int = Field(primary_key=True, foreign_key="advertisement.id")
    reader: str = Field(index=True)
    queue: Queue = Field(sa_type=_enum(Queue))
    claimed_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class Reading(SQLModel, table=True):
    """One person's answer on one advertisement. Never edited: undoing or reading again adds a row.

    ``codes`` maps each code that the reader stands by to the [start, end) spans of its quotes in the advertisement's
    text (code points); ``proposed`` holds the probabilities that the machine gave to the codes it flagged, in
    ``version``. ``blind``: given before the scores were shown. ``weight`` is how many advertisements of its queue this
    one stands for (1 where the queue was not sampled). ``supersedes_id`` names the row that this one replaces.
    """

    __table_args__ = (Index("ix_reading_ad_reader", "advertisement_id", "reader"),)

    id: int | None = Field(default=None, primary_key=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)
    version: str
    reader: str = Field(index=True)
    queue: Queue = Field(sa_type=_enum(Queue))
    outcome: ReadingOutcome = Field(sa_type=_enum(ReadingOutcome))
    blind: bool = False
    kind: TextKind | None = Field(default=None, sa_type=_enum(TextKind))
    domains: list[str] = Field(default_factory=list, sa_type=JSON)
    codes: dict[str, list[list[int]]] = Field(default_factory=dict, sa_type=JSON)
    proposed: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    reason: str = Field(default="", sa_type=Text)
    weight: float = 1.0
    opened_at: datetime = Field(sa_type=Moment)
    read_at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
    supersedes_id: int | None = Field(default=None, foreign_key="reading.id", index=True)


class AuditSample(SQLModel, table=True):
    """A random draw of advertisements that were not flagged, so that misses are measured."""

    id: int | None = Field(default=None, primary_key=True)
    drawn_at: datetime = Field(default_factory=now, sa_type=Moment)
    drawn_by: str
    version: str
    population: int
    size: int
    seed: int


class AuditItem(SQLModel, table=True):
    """One advertisement of an audit sample."""

    __table_args__ = (UniqueConstraint("sample_id", "advertisement_id"),)

    id: int | None = Field(default=None, primary_key=True)
    sample_id: int = Field(foreign_key="auditsample.id", index=True)
    advertisement_id: int = Field(foreign_key="advertisement.id", index=True)


class AccessRecord(SQLModel, table=True):
    """Who saw or did what, when, by which way (``web``, ``cli``). Only ever added."""

    __table_args__ = (Index("ix_access_subject", "subject_kind", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
    who: str = Field(index=True)
    role: str = ""
    via: str
    action: str
    subject_kind: str = ""
    subject_id: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
