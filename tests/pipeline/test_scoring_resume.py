"""``medad score`` that was killed goes on, and ends with the very lines of an undisturbed run."""

import json
from pathlib import Path

import pytest

from pipeline import scoring


def _ads(path: Path, count: int) -> Path:
    texts = ("Phòng khám cam kết chữa khỏi bệnh trĩ {}", "Lịch khám bệnh ngày {}", "Kem đặc trị nám số {}")
    lines = [{"id": str(n), "text": texts[n % 3].format(n), "published_on": "2026-11-02"} for n in range(count)]
    written = [json.dumps(line, ensure_ascii=False) for line in lines]
    written.insert(7, "not JSON")
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return path


def test_a_killed_run_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_BATCH", 8)
    source, whole, output = _ads(tmp_path / "ads.jsonl", 60), tmp_path / "whole.jsonl", tmp_path / "scored.jsonl"
    scoring.score_file(str(source), str(whole), spec="rules", workers=1)

    def stop(done: int) -> None:
        if done >= 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoring.score_file(str(source), str(output), spec="rules", workers=1, on_progress=stop)
    judged: list[int] = []
    done = scoring.score_file(str(source), str(output), spec="rules", workers=1, on_progress=judged.append)
    assert judged[0] == 32
    assert (done.scored, done.bad) == (60, 1)
    assert output.read_bytes() == whole.read_bytes()


def test_a_changed_input_is_scored_anew(tmp_path: Path) -> None:
    source, output = _ads(tmp_path / "ads.jsonl", 20), tmp_path / "scored.jsonl"

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scoring.score_file(str(source), str(output), spec="rules", workers=1, on_progress=stop)
    _ads(source, 30)
    assert scoring.score_file(str(source), str(output), spec="rules", workers=1).scored == 30
    assert len(output.read_text(encoding="utf-8").splitlines()) == 30
