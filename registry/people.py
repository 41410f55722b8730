"""Practitioners as advertisements name them: a title, then a name.

A title alone is nobody ('bác sĩ tư vấn', 'Bác sĩ Da liễu'); what follows must be written and built like a name.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from registry.lexicon import lexicon
from registry.reading import Reading, Word

_ONE = rf"(?:{lexicon().titles})(?![a-z0-9])"
_TITLE = re.compile(rf"(?<![a-z0-9])\(?(?:{_ONE}(?:\)?[ \u00a0.,:&/–-]{{0,3}}\(?{_ONE}){{0,5}}\)?|ly(?=\.))")
#: Abbreviations that are also syllables or words: believed in capitals only.
_CAPITALS = frozenset(
    {"ts", "gs", "ds", "dd", "ys", "ly", "cn", "ktv", "ncs", "ths", "pgs", "nhs", "th.s", "dr", "master"}
)
_SPECIALITY = re.compile(
    rf"(?:(?:chuyen khoa|chuyen nganh|khoa) )?(?:{lexicon().specialities})(?: (?:ii|i|1|"
    rf"2))?(?: uy tin)?(?: [-–:])?[ \u00a0]{{1,2}}"
)
_GAP = re.compile(r"(?:[ \u00a0]{0,2}[.:,\-–#@\"'(]){0,3}[ \u00a0]{0,2}")
_ENDS_SENTENCE = re.compile(r"(?:s[iy]|gia|duong|vien|thuoc|luong y)$")
_BIRTH_YEAR = re.compile(r"\s?[-,]?\s?\(\s?(?:sn\s?)?(?:19|20)\d\d")
_ADDRESSED = re.compile(r"(?:cam on|chao|thua|gui|mong|nho|xin|hoi)\s(?:cac\s|quy\s|y\s)?$")
#: A degree without 'bác sĩ', borne by one who studies and treats nobody: 'Tiến sĩ …, một giáo sư tại Đại học …'.
_DEGREE = re.compile(r"(?:pgs|gs|ts|ths|tien si|tien sy|thac si|thac sy|giao su|pho giao su|[ .,])+")
_SCHOLAR = re.compile(
    r"[ ,(–-]{1,3}(?:(?:mot|nguyen|hien la|la) )?(?:giao su|nghien cuu sinh|nghien cuu vien|nha khoa hoc|"
    r"nha nghien cuu|vien truong vien (?:khoa hoc|nghien cuu)|giang vien|chu tich|ky su|luat su)(?![a-z])(?! y | duoc)"
)
_PLURAL = re.compile(r"(?:cac|nhung|doi ngu|nhieu|doi ngu y|cac y|\d)[ \u00a0]$")
#: After the name of a guest from abroad, which is built of no Vietnamese surname: 'chuyên gia Pắc … đến từ Hàn Quốc'.
_FROM_ABROAD = re.compile(
    r"[ ,(]{1,3}(?:den tu|tu|nguoi|quoc tich) (?:han quoc|nhat ban|trung quoc|my|phap|duc|thai lan|singapore|dai loan|"
    r"anh|uc|nga|israel|an do)(?![a-z])"
)
_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|q|qu|r|s|t|th|tr|v|x)?[aeiouy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?"
)
_PLAIN_STOPS = frozenset({"hotline", "zalo", "sdt", "cchn", "gphd", "gphn", "clinic", "dental", "spa"})
#: Syllables of names that alone, after a title, are more often another word ('Bác sĩ Nội', 'bác sĩ Việt').
_NOT_ALONE = frozenset(
    {
        "phú",
        "quý",
        "nam",
        "nhi",
        "nội",
        "sản",
        "khoa",
        "tây",
        "đông",
        "bắc",
        "trung",
        "mỹ",
        "việt",
        "hàn",
        "nhật",
        "gia",
    }
    | {"tài", "chính", "chung", "cao", "đa", "thẩm", "y", "mắt", "tim", "tư", "từ", "ái", "bình", "học", "hội", "trước"}
)


@dataclass(frozen=True, slots=True)
class Person:
    """A title with a name: bounds in the folded text; ``name`` in composed lower case, ``title`` folded."""

    start: int
    end: int
    name_start: int
    name: str
    title: str


def _is_surname(word: Word) -> bool:
    words = lexicon()
    return word.folded in words.surnames_plain if word.is_plain else word.lower in words.surnames


def _is_given(word: Word) -> bool:
    words = lexicon()
    return word.folded in words.given_plain if word.is_plain else word.lower in words.given


def _stops(word: Word, following: Word | None) -> bool:
    pairs = lexicon().person_pairs
    if following is not None:
        if (word.lower, following.lower) in pairs:
            return True
        if word.is_plain and following.is_plain and (word.folded, following.folded) in lexicon().person_pairs_plain:
            return True
    return word.folded in _PLAIN_STOPS or (not word.is_plain and word.lower in lexicon().person_stops)


def _continues(reading: Reading, previous: Word, word: Word) -> bool:
    """Whether only a blank (or the full stop of an initial) stands between two words of a name."""
    gap = reading.gap(previous, word)
    if gap in {" ", "  ", "\u00a0"}:
        return True
    return gap in {".", ". "} and (len(previous.folded) == 1 or previous.folded in {"ng", "th", "ph"})


def _same_hand(first: Word, word: Word, taken: int) -> bool:
    """Whether two words are capitalised alike; one-letter words are title and upper at once."""
    if word.case == first.case or (word.is_name_like and first.is_name_like and len(word.folded) <= 1):
        return True
    return first.case == "title" and word.case == "upper" and taken == 1


def _damaged(word: Word) -> bool:
    """A syllable in which one letter was read or typed as a digit ('Bả0', '1oan')."""
    if word.case != "digit":
        return False
    letters = sum(letter.isalpha() for letter in word.folded)
    return letters >= 2 and len(word.folded) == letters + 1


def _name_words(reading: Reading, at: int) -> list[Word]:
    """The words of the name that may start at word ``at``."""
    words, first = reading.words, reading.words[at]
    if first.case == "digit" or (first.case == "lower" and not (_is_surname(first) or _is_given(first))):
        return []
    taken: list[Word] = []
    for position in range(at, min(len(words), at + (6 if first.folded in {"ton", "cong", "huyen"} else 5))):
        word = words[position]
        following = words[position + 1] if position + 1 < len(words) else None
        if taken and not (
            _continues(reading, taken[-1], word) and (_damaged(word) or _same_hand(first, word, len(taken)))
        ):
            break
        if (word.case == "digit" and not _damaged(word)) or _stops(word, following):
            break
        taken.append(word)
    return taken


def _plausible(taken: list[Word], title: str) -> bool:
    weak, strong = title in lexicon().weak_titles, _strong(title)
    if len(taken) < 2:
        return bool(taken) and not weak and _plausible_alone(taken[0], strong)
    first, last = taken[0], taken[-1]
    known = sum(_is_given(word) or _is_surname(word) for word in taken)
    if first.case == "lower":
        return known == len(taken) and not weak
    if strong and first.is_name_like:
        return known > 0 or _is_foreign(taken)
    if _is_surname(first) and (len(taken) > 2 or _is_given(last) or not weak):
        return all(len(word.folded) <= 7 for word in taken)
    return _is_foreign(taken) or (not weak and len(taken) <= 4 and _given_names(taken, known))


def _given_names(taken: list[Word], known: int) -> bool:
    """Whether a name without a surname ('Ngọc Lan') is made of syllables that names are made of."""
    syllables = all(_SYLLABLE.fullmatch(word.folded) for word in taken)
    return known == len(taken) or (syllables and _is_given(taken[-1]) and _is_given(taken[0]))


@lru_cache(maxsize=4_096)
def _strong(title: str) -> bool:
    """A title that only a physician bears and that is no other word: what follows is believed more readily."""
    return re.search(r"(?<![a-z])(?:bs|b\. ?s|dr|doctor|bsnt|bsck|ck ?(?:i|1|2))", title) is not None


def _is_foreign(taken: list[Word]) -> bool:
    """'Bác sĩ Adam Example': two or three capitalised words without diacritics, not built as Vietnamese syllables."""
    plain = all(word.is_plain and word.case == "title" and len(word.folded) > 1 for word in taken)
    strange = sum(not _SYLLABLE.fullmatch(word.folded) for word in taken)
    return plain and len(taken) <= 3 and 2 * strange >= len(taken)


def _plausible_alone(word: Word, strong: bool) -> bool:
    if strong and word.case == "upper" and len(word.folded) >= 3 and not word.is_plain:
        return _is_given(word)
    if word.case == "title" and word.is_plain and len(word.folded) >= 4 and not _SYLLABLE.fullmatch(word.folded):
        return True
    return word.case == "title" and word.lower not in _NOT_ALONE and (_is_given(word) or _is_surname(word))


def _next_word(reading: Reading, end: int) -> int | None:
    gap = _GAP.match(reading.folded, end)
    return reading.index_at.get(gap.end()) if gap else None


@lru_cache(maxsize=4_096)
def _title_parts(title: str) -> tuple[tuple[str, ...], str]:
    """The words of a title, and the last of its abbreviations ('bs' of 'ths.bs')."""
    parts = tuple(part for part in re.split(r"[ \u00a0,:&/–()-]+", title) if part)
    return parts, parts[-1].rsplit(".", 1)[-1] if "." in parts[-1].strip(".") else parts[-1]


def _title_bounds(reading: Reading, found: re.Match[str]) -> tuple[int, str] | None:
    """Where the title starts and its words; ``None`` when an abbreviation is not in capitals."""
    start, title = found.start(), found.group().strip("() .,:")
    heading = re.match(r"\(?(?:[^:()]*[:)])+[ \u00a0]*(?=[^ \u00a0])", found.group())
    if heading:
        # 'Hai bác sĩ: BS.CKI Trần …', '(Thạc sỹ) ThS.BS Nguyễn …': what labels a name is not its title.
        start, title = start + heading.end(), found.group()[heading.end() :].strip("() .,:")
    parts, last = _title_parts(title)
    at = found.start() + found.group().rindex(last)
    if last in _CAPITALS and not reading.cased[at].isupper():
        return None
    if last == "ly" and reading.quote(at, at + 2) != "LY":
        return None
    if len(parts) > 1 and parts[0] in _CAPITALS and not reading.cased[start].isupper():
        start += len(parts[0]) + 1
    return start, title


def _sentence_break(reading: Reading, title: str, gap: str, start: int) -> bool:
    """'Cảm ơn bác sĩ. Nguyễn Thị Lan (Hà Nội)': a full stop after a spelt-out title, unless the title opens a line."""
    if "." not in gap or not _ENDS_SENTENCE.search(title):
        return False
    before = reading.folded[max(0, start - 40) : start].rstrip(" ")[-1:]
    return bool(before) and before not in "\n|-–•*:>+,"


def _scholar(text: str, title: str, name_end: int) -> bool:
    return _DEGREE.fullmatch(title) is not None and _SCHOLAR.match(text, name_end) is not None


def _refused(reading: Reading, title: str, start: int, end: int, taken: list[Word]) -> bool:
    """What looks like a name and is the patient's, a group's, or the start of the next sentence."""
    text, name_end = reading.folded, taken[-1].end
    gap = text[end : taken[0].start]
    before = text[max(0, start - 24) : start]
    if _sentence_break(reading, title, gap, start) or _scholar(text, title, name_end):
        return True
    addressed = _ADDRESSED.search(before) and text[name_end : name_end + 2].strip().startswith("(")
    if addressed or _BIRTH_YEAR.match(text, name_end):
        return True
    if (len(taken) == 1 and "(" in gap) or (title == "cn" and before.endswith("khu ")):
        return True
    if taken[0].case == "lower" and not _stands_alone(text, start, name_end, taken):
        return True
    if len(taken) == 1 and (":" in gap or "," in gap or "-" in gap) and _ENDS_SENTENCE.search(title):
        return True
    return bool(_PLURAL.search(before)) and not (len(taken) >= 3 and _is_surname(taken[0]))


def _stands_alone(text: str, start: int, end: int, taken: list[Word]) -> bool:
    """A name without capitals is believed only up to a separator; without a surname, only in a line of its own."""
    if re.match(r" [a-z0-9]", text[end : end + 2]):
        return False
    opens = text[max(0, start - 40) : start].rstrip(" ")[-1:] in {"", "\n", "|", "•"}
    return opens or (len(taken) > 2 and _is_surname(taken[0]))


def _segments(word: str) -> list[str]:
    """Cut 'hoangthanhhoan' into a surname and given names, longest first; empty when it does not come out."""
    known = lexicon().names_plain
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 7), end):
            before, part = best[start], word[start:end]
            fits = part in lexicon().surnames_plain if start == 0 else part in known and len(part) > 1
            if before is not None and fits and (best[end] is None or len(before) + 1 < len(best[end] or [])):
                best[end] = [*before, part]
    return best[-1] or []


def _glued(reading: Reading, at: int, title: str) -> str:
    """The name in '#PhạmThanhHùng', written as one word after a title; empty when it is not one."""
    word = reading.words[at]
    if not 7 <= len(word.folded) <= 24 or title in lexicon().weak_titles:
        return ""
    if sum(letter.isupper() for letter in reading.cased[word.start : word.end]) < 2:
        return ""
    parts = _segments(word.folded)
    if not 2 <= len(parts) <= 5:
        return ""
    spans, start = [], word.start
    for part in parts:
        spans.append(unicodedata.normalize("NFC", reading.quote(start, start + len(part))).lower())
        start += len(part)
    return " ".join(spans)


def find_people(reading: Reading) -> Iterator[Person]:
    """Everybody named with a title, in order."""
    for found in _TITLE.finditer(reading.folded):
        bounds = _title_bounds(reading, found)
        person = _person(reading, *bounds, found.end()) if bounds else None
        if person:
            yield person


def _from_abroad(reading: Reading, taken: list[Word]) -> bool:
    """Whether two to four capitalised words after a title are a foreigner's name: the text says where he is from."""
    written = 2 <= len(taken) <= 4 and all(word.case == "title" for word in taken)
    return written and _FROM_ABROAD.match(reading.folded, taken[-1].end) is not None


def _person(reading: Reading, start: int, title: str, end: int) -> Person | None:
    at = _next_word(reading, end)
    if at is None:
        return None
    glued = _glued(reading, at, title)
    if glued:
        word = reading.words[at]
        return Person(start, word.end, word.start, glued, title)
    taken = _name_words(reading, at)
    if not _plausible(taken, title) and not _from_abroad(reading, taken):
        speciality = _SPECIALITY.match(reading.folded, reading.words[at].start)
        at = reading.index_at.get(speciality.end()) if speciality else None
        taken = _name_words(reading, at) if at is not None else []
        if (
            not taken
            or not (_is_foreign(taken) or (len(taken) > 1 and _is_surname(taken[0])))
            or not _plausible(taken, title)
        ):
            return None
    if _refused(reading, title, start, end, taken):
        return None
    if reading.folded[start] == "(" and ")" not in reading.folded[start : taken[0].start]:
        start += 1
    return Person(start, taken[-1].end, taken[0].start, " ".join(word.lower for word in taken), title)
