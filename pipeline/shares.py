"""Intervals of a plain share: how far what was counted may lie from what is."""

import math

#: One-sided: with this confidence the share is not above ``upper_bound``.
CONFIDENCE = 0.95


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


def upper_bound(found: int, read: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided upper bound of a share (Clopper and Pearson, 1934): 1 where nothing was read.

    The largest share under which seeing ``found`` or fewer still has the probability 1 - ``confidence``.
    """
    if found >= read:
        return 1.0
    low, high = found / read, 1.0
    for _ in range(60):  # halving: exact to the last bits
        middle = (low + high) / 2
        if _at_most(found, read, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(found: int, read: int, share: float) -> float:
    """Return the probability of ``found`` or fewer among ``read``, each with probability ``share``."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    logs = (
        math.lgamma(read + 1)
        - math.lgamma(k + 1)
        - math.lgamma(read - k + 1)
        + k * math.log(share)
        + (read - k) * math.log1p(-share)
        for k in range(found + 1)
    )
    return min(1.0, math.fsum(map(math.exp, logs)))
