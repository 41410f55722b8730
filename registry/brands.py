"""What is proper to a facility's name: its brand, without the words for what kind of place or company it is."""

import re
from functools import lru_cache

from registry.passage import clean, plain, tokens_of

#: Kinds of place as ads and licences name them, from the folded words in front of (or behind) the brand.
DENTAL, BEAUTY, TRADITIONAL, POLYCLINIC, HOSPITAL, CLINIC = range(1, 7)
_KINDS: tuple[tuple[int, str], ...] = (
    (DENTAL, "nha khoa|rang ham mat|rang - ham - mat|dental|nk"),
    (TRADITIONAL, "y hoc co truyen|yhct|dong y|nha thuoc|phong chan tri"),
    (BEAUTY, "tham my|tmv|spa|beauty|aesthetic|co so dich vu"),
    (HOSPITAL, "benh vien|bv ?dk|bv"),
    (POLYCLINIC, "da khoa|pk ?dk"),
    (CLINIC, "phong kham|pk ?ck|pk|clinic|trung tam"),
)
_KIND_PATTERNS = tuple((kind, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for kind, words in _KINDS)

_SPECIALITY = (
    "rang ?-? ?ham ?-? ?mat|da lieu|phau thuat tao hinh tham my|phau thuat tham my|y hoc co truyen|phu san|nhi "
    "khoa|noi khoa|ngoai khoa|mat|"
    "tai ?-? ?mui ?-? ?hong|chan doan hinh anh|xet nghiem(?: y hoc)?|phuc hoi chuc nang|chan thuong chinh hinh|"
    "than kinh|tam than|tim mach|"
    "noi tiet|than ?-? ?tiet nieu|ung buou|gay me hoi suc|noi tong hop|san phu khoa|phu khoa|y khoa|nhan khoa"
)
#: Specialities that stand in a name without 'chuyên khoa' before them; single words ('mắt', 'nhi') may be a brand.
_BARE = (
    "da lieu|rang ?-? ?ham ?-? ?mat|tai ?-? ?mui ?-? ?hong|y hoc co truyen|phu san|san phu khoa|phu khoa|nhi khoa|"
    "noi khoa|ngoai khoa|noi tong hop|phuc hoi chuc nang|chan doan hinh anh|co xuong khop|tim mach|ung buou"
)
_HEAD = re.compile(
    rf"^(?:{_BARE}|he thong|"
    r"chuoi|trung tam|tap doan|phong kham|phong chan tri|phong mach|phong xet nghiem|co so(?: dich "
    r"vu)?(?: kham benh chua benh)?|"
    rf"chuyen khoa(?: (?:{_SPECIALITY}))?(?![a-z0-9])|da khoa|quoc te(?= \S+ \S+ clinic)|pk ?dk|pk ?ck|pk|benh "
    rf"vien|bv ?dk|bv|tham my vien|vien tham my|"
    r"vien(?= tham my)|tmv|tham my|nha khoa|nk|nha thuoc|y hoc co truyen|yhct|dong y|spa|clinic|beauty(?: "
    r"center)?|dental|"
    r"(?:truc )?thuoc|cua|ho kinh doanh|hkd|chi nhanh|cong ty|cty|tnhh|co phan|cp|mtv|mot thanh vien|dich vu y te|"
    r"y te|dich vu)(?![a-z0-9])[\s.:\-–&]*"
)
_TAIL = re.compile(
    r"[\s.\-–&|®™©(]*(?<![a-z0-9])(?:beauty (?:& )?clinic|beauty center|dental clinic|clinic|dental|beauty|"
    r"aesthetic|spa|center|centre|group|"
    r"official|vn|viet nam|chi nhanh \d+|cn ?\d+|co so \d+|cs ?\d+|hcm|tphcm|tp ?\.? ?hcm|sai gon(?= official)|"
    r"hospital)[\s.)®™©]*$|[\s®™©.\-–|]+$"
)
#: A tail that says what company stands behind: 'thuộc Công ty TNHH …', 'trực thuộc Hộ kinh doanh …'.
_OWNER = re.compile(
    r"(?<![a-z])(?:(?:truc )?thuoc\s+(?=chi nhanh|cong ty|cty|ho kinh doanh|hkd|tap doan)|(?=cong ty|cty tnhh|cty cp))"
)


_KIND_WORDS = frozenset({"clinic", "dental", "beauty", "aesthetic", "spa", "hospital", "center", "centre"})


def kind_of(words: str) -> int:
    """Return the kind of place that the folded words name, 0 where they name none."""
    return next((kind for kind, pattern in _KIND_PATTERNS if pattern.search(words)), 0)


def _strip(words: str) -> tuple[int, int]:
    """Bounds of the brand in folded ``words``: kind words in front and decorations behind left out, never all of it."""
    start, end = 0, len(words)
    while found := _HEAD.match(words[start:end]):
        if start + found.end() >= end:
            break
        start += found.end()
    while start < end and (found := _TAIL.search(words[start:end])):
        if found.start() == 0 or found.end() == found.start():
            break
        end = start + found.start()
    return start, end


def brand_tokens(text: str) -> list[tuple[str, str]]:
    """Return the brand's words in ``text`` (no owner clause) as (lower case, folded)."""
    low = plain(text)
    start, end = _strip(low)
    tokens = tokens_of(text[start:end])
    # 'Jasmine Clinic Luxury': what stands behind the kind of place decorates it
    return tokens[:1] + [token for token in tokens[1:] if token[1] not in _KIND_WORDS]


def split_owner(text: str) -> tuple[str, str]:
    """Return (name, owner): 'Phòng khám X thuộc Công ty Y' becomes ('Phòng khám X ', 'Công ty Y')."""
    found = _OWNER.search(plain(text))
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _only_kind(words: str) -> bool:
    """Whether nothing is left when the words for the kind of place are taken away."""
    while found := _HEAD.match(words):
        words = words[found.end() :]
    return not words.strip(" .-")


@lru_cache(maxsize=200_000)
def brands_of(name: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the brands that a written name holds: its own, and its owner's where one is named."""
    first, owner = split_owner(clean(name))
    if owner and _only_kind(plain(first)):
        first = ""  # 'Phòng khám đa khoa thuộc Công ty X': the place has no brand but its owner's
    owner, again = split_owner(owner)  # an ad may name the owner again after the legal name
    brands = [tuple(brand_tokens(part)) for part in (first, owner, again) if part.strip()]
    return tuple(brand for brand in dict.fromkeys(brands) if brand)
