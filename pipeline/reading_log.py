"""All answers in memory, brought up to date by reading only what was added: what makes the queues fast.

Rows of ``reading`` are only ever added, so a process that has read them once needs the newest alone. The log lists
and counts; who may have an advertisement is decided by the database (``pipeline.claims``, ``Queues.due``).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from sys import intern
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from models import tables
from models.vocabulary import Queue, ReadingOutcome
from pipeline.sampling import drawn_for_second, second_share
from pipeline.standing import ANSWERED, JUDGED

#: Rows before the last known that are read again: on a server an earlier number may be stored later.
_LATE = 200


class Seen(NamedTuple):
    """One answer, in short. ``codes`` are the names of those that the reader stands by, ``proposed`` the machine's."""

    id: int
    ad_id: int
    reader: str
    queue: Queue
    outcome: ReadingOutcome
    blind: bool
    codes: frozenset[str]
    proposed: frozenset[str]
    read_at: datetime
    supersedes: int | None
    version: str
    opened_at: datetime


_COLUMNS: tuple[Any, ...] = (
    tables.Reading.id,
    tables.Reading.advertisement_id,
    tables.Reading.reader,
    tables.Reading.queue,
    tables.Reading.outcome,
    tables.Reading.blind,
    tables.Reading.codes,
    tables.Reading.proposed,
    tables.Reading.read_at,
    tables.Reading.supersedes_id,
    tables.Reading.version,
    tables.Reading.opened_at,
)


def _seen(row: Any) -> Seen:
    number, ad_id, reader, queue, outcome, blind, codes, proposed, read_at, supersedes, version, opened_at = row
    return Seen(
        number,
        ad_id,
        reader,
        queue,
        outcome,
        blind,
        frozenset(codes),
        frozenset(proposed),
        read_at,
        supersedes,
        intern(version),
        opened_at,
    )


def seen(row: tables.Reading) -> Seen:
    """Return a row in short."""
    return _seen([getattr(row, column.key) for column in _COLUMNS])


def verdict(rows: Sequence[Seen]) -> Seen | None:
    """Return the answer that stands, as ``pipeline.standing.settle`` does: the third's, or one that all share."""
    judged = [row for row in rows if row.outcome in JUDGED]
    thirds = [row for row in judged if row.queue is Queue.DISAGREEMENT]
    if thirds:
        return thirds[-1]
    return judged[0] if judged and not stands_apart(judged) else None


def wants_second(rows: Sequence[Seen]) -> bool:
    """Say whether these answers on one advertisement, oldest first, call for another reader.

    The last one asks for it (and no two judged), or it is the only one and the advertisement falls into the share.
    """
    answers = [row for row in rows if row.outcome in ANSWERED]
    if not answers:
        return False
    if answers[-1].outcome is ReadingOutcome.SECOND_READING:
        return len({row.reader for row in answers if row.outcome in JUDGED}) < 2
    return len(answers) == 1 and drawn_for_second(answers[0].ad_id)


def stands_apart(rows: Sequence[Seen]) -> bool:
    """Say whether two readers judged one advertisement differently, and no third has settled it."""
    judged = [row for row in rows if row.outcome in JUDGED]
    if len(judged) < 2 or any(row.queue is Queue.DISAGREEMENT for row in judged):
        return False
    first = judged[0]
    return any(row.outcome is not first.outcome or row.codes != first.codes for row in judged[1:])


class ReadingLog:
    """The answers that stand, by advertisement, and which advertisements wait for what."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self._last = 0
        self._known: set[int] = set()
        self._replaced: set[int] = set()
        self._by_ad: dict[int, list[Seen]] = {}
        self._by_signs: dict[frozenset[str], list[Seen]] = {}
        self.answered: set[int] = set()
        self.second: dict[int, None] = {}
        self.apart: dict[int, None] = {}
        self._skips: dict[str, dict[int, datetime]] = {}

    def refresh(self, opened: Session) -> "ReadingLog":
        """Read what was added since; return itself."""
        second_share()  # a setting that cannot be read is told before anything is taken in
        with self._lock:
            newest = opened.execute(select(func.max(col(tables.Reading.id)))).scalar() or 0
            if newest < self._last:
                self._clear()  # another database took this one's place
            query = select(*_COLUMNS).where(col(tables.Reading.id) > self._last - _LATE)
            rows = opened.execute(query.order_by(col(tables.Reading.id))).all()
            self._add(_seen(row) for row in rows if row[0] not in self._known)
        return self

    def _add(self, rows: Iterable[Seen]) -> None:
        touched = set()
        for row in rows:
            self._known.add(row.id)
            self._last = max(self._last, row.id)
            self._by_ad.setdefault(row.ad_id, []).append(row)
            if row.outcome in JUDGED and row.proposed:
                self._by_signs.setdefault(row.proposed, []).append(row)
            if row.supersedes is not None:
                self._replaced.add(row.supersedes)
            touched.add(row.ad_id)
        for ad_id in touched:
            self._sort(ad_id)

    def _sort(self, ad_id: int) -> None:
        """Put an advertisement where its answers place it."""
        rows = self.of(ad_id)
        if any(row.outcome in ANSWERED for row in rows):
            self.answered.add(ad_id)
        else:
            self.answered.discard(ad_id)
        for waiting, due in ((self.second, wants_second(rows)), (self.apart, stands_apart(rows))):
            waiting.pop(ad_id, None)
            if due:
                waiting[ad_id] = None
        for skipped in self._skips.values():
            skipped.pop(ad_id, None)
        for row in rows:
            if row.outcome is ReadingOutcome.SKIPPED:
                self._skips.setdefault(row.reader, {})[ad_id] = row.read_at

    def of(self, ad_id: int) -> list[Seen]:
        """Return the answers that stand on an advertisement, oldest first."""
        rows = (row for row in self._by_ad.get(ad_id, ()) if row.outcome is not ReadingOutcome.UNDONE)
        return sorted(row for row in rows if row.id not in self._replaced)

    def skipped(self, reader: str, since: datetime) -> set[int]:
        """Return what a reader skipped after ``since``."""
        return {ad_id for ad_id, at in self._skips.get(reader, {}).items() if at > since}

    def answered_by(self, reader: str, ad_id: int) -> bool:
        """Say whether a reader has answered (not merely skipped) an advertisement."""
        return any(row.reader == reader and row.outcome in ANSWERED for row in self.of(ad_id))

    def like(self, signs: frozenset[str]) -> Iterator[Seen]:
        """Yield the judging answers that stand where the machine saw just these signs, the latest first."""
        return (row for row in reversed(self._by_signs.get(signs, ())) if row.id not in self._replaced)

    def standing(self) -> list[Seen]:
        """Return every answer that stands (skips too), in no particular order."""
        with self._lock:
            return [row for ad_id in self._by_ad for row in self.of(ad_id)]

    def judged(self) -> list[list[Seen]]:
        """Return the judging answers that stand, a list per advertisement."""
        with self._lock:
            every = [[row for row in self.of(ad_id) if row.outcome in JUDGED] for ad_id in self._by_ad]
        return [rows for rows in every if rows]


_LOGS: WeakKeyDictionary[Engine, ReadingLog] = WeakKeyDictionary()
_LOGS_LOCK = Lock()


def log_of(engine: Engine) -> ReadingLog:
    """Return this process's log of a database; call ``refresh`` before relying on it."""
    with _LOGS_LOCK:
        return _LOGS.setdefault(engine, ReadingLog())
