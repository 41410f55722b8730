"""Requests to take advertisements down, and what re-crawls show of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.attached import Request
from cases.takedown import Period, due, is_overdue, request_said, seen_since
from cases.triage import OPEN, Step, beside
from cases.untrusted import line
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import CaseStatus
from pipeline.case_records import add_step, hold

#: The states of a case in which a request makes sense: there are signs that nobody has put aside.
_ASKING = OPEN | {CaseStatus.INSPECTED, CaseStatus.DECIDED}


def period() -> Period:
    """Return how long a request gives: the policy file's where it states one, else the operational constant."""
    return Period()


def request_takedown(
    engine: Engine,
    case_id: int,
    by: str,
    *,
    ad_ids: Sequence[int] = (),
    addressee: str = "",
    note: str = "",
    at: datetime | None = None,
) -> list[Request]:
    """Record that ``addressee`` was asked at ``at`` (default: now) to take advertisements of a case down.

    By default those are all that are still shown, as far as is known. The clock starts with the request; crawl again
    to see whether it was obeyed. Raises ``InputError`` for a case that is new to nobody's eyes but finished, for
    advertisements that are not of the case, or where none is left to ask for.
    """
    moment = at or datetime.now(UTC)
    with session(engine) as opened:
        case = hold(opened, case_id)
        if case.merged_into_id is not None or case.status not in _ASKING:
            raise InputError(f"case {case_id} is {case.status}: nothing is requested in it.", "Open it again first.")
        ads = _asked_for(opened, case_id, ad_ids)
        step = beside(
            case_id,
            case.status,
            Step.TAKEDOWN,
            by=by,
            at=datetime.now(UTC),
            why=note,
            details={"ads": [ad.id for ad in ads], "addressee": line(addressee)[:300]},
        )
        rows = [
            tables.Takedown(
                case_id=case_id,
                advertisement_id=ad.id,
                url=ad.url,
                addressee=line(addressee)[:300],
                requested_at=moment,
                due_at=due(moment, period()),
                requested_by=step.by,
                note=step.why,
            )
            for ad in ads
        ]
        opened.add_all(rows)
        add_step(opened, step)
        opened.flush()
        now = datetime.now(UTC)
        return [_request(row, ad, now) for row, ad in zip(rows, ads, strict=True)]


def _asked_for(opened: Session, case_id: int, ad_ids: Sequence[int]) -> list[tables.Advertisement]:
    ads = opened.exec(
        select(tables.Advertisement)
        .join(tables.CaseLink, col(tables.CaseLink.advertisement_id) == col(tables.Advertisement.id))
        .where(tables.CaseLink.case_id == case_id)
        .order_by(col(tables.Advertisement.id))
    ).all()
    wanted = set(ad_ids)
    strangers = sorted(wanted - {ad.id for ad in ads if ad.id is not None})
    if strangers:
        named = ", ".join(map(str, strangers))
        raise InputError(f"advertisements not of case {case_id}: {named}.", f"See: medad cases show {case_id}")
    chosen = [ad for ad in ads if ad.id in wanted] if wanted else [ad for ad in ads if _shown(ad)]
    if not chosen:
        raise InputError(f"no advertisement of case {case_id} is known to be shown still.", "Name one with --ad.")
    return chosen


def _shown(ad: tables.Advertisement) -> bool:
    return ad.withdrawn_at is None and ad.superseded_at is None


def takedowns(engine: Engine, case_id: int | None = None, *, now: datetime | None = None) -> list[Request]:
    """Return the requests, of one case (and what was merged into it) or of all, the earliest deadline first."""
    with session(engine) as opened:
        return requests_of(opened, None if case_id is None else family(opened, case_id), now or datetime.now(UTC))


def family(opened: Session, case_id: int) -> set[int]:
    """Return the number of a case and of all that were merged into it, however many times over."""
    merged = opened.execute(
        select(tables.Case.id, tables.Case.merged_into_id).where(col(tables.Case.merged_into_id).is_not(None))
    ).all()
    found, before = {case_id}, 0
    while len(found) != before:
        before = len(found)
        found |= {source for source, target in merged if target in found}
    return found


def requests_of(opened: Session, case_ids: set[int] | None, now: datetime) -> list[Request]:
    """Return the requests of these cases (``None``: of all) as they stand at ``now``."""
    query = (
        select(tables.Takedown, tables.Advertisement)
        .join(
            tables.Advertisement,
            col(tables.Advertisement.id) == col(tables.Takedown.advertisement_id),
            isouter=True,
        )
        .order_by(col(tables.Takedown.due_at), col(tables.Takedown.id))
    )
    if case_ids is not None:
        query = query.where(col(tables.Takedown.case_id).in_(case_ids))
    return [_request(row, ad, now) for row, ad in opened.exec(query)]


def overdue_cases(opened: Session, now: datetime) -> set[int]:
    """Return the cases with a request whose period is over and that no capture shows to be obeyed."""
    late = {request.case_id for request in requests_of(opened, None, now) if request.overdue}
    into = dict(
        opened.execute(
            select(tables.Case.id, tables.Case.merged_into_id).where(col(tables.Case.merged_into_id).is_not(None))
        ).all()
    )
    found = set()
    for case_id in late:
        number = case_id
        while number in into:  # a merger only ever goes to an open case, so there is no circle
            number = into[number]
        found.add(number)
    return found


def requests_table(requests: Sequence[Request]) -> str:
    """Return the requests in Vietnamese, for a terminal: one block each."""
    now = datetime.now(UTC)
    return "\n".join(request_said(each, now) for each in requests) or "Chưa có yêu cầu gỡ quảng cáo nào."


def _request(row: tables.Takedown, ad: tables.Advertisement | None, now: datetime) -> Request:
    assert row.id is not None
    seen, seen_at = seen_since(
        row.requested_at,
        withdrawn_at=ad.withdrawn_at if ad else None,
        superseded_at=ad.superseded_at if ad else None,
        last_seen_at=ad.last_seen_at if ad else None,
    )
    return Request(
        number=row.id,
        case_id=row.case_id,
        ad_id=row.advertisement_id,
        url=row.url,
        addressee=row.addressee,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        due_at=row.due_at,
        seen=seen,
        seen_at=seen_at,
        overdue=is_overdue(seen, row.due_at, now),
        note=row.note,
    )
