"""Meta's Ad Library: the JSON of its ``ads_archive`` API (a page of it, a list, or JSON Lines of either).

Fields: https://developers.facebook.com/docs/graph-api/reference/archived-ad/ (read 2026-11).
"""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from crawler.imports.cells import day_of, parsed, text_of
from crawler.imports.columns import as_text
from crawler.imports.items import MAX_TEXT, Item, Reject, clean, cleaned, version_of
from crawler.items import Page
from models.errors import InputError

#: The version of how kept advertisements of the library become pages.
READER = "meta-ad-library-1"

_BODIES = (
    "ad_creative_bodies",
    "ad_creative_link_titles",
    "ad_creative_link_descriptions",
    "ad_creative_link_captions",
)
#: A token is a key to somebody's account, and the library puts it into ``ad_snapshot_url``: it is never kept.
_TOKEN = re.compile(r"(access_token(?:=|%3[Dd]))[^&\"\\\s<>#]+")
_REMOVED = r"\1REMOVED"
_KEPT = {
    "page_id": "page_id",
    "ad_delivery_start_time": "delivery_start",
    "ad_delivery_stop_time": "delivery_stop",
    "ad_creation_time": "created",
    "ad_snapshot_url": "snapshot_url",
    "impressions": "impressions",
    "spend": "spend",
    "currency": "currency",
    "eu_total_reach": "reach_eu",
    "estimated_audience_size": "audience",
    "publisher_platforms": "platforms",
    "languages": "languages",
    "bylines": "paid_by",
    "beneficiary_payers": "beneficiary_payers",
}
_SPACE = re.compile(r"[\s,]*")


def without_token(text: str) -> str:
    """Return the text with every access token in it replaced."""
    return _TOKEN.sub(_REMOVED, text)


def meta_items(data: bytes) -> Iterator[Item | Reject]:
    """Yield the advertisements of a file, each as its own bytes (less the access token). Rows count advertisements.

    Raises ``InputError`` where the file holds no such thing.
    """
    row = 0
    for raw in _objects(text_of(data)):
        row += 1
        yield _item(row, raw) if isinstance(raw, str) else Reject(row, "Không phải JSON hợp lệ", raw[1])
    if not row:
        raise InputError("this file holds no advertisement of the Ad Library.", "Save the API's answer as it came.")


def source_texts(text: str) -> Iterator[str]:
    """Yield the source text of every advertisement in an answer of the API that can be read."""
    return (found for found in _objects(text) if isinstance(found, str))


def _objects(text: str) -> Iterator[str | tuple[None, str]]:
    """Yield the source text of every advertisement; (None, its beginning) for what cannot be read."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    while at < len(text):
        inner = _list_at(text, at)
        try:
            if inner is None:
                _, end = decoder.raw_decode(text, at)
                yield text[at:end]
            else:
                end = yield from _elements(decoder, text, inner)
                end = _after(decoder, text, at, end)
        except (ValueError, RecursionError):
            yield None, clean(text[at : at + 80])
            line = text.find("\n", at)
            end = len(text) if line < 0 else line
        at = _skip(text, end)


_DATA = re.compile(r"\{\s*(?:\"paging\"\s*:\s*\{[^\[\]]*\}\s*,\s*)?\"data\"\s*:\s*\[")


def _list_at(text: str, at: int) -> int | None:
    """Return where the elements begin of a list, or of a page's ``data``, that begins at ``at``."""
    if text[at] == "[":
        return at + 1
    page = _DATA.match(text, at)
    return page.end() if page else None


def _elements(decoder: json.JSONDecoder, text: str, at: int) -> Generator[str, None, int]:
    at = _skip(text, at)
    while at < len(text) and text[at] != "]":
        inner = _list_at(text, at)
        if inner is not None and text[at] == "{":  # a list of pages
            end = yield from _elements(decoder, text, inner)
            end = _after(decoder, text, at, end)
        else:
            _, end = decoder.raw_decode(text, at)
            yield text[at:end]
        at = _skip(text, end)
    return at + 1


def _after(decoder: json.JSONDecoder, text: str, start: int, end: int) -> int:
    """Return the end of the page that began at ``start``; its list ended at ``end``."""
    if text[start] == "[":
        return end
    _, rest = decoder.raw_decode('{"": []' + text[end : end + 100_000])
    return end + rest - len('{"": []')


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _item(row: int, source: str) -> Item | Reject:
    kept = without_token(source)
    ad = parsed(kept.encode("utf-8", "replace"))
    if not isinstance(ad, dict):
        return Reject(row, "Không phải một đối tượng JSON", clean(kept[:80]))
    item_id = clean(as_text(ad.get("id") or ad.get("ad_archive_id")))[:60]
    if not re.fullmatch(r"[0-9]{1,40}", item_id):
        return Reject(row, "Không có mã quảng cáo (id)", clean(kept[:80]))
    text = _text(ad)
    if not text:
        return Reject(row, f"Quảng cáo {item_id} không có nội dung chữ", clean(kept[:80]))
    if len(text) > MAX_TEXT:
        return Reject(row, f"Quảng cáo {item_id} có nội dung dài quá mức cho phép")
    altered = {"altered": "access_token removed"} if kept != source else {}
    body = kept.encode("utf-8", "surrogatepass")
    return Item(row, item_id, library_url(item_id), body, "application/json", version_of(ad, body), more=altered)


def library_url(ad_id: str) -> str:
    """Return the public address of an advertisement in the library."""
    return f"https://www.facebook.com/ads/library/?id={ad_id}"


def _text(ad: Mapping[str, Any]) -> str:
    parts = (as_text(ad.get(name)) for name in _BODIES)
    return clean("\n".join(dict.fromkeys(line for part in parts for line in part.split("\n") if line.strip())))


def meta_page(url: str, ad: Mapping[str, Any]) -> Page:
    """Return the page of a kept advertisement: its wording, and under it the page that shows it and who paid."""
    text = _text(ad)
    name = clean(as_text(ad.get("page_name")))[:300]
    payer = clean(as_text(ad.get("bylines")))[:300]
    page_id = clean(as_text(ad.get("page_id")))[:60]
    footer = "\n".join(dict.fromkeys(filter(None, (name, payer))))
    details = {ours: cleaned(ad[theirs]) for theirs, ours in _KEPT.items() if ad.get(theirs) not in (None, "", [])}
    return Page(
        url=url,
        title=clean(as_text(ad.get("ad_creative_link_titles"))).partition("\n")[0][:500] or name,
        text=f"{text}\n\n{footer}" if footer else text,
        main_end=len(text),
        published_on=day_of(ad.get("ad_delivery_start_time")) or day_of(ad.get("ad_creation_time")),
        site_name=f"facebook.com/{page_id}" if page_id else "",
        details={"reader": READER, "id": as_text(ad.get("id")), "advertiser": name} | details,
    )
