"""In what order advertisements come before a reader.

``priority``: those with signs, by the priority of their case. ``uncertainty``: those about which the machine can least
tell. ``audit``: a random draw of those without signs. ``second``: a share of what one reader judged, and what a reader
wants seen by another. ``disagreement``: what two readers judged differently, for a third.

Each queue is one walk along an index that stops at the first few that are free.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from cases.triage import OPEN
from models import tables
from models.errors import InputError
from models.vocabulary import Queue, ReadingOutcome
from pipeline.claims import held_by_another
from pipeline.standing import ANSWERED, JUDGED, stands

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

_SHARE_VARIABLE = "MEDAD_SECOND_SHARE"


def second_share() -> float:
    """Return the share of judged advertisements that a second reader is given (environment, default 0.1)."""
    said = os.environ.get(_SHARE_VARIABLE, "0.1")
    try:
        share = float(said)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise InputError(f"{_SHARE_VARIABLE} is {said!r}, which is no share.", "Set it to a number from 0 to 1.")
    return share


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues as one reader sees them at one moment, in the findings of one (score, match) version."""

    versions: tuple[str, str]
    reader: str
    now: datetime

    def next(self, opened: Session, queue: Queue, limit: int) -> list[int]:
        """Return the next advertisements of a queue, at most ``limit``, that the reader may be given."""
        if queue is Queue.PRIORITY:
            return self._ids(opened, self._in_cases().limit(limit)) or self._ids(
                opened, self._in_no_case().limit(limit)
            )
        if queue is Queue.UNCERTAINTY:
            return self._unsure(opened, limit)
        if queue is Queue.AUDIT:
            return self._ids(opened, self._audit().limit(limit))
        if queue is Queue.SECOND:
            return self._ids(opened, self._second().limit(limit))
        return self._apart(opened, limit)

    def size(self, opened: Session, queue: Queue) -> int:
        """Return how many advertisements wait for this reader in a queue (those that others hold too)."""
        if queue is Queue.DISAGREEMENT:
            return len(self._apart(opened, None))
        if queue is Queue.SECOND:
            return self._count(opened, self._second())
        if queue is Queue.AUDIT:
            return self._count(opened, self._audit())
        if queue is Queue.UNCERTAINTY:
            return self._count(opened, self._between(*UNSURE))
        return self._count(opened, self._in_cases()) + self._count(opened, self._in_no_case())

    def due(self, opened: Session, queue: Queue, ad_id: int) -> bool:
        """Say whether an advertisement still belongs before this reader, whoever answered since it was listed."""
        if queue is Queue.SECOND:
            return bool(self._ids(opened, self._second(ad_id)))
        if queue is Queue.DISAGREEMENT:
            return bool(self._apart(opened, None, ad_id))
        free = select(col(tables.Advertisement.id)).where(
            col(tables.Advertisement.id) == ad_id, self._unread(col(tables.Advertisement.id), held=False)
        )
        return bool(self._ids(opened, free))

    @staticmethod
    def _ids(opened: Session, query: Select[Any]) -> list[int]:
        return list(dict.fromkeys(opened.execute(query).scalars()))

    @staticmethod
    def _count(opened: Session, query: Any) -> int:
        bare = query.order_by(None).distinct().subquery()
        return int(opened.execute(select(func.count()).select_from(bare)).scalar_one())

    # ── conditions on an advertisement of the outer query ───────────────────────────────────────────────────────────

    def _unread(self, ad_id: Any, *, held: bool = True) -> ColumnElement[bool]:
        """Nobody has answered it, the reader has not just skipped it, and nobody else holds it."""
        row = aliased(tables.Reading)
        mine = and_(col(row.reader) == self.reader, col(row.read_at) > self.now - SKIPPED_FOR)
        gone = exists().where(
            col(row.advertisement_id) == ad_id, or_(col(row.outcome).in_(ANSWERED), mine), stands(row)
        )
        return and_(~gone, ~held_by_another(ad_id, self.reader, self.now)) if held else ~gone

    def _mine(self, ad_id: Any) -> ColumnElement[bool]:
        """The reader has answered it, or just skipped it."""
        row = aliased(tables.Reading)
        recent = or_(col(row.outcome) != ReadingOutcome.SKIPPED, col(row.read_at) > self.now - SKIPPED_FOR)
        return exists().where(col(row.advertisement_id) == ad_id, col(row.reader) == self.reader, recent, stands(row))

    def _flagged(self, ad_id: Any) -> ColumnElement[bool]:
        return exists().where(
            col(tables.Finding.advertisement_id) == ad_id, col(tables.Finding.version).in_(self.versions)
        )

    @staticmethod
    def _current(ad_id: Any) -> ColumnElement[bool]:
        return exists().where(col(tables.Advertisement.id) == ad_id, col(tables.Advertisement.superseded_at).is_(None))

    def _assessed(self, ad_id: Any) -> ColumnElement[bool]:
        return and_(
            col(tables.Assessment.advertisement_id) == ad_id, col(tables.Assessment.version) == self.versions[0]
        )

    # ── the queues ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _in_cases(self) -> Select[Any]:
        ad_id = col(tables.CaseLink.advertisement_id)
        return (
            select(ad_id)
            .select_from(tables.Case)
            .join(tables.CaseLink, col(tables.CaseLink.case_id) == col(tables.Case.id))
            .join(tables.Assessment, self._assessed(ad_id))
            .where(col(tables.Case.status).in_(OPEN), self._unread(ad_id), self._flagged(ad_id), self._current(ad_id))
            .order_by(
                col(tables.Case.priority).desc(), col(tables.Case.id).desc(), col(tables.Assessment.risk).desc(), ad_id
            )
        )

    def _in_no_case(self) -> Select[Any]:
        ad_id = col(tables.Finding.advertisement_id)
        linked = exists().where(col(tables.CaseLink.advertisement_id) == ad_id)
        found = (
            select(ad_id.label("id"))
            .where(col(tables.Finding.version).in_(self.versions), ~linked, self._unread(ad_id), self._current(ad_id))
            .distinct()
            .subquery()
        )
        return (
            select(found.c.id)
            .join(tables.Assessment, self._assessed(found.c.id))
            .order_by(col(tables.Assessment.risk).desc(), found.c.id)
        )

    def _between(self, low: float, high: float) -> Select[int, float]:
        ad_id, risk = col(tables.Assessment.advertisement_id), col(tables.Assessment.risk)
        sampled = exists().where(
            col(tables.AuditItem.advertisement_id) == ad_id, col(tables.AuditItem.sample_id) == _latest_sample()
        )
        return select(ad_id, risk).where(
            col(tables.Assessment.version) == self.versions[0],
            risk >= low,
            risk < high,
            self._unread(ad_id),
            self._current(ad_id),
            ~sampled,  # it would be read out of its random order
        )

    def _unsure(self, opened: Session, limit: int) -> list[int]:
        """Two walks away from an even risk, one up and one down, joined by distance."""
        risk = col(tables.Assessment.risk)
        up = self._between(0.5, UNSURE[1]).order_by(risk).limit(limit)
        down = self._between(UNSURE[0], 0.5).order_by(risk.desc()).limit(limit)
        rows = [*opened.execute(up), *opened.execute(down)]
        rows.sort(key=lambda row: (abs(row[1] - 0.5), row[0]))
        return [row[0] for row in rows[:limit]]

    def _audit(self) -> Select[Any]:
        ad_id = col(tables.AuditItem.advertisement_id)
        return (
            select(ad_id)
            .where(col(tables.AuditItem.sample_id) == _latest_sample(), self._unread(ad_id))
            .order_by(col(tables.AuditItem.id))
        )

    def _second(self, only: int | None = None) -> Select[Any]:
        """The last answer asks for another reader, or is the only one and falls into the share."""
        row, other = aliased(tables.Reading), aliased(tables.Reading)
        ad_id = col(row.advertisement_id)
        asked = col(row.outcome) == ReadingOutcome.SECOND_READING
        others = exists().where(
            col(other.advertisement_id) == ad_id,
            col(other.id) != col(row.id),
            col(other.outcome).in_(ANSWERED),
            or_(~asked, col(other.id) > col(row.id)),
            stands(other),
        )
        query = select(ad_id).where(
            or_(asked, and_(col(row.outcome).in_(JUDGED), _drawn(ad_id))),
            col(row.reader) != self.reader,
            stands(row),
            ~others,
            ~self._mine(ad_id),
        )
        if only is not None:
            return query.where(ad_id == only)
        return query.where(~held_by_another(ad_id, self.reader, self.now)).order_by(col(row.id))

    def _apart(self, opened: Session, limit: int | None, only: int | None = None) -> list[int]:
        """Pairs of judgements that differ and that no third person has settled, the oldest first."""
        one, two, third = (aliased(tables.Reading) for _ in range(3))
        ad_id = col(two.advertisement_id)
        decided = exists().where(
            col(third.advertisement_id) == ad_id,
            col(third.queue) == Queue.DISAGREEMENT,
            col(third.outcome).in_(JUDGED),
            stands(third),
        )
        query = (
            select(ad_id, col(one.outcome), col(two.outcome), col(one.codes), col(two.codes))
            .select_from(two)
            .join(one, and_(col(one.advertisement_id) == ad_id, col(one.id) < col(two.id)))
            .where(
                col(two.queue) == Queue.SECOND,
                col(two.outcome).in_(JUDGED),
                col(one.outcome).in_(JUDGED),
                stands(two),
                stands(one),
                ~decided,
                ~self._mine(ad_id),
            )
            .order_by(col(two.id))
        )
        if only is None:
            query = query.where(~held_by_another(ad_id, self.reader, self.now))
        else:
            query = query.where(ad_id == only)
        found: dict[int, None] = {}
        for ad, outcome, second, codes, others in opened.execute(query):
            if outcome is not second or set(codes) != set(others):
                found[ad] = None
            if limit is not None and len(found) >= limit:
                break
        return list(found)


def _latest_sample() -> Any:
    return select(func.max(col(tables.AuditSample.id))).scalar_subquery()


def _drawn(ad_id: Any) -> ColumnElement[bool]:
    """Whether an advertisement falls into the share of second readings.

    By its number alone: a reader can neither see nor steer it, and it holds however often the queue is asked.
    7919 and 1000 have no common factor, so each thousand of advertisements holds exactly the share.
    """
    return (cast(ad_id, BigInteger) * 7919 + 1049) % 1000 < round(second_share() * 1000)
