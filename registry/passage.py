"""Reads the passage that names a person or a place: the name, and whatever the advertisement says around it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from models.vietnamese import INVISIBLE, folded
from models.vocabulary import MentionKind
from registry.channel import unleet
from registry.specialities import specialities_in


class _Plain(dict[int, str]):
    """Folds one character to exactly one, so that offsets hold between a text and its folded form."""

    def __missing__(self, code: int) -> str:
        plain = folded(chr(code))
        self[code] = plain if len(plain) == 1 else chr(code).lower()[:1]
        return self[code]


_PLAIN = _Plain()
_NO_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))

#: Ranks of the titles that ads write. The profession decides; the degree is often inflated.
DOCTOR, ASSISTANT, NURSE, MIDWIFE, TECHNICIAN, HEALER, PHARMACIST = range(1, 8)
_PROFESSIONS: tuple[tuple[int, str], ...] = (
    (NURSE, "dieu duong|dd"),
    (MIDWIFE, "ho sinh|nu ho sinh|nhs|hs"),
    (TECHNICIAN, "ky thuat vien|ky thuat y|ktv|kty|cu nhan"),
    (HEALER, "luong y|ly"),
    (ASSISTANT, "y si|y sy|ys"),
    (PHARMACIST, "duoc si|ds"),
    (DOCTOR, "bac si|bac sy|bs ?ck ?(?:ii|i|1|2)|bs|dr|doctor|tien si|thac si|giao su|ts|ths|gs|pgs|master"),
)
_DEGREES: tuple[tuple[int, str], ...] = (
    (6, "giao su|gs|pgs|professor|prof"),
    (5, "tien si|ts|phd"),
    (4, "ck ?(?:ii|2)|cap (?:ii|2)|chuyen khoa (?:ii|2)"),
    (3, "thac si|ths|master|msc"),
    (2, "ck ?(?:i|1)|cap (?:i|1)|chuyen khoa (?:i|1)"),
)
_TITLE_WORD = (
    r"thay thuoc(?: (?:uu tu|nhan dan))?|ttut|ttnd|nha giao (?:uu tu|nhan dan)|pho giao su|giao su|pgs|gs|"
    r"prof(?:essor)?|chuyen gia|"
    r"tien si|thac si|thac sy|master|msc|phd|ths|th ?\. ?s|ts|bac si|bac sy|bs ?ck ?(?:ii|i|2|1)(?![a-z0-9])|b "
    r"?\. ?s(?![a-z])|bs|doctor|dr|"
    r"chuyen khoa (?:ii|i|2|1)(?![a-z0-9])|ck ?(?:ii|i|2|1)(?![a-z0-9])|cap (?:ii|i|2|1)(?![a-z0-9])|noi tru|"
    r"luong y|ly(?=[.:])|y si|y sy|ys|"
    r"duoc si|ds|dieu duong(?: vien)?|dd|ky thuat vien|ky thuat y|ktv|cu nhan|cn|nu ho sinh|ho sinh|nhs"
)
_TITLES = re.compile(rf"(?<![a-z0-9])(?:(?:{_TITLE_WORD})(?:(?![a-z0-9])|(?=[#]))[ .:,&/\-]{{0,4}})+", re.ASCII)

_LICENCE = re.compile(
    r"(?<![\w/])(?:so\s*)?(?:(?:cchn|gphn|gphd|giay phep|gpl?|licence|license)(?:\s*so)?\s*[:.]?\s*)?"
    r"(?P<number>\d{3}-\d{4,7}|[\do][\dol]{1,6})\s*[/\- ]\s*"
    r"(?:(?P<one>[a-z]{2,5})\s*[\-/ ]\s*(?P<two>cchn|gphn|gphd|gp)|(?P<two2>cchn|gphn|gphd|gp)\s*[\-/ "
    r"]\s*(?P<one2>[a-z]{2,5}))(?![a-z0-9])"
)
_LABELLED = re.compile(
    r"(?<![a-z])(?:cchn|gphn|gphd|giay phep(?: hanh nghe| hoat dong)?|chung chi(?: hanh nghe)?|so "
    r"gp)\s*(?:so)?\s*[:.]?\s*"
    r"(?P<number>\d{3}-\d{4,7}|[\do][\dol]{2,6})(?P<hidden>[x*]{0,4})(?![\w/])"
)
_HIDDEN = re.compile(r"(?<!\w)(?P<number>\d{3,6})(?P<hidden>[x*]{1,4})(?!\w)")
_PHONE = re.compile(r"(?<![\w/])(?:\(?\+? ?84\)?|[0o])(?:[ .\-()]{0,2}[\dol]){8,10}(?![\w/])")
_URL = re.compile(
    r"(?<![\w@])(?:https?://)?(?:www\.)?([a-z0-9][a-z0-9\-]{2,60})((?:\.[a-z]{2,6}){1,2})(?![a-z0-9])(?:/\S*)?"
)
_TLDS = frozenset(
    {
        ".com", ".vn", ".com.vn", ".net", ".org", ".info", ".edu.vn", ".clinic", ".asia", ".net.vn", ".org.vn", ".me",
        ".biz", ".shop", ".online", ".site",
    }
)  # fmt: skip
_ADDRESS = re.compile(
    r"(?<![a-z])(?:(?:d/c|dia chi|dc|address|add|so "
    r"nha)\s*[:.]?\s*)(?:so\s+)?(?P<house>\d{1,5}[a-z]?(?:[/\-]\d{1,4}[a-z]?)*)\s*,?\s+"
    r"(?P<street>[^,|\n;@]{2,40}?)(?=\s*(?:[,|\n;@]|\.\s|\.$|$| - ))"
)
_AT = re.compile(
    r"(?:(?<![a-z])(?:hien\s+)?(?:dang\s+)?(?:cong tac|lam viec|kham|dieu tri)\s+tai(?![a-z])|"
    r"(?<![a-z])tai(?=\s+(?:he thong|chuoi|phong kham|pk|benh vien|bv|tham my|vien|tmv|nha khoa|nk|nha thuoc|dong "
    r"y|trung tam|spa|phong chan))"
    r"|(?<![\w@])@)\s*:?\s*"
)
_SPEC = re.compile(
    r"(?:[-–,]\s*)?(?<![a-z])chuyen(?:\s+khoa)?(?:\s+(?:ve|kham))?\s*:?\s+(?!(?:khoa\s+)?(?:ii|i|1|2)\b)"
)
_SPLIT = re.compile(r"\s*(?:[,|;\n•·]|\.\s|\.$| - | – )\s*")
_FACILITY_HEAD = re.compile(
    r"(?<![a-z0-9])(?:he thong|chuoi|phong kham|phong chan tri|phong mach|pk ?dk|pk ?ck|pk|benh vien|bv ?dk|bv|"
    r"tham my vien|vien tham my|tmv|"
    r"tham my|nha khoa|"
    r"nk|nha thuoc|dong y|trung tam|spa|clinic|beauty|dental|aesthetic|co so|vien|hospital|medical|center)(?![a-z0-9])"
)
#: Heads that end a person's name: 'Viên' and 'Cơ' are names too, so the weak ones are left out.
_STRONG_HEAD = re.compile(
    r"(?<![a-z0-9])(?:he thong|chuoi|phong kham|phong chan tri|pk ?dk|pk ?ck|pk|benh vien|bv ?dk|bv|tham my vien|"
    r"vien tham my|tmv|"
    r"nha khoa|nk|nha thuoc|trung tam(?=\s+[a-z])|spa|clinic|beauty|dental|aesthetic|hospital)(?![a-z0-9])"
)
_PREFIX = re.compile(
    r"^(?:(?:quan|district|dist|huyen|phuong|ward|xa|thi tran|thi xa|thanh pho|khu vuc)(?:\s*[.:]\s*|\s+)"
    r"|(?:q|h|p|x|tt|tx|tp|kv)(?:\s*[.:]\s*|\s+|(?=\d)))"
)
_CITY = frozenset(
    {
        "hcm", "tphcm", "tp hcm", "ho chi minh", "sai gon", "tp ho chi minh", "hcmc", "viet nam", "vn", "tp.hcm",
        "thanh pho ho chi minh",
    }
)  # fmt: skip
#: 'Q. 12', 'P. An Đông': the full stop is no end of a segment.
_ABBREVIATED = re.compile(r"(?<![a-z0-9])(q|p|h|x|tp|tx|tt)\.\s+")
_AT_WORD = re.compile(r"(?<!\w)tại(?!\w)", re.IGNORECASE)
_DASHED = re.compile(r"rang\s*-\s*ham\s*-\s*mat|tai\s*-\s*mui\s*-\s*hong|than\s*-\s*tiet nieu")
_DOTTED = re.compile(r"(?<!\w)\w(?:\.[\w ]){1,40}(?!\w)")
_WORD = re.compile(r"[^\s.,:;|()\[\]\"'“”’/\\&+*_~\-–®™©#]+")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence number in an ad: its digits without leading zeros, region ('hcm') and kind ('cchn'), if written.

    ``hidden`` counts the digits that the ad replaced by x; ``digits`` then holds the written head, zeros kept.
    """

    digits: str
    region: str = ""
    kind: str = ""
    hidden: int = 0
    raw: str = ""


@dataclass(slots=True)
class Passage:
    """What one passage says. Tokens come as (as written in lower case, folded); bits as in ``specialities``."""

    kind: MentionKind
    name: str = ""
    tokens: list[tuple[str, str]] = field(default_factory=list)
    profession: int = 0
    degree: int = 0
    named: int = 0
    touched: int = 0
    wider: int = 0
    clinic: str = ""
    district: str = ""
    ward: str = ""
    phones: tuple[str, ...] = ()
    site: str = ""
    licence: Licence | None = None
    house: str = ""
    street: str = ""


@dataclass(slots=True)
class Gazetteer:
    """The districts and wards that the registry itself names, folded; numbered districts by their number."""

    districts: set[str] = field(default_factory=set)
    wards: set[str] = field(default_factory=set)

    def read(self, segment: str) -> tuple[str, str]:
        """Return (district, ward) where the folded segment is nothing but such a name; two empty strings otherwise."""
        text = segment.strip(" .:")
        bare = _PREFIX.sub("", text)
        marked = text[: len(text) - len(bare)].strip(" .:")
        if bare.isdigit() and len(bare) <= 2:
            if marked in {"", "q", "quan", "district", "dist"} and bare.lstrip("0") in self.districts and marked:
                return bare.lstrip("0"), ""
            return "", ""
        if marked in {"phuong", "p", "ward", "xa", "x", "tt", "thi tran"}:
            return "", bare if bare in self.wards else ""
        if marked or bare not in self.wards:
            return (bare, "") if bare in self.districts else ("", bare if bare in self.wards else "")
        return (bare, "") if bare in self.districts else ("", bare)  # 'Dĩ An' alone: the wider of the two


def _mark_at(given: str, low: str) -> str:
    for found in _AT_WORD.finditer(given):
        low = f"{low[: found.start()]}@  {low[found.end() :]}"
    return low


def plain(text: str) -> str:
    """Fold ``text`` (NFC, no invisible characters) letter by letter: the result has the same length."""
    return text.translate(_PLAIN)


def clean(text: str) -> str:
    """NFC without invisible characters; 'N.g.u.y.ễ.n' and 'B.S' lose the dots between their letters."""
    text = unicodedata.normalize("NFKC", text.translate(_NO_INVISIBLE))
    return _DOTTED.sub(lambda m: m.group().replace(".", ""), text)


def read_passage(text: str, kind: MentionKind, gazetteer: Gazetteer) -> Passage:
    """Take the passage apart. Time is linear in its length; at most 2,000 characters are read."""
    given = clean(text[:2000])
    passage = Passage(kind)
    low = _ABBREVIATED.sub(lambda m: m[1] + " " * (len(m.group()) - len(m[1])), plain(given))
    low = _DASHED.sub(lambda m: m.group().replace("-", " "), low)
    # 'tại' with its mark says 'at'; 'tai' without it may be a name ('Tài'), and is read with what follows
    low = _mark_at(given, low)
    low = _take_numbers(low, passage)
    if kind is MentionKind.PRACTITIONER:
        _read_person(given, low, passage, gazetteer)
    else:
        _read_place(given, low, passage, gazetteer)
    return passage


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}|{' ' * (end - start - 1)}{text[end:]}"


def _take_numbers(low: str, passage: Passage) -> str:
    """Read licence, address, phones and site, and put a break in their place."""
    for pattern in (_LICENCE, _LABELLED, _HIDDEN):
        found = pattern.search(low)
        if found and passage.licence is None:
            groups = found.groupdict()
            region = groups.get("one") or groups.get("one2") or ""
            kind = groups.get("two") or groups.get("two2") or ""
            passage.licence = licence_of(groups["number"], region, kind, len(groups.get("hidden") or ""))
            low = _blank(low, found.start(), found.end())
    if found := _ADDRESS.search(low):
        passage.house, passage.street = found["house"], street_key(found["street"])
        low = _blank(low, found.start(), found.end())
    phones = []
    while found := _PHONE.search(low):
        phones.append(phone_key(found.group()))
        low = _blank(low, found.start(), found.end())
    passage.phones = tuple(phones)
    for found in _URL.finditer(low):
        if found[2] in _TLDS:
            passage.site = found[1] + found[2]
            low = _blank(low, found.start(), found.end())
            break
    return low


def phone_key(text: str) -> str:
    """The national digits of a phone number: '(+84) 9O0.62 9750' and '0900 629 750' share '0900629750'."""
    digits = re.sub(r"\D", "", text.replace("o", "0").replace("l", "1"))
    return "0" + digits[2:] if digits.startswith("84") and len(digits) > 10 else digits


def street_key(text: str) -> str:
    """A street's folded words without 'đường': 'Đường 3 Tháng 2' and '3 thang 2' are one."""
    return " ".join(re.sub(r"^(?:duong|pho|d)\s+(?!\d+$)", "", plain(text).strip(" .")).split())


#: Regions that stand for one another: the department of health signs as SYT or by its province.
_REGION_ALIAS = {"syt": "hcm"}


def licence_of(number: str, region: str = "", kind: str = "", hidden: int = 0) -> Licence:
    """Bring the parts of a licence number into one form; leading zeros do not count unless digits are hidden."""
    number = number.replace("o", "0").replace("l", "1")
    digits = number.rsplit("-", 1)[-1]
    return Licence(digits if hidden else digits.lstrip("0"), _REGION_ALIAS.get(region, region), kind, hidden, number)


def _read_person(given: str, low: str, passage: Passage, gazetteer: Gazetteer) -> None:
    titles = _TITLES.search(low)
    start = 0
    if titles:
        words = re.sub(r"[.\-:,]", " ", titles.group())
        passage.profession, passage.degree = _rank(_PROFESSIONS, words), _rank(_DEGREES, re.sub(r"bs\s*", "", words))
        start = titles.end()
    at, spec = _AT.search(low, start), _SPEC.search(low, start)
    head = _STRONG_HEAD.search(low, start)
    stops = [found.start() for found in (at, spec, head) if found]
    split = _SPLIT.search(low, start + 1)
    while split and low[start : split.start()].strip(" #.") == "":
        split = _SPLIT.search(low, split.end())
    end = min([*stops, split.start() if split else len(low), len(low)])
    # an initial's full stop is no end: 'Nguyễn V. Toàn'
    while (
        split
        and end == split.start()
        and re.search(r"(?<![a-z0-9])(?:[a-z]|ng|nh|th|ph|tr|ch|kh)$", low[start:end])
        and low[end : end + 2] == ". "
    ):
        split = _SPLIT.search(low, split.end())
        end = min([*stops, split.start() if split else len(low)])
    name = given[start:end].split()
    while len(name) > 1 and name[0][:1].isupper() and name[-1].islower() and name[-1].isalpha():
        name.pop()  # 'Trúc Quỳnh niềng răng': what follows in small letters is no name
    passage.name = " ".join(name).strip(" #.,:-–@")
    passage.tokens = tokens_of(" ".join(name))
    rest = low[end:]
    _read_context(given[end:], rest, passage, gazetteer)


def _rank(table: tuple[tuple[int, str], ...], words: str) -> int:
    return next((rank for rank, pattern in table if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", words)), 0)


def _read_context(given: str, low: str, passage: Passage, gazetteer: Gazetteer) -> None:
    """Read speciality, clinic, district and ward from what follows a person's name."""
    position = 0
    bounds = [(found.start(), found.end()) for found in _SPLIT.finditer(low)]
    for start, end in [*bounds, (len(low), len(low))]:
        _read_segment(given[position:start], low[position:start], passage, gazetteer)
        position = end


def _read_segment(given: str, low: str, passage: Passage, gazetteer: Gazetteer) -> None:
    if not low.strip(" .:|"):
        return
    head = _FACILITY_HEAD.search(low)
    spec = _SPEC.search(low)
    if spec and not (head and head.start() < spec.start()):
        rest = low[spec.end() :]
        at = _AT.search(rest)
        _name_specialities(passage, rest[: at.start()] if at else rest)
        if at:
            _read_segment(given[spec.end() + at.start() :], rest[at.start() :], passage, gazetteer)
        return
    at = _AT.search(low)
    begin = at.end() if at else 0
    if not passage.clinic and (at or head):
        district, ward = gazetteer.read(low[begin:])
        if not district and not ward:
            passage.clinic = given[begin:].strip()
            return
    district, ward = gazetteer.read(low[begin:])
    passage.district, passage.ward = passage.district or district, passage.ward or ward
    if not (district or ward or passage.clinic or passage.named):
        _name_specialities(passage, low)


def _name_specialities(passage: Passage, words: str) -> None:
    named, touched, wider = specialities_in(words)
    passage.named, passage.touched, passage.wider = (
        passage.named | named,
        passage.touched | touched,
        passage.wider | wider,
    )


def _read_place(given: str, low: str, passage: Passage, gazetteer: Gazetteer) -> None:
    position, names = 0, list[str]()
    bounds = [(found.start(), found.end()) for found in _SPLIT.finditer(low)]
    for start, end in [*bounds, (len(low), len(low))]:
        piece_given, piece = given[position:start], low[position:start]
        # the name may hold ' - ' ('Răng - Hàm - Mặt'): a piece after such a dash belongs to it
        glued = bool(names) and "-" in low[max(0, position - 2) : position] and len(names) == 1
        position = end
        if not piece.strip(" .:|"):
            continue
        district, ward = gazetteer.read(piece)
        if names and (district or ward) and not glued:
            passage.district, passage.ward = passage.district or district, passage.ward or ward
            continue
        if names and piece.strip(" .") in _CITY:
            continue
        spec = re.search(r"(?<![a-z])chuyen (?!khoa(?! chuyen| da lieu$))(?:khoa )?(?:ve )?", piece)
        if spec and (spec.start() > 3 or names):
            _name_specialities(passage, piece[spec.start() :])
            piece_given = piece_given[: spec.start()]
        if not piece_given.strip(" .:#"):
            continue
        if names and not glued and not re.search(r"thuoc|cong ty|cty|tnhh|ho kinh doanh", piece):
            if not passage.named:
                _name_specialities(passage, piece)
            continue
        names.append(piece_given)
    passage.name = " - ".join(name.strip() for name in names[:4]).strip()


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Return the words of a name as (lower case, folded); capitals inside a word cut it ('NguyễnVănAn')."""
    words: list[tuple[str, str]] = []
    for found in _WORD.finditer(text.replace("#", " ")):
        word = found.group()
        pieces = [word] if len(word) < 5 or word.isupper() or word.islower() or word.istitle() else _camel(word)
        for piece in pieces:
            low = unleet(piece.lower())
            if any(c.isalnum() for c in low):
                words.append((low, unleet(plain(low))))
    return words


def _camel(word: str) -> list[str]:
    """Cut before each capital that follows a small letter."""
    cuts = [0, *(i for i in range(1, len(word)) if word[i].isupper() and word[i - 1].islower()), len(word)]
    return [word[a:b] for a, b in pairwise(cuts)]


def gazetteer_of(districts: Iterable[str], wards: Iterable[str]) -> Gazetteer:
    """Build the list of places from the registry's own district and ward values."""
    gazetteer = Gazetteer()
    gazetteer.districts = {key for name in districts if (key := place_key(name))}
    gazetteer.wards = {key for name in wards if (key := place_key(name))}
    return gazetteer


def place_key(name: str) -> str:
    """'Quận 10', 'Q.10' and '10' share a key; so do 'Phường An Đông' and 'An Đông'."""
    text = " ".join(plain(unicodedata.normalize("NFC", name)).lower().split()).strip(" .")
    return _PREFIX.sub("", text).lstrip("0")
