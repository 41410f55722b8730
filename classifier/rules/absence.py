"""What the law requires in an advertisement and the whole page does not have, by product class and day.

Only said when the text surely advertises health, the product class is clear, and the text is a whole page or a whole
advertisement (it has a footer, or asks the reader to call, order or come): a passage proves no absence.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from classifier.policy import Policy
from classifier.rules.numbers import Number, NumberKind, numbers
from classifier.text import Reading
from classifier.types import Absence, Document, Hit, Span
from models.vocabulary import Answer, Code, Domain, Method, TextKind

#: How sure the kind and the product class must be before an absence is said. Set by the author, 2026-11-24: the data
#: measured are passages, not pages, so they cannot tell.
SURE_KIND = 0.7
SURE_DOMAIN = 0.6
#: A text without a known footer may be cut from a page that has one: what it lacks has less weight (the author's).
BARE_TEXT = 0.8
#: A text of at most so many letters with a call is one advertisement; a longer one must close with it (the author's).
_ONE_AD, _CLOSING = 450, 200
#: A page is looked through in full: this is where the rule looked, for the reader.
WHERE = ("toàn bộ trang, gồm chân trang",)
WHERE_TEXT = ("toàn bộ văn bản quảng cáo được cung cấp",)

_CALL = re.compile(
    r"hotline|inbox|nhan tin|dat (?:lich|hang|mua|hen)|zalo|goi (?:ngay|de duoc)|mua (?:ngay|\d+ tang \d+)"
    r"|(?:free)?ship|giao hang (?:toan quoc|tan)|nhan ma|dang sale|bao hanh \d"
    r"|(?:\+?84|(?<!\d)0)(?:[ .-]?\d){8,10}(?!\d)|1[89]00[ .]?\d{4}"
)
_ADDRESS = re.compile(
    r"dia chi(?! (?:kham|chua|uy tin|tin cay|tot))\W{0,3}[\w ]{0,12}\d|(?:d/c|dc|co so(?: \d)?|"
    r"chi nhanh(?: \d)?|tru so) ?: ?\w|"
    r"\d+[a-z]?(?:/\d+)*(?:[-–]\d+)?,? (?:duong |pho )?[a-z0-9]+(?: [a-z0-9]+){0,4}, ?(?:phuong|quan|q\.|p\.|tp|"
    r"huyen|xa|khu|thi|ha noi|da nang)|"
    r"\d+[a-z]?(?:/\d+)* (?:duong|pho|ngo|hem|ly|le|nguyen|tran|pham|hoang|vo|phan|dinh|bui|hai ba|dien bien|"
    r"cach mang|quang trung)\b"
)
_HOURS = re.compile(
    r"\d{1,2} ?(?:h|:|gio)(?:\d{2})? ?(?:-|–|—|den|toi) ?\d{1,2} ?(?:h|:|gio)|24 ?/ ?(?:24|7)|gio (?:lam viec|"
    r"mo cua|hoat dong|kham)|thoi gian (?:lam viec|hoat dong|kham|mo cua)|lam viec (?:tu|ca|24)"
)
_COMPANY = (
    r"cong ty|nha (?:san xuat|phan phoi|nhap khau|thuoc)|chiu trach nhiem|ho kinh doanh|co so san xuat|ctcp|tnhh"
    r"|(?:phan phoi|san xuat|nhap khau|dang ky|cong bo)(?: boi| tai| san pham)?\b"
)


def _finds(pattern: str) -> Callable[[Reading], bool]:
    compiled = re.compile(pattern)
    return lambda reading: compiled.search(reading.bare) is not None


#: For each element of the policy that words can show: how it looks when it is there. Others are not judged.
_PRESENT: dict[str, Callable[[Reading], bool]] = {
    "service_name": _finds(
        r"phong kham|benh vien|nha khoa|tham my vien|vien tham my|clinic|spa|trung tam|phong chan tri|beauty|"
        r"co so|dong y|vien|tmv|nha thuoc|dental|center"
    ),
    "service_address": lambda reading: _ADDRESS.search(reading.bare) is not None,
    "service_hours": lambda reading: _HOURS.search(reading.bare) is not None,
    "service_scope": _finds(r"pham vi (?:hoat dong |hanh nghe )?(?:chuyen mon)?|danh muc ky thuat"),
    "supplement_class_phrase": _finds(r"thuc pham (?:bao ve suc khoe|bo sung|dinh duong)|tpbvsk"),
    "supplement_not_medicine": _finds(r"khong (?:phai|la)(?: la)? thuoc"),
    "supplement_responsible": _finds(_COMPANY),
    "drug_read_leaflet": _finds(r"doc ky huong dan"),
    "drug_active_ingredient": _finds(r"hoat chat|thanh phan|\d ?(?:mg|mcg|g)\b"),
    "drug_indications": _finds(r"(?<!chong )chi dinh|cong dung|dieu tri"),
    "drug_contraindications": _finds(r"chong chi dinh"),
    "drug_responsible": _finds(_COMPANY),
    "cosmetic_function": _finds(r"tinh nang|cong dung|giup|lam |duong|tac dung|tri "),
    "cosmetic_responsible": _finds(_COMPANY),
    "device_purpose": _finds(r"dung (?:de|cho|trong)|muc dich|cong dung|giup|ho tro|do |dieu tri|massage|tri lieu"),
    "device_responsible": _finds(_COMPANY),
}


def absences(
    document: Document,
    reading: Reading,
    policy: Policy,
    kinds: Mapping[TextKind, float],
    products: Mapping[Domain, float],
) -> tuple[Hit, ...]:
    """What is missing or malformed in the whole of ``document``; empty unless all of it is sure."""
    domain = max(products, key=lambda product: products[product])
    sure = kinds[TextKind.HEALTH_AD] >= SURE_KIND and products[domain] >= SURE_DOMAIN
    if not sure or not _is_whole(document, reading):
        return ()
    seen = numbers(reading, document.shown_on)
    trust = 1.0 if document.main_end is not None else BARE_TEXT
    probability = round(kinds[TextKind.HEALTH_AD] * products[domain] * trust, 4)
    where = WHERE if document.main_end is not None else WHERE_TEXT
    found = (
        _notice(reading, seen, policy, domain, document.shown_on, probability, where),
        _confirmation(seen, policy, domain, document.shown_on, probability, where),
    )
    return tuple(hit for hit in found if hit is not None)


def _is_whole(document: Document, reading: Reading) -> bool:
    """A page with its footer is whole; a bare text only when it asks the reader to do something and reads as one ad.

    The cut-out of a page starts or stops within a sentence, or asks in passing: a call in its last lines, or a text so
    short that the call is what it is for, says that the advertisement ends here.
    """
    if document.main_end is not None:
        return True
    calls = [match.start() for match in _CALL.finditer(reading.bare)]
    return bool(calls) and (len(reading.bare) <= _ONE_AD or calls[-1] >= len(reading.bare) - _CLOSING)


def _notice(
    reading: Reading,
    seen: list[Number],
    policy: Policy,
    domain: Domain,
    on: date,
    probability: float,
    where: tuple[str, ...],
) -> Hit | None:
    """Say which required elements the page lacks."""
    present = dict(_PRESENT)
    present["service_licence_no"] = lambda _: any(n.kind is NumberKind.OPERATING_LICENCE for n in seen)
    missing = tuple(
        element.name_vi
        for element in policy.elements_on(domain, on)
        if element.id in present and not present[element.id](reading)
    )
    if not missing:
        return None
    reason = f"Không tìm thấy nội dung bắt buộc: {'; '.join(missing)}."
    return Hit(Code.MISSING_MANDATORY_NOTICE, probability, Absence(missing, where), Method.RULE, reason)


def _confirmation(
    seen: list[Number], policy: Policy, domain: Domain, on: date, probability: float, where: tuple[str, ...]
) -> Hit | None:
    """Say that a required confirmation number is missing, or quote what stands in its place."""
    if policy.confirmation_required(domain, on) is not Answer.YES:
        return None
    marks = [number for number in seen if number.kind is NumberKind.CONFIRMATION]
    if any(number.well_formed for number in marks):
        return None
    proof: Span | Absence = marks[0].span if marks else Absence(("số giấy xác nhận nội dung quảng cáo (XNQC)",), where)
    reason = (
        "Số giấy xác nhận nội dung quảng cáo không đúng dạng hoặc còn để trống."
        if marks
        else "Không tìm thấy số giấy xác nhận nội dung quảng cáo."
    )
    return Hit(Code.MISSING_CONFIRMATION_NUMBER, probability, proof, Method.RULE, reason)
