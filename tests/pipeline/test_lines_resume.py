"""Output that goes on where a stopped run left off, and never where another run did."""

from pathlib import Path

import pytest

from pipeline.lines import write_on


def _stopped(path: Path, about: str, *lines: str, torn: str = "") -> None:
    """Leave behind what a killed run leaves: whole lines, and perhaps a torn one."""
    with pytest.raises(KeyboardInterrupt), write_on(str(path), about) as (out, _):
        out.writelines(lines)
        out.write(torn)
        raise KeyboardInterrupt


def test_a_stopped_run_is_taken_up_after_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    _stopped(path, "same", "một\n", "hai\n", torn="b")
    assert not path.exists()
    with write_on(str(path), "same") as (out, done):
        assert done == 2
        out.write("ba\n")
    assert path.read_text(encoding="utf-8") == "một\nhai\nba\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.jsonl"]


def test_another_input_or_model_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    _stopped(path, "one", "cũ\n")
    with write_on(str(path), "other") as (out, done):
        assert done == 0
        out.write("mới\n")
    assert path.read_text(encoding="utf-8") == "mới\n"


def test_a_finished_output_is_not_taken_for_a_stopped_one(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for text in ("một\n", "hai\n"):
        with write_on(str(path), "same") as (out, done):
            assert done == 0
            out.write(text)
    assert path.read_text(encoding="utf-8") == "hai\n"


def test_a_device_is_written_to_and_not_replaced() -> None:
    with write_on("/dev/null", "same") as (out, done):
        assert done == 0
        out.write("x\n")
    assert not Path("/dev/null").is_file()
