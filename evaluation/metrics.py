"""Measures over (probability, truth) pairs, pure and without a database. Every function says what it needs.

AP is the step-wise area under the precision-recall curve (no interpolation); ties in score are taken together, so that
the order of the input does not matter. Intervals resample whole groups (sites, advertisers): texts of one site are not
independent.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Row = TypeVar("Row")


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


def curve(scores: Sequence[float], truth: Sequence[bool]) -> list[tuple[float, float, float]]:
    """Return (threshold, precision, recall) at every distinct score, highest first; empty where nothing is true."""
    positives = sum(truth)
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, true in zip(scores, truth, strict=True):
        by_score[score].append(true)
    points: list[tuple[float, float, float]] = []
    hits = seen = 0
    for score in sorted(by_score, reverse=True) if positives else ():
        hits, seen = hits + sum(by_score[score]), seen + len(by_score[score])
        points.append((score, hits / seen, hits / positives))
    return points


def average_precision(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """Return the area under the precision-recall steps; 0 where nothing is true."""
    area = last = 0.0
    for _, precision, recall in curve(scores, truth):
        area += (recall - last) * precision
        last = recall
    return area


def found_at_budget(scores: Sequence[float], truth: Sequence[bool], share: float) -> float:
    """Return the recall when a reviewer reads the top ``share`` of the queue, ties shared out evenly."""
    budget = share * len(scores)
    positives = sum(truth)
    found = read = 0.0
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, true in zip(scores, truth, strict=True):
        by_score[score].append(true)
    for score in sorted(by_score, reverse=True):
        tied = by_score[score]
        taken = min(len(tied), budget - read)
        if taken <= 0:
            break
        found += sum(tied) * taken / len(tied)
        read += taken
    return found / positives if positives else 0.0


def brier(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """Return the mean squared error of the probabilities."""
    return sum((s - t) ** 2 for s, t in zip(scores, truth, strict=True)) / len(scores) if scores else 0.0


def reliability(scores: Sequence[float], truth: Sequence[bool], bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean probability, share that is true, number) for each of ``bins`` equal bins that holds anything."""
    filled: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, true in zip(scores, truth, strict=True):
        filled[min(int(score * bins), bins - 1)].append((score, true))
    return [
        (sum(s for s, _ in rows) / len(rows), sum(t for _, t in rows) / len(rows), len(rows))
        for _, rows in sorted(filled.items())
    ]


def expected_calibration_error(scores: Sequence[float], truth: Sequence[bool], bins: int = 10) -> float:
    """Return the mean gap between stated and observed probability, weighted by the bins' sizes."""
    return sum(abs(p - t) * n for p, t, n in reliability(scores, truth, bins)) / len(scores) if scores else 0.0


def interval_by_group(
    rows: Sequence[Row],
    group: Callable[[Row], Hashable],
    measure: Callable[[Sequence[Row]], float],
    *,
    times: int = 400,
    seed: int = 7,
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of ``measure``, resampling whole groups. One group gives no width."""
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        groups[group(row)].append(row)
    members = list(groups.values())
    if not members:
        return (0.0, 0.0)
    draw = random.Random(seed)  # noqa: S311 - a bootstrap wants a repeatable generator, not a secret one
    values = sorted(
        measure([row for chosen in draw.choices(members, k=len(members)) for row in chosen]) for _ in range(times)
    )
    return values[int(0.025 * times)], values[min(int(0.975 * times), times - 1)]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (E. B. Wilson, 1927); (0, 1) where nothing was tried."""
    if not trials:
        return (0.0, 1.0)
    z = 1.959964
    share = successes / trials
    middle = share + z * z / (2 * trials)
    width = z * ((share * (1 - share) + z * z / (4 * trials)) / trials) ** 0.5
    scale = 1 + z * z / trials
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)
