"""Counts and shares against values worked out by hand."""

import pytest

from evaluation import metrics


def test_counts() -> None:
    found = metrics.count([True, True, True, False], [True, False, True, True])
    assert (found.tp, found.fp, found.fn) == (2, 1, 1)
    assert found.precision == found.recall == found.f1 == pytest.approx(2 / 3)
    nothing = metrics.count([False], [True])
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)
    with pytest.raises(ValueError, match="longer"):
        metrics.count([True], [True, False])


def test_wilson_interval() -> None:
    low, high = metrics.wilson(8, 10)  # published: 0.4902 to 0.9433
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert metrics.wilson(0, 0) == (0.0, 1.0)
    assert metrics.wilson(0, 20)[0] == pytest.approx(0.0, abs=1e-12)
    assert metrics.wilson(0, 20)[1] == pytest.approx(0.1611, abs=1e-4)
    assert metrics.wilson(20, 20)[1] == pytest.approx(1.0)
