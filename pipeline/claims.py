"""Who holds which advertisement: no two readers are given the same one, on SQLite and PostgreSQL, in any process.

A claim is a lease: it ends by itself, so that who closed the browser blocks nothing. Taking one is a single UPDATE (of
a lease that ran out) or INSERT by unique key, so the database itself decides who was first.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine, and_, delete, update
from sqlmodel import Session, col, select

from models import tables
from models.database import insert_missing, session
from models.vocabulary import Queue

#: How long an advertisement stays with a reader who does nothing.
LEASE = timedelta(minutes=15)


def claim(opened: Session, ad_id: int, reader: str, queue: Queue, now: datetime) -> bool:
    """Take (or keep) an advertisement for ``reader``. Returns whether it is now the reader's.

    The transaction must begin with this or another write: on SQLite a transaction that has read cannot wait for one
    that writes.
    """
    free = (col(tables.Claim.expires_at) <= now) | (col(tables.Claim.reader) == reader)
    row = {"reader": reader, "queue": queue, "claimed_at": now, "expires_at": now + LEASE}
    opened.execute(update(tables.Claim).where(col(tables.Claim.advertisement_id) == ad_id, free).values(**row))
    insert_missing(opened, tables.Claim, [{"advertisement_id": ad_id, **row}])
    return holder(opened, ad_id, now) == reader


def holder(opened: Session, ad_id: int, now: datetime) -> str | None:
    """Return who holds an advertisement at this moment."""
    return opened.exec(
        select(tables.Claim.reader).where(tables.Claim.advertisement_id == ad_id, col(tables.Claim.expires_at) > now)
    ).first()


def held_by(opened: Session, reader: str, queue: Queue, now: datetime) -> list[int]:
    """Return what ``reader`` holds in a queue, the newest first."""
    found = opened.exec(
        select(tables.Claim.advertisement_id)
        .where(tables.Claim.reader == reader, tables.Claim.queue == queue, col(tables.Claim.expires_at) > now)
        .order_by(col(tables.Claim.claimed_at).desc())
    )
    return list(found.all())


def drop(opened: Session, reader: str, ad_id: int | None = None) -> None:
    """Give up what ``reader`` holds: one advertisement, or all."""
    query = delete(tables.Claim).where(col(tables.Claim.reader) == reader)
    opened.execute(query if ad_id is None else query.where(col(tables.Claim.advertisement_id) == ad_id))


def keep_only(engine: Engine, reader: str, ad_id: int) -> None:
    """Give back all that ``reader`` holds but one: a transaction of its own, so that no two wait for each other."""
    with session(engine) as opened:
        opened.execute(
            delete(tables.Claim).where(col(tables.Claim.reader) == reader, col(tables.Claim.advertisement_id) != ad_id)
        )


def release(engine: Engine, reader: str) -> None:
    """Give back what ``reader`` holds; others may be given it at once."""
    with session(engine) as opened:
        drop(opened, reader)


def extend(engine: Engine, reader: str, ad_id: int) -> bool:
    """Hold an advertisement for another lease. Returns whether it was still the reader's to hold."""
    now = tables.now()
    with session(engine) as opened:
        mine = and_(col(tables.Claim.advertisement_id) == ad_id, col(tables.Claim.reader) == reader)
        opened.execute(update(tables.Claim).where(mine).values(expires_at=now + LEASE))
        return holder(opened, ad_id, now) == reader
