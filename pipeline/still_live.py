"""What became of advertisements after a take-down request: still shown after how many days, gone, changed, moved.

Only captures after the request count. A page that was blocked or failed says nothing: it is 'not collected again'.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.attached import Request, Seen
from cases.takedown import SEEN_VI
from cases.untrusted import line
from cases.wording import stamp
from crawler.items import REDIRECT
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import Outcome
from pipeline.outcome_words import OUTCOME_VI
from pipeline.takedowns import family, requests_of


@dataclass(frozen=True, slots=True)
class AfterNotice:
    """One request and what was seen since.

    ``days_live``: whole days between the request and the last capture that still showed the text (``None``: no such
    capture). ``captures`` counts outcomes after the request; ``elsewhere`` are other addresses where nearly the same
    text was seen after it.
    """

    request: Request
    days_live: int | None
    captures: dict[str, int]
    last_at: datetime | None
    last_outcome: Outcome | None
    moved_to: str
    elsewhere: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return asdict(self)


def after_notice(engine: Engine, case_id: int | None = None, *, now: datetime | None = None) -> list[AfterNotice]:
    """Return every request (of one case, or all) with what was seen since, the longest shown first.

    Raises ``InputError`` where there is no such case.
    """
    moment = now or datetime.now(UTC)
    with session(engine) as opened:
        if case_id is not None and opened.get(tables.Case, case_id) is None:
            raise InputError(f"there is no case {case_id}.", "See: medad cases list")
        requests = requests_of(opened, None if case_id is None else family(opened, case_id), moment)
        found = [_after(opened, request) for request in requests]
    return sorted(found, key=lambda one: (-1 if one.days_live is None else -2 - one.days_live, one.request.number))


def _after(opened: Session, request: Request) -> AfterNotice:
    capture = tables.Capture
    query = select(capture).where(
        capture.url == request.url,
        capture.captured_at >= request.requested_at,
        col(capture.role).in_(("page", REDIRECT)),
    )
    rows = opened.exec(query.order_by(col(capture.captured_at), col(capture.id))).all()
    last = rows[-1] if rows else None
    live = request.seen is Seen.LIVE and request.seen_at is not None
    return AfterNotice(
        request=request,
        days_live=(request.seen_at - request.requested_at).days if live and request.seen_at else None,
        captures=dict(Counter("moved" if row.role == REDIRECT else row.outcome.value for row in rows)),
        last_at=last.captured_at if last else None,
        last_outcome=last.outcome if last else None,
        moved_to=last.about if last and last.role == REDIRECT else "",
        elsewhere=_elsewhere(opened, request),
    )


def _elsewhere(opened: Session, request: Request) -> tuple[str, ...]:
    ad = tables.Advertisement
    mine = None if request.ad_id is None else opened.get(ad, request.ad_id)
    if mine is None or mine.text_group is None:
        return ()
    query = select(ad.url).where(
        ad.text_group == mine.text_group,
        ad.url != request.url,
        ad.last_seen_at >= request.requested_at,
        col(ad.withdrawn_at).is_(None),
        col(ad.superseded_at).is_(None),
    )
    return tuple(sorted(set(opened.exec(query))))


def describe_after(found: list[AfterNotice]) -> str:
    """Return the list as an inspector reads it."""
    if not found:
        return "Chưa có yêu cầu gỡ quảng cáo nào được ghi nhận."
    return "\n".join(row for one in found for row in _lines(one))


def _lines(one: AfterNotice) -> list[str]:
    request = one.request
    lines = [f"Yêu cầu số {request.number}, vụ việc số {request.case_id}: {line(request.url)}"]
    lines.append(f"  Gửi lúc {stamp(request.requested_at)}, hạn {stamp(request.due_at)}")
    if one.moved_to:
        lines.append(f"  Trang đã chuyển hẳn sang: {line(one.moved_to)}")
    elif one.days_live is not None:
        lines.append(
            f"  {_live_said(one.days_live)}, nhìn thấy lần cuối lúc {stamp(request.seen_at or request.due_at)}"
        )
    else:
        seen = f", ghi nhận lúc {stamp(request.seen_at)}" if request.seen_at else ""
        lines.append(f"  {SEEN_VI[request.seen]}{seen}")
    if request.seen is Seen.UNKNOWN and one.last_outcome is not None and one.last_at is not None and not one.moved_to:
        lines.append(f"  Lần thử gần nhất, {stamp(one.last_at)}: {OUTCOME_VI[one.last_outcome]}")
    lines += [f"  Nội dung gần như trùng vẫn hiển thị tại: {line(url)}" for url in one.elsewhere]
    return lines


def _live_said(days: int) -> str:
    return f"Vẫn còn hiển thị {days} ngày sau khi yêu cầu" if days else "Vẫn còn hiển thị trong ngày gửi yêu cầu"
