from datetime import date

import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions
from registry.passages import Passage, advertiser_keys, passages

PAGE = """Nha khoa Vĩnh Mai - nụ cười mới
Niềng răng từ 15 triệu đồng, bọc sứ giá tốt.
Đội ngũ:
BS.CKI Trần Thử Minh - chuyên khoa Răng Hàm Mặt
CCHN số 0012345/HCM-CCHN
ThS.BS Lê Mộng Bình, nguyên trưởng khoa Bệnh viện Đông Hải, tu nghiệp tại Bệnh viện Bắc Hải
CCHN số 0054321/HCM-CCHN
Bác sĩ Minh luôn lắng nghe."""

FOOTER = """
NHA KHOA VĨNH MAI
Địa chỉ: 12 Lê Lợi, Phường Bến Thành, Quận 1, TP.HCM
GPHĐ số 01234/HCM-GPHĐ
Hotline 0901 234 567 - vinhmai-nhakhoa.vn"""


def asked(text: str, main_end: int | None = None) -> list[Passage]:
    return passages(text, find_mentions(text, main_end), main_end, as_of=date(2026, 11, 1))


def by_name(found: list[Passage]) -> dict[str, Passage]:
    return {passage.mention.value: passage for passage in found}


def test_a_page_has_one_place_of_its_own() -> None:
    found = by_name(asked(PAGE + FOOTER, len(PAGE)))
    assert found["vĩnh mai"].primary
    assert not found["đông hải"].primary
    assert not found["bắc hải"].primary


def test_the_own_place_carries_what_the_page_says_of_it() -> None:
    own = by_name(asked(PAGE + FOOTER, len(PAGE)))["vĩnh mai"]
    lines = own.query.text.splitlines()
    assert lines[0].lower() == "nha khoa vĩnh mai"
    assert "Địa chỉ: 12 Lê Lợi, Phường Bến Thành, Quận 1, TP.HCM" in lines
    assert "0901 234 567" in lines
    assert "GPHĐ số 01234/HCM-GPHĐ" in lines
    assert own.query.techniques == ("Niềng răng", "Bọc răng sứ")
    assert own.query.as_of == date(2026, 11, 1)


def test_each_doctor_gets_his_own_number_and_speciality() -> None:
    found = by_name(asked(PAGE + FOOTER, len(PAGE)))
    first, second = found["trần thử minh"].query.text, found["lê mộng bình"].query.text
    assert first.splitlines()[0] == "BS.CKI Trần Thử Minh - chuyên khoa Răng Hàm Mặt"
    assert "0012345/HCM-CCHN" in first
    assert "0054321" not in first
    assert "0054321/HCM-CCHN" in second
    assert "0012345" not in second


def test_where_a_doctor_used_to_work_is_not_his_clinic() -> None:
    passage = by_name(asked(PAGE + FOOTER, len(PAGE)))["lê mộng bình"]
    assert "Hải" not in passage.query.text
    assert passage.facility.lower() == "nha khoa vĩnh mai"


def test_the_same_doctor_written_twice_is_one_passage_with_all_spans() -> None:
    text = PAGE + FOOTER
    passage = by_name(asked(text, len(PAGE)))["trần thử minh"]
    assert [text[start:end] for start, end in passage.spans] == ["BS.CKI Trần Thử Minh", "Bác sĩ Minh"]


def test_a_clinic_beside_the_doctor_wins_over_the_page() -> None:
    text = "Nha khoa Vĩnh Mai. Nha khoa Vĩnh Mai.\nBS Trần Thử Minh hiện công tác tại Phòng khám Đông Hải."
    assert by_name(asked(text))["trần thử minh"].facility == "Phòng khám Đông Hải"


def test_big_hospitals_as_a_background_are_nobodys_clinic() -> None:
    text = (
        "Nha khoa Vĩnh Mai: bác sĩ từ các bệnh viện lớn như Bệnh viện Đông Hải, Bệnh viện Bắc Hải. "
        "Tiêu biểu là BS Trần Thử Minh. Nha khoa Vĩnh Mai, hotline 0901234567"
    )
    found = by_name(asked(text))
    assert found["trần thử minh"].facility == "Nha khoa Vĩnh Mai"
    assert not found["đông hải"].primary


def test_the_next_item_of_a_list_is_not_the_doctors_clinic() -> None:
    text = "Gồm: Phòng khám Vĩnh Mai, BS Trần Thử Minh, Bệnh viện Đông Hải, Phòng khám Bắc Hải"
    assert by_name(asked(text))["trần thử minh"].facility == ""


def test_a_customer_with_a_degree_does_not_work_at_the_clinic() -> None:
    text = "Nha khoa Vĩnh Mai được tin chọn.\nGS Lê Mộng Bình chia sẻ: tôi rất hài lòng."
    assert by_name(asked(text))["lê mộng bình"].facility == ""


def test_a_list_of_clinics_has_no_owner() -> None:
    text = "Top 4: Phòng khám Vĩnh Mai, Phòng khám Đông Hải, Phòng khám Bắc Hải, Phòng khám Nam Hải."
    assert [passage.primary for passage in asked(text)] == [False] * 4
    assert advertiser_keys(text, find_mentions(text)).facility_name == ""


def test_keys_tie_the_advertisers_own_numbers_only() -> None:
    text = PAGE + FOOTER
    keys = advertiser_keys(text, find_mentions(text, len(PAGE)), len(PAGE))
    assert keys.facility_name.lower() == "nha khoa vĩnh mai"
    assert keys.licence_nos == ("01234/HCM-GPHĐ",)
    assert keys.phones == ("0901234567",)
    assert keys.sites == ("vinhmai-nhakhoa.vn",)


def test_another_places_phone_is_not_the_advertisers() -> None:
    text = "Nha khoa Vĩnh Mai 0901234567. Nha khoa Vĩnh Mai.\nXem thêm: Phòng khám Đông Hải, ĐT 0907654321"
    assert advertiser_keys(text, find_mentions(text)).phones == ("0901234567",)


@pytest.mark.parametrize("text", ["", "không ai cả", "0901234567"])
def test_nobody_named_gives_no_passage(text: str) -> None:
    assert asked(text) == []


def test_ids_are_unique_and_kinds_are_those_the_matcher_answers() -> None:
    found = asked(PAGE + FOOTER, len(PAGE))
    assert len({passage.query.id for passage in found}) == len(found)
    assert {passage.query.kind for passage in found} == {MentionKind.PRACTITIONER, MentionKind.FACILITY}


def test_a_page_that_is_an_attack_is_read_in_bounded_time() -> None:
    text = "".join(f"BS Nguyễn Văn An{at % 7}. Nha khoa Kim Mai {at}\n" for at in range(5_000))
    assert len(asked(text)) <= 1_500


def test_a_company_that_owns_a_clinic_is_no_workplace_and_takes_no_contacts() -> None:
    text = (
        "BS.CKI Trần Thử Minh phẫu thuật chính.\n"
        "Phòng khám Vĩnh Mai – Công ty TNHH MTV Thẩm mỹ Đông Hải\nSố 5 Lê Lợi, phường Bến Thành, TP.HCM\n"
        "GPHĐ: 01234/HCM-GPHĐ\nPhụ trách chuyên môn: BS.CKI Trần Thử Minh, GPHN 0012345/HCM-CCHN"
    )
    found = by_name(asked(text, text.index("Phòng khám")))
    assert "đông hải" not in found
    assert found["vĩnh mai"].primary
    assert "GPHĐ số 01234/HCM-GPHĐ" in found["vĩnh mai"].query.text
    assert found["trần thử minh"].facility == "Phòng khám Vĩnh Mai"


def test_a_company_is_taken_where_nothing_else_is_named() -> None:
    assert by_name(asked("Công ty TNHH Nha khoa Vĩnh Mai kính chào"))["vĩnh mai"].primary


def test_one_doctors_second_workplace_is_not_the_next_doctors() -> None:
    text = (
        "BS Trần Thử Minh. Ban ngày bác sĩ làm ở Bệnh viện Đông Hải, chiều tối về phòng khám.\n"
        "BS Lê Mộng Bình, GPHN 0012345/HCM-CCHN.\n"
    )
    footer = "Phòng khám Vĩnh Mai, GPHĐ 01234/HCM-GPHĐ, phụ trách BS Trần Thử Minh – 0054321/HCM-CCHN"
    found = by_name(asked(text + footer, len(text)))
    assert found["lê mộng bình"].facility == "Phòng khám Vĩnh Mai"
    assert "0012345" in found["lê mộng bình"].query.text
    assert found["trần thử minh"].facility == "Phòng khám Vĩnh Mai"
    assert "0054321" in found["trần thử minh"].query.text


def test_a_number_between_two_names_of_a_line_is_the_first_ones() -> None:
    text = "BS Trần Thử Minh – 0054321/HCM-CCHN, BS Lê Mộng Bình"
    assert "0054321" not in by_name(asked(text))["lê mộng bình"].query.text


def test_a_technique_that_is_refused_is_not_asked_about() -> None:
    text = "Phòng khám Vĩnh Mai: lăn kim.\nHút mỡ, nâng ngực: không nằm trong danh mục."
    assert by_name(asked(text))["vĩnh mai"].query.techniques == ("Lăn kim",)


def test_a_name_in_vietnamese_and_in_english_is_one_place() -> None:
    found = asked("VĨNH MAI REGEN INSTITUTE Tế bào gốc\nViện Tái tạo Vĩnh Mai (Vĩnh Mai Regen Institute). Hotline")
    assert [passage.mention.text for passage in found] == ["Viện Tái tạo Vĩnh Mai"]
