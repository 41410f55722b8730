"""A cheap first look: which texts are so surely no health ad that the network need not see them.

A linear model over hashed words and word pairs (feature hashing: Weinberger et al., 2009), some sixty thousand
numbers. It is learnt from the same texts as the network; the bound under which it decides is set where it was measured
to change no decision (``classifier.sparing``).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from classifier.text import Reading

#: Number of weights: a power of two.
SIZE = 1 << 16
#: Letters that are read: what a text is shows early, but a clinic may hide in the last line, so its end is read too.
_READ = 6_000
_WORD = re.compile(r"[^\W_]+")
FILE = "sieve.npy"


@dataclass(frozen=True, slots=True)
class Sieve:
    """The learnt weights (``[SIZE]``) and offset, and the probability of a health ad under which a text is spared."""

    weights: NDArray[np.float32]
    offset: float
    below: float

    def health_ad(self, reading: Reading) -> float:
        """Return the probability that the text advertises health, as far as single words tell."""
        found = features(reading)
        if not len(found):
            return 0.5
        total = float(self.weights[found].sum()) / math.sqrt(len(found)) + self.offset
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def spares(self, reading: Reading) -> bool:
        """Say whether the network need not see the text."""
        return self.below > 0 and self.health_ad(reading) < self.below


def features(reading: Reading) -> NDArray[np.int64]:
    """Return the places of the distinct words and word pairs of a text, without marks and long numbers."""
    bare = reading.bare
    if len(bare) > _READ:
        bare = f"{bare[: _READ // 2]} {bare[-_READ // 2 :]}"
    words = [word if not word.isdecimal() else "#" * min(len(word), 4) for word in _WORD.findall(bare)]
    runs = [*words, *(f"{left} {right}" for left, right in pairwise(words))]
    return np.unique(np.fromiter((crc32(run.encode()) & (SIZE - 1) for run in runs), np.int64, len(runs)))


def load(folder: Path, offset: float, below: float) -> Sieve:
    """Load the weights of a released model's folder. ``OSError`` or ``ValueError`` when they cannot be read."""
    weights = np.load(folder / FILE, allow_pickle=False).astype(np.float32)
    if weights.shape != (SIZE,):
        raise ValueError(f"{FILE} holds {weights.shape} numbers, not {SIZE}")
    return Sieve(weights, offset, below)


def fit(readings: Sequence[Reading], advertises: Sequence[bool]) -> Sieve:
    """Learn a sieve that spares nothing yet. Needs the ``train`` extra."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    found = [features(reading) for reading in readings]
    values = np.concatenate([np.full(len(row), 1 / math.sqrt(max(1, len(row)))) for row in found])
    ends = np.cumsum([0, *(len(row) for row in found)])
    table = csr_matrix((values, np.concatenate(found), ends), shape=(len(found), SIZE))
    model = LogisticRegression(C=10.0, max_iter=1000).fit(table, np.array(advertises))
    return Sieve(model.coef_[0].astype(np.float32), float(model.intercept_[0]), 0.0)
