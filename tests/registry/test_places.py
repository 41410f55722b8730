import socket

import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions
from registry.places import Place, parse_address


def addresses(text: str) -> list[str]:
    return [mention.text for mention in find_mentions(text) if mention.kind is MentionKind.ADDRESS]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Địa chỉ: 12 Lê Lợi, Phường 99, Quận 5, TP.HCM\nHotline", "12 Lê Lợi, Phường 99, Quận 5, TP.HCM"),
        ("Đ/c: Số 12/3A Trần Phú, P. An Đông, TP. Hồ Chí Minh", "Số 12/3A Trần Phú, P. An Đông, TP. Hồ Chí Minh"),
        ("hãy đến 45B Trần Phú, phường An Đông, quận 5 để khám", "45B Trần Phú, phường An Đông, quận 5"),
        ("Cơ sở 2: 9 Lê Lợi - Hải Châu - Đà Nẵng", "9 Lê Lợi - Hải Châu - Đà Nẵng"),
        ("địa chỉ: 12 Lê Lợi, Quận 5 hotline 0901234567", "12 Lê Lợi, Quận 5"),
    ],
)
def test_addresses_with_and_without_a_label(text: str, whole: str) -> None:
    assert addresses(text) == [whole]


@pytest.mark.parametrize(
    "text", ["Địa chỉ uy tín", "địa chỉ: liên hệ sau", "ngày 27/02/2023, Phòng khám mở cửa", "18 bệnh viện ở quận 5"]
)
def test_what_is_no_address(text: str) -> None:
    assert addresses(text) == []


def test_old_and_new_wards() -> None:
    old = parse_address("12 Lê Lợi, Phường Bến Thành, Quận 1, TP.HCM")
    assert (old.house, old.street, old.ward, old.ward_new) == ("12", "Lê Lợi", "Bến Thành", "Bến Thành")
    assert (old.district, old.province) == ("1", "Hồ Chí Minh")
    noted = parse_address("12 Trần Phú, Phường 2, Quận 5, TP.HCM (nay: phường An Đông)")
    assert noted.ward_new == "An Đông"


@pytest.mark.parametrize("text", ["", "nhà tôi", ",,,", "\x00", "12", "đường " * 200])
def test_strange_addresses_are_unknown_not_errors(text: str) -> None:
    assert isinstance(parse_address(text), Place)
    assert parse_address(text).province == ""


def test_reading_an_address_never_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    divided = parse_address("7 Cộng Hòa, Phường 15, Quận Tân Bình, TP.HCM")
    assert divided.province == "Hồ Chí Minh"
    assert divided.ward_new == ""
