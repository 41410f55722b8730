import pytest

from models.vocabulary import MentionKind
from registry.mentions import find_mentions
from registry.specialities import SPECIALITIES
from registry.techniques import invasive, scopes_for, techniques_table


def found(text: str) -> list[str]:
    return [mention.value for mention in find_mentions(text) if mention.kind is MentionKind.TECHNIQUE]


def test_the_table_says_that_it_is_a_working_table_and_when_it_was_made() -> None:
    table = techniques_table()
    assert len(table.techniques) >= 120
    assert table.verified is False
    assert "working table" in table.source
    assert table.dated == "2026-11-24"


def test_every_scope_is_one_that_licences_know() -> None:
    scopes = {scope for technique in techniques_table().techniques for scope in technique.scopes or ()}
    assert scopes <= set(SPECIALITIES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Niềng răng trong suốt", ["Niềng răng"]),
        ("tiêm Botox và TIÊM FILLER môi", ["Tiêm botox", "Tiêm filler"]),
        ("tiem filler, cat mi", ["Tiêm filler", "Cắt mí"]),
        ("trẻ hoá da", ["Trẻ hóa da"]),
        ("nâng mũi S-line", ["Nâng mũi"]),
        ("truyền trắng, tế bào gốc", ["Truyền trắng", "Tế bào gốc"]),
        ("điều trị viêm gân, do loãng xương", []),
        ("phòng khám nam khoa", []),
        ("cảm giác hơi nặng", []),
        ("và trình bày", []),
        ("chụp cắt lớp võng mạc", ["Chụp cắt lớp võng mạc"]),
        ("phòng X-quang răng", ["Chụp X-quang răng"]),
        ("rối loạn cương, xuất tinh sớm là bệnh", []),
        ("chữa liệt dương, trị xuất tinh sớm", ["Điều trị rối loạn cương dương", "Điều trị xuất tinh sớm"]),
        ("trị nám da và trị nấm da", ["Trị nám", "Điều trị nấm da"]),
        ("kem trị mụn, viên uống giảm cân, túi độn ngực", []),
        ("dịch vụ trị mụn, độn ngực", ["Trị mụn", "Nâng ngực"]),
        ("đính đá, kim cương lên răng", ["Đính đá lên răng"]),
        ("điều trị rò hậu môn bằng HCPT", ["Điều trị rò hậu môn", "Kỹ thuật HCPT"]),
    ],
)
def test_techniques_are_named_as_the_table_names_them(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_scopes_and_silence() -> None:
    assert scopes_for("bọc sứ") == frozenset({"Răng Hàm Mặt"})
    assert scopes_for("Tiêm filler") == frozenset({"Da liễu", "Phẫu thuật tạo hình thẩm mỹ"})
    assert scopes_for("tế bào gốc") is None
    assert scopes_for("một dịch vụ chưa ai biết") is None
    assert invasive("nâng mũi") is True
    assert invasive("Niềng răng") is False
    assert invasive("tế bào gốc") is None


def test_a_disease_without_a_method_is_open_to_traditional_medicine() -> None:
    for technique in ("Điều trị viêm xoang", "Điều trị mất ngủ", "Điều trị rò hậu môn", "Trị mụn"):
        assert "Y học cổ truyền" in (scopes_for(technique) or ())
    assert scopes_for("Phẫu thuật chuyển giới") is None
