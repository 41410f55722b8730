"""Intervals resample whole groups, are the same every time, and say when there are too few groups."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.bootstrap import Resamples, interval, numbered
from evaluation.figures import share
from evaluation.intervals import Drawings, with_intervals
from evaluation.ranking import Floats


def _interval(values: Sequence[bool], groups: Sequence[object], times: int = 400) -> tuple[float, float]:
    true = np.array(values, dtype=bool)
    drawn = Resamples(numbered(groups), times).values({"x": share(true, np.ones_like(true))})
    return interval(drawn["x"])


def test_intervals_resample_whole_groups() -> None:
    # within a group all is alike: row by row the interval of 100 + 100 would be narrow, by group it is the whole range
    values = [True] * 100 + [False] * 100
    assert _interval(values, ["a"] * 100 + ["b"] * 100) == (0.0, 1.0)
    assert _interval(values, ["one"] * 200) == (0.5, 0.5)
    low, high = _interval(values, range(200))
    assert 0.4 < low < 0.5 < high < 0.6


def test_an_interval_by_row_is_as_wide_as_the_binomial_says() -> None:
    low, high = _interval([n % 2 == 0 for n in range(400)], range(400), times=2000)
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 400), rel=0.1)


def test_an_interval_is_the_same_every_time_and_holds_the_figure() -> None:
    values, groups = [n % 3 == 0 for n in range(70)], [n % 7 for n in range(70)]
    first = _interval(values, groups)
    assert first == _interval(values, groups)
    assert first[0] <= sum(values) / 70 <= first[1]


def test_every_resample_draws_as_many_groups_as_there_are() -> None:
    drawn = Resamples(numbered(["a", "b", "b", "c"]), times=50)
    weights: Floats = np.concatenate(list(drawn.weights()))
    assert weights.shape == (50, 4)
    assert (weights[:, 1] == weights[:, 2]).all()  # one group: drawn together
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len({tuple(row) for row in weights.tolist()}) > 5


def test_large_samples_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.bootstrap._HELD", 30)
    blocks = list(Resamples(numbered(range(10)), times=7).weights())
    assert [len(block) for block in blocks] == [3, 3, 1]
    assert not (blocks[0] == blocks[1]).all()


def test_what_is_never_defined_has_no_interval() -> None:
    low, high = interval(np.array([np.nan, np.nan]))
    assert math.isnan(low)
    assert math.isnan(high)
    assert interval(np.array([0.5, np.nan])) == (0.5, 0.5)
    assert Resamples(numbered([]), 10).values({"x": lambda weights: weights[:, 0]})["x"].size == 0


@pytest.mark.parametrize(("groups", "few"), [(7, True), (8, False)])
def test_with_few_groups_intervals_by_text_stand_beside(groups: int, few: bool) -> None:
    drawings = Drawings.of([str(n % groups) for n in range(80)], times=50)
    true = np.arange(80) % 3 == 0
    found = with_intervals({("a", "b"): share(true, np.ones(80)), ("c",): share(true, np.zeros(80))}, drawings)
    assert drawings.note()["too_few_groups"] is few
    assert ("b_interval_by_text" in found["a"]) is few
    assert found["a"]["b"] == 0.3375
    low, high = found["a"]["b_interval"]
    assert low <= 0.3375 <= high
    assert (found["c"], found["c_interval"]) == (None, [None, None])
