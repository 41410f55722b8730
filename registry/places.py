"""Addresses in advertisements: where they stand in a text, and what they say of ward, district and province.

Ads mix the wards from before and after July 2025. ``parse_address`` reads both with the ``vietnamadminunits`` package,
which is imported on first use. That package asks a geocoder on the Internet when it converts an address with a
street in a ward that was divided: it is never given a street here, and the new ward of a divided ward is unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.reading import Reading
from registry.types import Mention

_PROVINCES = (
    "ho chi minh|tp\\.? ?hcm|tphcm|tp\\.? ho chi minh|thanh pho ho chi minh|hcm|sai gon|ha noi|hn|da nang|hai phong|"
    "can tho|"
    "hue|an giang|ba ria|vung tau|bac giang|bac kan|bac lieu|bac ninh|ben tre|binh dinh|binh duong|binh phuoc|"
    "binh thuan|"
    "ca mau|cao bang|dak lak|dak nong|dien bien|dong nai|dong thap|gia lai|ha giang|ha nam|ha tinh|hai duong|hau giang|"
    "hoa binh|hung yen|khanh hoa|kien giang|kon tum|lai chau|lam dong|lang son|lao cai|long an|nam dinh|nghe an|"
    "ninh binh|"
    "ninh thuan|phu tho|phu yen|quang binh|quang nam|quang ngai|quang ninh|quang tri|soc trang|son la|tay ninh|"
    "thai binh|"
    "thai nguyen|thanh hoa|tien giang|tra vinh|tuyen quang|vinh long|vinh phuc|yen bai"
)
_DISTRICTS = (
    "go vap|binh thanh|tan binh|tan phu|phu nhuan|binh tan|thu duc|hoc mon|binh chanh|cu chi|nha be|can gio|hoan kiem|"
    "ba dinh|dong da|hai ba trung|cau giay|thanh xuan|hoang mai|long bien|tay ho|ha dong|nam tu liem|bac tu liem|"
    "gia lam|"
    "di an|thuan an|thu dau mot|bien hoa|nha trang|da lat|vinh|buon ma thuot|hai chau|thanh khe|ninh kieu|le chan|"
    "ngo quyen"
)
_UNIT = (
    r"(?:phuong|p|xa|thi tran|tt|quan|q|huyen|h|thi xa|tx|thanh pho|tp|tinh|t|kp|khu pho|khu do thi|kdt|kdc|ap|thon|to)"
)
_NAME = r"(?:\d{1,2}(?!\d)|[a-z]{1,7}(?: [a-z]{1,7}){0,3})"
_ADMIN = rf"(?:{_UNIT}(?:\.\s?|\s){_NAME}|{_UNIT}\d{{1,2}}|(?:tp\.? ?)?(?:{_PROVINCES})|(?:{_DISTRICTS}))(?![a-z0-9])"
_HOUSE = (
    r"(?:(?:so(?: nha)?|lo|tang|lau|toa nha|ngo|ngach|hem|khu) )?(?:[a-z]{0,2}\d{1,4}[a-z]{0,2}\d?)"
    r"(?:\s?[/\-–]\s?\d{1,4}[a-z]{0,2}){0,4}"
)
_STREET = r"[^\n,;|:!?•►♦⇒@]{2,60}?"
_SEP = r"[ \u00a0]{0,2}[,\-–.(]{1,2}[ \u00a0]{0,2}"
_FREE = re.compile(
    rf"(?<![\w.,/])(?:(?:tang|lau|toa nha|so|ngo|ngach|hem|lo)\s[^\n,;|"
    rf":]{{1,30}},\s?){{0,3}}{_HOUSE}[ ,]{{1,2}}{_STREET}"
    rf"(?:{_SEP}{_ADMIN})(?:(?:{_SEP}|[ \u00a0]){_ADMIN}\)?){{0,4}}"
)
_ANY_ADMIN = re.compile(rf"(?<![a-z0-9]){_ADMIN}")
#: The longest that ``_FREE`` can hold before its first unit (storeys, house, street), and some room after a unit.
_BEFORE, _AFTER = 260, 60
_LABEL = re.compile(
    r"(?<![a-z])(?:dia chi(?: phong kham| lien he| co so)?|d/c|dc|add|address|co so \d|cs ?0?\d|chi nhanh \d|tru so|vp)"
    r"\s{0,2}[:\-–]\s{0,2}(?P<body>[^\n|;]{8,160})"
)
_BODY_END = re.compile(
    r"(?:\s{1,2}|[.,;(\-–]\s{0,2})(?:hotline|dien thoai|dt|sdt|tel|phone|lien he|zalo|website|email|gio|thoi gian|"
    r"co so \d|"
    r"cs ?0?\d|gphd|gphn|cchn|giay phep|mst|ma so thue|fax|ve duoc|de duoc|de co|hoac|va|duoc|day|"
    r"thong tin)(?![a-z])|\s{2,}|(?<![ ,.\-][a-z])(?<!tp)(?<!th)(?<!tx)[.!?]\s|\s[–-]\s(?=\d{3,4}[. ]\d{3})"
)
_UNIT_WORD = re.compile(rf"{_UNIT}|lo|nha|moi|so|do|thi|pho|thanh|tran|q\d+|p\d+")
_HOUSED = re.compile(r"\d")


_CITY_OF_HCM = re.compile(r"\b(?:TP\.?\s?|thành phố\s)?HCM\b|\bTPHCM\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """One address; '' is unknown. ``ward`` is as written (old or new), ``ward_new`` is the ward since July 2025."""

    house: str = ""
    street: str = ""
    ward: str = ""
    ward_new: str = ""
    district: str = ""
    province: str = ""


def find_addresses(reading: Reading) -> Iterator[Mention]:
    """Addresses with a label ('Địa chỉ: …') and addresses that stand free but name a ward, district or province."""
    taken: list[tuple[int, int]] = []
    for found in _LABEL.finditer(reading.folded):
        end = _labelled_end(reading.folded, found)
        if end:
            taken.append((found.start("body"), end))
    for found in _free(reading.folded):
        start = found.start()
        end = _trimmed(reading, start, found.end())
        if end and not any(start < right and left < end for left, right in taken):
            taken.append((start, end))
    for left, right in sorted(taken):
        start, end = reading.span(left, right)
        text = reading.given[start:end]
        yield Mention(MentionKind.ADDRESS, text, start, end, " ".join(text.split()).lower())


def _free(text: str) -> Iterator[re.Match[str]]:
    """The matches of ``_FREE``, sought only around the names of wards, districts and provinces: it is slow."""
    left = right = 0
    for unit in _ANY_ADMIN.finditer(text):
        if unit.start() - _BEFORE > right:
            yield from _FREE.finditer(text, left, right)
            left = unit.start() - _BEFORE
        right = min(len(text), unit.end() + _AFTER)
    yield from _FREE.finditer(text, left, right)


def _labelled_end(text: str, found: re.Match[str]) -> int | None:
    start = found.start("body")
    stop = _BODY_END.search(text, start, found.end("body"))
    end = stop.start() if stop else found.end("body")
    body = text[start:end].rstrip(" ,.-–(")
    if not _HOUSED.search(body) or len(body) < 8:
        return None
    return start + len(body)


_STREET_WORDS = frozenset(
    {"duong", "pho", "quoc", "tinh", "dai", "hem", "ngo", "ngach", "d", "khu", "kdc", "kdt", "toa", "ap", "thon", "xa"}
)
_BEFORE_STREET = re.compile(
    rf"(?:(?:tang|lau|toa nha|so|ngo|ngach|hem|lo)\s[^\n,;|:]{{1,30}},\s?){{0,3}}{_HOUSE}[ ,]{{1,2}}"
)


def _trimmed(reading: Reading, start: int, end: int) -> int | None:
    """Where a free address ends, without the words after it; ``None`` when no street is named.

    A street is written with capitals; a measure, a price, a date or a list of numbers is not one.
    """
    house = _BEFORE_STREET.match(reading.folded, start, end)
    words = reading.words_between(house.end() if house else start, end)
    if not words or not (words[0].is_name_like or words[0].folded in _STREET_WORDS):
        return None
    for position, word in enumerate(words):
        if word.case == "lower" and word.folded not in _STREET_WORDS and not _UNIT_WORD.fullmatch(word.folded):
            words = words[:position]
            break
    named = [word for word in words if word.is_name_like]
    return words[-1].end if len(named) >= 3 and words[-1].case != "lower" else None


_UNITS_ONLY = re.compile(rf"(?:{_ADMIN}|district \d{{1,2}})")


def is_place_hint(words: str) -> bool:
    """Whether a short stretch ('Q. 5', 'phường Bến Thành', 'Gò Vấp') says nothing but a ward, district or province."""
    return _UNITS_ONLY.fullmatch(folded(words).strip()) is not None


@lru_cache(maxsize=4_096)
def parse_address(text: str) -> Place:
    """Read an address; what cannot be told stays ''. A few ms; the first call imports the package (about 1 s)."""
    now = _NOW.search(text)
    bare = _NOW.sub("", _CITY_OF_HCM.sub("Thành phố Hồ Chí Minh", text)[:300])
    parts = [part.strip(" .()") for part in re.split(r"[,;\n]|\s[-–]\s", bare) if part.strip(" .()")]
    house, street = _house(parts[0]) if parts else ("", "")
    written = [_written(part) for part in parts]
    ward = next((name for kind, name in written if kind == "ward"), "")
    district = next((name for kind, name in written if kind == "district"), "")
    new, province, read_district = _units(", ".join(parts))
    new = now["name"].strip() if now else new
    return Place(house, street, ward, new, district or read_district, province)


_HOUSE_AND_STREET = re.compile(
    r"(?:(?:số|so)(?: nhà| nha)?\s+)?(?P<no>[A-Za-z]{0,2}\d[\w/\-–]*)\s+(?:đường |duong |đ\. ?|phố )?(?P<street>.+)",
    re.IGNORECASE,
)


def _house(part: str) -> tuple[str, str]:
    found = _HOUSE_AND_STREET.match(part)
    return (found["no"], found["street"]) if found else ("", part if re.search(r"[^\W\d]", part) else "")


_WARD = re.compile(r"(?:phuong|xa|thi tran|(?:p|tt)(?:\.|(?=[ \d])))\s?(?P<name>.+)")
_DISTRICT = re.compile(r"(?:quan|huyen|thi xa|(?:q|h|tx)(?:\.|(?=[ \d])))\s?(?P<name>.+)")
_NOW = re.compile(r"\((?:nay|mới|moi)\s*:?\s*(?:là\s+)?(?:phường|phuong|xã|xa|p\.)\s*(?P<name>[^)]+)\)", re.IGNORECASE)


def _written(part: str) -> tuple[str, str]:
    plain = folded(part)
    if len(plain) != len(part):
        return "", ""
    for kind, pattern in (("ward", _WARD), ("district", _DISTRICT)):
        found = pattern.fullmatch(plain)
        if found:
            return kind, part[found.start("name") :].strip()
    return "", ""


def _units(text: str) -> tuple[str, str, str]:
    """The ward since July 2025, the province and the old district, by the package of administrative units."""
    from vietnamadminunits import parse_address as parse

    try:
        old, new = parse(text, mode="LEGACY"), parse(text)
        ward_new = _converted(old) if old.ward_key else (new.short_ward or "")
    except (ValueError, KeyError, AttributeError, TypeError, IndexError):
        # The package was written for clean addresses; on other text unknown is the answer.
        return "", "", ""
    return ward_new, new.short_province or old.short_province or "", old.short_district or ""


def _converted(old: Any) -> str:
    """The new ward that holds all of an old ward; '' when the old ward was divided among several."""
    from vietnamadminunits import convert_address
    from vietnamadminunits.converter import converter_2025

    key = f"{old.province_key}_{old.district_key}_{old.ward_key}"
    if any(key in divided for divided in converter_2025.DICT_PROVINCE_WARD_DIVIDED.values()):
        return ""
    return convert_address(f"{old.ward}, {old.district}, {old.province}").short_ward or ""
