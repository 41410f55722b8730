"""Numbers that an advertisement gives: licences, confirmations, registrations, phones, sites and prices.

Every pattern runs over the folded text and has bounded repetition, so time grows linearly with the input. Values:

- licence: ``01234/HCM-GPHĐ`` (digits as written, issuer, series); ``63263/CCHN`` where the issuer is not given,
  ``632xx/CCHN`` where the ad hides the last digits;
- confirmation and registration: upper case without spaces, ``999/2022/XNQC-ATTP``, ``VD-99999-16``;
- phone: national digits, ``0903123456``, ``19001234``;
- url: host and path in lower case without scheme, ``www.`` and trailing slash;
- price: VND as digits, or ``low-high`` for a range.
"""

import re
import unicodedata
from collections.abc import Iterator

from models.vocabulary import MentionKind
from registry.reading import Reading
from registry.types import Mention

_SERIES = {"gphd": "GPHĐ", "gphn": "GPHN", "cchn": "CCHN", "gpht": "GPHĐ"}
_ISSUERS = {"bd": "BĐ", "dna": "ĐNA", "dno": "ĐNO", "dla": "ĐL", "dt": "ĐT", "dn": "ĐN", "db": "ĐB", "ld": "LĐ"}

_DIGITS = r"[0-9o](?:[ .]{0,2}[0-9oil]){0,9}"
_FULL_LICENCE = re.compile(
    rf"(?<![\w/])(?P<no>{_DIGITS})\s{{0,2}}[/-]\s{{0,2}}(?:(?P<year>20\d\d)\s?/\s?)?"
    r"(?:(?P<issuer>[a-z]{1,5})\s{0,2}[-–—._ ]\s{0,2}(?P<series>gph[dnt]|cchn)"
    r"|(?P<series2>gph[dnt]|cchn)(?:\s{0,2}[-–—._]\s{0,2}(?P<issuer2>[a-z]{2,5}))?)(?![a-z0-9])"
)
_LABELLED_LICENCE = re.compile(
    r"(?<![a-z])(?:(?P<series>gphd|gphn|cchn)|(?P<words>giay phep hoat dong|giay phep hanh nghe|chung chi hanh nghe))"
    r"(?:\s{1,2}(?:kham benh,? chua benh|kcb|"
    r"kham chua benh))?\s{0,2}(?:so)?\s{0,2}[:.]?\s{0,2}(?:so)?\s{0,2}[:.]?\s{0,2}"
    r"(?P<no>[0-9o][0-9oil]{2,9})(?P<hidden>[x*]{1,4})?(?![\w/])(?!\s{0,2}/)"
)
_CONFIRMATION = re.compile(
    r"(?<![\w/])\d[\d ]{0,6}\d?\s{0,2}/\s{0,2}(?:(?:20)?\d\d\s{0,2}/\s{0,2})?"
    r"(?:g?xnqc\s{0,2}(?:[-–—/]\s{0,2}[a-z]{2,10}){0,2}|[a-z]{2,8}\s{0,2}[-–—]\s{0,2}g?xnqc)(?![a-z0-9])"
)
_LABELLED_CONFIRMATION = re.compile(
    r"(?<![a-z])(?:xnqc|xac nhan (?:noi dung )?quang cao)(?:\s{1,2}so)?\s{0,2}[:.]?\s{0,2}(?:so\s{1,2})?"
    r"(?P<no>\d{1,6}\s?/\s?(?:20)?\d\d(?:\s?/\s?[a-z]{2,8}(?:\s?-\s?[a-z]{2,8})?)?)(?![\w/])"
)
_REGISTRATION = re.compile(
    r"(?<![\w/])(?:"
    r"\d[\d ]{0,7}\d?\s{0,2}/\s{0,2}(?:(?:20)?\d\d)\s{0,2}/\s{0,2}"
    r"(?:dksp|cbmp\s{0,2}[-–—]?\s{0,2}[a-z]{2,6}|cbmp|atpp?\s?-\s?xncb|attp\s?-\s?xncb|xncb)"
    r"|\d{4,9}\s?/\s?pcb[a-z]{1,2}\s?-\s?[a-z]{2,5}"
    r"|(?:vn|vd|vs|gc|qlsp|v\d{1,4})\d?\s?[-–—]\s?(?:h\d{1,2}\s?[-–—]\s?)?\d{2,6}\s?[-–—]\s?\d\d"
    r")(?![a-z0-9])"
)
_LABELLED_REGISTRATION = re.compile(
    r"(?<![a-z])(?:sdk|so dang ky|dklh|so cong bo|so tncb)\s{0,2}(?:thuoc|san pham)?\s{0,2}[:.]?\s{0,2}"
    r"(?P<no>\d{9,13}|\d{1,7}/\d{2,4}/[a-z]{2,8}(?:-[a-z]{2,8})?)(?![\w/])"
)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text.replace("o", "0").replace("i", "1").replace("l", "1"))


def _mention(reading: Reading, kind: MentionKind, start: int, end: int, value: str) -> Mention:
    left, right = reading.span(start, end)
    return Mention(kind, reading.given[left:right], left, right, value)


def find_licences(reading: Reading) -> Iterator[Mention]:
    """Operating and practising licence numbers, with the damage that OCR and typing do to them."""
    for found in _FULL_LICENCE.finditer(reading.folded):
        series = _SERIES[found["series"] or found["series2"]]
        issuer = found["issuer"] or found["issuer2"] or ""
        issuer = _ISSUERS.get(issuer, issuer.upper())
        value = f"{_digits(found['no'])}/{issuer}-{series}" if issuer else f"{_digits(found['no'])}/{series}"
        yield _mention(reading, MentionKind.LICENCE_NO, found.start(), found.end(), value)
    for found in _LABELLED_LICENCE.finditer(reading.folded):
        words = found["words"] or ""
        series = _SERIES[found["series"]] if found["series"] else ("CCHN" if "chung chi" in words else "GPHĐ")
        hidden = found["hidden"] or ""
        value = f"{_digits(found['no'])}{'x' * len(hidden)}/{series}"
        end = found.end("no") + len(hidden)
        yield _mention(reading, MentionKind.LICENCE_NO, found.start("no"), end, value)


def _code(text: str) -> str:
    value = re.sub(r"[–—]", "-", re.sub(r"\s+", "", text)).upper()
    return value.replace("DKSP", "ĐKSP")


def find_confirmations(reading: Reading) -> Iterator[Mention]:
    """Numbers of confirmations of advertising content (XNQC)."""
    for found in _CONFIRMATION.finditer(reading.folded):
        yield _mention(reading, MentionKind.CONFIRMATION_NO, found.start(), found.end(), _code(found.group()))
    for found in _LABELLED_CONFIRMATION.finditer(reading.folded):
        value = _code(found["no"])
        yield _mention(reading, MentionKind.CONFIRMATION_NO, found.start("no"), found.end("no"), value)


def find_registrations(reading: Reading) -> Iterator[Mention]:
    """Registration and declaration numbers of products: medicines, supplements, cosmetics, devices."""
    for found in _REGISTRATION.finditer(reading.folded):
        yield _mention(reading, MentionKind.PRODUCT_REGISTRATION, found.start(), found.end(), _code(found.group()))
    for found in _LABELLED_REGISTRATION.finditer(reading.folded):
        value = _code(found["no"])
        yield _mention(reading, MentionKind.PRODUCT_REGISTRATION, found.start("no"), found.end("no"), value)


# Between the digits of a phone: blanks, dots, dashes, brackets, keycap emoji. At most three in a row.
_SEP = r"[ \u00a0.\-–—()_·•*\ufe0f\u20e3]{0,3}"
_NUM = r"[0-9oil]"
_PHONE = re.compile(
    # A label may be glued to the number: 'Hotline0903…'.
    rf"(?:(?<![\w/])|(?<=hotline)|(?<=zalo)|(?<=sdt)|(?<=tel))(?:"
    rf"\(?\+?\(?(?P<intl>84)\)?{_SEP}(?:\(?0\)?{_SEP})?[235-9](?:{_SEP}{_NUM}){{8,9}}"
    rf"|\(?(?P<land>[0o]{_SEP}2)(?:{_SEP}{_NUM}){{8,9}}"
    rf"|\(?(?P<old>[0o]1[2689])(?:{_SEP}{_NUM}){{8}}"
    rf"|\(?(?P<home>[0o]{_SEP}[3-9])(?:{_SEP}{_NUM}){{8}}"
    rf"|(?P<line>1[89][0o][0o])(?:{_SEP}{_NUM}){{4}}(?:(?:{_SEP}{_NUM}){{2}})?"
    rf")(?![0-9])"
)
_NATIONAL = re.compile(r"0[3-9]\d{8}|02\d{8,9}|01[2689]\d{8}|1[89]00\d{4}(?:\d\d)?")
_DATE = re.compile(r"\(?0?\d\s?[-./]\s?\d\d?\s?[-./]\s?(?:19|20)\d\d")
_NOT_A_PHONE = re.compile(
    r"(?:ma so thue|mst|ma so doanh nghiep|msdn|dkkd|dang ky doanh nghiep|dang ky kinh doanh|stk|tai khoan"
    r"|ma vach|cmnd|cccd|don hang|ma don)[^\n]{0,12}$"
)
#: 'o9oo ooo 12l': groups of three or four with a digit in the first and the last.
_DISGUISED = re.compile(r"[0o][35789][0-9oil]{1,2}[ .-]?[0-9oil]{3}[ .-]?(?=[0-9oil]*[0-9])[0-9oil]{3,4}")
_NUMERALS = {
    "khong": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5",
    "lam": "5", "sau": "6", "bay": "7", "tam": "8", "chin": "9",
}  # fmt: skip
_SPOKEN = re.compile(
    rf"(?<![a-z0-9])(?:{'|'.join(_NUMERALS)}|\d)(?:[\s.,\-–]{{1,3}}(?:{'|'.join(_NUMERALS)}|\d)){{9}}(?![a-z0-9])"
)


def _national(raw: str, international: bool) -> str:
    digits = _digits(raw)
    if international:
        digits = "0" + digits[2:].removeprefix("0")
    return digits if _NATIONAL.fullmatch(digits) else ""


def _is_phone(reading: Reading, start: int, end: int) -> bool:
    text = reading.folded
    if _DATE.match(text, start) or _NOT_A_PHONE.search(text, max(0, start - 60), start):
        return False
    raw = text[start:end]
    # Letters that stand for digits are believed where most of the number is digits, or in a mobile number's own form.
    if sum(letter in "oil" for letter in raw) > (7 if _DISGUISED.fullmatch(raw) else 4):
        return False
    return not re.match(r"[.,]\d{3}(?!\d)|\s?(?:d|vnd|vnđ|%|mg|ml)(?![a-z])", text[end : end + 6])


def find_phones(reading: Reading) -> Iterator[Mention]:
    """Telephone numbers in national form, also disguised ones ('o9o3', words, zero-width blanks, keycaps)."""
    for found in _PHONE.finditer(reading.folded):
        value = _national(found.group(), found["intl"] is not None)
        if value and _is_phone(reading, found.start(), found.end()):
            yield _mention(reading, MentionKind.PHONE, found.start(), found.end(), value)
    for found in _SPOKEN.finditer(reading.folded):
        words = re.findall(r"[a-z]+|\d", found.group())
        value = "".join(_NUMERALS.get(word, word) for word in words)
        if _NATIONAL.fullmatch(value) and any(word in _NUMERALS for word in words):
            yield _mention(reading, MentionKind.PHONE, found.start(), found.end(), value)


_TLD = (
    r"(?:(?:com|net|org|edu|gov|info)\.vn|vn|com|net|org|info|biz|asia|health|clinic|dental|spa|beauty|shop|store|"
    r"online|"
    r"site|website|top|xyz|me|io|club|pro|link|page)"
)
_URL = re.compile(
    rf"(?<![\w@.])(?:https?://)?(?:www\.)?(?P<host>(?:[\w-]{{2,63}}\.|m\.){{1,4}}{_TLD})(?![\w@-])(?!\.[a-z0-9])"
    r"(?P<path>(?:/[^\s\"'<>|)\]]{0,200})?)"
)


def find_urls(reading: Reading) -> Iterator[Mention]:
    """Web sites and pages (also ``facebook.com/…``, ``zalo.me/…``). An e-mail address is none."""
    for found in _URL.finditer(reading.folded):
        trimmed = found.group().rstrip(".,;:!?)")
        end = found.start() + len(trimmed)
        value = re.sub(r"^https?://", "", trimmed).removeprefix("www.").split("?")[0].rstrip("/")
        yield _mention(reading, MentionKind.URL, found.start(), end, value)


_UNIT = r"(?:trieu dong|trieu vnd|trieu|tr|nghin dong|ngan dong|nghin|ngan|k|vnd|vnđ|dong|d)"
_AMOUNT = r"\d{1,3}(?:[.,]\d{3}){1,3}|\d{1,9}(?:[.,]\d{1,2})?"
_PRICE = re.compile(
    rf"(?<![\w.,/])(?P<low>{_AMOUNT})[ \u00a0]?"
    rf"(?:(?P<lowunit>{_UNIT})?[ \u00a0]?(?:-|–|—|den|toi)[ \u00a0]?(?P<high>{_AMOUNT})[ \u00a0]?)?(?P<unit>{_UNIT})"
    rf"(?P<tail>\d{{1,3}})?(?![a-z0-9])"
)
_FACTORS = {"tr": 10**6, "k": 1000, "n": 1000, "v": 1, "d": 1}
_COUNTED = re.compile(
    r"\s+(?:thoi|hanh|y|tinh|nghiep|nhat|bo|phuc|nguoi|ca|luot|lan|benh nhan|khach|te bao|pixel|mega|cong|do la|"
    r"lieu|hat nhan|thong|chung|phan|don vi|dalton|usd|tan|tinh trung|con|"
    r"hat|trung|nam|phu nu|chi em|tre|ban|san pham|hoi vien|ngay|loai|chung|cuoc|dan|vet)(?![a-z])"
)


#: A bare 'triệu', 'tr', 'nghìn', 'k' counts money only where a price is spoken of, or where nothing counted follows.
_PRICE_CUE = re.compile(
    r"(?:gia|chi phi|phi|chi tu|chi con|chi|con|tu|khoang|uu dai|giam|tiet kiem|tra gop|tra truoc|combo|goi|voucher|"
    r"tang|den|"
    r"tri gia|hoc phi|dong gia|off|sale|mat|het|[:=+~])\s?(?:\w+\s){0,1}$"
)
_NOTHING_COUNTED = re.compile(r"\s{0,2}(?:$|[\n.,;:)/!?|+*\-–]|den |cho |tren |mot |1 )")


def _is_money(reading: Reading, start: int, end: int, unit: str) -> bool:
    if unit.endswith("dong"):
        return "đông" not in unicodedata.normalize("NFC", reading.quote(start, end).lower())
    if unit == "d" or unit.endswith("vnd"):
        return True
    if _NOTHING_COUNTED.match(reading.folded, end):
        return True
    return _PRICE_CUE.search(reading.folded[max(0, start - 30) : start]) is not None


def _amount(number: str, unit: str) -> int:
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number) is not None
    plain = float(re.sub(r"[.,]", "", number) if grouped else number.replace(",", "."))
    factor = 10**6 if unit.startswith("tr") else 1000 if unit[0] in "nk" else 1
    return round(plain * factor)


def find_prices(reading: Reading) -> Iterator[Mention]:
    """Prices in VND; a range gives ``low-high``."""
    for found in _PRICE.finditer(reading.folded):
        unit = found["unit"]
        if _COUNTED.match(reading.folded, found.end()) or not _is_money(reading, found.start(), found.end(), unit):
            continue
        high = _amount(found["high"] or found["low"], unit)
        if found["tail"] and unit.startswith("tr"):
            high += int(found["tail"].ljust(3, "0")) * 1000
        low = _amount(found["low"], found["lowunit"] or unit) if found["high"] else high
        if unit in {"d", "k"} and high < 5000:
            continue
        value = str(high) if low == high else f"{low}-{high}"
        yield _mention(reading, MentionKind.PRICE, found.start(), found.end(), value)
