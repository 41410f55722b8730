"""Numbers are recognised through damage; what the law requires on a day and a whole page lacks is named."""

from datetime import date

import pytest

from classifier.backends import load
from classifier.rules.numbers import NumberKind, numbers
from classifier.text import read
from classifier.types import Absence, Document, Hit, Span
from models.vocabulary import Code, Method

NOW = date(2026, 11, 1)
CLINIC = (
    "Phòng khám Da liễu Hoa Mai khám và điều trị mụn, nám. Bác sĩ chuyên khoa tư vấn tận tình, dịch vụ chu đáo, "
    "đặt lịch khám qua hotline 0909 123 456."
)
LEGAL = (
    " Địa chỉ: 12 Lê Lợi, phường Bến Thành. Giấy phép hoạt động số 06410/HCM-GPHĐ. Giờ làm việc 7h-19h."
    " Phạm vi hoạt động chuyên môn: Da liễu."
)
FOOD = (
    "Viên uống bổ sung canxi Hoa Mai giúp bổ sung canxi, uống sau ăn. Đặt mua ngay, giao hàng toàn quốc 0909 123 456."
)
NOTICE = (
    " Thực phẩm bảo vệ sức khỏe. Thực phẩm này không phải là thuốc và không có tác dụng thay thế thuốc chữa bệnh."
    " Công ty Hoa Mai chịu trách nhiệm, 12 Lê Lợi."
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("GPHĐ 06410/HCM-GPHĐ", NumberKind.OPERATING_LICENCE),
        ("GPHĐ: 06410 / HCM - GPHĐ", NumberKind.OPERATING_LICENCE),
        ("giấy phép hoạt động số 2155/HNO-GPHĐ", NumberKind.OPERATING_LICENCE),
        ("giay phep hoat dong so 2155/HNO-GPHD", NumberKind.OPERATING_LICENCE),
        ("CCHN 008280/HCM-CCHN", NumberKind.PRACTICE_LICENCE),
        ("000465/HCM-GPHN", NumberKind.PRACTICE_LICENCE),
        ("0026767/BYT-CCHN", NumberKind.PRACTICE_LICENCE),
        ("281/2020/XNQC-YTHCM", NumberKind.CONFIRMATION),
        ("2396/2023/XNQC - ATTP", NumberKind.CONFIRMATION),
        ("1284/2022/ĐKSP", NumberKind.FOOD_REGISTRATION),
        ("259062/24/CBMP-QLD", NumberKind.COSMETIC_NOTIFICATION),
        ("VN-12345-11", NumberKind.DRUG_REGISTRATION),
        ("VD - 23456 - 15", NumberKind.DRUG_REGISTRATION),
    ],
)
def test_a_number_is_recognised_in_its_forms(text: str, kind: NumberKind) -> None:
    given = f"Thông tin: {text}, xem thêm."
    found = [n for n in numbers(read(given), NOW) if n.kind is kind]
    assert len(found) == 1
    assert found[0].well_formed
    assert found[0].span.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "0909 123 456",
        "12/2024",
        "số 12 đường 3/2",
        "giá 1.200.000đ",
        "24/7",
        "giấy phép lái xe",
        "GPHĐ: đang hoàn thiện",
    ],
)
def test_other_numbers_are_not_taken_for_licences(text: str) -> None:
    assert numbers(read(text), NOW) == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Số XNQC 99/99/XNQC-ATTP.", "99/99/XNQC-ATTP"),
        ("Số XNQC: đang cập nhật", "Số XNQC: đang cập nhật"),
        ("Giấy xác nhận quảng cáo số: ...", "Giấy xác nhận quảng cáo số: ..."),
        ("Số XNQC 12/2031/XNQC-ATTP", "12/2031/XNQC-ATTP"),
        ("Số XNQC 0/2024/XNQC-ATTP", "0/2024/XNQC-ATTP"),
    ],
)
def test_a_malformed_confirmation_is_quoted(text: str, quote: str) -> None:
    [found] = numbers(read(text), NOW)
    assert found.kind is NumberKind.CONFIRMATION
    assert not found.well_formed
    assert found.span.quote.rstrip(" .:") == quote.rstrip(" .:")


def absent(text: str, on: date, code: Code, main_end: int | None = None) -> list[Hit]:
    [found] = load("rules").predict([Document(text, on, main_end=main_end)])
    return [hit for hit in found.hits if hit.code is code]


def test_a_clinic_page_that_lacks_its_legal_block_is_told_what_is_missing() -> None:
    [hit] = absent(CLINIC, NOW, Code.MISSING_MANDATORY_NOTICE)
    assert hit.method is Method.RULE
    assert isinstance(hit.proof, Absence)
    assert "số giấy phép hoạt động" in hit.proof.sought
    assert "thời gian hoạt động" in hit.proof.sought
    assert "tên cơ sở" not in hit.proof.sought
    assert "số giấy phép hoạt động" in hit.reason


def test_a_legal_block_in_the_footer_satisfies_the_duty() -> None:
    assert absent(CLINIC + LEGAL, NOW, Code.MISSING_MANDATORY_NOTICE, main_end=len(CLINIC)) == []


def test_the_place_searched_is_named_for_a_page_and_for_a_bare_text() -> None:
    [page] = absent(CLINIC + " Trang chủ.", NOW, Code.MISSING_MANDATORY_NOTICE, main_end=len(CLINIC))
    [text] = absent(CLINIC, NOW, Code.MISSING_MANDATORY_NOTICE)
    assert isinstance(page.proof, Absence)
    assert isinstance(text.proof, Absence)
    assert page.proof.where == ("toàn bộ trang, gồm chân trang",)
    assert text.proof.where == ("toàn bộ văn bản quảng cáo được cung cấp",)


def test_no_absence_is_said_before_the_duty_began() -> None:
    assert absent(CLINIC, date(2026, 2, 14), Code.MISSING_MANDATORY_NOTICE) == []
    assert absent(CLINIC, date(2026, 2, 15), Code.MISSING_MANDATORY_NOTICE) != []


@pytest.mark.parametrize(
    "text",
    [
        "Nguyên nhân gây mụn là bít tắc lỗ chân lông. Người bệnh nên rửa mặt ngày hai lần.",
        "Sở Y tế xử phạt phòng khám da liễu vì thiếu giấy phép.",
        "Phòng khám điều trị mụn theo phác đồ của khoa.",
    ],
)
def test_no_absence_is_said_of_news_or_a_mere_passage(text: str) -> None:
    assert absent(text, NOW, Code.MISSING_MANDATORY_NOTICE) == []
    assert absent(text, NOW, Code.MISSING_CONFIRMATION_NUMBER) == []


@pytest.mark.parametrize(
    ("addition", "flagged"),
    [
        ("", True),
        (" Số XNQC 1719/2022/XNQC-ATTP.", False),
        (" Số giấy XNQC: 2396 / 2023 / XNQC - ATTP.", False),
        (" Số XNQC: đang cập nhật.", True),
        (" Số XNQC 99/99/XNQC-ATTP.", True),
    ],
)
def test_a_food_advertisement_needs_a_confirmation_number(addition: str, flagged: bool) -> None:
    hits = absent(FOOD + NOTICE + addition, NOW, Code.MISSING_CONFIRMATION_NUMBER)
    assert bool(hits) is flagged
    if flagged and addition:
        assert isinstance(hits[0].proof, Span)


@pytest.mark.parametrize("on", [date(2026, 3, 1), date(2025, 9, 1)])
def test_a_clinic_needs_no_confirmation_after_the_duty_ended_or_while_it_is_unsettled(on: date) -> None:
    assert absent(CLINIC, on, Code.MISSING_CONFIRMATION_NUMBER) == []


def test_a_clinic_needed_a_confirmation_before() -> None:
    [hit] = absent(CLINIC, date(2024, 5, 1), Code.MISSING_CONFIRMATION_NUMBER)
    assert isinstance(hit.proof, Absence)
    assert hit.proof.sought == ("số giấy xác nhận nội dung quảng cáo (XNQC)",)


def test_the_food_notice_is_found_through_lost_marks() -> None:
    assert absent(FOOD + NOTICE, NOW, Code.MISSING_MANDATORY_NOTICE) == []
    [hit] = absent(FOOD, NOW, Code.MISSING_MANDATORY_NOTICE)
    assert isinstance(hit.proof, Absence)
    assert any("không phải là thuốc" in sought for sought in hit.proof.sought)
