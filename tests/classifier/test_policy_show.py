"""What `medad policy show` says, and the documentation's list of what was not verified."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from classifier.policy import load_policy
from classifier.policy_show import day, describe, describe_json, dong, unverified, unverified_table
from models.vocabulary import Code, Domain

POLICY = load_policy()
TODAY = date(2026, 11, 24)
DOC = Path(__file__).parents[2] / "docs" / "policy.md"


def section(text: str, title: str) -> str:
    """Return the lines under the heading that starts with ``title``."""
    found = re.search(rf"(?m)^{re.escape(title)}.*\n((?:  .*\n?)*)", text)
    return found[1] if found else ""


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_described_in_both_languages(code: Code) -> None:
    text = describe(POLICY, code, TODAY)
    entry = POLICY.codes[code]
    assert text.startswith(f"{code.value}: {entry.name_vi} / {entry.name_en}\n")
    assert entry.definition_vi.splitlines()[0] in section(text, "Định nghĩa")
    assert entry.definition_en.splitlines()[0] in section(text, "Definition (English)")
    assert "Ngày xét: 24/11/2026" in text
    assert "01 năm" in section(text, "Ghi chú chung")
    assert "05/7/2026" in section(text, "Mốc pháp luật gần nhất")


def test_provisions_are_sorted_into_those_that_stand_and_those_that_do_not() -> None:
    text = describe(POLICY, Code.CURE_GUARANTEE, date(2025, 12, 31))
    assert "khoản 9 Điều 8 Luật Quảng cáo 16/2012/QH13:" in section(text, "Quy định có hiệu lực ngày 31/12/2025")
    assert "Luật 75/2025/QH15" in section(text, "Quy định chưa có hiệu lực")
    assert "Nghị định 54/2017/NĐ-CP" in section(text, "Quy định đã hết hiệu lực")
    assert "163/2025" not in section(text, "Quy định đã hết hiệu lực")


def test_fines_are_said_for_individuals_and_organisations() -> None:
    said = section(describe(POLICY, Code.CURE_GUARANTEE, TODAY), "Mức phạt")
    assert "điểm c khoản 5 Điều 50 Nghị định 87/2026/NĐ-CP" in said
    assert "cá nhân từ 80.000.000 đến 100.000.000 đồng (thông thường 90.000.000 đồng)" in said
    assert "tổ chức từ 160.000.000 đến 200.000.000 đồng (thông thường 180.000.000 đồng)" in said
    assert "Điều 53" not in said
    assert "Điều 53" in section(describe(POLICY, Code.CURE_GUARANTEE, TODAY), "Khung phạt khác")


def test_what_was_not_verified_says_so() -> None:
    said = section(describe(POLICY, Code.COSMETIC_AS_MEDICINE, date(2026, 5, 14)), "Mức phạt")
    assert said.count("(chưa kiểm chứng)") == 2
    assert "mức tiền chưa đọc được" in said


def test_unsettled_and_ended_duties_say_why() -> None:
    text = describe(POLICY, Code.MISSING_CONFIRMATION_NUMBER, date(2025, 10, 1))
    assert "Luật chưa rõ, không gắn cờ" in section(text, "Lưu ý cho ngày 01/10/2025")
    duties = section(text, "Giấy xác nhận nội dung quảng cáo ngày 01/10/2025")
    assert "dịch vụ khám bệnh, chữa bệnh: chưa rõ" in duties
    assert "thuốc: phải có" in duties
    text = describe(POLICY, Code.MISSING_CONFIRMATION_NUMBER, date(2026, 2, 15))
    assert "Không còn bắt buộc" in section(text, "Lưu ý cho ngày 15/02/2026")
    text = describe(POLICY, Code.PROFESSIONAL_ENDORSEMENT, TODAY)
    assert "thực phẩm bảo vệ sức khỏe: mức phạt chưa xác định" in section(text, "Mức phạt")


def test_a_missing_fine_is_said_only_where_the_code_stands() -> None:
    said = section(describe(POLICY, Code.PROFESSIONAL_ENDORSEMENT, date(2026, 2, 15)), "Mức phạt")
    assert "- thuốc; mỹ phẩm: bộ dữ liệu không có mức phạt cho ngày này." in said
    said = section(describe(POLICY, Code.MISSING_CONFIRMATION_NUMBER, TODAY), "Mức phạt")
    assert "không có mức phạt" not in said


def test_law_is_shown_for_the_classes_of_its_code_only() -> None:
    assert "mọi loại" not in describe(POLICY, Code.UNLICENSED_FACILITY, TODAY)


def test_a_class_without_any_provision_is_named() -> None:
    said = section(describe(POLICY, Code.PROFESSIONAL_ENDORSEMENT, date(2026, 2, 14)), "Quy định có hiệu lực")
    assert "mỹ phẩm; thiết bị y tế: bộ dữ liệu không có quy định nào cho ngày này, không gắn cờ." in said


def test_mandatory_elements_are_listed_by_class() -> None:
    said = section(describe(POLICY, Code.MISSING_MANDATORY_NOTICE, TODAY), "Nội dung bắt buộc")
    assert "số giấy phép hoạt động; thời gian hoạt động" in said
    assert "cảnh báo cho người sử dụng (nếu có)" in said
    early = section(describe(POLICY, Code.MISSING_MANDATORY_NOTICE, date(2020, 1, 1)), "Nội dung bắt buộc")
    assert early.count("chưa đọc được nội dung bắt buộc") == len(Domain)


@pytest.mark.parametrize("code", list(Code))
def test_the_json_says_the_same(code: Code) -> None:
    said = json.loads(json.dumps(describe_json(POLICY, code, TODAY)))
    entry = POLICY.codes[code]
    assert said["code"] == code
    assert [item["id"] for item in said["provisions"]] == [item.id for item in entry.provisions]
    assert [item["in_force"] for item in said["penalties"]] == [item.in_force(TODAY) for item in entry.penalties]
    assert bool(said["elements"]) is (code is Code.MISSING_MANDATORY_NOTICE)
    assert bool(said["confirmation_required"]) is (code is Code.MISSING_CONFIRMATION_NUMBER)


def test_days_and_amounts_are_written_as_vietnamese_documents_do() -> None:
    assert [day(on) for on in (date(2026, 7, 5), date(2026, 2, 15), date(2026, 11, 24))] == [
        "05/7/2026",
        "15/02/2026",
        "24/11/2026",
    ]
    assert dong(1_234_567) == "1.234.567"


def test_the_documentation_lists_exactly_what_was_not_verified() -> None:
    rows = unverified(POLICY)
    assert ("supplement_as_medicine", "provision: khoản 1 Điều 27 Nghị định 15/2018/NĐ-CP, từ 02/02/2018") in [
        row[:2] for row in rows
    ]
    count = sum(
        not item.verified
        for entry in POLICY.codes.values()
        for item in [*entry.provisions, *entry.context, *entry.penalties, *entry.related_penalties]
    )
    assert len(rows) == count
    assert unverified_table(POLICY) in DOC.read_text(encoding="utf-8")


def test_the_documentation_has_every_day_of_the_law_clock() -> None:
    text = DOC.read_text(encoding="utf-8")
    for change in POLICY.law_clock:
        assert f"| {change.on.isoformat()} |" in text
