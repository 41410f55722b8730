"""Confirmation and registration numbers that an advertisement gives, against the register of confirmations.

Three questions, each answered yes, no or 'cannot tell': is the number in the register, was it in force on the
advertisement's day, and was it given for what is advertised. A number that is not found is only 'not found yet': the
register may be a part, and a number may be misread. So a register without this issuer or this year settles nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from models.vietnamese import folded
from models.vocabulary import Answer, Verdict
from registry.facts import Fact, day
from registry.types import Confirmation, Facts, Match, Mention, Query

#: Shares (of 100) of a product's or company's name, as ``rapidfuzz.fuzz.partial_ratio`` counts them, from which it is
#: taken to be said and under which it is taken not to be. Set by hand on the pages of the demo web (2026-11-24).
_SAID, _UNSAID = 90.0, 75.0

#: How sure a sign is that rests on each ground: judgements, not measured (no real register was at hand, 2026-11-24).
_SURE_OTHER, _SURE_UNNAMED, _SURE_ABSENT, _SURE_DATES = 0.85, 0.6, 0.6, 0.85

#: Characters before and after a number that belong to it: the product is named there or in the title.
_BEFORE, _AFTER = 320, 160

#: What is read of a name and of a text: bounds the time that a broken cell or a hostile page can take.
_LONG, _MOST_WORDS, _READ = 400, 16, 20_000

_GENERIC = re.compile(
    r"\b(?:thuc pham bao ve suc khoe|tpbvsk|thuc pham chuc nang|thuc pham bo sung|tpcn|thuc pham dinh duong y hoc|"
    r"dich vu kham benh,? chua benh|kham benh,? chua benh|dich vu|thuoc khong ke don|thuoc duoc lieu|thuoc|my pham|"
    r"trang thiet bi y te|thiet bi y te|san pham|sua dinh duong|vien uong|vien nang|vien sui|vien|hop|chai|lo|"
    r"loai|dang)\b"
)
_COMPANY = re.compile(
    r"\b(?:cong ty|cty|tnhh|mtv|mot thanh vien|co phan|cp|tap doan|chi nhanh|ho kinh doanh|doanh nghiep tu nhan|dntn|"
    r"thuong mai|dich vu|san xuat|xuat nhap khau|dau tu|phat trien|viet nam|va|"
    # a clinic writes its kind in many ways: 'PK chuyên khoa Phụ sản …', 'Phòng khám chuyên khoa Phụ sản …'
    r"phong kham|pkdk|pk|benh vien|bv|nha khoa|tham my vien|vien tham my|tmv|chuyen khoa|da khoa|trung tam)\b"
)
_SERVICE = re.compile(r"\b(?:dich vu|kham benh|chua benh|dich vu kham)\b")
#: What a product's name follows. The name itself is written with capitals.
_PRODUCT = re.compile(
    r"(?<![a-z])(?:thuc pham bao ve suc khoe|tpbvsk|thuc pham chuc nang|tpcn|vien uong|vien sui|vien nang|my pham|"
    r"dung dich|thuoc|(?P<short>siro|kem|gel|serum|sua|tra|cao|xit))[ :]{1,2}"
)
#: Characters at the head of a text in which a product is named as the page's own.
_HEAD = 800
_KEY = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Shown:
    """The advertisement around a number: whole text, title, the day it was shown."""

    text: str
    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Checked:
    """The register's answer to one number; ``sure`` in [0, 1] is how much a 'no' among its facts may be believed."""

    match: Match
    record: Confirmation | None
    sure: float


Key = tuple[str, ...]


def number_key(number: str) -> tuple[Key, Key]:
    """Return (digits, letters) of a number: '0312 / 2025/XNQC – QLD' and '312/2025/QLD-XNQC' are one."""
    parts = _KEY.findall(folded(number).replace("gxnqc", "xnqc"))
    digits = tuple(part.lstrip("0") or "0" for part in parts if part.isdigit())
    letters = tuple(sorted(part for part in parts if not part.isdigit()))
    return digits, letters


def _year(digits: Key) -> int | None:
    years = [int(part) for part in digits[1:] if len(part) == 4 and part.startswith("20")]
    short = [2000 + int(part) for part in digits[1:] if len(part) == 2]
    return next(iter([*years, *short]), None)


def _words(name: str, generic: re.Pattern[str]) -> list[str]:
    return re.findall(r"[a-z0-9+]+", generic.sub(" ", folded(name[:_LONG])))[:_MOST_WORDS]


def _said(words: Sequence[str], text: str) -> float:
    """How fully a folded text says these words in a row, in [0, 100]."""
    phrase = " ".join(words)
    if not phrase:
        return 0.0
    plain = " ".join(re.findall(r"[a-z0-9+]+", text))
    if len(phrase) < 6:
        return 100.0 if re.search(rf"(?<![a-z0-9]){re.escape(phrase)}(?![a-z0-9])", plain) else 0.0
    return float(fuzz.partial_ratio(phrase, plain)) if len(plain) >= len(phrase) else 0.0


def _share(words: Sequence[str], text: str) -> float:
    """The share of words that a folded text holds; one letter may differ in a word of five letters or more."""
    held = set(re.findall(r"[a-z0-9+]+", text))
    found = sum(
        word in held or (len(word) >= 5 and any(Levenshtein.distance(word, h, score_cutoff=1) <= 1 for h in held))
        for word in words
    )
    return found / len(words) if words else 0.0


class ConfirmationRegister:
    """The imported confirmations, by number. Building is linear and reads nothing but its argument."""

    def __init__(self, records: Iterable[Confirmation]) -> None:
        self._records = tuple(records)
        self._by_number: dict[tuple[Key, Key], list[Confirmation]] = defaultdict(list)
        self._by_digits: dict[Key, list[Confirmation]] = defaultdict(list)
        self._years: dict[Key, set[int | None]] = defaultdict(set)
        for record in self._records:
            digits, letters = number_key(record.number)
            self._by_number[digits, letters].append(record)
            self._by_digits[digits].append(record)
            self._years[letters].add(_year(digits))

    def __bool__(self) -> bool:
        """Whether anything was imported."""
        return bool(self._records)

    def check(self, ident: str, number: Mention, shown: Shown) -> Checked:
        """Answer for one number: facts ``exists``, ``in_force`` and (as ``within_scope``) 'given for this product'."""
        digits, letters = number_key(number.value)
        records = self._by_number.get((digits, letters)) or ([] if letters else self._by_digits.get(digits, []))
        query = Query(ident, number.kind, number.context, shown.on)
        if not records:
            exists, reason = self._absent(number.value, digits, letters)
            said = (reason, self._own(shown)) if exists is Answer.NO else (reason,)
            told = tuple(filter(None, said))
            sure = _SURE_ABSENT if exists is Answer.NO else 0.0
            match = Match(query.id, Verdict.NOT_FOUND, sure, Facts(exists=exists), reasons=told)
            return Checked(match, None, sure)
        answers = [(record, *_same_product(record, number, shown)) for record in records]
        best = max(answers, key=lambda each: (_LIKELY[each[1][0]], each[2]))
        return _held(query, *best, shown.on)

    def _absent(self, number: str, digits: Key, letters: Key) -> Fact:
        years = self._years.get(letters)
        if not years:
            return (
                Answer.UNKNOWN,
                f"Dữ liệu đã nhập không có số nào cùng nơi cấp với «{number}»; không kết luận được.",
            )
        year, known = _year(digits), [each for each in years if each]
        if year is not None and known and not min(known) <= year <= max(known):
            return (
                Answer.UNKNOWN,
                f"Dữ liệu đã nhập của nơi cấp này chỉ có các năm {min(known)}–{max(known)}; không kết luận được về số "
                f"«{number}».",
            )
        return (
            Answer.NO,
            f"Chưa tìm thấy số «{number}» trong dữ liệu giấy xác nhận đã nhập của nơi cấp này; cần tra cứu lại, vì dữ "
            "liệu có thể chưa đầy đủ hoặc số có thể bị đọc sai.",
        )

    def _own(self, shown: Shown) -> str:
        """The confirmation whose product the title names, if the register holds one: the number may be misprinted."""
        title = folded(shown.title[:_LONG])
        for record in self._records:
            words = _words(record.product, _GENERIC)
            if len(words) > 1 and _said(words, title) >= _SAID:
                return f"Dữ liệu có giấy số {record.number} cấp cho «{record.product}»."
        return ""


_LIKELY = {Answer.YES: 2, Answer.UNKNOWN: 1, Answer.NO: 0}


def _held(query: Query, record: Confirmation, product: Fact, sure: float, on: date) -> Checked:
    force = _in_force(record, on)
    doubts = [sure] if product[0] is Answer.NO else []
    doubts += [_SURE_DATES] if force[0] is Answer.NO else []
    told = (f"Số {record.number} có trong dữ liệu giấy xác nhận.", force[1], product[1])
    match = Match(
        query.id,
        Verdict.MATCHED,
        max(doubts, default=0.95),
        Facts(Answer.YES, force[0], Answer.UNKNOWN, product[0]),
        record.number,
        record.number,
        tuple(filter(None, told)),
    )
    return Checked(match, record, max(doubts, default=0.0))


def _in_force(record: Confirmation, on: date) -> Fact:
    if record.issued_on and record.issued_on > on:
        return Answer.NO, f"Giấy xác nhận cấp ngày {day(record.issued_on)}, sau ngày đăng quảng cáo {day(on)}."
    if record.expires_on and record.expires_on < on:
        return Answer.NO, f"Giấy xác nhận hết hạn ngày {day(record.expires_on)}, trước ngày {day(on)}."
    if record.issued_on is None:
        return Answer.UNKNOWN, "Dữ liệu không ghi ngày cấp giấy xác nhận."
    return Answer.YES, f"Giấy xác nhận cấp ngày {day(record.issued_on)}, trước hoặc vào ngày đăng quảng cáo {day(on)}."


def _same_product(record: Confirmation, number: Mention, shown: Shown) -> tuple[Fact, float]:
    """Tell whether the number was given for what is advertised, and how sure a 'no' is."""
    if not record.product and not record.company:
        return (Answer.UNKNOWN, "Dữ liệu không ghi giấy này cấp cho sản phẩm nào."), 0.0
    judge = _service if _SERVICE.search(folded(record.product)) else _goods
    return judge(record, number, shown)


def _given(record: Confirmation) -> str:
    return f"«{record.product}»" + (f" của {record.company}" if record.company else "")


def _goods(record: Confirmation, number: Mention, shown: Shown) -> tuple[Fact, float]:
    company = _words(record.company, _COMPANY)
    words = _words(record.product, _GENERIC)
    telling = [word for word in words if word not in company] or words
    if not telling:
        return (Answer.UNKNOWN, f"Giấy này cấp cho {_given(record)}; tên không đủ riêng để so sánh."), 0.0
    near = folded(f"{shown.title[:_LONG]}\n{shown.text[max(0, number.start - _BEFORE) : number.end + _AFTER]}")
    if _named(words, telling, near):
        return (Answer.YES, f"Giấy cấp cho {_given(record)}; quảng cáo nêu tên này."), 0.0
    others = [name for name in _products(shown) if not set(telling) & set(_words(name, _GENERIC))]
    whole = folded(shown.text[:_READ])
    if others and len(re.findall(rf"(?<![a-z0-9]){re.escape(telling[0])}(?![a-z0-9])", whole)) <= len(others):
        return (
            Answer.NO,
            f"Số này cấp cho {_given(record)}; quảng cáo nói về «{others[0]}».",
        ), _SURE_OTHER
    if _named(words, telling, whole):
        return (Answer.YES, f"Giấy cấp cho {_given(record)}; quảng cáo nêu tên này."), 0.0
    if _said(words, whole) < _UNSAID and _share(telling, whole) < 0.34:
        return (Answer.NO, f"Số này cấp cho {_given(record)}; quảng cáo không nêu tên này."), _SURE_UNNAMED
    return (Answer.UNKNOWN, f"Giấy này cấp cho {_given(record)}; tên trong quảng cáo chỉ giống một phần."), 0.0


def _named(words: Sequence[str], telling: Sequence[str], text: str) -> bool:
    """Whether a folded text says a product's name: in a row, or all its telling words and most of the row."""
    said = _said(words, text)
    return (said >= _SAID and _share(telling, text) >= 0.5) or (said >= _UNSAID and _share(telling, text) == 1.0)


def _service(record: Confirmation, number: Mention, shown: Shown) -> tuple[Fact, float]:
    """A service's confirmation belongs to a facility: its name counts more than the service's."""
    text = folded(f"{shown.title[:_LONG]}\n{shown.text[:_READ]}\n{shown.text[_READ:][-_READ:]}")
    owner = max(_said(_words(record.company, _COMPANY), text), 0.0)
    service = _words(record.product, _GENERIC)
    offered = _said(service, text) if service else _SAID
    if owner >= _SAID and offered >= _UNSAID:
        return (Answer.YES, f"Giấy cấp cho {_given(record)}; quảng cáo nêu tên đơn vị và dịch vụ này."), 0.0
    if record.company and owner < _UNSAID and offered < _UNSAID:
        return (
            Answer.NO,
            f"Số này cấp cho {_given(record)}; quảng cáo không nêu đơn vị và dịch vụ này.",
        ), _SURE_UNNAMED
    return (Answer.UNKNOWN, f"Giấy này cấp cho {_given(record)}; chưa đủ để kết luận là của quảng cáo này."), 0.0


def _products(shown: Shown) -> list[str]:
    """What the title's first part and the text's product words name, as written: 'Trà Ngủ Lành'."""
    names = []
    for text in (re.split(r"[|–—]|\s-\s", shown.title[:_LONG])[0], shown.text[:_HEAD]):
        plain = folded(text)
        if len(plain) != len(text):
            continue
        for found in _PRODUCT.finditer(plain):
            # 'Trà Ngủ Lành': a kind of one word is part of the name, 'Thực phẩm bảo vệ sức khỏe' is not.
            start = found.start() if found["short"] and text[found.start()].isupper() else found.end()
            name = _capitals(text[start : start + 60])
            if " " in name or start == found.end():
                names.append(name)
    return [name for name in dict.fromkeys(names) if name]


def _capitals(text: str) -> str:
    """The words written with a capital at the start of ``text``, up to punctuation."""
    found = re.match(r"(?:[^\W\d_a-zà-ỹ][\w+]*|\d+\+?)(?: (?:[^\W\d_][\w+]*|\d+\+?)){0,5}", text)
    words = found.group().split() if found else []
    kept: list[str] = []
    for word in words:
        if word[0].islower():
            break
        kept.append(word)
    return " ".join(kept)
