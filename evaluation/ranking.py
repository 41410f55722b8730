"""Measures of a ranking by score, for many weightings of the rows at once: a resample is a weight per row.

Every method takes ``weights`` of shape (resamples, rows) and returns one value per resample; without weights each row
counts once and one value comes back. A measure that is not defined (nothing is true) is ``nan``. Ties in score are
taken together, so that the order of the input does not matter.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Ranking:
    """Rows by falling ``scores``; ``truth`` says which of them are sought. Both of shape (rows,)."""

    def __init__(self, scores: Sequence[float] | Floats, truth: Sequence[bool] | NDArray[np.bool_]) -> None:
        given = np.asarray(scores, dtype=np.float64)
        true = np.asarray(truth, dtype=bool)
        if given.shape != true.shape or given.ndim != 1:
            raise ValueError(f"scores and truth differ in length: {given.shape} and {true.shape}")
        self._order = np.argsort(-given, kind="stable")
        self._true = true[self._order]
        ranked = given[self._order]
        #: Where a run of equal scores ends, and that score.
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.array([], int)
        self.thresholds: Floats = ranked[self._ends]
        #: The latest weights and their steps: several measures ask for the same.
        self._latest: tuple[Floats, Floats, Floats] | None = None

    @cached_property
    def _once(self) -> Floats:
        return np.ones((1, len(self._true)))

    def steps(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """Return how many rows are read, and how many of them are true, after each distinct score."""
        chosen = self._once if weights is None else weights
        if self._latest is None or self._latest[0] is not chosen:
            ranked = chosen[:, self._order]
            read = np.cumsum(ranked, axis=1)[:, self._ends]
            found = np.cumsum(ranked * self._true, axis=1)[:, self._ends]
            self._latest = chosen, read, found
        return self._latest[1:]

    def average_precision(self, weights: Floats | None = None) -> Floats:
        """Return the area under the precision-recall steps, without interpolation."""
        read, found = self.steps(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(read > 0, found / read, 0.0)
            gained = np.diff(found, axis=1, prepend=0.0)
            return np.asarray((gained * precision).sum(axis=1) / _last(found))

    def best_f1(self, weights: Floats | None = None) -> Floats:
        """Return the largest F1 over all thresholds: what could be had by choosing the threshold on these very rows."""
        read, found = self.steps(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = 2 * found / (read + _last(found)[:, None])
        return np.where(_last(found) > 0, values.max(axis=1, initial=0.0), np.nan)

    def best_threshold(self) -> float:
        """Return the score from which on flagging gives the best F1; ``nan`` where nothing is true."""
        read, found = self.steps()
        if not len(self._true) or not found[0, -1]:
            return float("nan")
        return float(self.thresholds[np.argmax(2 * found[0] / (read[0] + found[0, -1]))])

    def recall_at(self, share: float, weights: Floats | None = None) -> Floats:
        """Return the share of the true that a reader of the top ``share`` of the queue finds; ties are shared out."""
        read, found = self.steps(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._found_at(share, read, found) / _last(found)

    def precision_at(self, share: float, weights: Floats | None = None) -> Floats:
        """Return the share of the true among the top ``share`` of the queue; ties are shared out."""
        read, found = self.steps(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._found_at(share, read, found) / (share * _last(read))

    def depth(self, recall: float, weights: Floats | None = None) -> Floats:
        """Return the share of the queue that must be read to find ``recall`` of the true; ties are shared out."""
        read, found = self.steps(weights)
        depths = np.full(len(read), np.nan)
        for row in np.flatnonzero(_last(found) > 0):
            depths[row] = _crossing(read[row], found[row], recall * found[row, -1]) / read[row, -1]
        return depths

    @staticmethod
    def _found_at(share: float, read: Floats, found: Floats) -> Floats:
        if not read.shape[1]:
            return np.full(len(read), np.nan)
        rows = zip(read, found, strict=True)
        return np.array([np.interp(share * r[-1], np.append(0.0, r), np.append(0.0, f)) for r, f in rows])

    def curve(self) -> list[tuple[float, float, float]]:
        """Return (threshold, precision, recall) at every distinct score, highest first; empty where nothing is true."""
        read, found = (rows[0] for rows in self.steps())
        if not len(found) or not found[-1]:
            return []
        rows = zip(self.thresholds, found / read, found / found[-1], strict=True)
        return [(float(score), float(precision), float(recall)) for score, precision, recall in rows]

    def queue(self) -> list[tuple[float, float]]:
        """Return (share of the queue read, share of the true found), from (0, 0); empty where nothing is true."""
        read, found = (rows[0] for rows in self.steps())
        if not len(found) or not found[-1]:
            return []
        shares = zip(read / read[-1], found / found[-1], strict=True)
        return [(0.0, 0.0), *((float(share), float(recall)) for share, recall in shares)]


def _last(steps: Floats) -> Floats:
    return steps[:, -1] if steps.shape[1] else np.zeros(len(steps))


def _crossing(read: Floats, found: Floats, wanted: float) -> float:
    """Return how many rows are read when ``wanted`` are found: between two scores in proportion."""
    at = int(np.searchsorted(found, wanted - 1e-9))
    read_before, found_before = (read[at - 1], found[at - 1]) if at else (0.0, 0.0)
    part = (wanted - found_before) / (found[at] - found_before) if found[at] > found_before else 1.0
    return float(read_before + max(part, 0.0) * (read[at] - read_before))
