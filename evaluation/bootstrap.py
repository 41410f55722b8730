"""95 % intervals by resampling whole groups (sites, advertisers): texts of one group are not independent.

All figures are computed on the same resamples, so that the difference of two models is a paired one. Percentile
intervals (Efron and Tibshirani, 1993, chapter 13). With few groups they are too narrow and depend on which groups
happen to be there: under ``FEW_GROUPS`` the caller says so and gives intervals by text beside them.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluation.ranking import Floats

Name = TypeVar("Name", bound=Hashable)

#: A value per resample, from weights of shape (resamples, rows).
Figure = Callable[[Floats], Floats]

#: With fewer groups than this an interval by group says little.
FEW_GROUPS = 8

TIMES = 1000
SEED = 7

#: Weights held in memory at a time (numbers).
_HELD = 1_000_000


@dataclass(frozen=True, slots=True)
class Resamples:
    """``times`` drawings of groups with replacement, the same in every run with this ``seed``.

    ``group_of`` has the group's number (from 0) of every row.
    """

    group_of: NDArray[np.int64]
    times: int = TIMES
    seed: int = SEED

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group_of.max()) + 1 if len(self.group_of) else 0

    def weights(self) -> Iterator[Floats]:
        """Yield blocks of shape (resamples, rows): how often each row was drawn."""
        size = max(1, _HELD // max(1, len(self.group_of)))
        for start in range(0, self.times if self.groups else 0, size):
            rows = min(size, self.times - start)
            drawn = np.random.default_rng([self.seed, start]).integers(0, self.groups, (rows, self.groups))
            offsets = np.arange(rows)[:, None] * self.groups
            counts = np.bincount((drawn + offsets).ravel(), minlength=rows * self.groups)
            yield counts.reshape(rows, self.groups)[:, self.group_of].astype(np.float64)

    def values(self, figures: Mapping[Name, Figure]) -> dict[Name, Floats]:
        """Return every figure's value in every resample."""
        found: dict[Name, list[Floats]] = {name: [] for name in figures}
        for weights in self.weights():
            for name, figure in figures.items():
                found[name].append(figure(weights))
        return {name: np.concatenate(parts) if parts else np.array([]) for name, parts in found.items()}


def numbered(groups: Sequence[Hashable]) -> NDArray[np.int64]:
    """Return a number from 0 for every row's group, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)


def interval(values: Floats) -> tuple[float, float]:
    """Return the 2.5 and 97.5 % points; (nan, nan) where the figure was defined in no resample."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
