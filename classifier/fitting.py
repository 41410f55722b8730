"""Fits the calibration on texts that the network did not learn from. Needs the ``train`` extra."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.calibration import Calibration, features, kind_features
from classifier.samples import Sample
from classifier.signals import CODES, DOMAINS, Signals
from models.vocabulary import Code, TextKind

#: Fewer positive texts than this tell nothing about a threshold of their own.
FEW = 8
#: What a code may differ from the others in how signals count: small, since most codes have few positives.
_OWN_OFFSET, _OWN_SLOPE = 0.7, 0.25
_STRENGTH = 1.0
_DEFAULT_THRESHOLD = 0.5
#: Thresholds are sought here: lower floods the reviewers, higher hides what is likely.
_LOWEST, _HIGHEST = 0.25, 0.65


@dataclass(frozen=True, slots=True)
class Seen:
    """A labelled text with what network and rules say of it: signals, codes, and kinds."""

    sample: Sample
    signals: Signals
    rules: Mapping[Code, float]
    kinds: Mapping[TextKind, float]

    @property
    def advertises(self) -> float:
        """How likely a health ad the rules hold it."""
        return self.kinds[TextKind.HEALTH_AD]


def fit_calibration(seen: Sequence[Seen]) -> Calibration:
    """Return the calibration fitted on ``seen`` (some hundred texts at least, of all kinds that will be met)."""
    kind = _kind(seen)
    partial = Calibration(kind, (1.0, 0.0), {}, {})
    weights = _codes(seen, partial)
    fitted = Calibration(kind, _domains(seen), weights, dict.fromkeys(CODES, _DEFAULT_THRESHOLD))
    thresholds = _thresholds(seen, [values_of(fitted, one) for one in seen])
    return Calibration(kind, fitted.domains, weights, thresholds)


def values_of(calibration: Calibration, one: Seen) -> dict[Code, float]:
    """Return the calibrated probability of each code for one text."""
    return calibration.code_values(one.signals, one.rules, calibration.kinds(one.signals, one.advertises))


def _kind(seen: Sequence[Seen]) -> tuple[float, float, float, float]:
    """A logistic regression of health ad against the rest."""
    x = np.array([kind_features(one.signals, one.advertises) for one in seen])
    y = np.array([one.sample.kind is TextKind.HEALTH_AD for one in seen])
    fitted = LogisticRegression(C=_STRENGTH).fit(x, y)
    whole, peak, rules = (float(value) for value in fitted.coef_[0])
    return whole, peak, rules, float(fitted.intercept_[0])


def _domains(seen: Sequence[Seen]) -> tuple[float, float]:
    """Temperature and offset of the product classes, on health ads."""
    ads = [one for one in seen if one.sample.kind is TextKind.HEALTH_AD]
    x = np.concatenate([one.signals.domains for one in ads])[:, None]
    y = np.array([domain in one.sample.domains for one in ads for domain in DOMAINS])
    fitted = LogisticRegression(C=10.0).fit(x, y)
    slope = max(float(fitted.coef_[0, 0]), 0.05)
    return round(1 / slope, 4), round(float(fitted.intercept_[0]), 4)


def _codes(seen: Sequence[Seen], calibration: Calibration) -> dict[Code, tuple[float, ...]]:
    """One logistic regression over all codes, with small room for each to differ (partial pooling)."""
    tables = np.stack(
        [
            features(one.signals, one.rules, calibration.kinds(one.signals, one.advertises)[TextKind.HEALTH_AD])
            for one in seen
        ]
    )
    gold = np.array([[code in one.sample.codes for code in CODES] for one in seen])
    count, codes, width = tables.shape
    own = np.zeros((count, codes, codes * (width + 1)))
    for row in range(codes):
        own[:, row, row * (width + 1) : row * (width + 1) + width] = tables[:, row] * _OWN_SLOPE
        own[:, row, row * (width + 1) + width] = _OWN_OFFSET
    x = np.concatenate([tables, own], axis=2).reshape(count * codes, -1)
    fitted = LogisticRegression(C=_STRENGTH, max_iter=2000).fit(x, gold.reshape(-1))
    shared, rest = fitted.coef_[0, :width], fitted.coef_[0, width:].reshape(codes, width + 1)
    offset = float(fitted.intercept_[0])
    return {
        code: (
            *(float(v) for v in shared + rest[row, :width] * _OWN_SLOPE),
            offset + float(rest[row, width]) * _OWN_OFFSET,
        )
        for row, code in enumerate(CODES)
    }


def _thresholds(seen: Sequence[Seen], values: Sequence[Mapping[Code, float]]) -> dict[Code, float]:
    """Per code the threshold with the best F1 where there are positives enough, else that of all codes together."""
    gold = np.array([[code in one.sample.codes for code in CODES] for one in seen])
    table = np.array([[value[code] for code in CODES] for value in values])
    common = best_threshold(gold.reshape(-1), table.reshape(-1))
    return {
        code: best_threshold(gold[:, row], table[:, row], near=common) if gold[:, row].sum() >= FEW else common
        for row, code in enumerate(CODES)
    }


def best_threshold(gold: NDArray[np.bool_], values: NDArray[np.float64], near: float | None = None) -> float:
    """Return the threshold with the highest F1, the middle of those as good to half a point; drawn towards ``near``."""
    steps = np.round(np.arange(_LOWEST, _HIGHEST + 0.001, 0.01), 2)
    scores = np.array([_f1(gold, values >= step) for step in steps])
    good = steps[scores >= scores.max() - 0.005]
    middle = float(good[len(good) // 2])
    if near is None:
        return round(middle, 2)
    share = 20 / (20 + float(gold.sum()))  # with twenty positives a code's own choice counts as much as that of all
    return round((1 - share) * middle + share * near, 2)


def _f1(gold: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    right = float((gold & said).sum())
    return 2 * right / max(1.0, float(gold.sum() + said.sum()))
