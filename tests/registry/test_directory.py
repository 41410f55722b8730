"""Folders of registry files, two snapshots compared, and the search box."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import RosterError
from models.vocabulary import LicenceStatus, RegistryKind
from registry.directory import diff, kinds_held, read_registry_dir, search
from registry.types import Facility, Practitioner

GIO = Practitioner("P1", "Lê Văn Gió", "1/HCM-CCHN", status=LicenceStatus.SUSPENDED)
MUA = Practitioner("P2", "Trần Thị Mưa", "2/HCM-CCHN")


def test_a_folder_is_read_and_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "practitioners-a.csv").write_text("Họ tên;Số CCHN\nLê Văn Gió;1/HCM-CCHN\n;2\n")
    (tmp_path / "facilities.csv").write_text("Tên cơ sở;Số GPHĐ\nNha khoa Sao;1/HCM-GPHĐ\n")
    (tmp_path / "practitioners-b.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "notes.txt").write_text("anything")
    registry = read_registry_dir(tmp_path)
    assert [person.full_name for person in registry.practitioners] == ["Lê Văn Gió"]
    assert kinds_held(registry) == (RegistryKind.PRACTITIONERS, RegistryKind.FACILITIES)
    assert any("practitioners-b.xlsx: không đọc được" in note for note in registry.notes)
    assert any("nhận 1 dòng, loại 1 dòng" in note for note in registry.notes)


def test_a_folder_without_registry_files(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="no practitioner"):
        read_registry_dir(tmp_path)
    with pytest.raises(RosterError, match="not a folder"):
        read_registry_dir(tmp_path / "none")


def test_what_changed_between_two_snapshots() -> None:
    back = replace(GIO, status=LicenceStatus.VALID)
    new = Practitioner("P3", "Hồ Nắng")
    found = diff([GIO, MUA], [back, new])
    assert found.new == (new,)
    assert found.gone == (MUA,)
    assert found.changed == ((GIO, back),)
    assert found.reinstated == (back,)
    assert diff([GIO, MUA], [MUA, GIO]) == diff([], [])


def test_repeated_keys_are_compared_in_their_order() -> None:
    twin = replace(GIO, full_name="Lê Văn Gió Lớn")
    assert diff([GIO, twin], [GIO, twin]) == diff([], [])
    assert diff([GIO, twin], [GIO]).gone == (twin,)


def test_search_ignores_marks_and_puts_phrases_first() -> None:
    place = Facility("F1", "Phòng khám Gió Văn", "", "9/HCM-GPHĐ", address="1 Hoa Mai")
    assert search([place, GIO], "le van gio") == [GIO]
    assert search([place, GIO], "VĂN GIÓ") == [GIO, place]
    assert search([place, GIO, MUA], "2/hcm") == [MUA]
    assert search([GIO], "  ") == []
