"""Samples that stand for many: weighted figures against those of the same samples repeated."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judging import BEST, CURE, judged

from evaluation.classifier import evaluate, measure
from evaluation.gold import read_samples
from evaluation.judged import Judged
from models.errors import InputError

_LINE = {"id": "a", "text": "chữa khỏi hẳn", "kind": "health_ad", "codes": {}}


def _weighted(row: Judged, weight: float) -> Judged:
    return replace(row, sample=replace(row.sample, weight=weight))


def _rows() -> list[Judged]:
    quote = {CURE: ("chữa khỏi hẳn",)}
    return [
        judged("right", quote, {CURE: "chữa khỏi hẳn"}, group="a"),
        judged("missed", quote, {}, group="b"),
        judged("alarm", {}, {BEST: "tốt nhất"}, group="c"),
        judged("calm", {}, {}, group="d"),
    ]


def test_a_weight_counts_like_so_many_copies() -> None:
    once = _rows()
    found = measure([once[0], _weighted(once[1], 3.0), once[2], _weighted(once[3], 2.0)], times=20)
    copies = measure([once[0], once[1], once[1], once[1], once[2], once[3], once[3]], times=20)
    for at in ("any_code", "health_ad"):
        for figure in ("precision", "recall", "f1", "ap"):
            assert found[at][figure] == copies[at][figure]
    assert found["any_code"]["recall"] == 0.25  # of four missed or found, one
    assert found["codes"][CURE.value]["f1"] == copies["codes"][CURE.value]["f1"]
    assert found["base_rate"] == copies["base_rate"]
    assert found["budget"]["0.3"]["recall"] == copies["budget"]["0.3"]["recall"]
    assert found["calibration"]["any_code"]["brier"] == copies["calibration"]["any_code"]["brier"]
    assert (found["weights"]["texts"], found["weights"]["stand_for"]) == (4, 7.0)
    assert found["weights"]["effective"] == pytest.approx(49 / 15, abs=1e-3)
    assert found["any_code"]["positives"] == 2  # counts are of texts


def test_without_weights_nothing_is_said_of_them() -> None:
    assert "weights" not in measure(_rows(), times=5)
    same = measure([_weighted(row, 1.0) for row in _rows()], times=5)
    assert same == measure(_rows(), times=5)


def test_the_report_says_that_it_is_weighted(tmp_path: Path) -> None:
    samples = tmp_path / "s.jsonl"
    rows: list[dict[str, Any]] = [{**_LINE, "weight": 12.5}, {**_LINE, "id": "b", "read_at": "2026-11-24T08:00:00Z"}]
    samples.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = evaluate(samples, tmp_path / "out", "rules", times=5)
    assert "Weighted: these 2 texts stand for 14" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "read_at" not in found["slices"]


@pytest.mark.parametrize("weight", [0, -1, True, "3", None, float("inf")])
def test_a_weight_is_a_positive_number(tmp_path: Path, weight: object) -> None:
    samples = tmp_path / "s.jsonl"
    samples.write_text(json.dumps({**_LINE, "weight": weight}), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1.*weight"):
        read_samples(samples)
