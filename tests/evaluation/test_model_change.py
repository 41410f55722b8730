"""One model beside another: what flips, how sure the difference is, and that a reader can read it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import here
from judging import BEST, CURE, judged

from evaluation.model_change import changes, compare_models, described
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Domain, TextKind

_TEXT = "Phòng khám chữa khỏi hẳn bệnh trĩ, tốt nhất nước. Số {}"
_EVIL = "<script>alert(1)</script>"


def _sample(number: int, codes: dict[str, list[str]]) -> dict[str, Any]:
    text = _TEXT.format(number) + _EVIL
    return {"id": f"s{number}", "text": text, "kind": "health_ad", "codes": codes, "group": f"g{number}"}


def _scored(sample: dict[str, Any], flagged: dict[str, str]) -> dict[str, Any]:
    found = [
        {
            "code": code,
            "probability": 0.9,
            "start": sample["text"].index(words),
            "end": sample["text"].index(words) + len(words),
            "quote": words,
            "method": "model",
        }
        for code, words in flagged.items()
    ]
    return {
        "id": sample["id"],
        "kind": {"label": "health_ad", "all": {kind.value: float(kind is TextKind.HEALTH_AD) for kind in TextKind}},
        "domains": {domain.value: 0.5 for domain in Domain},
        "codes": {code.value: 0.9 if code.value in flagged else 0.1 for code in TEXT_CODES},
        "risk": 0.9 if flagged else 0.1,
        "findings": found,
        "model": {"name": "thử", "version": "1"},
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Twelve texts that violate; the old model finds two of them and cries wolf once, the new one finds all."""
    cure = {CURE.value: "chữa khỏi hẳn"}
    samples = [_sample(number, {CURE.value: ["chữa khỏi hẳn"]}) for number in range(12)]
    old = [
        _scored(sample, cure if at < 2 else {BEST.value: "tốt nhất"} if at == 2 else {})
        for at, sample in enumerate(samples)
    ]
    new = [_scored(sample, cure) for sample in samples]
    return (
        _write(tmp_path / "samples.jsonl", samples),
        _write(tmp_path / "old.jsonl", old),
        _write(tmp_path / "new.jsonl", new),
    )


def test_what_flips() -> None:
    quote = {CURE: ("chữa khỏi hẳn",)}
    words = {CURE: "chữa khỏi hẳn"}
    before = [judged("1", quote, {}), judged("2", quote, words), judged("3", {}, words), judged("4", {}, {})]
    after = [judged("1", quote, words), judged("2", quote, {}), judged("3", {}, {}), judged("4", {}, words)]
    assert [flip.what for flip in changes(before, after)] == ["found", "lost", "calmed", "alarm"]
    assert changes(before, before) == []


def test_two_files_of_answers_are_compared(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    samples, old, new = files
    found = compare_models(samples, str(old), str(new), tmp_path / "out", times=200)
    row = found["rows"][CURE.value]
    assert (row["positives"], row["old"]["recall"], row["new"]["recall"]) == (12, round(2 / 12, 4), 1.0)
    assert row["difference"]["recall"]["value"] == pytest.approx(10 / 12, abs=1e-4)
    low, high = row["difference"]["f1"]["interval"]
    assert 0 < low < row["difference"]["f1"]["value"] < high
    assert row["difference"]["f1"]["not_better"] == 0.0
    assert row["old"]["threshold"] is None
    assert found["rows"][BEST.value]["positives"] == 0
    assert {what: found["flips"][what] for what in ("found", "lost", "alarm", "calmed")} == {
        "found": 10, "lost": 0, "alarm": 0, "calmed": 1,
    }  # fmt: skip
    assert found["flips"]["codes"][BEST.value]["calmed"] == 1
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert _EVIL not in report
    assert '<html lang="vi">' in report
    assert "Phát hiện thêm" in report
    assert not re.search(r"<script|https?://", report)
    text = described(found)
    assert "Đổi kết quả ở 10 văn bản: phát hiện thêm 10; bỏ sót thêm 0; báo nhầm thêm 0; hết báo nhầm 1." in text
    assert "16,7 → 100,0" in text


def test_the_same_model_changes_nothing(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    samples, old, _ = files
    found = compare_models(samples, str(old), str(old), tmp_path / "out", times=50)
    assert found["flips"]["texts"] == 0
    assert found["rows"]["any_code"]["difference"]["f1"] == {"value": 0.0, "interval": [0.0, 0.0], "not_better": 1.0}


def test_the_command(files: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples, old, new = files
    done = here(capsys, "--data", tmp_path, "model", "compare", old, new, "--samples", samples)
    assert done.code == 0, done.err
    assert "Cam kết khỏi bệnh" in done.out
    assert (tmp_path / "model-compare" / "report.html").is_file()
    wrong = here(capsys, "model", "compare", old, "no-such", "--samples", samples, "--out", tmp_path / "x")
    assert wrong.code == 1


def test_nothing_to_compare_on_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "none.jsonl"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no labelled sample"):
        compare_models(empty, "rules", "rules", tmp_path / "out")
