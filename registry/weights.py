"""The learnt numbers of the matcher: weights of its features, thresholds of its decisions, calibration.

``weights.json`` was learnt on ``train.jsonl`` of a made-up registry benchmark (8,000 mentions, 120,000 practitioners,
12,000 facilities); its thresholds were chosen on ``dev.jsonl`` (5,000) and on the same mentions with their damage 2.5
times as frequent (``evaluation/damage.py``), 2026-11. ``registry/learn.py`` makes it.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``found``: least probability that anybody is meant; ``one``: least share of it that one record must hold."""

    found: float
    one: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds by 'feature.level' for people and for places, and what turns scores into decisions."""

    people: dict[str, float]
    places: dict[str, float]
    people_thresholds: Thresholds
    places_thresholds: Thresholds
    calibration: tuple[tuple[float, float], ...]
    digest: str

    def calibrated(self, probability: float) -> float:
        """Return the share of right answers measured at this probability, between measured points by interpolation."""
        return interpolate(self.calibration, probability)


def interpolate(points: Sequence[tuple[float, float]], x: float) -> float:
    """Return the value at ``x`` of the broken line through ``points`` (sorted); the identity where there are none."""
    if not points:
        return x
    at = bisect_right(points, (x, 2.0))
    if at == 0:
        return points[0][1]
    if at == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[at - 1], points[at]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Read the shipped weights once."""
    raw = Path(__file__).with_name("weights.json").read_bytes()
    data = json.loads(raw)
    thresholds = data["thresholds"]
    return Weights(
        data["people"],
        data["places"],
        Thresholds(**thresholds["people"]),
        Thresholds(**thresholds["places"]),
        tuple((x, y) for x, y in data["calibration"]),
        hashlib.sha256(raw).hexdigest()[:10],
    )
