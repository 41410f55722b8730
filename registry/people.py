"""Practitioners as advertisements name them: a title, then a name.

A title alone is nobody ('bác sĩ tư vấn', 'Bác sĩ Da liễu'); what follows must be written and built like a name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from models.vietnamese import folded
from registry.reading import Reading, Word

# Each alternative is folded. Abbreviations that are also words or syllables must stand in capitals (see _CAPITALS).
_SPELT = (
    r"pho giao su|giao su|tien s[iy]|thac s[iy]|bac s[iy]|y bac s[iy]|duoc s[iy]|nha s[iy]|y s[iy]|luong y|luong duoc"
    r"|dieu duong|nu ho sinh|ho sinh|y ta|ky thuat vien|ky thuat y|cu nhan|doctor|thay thuoc (?:uu tu|nhan dan)"
    r"|thay thuoc|thay lang|chuyen gia|chuyen khoa (?:ii|i|2|1)|ck ?(?:ii|i|2|1)(?![a-z0-9])|noi tru|ncs|master|chuyen vien"
)
_SHORT = (
    r"pgs|gs|ts|th\.?s|ths|b\.? ?s|bs|ds|dd|ktv|ys|ly|cn|dr|ttut|ttnd|nhs|bsnt|bsck ?(?:ii|i|2|1)|bs ?ck ?(?:ii|i|2|1)"
)
_ONE = rf"(?:{_SPELT}|{_SHORT})"
_TITLE = re.compile(rf"(?<![a-z0-9])\(?{_ONE}(?![a-z0-9])(?:\)?[ .,:&/–-]{{0,3}}\(?{_ONE}(?![a-z0-9])){{0,5}}\)?")
_GLUED = re.compile(r"(?<![a-z0-9])(?:(?:pgs|ts|ths)\.?)?bs(?:cki{0,2}|ck[12])?(?=[A-Z])")
_CAPITALS = frozenset(
    {"ts", "gs", "ds", "dd", "ys", "ly", "cn", "ktv", "ncs", "ths", "pgs", "nhs", "th.s", "dr", "master"}
)
_WEAK = frozenset(
    {
        "chuyen gia",
        "cu nhan",
        "chuyen vien",
        "y ta",
        "noi tru",
        "ly",
        "cn",
        "ds",
        "dd",
        "ys",
        "thay thuoc",
        "ncs",
        "master",
        "ts",
        "gs",
        "ths",
        "th.s",
    }
)

# A speciality that may stand between title and name: 'Bác sĩ Sản phụ khoa Nguyễn …'.
_SPECIALITY = re.compile(
    r"(?:(?:chuyen khoa|chuyen nganh|khoa)\s)?"
    r"(?:da lieu|rang ham mat|rhm|san phu khoa|san khoa|phu khoa|phu san|nam khoa|nam hoc|nhi khoa|nhi|noi khoa|ngoai khoa|"
    r"noi tong quat|noi tru|da khoa|gia dinh|tham my|phau thuat tham my|tao hinh tham my|tai mui hong|nhan khoa|mat|yhct|"
    r"y hoc co truyen|dong y|nha khoa|tim mach|than kinh|co xuong khop|xuong khop|tiet nieu|chinh nha|implant|ung buou|san)"
    r"(?:\s(?:i{1,2}|1|2))?\s{1,2}[-–:]?\s{0,2}"
)

#: Words (composed, lower case) that are not part of a name, although they follow one with a capital.
_STOPS = frozenset(
    ["chuyên", "phòng", "bệnh", "giám", "trưởng", "phó", "nguyên", "hiện", "tại", "là", "và", "với", "có", "đã", "đang", "sẽ", "cùng", "tư", "hotline", "zalo", "sđt", "đt", "điện", "địa", "cchn", "gphđ", "gphn", "khám", "thẩm", "nha", "viện", "khoa-phòng", "thuộc", "của", "cho", "từ", "được", "trên", "dưới", "về", "người", "những", "các", "một", "hai", "lúc", "khi", "tham", "theo", "giấy", "chứng", "tốt", "giảng", "ủy", "cố", "bác", "sĩ", "sỹ", "trực", "phụ", "đội", "ngũ", "uy", "giỏi", "hàng", "đầu", "việt-nam", "facebook", "fanpage", "website", "email", "tel", "trả", "trung-tâm", "hỗ", "hội", "đồng-hành", "nhiều", "kinh", "chức", "vụ", "học", "công-tác", "kỹ", "này", "đó", "nào", "thì", "mà", "nên", "đến", "ra", "vào", "làm", "nhận", "thực", "chia", "hoặc", "cũng", "chỉ", "rất", "không", "phải", "giúp", "trong", "ngoài", "sau", "trước", "xin", "chào", "cảm", "ơn", "ngày", "giờ", "tháng", "năm", "đặt", "lịch", "xem", "click", "gọi", "liên", "-", "dr", "bs", "bsck", "ths", "pgs", "gs", "ts", "clinic", "dental", "spa", "beauty", "skin", "hospital", "center"]
)
_PAIR_STOPS = frozenset(
    {
        ("chuyen", "khoa"), ("phong", "kham"), ("benh", "vien"), ("giam", "doc"), ("truong", "khoa"), ("pho", "khoa"),
        ("tu", "van"), ("nha", "khoa"), ("tham", "my"), ("da", "lieu"), ("da", "khoa"), ("hien", "dang"), ("hien", "la"),
        ("noi", "tru"), ("dia", "chi"), ("dien", "thoai"), ("kinh", "nghiem"), ("tai", "phong"), ("tai", "benh"),
        ("tai", "nha"), ("tai", "tham"), ("tot", "nghiep"), ("nguyen", "truong"), ("nguyen", "giam"), ("nguyen", "pho"),
        ("cong", "tac"), ("dang", "cong"), ("phu", "khoa"), ("nam", "khoa"), ("san", "phu"), ("rang", "ham"), ("tai", "mui"),
        ("trung", "tam"), ("giay", "phep"), ("viet", "nam"), ("han", "quoc"), ("nhat", "ban"), ("truong", "dai"),
        ("dai", "hoc"), ("chinh", "hinh"), ("nhi", "khoa"), ("noi", "khoa"), ("ngoai", "khoa"), ("pho", "giam"),
        ("uy", "tin"), ("dau", "nganh"), ("hang", "dau"), ("cao", "cap"), ("y", "hoc"), ("xuong", "khop"), ("gia", "dinh"),
        ("phau", "thuat"), ("tam", "ly"), ("dinh", "duong"), ("than", "kinh"), ("tim", "mach"), ("quoc", "te"),
        ("ha", "noi"), ("sai", "gon"), ("thanh", "pho"), ("tinh", "thanh"), ("an", "danh"), ("tan", "tam"), ("thu", "y"),
    }
)  # fmt: skip
_NOT_ALONE = frozenset(
    ["phú", "quý", "nam", "nhi", "nội", "sản", "khoa", "tây", "đông", "bắc", "trung", "mỹ", "việt", "hàn", "anh", "thu", "hà", "hạnh", "nhật", "gia", "tâm", "tài", "chính", "chung", "cao", "đa", "thẩm", "y", "mắt", "tim", "tư"]
) - frozenset(["hạnh", "thu", "hà", "tâm"])
_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|q|qu|r|s|t|th|tr|v|x)?[aeiouy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?"
)


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    data = yaml.safe_load(Path(__file__).with_name("persons.yaml").read_text("utf-8"))
    surnames, given = data["surnames"].lower().split(), data["given"].lower().split()
    return frozenset(surnames), frozenset(map(folded, surnames)), frozenset(given), frozenset(map(folded, given))


@dataclass(frozen=True, slots=True)
class Person:
    """A title with a name: bounds in the folded text, and the folded name without title."""

    start: int
    end: int
    name_start: int
    name: str
    title: str


def _is_surname(word: Word) -> bool:
    plain = word.folded == word.lower
    return word.folded in _lists()[1] if plain else word.lower in _lists()[0]


def _is_given(word: Word) -> bool:
    plain = word.folded == word.lower
    return word.folded in _lists()[3] if plain else word.lower in _lists()[2]


def _stops(word: Word, following: Word | None) -> bool:
    plain = word.folded == word.lower
    if following is not None and (word.folded, following.folded) in _PAIR_STOPS:
        return True
    return (
        (not plain
        and word.lower in _STOPS)
        or (word.folded
        in {"hotline", "zalo", "sdt", "cchn", "gphd", "gphn", "dr", "bs", "clinic", "dental", "spa", "la", "va"}
        and word.case == "lower")
    )


def _takes(reading: Reading, words: tuple[Word, ...], at: int, previous: Word | None) -> bool:
    word = words[at]
    if previous is not None:
        gap = reading.gap(previous, word)
        initial = len(previous.folded) <= 2 and gap in {".", ". "}
        if gap not in {" ", "  ", "\u00a0"} and not initial:
            return False
    following = words[at + 1] if at + 1 < len(words) else None
    return not _stops(word, following) and not any(letter.isdigit() for letter in word.folded)


def _name_words(reading: Reading, at: int) -> list[Word]:
    """The words of the name that starts at word ``at``; empty when what stands there is no name."""
    words = reading.words
    first = words[at]
    if (first.case == "lower" and not _is_surname(first)) or first.case == "digit":
        return []
    taken: list[Word] = []
    limit = 6 if first.folded in {"ton", "cong", "huyen"} else 5
    for position in range(at, min(len(words), at + limit)):
        word = words[position]
        if not _takes(reading, words, position, taken[-1] if taken else None):
            break
        same = word.case == first.case or ({word.case, first.case} == {"title", "upper"} and len(word.folded) <= 2)
        if not same and not (first.case == "title" and word.case == "upper" and len(taken) <= 1):
            break
        taken.append(word)
    return taken


def _plausible(taken: list[Word], weak: bool) -> bool:
    if not taken:
        return False
    first, last = taken[0], taken[-1]
    if len(taken) == 1:
        return (
            not weak
            and first.case == "title"
            and first.lower not in _NOT_ALONE
            and (_is_given(first) or _is_surname(first))
        )
    if first.case == "lower":
        return len(taken) >= 3 and _is_given(last)
    if _is_surname(first) and (len(taken) > 2 or _is_given(last) or not weak):
        return all(len(word.folded) <= 7 for word in taken)
    syllables = all(_SYLLABLE.fullmatch(word.folded) for word in taken)
    return not weak and len(taken) <= 4 and syllables and _is_given(last) and _is_given(first)


def _after_title(reading: Reading, end: int) -> int | None:
    """Where the name may start after a title that ends at ``end``: the position of the next word."""
    gap = re.compile(r"[ \u00a0]{0,2}[.:,\-–#@\"'(]{0,2}[ \u00a0]{0,2}").match(reading.folded, end)
    assert gap is not None  # noqa: S101 - the pattern matches the empty string
    return reading.index_at.get(gap.end())


def _title_ok(reading: Reading, title: str, start: int, end: int) -> bool:
    last = re.split(r"[ .,:&/–()-]+", title.strip(" .,:()"))[-1]
    if last in _CAPITALS or title in _CAPITALS:
        first = reading.cased[end - len(last) : end].strip(" .") or "x"
        return first[0].isupper()
    return True


def _sentence_break(reading: Reading, title: str, end: int, name_start: int, start: int) -> bool:
    """'Cảm ơn bác sĩ. Nguyễn Thị Lan (Hà Nội)': a full stop after a spelt-out title, unless the title opens a line."""
    gap = reading.folded[end:name_start]
    if "." not in gap or not re.search(r"(?:si|sy|gia|duong|vien|thuoc)$", title):
        return False
    before = reading.folded[:start].rstrip(" ")
    return bool(before) and before[-1] not in "\n|-–•*:>+,"


def find_people(reading: Reading) -> Iterator[Person]:
    """Everybody named with a title, in order."""
    for found in _TITLE.finditer(reading.folded):
        start, end = found.start(), found.end()
        title = found.group().strip("() .,:")
        if not _title_ok(reading, title, start, start + len(found.group().rstrip("() .,:"))):
            continue
        person = _person(reading, title, start, end)
        if person:
            yield person


def _person(reading: Reading, title: str, start: int, end: int) -> Person | None:
    at = _after_title(reading, end)
    speciality = None
    if at is None:
        return None
    taken = _name_words(reading, at)
    if not _plausible(taken, title in _WEAK):
        speciality = _SPECIALITY.match(reading.folded, reading.words[at].start)
        at = reading.index_at.get(speciality.end()) if speciality else None
        taken = _name_words(reading, at) if at is not None else []
        if len(taken) < 2 or not _is_surname(taken[0]) or not _plausible(taken, title in _WEAK):
            return None
    elif _sentence_break(reading, title, end, taken[0].start, start):
        return None
    if reading.folded[start] == "(" and ")" not in reading.folded[start : taken[0].start]:
        start += 1
    name = " ".join(word.folded for word in taken)
    return Person(start, taken[-1].end, taken[0].start, name, title)
