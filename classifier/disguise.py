"""Undoes the ways in which advertisers hide words from machines and keep them readable for people.

Each step is a small edit of a ``Line`` that remembers, for each letter, which letters of the given text it stands for.
Nothing is 'repaired' unless the result is a word that the rules look for (``CUES``): '3kg', 'B12' and 'T.P' stay.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

#: Words that rules look for, in their right spelling: only these are rebuilt from pieces.
CUES = frozenset(
    """
    chữa trị điều khỏi hẳn dứt điểm tận gốc triệt để tuyệt đối hoàn toàn vĩnh viễn trọn đời mãi cam kết đảm bảo hết
    bệnh tật ung thư tiểu đường huyết áp trĩ nám mụn sẹo gout gút viêm xoang khớp xương dạ dày gan thận yếu sinh lý
    xuất tinh sớm tái phát nhất số hàng đầu duy tốt hiệu quả an không tác dụng phụ biến chứng đau thần dược đặc kê
    đơn thuốc kháng bác sĩ khuyên dùng tế bào tiêm truyền giảm cân siêu tốc nhanh mỡ béo tan trắng da sạch mờ giá rẻ
    mua bán khách phòng khám thẩm mỹ viện bộ y sở nhận cấp phép phương pháp công nghệ sau ngày lần tuần tháng chỉ
    liệu trình tiền nếu người vẩy nến vảy trẻ hóa lão lùi diệt nấm virus vi khuẩn hôi nách rụng tóc mất ngủ nghe
    nặng tăng chiều cao uy tín chuyên gia hỗ trợ ngừa ngăn thay thế cho con trai gái theo ý muốn thai chọn giới
    cuống rốn thoát vị đĩa đệm ngừng dừng sản phẩm việt nam đẹp nâng mũi ngực hút filler botox liên hệ ngay được toa
    tiên khỏe mạnh như mới sỏi tiêu đờm ho hen suyễn phổi tim mạch não đột quỵ tai nạn dị ứng ngứa bao exosome nad
    collagen augmentin wegovy ozempic insulin trứng hiến seduxen viagra thôi liền tức thì
    """.split()  # noqa: SIM905 - one word a line would fill pages
)

_MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_PLAIN = "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd"
#: Drops the marks, one letter for one letter.
BARE = str.maketrans(_MARKED, _PLAIN)
_BARE_CUES = frozenset(word.translate(BARE) for word in CUES)

# Letters of other alphabets that look Latin (after Unicode TR39's confusables, the ones seen in spam), one for one.
_LOOK_ALIKE = str.maketrans(
    "аАеЕоОрРсСуУхХіІјЈѕЅһԁԛԝкКмМтТнНвВгпиԍα\u03bfοΟνιΙκΚρΡτΤυΥχΧΑΒΕΖΗΜΝɑɡıɩʟʀɴʙɢʜᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ",
    "aAeEoOpPcCyYxXiIjJsShdqwkKmMtThHbBrnnGaoοOviIkKpPtTuYxXABEZHMNagiilrnbghacdejkmoptuvwz".replace("ο", "o"),
)
_OTHER_SCRIPT = re.compile("[\u0250-\u02af\u0370-\u03ff\u0400-\u052f\u1d00-\u1d7f]")
_BOXED = {
    ord(c): chr(65 + i)
    for start in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
    for i, c in enumerate(map(chr, range(start, start + 26)))
}
# Marks that strike through or decorate letters, and characters without width that the composer does not know.
_DECORATION = re.compile(
    "[\u0334-\u0338\u0305\u030a-\u030f\u0310-\u031a\u031c-\u0322\u0324-\u0333\u0339-\u036f\u20d0-\u20f0\ufe00-\ufe0f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u034f\u180e\u00ad\ufeff]"
)

_VOWEL = "aeiouyàáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_SYLLABLE = re.compile(
    rf"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?[{_VOWEL}]{{1,3}}(?:ch|ng|nh|[cmnpt])?"
)
_SEPARATOR = "[._|/*·•~'’`^+=\\-–…\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_BROKEN = re.compile(rf"(?<![\w@])[^\W\d_]{{1,12}}(?:{_SEPARATOR}{{1,2}}[^\W\d_]{{1,12}}){{1,24}}(?![\w@])")
#: Separators with a meaning of their own: a space only between two cues ('dứt.điểm').
_KEPT = re.compile(r"[./'’+=^–…-]{1,2}")
_PIECE = re.compile(r"[^\W\d_]+")
_SPACED = re.compile(r"(?<![\w])[^\W\d_](?:[ \t]{1,4}[^\W\d_](?![\w])){2,60}")
_ONSET_ALONE = re.compile(r"(?<![\w])(ngh|ng|nh|ch|gh|kh|ph|th|tr|[bcdđghklmnpqrstvx]) ([^\W\d_]{1,5})(?![\w])")
_CODA_ALONE = re.compile(r"(?<![\w])([^\W\d_]{1,5}) (ch|ng|nh|[acghimnoptuy])(?![\w])")
_LEET = re.compile(r"(?<![\w@$!€])(?=[^\s]{0,9}[^\W\d_])[^\W_@$!€]{0,6}[\d@$!€][\w@$!€]{0,8}")
_ODD_LETTER = re.compile(r"(?<![\w])[^\W\d_]{0,5}[fjwz][^\W\d_]{0,5}(?![\w])")
_WIDE = re.compile(r"[ \t]{2,}|\t")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_GLUED = re.compile(r"(?<![\w@/.])(#?)([^\W\d_]{6,60})(?![\w@])")
_AS_LETTERS = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i",
    "€": "e", "f": ("ph",), "j": "i", "w": ("qu",), "z": "d",
}  # fmt: skip

#: Teen spelling and abbreviations that mean one thing in an advertisement.
_SHORT = {
    "k": "không", "ko": "không", "kô": "không", "hok": "không", "hông": "không", "hk": "không", "khong": "không",
    "bs": "bác sĩ", "bsĩ": "bác sĩ", "bsi": "bác sĩ", "bv": "bệnh viện", "pk": "phòng khám",
    "pkđk": "phòng khám đa khoa",
    "tmv": "thẩm mỹ viện", "đc": "được", "dc": "được", "đk": "được", "tpcn": "thực phẩm chức năng", "sp": "sản phẩm",
    "bn": "bệnh nhân", "hq": "hiệu quả", "sđt": "số điện thoại", "tpbvsk": "thực phẩm bảo vệ sức khỏe",
    "byt": "bộ y tế", "cs": "có", "đtri": "điều trị", "đtrị": "điều trị",
}  # fmt: skip
_SHORTENED = re.compile(rf"(?<![\w@#&/.-])(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})(?![\w@/&-])")
_TREAT = re.compile(r"(?<![\w])đt(?= (?:bệnh|mụn|nám|trĩ|dứt|tận|khỏi|triệt|hiệu|an|vi|xương|dạ|gan))")

# Where the tone mark stands in 'hòa/hoà' and which of i and y is written: one spelling for all (same length).
_TONE_PLACE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?![\w])")
_TONE_PLACED = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe",
    "oẹ": "ọe", "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip
_I_OR_Y = re.compile(r"(?<![\w])(?:kĩ|mĩ|lí|tỉ(?= lệ)|quí|sỹ|vĩễn|kí)(?![\w])")
_I_OR_Y_CHOSEN = {"kĩ": "kỹ", "mĩ": "mỹ", "lí": "lý", "tỉ": "tỷ", "quí": "quý", "sỹ": "sĩ", "vĩễn": "viễn", "kí": "ký"}


@dataclass(slots=True)
class Line:
    """A text under repair. ``starts[i]`` and ``ends[i]`` bound the source of ``text[i]`` in the given text."""

    text: str
    starts: list[int]
    ends: list[int]
    damaged: list[tuple[int, int]] = field(default_factory=list)

    def edit(self, edits: Iterable["Edit"]) -> "Line":
        """Apply edits (in order, not overlapping); bounds of earlier damage move with the text."""
        letters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        damaged: list[tuple[int, int]] = []
        shifts: list[tuple[int, int]] = []
        done = size = 0
        for edit in edits:
            letters.append(self.text[done : edit.start])
            starts += self.starts[done : edit.start]
            ends += self.ends[done : edit.start]
            size += edit.start - done
            letters.append(edit.text)
            for place in edit.places or [None] * len(edit.text):
                starts.append(self.starts[edit.start if place is None else place])
                ends.append(self.ends[edit.end - 1 if place is None else place])
            if edit.bare:
                damaged.append((size, size + len(edit.text)))
            size += len(edit.text)
            done = edit.end
            shifts.append((edit.end, size - edit.end))
        if not shifts:
            return self
        letters.append(self.text[done:])
        moved = [(_moved(a, shifts), _moved(b, shifts)) for a, b in self.damaged]
        return Line("".join(letters), starts + self.starts[done:], ends + self.ends[done:], sorted(moved + damaged))


def _moved(position: int, shifts: list[tuple[int, int]]) -> int:
    shift = 0
    for end, by in shifts:
        if end > position:
            break
        shift = by
    return position + shift


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``text[start:end]``. ``places[i]`` is the source of the new letter i; without it each stands for all.

    ``bare`` says that the new words lost their marks.
    """

    start: int
    end: int
    text: str
    places: tuple[int, ...] | None = None
    bare: bool = False


def undisguise(text: str, compose: Callable[[str], Line]) -> Line:
    """Return ``text`` composed by ``compose`` with its disguises undone; bounds count in ``text``."""
    line = _composed(text, compose)
    for step in _STEPS:
        line = line.edit(step(line.text))
    plain = _TONE_PLACE.sub(lambda m: _TONE_PLACED.get(m.group(), m.group()), line.text)
    line.text = _I_OR_Y.sub(lambda m: _I_OR_Y_CHOSEN[m.group()], plain)
    return line


def _composed(text: str, compose: Callable[[str], Line]) -> Line:
    """Compose after look-alike letters became Latin and decorations went."""
    shown = text.translate(_BOXED) if any(c in text for c in "🅰🅱🅾🅿🇦🇧🇨🇹🇰") else text
    if _OTHER_SCRIPT.search(shown) and _is_latin(shown):
        shown = shown.translate(_LOOK_ALIKE)
    if not _DECORATION.search(shown):
        return compose(shown)
    kept = [i for i, c in enumerate(shown) if not _DECORATION.match(c)]
    line = compose("".join(shown[i] for i in kept))
    line.starts = [kept[i] for i in line.starts]
    line.ends = [kept[i - 1] + 1 for i in line.ends]
    return line


def _is_latin(text: str) -> bool:
    """Tell whether other alphabets are guests in this text (a Russian or Greek text is left alone)."""
    return len(_OTHER_SCRIPT.findall(text)) * 2 < sum(1 for c in text if c.isalpha())


def _is_syllable(word: str) -> bool:
    return _SYLLABLE.fullmatch(word) is not None


def _is_cue(word: str) -> bool:
    return word in CUES or (word.isascii() and word in _BARE_CUES)


@lru_cache(maxsize=4096)
def split_glued(word: str, strict: bool = True) -> tuple[str, ...]:
    """Cut 'chữadứtđiểm' or 'chuadutdiem' into syllables; empty when it cannot be. ``strict``: all must be cues."""
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 7), end):
            before, piece = best[start], word[start:end]
            if before is None or len(piece) < 2 or not _is_syllable(piece):
                continue
            if strict and not _is_cue(piece):
                continue
            cost = before[0] + (1.0 if _is_cue(piece) else 2.5)
            here = best[end]
            if here is None or cost < here[0]:
                best[end] = (cost, (*before[1], piece))
    found = best[-1]
    return () if found is None else found[1]


def _rejoined(match: re.Match[str], pieces: list[re.Match[str]]) -> Edit | None:
    """Join the pieces of a broken word or phrase, when what comes out are words that rules look for."""
    places = [i for piece in pieces for i in range(piece.start(), piece.end())]
    joined = "".join(piece.group() for piece in pieces)
    if all(_is_syllable(piece.group()) and len(piece.group()) > 1 for piece in pieces):
        return None
    words = (joined,) if _is_cue(joined) else split_glued(joined)
    return _spelt(match.start(), match.end(), words, places) if words else None


def _spelt(start: int, end: int, words: tuple[str, ...], places: list[int]) -> Edit:
    """Write ``words`` with spaces between; a space stands for the letter before it."""
    text = " ".join(words)
    at: list[int] = []
    letter = -1
    for character in text:
        letter += character != " "
        at.append(places[letter])
    return Edit(start, end, text, tuple(at), bare=text.isascii())


def _broken(text: str) -> Iterable[Edit]:
    """'tr|ị', 'd.ứ.t đ.i.ể.m', 'b.ệnh', 'kh🔥ỏi'; an emoji or mark between whole words becomes a space."""
    for match in _BROKEN.finditer(text):
        pieces = list(_PIECE.finditer(text, match.start(), match.end()))
        edit = _rejoined(match, pieces)
        if edit:
            yield edit
            continue
        yield from _pairs(text, pieces)


def _pairs(text: str, pieces: list[re.Match[str]]) -> Iterable[Edit]:
    """Join neighbours of a longer chain ('chữa-tr.ị-dứt')."""
    index = 0
    while index + 1 < len(pieces):
        left, right = pieces[index], pieces[index + 1]
        joined = left.group() + right.group()
        whole = _is_syllable(left.group()) and _is_syllable(right.group()) and min(len(left[0]), len(right[0])) > 1
        if (not whole and _is_cue(joined)) or _is_cut(left[0], right[0]):
            places = [*range(left.start(), left.end()), *range(right.start(), right.end())]
            yield _spelt(left.start(), right.end(), (joined,), places)
            index += 1
        elif not _KEPT.fullmatch(text, left.end(), right.start()) or (_is_cue(left[0]) and _is_cue(right[0])):
            yield Edit(left.end(), right.start(), " ")
        index += 1


def _is_cut(left: str, right: str) -> bool:
    """Tell whether 'ch' and 'ấm' are one word cut after its first consonants; the rest must carry a mark."""
    return not right.isascii() and right[0] in _VOWEL and left[-1] not in _VOWEL and _is_syllable(left + right)


def _spaced(text: str) -> Iterable[Edit]:
    """'c h ữ a  d ứ t  đ i ể m': single letters in a row, cut at wider gaps where there are any."""
    for match in _SPACED.finditer(text):
        pieces = list(_PIECE.finditer(text, match.start(), match.end()))
        joined = "".join(piece.group() for piece in pieces)
        words = (joined,) if _is_cue(joined) else split_glued(joined) or split_glued(joined, strict=False)
        if any(_is_cue(word) and len(word) > 2 for word in words):
            yield _spelt(match.start(), match.end(), words, [piece.start() for piece in pieces])


def _spaced_once(text: str) -> Iterable[Edit]:
    """'tr ị', 'kh ỏi'."""
    return _joined_halves(text, _ONSET_ALONE)


def _spaced_last(text: str) -> Iterable[Edit]:
    """'chữ a', 'bện h', 'dứ t'."""
    return _joined_halves(text, _CODA_ALONE)


def _joined_halves(text: str, pattern: re.Pattern[str]) -> Iterable[Edit]:
    for match in pattern.finditer(text):
        joined = match[1] + match[2]
        if joined in CUES and not joined.isascii() and match[1] not in CUES and match[2] not in CUES:
            places = [*range(*match.span(1)), *range(*match.span(2))]
            yield Edit(match.start(), match.end(), joined, tuple(places))


def _leet(text: str) -> Iterable[Edit]:
    """'kh0i', 'tr1', 'd1ều', 'c@m', 'm4i': digits and signs for letters, when a cue comes out."""
    for match in _LEET.finditer(text):
        token = match.group().rstrip("!")
        for word in (match.group(), token):
            read = _as_cue(word)
            if read:
                yield Edit(match.start(), match.start() + len(word), read, None, bare=read not in CUES)
                break


def _odd(text: str) -> Iterable[Edit]:
    """'zứt đjểm', 'fòng khám': letters that Vietnamese does not write, when a cue comes out."""
    for match in _ODD_LETTER.finditer(text):
        read = _as_cue(match.group())
        if read:
            yield Edit(match.start(), match.end(), read, None, bare=read not in CUES)


@lru_cache(maxsize=4096)
def _as_cue(token: str) -> str:
    if len(token) < 3 or not any(c in _AS_LETTERS for c in token):
        return ""
    choices = [tuple(_AS_LETTERS.get(c, c)) if c in _AS_LETTERS else (c,) for c in token]
    if sum(len(choice) > 1 for choice in choices) > 3:
        return ""
    for letters in product(*choices):
        word = "".join(letters)
        if word.translate(BARE) in _BARE_CUES:
            return word
    return ""


def _repeated(text: str) -> Iterable[Edit]:
    """'khỏiiii', 'nhấttt'."""
    for match in _REPEATED.finditer(text):
        if match[1] != "w":
            yield Edit(match.start(), match.end(), match[1])


def _narrow(text: str) -> Iterable[Edit]:
    """Rows of spaces become one."""
    return (Edit(match.start(), match.end(), " ") for match in _WIDE.finditer(text))


def _glued(text: str) -> Iterable[Edit]:
    """'#chuadutdiem', 'camkếtkhỏibệnh'."""
    for match in _GLUED.finditer(text):
        word = match[2]
        if not match[1] and len(word) < 8:
            continue
        words = split_glued(word) or (split_glued(word, strict=False) if match[1] else ())
        if len(words) > 1 and any(_is_cue(w) for w in words):
            yield _spelt(match.start(2), match.end(), words, list(range(match.start(2), match.end())))


def _short(text: str) -> Iterable[Edit]:
    """'k', 'ko', 'bs', 'tmv': not after a number ('200 k')."""
    for match in _SHORTENED.finditer(text):
        if match.group() in {"k", "hk"} and not re.match(r" [^\W\d_]{2}", text[match.end() : match.end() + 3]):
            continue
        if text[max(0, match.start() - 2) : match.start()].strip()[-1:].isdigit():
            continue
        yield Edit(match.start(), match.end(), _SHORT[match.group()])


def _treat(text: str) -> Iterable[Edit]:
    """'đt' before a disease is 'điều trị'; elsewhere it may be a telephone."""
    return (Edit(match.start(), match.end(), "điều trị") for match in _TREAT.finditer(text))


_STEPS: tuple[Callable[[str], Iterable[Edit]], ...] = (
    _broken, _spaced, _spaced_once, _spaced_last, _leet, _odd, _repeated, _glued, _narrow, _short, _treat,
)  # fmt: skip
