"""In what order advertisements come before a reader.

``priority``: those with signs, by the priority of their case. ``uncertainty``: those about which the machine can least
tell. ``audit``: a random draw of those without signs. ``second``: a share of what one reader judged, and what a reader
wants seen by another. ``disagreement``: what two readers judged differently, for a third.

Order changes only when a run or a person changes cases, so it is kept in memory (``Board``) until then; answers are
followed by ``pipeline.reading_log``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, case, exists, func, select
from sqlmodel import Session, col

from cases.triage import OPEN
from models import tables
from models.vocabulary import Queue
from pipeline.reading_log import ReadingLog, Seen, log_of, seen, stands_apart, wants_second
from pipeline.standing import ANSWERED, standing_of

#: What a reader skipped comes back to the same reader after this long (to others at once).
SKIPPED_FOR = timedelta(hours=12)

#: The risks between which the machine can hardly tell.
UNSURE = (0.2, 0.8)

#: How queues are called before a reader.
QUEUE_VI: Mapping[Queue, str] = {
    Queue.PRIORITY: "Theo mức ưu tiên",
    Queue.UNCERTAINTY: "Máy chưa chắc chắn",
    Queue.AUDIT: "Mẫu kiểm tra ngẫu nhiên",
    Queue.SECOND: "Đọc lần hai",
    Queue.DISAGREEMENT: "Ý kiến khác nhau",
}

Versions = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """The order of the advertisements of one (score, match) version, answered or not.

    ``key`` changes whenever a run or a person changes what the order rests on.
    """

    key: tuple[Any, ...]
    flagged: tuple[int, ...]
    unsure: tuple[int, ...]
    audit: tuple[int, ...]


class _Boards:
    """The board of each version of one database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[Versions, Board] = {}

    def get(self, opened: Session, versions: Versions) -> Board:
        """Return the board as it stands now; it is drawn anew only when something changed."""
        with self._lock:
            key = _key(opened)
            board = self._kept.get(versions)
            if board is None or board.key != key:
                audit = _audit(opened)
                board = Board(
                    key, tuple(_flagged(opened, versions)), tuple(_unsure(opened, versions, set(audit))), audit
                )
                self._kept = {versions: board}  # an older version's is not asked for again
            return board


_BOARDS: WeakKeyDictionary[Engine, _Boards] = WeakKeyDictionary()
_BOARDS_LOCK = Lock()


def _boards(engine: Engine) -> _Boards:
    with _BOARDS_LOCK:
        return _BOARDS.setdefault(engine, _Boards())


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues as one reader sees them at one moment."""

    board: Board
    log: ReadingLog
    held: frozenset[int]
    reader: str
    now: datetime

    @classmethod
    def seen_by(cls, engine: Engine, opened: Session, versions: Versions, reader: str, now: datetime) -> "Queues":
        """Look at the queues of these versions as ``reader``: without what others hold."""
        held = opened.execute(
            select(col(tables.Claim.advertisement_id)).where(
                col(tables.Claim.reader) != reader, col(tables.Claim.expires_at) > now
            )
        ).scalars()
        board = _boards(engine).get(opened, versions)
        return cls(board, log_of(engine).refresh(opened), frozenset(held), reader, now)

    def next(self, queue: Queue, limit: int) -> list[int]:
        """Return the next advertisements of a queue, at most ``limit``, that the reader may be given."""
        return list(islice(self._waiting(queue), limit))

    def size(self, queue: Queue) -> int:
        """Return how many advertisements wait for this reader in a queue."""
        return sum(1 for _ in self._waiting(queue))

    def due(self, opened: Session, queue: Queue, ad_id: int) -> bool:
        """Ask the database whether an advertisement still belongs before this reader, whoever answered since."""
        rows = [seen(row) for row in standing_of(opened, ad_id)]
        current = select(col(tables.Advertisement.id)).where(
            col(tables.Advertisement.id) == ad_id, col(tables.Advertisement.superseded_at).is_(None)
        )
        if any(row.reader == self.reader and self._keeps_away(row) for row in rows):
            return False
        if queue is Queue.SECOND:
            return wants_second(rows)
        if queue is Queue.DISAGREEMENT:
            return stands_apart(rows)
        unread = not any(row.outcome in ANSWERED for row in rows)
        return unread and (queue is Queue.AUDIT or opened.execute(current).first() is not None)

    def _keeps_away(self, row: Seen) -> bool:
        return row.outcome in ANSWERED or row.read_at > self.now - SKIPPED_FOR

    def _waiting(self, queue: Queue) -> Iterator[int]:
        skipped = self.log.skipped(self.reader, self.now - SKIPPED_FOR)
        away = self.held | skipped
        if queue in (Queue.SECOND, Queue.DISAGREEMENT):
            listed = tuple(self.log.second if queue is Queue.SECOND else self.log.apart)
            return (ad for ad in listed if ad not in away and not self.log.answered_by(self.reader, ad))
        first: Iterable[int] = {
            Queue.PRIORITY: self.board.flagged,
            Queue.UNCERTAINTY: self.board.unsure,
            Queue.AUDIT: self.board.audit,
        }[queue]
        answered = self.log.answered
        return (ad for ad in first if ad not in answered and ad not in away)


# ── what the order rests on ─────────────────────────────────────────────────────────────────────────────────────────


def _key(opened: Session) -> tuple[Any, ...]:
    tops = (tables.Finding, tables.Assessment, tables.CaseLink, tables.AuditSample, tables.Advertisement)
    numbers = [select(func.max(col(table.id))).scalar_subquery() for table in tops]
    open_cases = func.sum(case((col(tables.Case.status).in_(OPEN), 1), else_=0))
    cases = opened.execute(select(func.count(), func.sum(col(tables.Case.priority)), open_cases)).one()
    return (*opened.execute(select(*numbers)).one(), *cases)


def _stands(ad_id: Any) -> Any:
    return exists().where(col(tables.Advertisement.id) == ad_id, col(tables.Advertisement.superseded_at).is_(None))


def _flagged(opened: Session, versions: Versions) -> Iterator[int]:
    """Those of open cases by the case's priority, then their own risk; after them those in no case, by risk."""
    found = (
        select(col(tables.Finding.advertisement_id).label("id"))
        .where(col(tables.Finding.version).in_(versions))
        .distinct()
        .subquery()
    )
    query = (
        select(
            found.c.id,
            col(tables.Case.priority),
            col(tables.Case.id),
            col(tables.Assessment.risk),
            col(tables.Case.status),
        )
        .select_from(found)
        .join(
            tables.Assessment,
            (col(tables.Assessment.advertisement_id) == found.c.id) & (col(tables.Assessment.version) == versions[0]),
        )
        .outerjoin(tables.CaseLink, col(tables.CaseLink.advertisement_id) == found.c.id)
        .outerjoin(tables.Case, col(tables.Case.id) == col(tables.CaseLink.case_id))
        .where(_stands(found.c.id))
    )
    rows = [row for row in opened.execute(query) if row[4] is None or row[4] in OPEN]
    rows.sort(key=lambda row: (row[1] is None, -(row[1] or 0.0), row[2] or 0, -row[3], row[0]))
    yield from dict.fromkeys(row[0] for row in rows)


def _unsure(opened: Session, versions: Versions, audited: set[int]) -> Iterator[int]:
    """Those of nearly even risk first. An audited one would be read out of its random order, and is left out."""
    ad_id, risk = col(tables.Assessment.advertisement_id), col(tables.Assessment.risk)
    query = select(ad_id, risk).where(
        col(tables.Assessment.version) == versions[0], risk >= UNSURE[0], risk < UNSURE[1], _stands(ad_id)
    )
    rows = sorted(opened.execute(query), key=lambda row: (abs(row[1] - 0.5), row[0]))
    return (row[0] for row in rows if row[0] not in audited)


def _audit(opened: Session) -> tuple[int, ...]:
    latest = select(func.max(col(tables.AuditSample.id))).scalar_subquery()
    query = select(col(tables.AuditItem.advertisement_id)).where(col(tables.AuditItem.sample_id) == latest)
    return tuple(opened.execute(query.order_by(col(tables.AuditItem.id))).scalars())
