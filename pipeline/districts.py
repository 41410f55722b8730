"""The district that an address names, as far as its own words say: for counting, never for deciding."""

import re

_KINDS = {"quận": "Quận", "q": "Quận", "huyện": "Huyện", "h": "Huyện", "thị xã": "Thị xã", "tx": "Thị xã"}
_DISTRICT = re.compile(
    r"(?<!\w)(?P<kind>quận|huyện|thị xã|(?:q|h|tx)(?=[. \d]))\.?\s?"
    r"(?P<name>\d{1,2}(?!\d)|[^\W\d_]+(?:\s[^\W\d_]+){0,3})"
    r"(?=\s*(?:[,.;()–-]|$|tp\b|thành phố))"
)
_THU_DUC = re.compile(r"(?:thành phố|tp\.?)\s?thủ đức")


def district_of(address: str) -> str:
    """Return 'Quận 5' or 'Huyện Hóc Môn' where the address says so (the last one named); '' where it does not."""
    words = " ".join(address.casefold().split())[:300]
    if _THU_DUC.search(words):
        return "Thành phố Thủ Đức"
    found = None
    for found in _DISTRICT.finditer(words):  # noqa: B007 - the last one is wanted
        pass
    if found is None:
        return ""
    name = found["name"].removeprefix("0") if found["name"].isdigit() else found["name"].title()
    return f"{_KINDS[found['kind']]} {name}"
