"""Which answers stand: rows are only ever added, so what was undone or read anew is told by what came later."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import tables
from models.database import session
from models.vocabulary import Code, Domain, Queue, ReadingOutcome
from pipeline.reading_values import Earlier, Settled, Spans

#: Outcomes that judge: these count for settling, agreement and labels.
JUDGED = (ReadingOutcome.CONFIRMED, ReadingOutcome.REJECTED)
#: Outcomes after which an advertisement leaves the queues of first readings.
ANSWERED = (*JUDGED, ReadingOutcome.SECOND_READING)


def stands(reading: Any) -> ColumnElement[bool]:
    """Return the condition that a row of ``Reading`` (or of an alias of it) was neither undone nor replaced."""
    later = aliased(tables.Reading)
    replaced = exists().where(col(later.supersedes_id) == reading.id)
    return and_(reading.outcome != ReadingOutcome.UNDONE, ~replaced)


def standing_of(opened: Session, ad_id: int) -> list[tables.Reading]:
    """Return the answers that stand on one advertisement, oldest first (skips too)."""
    found = opened.exec(
        select(tables.Reading)
        .where(tables.Reading.advertisement_id == ad_id, stands(tables.Reading))
        .order_by(col(tables.Reading.id))
    )
    return list(found.all())


def judgements(opened: Session, since: datetime | None = None) -> dict[int, list[tables.Reading]]:
    """Return the judging answers that stand, by advertisement in order of the first.

    With ``since``, those of the advertisements on which one was given at or after that moment.
    """
    query = select(tables.Reading).where(col(tables.Reading.outcome).in_(JUDGED), stands(tables.Reading))
    if since is not None:
        recent = aliased(tables.Reading)
        query = query.where(
            exists().where(
                col(recent.advertisement_id) == col(tables.Reading.advertisement_id), col(recent.read_at) >= since
            )
        )
    grouped: defaultdict[int, list[tables.Reading]] = defaultdict(list)
    for row in opened.exec(query.order_by(col(tables.Reading.id))):
        grouped[row.advertisement_id].append(row)
    return dict(grouped)


def _differ(one: tables.Reading, other: tables.Reading) -> bool:
    """Say whether two answers differ in outcome or in the set of codes."""
    return one.outcome is not other.outcome or one.codes.keys() != other.codes.keys()


def settle(readings: Sequence[tables.Reading]) -> Settled | None:
    """Return what stands after these answers on one advertisement, oldest first; ``None`` while it is open.

    A third person's word settles. Otherwise all who judged must agree; the first of them is then named.
    """
    judged = [row for row in readings if row.outcome in JUDGED]
    thirds = [row for row in judged if row.queue is Queue.DISAGREEMENT]
    if thirds:
        return _settled(thirds[-1], judged, adjudicated=True)
    if not judged or any(_differ(judged[0], row) for row in judged[1:]):
        return None
    return _settled(judged[0], judged, adjudicated=False)


def settled(engine: Engine, ad_id: int) -> Settled | None:
    """Return the answer that stands on an advertisement; ``None`` while nobody judged it or two differ."""
    with session(engine) as opened:
        return settle(standing_of(opened, ad_id))


def spans_of(codes: dict[str, list[list[int]]]) -> dict[Code, Spans]:
    """Read back the codes of a row."""
    return {Code(name): tuple((int(a), int(b)) for a, b in spans) for name, spans in codes.items()}


def domains_of(names: Iterable[str]) -> tuple[Domain, ...]:
    """Read back the product classes of a row."""
    return tuple(Domain(name) for name in names)


def earlier(row: tables.Reading) -> Earlier:
    """Return a row as a value."""
    return Earlier(**_answer(row))


def _settled(row: tables.Reading, judged: Sequence[tables.Reading], *, adjudicated: bool) -> Settled:
    first = judged[0]
    values = _answer(row) | {"queue": first.queue}
    readers = len({each.reader for each in judged})
    return Settled(**values, ad_id=row.advertisement_id, weight=first.weight, readers=readers, adjudicated=adjudicated)


def _answer(row: tables.Reading) -> dict[str, Any]:
    """Return the fields of ``Earlier``, read back from a row."""
    assert row.id is not None
    return {
        "reading_id": row.id,
        "reader": row.reader,
        "queue": row.queue,
        "outcome": row.outcome,
        "kind": row.kind,
        "domains": domains_of(row.domains),
        "codes": spans_of(row.codes),
        "reason": row.reason,
        "blind": row.blind,
        "read_at": row.read_at,
    }
