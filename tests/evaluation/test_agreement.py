"""Cohen's kappa against figures worked out by hand."""

from pathlib import Path

import pytest

from evaluation.agreement import compare, read
from models.errors import InputError
from pipeline.agreement_of_readers import kappa


def test_kappa_is_cohens() -> None:
    first = [True] * 45 + [True] * 15 + [False] * 25 + [False] * 15
    second = [True] * 45 + [False] * 15 + [True] * 25 + [False] * 15
    assert kappa(first, second) == pytest.approx(0.1304, abs=1e-4)
    assert kappa([1, 2, 3], [1, 2, 3]) == 1.0
    assert kappa([True, False], [False, True]) == -1.0
    assert kappa([True, True], [True, True]) is None


def test_readings_are_compared_by_id_whatever_form_their_codes_have() -> None:
    first = {
        "a": {"kind": "health_ad", "codes": {"cure_guarantee": ["khỏi"]}},
        "b": {"kind": "health_ad", "codes": {}},
        "c": {"kind": "other", "codes": {}},
    }
    second = {"a": {"kind": "health_ad", "codes": ["cure_guarantee"]}, "b": {"kind": "health_info", "codes": []}}
    found = compare(first, second)
    assert found["texts"] == 2
    assert found["codes"]["cure_guarantee"] == {"kappa": 1.0, "first": 1, "second": 1, "both": 1}
    assert found["differ"] == ["b"]
    with pytest.raises(InputError, match="no text in common"):
        compare(first, {"z": {"kind": "other", "codes": {}}})


def test_a_line_without_a_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "kind": "other"}\n{"id": "b"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read([path])
