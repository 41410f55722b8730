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
