"""One advertisement in full: what it says, when it was seen, its evidence, and where nearly the same text stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.untrusted import clean, line
from cases.wording import address, day, stamp
from models import tables
from models.database import session
from models.errors import InputError
from pipeline.history import spans, state_said
from pipeline.origin import origin_vi

#: Members of a group of nearly the same texts that are named one by one.
MAX_FELLOWS = 50


@dataclass(frozen=True, slots=True)
class Fellow:
    """Another place of nearly the same text."""

    ad_id: int
    url: str
    site: str
    first_seen_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """All advertisements of nearly the same text. ``sites`` counts the web sites; ``fellows`` are at most 50 others."""

    number: int
    size: int
    sites: int
    first_seen_at: datetime
    last_seen_at: datetime
    fellows: tuple[Fellow, ...]


@dataclass(frozen=True, slots=True)
class ShownAd:
    """One advertisement with all that is known around it. ``text[:main_end]`` is the main content.

    ``origin`` tells where an imported one comes from; empty for what was crawled.
    """

    ad_id: int
    url: str
    part: int
    channel: str
    origin: str
    source: str
    title: str
    published_on: date | None
    shown: tuple[tuple[datetime, datetime], ...]
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    moved_to: str
    text: str
    main_end: int
    cases: tuple[int, ...]
    evidence: dict[str, Any]
    structured: list[dict[str, Any]]
    group: Group | None

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return asdict(self)


def show_ad(engine: Engine, ad_id: int) -> ShownAd:
    """Return advertisement ``ad_id``. Raises ``InputError`` where there is none."""
    with session(engine) as opened:
        ad = opened.get(tables.Advertisement, ad_id)
        if ad is None:
            raise InputError(f"there is no advertisement {ad_id}.", "Look for it: medad ads search NAME")
        return ShownAd(
            ad_id=ad_id,
            url=ad.url,
            part=ad.part,
            channel=ad.channel,
            origin=origin_vi(ad.channel, ad.details),
            source=ad.source,
            title=ad.title,
            published_on=ad.published_on,
            shown=spans(ad),
            superseded_at=ad.superseded_at,
            withdrawn_at=ad.withdrawn_at,
            moved_to=str(ad.details.get("moved_to", "")),
            text=ad.text,
            main_end=ad.main_end,
            cases=_cases(opened, ad_id),
            evidence=_evidence(opened, ad.capture_id),
            structured=list(ad.details.get("structured", [])),
            group=_group(opened, ad),
        )


def _cases(opened: Session, ad_id: int) -> tuple[int, ...]:
    query = select(tables.CaseLink.case_id).where(tables.CaseLink.advertisement_id == ad_id)
    return tuple(sorted(opened.exec(query)))


def _evidence(opened: Session, capture_id: int | None) -> dict[str, Any]:
    row = None if capture_id is None else opened.get(tables.Capture, capture_id)
    if row is None:
        return {}
    names = ("run_id", "captured_at", "status", "warc", "record_id", "payload_sha256", "seq", "entry_sha256")
    return {name: getattr(row, name) for name in names}


def _group(opened: Session, ad: tables.Advertisement) -> Group | None:
    if ad.text_group is None:
        return None
    query = select(tables.Advertisement).where(tables.Advertisement.text_group == ad.text_group)
    members = opened.exec(query.order_by(col(tables.Advertisement.first_seen_at), col(tables.Advertisement.id))).all()
    return Group(
        number=ad.text_group,
        size=len(members),
        sites=len({member.site for member in members}),
        first_seen_at=min(member.first_seen_at for member in members),
        last_seen_at=max(member.last_seen_at for member in members),
        fellows=_fellows(members, ad),
    )


def _fellows(members: Sequence[tables.Advertisement], ad: tables.Advertisement) -> tuple[Fellow, ...]:
    others = [member for member in members if member.id != ad.id][:MAX_FELLOWS]
    return tuple(
        Fellow(
            ad_id=member.id or 0,
            url=member.url,
            site=member.site,
            first_seen_at=member.first_seen_at,
            last_seen_at=member.last_seen_at,
            current=member.superseded_at is None and member.withdrawn_at is None,
        )
        for member in others
    )


def describe_ad(ad: ShownAd) -> str:
    """Return the advertisement as an inspector reads it."""
    lines = [f"Tin quảng cáo số {ad.ad_id}: {line(ad.title) or 'không có tiêu đề'}"]
    lines.append(f"Địa chỉ: {address(ad.url)}" + (f" (phần {ad.part + 1} của trang)" if ad.part else ""))
    if ad.channel != "web":
        lines.append(f"Xuất xứ: {line(ad.origin) or line(ad.channel)}")
    if ad.published_on:
        lines.append(f"Ngày đăng ghi trên trang: {day(ad.published_on)}")
    lines += [f"Nhìn thấy từ {stamp(start)} đến {stamp(end)}" for start, end in ad.shown]
    lines.append(state_said(ad.superseded_at, ad.withdrawn_at, ad.moved_to))
    lines.append("Thuộc vụ việc số: " + (", ".join(map(str, ad.cases)) or "chưa thuộc vụ việc nào"))
    lines += [*_evidence_lines(ad.evidence), *_group_lines(ad.group), *_structured_lines(ad.structured)]
    lines += ["", "Nội dung chính:", clean(ad.text[: ad.main_end]).strip() or "(trống)"]
    if footer := clean(ad.text[ad.main_end :]).strip():
        lines += ["", "Chân trang, thông tin liên hệ:", footer]
    return "\n".join(lines)


def _evidence_lines(evidence: dict[str, Any]) -> list[str]:
    if not evidence:
        return []
    return [
        f"Chứng cứ: {evidence['warc']}, bản ghi {evidence['record_id']}, thu thập lúc {stamp(evidence['captured_at'])}",
        f"SHA-256 của nội dung: {evidence['payload_sha256']}",
    ]


def _group_lines(group: Group | None) -> list[str]:
    if group is None or group.size < 2:
        return []
    lines = [
        f"Nội dung gần như trùng nhau: {group.size} tin trên {group.sites} trang web, "
        f"lần đầu {stamp(group.first_seen_at)}, lần cuối {stamp(group.last_seen_at)}"
    ]
    for one in group.fellows:
        state = "" if one.current else "; không còn hiển thị"
        lines.append(f"  tin số {one.ad_id}: {line(one.url)} (đến {stamp(one.last_seen_at)}{state})")
    if group.size - 1 > len(group.fellows):
        lines.append(f"  … và {group.size - 1 - len(group.fellows)} tin khác")
    return lines


def _structured_lines(structured: Sequence[dict[str, Any]]) -> list[str]:
    if not structured:
        return []
    told = [", ".join(f"{line(str(key))}: {line(str(value))}" for key, value in one.items()) for one in structured[:10]]
    return ["Dữ liệu trang tự khai báo cho máy đọc:", *(f"  {one}" for one in told)]
