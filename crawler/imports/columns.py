"""Which column holds what: as the user says (``--map``), else by the usual Vietnamese and English headers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.imports.cells import HeaderTest
from models.errors import InputError
from models.vietnamese import folded

#: The fields of an advertisement in a table or a JSON line, and the headers (folded) that name them.
AD_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "ad id", "ad_id", "post id", "post_id", "ma", "ma quang cao", "ma bai", "ma tin", "so ma"),
    "text": (
        *("text", "content", "body", "message", "caption", "ad text", "ad_text", "post text", "description"),
        *(
            "noi dung",
            "noi dung quang cao",
            "noi dung bai",
            "noi dung bai dang",
            "bai dang",
            "loi quang cao",
            "van ban",
        ),
    ),
    "url": ("url", "link", "permalink", "post url", "post_url", "dia chi", "dia chi trang", "duong dan", "lien ket"),
    "title": ("title", "headline", "tieu de"),
    "published_on": (
        *("published_on", "published", "date", "created_at", "created_time", "posted_at", "ngay", "ngay dang"),
        *("ngay quang cao", "thoi gian", "thoi gian dang"),
    ),
    "advertiser": (
        *("advertiser", "page_name", "page name", "author", "account", "channel", "username", "ben quang cao"),
        *("trang", "ten trang", "tai khoan", "kenh", "nguoi dang", "don vi quang cao"),
    ),
    "platform": ("platform", "nen tang", "mang xa hoi"),
}

#: The fields of a citizen's report. The ``reporter_`` ones are personal data of who reported, and are kept apart.
REPORT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "received_on": ("received_on", "received", "date", "ngay nhan", "ngay tiep nhan", "ngay phan anh", "ngay"),
    "content": ("content", "noi dung", "noi dung phan anh", "phan anh", "noi dung to cao", "noi dung kien nghi"),
    "url": ("url", "link", "duong dan", "lien ket", "dia chi trang", "dia chi trang web", "website"),
    "subject": ("subject", "doi tuong", "co so", "ten co so", "ben bi phan anh", "doi tuong bi phan anh"),
    "phone": ("phone", "dien thoai co so", "so dien thoai co so", "sdt co so", "dien thoai bi phan anh"),
    "reporter_name": (
        *("reporter_name", "reporter", "nguoi phan anh", "ho ten nguoi phan anh", "ten nguoi phan anh"),
        *("nguoi gui", "ho ten", "ho va ten"),
    ),
    "reporter_phone": (
        *("reporter_phone", "dien thoai nguoi phan anh", "so dien thoai nguoi phan anh", "sdt nguoi phan anh"),
        "so dien thoai",
        "dien thoai",
        "sdt",
        "dien thoai nguoi gui",
    ),
    "reporter_email": ("reporter_email", "email", "thu dien tu", "email nguoi phan anh", "email nguoi gui"),
    "reporter_address": ("reporter_address", "dia chi nguoi phan anh", "noi o", "dia chi nguoi gui"),
}

#: Where each field is looked for: one or more columns (their texts are joined by a line break).
Columns = Mapping[str, tuple[str, ...]]


def parse_map(given: Iterable[str], fields: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read ``--map field=column`` (repeated: several columns for one field). Raises ``InputError``."""
    known = tuple(fields)
    found: dict[str, tuple[str, ...]] = {}
    for entry in given:
        field, sign, column = (part.strip() for part in entry.partition("="))
        if not sign or not column or field not in known:
            raise InputError(
                f"'{entry}' is no FIELD=COLUMN of this format.", f"The fields are: {', '.join(known) or 'none'}."
            )
        found[field] = (*found.get(field, ()), column)
    return found


def recognised(
    names: Iterable[str], fields: Mapping[str, tuple[str, ...]], given: Columns
) -> dict[str, tuple[str, ...]]:
    """Return the columns of each field among ``names``: those given, else the one with the most usual header."""
    plain = {folded(name).strip(" :*.").replace("_", " "): name for name in reversed(list(names)) if name}
    found = dict(given)
    taken = {column for columns in given.values() for column in columns}
    for field, headers in fields.items():
        if field not in found:
            match = next((plain[h] for each in headers if (h := each.replace("_", " ")) in plain), "")
            if match and match not in taken:
                found[field] = (match,)
                taken.add(match)
    return found


class Header(HeaderTest):
    """Accepts the row in which every needed field has a column, and every column that the user named is there."""

    def __init__(self, fields: Mapping[str, tuple[str, ...]], given: Columns, needed: Sequence[str]) -> None:
        self.fields, self.given, self.needed = fields, given, needed
        self.columns: dict[str, tuple[str, ...]] = {}

    def __call__(self, names: Sequence[str]) -> bool:
        """Say whether this is the header; ``columns`` then says which column holds what."""
        wanted = {column for columns in self.given.values() for column in columns}
        self.columns = recognised(names, self.fields, self.given)
        return wanted <= set(names) and all(field in self.columns for field in self.needed)


def value_at(row: Mapping[str, Any], columns: Columns, field: str) -> Any:
    """Return what a row holds for a field: the value of its column, or the joined texts of several.

    A column named ``a.b`` reaches into the object ``a``, unless there is a column of that very name.
    """
    values = [_reached(row, column) for column in columns.get(field, ())]
    if len(values) == 1:
        return values[0]
    return "\n".join(text for value in values if (text := as_text(value)))


def _reached(row: Mapping[str, Any], column: str) -> Any:
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def as_text(value: Any) -> str:
    """Return a text for a cell: of a list its texts, line by line; of a number its digits; else nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "\n".join(dict.fromkeys(text for each in value[:100] if (text := as_text(each))))
    return "" if value is None or isinstance(value, bool | dict) else str(value)
