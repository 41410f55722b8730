"""A folder of screenshots: every picture an item; a list beside them may say where and when each was taken."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.imports.cells import Row, csv_table, day_of, text_of
from crawler.imports.columns import Columns, Header
from crawler.imports.items import ImportFormat, Item, Reject, address_of, clean
from crawler.imports.ocr import MAX_PICTURE, PictureError, check_picture, read_picture
from crawler.items import Page
from models.errors import InputError

#: Files taken for pictures, by their endings; others in the folder are passed over and counted.
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})

#: The list of a folder, and what its columns may be called.
LIST = "list.csv"
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "file name", "tep", "ten tep", "anh"),
    "url": ("url", "link", "dia chi", "duong dan", "lien ket"),
    "taken_on": ("taken on", "date", "ngay", "ngay chup"),
    "advertiser": ("advertiser", "page name", "ten trang", "tai khoan", "ben quang cao"),
    "note": ("note", "ghi chu"),
}
_MOST_FILES = 100_000
READER = "ocr-1"


def picture_items(folder: Path, given: Columns) -> Iterator[Item | Reject]:
    """Yield the pictures under a folder, in the order of their names. A picture is known again by its bytes.

    Raises ``InputError`` where the folder holds none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", "Name the folder that holds the screenshots.")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    if not any(path.suffix.lower() in ENDINGS for path in files):
        raise InputError(f"{folder} holds no picture.", f"Pictures end in: {', '.join(sorted(ENDINGS))}.")
    if len(files) > _MOST_FILES:
        raise InputError(f"{folder} holds more than {_MOST_FILES:,} files.", "Import its parts.")
    listed, rejects = _list(folder / LIST, given)
    yield from rejects
    for row, path in enumerate(files, 1):
        yield _item(row, path, folder, listed)


def _list(path: Path, given: Columns) -> tuple[dict[str, dict[str, str]], list[Reject]]:
    if not path.is_file():
        return {}, []
    header = Header(_FIELDS, given, ("file",))
    _, rows = csv_table(text_of(path.read_bytes()[:MAX_PICTURE]), header)
    columns = dict(header.columns)
    found: dict[str, dict[str, str]] = {}
    rejects = []
    for row in rows:
        if isinstance(row, Row):
            cells = {field: row.cells.get(names[0], "")[:2_000] for field, names in columns.items()}
            found[cells.pop("file")] = {name: value for name, value in cells.items() if value}
        else:
            rejects.append(row)
    return found, rejects


def _item(row: int, path: Path, folder: Path, listed: Mapping[str, dict[str, str]]) -> Item | Reject:
    name = clean(path.relative_to(folder).as_posix())
    if path.suffix.lower() not in ENDINGS:
        return Reject(row, "Không phải ảnh", name, passed=True, name=name)
    if not path.resolve().is_relative_to(folder.resolve()):
        return Reject(row, "Liên kết dẫn ra ngoài thư mục", name, name=name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PICTURE + 1)
        width, height, kind = check_picture(data)
    except PictureError as error:
        return Reject(row, _WHY[next((words for words in _WHY if words in error.what), "")], name, name=name)
    except OSError as error:
        return Reject(row, f"Không đọc được tệp ({error.strerror})", name, name=name)
    digest = hashlib.sha256(data).hexdigest()
    more: dict[str, Any] = {"name": name, "size": [width, height]}
    if name in listed:
        more["listed"] = listed[name]
    return Item(row, digest, address_of("", ImportFormat.IMAGES, digest), data, kind, version=digest, more=more)


_WHY = {
    "larger than": "Tệp ảnh lớn quá mức cho phép",
    "unpacks to": "Ảnh quá nhiều điểm ảnh (nghi là tệp phá hoại): không mở",
    "cut short": "Ảnh hỏng hoặc bị cắt cụt",
    "": "Không phải ảnh đọc được",
}


def picture_page(url: str, data: bytes, told: Mapping[str, Any]) -> Page | str:
    """Return the page of a kept picture: the words read in it, marked as such; or that there are none."""
    try:
        read = read_picture(data)
    except PictureError as error:
        return error.what
    if not read.text.strip():
        return "no words were read in the picture"
    listed: Mapping[str, str] = told.get("listed", {})
    advertiser = listed.get("advertiser", "")
    details = {
        "reader": READER,
        "text_from": "ocr",
        "ocr_confidence": read.confidence,
        "ocr_engine": read.engine,
        "ocr_words": len(read.words),
        "file": told.get("name", ""),
        "size": list(read.size),
        "shown_at": listed.get("url", ""),
        "advertiser": advertiser,
        "note": listed.get("note", ""),
    }
    return Page(
        url=url,
        title=advertiser or str(told.get("name", "")),
        text=f"{read.text}\n\n{advertiser}" if advertiser else read.text,
        main_end=len(read.text),
        published_on=day_of(listed.get("taken_on", "")),
        details={name: value for name, value in details.items() if value != ""},
    )
