"""Registry files as departments export them, and as they should never be: what is taken, what is rejected, and why."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from models.errors import RosterError
from models.vocabulary import LicenceStatus, RegistryKind
from registry.roster import read_roster
from registry.types import Confirmation, DeclaredPrice, Facility, Practitioner, Roster

HEADER = "Họ và tên,Số CCHN,Trình độ,Phạm vi hoạt động CM,Nơi làm việc,Ngày cấp,Ngày hết hạn,Tình trạng"
ROW = "Trần Thị Mơ,000123/HCM-CCHN,Bác sĩ,Chuyên khoa Da liễu,Phòng khám Mây Trắng,05/06/2015,,Hoạt động"


def write(folder: Path, data: str | bytes, name: str = "practitioners.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def people(roster: Roster) -> list[Practitioner]:
    return [record for record in roster.records if isinstance(record, Practitioner)]


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_every_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    text = f"{HEADER}\n{ROW}\n"
    if encoding == "cp1258":
        import unicodedata

        # Windows-1258 writes tones as combining marks after the letter
        data = b"".join(_legacy(c) for c in unicodedata.normalize("NFC", text))
    else:
        data = text.encode(encoding)
    roster = read_roster(write(tmp_path, data))
    (person,) = people(roster)
    assert person.full_name == "Trần Thị Mơ"
    assert person.scope == "Chuyên khoa Da liễu"
    assert person.issued_on == date(2015, 6, 5)
    assert person.status is LicenceStatus.VALID


def _legacy(letter: str) -> bytes:
    import unicodedata

    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        apart = unicodedata.normalize("NFD", letter)
        tone = next(c for c in apart if c in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", apart.replace(tone, ""))
        return base.encode("cp1258") + tone.encode("cp1258")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = f"{HEADER}\n{ROW}\n".replace(",", delimiter)
    assert people(read_roster(write(tmp_path, text)))[0].licence_no == "000123/HCM-CCHN"


@pytest.mark.parametrize(
    "header",
    [
        "Ho ten;So CCHN;Pham vi hoat dong CM",
        "HỌ VÀ TÊN NGƯỜI HÀNH NGHỀ;SỐ CHỨNG CHỈ HÀNH NGHỀ;PHẠM VI HOẠT ĐỘNG CHUYÊN MÔN",
        "full_name;licence_no;scope",
        "Họ tên (*);Số GPHN;Phạm vi HĐCM",
    ],
)
def test_header_synonyms(tmp_path: Path, header: str) -> None:
    roster = read_roster(
        write(tmp_path, f"{header}\nLê Văn Gió;77/HCM-GPHN;Nội khoa\n", "a.csv"), RegistryKind.PRACTITIONERS
    )
    person = people(roster)[0]
    assert (person.full_name, person.licence_no, person.scope) == ("Lê Văn Gió", "77/HCM-GPHN", "Nội khoa")


def test_title_rows_and_a_header_in_two_rows(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["SỞ Y TẾ"],
        ["DANH SÁCH NGƯỜI HÀNH NGHỀ THÁNG 10"],
        [],
        ["STT", "Họ và tên", "Chứng chỉ hành nghề", None, None, "Phạm vi hoạt động chuyên môn"],
        [None, None, "Số CCHN", "Ngày cấp", "Nơi cấp", None],
        [1, "Lê Văn Gió", "0012/HCM-CCHN", 42000, "Sở Y tế", "Nội khoa"],
    ]
    (person,) = people(read_roster(write(tmp_path, workbook(rows), "practitioners.xlsx")))
    assert person.licence_no == "0012/HCM-CCHN"
    assert person.issued_on == date(2014, 12, 27)
    assert person.issuer == "Sở Y tế"
    assert person.scope == "Nội khoa"


def test_numbers_stored_as_floats_and_phones_without_their_zero(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Tên cơ sở", "Số GPHĐ", "Điện thoại", "Địa chỉ"],
        ["Phòng khám Mây Trắng", 12345.0, 912345678, "1 Đường Sao"],
        ["Nha khoa Cầu Vồng", "01111/HCM-GPHĐ; 01111", "0901 234 567; +84 28 3812 3456", "2 Đường Sao"],
    ]
    first, second = (
        r for r in read_roster(write(tmp_path, workbook(rows), "facilities.xlsx")).records if isinstance(r, Facility)
    )
    assert first.licence_no == "12345"
    assert first.phones == ("0912345678",)
    assert second.licence_no == "01111/HCM-GPHĐ"
    assert any("hai lần" in note for note in second.notes)
    assert second.phones == ("0901234567", "02838123456")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("05/06/2015", date(2015, 6, 5)),
        ("2015-06-05", date(2015, 6, 5)),
        ("42160", date(2015, 6, 5)),
        ("2015", date(2015, 1, 1)),
        ("ngày 5 tháng 6 năm 2015", date(2015, 6, 5)),
        ("5.6.2015", date(2015, 6, 5)),
        ("", None),
    ],
)
def test_dates(tmp_path: Path, written: str, read: date | None) -> None:
    text = f"Họ tên;Số CCHN;Ngày cấp\nLê Văn Gió;1/HCM-CCHN;{written}\n"
    person = people(read_roster(write(tmp_path, text)))[0]
    assert person.issued_on == read
    assert not person.notes


@pytest.mark.parametrize("written", ["31/02/2015", "không rõ", "99/99/9999"])
def test_a_bad_date_is_noted_and_costs_nothing(tmp_path: Path, written: str) -> None:
    text = f"Họ tên;Số CCHN;Ngày cấp\nLê Văn Gió;1/HCM-CCHN;{written}\n"
    person = people(read_roster(write(tmp_path, text)))[0]
    assert person.issued_on is None
    assert written in person.notes[0]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Đang hoạt động", LicenceStatus.VALID),
        ("Tạm dừng", LicenceStatus.SUSPENDED),
        ("ĐÌNH CHỈ", LicenceStatus.SUSPENDED),
        ("Thu hoi", LicenceStatus.REVOKED),
        ("Hết hiệu lực", LicenceStatus.EXPIRED),
        ("Ngừng hoạt động", LicenceStatus.EXPIRED),
        ("???", LicenceStatus.UNKNOWN),
    ],
)
def test_states(tmp_path: Path, words: str, status: LicenceStatus) -> None:
    text = f"Họ tên;Số CCHN;Trạng thái\nLê Văn Gió;1/HCM-CCHN;{words}\n"
    assert people(read_roster(write(tmp_path, text)))[0].status is status


def test_several_workplaces_in_one_cell(tmp_path: Path) -> None:
    text = 'Họ tên,Số CCHN,Nơi làm việc\nLê Văn Gió,1/HCM-CCHN,"Phòng khám A; Phòng khám B\nBệnh viện C|Nha khoa D"\n'
    person = people(read_roster(write(tmp_path, text)))[0]
    assert [place.name for place in person.workplaces] == ["Phòng khám A", "Phòng khám B", "Bệnh viện C", "Nha khoa D"]


def test_json_lines_with_lists_and_objects(tmp_path: Path) -> None:
    rows = [
        {"id": "P1", "full_name": "Lê Văn Gió", "licence_no": "1/HCM-CCHN", "workplaces": ["PK A", "PK B"]},
        {
            "id": "P2",
            "full_name": "Lê Thị Mưa",
            "workplaces": [{"name": "PK C", "facility_id": "F9", "district": "Quận 5"}],
        },
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\nkhông phải json\n[1]\n"
    roster = read_roster(write(tmp_path, text, "practitioners.jsonl"))
    first, second = people(roster)
    assert [place.name for place in first.workplaces] == ["PK A", "PK B"]
    assert second.workplaces[0].facility_id == "F9"
    assert [rejection.row for rejection in roster.rejections] == [3, 4]


def test_confirmations_and_prices(tmp_path: Path) -> None:
    confirmations = read_roster(
        write(
            tmp_path,
            "Số giấy xác nhận;Tên sản phẩm;Công ty\n12/2020/XNQC-YT;Viên Sao;Công ty Trăng\n;Thiếu số;X\n",
            "confirmations.csv",
        )
    )
    assert confirmations.records == (Confirmation("12/2020/XNQC-YT", "Viên Sao", "Công ty Trăng"),)
    assert "xác nhận" in confirmations.rejections[0].reason
    prices = read_roster(
        write(
            tmp_path,
            "Số GPHĐ;Tên dịch vụ;Đơn giá\n01/HCM-GPHĐ;Nhổ răng;1.500.000 đ\n01/HCM-GPHĐ;Trám răng;liên hệ\n",
            "prices.csv",
        )
    )
    assert prices.records == (DeclaredPrice("01/HCM-GPHĐ", "Nhổ răng", 1_500_000),)
    assert prices.rejections[0].row == 3


def test_rows_that_name_nobody_are_rejected_with_their_number(tmp_path: Path) -> None:
    roster = read_roster(write(tmp_path, f"{HEADER}\n{ROW}\n,000124/HCM-CCHN,,,,,,\n{ROW}\n"))
    assert len(roster.records) == 2
    assert [(rejection.row, rejection.reason) for rejection in roster.rejections] == [
        (3, "Không có họ tên người hành nghề.")
    ]


def test_repeated_licence_numbers_are_all_kept_and_marked(tmp_path: Path) -> None:
    roster = read_roster(write(tmp_path, f"{HEADER}\n{ROW}\n{ROW.replace('Mơ', 'Nắng')}\n"))
    assert [person.full_name for person in people(roster)] == ["Trần Thị Mơ", "Trần Thị Nắng"]
    assert all("2 dòng" in person.notes[0] for person in people(roster))
    assert any("số giấy phép" in note for note in roster.notes)


def test_an_end_before_the_start_is_kept_and_noted(tmp_path: Path) -> None:
    row = ROW.replace("05/06/2015,,", "05/06/2015,01/01/2010,")
    assert "Ngày hết hạn trước ngày cấp." in people(read_roster(write(tmp_path, f"{HEADER}\n{row}\n")))[0].notes


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+Lê Văn Gió", "@Lê", "-Lê"])
def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, name: str) -> None:
    assert people(read_roster(write(tmp_path, f"Họ tên;Số CCHN\n{name};1/HCM-CCHN\n")))[0].full_name == name


def test_nul_bytes_and_mixed_encodings_lose_no_row(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n".encode() + b"L\xea V\xe3n\x00 Gi\xf3,9/HCM-CCHN,,,,,,\n"
    roster = read_roster(write(tmp_path, data))
    assert [person.full_name for person in people(roster)] == ["Trần Thị Mơ", "Lê Văn Gió"]
    assert any("NUL" in note for note in roster.notes)
    assert any("Windows-1258" in note for note in roster.notes)


def test_a_cell_of_ten_megabytes_costs_its_row_only(tmp_path: Path) -> None:
    roster = read_roster(write(tmp_path, f"{HEADER}\n{ROW}\n{'x' * 10_000_000},1,,,,,,\n{ROW}\n"))
    assert len(roster.records) == 2
    assert roster.rejections[0].row == 3
    assert "dài quá" in roster.rejections[0].reason


def test_a_stray_quote_swallows_nothing(tmp_path: Path) -> None:
    rows = [ROW.replace("000123", f"{n:06d}").replace("Trần", '"Trần' if n == 2 else "Trần") for n in range(100)]
    assert len(read_roster(write(tmp_path, "\n".join([HEADER, *rows]))).records) == 100


def test_a_file_without_a_name_column_says_what_it_saw(tmp_path: Path) -> None:
    with pytest.raises(RosterError) as raised:
        read_roster(write(tmp_path, "Màu,Cỡ\nđỏ,12\n", "khác.csv"))
    assert "'Màu'" in str(raised.value)
    assert "ho va ten" in str(raised.value)


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RosterError, match="empty"):
        read_roster(write(tmp_path, data))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="not a workbook"):
        read_roster(write(tmp_path, "hello", "practitioners.xlsx"))
    with pytest.raises(RosterError, match="damaged"):
        read_roster(write(tmp_path, b"PK\x03\x04garbage", "practitioners.xlsx"))


def test_a_locked_workbook(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(RosterError, match="password"):
        read_roster(write(tmp_path, data, "practitioners.xlsx"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(RosterError, match="zip bomb"):
        read_roster(write(tmp_path, out.getvalue(), "practitioners.xlsx"))


def test_a_sheet_that_claims_a_billion_cells_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "Họ tên", "x"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(RosterError, match="cells"):
        read_roster(write(tmp_path, out.getvalue(), "practitioners.xlsx"))


def test_the_snapshot_is_hashed_and_ids_are_stable(tmp_path: Path) -> None:
    text = "Họ tên;Phạm vi\nLê Văn Gió;Nội khoa\n"
    first, again = read_roster(write(tmp_path, text)), read_roster(write(tmp_path, text, "practitioners-2.csv"))
    assert first.sha256 == again.sha256
    assert people(first)[0].id == people(again)[0].id != ""
