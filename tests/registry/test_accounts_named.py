import time

import pytest

from registry.accounts_named import MOST, find_accounts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("STK: 0123 4567 8901 – Vietcombank", ["012345678901 (VIETCOMBANK)"]),
        ("Số tài khoản 19031234567890 ngân hàng Techcombank, CTK Nguyễn Văn Mẫu", ["19031234567890 (TECHCOMBANK)"]),
        ("chuyển khoản ACB, số TK: 12-345-678", ["12345678 (ACB)"]),
        ("SO\u0302\u0301 TÀI KHOẢN (chủ TK: Spa Hoa Giấy): 99887766", ["99887766"]),
        ("STK 123456 và STK 123456; stk 654321", ["123456", "654321"]),
        ("Hotline 028 7300 0999, MST 0312345678, giá 1.500.000đ", []),
        ("tài khoản Zalo 0909000111", []),
        ("bài viết xin ghi số tài khoản nhận nhuận bút. Gọi 0909000111", []),
        ("STK: 12345", []),
        ("STK: 0123 4567 8901 2345 6789 0123", []),
        ("STK:\n123456789", []),
    ],
)
def test_only_labelled_numbers_are_accounts(text: str, shown: list[str]) -> None:
    assert [account.shown for account in find_accounts(text)] == shown


def test_a_hostile_page_is_read_in_bounded_time_and_number() -> None:
    began = time.perf_counter()
    assert len(find_accounts(" ".join(f"stk {10**8 + number}" for number in range(20_000)))) == MOST
    assert find_accounts("stk " * 50_000) == ()
    assert find_accounts("stk " + "1 " * 100_000) == ()
    assert time.perf_counter() - began < 10
