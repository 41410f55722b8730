"""The day a page says it was published. A footer's © year is no such day, nor is any day to come."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone

#: Vietnam keeps UTC+7 all year.
VIETNAM = timezone(timedelta(hours=7))
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
    rf"(?<!\d)(\d{{1,2}})\s*[,/-]?\s*tháng\s+({_MONTH})\b\s*[,/-]?\s*(?:năm\s+)?((?:19|20)\d\d)(?!\d)", re.I
)
_MONTH_DAY = re.compile(rf"\btháng\s+({_MONTH})\s+(\d{{1,2}})\s*,\s*((?:19|20)\d\d)(?!\d)", re.I)
_DATES = (_ISO, _NUMERIC, _DAY_MONTH, _MONTH_DAY)

_PUBLISHED = re.compile(
    r"\b(?:ngày (?:đăng(?! k[ýí])|xuất bản|viết)|đăng (?:ngày|lúc|vào|bởi)|xuất bản (?:ngày|lúc|vào)"
    r"|posted(?: on)?|published(?: on)?)\b",
    re.I,
)
_UPDATED = re.compile(r"\b(?:cập nhật|sửa đổi|last (?:updated|modified)|updated)\b", re.I)
#: Besides the date: a time, a weekday, and what else a stamp under a title holds.
_STAMP = re.compile(
    r"\d{1,2}\s?(?::|h|giờ)\s?\d{2}(?::\d{2})?|\b[ap]m\b|\bgmt\S*"
    r"|\b(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|ngày|lúc)\b",
    re.I,
)
_PERIOD = re.compile(r"\b(?:từ|đến|hết|tới|trước|sau|hạn|khai trương|áp dụng|sinh)\b", re.I)
#: Lines below the title that can be its stamp, and letters of a name ('Admin') that may stand in it.
_BELOW_TITLE = 4
_STAMP_LETTERS = 15
_STAMPS = 2
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
            return (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()
    for pattern, order in zip(_DATES, ("ymd", "dmy", "dmy", "mdy"), strict=True):
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


def visible_dates(lines: Sequence[str], *, updated: bool) -> Iterator[date | None]:
    """Yield the days that lines state as publication: 'Ngày đăng: 12/03/2026', 'Đăng lúc 8h30 …'.

    With ``updated``, those that they state as the last change instead.
    """
    cue = _UPDATED if updated else _PUBLISHED
    for line in lines:
        if len(line) <= _LINE and (stated := cue.search(line)):
            other = None if updated else _UPDATED.search(line, stated.end())
            yield parse_date(line[stated.start() : other.start() if other else None])


def stamp_below(title: int, lines: Sequence[str]) -> Iterator[date | None]:
    """Yield the days of lines just below the title (line number ``title``) that hold little but a date and a time.

    Where many lines are stamps, the page lists others' dates, and none is its own.
    """
    stamps = [number for number, line in enumerate(lines) if _is_stamp(line)]
    if len(stamps) <= _STAMPS:
        yield from (parse_date(lines[number]) for number in stamps if title < number <= title + _BELOW_TITLE)


def _is_stamp(line: str) -> bool:
    if len(line) > 60 or not any(pattern.search(line) for pattern in _DATES) or _PERIOD.search(line):
        return False
    for pattern in (*_DATES, _STAMP):
        line = pattern.sub("", line)
    return sum(map(str.isalpha, line)) <= _STAMP_LETTERS
