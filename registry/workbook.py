"""Opens XLSX and XLS workbooks through calamine, after checks that a crafted file cannot get round.

A workbook is a ZIP archive: its members are unpacked once in small pieces (sizes and checksums verified), the extent of
each sheet is read from its cell references, and long shared strings are weighed by how often they are used. Only then
is the file handed to the reader, which builds each sheet in memory.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator

from models.errors import RosterError

#: Limits on what a workbook may unpack to (bytes, members, times its packed size, cells of one sheet).
MAX_UNPACKED = 768 * 1024 * 1024
MAX_MEMBERS = 5_000
MAX_RATIO = 400
MAX_CELLS = 20_000_000

_CHUNK = 1 << 20
_LONG_STRING = 100_000
_REFERENCE = re.compile(rb'<(?:\w+:)?c [^>]{0,80}?r="([A-Z]{1,3})(\d{1,7})"')
_SHARED = re.compile(rb't="s"[^>]{0,60}><(?:\w+:)?v>(\d{1,9})<')


def is_ole(data: bytes) -> bool:
    """Tell whether ``data`` is an OLE container: an old .xls, or a workbook locked with a password."""
    return data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def guard_workbook(name: str, data: bytes) -> None:
    """Raise ``RosterError`` where opening the workbook would be unsafe or cannot work."""
    if is_ole(data):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise RosterError(f"{name}: the workbook is locked with a password.", "Save it without a password.")
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _guard_sizes(name, archive, len(data))
            _guard_contents(name, archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise RosterError(
            f"{name}: the workbook is damaged ({type(error).__name__}).", "Save it again as .xlsx."
        ) from error


def _guard_sizes(name: str, archive: zipfile.ZipFile, packed: int) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        raise RosterError(f"{name}: the workbook is locked with a password.", "Save it without a password.")
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked > max(packed, 1) * MAX_RATIO:
        raise RosterError(
            f"{name}: the workbook would unpack to {unpacked // 2**20} MiB in {len(members)} parts (a zip bomb?).",
            "Save it again as .csv.",
        )


def _guard_contents(name: str, archive: zipfile.ZipFile) -> None:
    long_strings: dict[int, int] = {}
    for member in archive.infolist():
        if member.filename.endswith("sharedStrings.xml"):
            long_strings = _long_strings(archive, member)
    uses: Counter[int] = Counter()
    for member in archive.infolist():
        rows = columns = 0
        for chunk in _chunks(archive, member):  # reading to the end also verifies size and checksum
            if "worksheets/" not in member.filename:
                continue
            for reference in _REFERENCE.finditer(chunk):
                columns = max(columns, _column(reference[1]))
                rows = max(rows, int(reference[2]))
            if long_strings:
                uses.update(int(use[1]) for use in _SHARED.finditer(chunk))
        if rows * columns > MAX_CELLS:
            raise RosterError(
                f"{name}: a sheet claims {rows:,} x {columns:,} cells.", "Delete stray cells, or save as .csv."
            )
    if sum(uses[index] * size for index, size in long_strings.items()) > MAX_UNPACKED:
        raise RosterError(f"{name}: one very long text is repeated too often.", "Save it again as .csv.")


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's bytes in pieces that begin and end between tags."""
    rest = b""
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            piece = rest + piece
            cut = piece.rfind(b"<c ") if b"<c " in piece else len(piece)
            rest = piece[cut:] if len(piece) - cut < _CHUNK else b""
            yield piece[:cut]
    yield rest


def _long_strings(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> dict[int, int]:
    """Index and byte length of the shared strings that are too long for a cell."""
    sizes: dict[int, int] = {}
    index, size = -1, 0
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            # a tag cut in two by the chunk border is met once in `parts` and lost: it makes two strings one, never less
            parts = piece.split(b"<si>")
            size += len(parts[0])
            for part in parts[1:]:
                if size > _LONG_STRING:
                    sizes[index] = size
                index, size = index + 1, len(part)
    if size > _LONG_STRING:
        sizes[index] = size
    return sizes


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def open_workbook(name: str, data: bytes) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield (sheet name, rows) of each sheet that holds anything, rows counted from the sheet's first row."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for title in book.sheet_names:
            rows = [list[object](row) for row in book.get_sheet_by_name(title).to_python(skip_empty_area=False)]
            if rows:
                yield title, rows
    except (CalamineError, ValueError, OSError) as error:
        raise RosterError(
            f"{name}: the workbook cannot be read ({error}).", "Save it again as .xlsx or .csv."
        ) from error
