"""Folders of registry files."""

from pathlib import Path

import pytest

from models.errors import RosterError
from registry.directory import read_registry_dir


def test_a_folder_is_read_and_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "practitioners-a.csv").write_text("Họ tên;Số CCHN\nLê Văn Gió;1/HCM-CCHN\n;2\n")
    (tmp_path / "facilities.csv").write_text("Tên cơ sở;Số GPHĐ\nNha khoa Sao;1/HCM-GPHĐ\n")
    (tmp_path / "practitioners-b.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "notes.txt").write_text("anything")
    registry = read_registry_dir(tmp_path)
    assert [person.full_name for person in registry.practitioners] == ["Lê Văn Gió"]
    assert [place.legal_name for place in registry.facilities] == ["Nha khoa Sao"]
    assert any("practitioners-b.xlsx: không đọc được" in note for note in registry.notes)
    assert any("nhận 1 dòng, loại 1 dòng" in note for note in registry.notes)


def test_a_folder_without_registry_files(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="no practitioner"):
        read_registry_dir(tmp_path)
    with pytest.raises(RosterError, match="not a folder"):
        read_registry_dir(tmp_path / "none")
