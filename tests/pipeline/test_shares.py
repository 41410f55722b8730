"""Intervals of a share against published values and against the binomial sum itself."""

from math import comb

import pytest

from pipeline.shares import upper_bound, wilson


def test_wilson_interval() -> None:
    low, high = wilson(8, 10)  # published: 0.4902 to 0.9433
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(0, 20)[1] == pytest.approx(0.1611, abs=1e-4)
    assert wilson(20, 20)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("found", "read", "bound"),
    [(0, 59, 0.0495), (0, 299, 0.00997), (1, 100, 0.04656), (3, 50, 0.14784)],  # published tables, one-sided 95 %
)
def test_upper_bound(found: int, read: int, bound: float) -> None:
    assert upper_bound(found, read) == pytest.approx(bound, abs=1e-4)


def test_upper_bound_is_where_so_few_become_unlikely() -> None:
    for found, read in ((0, 20), (2, 30), (7, 40)):
        share = upper_bound(found, read)
        assert sum(comb(read, k) * share**k * (1 - share) ** (read - k) for k in range(found + 1)) == pytest.approx(
            0.05
        )
    assert upper_bound(0, 0) == upper_bound(5, 5) == 1.0
    assert upper_bound(0, 300) < upper_bound(1, 300) < upper_bound(2, 300)
    assert upper_bound(0, 300, confidence=0.99) > upper_bound(0, 300)
