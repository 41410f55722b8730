"""What an address has shown over time: every text with its first and last sighting, what changed, every capture.

All of it is read from rows; nothing is asked of the network. Moments are aware, in UTC; what is printed is Vietnam's
time. A text that a page went back to appears once, with every span in which it was shown.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.untrusted import clean, line
from cases.wording import stamp
from crawler.items import REDIRECT
from crawler.urls import canonical
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import Outcome
from pipeline.outcome_words import OUTCOME_VI, why_said

#: Lines of one text that are compared, and lines of a difference that are shown: pages may hold any number.
MAX_COMPARED = 1_500
MAX_CHANGES = 200

#: Captures of one address that are listed, the newest ones.
MAX_CAPTURES = 500


@dataclass(frozen=True, slots=True)
class Version:
    """One text of an address. ``shown`` are the spans (from, to) in which it was seen, the last one by its sightings.

    ``changes`` is the difference to the text before it: lines that begin with '- ' or '+ '.
    """

    ad_id: int
    part: int
    title: str
    shown: tuple[tuple[datetime, datetime], ...]
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    moved_to: str
    text_group: int | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One capture of an address. ``moved_to`` is set where the server named another address for good."""

    at: datetime
    outcome: Outcome
    status: int
    note: str
    moved_to: str
    run: str
    seq: int


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one address. ``moved_from`` are addresses that lead here for good."""

    url: str
    versions: tuple[Version, ...]
    events: tuple[Event, ...]
    counts: dict[str, int]
    moved_from: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON takes it."""
        return asdict(self)


def history_of(engine: Engine, url: str) -> History:
    """Return what the address ``url`` has shown, in any spelling of it. Raises ``InputError`` where none is known."""
    with session(engine) as opened:
        for address in _spellings(url.strip()):
            ads = _texts(opened, address)
            captures = _captures(opened, address)
            if ads or captures:
                return History(
                    url=address,
                    versions=tuple(_versions(ads)),
                    events=tuple(map(_event, captures[-MAX_CAPTURES:])),
                    counts=_counts(captures),
                    moved_from=_moved_from(opened, address),
                )
    raise InputError(f"nothing was collected at {line(url)[:300]!r}.", "Look for its page: medad ads search NAME")


def _spellings(url: str) -> list[str]:
    """Return the address as given, as the crawler spells it, and with a scheme where it was typed without."""
    typed = [url] if "://" in url or not url else [url, f"https://{url}", f"http://{url}"]
    return list(dict.fromkeys(filter(None, (*typed, *map(canonical, typed)))))


def _texts(opened: Session, url: str) -> Sequence[tables.Advertisement]:
    ad = tables.Advertisement
    return opened.exec(select(ad).where(ad.url == url).order_by(col(ad.part), col(ad.first_seen_at), col(ad.id))).all()


def _captures(opened: Session, url: str) -> Sequence[tables.Capture]:
    capture = tables.Capture
    roles = col(capture.role).in_(("page", REDIRECT))
    query = select(capture).where(capture.url == url, roles)
    return opened.exec(query.order_by(col(capture.captured_at), col(capture.id))).all()


def _moved_from(opened: Session, url: str) -> tuple[str, ...]:
    capture = tables.Capture
    query = select(capture.url).where(capture.about == url, capture.role == REDIRECT).distinct()
    return tuple(sorted(opened.exec(query)))


def _counts(captures: Iterable[tables.Capture]) -> dict[str, int]:
    found = Counter("moved" if row.role == REDIRECT else row.outcome.value for row in captures)
    return {name: found[name] for name in (*(outcome.value for outcome in Outcome), "moved") if found[name]}


def _versions(ads: Sequence[tables.Advertisement]) -> Iterable[Version]:
    before: tables.Advertisement | None = None
    for ad in ads:
        same_part = before is not None and before.part == ad.part
        assert ad.id is not None
        yield Version(
            ad_id=ad.id,
            part=ad.part,
            title=ad.title,
            shown=spans(ad),
            superseded_at=ad.superseded_at,
            withdrawn_at=ad.withdrawn_at,
            moved_to=str(ad.details.get("moved_to", "")),
            text_group=ad.text_group,
            changes=text_changes(before.text, ad.text) if before is not None and same_part else (),
        )
        before = ad


def spans(ad: tables.Advertisement) -> tuple[tuple[datetime, datetime], ...]:
    """Return the spans in which a text was seen: the earlier ones that ingest noted, then the last one."""
    earlier = [
        (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in ad.details.get("earlier", [])
    ]
    returned = ad.details.get("returned_at")
    return (*earlier, (datetime.fromisoformat(returned) if returned else ad.first_seen_at, ad.last_seen_at))


def text_changes(old: str, new: str) -> tuple[str, ...]:
    """Return the lines that went ('- …') and came ('+ …') between two texts, at most ``MAX_CHANGES``."""
    left, right = (text.splitlines()[:MAX_COMPARED] for text in (old, new))
    changes = [
        f"{row[0]} {row[1:]}"
        for row in difflib.unified_diff(left, right, lineterm="", n=0)
        if row[:1] in "+-" and not row.startswith(("---", "+++")) and row[1:].strip()
    ]
    if len(changes) > MAX_CHANGES:
        return (*changes[:MAX_CHANGES], f"… {len(changes) - MAX_CHANGES}")
    return tuple(changes)


def _event(row: tables.Capture) -> Event:
    moved = row.about if row.role == REDIRECT else ""
    return Event(row.captured_at, row.outcome, row.status, row.error, moved, row.run_id, row.seq)


# ── in Vietnamese ───────────────────────────────────────────────────────────────────────────────────────────────────


def describe_history(found: History) -> str:
    """Return the history as an inspector reads it."""
    total = sum(found.counts.values())
    lines = [f"Địa chỉ: {line(found.url)}"]
    lines += [f"Được chuyển đến từ: {line(url)}" for url in found.moved_from]
    lines.append(f"Đã ghi nhận {len(found.versions)} nội dung qua {total} lần thu thập.")
    for number, version in enumerate(found.versions, 1):
        lines += ["", *_version_lines(number, version)]
    if found.events:
        lines += ["", "Các lần thu thập:"]
        lines += [f"  {stamp(event.at)}  {event_said(event)}" for event in found.events]
        if total > len(found.events):
            lines.append(f"  (chỉ liệt kê {len(found.events)} lần gần nhất)")
    return "\n".join(lines)


def _version_lines(number: int, version: Version) -> list[str]:
    part = f", phần {version.part + 1} của trang" if version.part else ""
    lines = [f"{number}. Tin quảng cáo số {version.ad_id}{part}: {line(version.title) or 'không có tiêu đề'}"]
    lines += [f"   Nhìn thấy từ {stamp(start)} đến {stamp(end)}" for start, end in version.shown]
    lines.append(f"   {state_said(version.superseded_at, version.withdrawn_at, version.moved_to)}")
    if version.changes:
        lines.append("   Thay đổi so với nội dung trước:")
        lines += [f"     {clean(change)}" for change in version.changes]
    return lines


def state_said(superseded_at: datetime | None, withdrawn_at: datetime | None, moved_to: str = "") -> str:
    """Say whether a text still stands at its address, as far as the captures show."""
    if withdrawn_at is not None:
        return f"Không còn tại địa chỉ này, ghi nhận lúc {stamp(withdrawn_at)}."
    if superseded_at is not None:
        return f"Được thay bằng nội dung khác, ghi nhận lúc {stamp(superseded_at)}."
    if moved_to:
        return f"Trang đã chuyển hẳn sang địa chỉ khác: {line(moved_to)}"
    return "Còn hiển thị ở lần thu thập được gần nhất."


def event_said(event: Event) -> str:
    """Say what one capture showed."""
    if event.moved_to:
        return f"đã chuyển hẳn sang {line(event.moved_to)} (mã {event.status})"
    unsure = ", không biết trang còn hiển thị hay không" if event.outcome is Outcome.BLOCKED else ""
    why = why_said(event.note) or line(event.note)
    if not why and event.status:
        why = f"máy chủ trả lời mã {event.status}"
    return f"{OUTCOME_VI[event.outcome]}{unsure}" + (f": {why}" if why else "")
