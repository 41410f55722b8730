"""Calibration against values worked out by hand."""

import math

import numpy as np
import pytest

from evaluation.calibration import Binning, Calibration

STATED, TRUTH = [0.95, 0.95, 0.15, 0.15], [True, False, False, False]


def test_reliability_error_and_bias() -> None:
    found = Calibration(STATED, TRUTH)
    assert np.array(found.reliability()) == pytest.approx(np.array([(0.15, 0.0, 2), (0.95, 0.5, 2)]))
    assert found.ece()[0] == pytest.approx((0.15 * 2 + 0.45 * 2) / 4)
    assert found.brier()[0] == pytest.approx((0.05**2 + 0.95**2 + 0.15**2 * 2) / 4)
    assert found.bias()[0] == pytest.approx((0.15 * 2 + 0.45 * 2) / 4)


def test_a_certain_one_falls_into_the_last_bin() -> None:
    assert Calibration([1.0], [True]).reliability() == [(1.0, 1.0, 1)]


def test_over_and_under_stating_cancel_in_the_bias_and_not_in_the_error() -> None:
    found = Calibration([0.2, 0.8], [True, False])
    assert found.bias()[0] == pytest.approx(0.0)
    assert found.ece()[0] == pytest.approx(0.8)


def test_columns_are_pooled() -> None:
    pooled = Calibration(np.array([[0.95, 0.15], [0.95, 0.15]]), np.array([[True, False], [False, False]]))
    flat = Calibration(STATED, TRUTH)
    assert pooled.ece()[0] == pytest.approx(flat.ece()[0])
    assert pooled.brier()[0] == pytest.approx(flat.brier()[0])
    assert pooled.reliability() == flat.reliability()


def test_bins_of_equal_mass_part_what_equal_width_lumps_together() -> None:
    # All of these lie in one bin of equal width, where stated and observed agree on the mean.
    stated, truth = [0.91, 0.92, 0.98, 0.99], [True, True, True, False]
    wide = Calibration(stated, truth).ece()[0]
    even = Calibration(stated, truth, Binning.EQUAL_MASS).ece()[0]
    assert wide == pytest.approx(0.95 - 0.75)
    assert even == pytest.approx((0.09 + 0.08 + 0.02 + 0.99) / 4)


def test_a_weight_is_a_row_given_so_often() -> None:
    weighted = Calibration(STATED, TRUTH).ece(np.array([[2.0, 0.0, 1.0, 0.0]]))[0]
    assert weighted == pytest.approx(Calibration([0.95, 0.95, 0.15], [True, True, False]).ece()[0])


def test_nothing_is_not_calibrated() -> None:
    assert math.isnan(Calibration([], []).ece()[0])
    assert Calibration([], []).reliability() == []
    with pytest.raises(ValueError, match="differ in shape"):
        Calibration([0.1], [True, False])
