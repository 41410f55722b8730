"""Two classifiers on the same texts: the difference of every figure on the same resamples, and McNemar's test."""

from collections.abc import Callable, Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from evaluation.bootstrap import Resamples
from evaluation.figures import Path, figures
from evaluation.intervals import Drawings, bounds, rounded
from evaluation.judged import Judged, Table
from evaluation.ranking import Floats

#: What two classifiers are compared by: where the figure stands, and whether more is better.
COMPARED: tuple[tuple[Path, bool], ...] = (
    (("health_ad", "f1"), True),
    (("health_ad", "ap"), True),
    (("any_code", "f1"), True),
    (("any_code", "best_f1"), True),
    (("any_code", "ap"), True),
    (("macro", "f1"), True),
    (("macro", "ap"), True),
    (("budget", "0.1", "recall"), True),
    (("budget", "0.3", "recall"), True),
    (("depth", "0.95"), False),
    (("quotes", "overlapping"), True),
    (("calibration", "any_code", "ece"), False),
    (("calibration", "any_code", "brier"), False),
)


def compare(ours: Sequence[Judged], theirs: Sequence[Judged], drawings: Drawings) -> dict[str, Any]:
    """Compare the classifier measured (``ours``) with another on the same samples in the same order.

    ``difference`` is ours minus theirs; ``not_better`` the share of resamples in which ours is not the better one.
    """
    mine, other = figures(Table(ours)), figures(Table(theirs))
    names = [at for at, _ in COMPARED if at in mine]
    once = np.ones((1, len(ours)))
    found: dict[str, Any] = {
        ".".join(at): {
            "ours": rounded(float(mine[at](once)[0])),
            "theirs": rounded(float(other[at](once)[0])),
            "difference": rounded(float(mine[at](once)[0] - other[at](once)[0])),
            "more_is_better": dict(COMPARED)[at],
        }
        for at in names
    }
    for suffix, drawn in (("", drawings.by_group), ("_by_text", drawings.by_text)):
        if drawn is not None:
            for at, values in differences(mine, other, names, drawn).items():
                found[".".join(at)]["interval" + suffix] = bounds(values)
                found[".".join(at)]["not_better" + suffix] = not_better(values, dict(COMPARED)[at])
    return {"figures": found, "mcnemar": mcnemar(ours, theirs)}


def differences(
    mine: Mapping[Path, Callable[[Floats], Floats]],
    other: Mapping[Path, Callable[[Floats], Floats]],
    names: Sequence[Path],
    drawn: Resamples,
) -> dict[Path, Floats]:
    """Return each figure's difference (``mine`` minus ``other``) in every resample."""

    def difference(at: Path) -> Callable[[Floats], Floats]:
        return lambda weights: mine[at](weights) - other[at](weights)

    return drawn.values({at: difference(at) for at in names})


def not_better(differed: Floats, more_is_better: bool) -> float | None:
    """Return the share of resamples in which the difference is not in favour."""
    defined = differed[~np.isnan(differed)]
    if not len(defined):
        return None
    return round(float(np.mean(defined <= 0 if more_is_better else defined >= 0)), 4)


def mcnemar(ours: Sequence[Judged], theirs: Sequence[Judged]) -> dict[str, Any]:
    """Return McNemar's exact test on 'flagged if and only if a reader saw a code'.

    ``p`` takes texts as independent, which those of one site are not: read it beside the intervals by group.
    """
    pairs = list(zip(ours, theirs, strict=True))
    only_ours = sum(a.right and not b.right for a, b in pairs)
    only_theirs = sum(b.right and not a.right for a, b in pairs)
    return {
        "both_right": sum(a.right and b.right for a, b in pairs),
        "only_ours_right": only_ours,
        "only_theirs_right": only_theirs,
        "both_wrong": sum(not a.right and not b.right for a, b in pairs),
        "p": float(f"{exact_p(only_ours, only_theirs):.3g}"),
    }


def exact_p(one: int, other: int) -> float:
    """Return the two-sided binomial probability of a split at least as uneven, were both equally likely."""
    number = one + other
    tail = sum(comb(number, k) for k in range(min(one, other) + 1))
    return min(1.0, tail / 2 ** (number - 1)) if number else 1.0


def disagreements(ours: Sequence[Judged], theirs: Sequence[Judged]) -> list[tuple[Judged, Judged]]:
    """Return the texts on which exactly one of the two is right, those first that ours gets wrong."""
    apart = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.right != b.right]
    return sorted(apart, key=lambda both: (both[0].right, both[0].sample.id))
