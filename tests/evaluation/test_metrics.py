"""Every measure against a value worked out by hand."""

from collections.abc import Sequence

import pytest

from evaluation import metrics

SCORES = [0.9, 0.8, 0.8, 0.4, 0.2]
TRUTH = [True, True, False, False, True]


def test_counts() -> None:
    found = metrics.count([True, True, True, False], [True, False, True, True])
    assert (found.tp, found.fp, found.fn) == (2, 1, 1)
    assert found.precision == found.recall == found.f1 == pytest.approx(2 / 3)
    nothing = metrics.count([False], [True])
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)
    with pytest.raises(ValueError, match="longer"):
        metrics.count([True], [True, False])


def test_average_precision_takes_ties_together() -> None:
    # steps: 0.9 → 1/3 recall at 1; the tie at 0.8 → 2/3 at 2/3; 0.2 → 1 at 3/5
    assert metrics.average_precision(SCORES, TRUTH) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3 + 1 / 3 * 3 / 5)
    swapped = [True, False, True, False, True]
    assert metrics.average_precision(SCORES, swapped) == metrics.average_precision(SCORES, TRUTH)


def test_average_precision_at_its_ends() -> None:
    assert metrics.average_precision([0.9, 0.1], [True, False]) == 1.0
    assert metrics.average_precision([0.5] * 4, [True, False, False, False]) == 0.25
    assert metrics.average_precision([0.5], [False]) == 0.0
    assert metrics.average_precision([], []) == 0.0
    assert metrics.curve([0.5], [False]) == []


def test_a_review_budget_shares_ties_out_evenly() -> None:
    assert metrics.found_at_budget(SCORES, TRUTH, 0.2) == pytest.approx(1 / 3)
    assert metrics.found_at_budget(SCORES, TRUTH, 0.4) == pytest.approx((1 + 0.5) / 3)  # one of the two tied is read
    assert metrics.found_at_budget(SCORES, TRUTH, 0.6) == pytest.approx(2 / 3)
    assert metrics.found_at_budget(SCORES, TRUTH, 1.0) == 1.0
    assert metrics.found_at_budget([0.1], [False], 1.0) == 0.0


def test_wilson_interval() -> None:
    low, high = metrics.wilson(8, 10)  # published: 0.4902 to 0.9433
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert metrics.wilson(0, 0) == (0.0, 1.0)
    assert metrics.wilson(0, 20)[0] == pytest.approx(0.0, abs=1e-12)
    assert metrics.wilson(0, 20)[1] == pytest.approx(0.1611, abs=1e-4)
    assert metrics.wilson(20, 20)[1] == pytest.approx(1.0)


def test_calibration() -> None:
    scores, truth = [0.95, 0.95, 0.15, 0.15], [True, False, False, False]
    assert metrics.reliability(scores, truth) == [(0.15, 0.0, 2), (0.95, 0.5, 2)]
    assert metrics.expected_calibration_error(scores, truth) == pytest.approx((0.15 * 2 + 0.45 * 2) / 4)
    assert metrics.brier(scores, truth) == pytest.approx((0.05**2 + 0.95**2 + 0.15**2 * 2) / 4)
    assert metrics.reliability([1.0], [True]) == [(1.0, 1.0, 1)]  # a certain one falls into the last bin
    assert metrics.expected_calibration_error([], []) == metrics.brier([], []) == 0.0


def _share(rows: Sequence[tuple[str, bool]]) -> float:
    return sum(value for _, value in rows) / len(rows)


def test_intervals_resample_whole_groups() -> None:
    # within a group all is alike: row by row the interval of 100 + 100 would be narrow, by group it is the whole range
    rows = [("a", True)] * 100 + [("b", False)] * 100
    assert metrics.interval_by_group(rows, lambda row: row[0], _share) == (0.0, 1.0)
    alone = metrics.interval_by_group(rows, lambda _: "one", _share)
    assert alone == (0.5, 0.5)
    assert metrics.interval_by_group([], lambda row: row, lambda _: 1.0) == (0.0, 0.0)


def test_an_interval_is_the_same_every_time_and_holds_the_figure() -> None:
    rows = [(str(n % 7), n % 3 == 0) for n in range(70)]
    first = metrics.interval_by_group(rows, lambda row: row[0], _share)
    again = metrics.interval_by_group(rows, lambda row: row[0], _share)
    assert first == again
    assert first[0] <= _share(rows) <= first[1]
