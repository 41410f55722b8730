"""The clock of a take-down request: when it ends, and what was seen of the advertisement since.

Pure: what was seen comes in as moments. Nothing here says that a period is the law's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.attached import Request, Seen
from cases.untrusted import line
from cases.wording import stamp

#: Hours after which a request is counted as late, where the policy file states none. An operational constant of this
#: program (asked for by its users in November 2026): it claims no law, and no file says so.
OPERATIONAL_HOURS = 24


#: How each state is called before a reader.
SEEN_VI: Mapping[Seen, str] = {
    Seen.OBEYED: "Đã gỡ",
    Seen.CHANGED: "Nội dung đã thay đổi, cần xem lại",
    Seen.LIVE: "Vẫn còn hiển thị",
    Seen.UNKNOWN: "Chưa thu thập lại",
}


@dataclass(frozen=True, slots=True)
class Period:
    """How long a request gives: hours, where they come from, and whether that was checked."""

    hours: int = OPERATIONAL_HOURS
    source: str = ""
    verified: bool = False


def due(requested_at: datetime, period: Period) -> datetime:
    """The moment at which the period of a request ends."""
    return requested_at + timedelta(hours=period.hours)


def seen_since(
    requested_at: datetime,
    *,
    withdrawn_at: datetime | None = None,
    superseded_at: datetime | None = None,
    last_seen_at: datetime | None = None,
) -> tuple[Seen, datetime | None]:
    """What was seen after a request, and when. Only what came after it counts; the last word on a page does."""
    if withdrawn_at is not None and withdrawn_at >= requested_at:
        return Seen.OBEYED, withdrawn_at
    if superseded_at is not None and superseded_at >= requested_at:
        return Seen.CHANGED, superseded_at
    if last_seen_at is not None and last_seen_at >= requested_at:
        return Seen.LIVE, last_seen_at
    return Seen.UNKNOWN, None


def is_overdue(seen: Seen, due_at: datetime, now: datetime) -> bool:
    """Whether the period is over and no capture shows that the advertisement went or changed."""
    return now >= due_at and seen in {Seen.LIVE, Seen.UNKNOWN}


def clock_said(request: Request, now: datetime) -> str:
    """Say in Vietnamese how much time is left, or since when it is over; '' where nothing runs any more."""
    if request.seen in {Seen.OBEYED, Seen.CHANGED}:
        return ""
    left = request.due_at - now
    hours = abs(int(left.total_seconds())) // 3600
    if left.total_seconds() > 0:
        return f"còn {hours} giờ" if hours else "còn chưa đến 1 giờ"
    return f"quá hạn {hours} giờ" if hours else "vừa quá hạn"


def request_said(request: Request, now: datetime) -> str:
    """One request in Vietnamese, on two lines."""
    whom = f" tới {line(request.addressee)}" if line(request.addressee) else ""
    tin = f"tin số {request.ad_id}" if request.ad_id is not None else "địa chỉ"
    asked = f"Yêu cầu số {request.number} (vụ việc số {request.case_id}, {tin}){whom}: {line(request.url)}"
    seen = f", ghi nhận {stamp(request.seen_at)}" if request.seen_at else ""
    clock = clock_said(request, now)
    state = f"{SEEN_VI[request.seen]}{seen}" + (f"; {clock}" if clock else "")
    return f"{asked}\n  Gửi {stamp(request.requested_at)}, hạn {stamp(request.due_at)} (giờ Việt Nam). {state}."
