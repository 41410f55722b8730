"""Registry snapshots: counted, idempotent, with a history that can be asked as of a moment."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.errors import InputError, RosterError
from models.vocabulary import RegistryKind
from pipeline import registers

_HEAD = "Họ và tên,Số CCHN,Phạm vi hoạt động,Tình trạng\n"


def _file(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text(_HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


_AN = "Lê Thị An Nhiên,001201/HCM-CCHN,Da liễu,Hoạt động"
_BINH = "Phan Văn Bình,001202/HCM-CCHN,Nội khoa,Hoạt động"
_BINH_OUT = "Phan Văn Bình,001202/HCM-CCHN,Nội khoa,Thu hồi"


def test_an_import_is_counted_and_a_repeat_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, "practitioners.csv", _AN, _BINH)
    first, fresh = registers.import_registry(engine, path)
    again, repeated = registers.import_registry(engine, path)
    assert (first.accepted, first.new, fresh) == (2, 2, True)
    assert (again.id, repeated) == (first.id, False)
    assert len(registers.snapshots(engine)) == 1
    assert "không có gì thay đổi" in registers.describe_import(engine, again, repeated)[1]


def test_history_tells_what_stood_when(engine: Engine, tmp_path: Path) -> None:
    one, _ = registers.import_registry(engine, _file(tmp_path, "practitioners-1.csv", _AN, _BINH))
    two, _ = registers.import_registry(engine, _file(tmp_path, "practitioners-2.csv", _BINH_OUT))
    three, _ = registers.import_registry(engine, _file(tmp_path, "practitioners-3.csv", _AN, _BINH_OUT))
    assert (two.new, two.changed, two.gone) == (0, 1, 1)
    assert (three.new, three.changed, three.gone, three.reinstated) == (0, 0, 0, 1)
    now = registers.load_registry(engine, RegistryKind.PRACTITIONERS)
    then = registers.load_registry(engine, RegistryKind.PRACTITIONERS, as_of=one.imported_at)
    assert {(r.full_name, r.status.value) for r in now} == {
        ("Lê Thị An Nhiên", "valid"),
        ("Phan Văn Bình", "revoked"),
    }
    assert {(r.full_name, r.status.value) for r in then} == {("Lê Thị An Nhiên", "valid"), ("Phan Văn Bình", "valid")}
    states = registers.history(engine, "001202/HCM-CCHN")
    assert [(s["status"], s["until"] is None) for s in states] == [("valid", False), ("revoked", True)]
    assert one.id is not None and two.id is not None
    found = registers.diff(engine, one.id, two.id)
    assert [row["name"] for row in found["gone"]] == ["Lê Thị An Nhiên"]
    assert [row["name"] for row in found["changed"]] == ["Phan Văn Bình"]
    assert not found["changed"][0]["reinstated"]
    back, _ = registers.import_registry(engine, _file(tmp_path, "practitioners-4.csv", _AN, _BINH))
    assert back.id is not None
    again = registers.diff(engine, two.id or 0, back.id)
    assert [(row["name"], row["reinstated"]) for row in again["changed"]] == [("Phan Văn Bình", True)]
    assert registers.describe_record(again["changed"][0]).endswith("được khôi phục hiệu lực")
    assert [row["name"] for row in again["new"]] == ["Lê Thị An Nhiên"]


def test_a_partial_file_marks_nothing_as_gone(engine: Engine, tmp_path: Path) -> None:
    registers.import_registry(engine, _file(tmp_path, "practitioners-1.csv", _AN))
    part, _ = registers.import_registry(engine, _file(tmp_path, "practitioners-2.csv", _BINH), partial=True)
    assert (part.new, part.gone) == (1, 0)
    assert len(registers.load_registry(engine, RegistryKind.PRACTITIONERS)) == 2


def test_a_licence_number_that_stands_twice_is_kept_twice(engine: Engine, tmp_path: Path) -> None:
    twin = _BINH.replace("Bình", "Bính")
    path = _file(tmp_path, "practitioners.csv", _BINH, twin)
    registers.import_registry(engine, path)
    path = _file(tmp_path, "practitioners.csv", _BINH, twin, _AN)
    second, _ = registers.import_registry(engine, path)
    assert (second.new, second.changed, second.gone) == (1, 0, 0)
    assert len(registers.load_registry(engine, RegistryKind.PRACTITIONERS)) == 3


def test_rejected_rows_are_kept_with_their_reason(engine: Engine, tmp_path: Path) -> None:
    path = _file(tmp_path, "practitioners.csv", _AN, ",001203/HCM-CCHN,Nội khoa,Hoạt động")
    snapshot, fresh = registers.import_registry(engine, path)
    assert snapshot.id is not None
    refused = registers.rejections(engine, snapshot.id)
    assert [row.row for row in refused] == [3]
    assert refused[0].reason
    assert "dòng 3" in registers.describe_import(engine, snapshot, fresh)[1]


def test_a_file_without_a_name_column_stores_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "practitioners.csv"
    path.write_text("Mã hàng,Đơn giá,Ghi chú\n1,2,x\n", encoding="utf-8")
    with pytest.raises(RosterError, match="Mã hàng"):
        registers.import_registry(engine, path)
    assert registers.snapshots(engine) == []
    assert registers.registry_version(engine) == "none"


def test_search_needs_no_diacritics_and_stats_count(engine: Engine, tmp_path: Path) -> None:
    registers.import_registry(engine, _file(tmp_path, "practitioners.csv", _AN, _BINH_OUT))
    assert [row["name"] for row in registers.search(engine, "phan binh", 5)] == ["Phan Văn Bình"]
    assert [row["name"] for row in registers.search(engine, "001201", 5)] == ["Lê Thị An Nhiên"]
    assert registers.search(engine, "  ", 5) == []
    found = registers.stats(engine)
    assert found["records"]["practitioners"] == {"valid": 1, "revoked": 1}
    assert "người hành nghề: 2" in registers.describe_stats(found)


def test_search_puts_what_stands_in_a_row_first_and_reads_addresses(engine: Engine, tmp_path: Path) -> None:
    rows = "Tên cơ sở;Số GPHĐ;Địa chỉ\nPhòng khám Gió Văn;9/HCM-GPHĐ;1 Hoa Mai\nNha khoa Văn Gió;8/HCM-GPHĐ;2 Hoa Gạo\n"
    path = tmp_path / "facilities.csv"
    path.write_text(rows, "utf-8")
    registers.import_registry(engine, path)
    assert [row["name"] for row in registers.search(engine, "van gio", 5)] == ["Nha khoa Văn Gió", "Phòng khám Gió Văn"]
    assert [row["name"] for row in registers.search(engine, "hoa mai", 5)] == ["Phòng khám Gió Văn"]
    assert len(registers.search(engine, "gio", 1)) == 1


def test_comparing_snapshots_that_do_not_exist_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match="no snapshot 7"):
        registers.diff(engine, 7, 8)


def test_a_file_that_lacks_most_of_the_registry_is_refused_unless_meant(engine: Engine, tmp_path: Path) -> None:
    rows = [f"Lê Thị An {n},{n:06}/HCM-CCHN,Da liễu,Hoạt động" for n in range(40)]
    registers.import_registry(engine, _file(tmp_path, "practitioners-1.csv", *rows))
    small = _file(tmp_path, "practitioners-2.csv", *rows[:5])
    with pytest.raises(InputError, match=r"lacks 35 of the 40 practitioners.*--partial.*--replace"):
        registers.import_registry(engine, small)
    assert len(registers.snapshots(engine)) == 1
    snapshot, fresh = registers.import_registry(engine, small, replace=True)
    assert (snapshot.gone, fresh) == (35, True)
