"""Numbers of confirmations against the register: held, borrowed, too late, not found, or not to be told."""

from datetime import date

import pytest

from models.vocabulary import Answer, MentionKind, Verdict
from registry.confirmations import Checked, ConfirmationRegister, Shown, number_key
from registry.mentions import find_mentions
from registry.types import Confirmation, Facts

JOINT = Confirmation(
    "1043/2025/XNQC-ATTP", "Thực phẩm bảo vệ sức khỏe Khớp Sao Mai", "Công ty TNHH Thảo mộc Sao Mai", date(2025, 4, 21)
)
CALCIUM = Confirmation(
    "1044/2025/XNQC - ATTP",
    "Thực phẩm bảo vệ sức khỏe Canxi Hàu Sao Mai",
    "Công ty TNHH Thảo mộc Sao Mai",
    date(2025, 4, 21),
    expires_on=date(2026, 4, 21),
)
TEETH = Confirmation(
    "218/2025/XNQC-SYT",
    "Dịch vụ khám bệnh, chữa bệnh - Tẩy trắng răng",
    "Phòng khám chuyên khoa Răng Hàm Mặt Vĩnh Mai",
    date(2025, 3, 10),
)
REGISTER = ConfirmationRegister([JOINT, CALCIUM, TEETH])
DAY = date(2025, 8, 1)


def asked(text: str, *, title: str = "", on: date = DAY, register: ConfirmationRegister = REGISTER) -> Checked:
    kinds = {MentionKind.CONFIRMATION_NO, MentionKind.PRODUCT_REGISTRATION}
    number = next(m for m in find_mentions(text) if m.kind in kinds)
    return register.check("c0", number, Shown(text, title, on))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0312/2025/XNQC-QLD", "312 / 2025 / XNQC – QLD"),
        ("1044/2025/XNQC - ATTP", "1044/2025/ATTP-XNQC"),
        ("77/2025/GXNQC-YTHCM", "77/2025/XNQC-YTHCM"),
    ],
)
def test_one_number_written_in_several_ways(one: str, other: str) -> None:
    assert number_key(one) == number_key(other)
    assert number_key(one) != number_key(other.replace("2025", "2024"))


def test_the_number_of_the_advertised_product_agrees() -> None:
    found = asked("Khớp Sao Mai hỗ trợ giảm đau khớp.\nSố XNQC: 1043/2025/XNQC-ATTP.")
    assert found.match.facts == Facts(Answer.YES, Answer.YES, Answer.UNKNOWN, Answer.YES)
    assert (found.match.decision, found.match.licence_no, found.sure) == (Verdict.MATCHED, JOINT.number, 0.0)
    assert found.match.reasons[-1].endswith("quảng cáo nêu tên này.")


def test_a_number_of_another_product_of_the_same_company_is_borrowed() -> None:
    text = (
        "Sao Mai · Khớp Sao Mai · Trà Ngủ Êm\nThực phẩm bảo vệ sức khỏe Trà Ngủ Êm – hàng mới\n"
        + "Tim sen, lạc tiên, lá vông nem, uống trước khi ngủ một giờ. " * 8
        + "\nSố XNQC: 1043/2025/XNQC-ATTP."
    )
    found = asked(text, title="Trà Ngủ Êm | Thảo mộc Sao Mai")
    assert found.match.facts.within_scope is Answer.NO
    assert found.sure > 0.8
    assert "«Thực phẩm bảo vệ sức khỏe Khớp Sao Mai»" in found.match.reasons[-1]
    assert "«Trà Ngủ Êm»" in found.match.reasons[-1]


def test_a_number_whose_product_is_not_named_at_all_is_doubted_less_surely() -> None:
    found = asked("Dùng mỗi sáng một gói. Giấy XNQC 1043/2025/XNQC-ATTP.")
    assert found.match.facts.within_scope is Answer.NO
    assert 0.5 <= found.sure < 0.8


def test_a_name_that_is_only_alike_settles_nothing() -> None:
    found = asked("Canxi Sao Mai cho bé.\nXNQC 1044/2025/XNQC-ATTP.")
    assert found.match.facts.within_scope is Answer.UNKNOWN
    assert found.sure == 0.0


@pytest.mark.parametrize(
    ("on", "answer", "said"),
    [
        (date(2025, 4, 20), Answer.NO, "sau ngày đăng"),
        (date(2025, 4, 21), Answer.YES, "21/04/2025"),
        (date(2026, 4, 22), Answer.NO, "hết hạn ngày 21/04/2026"),
    ],
)
def test_a_confirmation_counts_from_its_day_to_its_end(on: date, answer: Answer, said: str) -> None:
    found = asked("Canxi Hàu Sao Mai, XNQC 1044/2025/XNQC-ATTP", on=on)
    assert found.match.facts.in_force is answer
    assert any(said in reason for reason in found.match.reasons)
    assert (found.sure > 0.5) is (answer is Answer.NO)


def test_a_service_belongs_to_the_facility_however_its_kind_is_written() -> None:
    found = asked("PK Răng Hàm Mặt Vĩnh Mai: tẩy trắng răng. XNQC 218/2025/XNQC-SYT")
    assert found.match.facts.within_scope is Answer.YES
    other = asked("Nha khoa Hoa Gạo: nhổ răng khôn. XNQC 218/2025/XNQC-SYT")
    assert other.match.facts.within_scope is Answer.NO
    half = asked("Nha khoa Hoa Gạo: tẩy trắng răng. XNQC 218/2025/XNQC-SYT")
    assert half.match.facts.within_scope is Answer.UNKNOWN


def test_a_number_that_the_register_lacks_is_not_found_yet_and_never_certain() -> None:
    found = asked("Trà Hoa Gạo, XNQC 1999/2025/XNQC-ATTP")
    assert (found.match.decision, found.match.facts.exists) == (Verdict.NOT_FOUND, Answer.NO)
    assert found.match.reasons[0].startswith("Chưa tìm thấy số «1999/2025/XNQC-ATTP»")
    assert 0.5 <= found.sure <= 0.7


def test_the_products_own_number_is_named_where_the_title_names_the_product() -> None:
    found = asked("Uống mỗi ngày. XNQC 1999/2025/XNQC-ATTP", title="Khớp Sao Mai chính hãng")
    assert any(JOINT.number in reason for reason in found.match.reasons)


@pytest.mark.parametrize(
    "text", ["Trà Hoa Gạo, XNQC 12/2025/XNQC-YTDN", "Trà Hoa Gạo, XNQC 12/2019/XNQC-ATTP", "Sữa, ĐKSP 12/2025/ĐKSP"]
)
def test_another_issuer_or_year_cannot_be_told(text: str) -> None:
    found = asked(text)
    assert (found.match.facts.exists, found.sure) == (Answer.UNKNOWN, 0.0)
    assert "không kết luận được" in found.match.reasons[0]


def test_an_empty_register_and_an_empty_record_settle_nothing() -> None:
    assert not ConfirmationRegister([])
    assert asked("XNQC 1/2025/XNQC-ATTP", register=ConfirmationRegister([])).match.facts.exists is Answer.UNKNOWN
    bare = ConfirmationRegister([Confirmation("1/2025/XNQC-ATTP")])
    found = asked("Trà Hoa Gạo, XNQC 1/2025/XNQC-ATTP", register=bare)
    assert found.match.facts == Facts(Answer.YES, Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN)


def test_of_two_records_with_one_number_the_one_that_fits_is_taken() -> None:
    twice = ConfirmationRegister([Confirmation(JOINT.number, "Kem Hoa Gạo", "Công ty Hoa Gạo", DAY), JOINT])
    found = asked("Khớp Sao Mai, XNQC 1043/2025/XNQC-ATTP", register=twice)
    assert found.record is JOINT
