import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions
from registry.types import Mention


def of(text: str, kind: MentionKind) -> list[Mention]:
    return [mention for mention in find_mentions(text) if mention.kind is kind]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("GPHĐ số 01234/HCM-GPHĐ", ["01234/HCM-GPHĐ"]),
        ("giấy phép 0 1234/HCM - GPHĐ", ["01234/HCM-GPHĐ"]),
        ("O1234/BYT-GPHD", ["01234/BYT-GPHĐ"]),
        ("CCHN 0099887/HNO-CCHN và 000465/HCM-GPHN", ["0099887/HNO-CCHN", "000465/HCM-GPHN"]),
        ("số 0012345/BĐ-CCHN", ["0012345/BĐ-CCHN"]),
        ("CCHN số 63263", ["63263/CCHN"]),
        ("Giấy phép hoạt động khám bệnh, chữa bệnh số: 987/BYT - GPHD", ["987/BYT-GPHĐ"]),
        ("005942-BD-CCHN", ["005942/BĐ-CCHN"]),
        ("CCHN số 00826xx", ["00826xx/CCHN"]),
        ("nghị định 96/2023/NĐ-CP", []),
        ("ngày 12/12/2024", []),
    ],
)
def test_licences(text: str, values: list[str]) -> None:
    assert [mention.value for mention in of(text, MentionKind.LICENCE_NO)] == values


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("XNQC số 281/2020/XNQC-YTHCM", MentionKind.CONFIRMATION_NO, "281/2020/XNQC-YTHCM"),
        ("1719 / 2022 / XNQC - ATTP", MentionKind.CONFIRMATION_NO, "1719/2022/XNQC-ATTP"),
        ("xác nhận nội dung quảng cáo số: 12/2024", MentionKind.CONFIRMATION_NO, "12/2024"),
        ("1284/2022/ĐKSP", MentionKind.PRODUCT_REGISTRATION, "1284/2022/ĐKSP"),
        ("259062/24/CBMP-QLD", MentionKind.PRODUCT_REGISTRATION, "259062/24/CBMP-QLD"),
        ("Số đăng ký: VD-99999-16", MentionKind.PRODUCT_REGISTRATION, "VD-99999-16"),
        ("SĐK: 893110999999", MentionKind.PRODUCT_REGISTRATION, "893110999999"),
    ],
)
def test_confirmations_and_registrations(text: str, kind: MentionKind, value: str) -> None:
    assert [mention.value for mention in of(text, kind)] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Gọi 0903.123.456", ["0903123456"]),
        ("+84 903 123 456 hoặc (+84) 0903123457", ["0903123456", "0903123457"]),
        ("(028) 3700 0001", ["02837000001"]),
        ("028.3700.0001 / 1900.5588.96 - 1800 6100", ["02837000001", "1900558896", "18006100"]),
        ("zalo o9o3.123.456", ["0903123456"]),
        ("09\u200b03 12\u200b3 456", ["0903123456"]),
        ("0️⃣9️⃣0️⃣3️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣", ["0903123456"]),
        ("không chín không ba một hai ba bốn năm sáu", ["0903123456"]),
        ("hộ kinh doanh Phú An | (+84) 911-222-122", ["0911222122"]),
        ("MST 0312345678", []),
        ("giá 1.903.123.456 đồng", []),
        ("từ 01-01-2018 đến 31-12-2018", []),
        ("mã vạch 8930903123456", []),
    ],
)
def test_phones_in_national_form(text: str, values: list[str]) -> None:
    assert [mention.value for mention in of(text, MentionKind.PHONE)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("https://www.Vidu-nhakhoa.vn/gia?x=1.", ["vidu-nhakhoa.vn/gia"]),
        ("xem facebook.com/vidu.clinic và zalo.me/0903123456", ["facebook.com/vidu.clinic", "zalo.me/0903123456"]),
        ("viết cho lienhe@vidu.com.vn", []),
        ("1.Cơ sở 2.Bác sĩ", []),
    ],
)
def test_sites_but_no_mail(text: str, values: list[str]) -> None:
    assert [mention.value for mention in of(text, MentionKind.URL)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("giá 1.500.000đ", ["1500000"]),
        ("3-5 triệu đồng", ["3000000-5000000"]),
        ("từ 2 triệu đến 3tr5", ["2000000-3500000"]),
        ("khoảng 1,5 triệu đồng", ["1500000"]),
        ("chỉ 99k", ["99000"]),
        ("300.000 – 1.500.000 VNĐ/lượt", ["300000-1500000"]),
        ("camera 12 triệu pixel", []),
        ("hơn 3 triệu người tin dùng", []),
        ("10 đồng thời", []),
        ("bước 2\nĐông đảo khách hàng", []),
    ],
)
def test_prices_in_dong(text: str, values: list[str]) -> None:
    assert [mention.value for mention in of(text, MentionKind.PRICE)] == values


def test_a_licence_is_not_also_a_phone() -> None:
    kinds = {mention.kind for mention in find_mentions("0903123456/HCM-CCHN")}
    assert kinds == {MentionKind.LICENCE_NO}


def test_a_phone_disguised_by_letters_is_read_where_it_has_the_form_of_one() -> None:
    found = [m.value for m in find_mentions("bao khoi, o9oo ooo 12l gap Lan") if m.kind is MentionKind.PHONE]
    assert found == ["0900000121"]
    assert not [m for m in find_mentions("lo li lo li loi lo li oo") if m.kind is MentionKind.PHONE]


def test_a_phone_glued_to_its_label_is_found() -> None:
    found = [m.text for m in find_mentions("gọi Hotline19001234 hoặc zalo0903123456") if m.kind is MentionKind.PHONE]
    assert found == ["19001234", "0903123456"]
    assert not [m for m in find_mentions("mã sp0903123456") if m.kind is MentionKind.PHONE]
