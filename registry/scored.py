"""Records with their scores, as the seekers hand them to the matcher."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Scored:
    """Records (ascending) and their scores."""

    records: NDArray[np.integer]
    scores: NDArray[np.float32]

    def best(self) -> float:
        """Return the highest score, minus infinity where there is none."""
        return float(self.scores.max()) if len(self.scores) else float("-inf")

    def joined(self, other: "Scored") -> "Scored":
        """Return both, which share no record, as one."""
        records = np.concatenate((self.records, other.records))
        order = np.argsort(records)
        return Scored(records[order], np.concatenate((self.scores, other.scores))[order])

    def as_dict(self) -> dict[int, float]:
        """Return the scores by record."""
        return dict(zip(self.records.tolist(), self.scores.tolist(), strict=True))
