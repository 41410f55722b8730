"""Advertised beside declared prices: a remark where they are far apart, silence everywhere else."""

from datetime import date

import pytest

from registry.mentions import find_mentions
from registry.prices import FAR_OVER, FAR_UNDER, PriceRegister
from registry.types import DeclaredPrice

LICENCE = "06977/HCM-GPHĐ"
REGISTER = PriceRegister(
    [
        DeclaredPrice(LICENCE, "Tẩy trắng răng tại phòng khám", 2_000_000, date(2026, 1, 5)),
        DeclaredPrice(LICENCE, "Nhổ răng khôn", 1_500_000, date(2026, 1, 5)),
        DeclaredPrice(LICENCE, "Nhổ răng khôn", 3_000_000, date(2026, 9, 1)),
        DeclaredPrice("1/HCM-GPHĐ", "Khám thai", 300_000),
    ]
)
DAY = date(2026, 6, 1)


def said(text: str, *, licence: str = LICENCE, on: date = DAY) -> list[str]:
    return [remark.said for remark in REGISTER.remarks(licence, text, find_mentions(text), on)]


def test_a_price_far_under_the_declared_one_is_remarked_and_no_violation() -> None:
    (remark,) = said("Tẩy trắng răng tại phòng khám: 499.000đ")
    assert remark.startswith("Ghi chú về giá (không phải dấu hiệu vi phạm)")
    assert "499.000 đồng" in remark
    assert "thấp hơn nhiều so với giá kê khai 2.000.000 đồng" in remark
    assert "kê khai ngày 05/01/2026" in remark


def test_a_price_far_over_it_is_remarked_too() -> None:
    (remark,) = said("Bảng giá\nNhổ răng khôn số 8: 4 - 5 triệu đồng")
    assert "cao hơn nhiều" in remark
    assert "4.000.000–5.000.000 đồng" in remark


@pytest.mark.parametrize(
    "text",
    [
        f"Nhổ răng khôn: {int(1_500_000 * FAR_UNDER)}đ",
        f"Nhổ răng khôn: {int(1_500_000 * FAR_OVER)}đ",
        "Niềng răng mắc cài: 100.000đ",
        "Nhổ răng khôn: giảm 200.000đ",
        "Nhổ răng khôn trả góp 150.000đ/tháng",
        "Nhổ răng khôn: đặt cọc 100.000đ",
        "Nha khoa mở cửa cả tuần, bác sĩ giỏi, tặng bàn chải 20.000đ",
        "Nhổ răng khôn không đau",
    ],
)
def test_near_prices_other_services_and_other_amounts_are_not_remarked(text: str) -> None:
    assert said(text) == []


def test_only_what_was_declared_by_the_day_counts() -> None:
    assert said("Nhổ răng khôn: 1.400.000đ") == []
    (later,) = said("Nhổ răng khôn: 1.400.000đ", on=date(2026, 10, 1))
    assert "3.000.000 đồng" in later
    assert said("Nhổ răng khôn: 100.000đ", on=date(2025, 1, 1)) == []


def test_another_facilitys_prices_do_not_count_and_nothing_declared_says_nothing() -> None:
    assert said("Khám thai: 10.000.000đ") == []
    assert said("Khám thai: 10.000.000đ", licence="") == []
    assert not PriceRegister([])


def test_two_prices_on_a_line_belong_to_the_words_before_each() -> None:
    remarks = said("Tẩy trắng răng tại phòng khám 499.000đ, nhổ răng khôn 1.500.000đ")
    assert len(remarks) == 1
    assert "Tẩy trắng răng" in remarks[0]


def test_a_price_on_its_own_line_belongs_to_the_line_above() -> None:
    (remark,) = said("Tẩy trắng răng tại phòng khám\nChỉ 499.000đ")
    assert "«Tẩy trắng răng tại phòng khám»" in remark
