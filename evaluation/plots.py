"""Lines for the report's plots, in the unit square, thinned so that a report stays small on many texts."""

from collections.abc import Sequence
from typing import TypeVar

from evaluation.intervals import rounded
from evaluation.ranking import Ranking

Point = TypeVar("Point")

#: More points than this cannot be told apart in a plot 300 dots wide.
_MOST_POINTS = 200


def curve(ranking: Ranking) -> list[list[float | None]]:
    """Return (precision, recall) pairs from the strictest threshold to the loosest; empty where nothing is true."""
    return thinned([[rounded(precision), rounded(recall)] for _, precision, recall in ranking.curve()])


def thinned(points: Sequence[Point]) -> list[Point]:
    """Return at most so many points as can be seen, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(_MOST_POINTS)]
