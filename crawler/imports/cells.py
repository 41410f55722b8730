"""Text files of unknown origin into numbered rows: any usual delimiter and encoding, bounded."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crawler.imports.items import MAX_FILE, MAX_TEXT, Reject, clean
from models.errors import InputError

_DELIMITERS = (",", ";", "\t", "|")

#: A quoted cell over more lines than this is a stray quotation mark.
_MAX_LINES = 400
#: Rows among which the header is sought: departments put titles above their tables.
_HEADER_WITHIN = 15


def checked_size(data: bytes, name: str) -> bytes:
    """Return ``data``. Raises ``InputError`` where it is empty or larger than is read."""
    if len(data) > MAX_FILE:
        raise InputError(f"{name} is larger than {MAX_FILE >> 20} MiB.", "Split it and import the parts.")
    if not data.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{name} is empty.", "Export it again.")
    return data


def text_of(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 (with or without its mark) or Windows-1258, in NFC."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _composed(data.decode("utf-16", "replace"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    head = data[:4000]
    if head.count(0) > len(head) // 5:
        little = head[1::2].count(0) > head.count(0) // 2
        return _composed(data.decode("utf-16-le" if little else "utf-16-be", "replace"))
    return _composed(text or data.decode("cp1258", "replace"))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\x00", "").removeprefix("\ufeff"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the line it begins on, and its cells by the names in the header, as text."""

    number: int
    cells: Mapping[str, str]


def csv_table(text: str, names_columns: "HeaderTest") -> tuple[list[str], Iterator[Row | Reject]]:
    """Return the header (the first row that ``names_columns`` accepts) and the rows under it.

    Raises ``InputError`` naming the columns that were seen where no row is a header.
    """
    csv.field_size_limit(MAX_FILE)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    seen: list[list[str]] = []
    try:
        for row in lines:
            if names_columns([cell.strip() for cell in row]):
                header = _unique(row)
                return header, _rows(lines, header)
            if any(cell.strip() for cell in row):
                seen.append(row)
            if len(seen) >= _HEADER_WITHIN:
                break
    except csv.Error as error:
        raise InputError(f"This is no table: {error}.", "Save it again as CSV.") from error
    shown = ", ".join(clean(cell.strip())[:40] for cell in max(seen, key=len, default=[])[:20] if cell.strip())
    raise InputError(
        f"no column with the needed content was recognised (columns seen: {shown or 'none'}).",
        "Name them: --map FIELD=COLUMN, as in --map 'text=Nội dung'.",
    )


class HeaderTest:
    """Says whether a row is the header (a base for the formats)."""

    def __call__(self, names: Sequence[str]) -> bool:
        """Say whether these are names of columns."""
        raise NotImplementedError


def _rows(lines: Any, header: Sequence[str]) -> Iterator[Row | Reject]:
    while True:
        number = lines.line_num + 1
        try:
            row = next(lines, None)
        except csv.Error as error:
            yield Reject(number, f"Không đọc được từ dòng này trở đi ({error})")
            return
        if row is None:
            return
        yield from _row(number, row, header)


def _row(number: int, row: Sequence[str], header: Sequence[str]) -> Iterator[Row | Reject]:
    if not any(cell.strip() for cell in row):
        return
    start = clean(" ".join(row))[:80]
    if any(cell.count("\n") > _MAX_LINES for cell in row):
        yield Reject(number, "Dấu ngoặc kép mở mà không đóng: các dòng sau bị nuốt vào một ô", start)
    elif any(cell.strip() for cell in row[len(header) :]):
        yield Reject(number, f"Có {len(row)} ô, nhiều hơn {len(header)} cột", start)
    elif any(len(cell) > MAX_TEXT for cell in row):
        yield Reject(number, "Có ô dài quá mức cho phép", start)
    else:
        yield Row(number, {name: clean(cell).strip() for name, cell in zip(header, row, strict=False) if name})


def _delimiter(text: str) -> str:
    """Return the separator found most often, outside of quotes, in the first lines that hold any."""
    heads = [re.sub(r'"[^"]*"', "", line) for line in text[:200_000].splitlines()[:40]]
    return max(_DELIMITERS, key=lambda mark: sorted((line.count(mark) for line in heads), reverse=True)[:10])


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in (clean(name).strip() for name in names):
        number = 2
        wanted = name
        while wanted and wanted in found:
            wanted, number = f"{name} ({number})", number + 1
        found.append(wanted)
    return found


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One JSON object with its own bytes and its line."""

    number: int
    value: dict[str, Any]
    raw: bytes


def json_lines(data: bytes) -> Iterator[JsonLine | Reject]:
    """Yield the objects of a JSON Lines file."""
    for number, raw in enumerate(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), 1):
        if raw.strip():
            value = parsed(raw)
            if isinstance(value, dict):
                yield JsonLine(number, value, raw.strip())
            else:
                start = raw[:80].decode("utf-8", "replace")
                yield Reject(number, value if isinstance(value, str) else "Không phải một đối tượng JSON", clean(start))


def parsed(raw: bytes) -> Any:
    """Return the JSON value, or a text that says in Vietnamese why there is none (a value is never a plain text)."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return "Không phải UTF-8"
    except (ValueError, RecursionError):
        return "Không phải JSON hợp lệ"
    return {} if isinstance(value, str) else value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def day_of(text: object) -> date | None:
    """Return the day that a cell states: ISO with or without a time, dd/mm/yyyy, seconds since 1970; else None."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _stamp(float(text))
    if not isinstance(text, str):
        return None
    text = text.strip()
    if re.fullmatch(r"\d{9,13}", text):
        return _stamp(float(text))
    iso = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", text)
    local = re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)", text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return date(int(local[3]), int(local[2]), int(local[1])) if local else None
    except ValueError:
        return None


def _stamp(seconds: float) -> date | None:
    from crawler.pages.dates import VIETNAM

    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, VIETNAM).date()
    except (ValueError, OverflowError, OSError):
        return None
