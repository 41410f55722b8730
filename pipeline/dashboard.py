"""What has come in, what people decided, and how good the machine's signs are: the figures of the dashboard."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from cases.triage import STATUS_VI
from models import tables
from models.database import session
from models.vocabulary import CaseStatus, Code, Queue, ReadingOutcome
from pipeline.agreement_of_readers import ReaderAgreement, agreement
from pipeline.audit_sample import AuditEstimate, audit_estimate
from pipeline.casework import code_names
from pipeline.clock import VIETNAM, today
from pipeline.lead_figures import LeadFacts, Tally, lead_facts, lead_tallies
from pipeline.queues import Queues
from pipeline.reading_log import Seen, verdict
from pipeline.shares import wilson
from pipeline.standing import JUDGED

#: Days that a plot can hold; an earlier ``since`` is moved up.
_MOST_DAYS = 366
#: A reader who left the advertisement open over lunch was not reading: longer readings are not counted.
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DayReadings:
    """The answers of one day in Vietnam."""

    day: date
    confirmed: int
    rejected: int
    second_reading: int
    skipped: int


@dataclass(frozen=True, slots=True)
class DayDecisions:
    """The steps taken on cases on one day in Vietnam."""

    day: date
    decisions: int


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many cases stand in one state."""

    status: CaseStatus
    name_vi: str
    cases: int


@dataclass(frozen=True, slots=True)
class CodePrecision:
    """How often people stood by a code that this version proposed, with the 95 % Wilson interval.

    Of what was read only: mostly the top of the queue, where the machine is surest.
    """

    code: Code
    name_vi: str
    proposed: int
    confirmed: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All figures. Days run from ``since`` to ``until``, both included; what is not counted by day is as of now."""

    since: date
    until: date
    version: str
    advertisements: int
    leads: int
    withdrawn: int
    cases: tuple[StatusCount, ...]
    readings: tuple[DayReadings, ...]
    decisions: tuple[DayDecisions, ...]
    by_code: tuple[Tally, ...]
    by_domain: tuple[Tally, ...]
    by_district: tuple[Tally, ...]
    by_source: tuple[Tally, ...]
    precision: tuple[CodePrecision, ...]
    backlog: dict[Queue, int]
    unsettled: int
    median_reading_seconds: float | None
    median_hours_to_decision: float | None
    agreement: ReaderAgreement
    agreement_blind: ReaderAgreement
    audit: AuditEstimate | None


def figures(
    engine: Engine, versions: tuple[str, str], since: date | None = None, until: date | None = None
) -> Dashboard:
    """Count everything, in the findings of these versions; by default over the last thirty days."""
    last = until or today()
    first = max(since or last - timedelta(days=29), last - timedelta(days=_MOST_DAYS - 1))
    with session(engine) as opened:
        queues = Queues.seen_by(engine, opened, versions, "", tables.now())
        log = queues.log
        given = [row for row in log.standing() if first <= _day(row.read_at) <= last]
        standing = {rows[0].ad_id: rows for rows in log.judged()}
        verdicts = {ad_id: found for ad_id, rows in standing.items() if (found := verdict(rows)) is not None}
        tallies = lead_tallies(_facts(engine, opened, versions, queues.board.key), verdicts)
        return Dashboard(
            since=first,
            until=last,
            version=versions[0],
            advertisements=_current(opened),
            leads=tallies.leads,
            withdrawn=tallies.withdrawn,
            cases=_statuses(opened),
            readings=_readings(given, first, last),
            decisions=_decisions(opened, first, last),
            by_code=tallies.by_code,
            by_domain=tallies.by_domain,
            by_district=tallies.by_district,
            by_source=tallies.by_source,
            precision=tuple(_precision(verdicts.values(), versions[0])),
            backlog={queue: queues.size(queue) for queue in Queue},
            unsettled=len(log.apart),
            median_reading_seconds=_reading_time(given),
            median_hours_to_decision=_decision_time(opened, first, last),
            agreement=agreement(engine),
            agreement_blind=agreement(engine, blind_only=True),
            audit=audit_estimate(engine),
        )


#: The facts of the leads of each database, as of the state that the key names.
_FACTS: WeakKeyDictionary[Engine, tuple[object, LeadFacts]] = WeakKeyDictionary()
_FACTS_LOCK = Lock()


def _facts(engine: Engine, opened: Session, versions: tuple[str, str], state: object) -> LeadFacts:
    """Return what the leads are counted under; read anew only after a run."""
    with _FACTS_LOCK:
        kept = _FACTS.get(engine)
        if kept is None or kept[0] != (versions, state):
            kept = _FACTS[engine] = (versions, state), lead_facts(opened, versions)
        return kept[1]


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the moments at which the first day begins and the last one ends."""
    begin = datetime.combine(first, time(), VIETNAM).astimezone(UTC)
    return begin, datetime.combine(last + timedelta(days=1), time(), VIETNAM).astimezone(UTC)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _current(opened: Session) -> int:
    query = select(func.count()).select_from(tables.Advertisement)
    return opened.exec(query.where(col(tables.Advertisement.superseded_at).is_(None))).one()


def _statuses(opened: Session) -> tuple[StatusCount, ...]:
    query = (
        select(tables.Case.status, func.count())
        .where(col(tables.Case.merged_into_id).is_(None))
        .group_by(col(tables.Case.status))
    )
    counted: dict[CaseStatus, int] = {CaseStatus(status): number for status, number in opened.execute(query)}
    return tuple(StatusCount(status, STATUS_VI[status], counted.get(status, 0)) for status in CaseStatus)


def _readings(given: Sequence[Seen], first: date, last: date) -> tuple[DayReadings, ...]:
    counted = Counter((_day(row.read_at), row.outcome) for row in given)
    return tuple(
        DayReadings(
            day,
            counted[day, ReadingOutcome.CONFIRMED],
            counted[day, ReadingOutcome.REJECTED],
            counted[day, ReadingOutcome.SECOND_READING],
            counted[day, ReadingOutcome.SKIPPED],
        )
        for day in _days(first, last)
    )


def _decisions(opened: Session, first: date, last: date) -> tuple[DayDecisions, ...]:
    begin, end = _bounds(first, last)
    moments = opened.exec(
        select(tables.Decision.decided_at).where(
            col(tables.Decision.decided_at) >= begin, col(tables.Decision.decided_at) < end
        )
    )
    counted = Counter(map(_day, moments))
    return tuple(DayDecisions(day, counted[day]) for day in _days(first, last))


def _precision(verdicts: Iterable[Seen], version: str) -> Iterable[CodePrecision]:
    proposed: Counter[str] = Counter()
    confirmed: Counter[str] = Counter()
    for row in verdicts:
        if row.version == version:
            proposed.update(row.proposed)
            confirmed.update(row.proposed & row.codes)
    for code, name in code_names().items():
        if total := proposed[code.value]:
            right = confirmed[code.value]
            yield CodePrecision(code, name, total, right, right / total, *wilson(right, total))


def _reading_time(given: Sequence[Seen]) -> float | None:
    """Return the median seconds from opening an advertisement to judging it."""
    lasted = [row.read_at - row.opened_at for row in given if row.outcome in JUDGED]
    seconds = [each.total_seconds() for each in lasted if timedelta(0) < each < _LONGEST]
    return round(median(seconds), 1) if seconds else None


#: The steps by which a person says whether a case stands.
_DECIDING = (CaseStatus.CONFIRMED.value, CaseStatus.DISMISSED.value)


def _decision_time(opened: Session, first: date, last: date) -> float | None:
    """Return the median hours from the opening of a case to the first word on whether it stands."""
    begin, end = _bounds(first, last)
    earliest = (
        select(col(tables.Decision.case_id).label("case_id"), func.min(tables.Decision.decided_at).label("at"))
        .where(col(tables.Decision.action).in_(_DECIDING))
        .group_by(col(tables.Decision.case_id))
        .subquery()
    )
    rows = opened.execute(
        select(tables.Case.opened_at, earliest.c.at)
        .join(earliest, earliest.c.case_id == tables.Case.id)
        .where(earliest.c.at >= begin, earliest.c.at < end)
    )
    hours = [(_aware(at) - opened_at).total_seconds() / 3600 for opened_at, at in rows]
    return round(median(hours), 1) if hours else None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


__all__ = ["CodePrecision", "Dashboard", "DayDecisions", "DayReadings", "StatusCount", "Tally", "figures"]
