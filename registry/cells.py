"""Turns a registry file into numbered rows of cells: CSV in any delimiter and encoding, XLSX/XLS, JSON Lines.

The file is hostile until shown otherwise: sizes are checked before anything is unpacked, NUL bytes are dropped and
counted, a cell beyond ``MAX_CELL`` costs its row and nothing else. Formulas are never evaluated: a workbook gives the
values it stored, and a text that begins with ``=`` stays text.
"""

import csv
import io
import json
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from models.errors import RosterError
from registry.workbook import guard_workbook, is_ole, open_workbook

#: One cell as it was stored. JSON Lines may hold lists and objects; they are kept as they are.
Cell = object

#: Longest cell taken, in characters (the limit of a spreadsheet cell is 32,767).
MAX_CELL = 32_767

#: Largest file read, in bytes. A department's full export of 130,000 rows is about 30 MB.
MAX_FILE = 512 * 1024 * 1024

#: A quoted cell may hold line breaks; beyond this many lines the quote is taken for a stray character.
_MAX_QUOTED_LINES = 40

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(slots=True)
class Sheet:
    """The rows of one sheet, each with its number in the file (1-based), and what had to be mended on the way."""

    rows: Iterable[tuple[int, list[Cell]]]
    name: str = ""
    notes: list[str] = field(default_factory=list)
    broken: list[tuple[int, str, str]] = field(default_factory=list)


def read_sheets(path: Path, data: bytes) -> list[Sheet]:
    """Return the sheets of the file whose bytes are ``data``; the suffix and the first bytes decide the format.

    Raises ``RosterError`` for an empty, locked, damaged or oversized file.
    """
    if len(data) > MAX_FILE:
        raise RosterError(
            f"{path.name}: the file is larger than {MAX_FILE // 2**20} MiB.", "Split it and import the parts."
        )
    if not data.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise RosterError(f"{path.name}: the file is empty.", "Export it again.")
    if data[:4] == b"PK\x03\x04" or is_ole(data):
        return _workbook_sheets(path, data)
    if path.suffix.lower() in {".xlsx", ".xls", ".xlsm"}:
        raise RosterError(f"{path.name}: this is not a workbook.", "Save it again as .xlsx or .csv.")
    text, notes = decode(data)
    if path.suffix.lower() in {".jsonl", ".ndjson", ".json"} or text.lstrip()[:1] == "{":
        return [_json_sheet(text, notes)]
    return [_csv_sheet(text, notes)]


def decode(data: bytes) -> tuple[str, list[str]]:
    """Return the text of ``data`` in NFC and notes on what was mended.

    UTF-8 (with or without BOM), UTF-16 (with or without BOM), else line by line: UTF-8 where it is valid,
    Windows-1258 where it is not.
    """
    notes: list[str] = []
    text = _decoded(data, notes)
    if "\x00" in text:
        notes.append(f"Đã bỏ {text.count(chr(0))} ký tự NUL.")
        text = text.replace("\x00", "")
    return unicodedata.normalize("NFC", text), notes


def _decoded(data: bytes, notes: list[str]) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    sample = data[:4000]
    if sample.count(0) > len(sample) // 5:
        odd = sample[1::2].count(0)
        return data.decode("utf-16-le" if odd > sample.count(0) // 2 else "utf-16-be", errors="replace")
    return _mixed(data, notes)


def _mixed(data: bytes, notes: list[str]) -> str:
    lines: list[str] = []
    legacy = 0
    for line in data.splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            legacy += 1
            lines.append(line.decode("cp1258", errors="replace"))
    notes.append(f"{legacy}/{len(lines)} dòng không phải UTF-8, được đọc theo Windows-1258.")
    return "".join(lines)


# --- CSV ---------------------------------------------------------------------------------------------------------


def _csv_sheet(text: str, notes: list[str]) -> Sheet:
    lines = text.splitlines()
    sheet = Sheet((), notes=notes)
    sheet.rows = _csv_rows(lines, _delimiter(lines), sheet)
    return sheet


def _delimiter(lines: list[str]) -> str:
    """The separator that splits the first lines into the most, and the most even, fields."""
    sample = [line for line in lines[:200] if line.strip()][:60]

    def score(delimiter: str) -> tuple[float, float]:
        counts = [len(next(csv.reader([line[:MAX_CELL]], delimiter=delimiter))) for line in sample]
        middle = statistics.median(counts)
        return (middle if middle > 1 else 0.0, -statistics.pstdev(counts))

    return max(_DELIMITERS, key=score)


def _csv_rows(lines: list[str], delimiter: str, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
    at = 0
    while at < len(lines):
        end = _record_end(lines, at)
        record = "\n".join(lines[at:end])
        number, at = at + 1, end
        if not record.strip():
            continue
        try:
            # A stray quote (never closed) is a character of the cell, not the start of a long one.
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if record.count('"') % 2 == 0 else csv.QUOTE_NONE
            fields = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, quoting=quoting))
        except csv.Error:
            sheet.broken.append((number, f"Có ô dài quá {MAX_CELL:,} ký tự".replace(",", "."), record[:80]))
            continue
        yield number, list(fields)


def _record_end(lines: list[str], start: int) -> int:
    """Index after the last line of the record that starts at ``start`` (quoted cells may hold line breaks)."""
    quotes = lines[start].count('"')
    end = start + 1
    while quotes % 2 and end < len(lines) and end - start < _MAX_QUOTED_LINES:
        quotes += lines[end].count('"')
        end += 1
    return end if quotes % 2 == 0 else start + 1


# --- JSON Lines --------------------------------------------------------------------------------------------------


def _json_sheet(text: str, notes: list[str]) -> Sheet:
    sheet = Sheet((), notes=notes)
    objects: list[tuple[int, dict[str, Cell]]] = []
    keys: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            sheet.broken.append((number, "Dòng không phải JSON hợp lệ", line[:80]))
            continue
        if not isinstance(value, dict):
            sheet.broken.append((number, "Dòng JSON không phải một đối tượng", line[:80]))
            continue
        objects.append((number, value))
        for key in value:
            keys.setdefault(key, len(keys))
    header: list[tuple[int, list[Cell]]] = [(0, list(keys))]
    sheet.rows = header + [(number, [value.get(key) for key in keys]) for number, value in objects]
    return sheet


# --- workbooks ---------------------------------------------------------------------------------------------------


def _workbook_sheets(path: Path, data: bytes) -> list[Sheet]:
    guard_workbook(path.name, data)
    return [Sheet(list(enumerate(rows, 1)), name) for name, rows in open_workbook(path.name, data)]


# --- cells to text -----------------------------------------------------------------------------------------------


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


_TEXT: dict[type, Callable[..., str]] = {
    float: _float_text,
    bool: lambda value: "có" if value else "không",
    datetime: lambda value: value.date().isoformat(),
    date: lambda value: value.isoformat(),
}


def cell_text(cell: Cell) -> str:
    """Return the cell as clean text: whole floats without '.0', dates as ISO, runs of blanks as one, no NUL."""
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else _TEXT.get(type(cell), str)(cell)
    if "\x00" in text:
        text = text.replace("\x00", "")
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return (
        " ".join(text.split()) if "\n" not in text else "\n".join(" ".join(part.split()) for part in text.split("\n"))
    )
