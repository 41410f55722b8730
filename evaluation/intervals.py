"""Figures with their intervals, put where ``metrics.json`` has them; what is not defined is ``null``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.bootstrap import FEW_GROUPS, SEED, TIMES, Figure, Resamples, interval, numbered
from evaluation.figures import Path
from evaluation.ranking import Floats


@dataclass(frozen=True, slots=True)
class Drawings:
    """The resamples that all figures of one report share: by group and, where groups are few, also by text."""

    by_group: Resamples
    by_text: Resamples | None

    @classmethod
    def of(cls, groups: Sequence[str], times: int = TIMES) -> "Drawings":
        """Draw for rows of these groups."""
        numbers = numbered(groups)
        drawn = Resamples(numbers, times)
        few = drawn.groups < FEW_GROUPS
        return cls(drawn, Resamples(np.arange(len(groups)), times) if few else None)

    def note(self) -> dict[str, Any]:
        """Say how intervals were made."""
        few = self.by_text is not None
        return {
            "method": "percentile bootstrap, 95 %, resampling whole groups",
            "times": self.by_group.times,
            "seed": SEED,
            "groups": self.by_group.groups,
            "too_few_groups": few,
        }


def with_intervals(figures: Mapping[Path, Figure], drawings: Drawings) -> dict[str, Any]:
    """Return nested figures; beside each ``x`` stand ``x_interval`` and, with few groups, ``x_interval_by_text``."""
    found: dict[str, Any] = {}
    once = np.ones((1, len(drawings.by_group.group_of)))
    for at, figure in figures.items():
        put(found, at, rounded(float(figure(once)[0])))
    for suffix, drawn in (("_interval", drawings.by_group), ("_interval_by_text", drawings.by_text)):
        if drawn is not None:
            for (*parents, last), values in drawn.values(figures).items():
                put(found, (*parents, last + suffix), bounds(values))
    return found


def bounds(values: Floats) -> list[float | None]:
    """Return the interval of resampled values."""
    return [rounded(end) for end in interval(values)]


def put(tree: dict[str, Any], at: Path, value: object) -> None:
    """Store ``value`` in nested dictionaries."""
    *parents, last = at
    for name in parents:
        tree = tree.setdefault(name, {})
    tree[last] = value


def rounded(value: float) -> float | None:
    """Return ``value`` to four digits; ``None`` where it is not defined."""
    return None if math.isnan(value) else round(value, 4)
