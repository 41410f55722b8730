"""Precision and recall of mentions, on texts and marks made up for this test."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.mentions import figures, main, measure, paired, read_passages
from evaluation.metrics import Counts
from models.errors import InputError

TEXT = "BS. Trần Thử Minh, Phòng khám Mai An Vĩnh, hotline 0901 234 567. Điều trị viêm gan."
KINDS = ["practitioner", "facility", "phone", "technique"]


def _label(quotes: dict[str, str], **changes: Any) -> dict[str, Any]:
    mentions = [
        {"kind": kind, "start": TEXT.index(quote), "end": TEXT.index(quote) + len(quote)}
        for kind, quote in quotes.items()
    ]
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    made = {"id": "a", "sha256": digest, "part": "tuned", "chosen": "random", "kinds": KINDS, "mentions": mentions}
    return made | changes


def _files(folder: Path, *labels: object) -> tuple[Path, Path]:
    marks, texts = folder / "marks.jsonl", folder / "texts.jsonl"
    marks.write_text("\n".join(map(json.dumps, labels)), "utf-8")
    texts.write_text(json.dumps({"id": "a", "text": TEXT, "group": "g"}, ensure_ascii=False), "utf-8")
    return marks, texts


def test_bounds_are_paired_once_those_that_share_most_first() -> None:
    assert paired([(0, 10), (10, 20)], [(8, 20), (0, 3)]) == [((10, 20), (8, 20)), ((0, 10), (0, 3))]
    assert paired([(0, 5)], [(5, 9)]) == []


def test_hits_misses_and_false_hits_are_counted_and_named(tmp_path: Path) -> None:
    marked = {"practitioner": "BS. Trần Thử Minh", "facility": "Mai An", "technique": "hotline"}
    found = measure(read_passages(*_as_lists(_files(tmp_path, _label(marked)))))
    kinds = found["kinds"]
    assert (kinds["practitioner"]["exact"]["f1"], kinds["practitioner"]["overlap"]["f1"]) == (1.0, 1.0)
    assert (kinds["facility"]["overlap"]["recall"], kinds["facility"]["exact"]["recall"]) == (1.0, 0.0)
    assert kinds["phone"]["false"] == [("a", "0901 234 567")]
    assert kinds["phone"]["overlap"]["precision"] == 0.0
    assert kinds["phone"]["overlap"]["recall"] is None
    assert kinds["technique"]["missed"] == [("a", "hotline")]
    assert "price" not in kinds


def test_a_treatment_without_its_method_is_counted_apart(tmp_path: Path) -> None:
    technique = measure(read_passages(*_as_lists(_files(tmp_path, _label({})))))["kinds"]["technique"]
    assert (technique["counted_apart"], technique["false"]) == (1, [])


def test_intervals_hold_the_figure() -> None:
    found = figures([Counts(1, 0, 0), Counts(0, 1, 1), Counts(2, 0, 0)], ["x", "y", "z"])
    assert found["precision"] == 0.75
    low, high = found["precision_interval"]
    assert 0 <= low <= 0.75 <= high <= 1


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (_label({}, id="b"), "no text has the id b"),
        (_label({}, sha256="00"), "not the one that was read"),
        (_label({}, mentions=[{"kind": "phone", "start": 5, "end": 999}]), "outside the text"),
        (_label({}, kinds=["telephone"]), "not an annotated passage"),
        ({"id": "a"}, "not an annotated passage"),
    ],
)
def test_a_bad_label_is_named_with_its_line(tmp_path: Path, label: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=rf"line 1.*{said}"):
        read_passages(*_as_lists(_files(tmp_path, label)))


def test_the_command_prints_a_table_and_writes_all_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks, texts = _files(tmp_path, _label({"phone": "0901 234 567"}))
    out = tmp_path / "out.json"
    asked = ["--labels", str(marks), "--join", str(texts), "--out", str(out), "--show"]
    assert main([*asked, "--part", "tuned", "--chosen", "random"]) == 0
    printed = capsys.readouterr().out
    assert "1 passages" in printed
    assert "facility false a: 'Phòng khám Mai An Vĩnh'" in printed
    assert json.loads(out.read_text("utf-8"))["kinds"]["phone"]["exact"]["tp"] == 1
    assert main([*asked, "--part", "held_out"]) == 1
    assert "no annotated passage" in capsys.readouterr().err


def _as_lists(files: tuple[Path, Path]) -> tuple[Path, list[Path]]:
    return files[0], [files[1]]
