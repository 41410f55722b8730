"""The day a page says it was published. A footer's © year is no such day, nor is any day to come."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone

#: Vietnam keeps UTC+7 all year.
_VIETNAM = timezone(timedelta(hours=7))
#: No page of the web is older.
_EARLIEST = date(1995, 1, 1)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("một giêng", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười_một", "mười_hai chạp"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?:mười (?:một|hai)|một|giêng|hai|ba|tư|năm|sáu|bảy|tám|chín|mười|chạp|0?[1-9]|1[0-2])"
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?((?:19|20)\d\d)(?!\d)")
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*[,-]?\s*tháng\s+({_MONTH})\b\s*[,/-]?\s*(?:năm\s+)?((?:19|20)\d\d)(?!\d)", re.I
)
_MONTH_DAY = re.compile(rf"\btháng\s+({_MONTH})\s+(\d{{1,2}})\s*,\s*((?:19|20)\d\d)(?!\d)", re.I)

_PUBLISHED = re.compile(
    r"\b(?:ngày (?:đăng|xuất bản|viết|phát hành)|đăng (?:ngày|lúc|vào|bởi|tải)|xuất bản|đăng tin"
    r"|posted(?: on)?|published(?: on)?|date)\b",
    re.I,
)
_UPDATED = re.compile(r"\b(?:cập nhật|sửa đổi|last (?:updated|modified)|updated)\b", re.I)
_WEEKDAY = re.compile(r"^(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|cn|t[2-7])\b[\s,:-]", re.I)
#: A line that states a date is short; a longer one tells a story in which dates occur.
_LINE = 160


def parse_date(text: str) -> date | None:
    """Return the first day written in ``text``: ISO, d/m/y or 'd tháng m năm y'.

    A time that states its zone is read as the day it was in Vietnam.
    """
    text = text.strip()[:_LINE]
    if "T" in text[10:11] or (len(text) > 19 and text[10:11] == " "):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return (moment.astimezone(_VIETNAM) if moment.tzinfo else moment).date()
    for pattern, order in ((_ISO, "ymd"), (_NUMERIC, "dmy"), (_DAY_MONTH, "dmy"), (_MONTH_DAY, "mdy")):
        for match in pattern.finditer(text):
            parts = dict(zip(order, match.groups(), strict=True))
            if day := _date(parts["y"], parts["m"], parts["d"]):
                return day
    return None


def _date(year: str, month: str, day: str) -> date | None:
    number = _MONTHS.get(month.lower().replace(" ", "_")) or (int(month) if month.isdigit() else 0)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def plausible(days: Iterable[date | None], today: date) -> date | None:
    """Return the first of ``days`` that a page can have been published on."""
    return next((day for day in days if day and _EARLIEST <= day <= today), None)


def visible_dates(lines: Iterable[str], *, updated: bool) -> Iterator[date | None]:
    """Yield the days that lines state as publication: 'Ngày đăng: 12/03/2026' or a line of weekday and date.

    With ``updated``, those that they state as the last change instead.
    """
    for line in lines:
        if len(line) > _LINE:
            continue
        changed = _UPDATED.search(line)
        if updated and changed:
            yield parse_date(line[changed.start() :])
        elif not updated and (stated := _PUBLISHED.search(line) or _WEEKDAY.search(line)):
            end = changed.start() if changed and changed.start() > stated.start() else None
            yield parse_date(line[stated.start() : end])
