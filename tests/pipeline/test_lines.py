"""Lines of untrusted files: every fault is named with its number, every good line survives."""

from pathlib import Path

import pytest

from models.errors import DiskFullError, InputError
from pipeline import lines


def _read(path: Path) -> list[tuple[int, object]]:
    return [(line.number, line.error or dict(line.content or {})) for line in lines.read_lines(str(path))]


def test_each_bad_json_line_is_named_and_the_good_ones_survive(tmp_path: Path) -> None:
    path = tmp_path / "ads.jsonl"
    rows = [b'\xef\xbb\xbf{"id": "1"}', b"", b"{not json", b"[1]", b'{"id": "\xff"}', b"[" * 100_000, b'{"id": "2"}']
    path.write_bytes(b"\n".join(rows))
    found = _read(path)
    assert found[0] == (1, {"id": "1"})
    assert found[-1] == (7, {"id": "2"})
    assert [number for number, _ in found] == [1, 3, 4, 5, 6, 7]
    assert "not JSON" in str(found[1][1])
    assert found[2][1] == "not a JSON object"
    assert "not UTF-8" in str(found[3][1])
    assert "nested too deeply" in str(found[4][1])


def test_an_endless_line_is_refused_without_being_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 100)
    path = tmp_path / "ads.jsonl"
    path.write_bytes(b'{"id": "' + b"x" * 1000 + b'"}\n{"id": "2"}\n')
    found = _read(path)
    assert "longer than" in str(found[0][1])
    assert found[1] == (2, {"id": "2"})


def test_csv_rows_become_objects_and_bad_bytes_cost_only_their_row(tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_bytes('id,text,url\n1,"xin chào\nbạn",\n2,'.encode() + b"\xff\xfe,\n3,tot,http://a.example/\n")
    found = [(line.error, line.content) for line in lines.read_lines(str(path))]
    assert found[0] == ("", {"id": "1", "text": "xin chào\nbạn"})
    assert found[1] == ("not UTF-8", None)
    assert found[2][1] == {"id": "3", "text": "tot", "url": "http://a.example/"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        list(lines.read_lines(str(tmp_path / "nowhere.jsonl")))


def test_a_lone_surrogate_is_escaped_rather_than_lost() -> None:
    assert lines.dump_line({"t": "chữa"}) == '{"t": "chữa"}\n'
    assert lines.dump_line({"t": "\ud800"}) == '{"t": "\\ud800"}\n'


def test_an_output_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with pytest.raises(RuntimeError), lines.write_whole(str(path)) as out:
        out.write("half")
        raise RuntimeError
    assert not path.exists()
    with lines.write_whole(str(path)) as out:
        out.write("whole")
    assert path.read_text(encoding="utf-8") == "whole"


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="disk is full"), lines.write_whole(str(tmp_path / "x")):
        raise OSError(28, "No space left on device")
