"""Reads the single values of a registry cell: dates, states, licence numbers, phones, lists of workplaces."""

import re
from datetime import date, datetime, timedelta

from models.vietnamese import folded
from models.vocabulary import LicenceStatus
from registry.cells import Cell, cell_text

_STATUS_WORDS: tuple[tuple[str, LicenceStatus], ...] = (
    # order matters: 'het hieu luc' holds 'hieu luc', 'ngung hoat dong' holds 'hoat dong'
    ("thu hoi", LicenceStatus.REVOKED),
    ("tuoc", LicenceStatus.REVOKED),
    ("revoked", LicenceStatus.REVOKED),
    ("dinh chi", LicenceStatus.SUSPENDED),
    ("tam dung", LicenceStatus.SUSPENDED),
    ("tam ngung", LicenceStatus.SUSPENDED),
    ("suspended", LicenceStatus.SUSPENDED),
    ("het hieu luc", LicenceStatus.EXPIRED),
    ("het han", LicenceStatus.EXPIRED),
    ("khong con hieu luc", LicenceStatus.EXPIRED),
    ("cham dut", LicenceStatus.EXPIRED),
    ("ngung hoat dong", LicenceStatus.EXPIRED),
    ("ngung", LicenceStatus.EXPIRED),
    ("dong cua", LicenceStatus.EXPIRED),
    ("expired", LicenceStatus.EXPIRED),
    ("hoat dong", LicenceStatus.VALID),
    ("dang hanh nghe", LicenceStatus.VALID),
    ("con hieu luc", LicenceStatus.VALID),
    ("hieu luc", LicenceStatus.VALID),
    ("con han", LicenceStatus.VALID),
    ("valid", LicenceStatus.VALID),
    ("active", LicenceStatus.VALID),
    ("binh thuong", LicenceStatus.VALID),
)

_DMY = re.compile(r"^(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4}|\d{2})\b")
_YMD = re.compile(r"^(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})\b")
_WORDS = re.compile(r"ngay\s*(\d{1,2})\s*thang\s*(\d{1,2})\s*nam\s*(\d{4})")
_EXCEL_EPOCH = date(1899, 12, 30)
_YEARS = range(1950, 2100)


def read_status(cell: Cell) -> LicenceStatus:
    """Return the state that the cell names in English or Vietnamese, ``UNKNOWN`` where it names none."""
    words = folded(cell_text(cell))
    return (
        next((status for word, status in _STATUS_WORDS if word in words), LicenceStatus.UNKNOWN)
        if words
        else LicenceStatus.UNKNOWN
    )


_DATED = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2}")


def read_status_date(cell: Cell) -> date | None:
    """Return the day since when the state holds, where the cell says it: 'Đình chỉ (từ 12/05/2026)'."""
    found = _DATED.search(cell_text(cell))
    try:
        return read_date(found[0]) if found else None
    except ValueError:  # 31/02/2026: a state without a day
        return None


_PLACE_NUMBER = re.compile(
    r"^(?P<name>.+?)[\s,–-]*\(?\s*(?:(?:số\s*)?(?:gphđ|gphd|giấy phép(?: hoạt động)?)?\s*(?:số)?\s*:?\s*)"
    r"(?P<number>\d{3,7}\s*/\s*[^\W\d_]{2,6}\s*-\s*GPH[ĐD])\s*\)?$",
    re.IGNORECASE,
)


def split_place(text: str) -> tuple[str, str]:
    """Return a workplace's name and its operating licence, which many exports write behind it in brackets."""
    found = _PLACE_NUMBER.match(text)
    return (found["name"].strip(" ,–-("), "".join(found["number"].split())) if found else (text, "")


def read_date(cell: Cell, *, last: bool = False) -> date | None:
    """Return the date in a cell: dd/mm/yyyy, ISO, 'ngày 5 tháng 6 năm 2020', an Excel serial, or a year alone.

    A year alone stands for its first day, or for its last day where ``last`` (an end date). ``None`` where the cell is
    empty; ``ValueError`` where it holds something that is no date.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = cell_text(cell).strip()
    if not text or text in {"-", "--", "/"}:
        return None
    if re.fullmatch(r"\d{4}|\d{5}(\.\d+)?", text):
        return _from_number(int(float(text)), last=last)
    if match := _YMD.match(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    match = _DMY.match(text) or _WORDS.search(folded(text))
    if not match:
        raise ValueError(text[:40])
    year = int(match[3])
    return date(year + (2000 if year < 70 else 1900) if year < 100 else year, int(match[2]), int(match[1]))


def _from_number(number: int, *, last: bool) -> date:
    if number in _YEARS:
        return date(number, 12, 31) if last else date(number, 1, 1)
    if 10_000 <= number < 80_000:  # 1927 to 2119: outside this an Excel serial is no date of a licence
        return _EXCEL_EPOCH + timedelta(days=number)
    raise ValueError(str(number))


def read_licence(cell: Cell) -> tuple[str, str]:
    """Return a licence number without blanks around its separators, and a note where the cell was mended.

    '01111/HCM-GPHĐ; 01111' (written twice) keeps the fuller number; '12345.0' becomes '12345'.
    """
    text = re.sub(r"\s*([/\-])\s*", r"\1", cell_text(cell)).strip(" .,;")
    text = re.sub(r"^(\d+)\.0$", r"\1", text)
    parts = list(dict.fromkeys(part for part in re.split(r"[;,|()\n ]+", text) if any(c.isdigit() for c in part)))
    if len(parts) < 2:
        return (parts[0] if parts else text), ""
    numbers = {re.match(r"\D*0*(\d*)", part)[1] for part in parts}  # type: ignore[index]  # \D*0*(\d*) matches anything
    fullest = max(parts, key=len)
    if len(numbers) == 1:
        return fullest, "Số giấy phép ghi hai lần trong ô; giữ bản đầy đủ."
    return fullest, f"Ô số giấy phép có nhiều số: {', '.join(parts)[:120]}."


def split_list(cell: Cell) -> list[str]:
    """Return the items of a cell that lists several: separated by ';', '|' or line breaks, or a JSON list."""
    if isinstance(cell, list | tuple):
        return [text for item in cell if (text := cell_text(item).strip())]
    return [part.strip() for part in re.split(r"[;|\n]+", cell_text(cell)) if part.strip()]


def read_phones(cell: Cell) -> tuple[str, ...]:
    """Return the phone numbers of a cell as digits with the leading 0 that spreadsheets lose and +84 replaces."""
    phones: list[str] = []
    for part in [piece for item in split_list(cell) for piece in re.split(r"[,/]| - ", item)]:
        digits = re.sub(r"\D", "", part)
        if digits.startswith("84") and len(digits) in {11, 12}:
            digits = "0" + digits[2:]
        elif len(digits) in {9, 10} and not digits.startswith(("0", "1")):
            digits = "0" + digits
        if len(digits) >= 8:
            phones.append(digits)
    return tuple(dict.fromkeys(phones))
