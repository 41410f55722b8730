"""Facilities as advertisements name them: a word for the kind ('PKĐK', 'thẩm mỹ viện', 'nha khoa'), then a name.

'phòng khám uy tín' names nothing; 'Phòng khám nam khoa phường 5' is a search phrase, not a place. What follows the kind
and its speciality must be written as a name (capitals, or a number as in 'Bệnh viện 115').
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.people import Person
from registry.reading import Reading, Word

_HEAD = re.compile(
    r"(?<![a-z0-9])(?:(?:he thong|chuoi|tap doan)\s{1,2})?(?P<head>"
    r"phong kham|phong chan tri|phong mach|phong xet nghiem|pk ?dk|pk ?ck|pk|benh vien|bv ?dk|bv"
    r"|tham my vien|vien tham my|hoc vien tham my|tmv|tham my|nha khoa|nk|nha thuoc|hieu thuoc|dong y"
    r"|trung tam|spa|clinic|da khoa|vien|beauty center|beauty|dental)(?![a-z0-9])"
)
_MODIFIER = re.compile(
    r"\s{1,2}(?:[-–&,]\s{0,2}|va\s)?(?:da khoa|chuyen khoa|chuyen ve|chuyen|ngoai gio|tham my vien|tham my|quoc te|y hoc co truyen|yhct|"
    r"dong y|y hoc|nam khoa|nam hoc|phu khoa|san phu khoa|san phu|san khoa|phu san|san nhi|nhi khoa|san|nhi|mat|rang ham mat|"
    r"rang - ham - mat|rang-ham-mat|rhm|tai mui hong|tai - mui - hong|da lieu|co xuong khop|xuong khop|cot song|tiet nieu|nha khoa|"
    r"phau thuat tham my|phau thuat tao hinh|tao hinh|ung buou|tim mach|than kinh|noi khoa|ngoai khoa|tieu hoa|gan mat|"
    r"hau mon|truc trang|benh tri|tu nhan|y te|y duoc|khu vuc|truc thuoc|thuoc|cong ty(?: co phan| tnhh| cp)?|ho kinh doanh|spa|clinic|"
    r"skin|cham soc da|vat ly tri lieu|tri lieu|phuc hoi chuc nang|dieu tri|cong nghe cao|ky thuat cao|ho tro sinh san|nhan khoa|"
    r"chan doan hinh anh|xet nghiem|sieu am|noi soi|tong quat|implant|chinh nha|beauty|dental|nhan dan|quan y|quan dan y|nhi dong|"
    r"dai hoc|nghien cuu|tu van|va)(?![a-z0-9])"
)
#: Heads whose abbreviation must be in capitals: in lower case they are other words.
_CAPITAL_HEADS = frozenset(
    {"pk", "bv", "nk", "tmv", "dong y", "da khoa", "vien", "trung tam", "tham my", "beauty", "dental"}
)
#: Heads that need a name with certainty, since they open many other phrases.
_WEAK_HEADS = frozenset(
    {"trung tam", "vien", "dong y", "tham my", "da khoa", "beauty", "dental", "nk", "spa", "clinic"}
)
_MEDICAL = re.compile(
    r"y te|tham my|nha khoa|da lieu|suc khoe|xet nghiem|chan doan|phuc hoi|vat ly tri lieu|tiem chung|dong y|rang|mat|"
    r"y khoa|y hoc|sinh san|co xuong khop|cham soc da|spa|clinic|nhi|tim mach|ung buou|huyet hoc|noi soi|implant|gut|beauty|"
    r"dinh duong|kiem soat benh tat|da khoa|bac si"
)
_ADMIN_HOSPITAL = re.compile(
    r"\s{1,2}(?:da khoa\s)?(?:quan|huyen|tinh|thanh pho|tp\.?|thi xa|khu vuc|trung uong|tw)(?![a-z])"
)

_STOPS = frozenset(
    """uy tín tốt chất lượng hàng đầu nào ở tại là và với có đã đang sẽ cùng hotline zalo địa chỉ đ đường phường quận huyện
    xã tỉnh thành được cho của từ khi để trên dưới về những các một này đó thì mà nên đến ra vào chuyên tuyển gấp khám chữa
    bệnh điều trị dịch vụ giá bảng tư vấn liên hệ đặt lịch giờ ngày theo số tel đt điện bác sĩ sỹ bs thuộc do nơi hiện trong
    ngoài sau trước không hoặc cũng chỉ rất giúp xem click gọi website facebook fanpage email hân tưng khai khuyến ưu gphđ
    gphn cchn giấy phép ngay trực top danh giới tin đội ngũ gần như người bạn cách nhất đạt chuẩn lớn công-nghệ rẻ làm việc
    hay nhiều còn gồm bao nhiêu ai tìm chọn cần kính mang luôn cam kết review đánh dr ths ts pgs gs bsck thẩm-mỹ nguyên
    phụ nam-khoa thông-tin tốt-nhất khách hàng lịch sử trang thiết bị cơ sở khoa""".split()
)
_PAIR_STOPS = frozenset(
    {
        ("uy", "tin"), ("chat", "luong"), ("hang", "dau"), ("dia", "chi"), ("tu", "van"), ("dich", "vu"), ("bang", "gia"),
        ("chuyen", "khoa"), ("dieu", "tri"), ("bac", "si"), ("cao", "cap"), ("trang", "chu"), ("tin", "tuc"), ("an", "toan"),
        ("lien", "he"), ("gio", "lam"), ("thoi", "gian"), ("dien", "thoai"), ("tuyen", "dung"), ("gioi", "thieu"),
        ("cong", "nghe"), ("cong", "tac"), ("khach", "hang"), ("tp", "hcm"), ("ho", "chi"), ("dang", "ky"), ("chi", "nhanh"),
        ("da", "chi"), ("chi", "phi"), ("doi", "ngu"), ("ten", "day"), ("hoat", "dong"), ("giay", "phep"),
    }
)  # fmt: skip
_PLACE_ONLY = re.compile(
    r"(?:viet nam|ha noi|sai gon|tp\.? ?hcm|tphcm|hcm|ho chi minh|da nang|hai phong|can tho|quan \d+|q ?\d+|phuong \d+|"
    r"binh duong|dong nai|binh tan|tan binh|tan phu|go vap|binh thanh|phu nhuan|thu duc|trung uong|tw)"
)
_SUFFIX = re.compile(
    r"(?<![a-z0-9])(?:dental clinic|dental center|dental|skin clinic|beauty clinic|beauty center|beauty spa|beauty & spa|"
    r"medical center|medical|clinic & spa|clinic|spa|beauty|hospital|healthcare|aesthetics?|clinics)(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Establishment:
    """A kind with a name: bounds in the folded text, the folded name and the kind's word."""

    start: int
    end: int
    name: str
    head: str


def _name_end(reading: Reading, at: int | None, limit: int = 7) -> int | None:
    """The end of the name that starts at word ``at``."""
    if at is None:
        return None
    words, end, taken = reading.words, None, 0
    upper = words[at].case == "upper"
    previous: Word | None = None
    for position in range(at, min(len(words), at + limit)):
        word = words[position]
        if previous is not None and reading.gap(previous, word) not in {
            " ",
            "  ",
            "\u00a0",
            " & ",
            "&",
            "-",
            "'",
            ".",
            "’",
        }:
            break
        if not word.is_name_like and not (word.case == "digit" and _number_in_name(word)):
            break
        following = words[position + 1] if position + 1 < len(words) else None
        if _is_stop(word, following, upper) or (upper and word.case == "title" and taken >= 1 and len(word.folded) > 1):
            break
        end, previous, taken = word.end, word, taken + 1
    return end


def _number_in_name(word: Word) -> bool:
    return len(word.folded) <= 4


def _is_stop(word: Word, following: Word | None, upper: bool) -> bool:
    if (
        following is not None
        and (word.folded, following.folded) in _PAIR_STOPS
        and (following.lower != following.folded or word.lower != word.folded or upper)
    ):
        return True
    return word.lower in _STOPS


def _modifiers_end(reading: Reading, end: int) -> int:
    for _ in range(6):
        found = _MODIFIER.match(reading.folded, end)
        if not found:
            break
        end = found.end()
    return end


class _People:
    """People by their start, to recognise 'Phòng khám BS …'."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = sorted(people, key=lambda person: person.start)
        self.starts = [person.start for person in self.people]

    def from_(self, start: int, reach: int) -> Person | None:
        at = bisect_right(self.starts, start - 1)
        if at < len(self.people) and self.people[at].start <= start + reach:
            return self.people[at]
        return None


def find_establishments(reading: Reading, people: Sequence[Person]) -> Iterator[Establishment]:
    """Every facility named with its kind, in order."""
    known = _People(people)
    last = -1
    for found in _HEAD.finditer(reading.folded):
        if found.start() < last:
            continue
        place = _place(reading, found, known)
        if place:
            last = place.end
            yield place
    yield from _suffixed(reading)


def _place(reading: Reading, found: re.Match[str], known: _People) -> Establishment | None:
    head = found["head"]
    if head in _CAPITAL_HEADS and not reading.cased[found.start("head")].isupper():
        return None
    end = _modifiers_end(reading, found.end())
    gap = re.compile(r"[ \u00a0]{1,2}(?:[-–:]\s|cua\s)?[\"“'‘#]?|:\s|\s?[\"“]").match(reading.folded, end)
    if gap is None:
        return _only_modifiers(reading, found, end)
    person = known.from_(gap.end(), 0)
    if (
        person
        and (" " in person.name or "cua" not in gap.group())
        and head not in {"benh vien", "bv", "trung tam", "vien"}
    ):
        return Establishment(found.start(), person.end, person.name, head)
    if "cua" in gap.group() or "-" in gap.group() or "–" in gap.group():
        return None
    name_end = _name_end(reading, reading.index_at.get(gap.end()))
    if name_end is None:
        return _administrative(reading, found, end) or _only_modifiers(reading, found, end)
    name = reading.folded[gap.end() : name_end]
    if not _is_named(reading, found, head, end, name, gap.end()):
        return _administrative(reading, found, end)
    return Establishment(found.start(), name_end, name, head)


def _is_named(reading: Reading, found: re.Match[str], head: str, end: int, name: str, at: int) -> bool:
    if _PLACE_ONLY.fullmatch(name):
        return head in {"benh vien", "bv"} and end > found.end()
    if name.isdigit():
        return len(name) in {2, 3} and reading.cased[found.start()].isupper()
    if head in {"trung tam", "vien"} and not _MEDICAL.search(reading.folded[found.start() : at + len(name)]):
        return False
    return len(name) > 1


def _only_modifiers(reading: Reading, found: re.Match[str], end: int) -> Establishment | None:
    return None


def _administrative(reading: Reading, found: re.Match[str], end: int) -> Establishment | None:
    """'Bệnh viện quận Gò Vấp', 'Bệnh viện Da liễu TP.HCM', 'Bệnh viện Mắt Trung ương': named by their place."""
    if found["head"] not in {"benh vien", "bv", "bv dk", "bvdk"}:
        return None
    place = _ADMIN_HOSPITAL.match(reading.folded, end)
    if not place:
        return None
    if place.group().strip() in {"trung uong", "tw"}:
        return Establishment(
            found.start(), place.end(), reading.folded[found.end() : place.end()].strip(), found["head"]
        )
    at = reading.index_at.get(place.end() + 1)
    words = reading.words
    if at is None:
        return None
    if words[at].case == "digit":
        stop: int | None = words[at].end if len(words[at].folded) <= 2 else None
    else:
        stop = _name_end(reading, at, 3)
    if stop is None:
        return None
    return Establishment(found.start(), stop, reading.folded[found.end() : stop].strip(), found["head"])


def _suffixed(reading: Reading) -> Iterator[Establishment]:
    """'Lotus Dental Clinic': the kind in English, after the name."""
    ends = {word.end: position for position, word in enumerate(reading.words)}
    for found in _SUFFIX.finditer(reading.folded):
        if not reading.cased[found.start()].isupper():
            continue
        before = ends.get(found.start() - 1)
        start = None
        for position in range(before if before is not None else -1, max(-1, (before or 0) - 4), -1):
            word = reading.words[position]
            glue = reading.folded[word.end : start if start is not None else found.start()]
            following = reading.words[position + 1]
            if glue not in {" ", "-", "&"} or not word.is_name_like or _is_stop(word, following, False):
                break
            start = word.start
        if start is not None:
            yield Establishment(start, found.end(), reading.folded[start : found.end()], found.group())
