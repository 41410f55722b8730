"""Advertisements in a table (CSV) or in JSON Lines: rows to items, and back from the kept bytes to a page."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.imports.cells import JsonLine, Row, csv_table, day_of, json_lines, text_of
from crawler.imports.columns import AD_FIELDS, Columns, Header, as_text, recognised, value_at
from crawler.imports.items import MAX_TEXT, ImportFormat, Item, Reject, address_of, clean, cleaned, version_of
from crawler.items import Page
from models.errors import InputError

#: Kept with an advertisement beside its text; what a row holds more is in the evidence.
_MOST_EXTRA = 30
_JSON = "application/json"


def csv_items(data: bytes, given: Columns) -> Iterator[Item | Reject]:
    """Yield the rows of a CSV file. A row is kept as JSON: its cells by the names of their columns."""
    header = Header(AD_FIELDS, given, ("text",))
    _, rows = csv_table(text_of(data), header)
    columns = dict(header.columns)
    for row in rows:
        if isinstance(row, Row):
            raw = json.dumps(row.cells, ensure_ascii=False, separators=(",", ":")).encode()
            yield _item(row.number, row.cells, raw, ImportFormat.CSV, columns)
        else:
            yield row


def jsonl_items(data: bytes, given: Columns) -> Iterator[Item | Reject]:
    """Yield the objects of a JSON Lines file; each is kept as its own bytes. Raises ``InputError`` where none has text.

    Columns are looked for in every object anew: objects need not be alike.
    """
    usable = False
    for line in json_lines(data):
        if isinstance(line, JsonLine):
            columns = recognised(line.value, AD_FIELDS, given)
            item = _item(line.number, line.value, line.raw, ImportFormat.JSONL, columns)
            usable = usable or isinstance(item, Item)
            yield item
        else:
            yield line
    if not usable:
        raise InputError(
            "no line of this file holds a text that was recognised.", "Name its field: --map text=FIELD, or text=A.B."
        )


def _item(number: int, row: Mapping[str, Any], raw: bytes, form: ImportFormat, columns: Columns) -> Item | Reject:
    start = clean(raw[:80].decode("utf-8", "replace"))
    text = clean(as_text(value_at(row, columns, "text")))
    if not text.strip():
        return Reject(number, "Không có nội dung quảng cáo", start)
    if len(text) > MAX_TEXT:
        return Reject(number, "Nội dung dài quá mức cho phép", start)
    link = as_text(value_at(row, columns, "url"))
    named = clean(as_text(value_at(row, columns, "id"))) or clean(link)
    item_id = (named or hashlib.sha256(text.encode()).hexdigest()[:32])[:300]
    return Item(
        number,
        item_id,
        address_of(link, form, item_id),
        raw,
        _JSON,
        version_of(row, raw),
        more={"columns": {field: list(names) for field, names in columns.items()}},
    )


def record_page(url: str, row: Mapping[str, Any], columns: Columns) -> Page:
    """Return the page of a kept row: what it promotes, and under it who published it."""
    text = clean(as_text(value_at(row, columns, "text")))
    advertiser = clean(as_text(value_at(row, columns, "advertiser")))[:300]
    link = clean(as_text(value_at(row, columns, "url")))
    used = {name for names in columns.values() for name in names}
    extra = cleaned({name: row[name] for name in list(row)[:_MOST_EXTRA] if name not in used and row[name]})
    details = {
        "advertiser": advertiser,
        "platform": clean(as_text(value_at(row, columns, "platform"))),
        "link": "" if link == url else link,
        "id": clean(as_text(value_at(row, columns, "id"))),
        "other": extra if len(json.dumps(extra)) < 20_000 else {},
    }
    return Page(
        url=url,
        title=clean(as_text(value_at(row, columns, "title")))[:500] or advertiser,
        text=f"{text}\n\n{advertiser}" if advertiser else text,
        main_end=len(text),
        published_on=day_of(value_at(row, columns, "published_on")),
        details={"reader": READER} | {name: value for name, value in details.items() if value},
    )


#: The version of how kept rows become pages.
READER = "record-1"
