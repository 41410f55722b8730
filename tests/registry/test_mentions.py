import time
import unicodedata

import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions


def named(text: str, kind: MentionKind) -> list[str]:
    return [mention.text for mention in find_mentions(text) if mention.kind is kind]


def test_every_mention_is_quoted_at_its_place() -> None:
    text = "Nha khoa Hải Đăng Xanh, BS.CKI Trần Thử Minh, hotline 0901 234 567, GPHĐ 01234/HCM-GPHĐ, từ 2 triệu đồng"
    mentions = find_mentions(text)
    assert {mention.kind for mention in mentions} >= {
        MentionKind.FACILITY,
        MentionKind.PRACTITIONER,
        MentionKind.PHONE,
        MentionKind.LICENCE_NO,
        MentionKind.PRICE,
    }
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
        assert mention.text in mention.context


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "....", "bác sĩ", "Phòng khám", "\x00", "🦷" * 9])
def test_nothing_is_named_where_nobody_is(text: str) -> None:
    assert find_mentions(text) == []


@pytest.mark.parametrize(
    ("text", "whole", "value"),
    [
        ("BS Nguyễn Thử An khám", "BS Nguyễn Thử An", "nguyễn thử an"),
        ("Bs.CKII Lê Mộng Bình.", "Bs.CKII Lê Mộng Bình", "lê mộng bình"),
        ("BSCKI TRẦN VĂN CHÍNH - CHUYÊN KHOA RHM", "BSCKI TRẦN VĂN CHÍNH", "trần văn chính"),
        ("PGS.TS.BS Phạm Thị Dung", "PGS.TS.BS Phạm Thị Dung", "phạm thị dung"),
        ("ThS . BS Hồ Văn Giang", "ThS . BS Hồ Văn Giang", "hồ văn giang"),
        ("TTƯT. bác sĩ Vũ Hoài Hương", "TTƯT. bác sĩ Vũ Hoài Hương", "vũ hoài hương"),
        ("lương y Đỗ Văn Khang chữa", "lương y Đỗ Văn Khang", "đỗ văn khang"),
        ("Dr.Ngô Thị Lan", "Dr.Ngô Thị Lan", "ngô thị lan"),
        ("Doctor: Lý Minh Nam", "Doctor: Lý Minh Nam", "lý minh nam"),
        ("bác sĩ chuyên khoa II Đinh Thị Oanh", "bác sĩ chuyên khoa II Đinh Thị Oanh", "đinh thị oanh"),
        ("bac si Nguyen Van Phuc", "bac si Nguyen Van Phuc", "nguyen van phuc"),
        ("Bác sĩ da liễu Nguyễn Thị Quế", "Bác sĩ da liễu Nguyễn Thị Quế", "nguyễn thị quế"),
        ("BS. Nguyễn V. Sơn", "BS. Nguyễn V. Sơn", "nguyễn v sơn"),
        ("bs. vũ văn tâm - chuyên khoa", "bs. vũ văn tâm", "vũ văn tâm"),
        ("Bác sĩ: #PhạmThanhHùng", "Bác sĩ: #PhạmThanhHùng", "phạm thanh hùng"),
        ("bác sĩ Minh phụ trách", "bác sĩ Minh", "minh"),
        ("theo bác sĩ Adam Exampleton", "bác sĩ Adam Exampleton", "adam exampleton"),
        ("dược sĩ Lê Tú Vân tư vấn", "dược sĩ Lê Tú Vân", "lê tú vân"),
        ("chuyên gia Kăm Đô Xi đến từ Hàn Quốc", "chuyên gia Kăm Đô Xi", "kăm đô xi"),
        ("Hai bác sĩ: BS.CKI Trần Thử Duyên", "BS.CKI Trần Thử Duyên", "trần thử duyên"),
        ("(Thạc sỹ) ThS.BS Lê Mộng Bình", "ThS.BS Lê Mộng Bình", "lê mộng bình"),
        ("ThS.BS Trần Quang Liên, cùng nhiều", "ThS.BS Trần Quang Liên", "trần quang liên"),
    ],
)
def test_practitioners_as_ads_write_them(text: str, whole: str, value: str) -> None:
    found = [mention for mention in find_mentions(text) if mention.kind is MentionKind.PRACTITIONER]
    assert [(mention.text, mention.value) for mention in found] == [(whole, value)]


@pytest.mark.parametrize(
    "text",
    [
        "bác sĩ chuyên khoa",
        "Bác sĩ Da liễu giỏi",
        "CLICK BÁC SĨ TƯ VẤN MIỄN PHÍ",
        "bác sĩ tư vấn trực tuyến",
        "Bác Sĩ Uy Tín Hàng Đầu",
        "Chuyên gia Nha Khoa Quốc Tế",
        "chuyên gia Da Liễu đến từ Hàn Quốc",
        "Em cảm ơn bác sĩ. Nguyễn Thị Lan (Hà Nội)",
        "Cảm ơn bác sĩ Nguyễn Thị Lan ( 1997 )",
        "Lời khuyên của bác sĩ: Như vậy là ổn",
        "đội ngũ hơn 50 bác sĩ, Nhân viên",
        "khu CN An Khang",
        "Theo Tiến sĩ Adam Exampleton, một giáo sư tại Đại học",
        "GS Nguyễn Thử An - Viện trưởng Viện Khoa học Thủy lợi",
        "cuốn TS",
    ],
)
def test_a_title_alone_names_nobody(text: str) -> None:
    assert named(text, MentionKind.PRACTITIONER) == []


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("tại Phòng khám đa khoa Mai An Vĩnh.", "Phòng khám đa khoa Mai An Vĩnh"),
        ("PKĐK Mai An Vĩnh - quận 5", "PKĐK Mai An Vĩnh"),
        ("đến TMV Lavinia ngay", "TMV Lavinia"),
        ("Thẩm mỹ viện Lavinia Hàn Quốc, ", "Thẩm mỹ viện Lavinia Hàn Quốc"),
        ("NHA KHOA QUỐC TẾ VĨNH MAI\nHotline", "NHA KHOA QUỐC TẾ VĨNH MAI"),
        ("BV Vĩnh Mai cấp cứu", "BV Vĩnh Mai"),
        ("bệnh viện quận 99 có", "bệnh viện quận 99"),
        ("Bệnh viện huyện Vĩnh Mai", "Bệnh viện huyện Vĩnh Mai"),
        ("Phòng chẩn trị YHCT Vĩnh Mai", "Phòng chẩn trị YHCT Vĩnh Mai"),
        ("Vĩnh Mai Dental Clinic xin chào", "Vĩnh Mai Dental Clinic"),
        ("Phòng khám BS Trần Thử Minh", "Phòng khám BS Trần Thử Minh"),
        ("phòng khám của bác sĩ Trần Thử Minh", "phòng khám của bác sĩ Trần Thử Minh"),
        ("Phòng khám chuyên khoa Răng Hàm Mặt thuộc Công ty TNHH Vĩnh Mai", None),
        ("Trung tâm Y tế Vĩnh Mai", "Trung tâm Y tế Vĩnh Mai"),
        ("Viện Tái tạo Vĩnh Mai kính chào", "Viện Tái tạo Vĩnh Mai"),
        ("PKCK mai an | Q.5", "PKCK mai an"),
        ("pk m!nh tâm - chữa bệnh", "pk m!nh tâm"),
        ("giá tại bệnh viện mắt sài gòn đây", "bệnh viện mắt sài gòn"),
        ("Hay quá!\npk minh tâm, quận 5", "pk minh tâm"),
        ("ai bi tri lien he pk m!nh tâm đườg ly thuong kiet", "pk m!nh tâm"),
        ("Phòng khám đa khoa Vĩnh Mai 12 Lê Lợi", "Phòng khám đa khoa Vĩnh Mai"),
    ],
)
def test_facilities_as_ads_write_them(text: str, whole: str | None) -> None:
    assert named(text, MentionKind.FACILITY) == [whole or text]


@pytest.mark.parametrize(
    "text",
    [
        "phòng khám uy tín",
        "Phòng Khám Uy Tín Hàng Đầu",
        "Phòng khám nam khoa phường 5",
        "phòng khám nam khoa quận 12",
        "Top 6 phòng khám da liễu Bình Tân",
        "Chương trình Phòng khám Béo phì ảo",
        "BỆNH VIỆN TRẢ VỀ",
        "Phòng khám Nám Mụn Kỹ thuật",
        "ghế nha khoa hiện đại",
        "nha khoa Việt Nam",
        "Tắm thuốc Đông y: Tùy theo thể bệnh",
        "số hotline của phòng khám: 0901.234.567",
        "trung tâm Thành phố",
        "bệnh viện ở gần",
    ],
)
def test_a_kind_alone_names_no_place(text: str) -> None:
    assert named(text, MentionKind.FACILITY) == []


def test_a_name_written_properly_once_is_found_when_written_carelessly() -> None:
    text = "Phòng khám Mai An khám bệnh. Hãy đến phòng khám đa khoa mai an hôm nay."
    assert named(text, MentionKind.FACILITY) == ["Phòng khám Mai An", "phòng khám đa khoa mai an"]


def test_the_doctors_of_a_clinic_are_not_a_doctor_of_that_name() -> None:
    assert named("Phòng khám Mai An: bác sĩ Mai An tận tình", MentionKind.PRACTITIONER) == []


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_spans_are_those_of_the_given_text_in_any_normal_form(form: str) -> None:
    text = unicodedata.normalize(form, "Khám với BS.CKI Trần Thử Minh tại Nha khoa Vĩnh Mai, 0901 234 567")  # type: ignore[arg-type]
    found = {mention.kind: mention for mention in find_mentions(text)}
    assert found[MentionKind.PRACTITIONER].value == "trần thử minh"
    assert found[MentionKind.FACILITY].value == "vĩnh mai"
    assert all(text[mention.start : mention.end] == mention.text for mention in found.values())


@pytest.mark.parametrize(
    "unit", ["BS Nguyễn ", "Phòng khám - ", "1/", "a.", "số 1, ", "1 tr ", "0903 ", "quận 1, ", "cắt ", "tầng 1, ", " "]
)
def test_time_grows_with_the_length_not_faster(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    find_mentions(text)
    # 100,000 characters take about 0.4 s; a pattern that backtracks takes minutes.
    assert time.process_time() - started < 5


def test_a_number_that_ends_the_line_before_counts_no_doctors() -> None:
    text = "Khoa Răng, bệnh viện 108\nTs.Bs Minh khai trương"
    assert named(text, MentionKind.PRACTITIONER) == ["Ts.Bs Minh"]


def test_a_letter_written_as_a_sign_is_read_as_the_letter() -> None:
    (place,) = find_mentions("pk m!nh tâm")
    assert (place.text, place.value) == ("pk m!nh tâm", "minh tâm")
    assert named("Giảm giá!Liên hệ bs Trần Thử Minh", MentionKind.PRACTITIONER) == ["bs Trần Thử Minh"]


def test_a_lower_case_abbreviation_before_common_words_names_no_place() -> None:
    assert named("pk có đội ngũ bác sĩ, máy móc", MentionKind.FACILITY) == []


def test_a_professor_who_treats_is_named() -> None:
    text = "PGS.TS Trần Thử Minh, giảng viên y khoa, khám tại đây"
    assert named(text, MentionKind.PRACTITIONER) == ["PGS.TS Trần Thử Minh"]
