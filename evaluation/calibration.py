"""Whether '80 %' comes true in 80 of 100 cases: reliability, expected calibration error, Brier score.

Bins are fixed before any resampling: ten of equal width, or ten that hold equally many rows. The expected calibration
error is the mean gap between stated and observed probability in a bin, weighted by the bin's size; it depends on the
bins, so both are given. As in ``ranking``, a resample is a weight per row.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evaluation.ranking import Floats

BINS = 10


class Binning(StrEnum):
    """How probabilities are put into bins."""

    EQUAL_WIDTH = "equal_width"
    EQUAL_MASS = "equal_mass"


class Calibration:
    """Stated probabilities against the truth, of shape (rows,) or (rows, columns): columns are pooled."""

    def __init__(
        self,
        stated: Sequence[float] | Floats,
        truth: Sequence[bool] | NDArray[np.bool_],
        binning: Binning = Binning.EQUAL_WIDTH,
    ) -> None:
        given = np.asarray(stated, dtype=np.float64)
        true = np.asarray(truth, dtype=np.float64)
        if given.shape != true.shape:
            raise ValueError(f"stated and true probabilities differ in shape: {given.shape} and {true.shape}")
        self._columns = 1 if given.ndim == 1 else given.shape[1]
        columns = given.reshape(len(given), self._columns)
        members = np.eye(BINS)[_bin(columns, binning)]  # (rows, columns, bins)
        self._stated: Floats = (members * columns[:, :, None]).sum(axis=1)  # (rows, bins)
        self._true: Floats = (members * true.reshape(columns.shape)[:, :, None]).sum(axis=1)
        self._size: Floats = members.sum(axis=1)
        self._squares: Floats = ((columns - true.reshape(columns.shape)) ** 2).mean(axis=1)

    def ece(self, weights: Floats | None = None) -> Floats:
        """Return the expected calibration error per resample."""
        w = self._weights(weights)
        gaps = np.abs(w @ (self._stated - self._true)).sum(axis=1)
        return _ratio(gaps, w.sum(axis=1) * self._columns)

    def brier(self, weights: Floats | None = None) -> Floats:
        """Return the mean squared error of the probabilities per resample."""
        w = self._weights(weights)
        return _ratio(w @ self._squares, w.sum(axis=1))

    def bias(self, weights: Floats | None = None) -> Floats:
        """Return the mean of stated minus observed per resample: over 0 the classifier says too much."""
        w = self._weights(weights)
        return _ratio((w @ (self._stated - self._true)).sum(axis=1), w.sum(axis=1) * self._columns)

    def reliability(self) -> list[tuple[float, float, int]]:
        """Return (mean stated, share that is true, number) of every bin that holds anything."""
        size = self._size.sum(axis=0)
        rows = zip(self._stated.sum(axis=0), self._true.sum(axis=0), size, strict=True)
        return [(float(s / n), float(t / n), int(n)) for s, t, n in rows if n]

    def _weights(self, weights: Floats | None) -> Floats:
        return np.ones((1, len(self._size))) if weights is None else weights


def _bin(columns: Floats, binning: Binning) -> NDArray[np.int64]:
    if binning is Binning.EQUAL_WIDTH or not columns.size:
        return np.minimum((columns * BINS).astype(np.int64), BINS - 1)
    edges = np.quantile(columns, np.arange(1, BINS) / BINS)
    return np.searchsorted(edges, columns, side="right").astype(np.int64)


def _ratio(above: Floats, below: Floats) -> Floats:
    found: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return found
