"""Other pages of one advertiser, by phone, address or name, among what was collected.

What counts is what the pages name (mentions, where the match stage has been), what they declare to machines, and their
text. Phones are compared in national form, names without diacritics, addresses by house number and street: wards and
districts were renamed in July 2025, and advertisements write them in many ways or leave them out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.untrusted import line
from cases.wording import stamp
from models import tables
from models.database import session
from models.errors import InputError
from models.vietnamese import folded
from models.vocabulary import MentionKind
from pipeline.duplicates import words_of
from registry.mentions import find_mentions

#: A name with fewer letters fits everything.
_MIN_LETTERS = 4
_MAX_QUERY = 300

_STREET = re.compile(
    r"(?:(?:so|so nha|nha)\s{1,2})?(?P<house>\d{1,4}[a-z]{0,2}\d?(?:\s?[/-]\s?\d{1,4}[a-z]{0,2}){0,4})\s"
)
_ADMIN = re.compile(
    r"\b(?:phuong|xa|thi tran|quan|huyen|thi xa|thanh pho|tinh|tp|tx|tt)\b.*|\b[pqh]\b.*|\b[pq]\d{1,2}\b.*", re.DOTALL
)
_ROAD = re.compile(r"^(?:duong|pho|d|dai lo|dl)\s+(?=\S)")
_STOREY = re.compile(r"^(?:tang|lau|toa|toa nha|p|phuong|q|quan|khu|lo)\s")

_HOW_VI = {
    "phone": "số điện thoại",
    "address": "địa chỉ",
    "name": "tên nêu trong tin",
    "structured": "dữ liệu trang khai báo cho máy đọc",
    "text": "nội dung trang",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sought: ``kind`` is phone, address or name; ``key`` its comparable form."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One page. ``how`` says where the key was found; ``texts`` is how many texts of the page hold it."""

    ad_id: int
    url: str
    site: str
    title: str
    first_seen_at: datetime
    last_seen_at: datetime
    current: bool
    text_group: int | None
    how: tuple[str, ...]
    texts: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was sought and the pages that hold it, by site; ``total`` also counts those beyond the limit."""

    wanted: tuple[Wanted, ...]
    total: int
    hits: tuple[Hit, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        return asdict(self)


def read_query(text: str) -> tuple[Wanted, ...]:
    """Say what a query asks for. Raises ``InputError`` for one that would fit everything."""
    given = " ".join(text.split())[:_MAX_QUERY]
    mentions = find_mentions(given)
    phones = [Wanted("phone", m.value) for m in mentions if m.kind is MentionKind.PHONE]
    if phones:
        return tuple(dict.fromkeys(phones))
    if key := address_key(given):
        return (Wanted("address", key),)
    named = [m.value for m in mentions if m.kind in (MentionKind.FACILITY, MentionKind.PRACTITIONER)]
    keys = [" ".join(words_of(name)) for name in (named[:1] or [given])]
    if sum(map(str.isalpha, keys[0])) < _MIN_LETTERS:
        raise InputError(f"{line(given)!r} is too little to search for.", "Give a phone number, an address or a name.")
    return (Wanted("name", keys[0]),)


def address_key(address: str) -> str:
    """Return house number and street of an address, folded ('17 hoa gao'), or ``''`` where it names no house."""
    for part in re.split(r"[,;()|]|\s[-–]\s", folded(address)[:_MAX_QUERY]):
        plain = part.strip().removeprefix("dia chi").lstrip(" :.-")
        found = _STREET.match(plain + " ")
        if found is None or _STOREY.match(plain):
            continue
        rest = " ".join(re.sub(r"[^\w\s]", " ", plain[found.end() - 1 :]).split())
        street = _ADMIN.sub("", _ROAD.sub("", rest)).strip()
        if sum(map(str.isalpha, street)) >= 2:
            return f"{''.join(found['house'].split())} {street}"
    return ""


def search_ads(engine: Engine, text: str, limit: int = 50) -> Found:
    """Return the pages that hold what ``text`` names: a phone number, an address or a name."""
    wanted = read_query(text)
    with session(engine) as opened:
        named = _named(opened, wanted)
        hits = _by_page(_scan(opened, wanted, named))
    ordered = sorted(hits, key=lambda hit: (hit.site, not hit.current, hit.url))
    return Found(wanted, len(ordered), tuple(ordered[:limit]))


def _named(opened: Session, wanted: Iterable[Wanted]) -> dict[int, set[str]]:
    """Return which advertisements name what is wanted, by the mentions that were found in them."""
    mention = tables.Mention
    found: dict[int, set[str]] = {}
    for one in wanted:
        query = select(mention.advertisement_id, mention.value)
        if one.kind == "phone":
            query = query.where(mention.kind == MentionKind.PHONE, mention.value == one.key)
        elif one.kind == "address":
            house = one.key.partition(" ")[0]
            query = query.where(mention.kind == MentionKind.ADDRESS, col(mention.value).contains(house[:4]))
        else:
            query = query.where(col(mention.kind).in_((MentionKind.FACILITY, MentionKind.PRACTITIONER)))
        for ad_id, value in opened.execute(query.distinct()):
            if one.kind == "phone" or _holds(one, value):
                found.setdefault(ad_id, set()).add(one.kind)
    return found


def _holds(one: Wanted, value: str) -> bool:
    """Tell whether a mention or a declared value holds the key."""
    if one.kind == "address":
        key = address_key(value)
        return key == one.key or key.startswith(f"{one.key} ") or (bool(key) and one.key.startswith(f"{key} "))
    if one.kind == "phone":
        return one.key in {m.value for m in find_mentions(value) if m.kind is MentionKind.PHONE}
    return f" {one.key} " in f" {' '.join(words_of(value))} "


def _in_text(one: Wanted) -> Callable[[str], bool]:
    """Return the test whether a whole text holds the key: linear in its length."""
    if one.kind == "phone":
        digits = r"[\s.\-–()_·]{0,3}".join(one.key.removeprefix("0"))
        start = (
            r"(?<!\d)(?:\(?\+?84\)?|\(?0)[\s.\-–()_·]{0,3}(?:\(?0\)?[\s.\-]{0,2})?" if one.key[0] == "0" else r"(?<!\d)"
        )
        pattern = re.compile(rf"{start}{digits}(?!\d)")
        return lambda text: pattern.search(text) is not None
    if one.kind == "address":
        house, _, street = one.key.partition(" ")
        numbers = " ".join(words_of(house))
        key = re.compile(rf"(?<!\S){re.escape(numbers)} (?:duong |pho |d )?{re.escape(street)}(?!\S)")
        return lambda text: key.search(" ".join(words_of(text))) is not None
    return lambda text: f" {one.key} " in f" {' '.join(words_of(text))} "


def _declared(details: Mapping[str, Any]) -> Iterator[str]:
    for item in details.get("structured", []):
        yield from (str(item[name]) for name in ("name", "telephone", "address") if item.get(name))


def _scan(
    opened: Session, wanted: tuple[Wanted, ...], named: Mapping[int, set[str]]
) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield every advertisement that holds a key, and how; one pass, a few rows in memory."""
    ad = tables.Advertisement
    tests = [_in_text(one) for one in wanted]
    query = select(
        *(ad.id, ad.url, ad.site, ad.title, ad.text, ad.first_seen_at, ad.last_seen_at),  # type: ignore[call-overload]
        *(ad.superseded_at, ad.withdrawn_at, ad.text_group, ad.details),
    ).order_by(col(ad.id))
    for row in opened.execute(query.execution_options(yield_per=200)):
        how = sorted(named.get(row.id, ()))
        if any(_holds(one, value) for value in _declared(row.details) for one in wanted):
            how.append("structured")
        if not how and any(test(f"{row.title}\n{row.text}") for test in tests):
            how.append("text")
        if how:
            yield row, tuple(how)


def _by_page(rows: Iterable[tuple[Any, tuple[str, ...]]]) -> Iterable[Hit]:
    """Give one hit per page: its newest text that holds the key."""
    found: dict[str, Hit] = {}
    for row, how in rows:
        page = row.url or f"#{row.id}"
        before = found.get(page)
        found[page] = Hit(
            ad_id=row.id,
            url=row.url,
            site=row.site,
            title=row.title,
            first_seen_at=min(row.first_seen_at, before.first_seen_at) if before else row.first_seen_at,
            last_seen_at=max(row.last_seen_at, before.last_seen_at) if before else row.last_seen_at,
            current=row.superseded_at is None and row.withdrawn_at is None,
            text_group=row.text_group,
            how=how,
            texts=before.texts + 1 if before else 1,
        )
    return found.values()


_KIND_VI = {"phone": "số điện thoại", "address": "địa chỉ", "name": "tên"}


def describe_search(found: Found) -> str:
    """Return the result as an inspector reads it."""
    asked = ", ".join(f"{_KIND_VI[one.kind]} “{one.key}”" for one in found.wanted)
    if not found.hits:
        return f"Tìm theo {asked}: không thấy trang nào trong dữ liệu đã thu thập."
    sites = len({hit.site for hit in found.hits})
    lines = [f"Tìm theo {asked}: {found.total} trang, {sites} trang web."]
    site = None
    for hit in found.hits:
        if hit.site != site:
            lines += ["", line(hit.site) or "(không có trang web)"]
            site = hit.site
        state = "" if hit.current else "; không còn hiển thị"
        how = ", ".join(_HOW_VI[one] for one in hit.how)
        lines.append(f"  tin số {hit.ad_id}: {line(hit.title) or 'không có tiêu đề'}")
        lines.append(f"    {line(hit.url) or 'không có địa chỉ'}")
        lines.append(f"    từ {stamp(hit.first_seen_at)} đến {stamp(hit.last_seen_at)}{state}; khớp: {how}")
    if found.total > len(found.hits):
        lines += ["", f"… và {found.total - len(found.hits)} trang khác (dùng --limit để xem thêm)."]
    return "\n".join(lines)
