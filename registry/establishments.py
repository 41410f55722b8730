"""Facilities as advertisements name them: a word for the kind ('PKĐK', 'thẩm mỹ viện', 'nha khoa'), then a name.

'phòng khám uy tín' names nothing; 'Phòng khám nam khoa phường 5' is a search phrase, not a place. What follows the kind
and its speciality must be written as a name (capitals, or a number as in 'Bệnh viện 999'), or be a name that the same
text writes properly elsewhere.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.lexicon import lexicon
from registry.people import Person
from registry.reading import Reading, Word

_HEAD = re.compile(
    r"(?<![a-z0-9])(?:(?:he thong|chuoi|tap doan)\s{1,2})?(?P<head>"
    r"phong kham|phong chan tri|phong mach|phong xet nghiem|pk ?dk|pk ?ck|pk|benh vien|bv ?dk|bv"
    r"|tham m[iy] vien|vien tham m[iy]|hoc vien tham my|tmv|tham my|nha khoa|nk|nha thuoc|hieu thuoc|quay thuoc|dong y"
    r"|trung tam|co so dich vu tham my|spa|clinic|da khoa|vien|beauty center|beauty|dental)(?![a-z0-9])"
)
_MODIFIER = re.compile(rf"(?:[ \u00a0]{{1,2}}|\n)(?:[-–&,][ \u00a0]{{0,2}}|va )?(?:{lexicon().modifiers})(?![a-z0-9])")
_LINK = re.compile(r"[ \u00a0]{1,2}(?P<link>[-–:]\s|cua\s|mang ten\s)?[\"“'‘#]?|:\s|\s?[\"“]")
#: Heads whose first letter must be a capital: in lower case they are other words.
_CAPITAL_HEADS = frozenset(
    {"pk", "bv", "nk", "tmv", "dong y", "da khoa", "vien", "trung tam", "tham my", "beauty", "dental"}
)
_HOSPITALS = frozenset({"benh vien", "bv", "bv dk", "bvdk"})
_NUMBERED = _HOSPITALS | {"phong kham", "pk", "pkdk", "pk dk"}
_ABBREVIATED = frozenset({"pk", "pkdk", "pk dk", "pkck", "pk ck", "nk", "tmv"})
#: Heads that are never 'of Dr …'.
_NEVER_PERSONAL = _HOSPITALS | {"trung tam", "vien", "da khoa"}
_MEDICAL = re.compile(
    r"y te|tham my|nha khoa|da lieu|suc khoe|xet nghiem|chan doan|phuc hoi|vat ly tri lieu|tiem chung|dong y|rang|mat|"
    r"y khoa|y hoc|sinh san|co xuong khop|cham soc da|spa|clinic|nhi|tim mach|ung buou|huyet hoc|noi soi|implant|"
    r"gut|beauty|"
    r"tai tao|te bao|tre hoa|dinh duong|kiem soat benh tat|da khoa|bac si|benh|bong|phau thuat|laser|lam dep|tri "
)
_ADMIN = re.compile(
    r"[ \u00a0]{1,2}(?P<unit>trung uong|tw|khu vuc|quan|huyen|tinh|thanh pho|tp\.?|thi xa)(?![a-z])[ \u00a0]{0,2}"
)
#: A whole country or city is no name of a clinic; a district often is ('Phòng khám Đa khoa' and the district).
_CITY = re.compile(
    r"viet nam|ha noi|sai gon|tp\.? ?hcm|tphcm|hcm|ho chi minh|da nang|hai phong|can tho|trung uong|tw|tai nha|"
    r"trung quoc|han quoc|nhat ban"
)
_CITIES = frozenset({"sai gon", "ha noi", "da nang", "can tho", "hai phong"})
_OF_CITY = re.compile(r"(?:mat|nhi|phu san|tai mui hong|rang ham mat|da lieu|ung buou|tim|da khoa|y hoc co truyen)$")
_DISTRICT = re.compile(
    r"quan \d+|q ?\d+|binh duong|dong nai|binh tan|tan binh|tan phu|go vap|binh thanh|phu nhuan|thu duc|gia dinh|"
    r"hoc mon|"
    r"binh chanh|cu chi|nha be|can gio|di an|thuan an|thu dau mot|vung tau|cho lon|cau giay|dong da|ha dong|long bien"
)
_GENERIC = re.compile(
    r"(?:quan|phuong|huyen|duong|tinh|thanh pho|cong|nha nuoc|nao|pha thai|me|mini|ao|noi bo|online|top|so|quoc gia|"
    r"trung uong|he|"
    r"benh|nam|nu|tre|tre em|nguoi|sinh|cap cuu|nghi|duong|phu|chinh|trong|nuoc|hang|lon|hien|dang|moi|chi|toan|cac|ta)"
)
_COMPLETED = frozenset({("quoc", "gia"), ("trung", "uong"), ("ha", "noi"), ("sai", "gon"), ("quoc", "te")})
_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?[aeiouy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?"
)
_SUFFIX = re.compile(
    r"(?<![a-z0-9])(?:dental clinic|dental center|dental care|dental|skin clinic|beauty clinic|beauty center|"
    r"beauty spa|"
    r"beauty & spa|medical center|medi spa|clinic & spa|clinic|spa|beauty|hospital|healthcare|aesthetics?|skincare|"
    r"(?:regen|laser|eye|skin|wellness|health|aesthetic|cosmetic|fertility|rehab|hair|plastic surgery) cent(?:er|re)|"
    r"(?:(?:regen|medical|laser|eye|skin|wellness|health|aesthetic|cosmetic|fertility|dental|beauty) )?"
    r"institute(?! of\b))"
    r"(?![a-z0-9])"
)
_GAPS = frozenset({" ", "  ", "\u00a0", " & ", "&", "-", "'", ".", "’"})


@dataclass(frozen=True, slots=True)
class Establishment:
    """A kind with a name: bounds in the folded text, where the name starts, the name in composed lower case.

    ``person`` is set when the place is named after its doctor ('Phòng khám BS …').
    """

    start: int
    end: int
    name_start: int
    name: str
    head: str
    person: Person | None = None


def _composed(reading: Reading, start: int, end: int) -> str:
    # A sign that stands for a letter inside a word: see ``reading``.
    return " ".join(unicodedata.normalize("NFC", reading.quote(start, end)).lower().replace("!", "i").split())


def _is_stop(word: Word, following: Word | None, upper: bool) -> bool:
    if following is not None and (word.folded, following.folded) in lexicon().facility_pairs:
        return upper or not (word.is_plain and following.is_plain)
    known = word.is_plain and word.is_name_like and word.folded in lexicon().names_plain
    return word.lower in lexicon().facility_stops and not known


def _name_words(reading: Reading, at: int, shouting: bool, limit: int = 7) -> list[Word]:
    """The words of the name that may start at word ``at``; ``shouting`` when the kind is written in capitals."""
    words, taken = reading.words, list[Word]()
    for position in range(at, min(len(words), at + limit)):
        word = words[position]
        following = words[position + 1] if position + 1 < len(words) else None
        if taken and reading.gap(taken[-1], word) not in _GAPS:
            break
        if taken and not word.is_name_like and (taken[-1].folded, word.folded) in _COMPLETED:
            return [*taken, word]
        possessive = bool(taken) and word.folded == "s" and reading.gap(taken[-1], word) in {"'", "’"}
        if not word.is_name_like and not possessive and not _numbered(reading, word):
            break
        if _is_stop(word, following, shouting) or (
            shouting and taken and word.case == "title" and len(word.folded) > 1
        ):
            break
        if taken and word.folded[0].isdigit() and _not_of_name(reading, taken[-1], word, following):
            break
        taken.append(word)
    return taken


def _numbered(reading: Reading, word: Word) -> bool:
    """'999', '24h', or a name that holds a digit by damage ('Ce1ina')."""
    return word.case == "digit" and (len(word.folded) <= 5 or reading.cased[word.start].isupper())


def _not_of_name(reading: Reading, previous: Word, number: Word, following: Word | None) -> bool:
    """Whether a number after a name starts something else: an address ('… 12 Lê Lợi') or a time ('… 10 ngày')."""
    if "-" in reading.gap(previous, number):
        return True
    if following is None or reading.gap(number, following) not in {" ", "/", " - "}:
        return False
    return following.is_name_like or following.folded in {"ngay", "nam", "thang", "lan", "gio", "d", "duong"}


def _half_said(reading: Reading, taken: list[Word], at: int) -> bool:
    """Whether a single capitalised syllable is only the first half of a common noun: 'Phòng khám Béo phì'.

    Only the words of ``name_followers`` may follow a whole name of one syllable.
    """
    if len(taken) != 1 or taken[0].case != "title" or not _SYLLABLE.fullmatch(taken[0].folded):
        return False
    if at + 1 >= len(reading.words):
        return False
    following = reading.words[at + 1]
    return (
        reading.gap(taken[0], following) == " "
        and following.case == "lower"
        and following.lower not in lexicon().name_followers
    )


class _Finder:
    """The state of one search: the reading, its people by start, and the names already found."""

    def __init__(self, reading: Reading, people: Sequence[Person]) -> None:
        self.reading = reading
        self.people = sorted(people, key=lambda person: person.start)
        self.starts = [person.start for person in self.people]
        self.found: list[Establishment] = []
        self.brands: set[str] = set()

    def person_at(self, start: int) -> Person | None:
        at = bisect_left(self.starts, start)
        return self.people[at] if at < len(self.people) and self.starts[at] == start else None

    def search(self) -> list[Establishment]:
        """Find what is written as a name, then the same names written carelessly."""
        nameless: list[tuple[re.Match[str], int]] = []
        last = -1
        for head in _HEAD.finditer(self.reading.folded):
            if head.start() < last:
                continue
            end = self._modifiers_end(head.end())
            place = self._place(head, end)
            if place is None:
                nameless.append((head, end))
                continue
            last = place.end
            self.found.append(place)
            if place.person is None and " " in place.name and not any(letter.isdigit() for letter in place.name):
                self.brands.add(self.reading.folded[place.name_start : place.end])
        for head, end in nameless:
            self._again(head, end)
        self.found.extend(self._suffixed())
        return sorted(self.found, key=lambda place: place.start)

    def _modifiers_end(self, end: int) -> int:
        for turn in range(6):
            found = _MODIFIER.match(self.reading.folded, end)
            if not found or (turn and found.group().startswith("\n")):
                break
            end = found.end()
        return end

    def _place(self, head: re.Match[str], end: int) -> Establishment | None:
        kind = head["head"]
        if not self._written_as_kind(head, kind, end):
            return None
        link = _LINK.match(self.reading.folded, end)
        if link is None:
            return None
        person = self.person_at(link.end())
        dashed = link["link"] is not None and link["link"][0] in "-–"
        if (
            person
            and kind not in _NEVER_PERSONAL
            and not (dashed and not kind.startswith(("phong", "pk")))
            and (" " in person.name or link["link"] is None or person.title.endswith("bs"))
        ):
            return Establishment(head.start(), person.end, person.name_start, person.name, kind, person)
        if link["link"]:
            return None
        return self._named(head, kind, end, link.end()) or self._administrative(head, kind, end)

    def _written_as_kind(self, head: re.Match[str], kind: str, end: int) -> bool:
        cased = self.reading.cased[head.start("head") : head.end("head")]
        if cased[0].isupper():
            return True
        if kind in _ABBREVIATED and cased.islower():
            # Believed only as ``_whispered`` believes it.
            hidden = end == head.end() and "!" in self.reading.quote(end, min(end + 12, len(self.reading.folded)))
            return hidden or self._opens_line(head)
        if kind not in _CAPITAL_HEADS:
            # 'tạo hình thẩm mỹ Viện …': the kind starts at the capital, not here.
            return not (" " in cased and cased[cased.rindex(" ") + 1].isupper())
        return kind in {"vien", "trung tam"} and end > head.end()

    def _named(self, head: re.Match[str], kind: str, end: int, name_start: int) -> Establishment | None:
        reading = self.reading
        at = reading.index_at.get(name_start)
        if at is None:
            return None
        shouting = reading.cased[head.start("head") : head.end("head")].isupper() and len(kind) > 5
        taken = _name_words(reading, at, shouting) or self._whispered(head, kind, at) or self._city(kind, end, at)
        if not taken or _half_said(reading, taken, at):
            return None
        name = reading.folded[name_start : taken[-1].end]
        if ":" in self.reading.folded[end:name_start] and (len(taken) < 2 or kind == "dong y"):
            return None
        if not self._believed(head, kind, end, name):
            return None
        whole = name_start
        if name.isdigit() or _CITY.fullmatch(name) or _DISTRICT.fullmatch(name):
            whole = head.end() + 1
        return Establishment(head.start(), taken[-1].end, name_start, _composed(reading, whole, taken[-1].end), kind)

    def _opens_line(self, head: re.Match[str]) -> bool:
        return self.reading.folded[max(0, head.start() - 40) : head.start()].rstrip(" ")[-1:] in {"", "\n", "|"}

    def _whispered(self, head: re.Match[str], kind: str, at: int) -> list[Word]:
        """'PKCK mai an | Q.5': a name without capitals, after an abbreviation that opens a line, up to a separator."""
        reading = self.reading
        if kind not in _ABBREVIATED:
            return []
        # Without any capital, 'pk có bác sĩ' must not be a name: only syllables of names are.
        silent = self.reading.cased[head.start("head") : head.end("head")].islower()
        taken: list[Word] = []
        for word in reading.words[at : at + 5]:
            if (taken and reading.gap(taken[-1], word) != " ") or word.lower in lexicon().facility_stops:
                break
            if silent and word.folded not in lexicon().names_plain:
                break
            taken.append(word)
        follows = reading.folded[taken[-1].end : taken[-1].end + 40].lstrip(" ") if taken else "x"
        closed = follows == "" or follows[0] in "|,.\n-–" or follows.startswith("chuyen")
        # Who writes a letter as a sign ('pk m!nh tâm') hides a name.
        hidden = bool(taken) and "!" in reading.quote(taken[0].start, taken[-1].end)
        return taken if len(taken) > 1 and (hidden or (closed and self._opens_line(head))) else []

    def _city(self, kind: str, end: int, at: int) -> list[Word]:
        """'bệnh viện mắt sài gòn': a hospital whose speciality and city stand without capitals."""
        words = self.reading.words[at : at + 2]
        named = kind in _HOSPITALS and len(words) == 2 and self.reading.gap(*words) == " "
        spelt = " ".join(word.folded for word in words)
        speciality = self.reading.folded[: words[0].start if words else 0].rstrip()[-20:]
        return list(words) if named and spelt in _CITIES and _OF_CITY.search(speciality) else []

    def _believed(self, head: re.Match[str], kind: str, end: int, name: str) -> bool:
        capital = self.reading.cased[head.start("head")].isupper()
        if _CITY.fullmatch(name):
            return end > head.end() and (
                kind in _HOSPITALS or (capital and "da khoa" in self.reading.folded[head.end() : end])
            )
        if _DISTRICT.fullmatch(name):
            between = self.reading.folded[head.end() : end]
            return kind in _HOSPITALS or "da khoa" in between or "quoc te" in between or (capital and not between)
        if name[0].isdigit() and not re.fullmatch(r"\d{1,3}|\d{1,2}[a-z][^.]*", name):
            return False
        if name.isdigit():
            return (
                kind in _NUMBERED
                and len(name) <= 3
                and (
                    kind in _HOSPITALS
                    or (
                        len(name) > 1
                        and capital
                        and "khoa" not in self.reading.folded[head.end() : end].replace("da khoa", "")
                    )
                )
            )
        if kind in {"trung tam", "vien"}:
            stretch = self.reading.folded[head.end() : end + len(name) + 1]
            return _MEDICAL.search(stretch) is not None
        return len(name) > 1 and not _GENERIC.fullmatch(name)

    def _administrative(self, head: re.Match[str], kind: str, end: int) -> Establishment | None:
        """'Bệnh viện quận 99', 'Bệnh viện huyện An Khê Giả': hospitals that are named by their place."""
        place = _ADMIN.match(self.reading.folded, end) if kind in _HOSPITALS else None
        if place is None:
            return None
        if place["unit"] in {"trung uong", "tw"}:
            stop = place.end("unit")
            if end == head.end():
                return None
        else:
            at = self.reading.index_at.get(place.end())
            taken = _name_words(self.reading, at, False, 3) if at is not None else []
            if not taken or len(taken[0].folded) > 7:
                return None
            stop = taken[-1].end
        start = head.end() + 1
        return Establishment(head.start(), stop, start, _composed(self.reading, start, stop), kind)

    def _again(self, head: re.Match[str], end: int) -> None:
        """'phòng khám mai an' where the text elsewhere writes 'Phòng khám Mai An'."""
        link = re.compile(r"[ \u00a0]{1,2}").match(self.reading.folded, end)
        at = self.reading.index_at.get(link.end()) if link else None
        if at is None or head["head"] in {"trung tam", "vien"}:
            return
        words = self.reading.words
        for length in (4, 3, 2):
            if at + length <= len(words):
                start, stop = words[at].start, words[at + length - 1].end
                if self.reading.folded[start:stop] in self.brands:
                    name = _composed(self.reading, start, stop)
                    self.found.append(Establishment(head.start(), stop, start, name, head["head"]))
                    return

    def _suffixed(self) -> Iterator[Establishment]:
        """'Lotus Dental Clinic': the kind in English, after the name."""
        reading = self.reading
        ends = {word.end: position for position, word in enumerate(reading.words)}
        covered = {place.end for place in self.found}
        for found in _SUFFIX.finditer(reading.folded):
            position = ends.get(found.start() - 1)
            if position is None or not reading.cased[found.start()].isupper() or found.end() in covered:
                continue
            if "clinic" not in found.group() and self._goes_on(found):
                continue
            start = self._suffix_start(position, found.start())
            if start is not None:
                yield Establishment(start, found.end(), start, _composed(reading, start, found.end()), found.group())

    def _goes_on(self, found: re.Match[str]) -> bool:
        """Whether capitals follow in the same hand: then the English word is inside a name, not at its end."""
        cased = self.reading.cased
        following = cased[found.end() : found.end() + 3]
        shouted = cased[found.start() : found.end()].isupper() and not following[1:].isupper()
        return re.match(r" [A-ZĐ]\w", following) is not None and not shouted

    def _suffix_start(self, position: int, suffix: int) -> int | None:
        start = None
        for back in range(position, max(-1, position - 4), -1):
            word, following = self.reading.words[back], self.reading.words[back + 1]
            glue = self.reading.folded[word.end : start if start is not None else suffix]
            if glue not in {" ", "-", "&"} or not word.is_name_like or _is_stop(word, following, False):
                break
            start = word.start
        return start


def find_establishments(reading: Reading, people: Sequence[Person]) -> list[Establishment]:
    """Every facility named with its kind, in order of its place."""
    kept: list[Establishment] = []
    for place in _Finder(reading, people).search():
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept
