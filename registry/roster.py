"""Reads one registry file into records: ``read_roster``. Every row is taken or rejected with its number and reason.

Reasons and notes are Vietnamese: inspectors read them beside the spreadsheet. A doubtful value never costs a row: it is
noted on the record. A row is rejected only where it names nobody.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from models.errors import RosterError
from models.vocabulary import RegistryKind
from registry.cells import MAX_CELL, Cell, Sheet, cell_text, read_sheets
from registry.columns import ESSENTIAL, SYNONYMS, Header, find_header, header_key
from registry.types import Confirmation, DeclaredPrice, Facility, Practitioner, Record, Rejection, Roster, Workplace
from registry.values import (
    read_date,
    read_licence,
    read_phones,
    read_status,
    read_status_date,
    split_list,
    split_place,
)

_FILE_WORDS = {
    RegistryKind.PRACTITIONERS: ("practitioner", "nguoi hanh nghe", "hanh nghe", "cchn", "bac si"),
    RegistryKind.FACILITIES: ("facilit", "co so", "gphd", "phong kham"),
    RegistryKind.CONFIRMATIONS: ("confirmation", "xac nhan", "xnqc"),
    RegistryKind.PRICES: ("price", "gia dich vu", "ke khai", "bang gia"),
}


def file_kind(path: Path) -> RegistryKind | None:
    """Return the kind that a file's name announces ('practitioners-2026.csv'), or None."""
    name = header_key(path.stem)
    return next((kind for kind, words in _FILE_WORDS.items() if any(word in name for word in words)), None)


def read_roster(path: Path, kind: RegistryKind | None = None) -> Roster:
    """Read a registry file: CSV, XLSX, XLS or JSON Lines. ``kind`` is guessed from header and file name where absent.

    Raises ``RosterError`` where the file cannot be read at all, or holds no column that names its subjects.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RosterError(
            f"{path}: cannot be read ({error.strerror}).", "Check the path and the permissions."
        ) from error
    sheets = read_sheets(path, data)
    sheet, rows, header = _choose(path, sheets, kind)
    reader = _READERS[header.kind]
    records: list[Record] = []
    rejections = [Rejection(number, f"{reason}.", content) for number, reason, content in sheet.broken]
    for number, cells in rows[header.row + 1 :]:
        _read_row(_Row(number, cells, header.fields), reader, records, rejections)
    notes = [*sheet.notes, *(f"Trang tính '{other.name}' không được đọc." for other in sheets if other is not sheet)]
    marked = _mark_repeats(records, notes)
    sha256 = hashlib.sha256(data).hexdigest()
    return Roster(
        header.kind, tuple(marked), tuple(sorted(rejections, key=lambda r: r.row)), header.names, sha256, tuple(notes)
    )


def _choose(
    path: Path, sheets: Sequence[Sheet], kind: RegistryKind | None
) -> tuple[Sheet, list[tuple[int, list[Cell]]], Header]:
    """The first sheet with a usable header, its rows, and the header."""
    kinds = [kind] if kind else list(RegistryKind)
    named = file_kind(path)
    seen: list[str] = []
    for sheet in sheets:
        rows = [(number, cells) for number, cells in sheet.rows if any(cell not in (None, "") for cell in cells)]
        header = (find_header(rows, [named]) if named in kinds and named else None) or find_header(rows, kinds)
        if header:
            return sheet, rows, header
        widest = max((cells for _, cells in rows[:20]), key=lambda cells: sum(bool(c) for c in cells), default=[])
        seen += [cell_text(cell)[:40] for cell in widest if cell]
    wanted = " or ".join(sorted({SYNONYMS[k][group[0]][1] for k in kinds for group in ESSENTIAL[k][:1]}))
    shown = ", ".join(repr(name) for name in seen[:12]) or "none"
    raise RosterError(
        f"{path.name}: no column names the records; columns seen: {shown}.",
        f"Expected a header such as {wanted} (with or without diacritics).",
    )


@dataclass(slots=True)
class _Row:
    """One row's cells by field, with the notes gathered while reading them."""

    number: int
    cells: list[Cell]
    fields: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def cell(self, name: str) -> Cell:
        column = self.fields.get(name, -1)
        return self.cells[column] if 0 <= column < len(self.cells) else None

    def text(self, name: str) -> str:
        cell = self.cell(name)
        if isinstance(cell, list | tuple):
            return "; ".join(split_list(cell))
        return cell_text(cell).strip() if cell not in (None, "") else ""

    def word(self, name: str) -> str:
        """A value that many rows share: kept once in memory."""
        return sys.intern(self.text(name).replace("\n", "; "))

    def day(self, name: str, *, last: bool = False) -> date | None:
        try:
            return read_date(self.cell(name), last=last)
        except (ValueError, OverflowError):
            self.notes.append(f"Không đọc được ngày '{self.text(name)[:30]}' ở cột {name}.")
            return None

    def dates(self) -> tuple[date | None, date | None]:
        issued, expires = self.day("issued_on"), self.day("expires_on", last=True)
        if issued and expires and expires < issued:
            self.notes.append("Ngày hết hạn trước ngày cấp.")
        return issued, expires

    def licence(self, name: str) -> str:
        licence, note = read_licence(self.cell(name))
        if note:
            self.notes.append(note)
        return licence


class _Reject(Exception):  # noqa: N818  # the row's fate, not an error of the program
    """Why a row is not taken."""


_Reader = Callable[[_Row], Record]


def _read_row(row: _Row, reader: _Reader, records: list[Record], rejections: list[Rejection]) -> None:
    content = " | ".join(cell_text(cell)[:40] for cell in row.cells[:8] if cell is not None)[:160]
    try:
        if any(isinstance(cell, str) and len(cell) > MAX_CELL for cell in row.cells):
            raise _Reject(f"Có ô dài quá {MAX_CELL} ký tự.")  # noqa: TRY301  # one way out for every reason
        records.append(reader(row))
    except _Reject as reason:
        rejections.append(Rejection(row.number, str(reason), content))


def _identity(row: _Row, licence: str, *parts: str) -> str:
    """The record's own id, else its licence number, else a name made of its content (the same at the next import)."""
    return row.text("id") or licence or "~" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def _practitioner(row: _Row) -> Practitioner:
    name = row.text("full_name") or f"{row.text('surname')} {row.text('given_name')}".strip()
    if not any(letter.isalpha() for letter in name):
        raise _Reject("Không có họ tên người hành nghề.")
    licence = row.licence("licence_no")
    issued, expires = row.dates()
    scope = row.word("scope")
    return Practitioner(
        id=_identity(row, licence, name, scope, row.text("workplaces")),
        full_name=" ".join(name.split()),
        licence_no=licence,
        qualification=row.word("qualification"),
        scope=scope,
        status=read_status(row.cell("status")),
        issued_on=issued,
        expires_on=expires,
        issuer=row.word("issuer"),
        province=row.word("province"),
        workplaces=_workplaces(row),
        notes=tuple(row.notes),
        gender=row.word("gender"),
        status_on=read_status_date(row.cell("status")),
    )


def _workplaces(row: _Row) -> tuple[Workplace, ...]:
    cell = row.cell("workplaces")
    if isinstance(cell, list) and any(isinstance(item, dict) for item in cell):
        return tuple(_workplace_of(item) for item in cell)
    names, ids = split_list(cell), split_list(row.cell("workplace_id"))
    district, ward = row.word("workplace_district"), row.word("workplace_ward")
    if not names and not ids:
        return (Workplace("", "", district, ward),) if district or ward else ()
    places = [split_place(name) for name in names]
    return tuple(
        Workplace(
            sys.intern(places[i][0] if i < len(places) else ""),
            sys.intern(ids[i] if i < len(ids) else places[i][1]),
            *((district, ward) if i == 0 else ("", "")),
        )
        for i in range(max(len(names), len(ids)))
    )


def _workplace_of(item: object) -> Workplace:
    if not isinstance(item, dict):
        return Workplace(cell_text(item))
    values = {header_key(key): cell_text(value) for key, value in item.items()}
    return Workplace(
        values.get("name") or values.get("ten") or values.get("facility") or "",
        values.get("facility id") or values.get("id") or values.get("facility licence") or "",
        values.get("district", ""),
        values.get("ward", ""),
    )


def _facility(row: _Row) -> Facility:
    legal, trade = row.text("legal_name"), row.text("trade_name")
    if not any(letter.isalpha() for letter in legal + trade):
        raise _Reject("Không có tên cơ sở.")
    licence = row.licence("licence_no")
    issued, expires = row.dates()
    return Facility(
        id=_identity(row, licence, legal, trade, row.text("address")),
        legal_name=(legal or trade).replace("\n", " "),
        trade_name=trade,
        licence_no=licence,
        kind=row.word("kind"),
        scope=row.word("scope"),
        services=row.word("services"),
        address=row.text("address").replace("\n", ", "),
        ward=row.word("ward"),
        district=row.word("district"),
        ward_old=row.word("ward_old"),
        phones=read_phones(row.cell("phones")),
        website=row.text("website"),
        responsible_name=row.text("responsible_name"),
        responsible_licence=read_licence(row.cell("responsible_licence"))[0],
        status=read_status(row.cell("status")),
        issued_on=issued,
        expires_on=expires,
        notes=tuple(row.notes),
        organisation=row.text("organisation"),
        responsible_id=row.text("responsible_id"),
        status_on=read_status_date(row.cell("status")),
    )


def _confirmation(row: _Row) -> Confirmation:
    number = row.text("number")
    if not any(letter.isdigit() for letter in number):
        raise _Reject("Không có số giấy xác nhận.")
    return Confirmation(
        number,
        row.text("product"),
        row.text("company"),
        row.day("issued_on"),
        row.text("content_sha256"),
        row.day("expires_on", last=True),
    )


def _price(row: _Row) -> DeclaredPrice:
    licence, service = row.licence("facility_licence"), row.text("service")
    if not licence or not service:
        raise _Reject("Thiếu số giấy phép của cơ sở hoặc tên dịch vụ.")
    digits = "".join(c for c in row.text("price_vnd").removesuffix(".0") if c.isdigit())
    if not digits or len(digits) > 12:
        raise _Reject(f"Không đọc được giá '{row.text('price_vnd')[:30]}'.")
    return DeclaredPrice(licence, service, int(digits), row.day("declared_on"))


_READERS: dict[RegistryKind, _Reader] = {
    RegistryKind.PRACTITIONERS: _practitioner,
    RegistryKind.FACILITIES: _facility,
    RegistryKind.CONFIRMATIONS: _confirmation,
    RegistryKind.PRICES: _price,
}


def _mark_repeats(records: Iterable[Record], notes: list[str]) -> list[Record]:
    """Keep every record; note on each one whose licence number or id stands on several rows."""
    kept = list(records)
    held = [record for record in kept if isinstance(record, Practitioner | Facility)]
    licences = Counter(record.licence_no for record in held if record.licence_no)
    ids = Counter(record.id for record in held)
    if len(licences) == sum(licences.values()) and len(ids) == len(held):
        return kept
    for i, record in enumerate(kept):
        if not isinstance(record, Practitioner | Facility):
            continue
        said = []
        if licences[record.licence_no] > 1:
            said.append(f"Số giấy phép {record.licence_no} có ở {licences[record.licence_no]} dòng.")
        if ids[record.id] > 1 and record.id != record.licence_no:
            said.append(f"Mã {record.id} có ở {ids[record.id]} dòng.")
        if said:
            kept[i] = replace(record, notes=(*record.notes, *said))
    for label, counts in (("số giấy phép", licences), ("mã", ids)):
        repeated = sum(1 for count in counts.values() if count > 1)
        if repeated:
            notes.append(f"{repeated} {label} có ở nhiều dòng; mọi dòng đều được giữ và đánh dấu.")
    return kept
