"""Counts at a threshold. Measures over scores: ``ranking`` and ``calibration``; intervals: ``pipeline.shares``."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives at one threshold."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """Share of the flagged that is right; 0 where nothing was flagged."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of the true that was flagged; 0 where nothing is true."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0


def count(flags: Sequence[bool], truth: Sequence[bool]) -> Counts:
    """Count flags against the truth."""
    pairs = list(zip(flags, truth, strict=True))
    return Counts(
        sum(f and t for f, t in pairs), sum(f and not t for f, t in pairs), sum(t and not f for f, t in pairs)
    )
