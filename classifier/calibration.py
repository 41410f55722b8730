"""Turns the signals of network and rules into calibrated probabilities; numpy only, no training code.

Per code a logistic regression over four log-odds: what the window says, what the surest tokens say, what the rules
say, and how much the text looks like a health ad (stacking: Wolpert 1992; for one feature it is the method of Platt,
1999). Whether it is a health ad is a regression of the same make, over what the network says of the whole, of the
window most like one, and what the rules say. The numbers are fitted by ``classifier.fitting`` on texts that the network
did not learn from, and lie beside the weights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.signals import CODES, DOMAINS, KINDS, Signals
from models.vocabulary import Code, Domain, TextKind

KIND_FEATURES = ("whole", "peak", "rules")
FEATURES = ("window", "tokens", "rules", "health_ad")
#: Log-odds are held within this: a probability of 0 or 1 is never said.
_BOUND = 9.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted numbers. ``codes[c]`` are the weights of ``FEATURES`` and, last, the offset; ``thresholds[c]`` operates.

    ``kind`` holds the weights of ``KIND_FEATURES`` and the offset; ``domains`` a temperature and an offset.
    """

    kind: tuple[float, float, float, float]
    domains: tuple[float, float]
    codes: Mapping[Code, tuple[float, ...]]
    thresholds: Mapping[Code, float]

    def kinds(self, signals: Signals, rules: float) -> dict[TextKind, float]:
        """Return the probability of each kind; they sum to one. ``rules``: how likely a health ad the rules hold it.

        What is left of a health ad is shared among the other kinds as the network would.
        """
        *weights, offset = self.kind
        values = zip(weights, kind_features(signals, rules), strict=True)
        advertised = sigmoid(sum(weight * value for weight, value in values) + offset)
        others = [index for index, kind in enumerate(KINDS) if kind is not TextKind.HEALTH_AD]
        powers = np.exp(signals.kind[others] - signals.kind[others].max())
        shares = powers / powers.sum() * (1 - advertised)
        return {TextKind.HEALTH_AD: advertised} | {KINDS[i]: float(v) for i, v in zip(others, shares, strict=True)}

    def products(self, signals: Signals) -> dict[Domain, float]:
        """Return the probability of each product class, given that the text advertises health."""
        temperature, offset = self.domains
        return {d: sigmoid(float(v) / temperature + offset) for d, v in zip(DOMAINS, signals.domains, strict=True)}

    def code_values(
        self, signals: Signals, rules: Mapping[Code, float], kinds: Mapping[TextKind, float]
    ) -> dict[Code, float]:
        """Return the probability of each code."""
        table = features(signals, rules, kinds[TextKind.HEALTH_AD])
        return {
            code: sigmoid(float(table[row] @ np.array(self.codes[code][:-1])) + self.codes[code][-1])
            for row, code in enumerate(CODES)
        }

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        return {
            "kind": [round(value, 5) for value in self.kind],
            "domains": list(self.domains),
            "features": list(FEATURES),
            "codes": {code.value: [round(value, 5) for value in self.codes[code]] for code in CODES},
            "thresholds": {code.value: self.thresholds[code] for code in CODES},
        }

    @classmethod
    def blank(cls) -> "Calibration":
        """Return one that takes the network at its word: what a fit begins with."""
        weights = (0.5, 0.5, 0.0, 0.0, 0.0)
        return cls((1.0, 0.0, 0.0, 0.0), (1.0, 0.0), dict.fromkeys(CODES, weights), dict.fromkeys(CODES, 0.5))

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibration":
        """Read what ``to_json`` wrote. ``KeyError`` or ``ValueError`` when it is not complete."""
        if tuple(content["features"]) != FEATURES:
            raise ValueError(f"calibrated for other features: {content['features']}")
        kind, domains = content["kind"], content["domains"]
        return cls(
            kind=(float(kind[0]), float(kind[1]), float(kind[2]), float(kind[3])),
            domains=(float(domains[0]), float(domains[1])),
            codes={code: _numbers(content["codes"][code.value], len(FEATURES) + 1) for code in CODES},
            thresholds={code: float(content["thresholds"][code.value]) for code in CODES},
        )


def features(signals: Signals, rules: Mapping[Code, float], health_ad: float) -> NDArray[np.float64]:
    """Return the log-odds that the codes are judged by: ``[11 codes, 4 features]``."""
    advertised = log_odds(health_ad)
    return np.array(
        [
            [_held(float(signals.codes[row])), _held(float(signals.tokens[row])), log_odds(rules[code]), advertised]
            for row, code in enumerate(CODES)
        ]
    )


def kind_features(signals: Signals, rules: float) -> tuple[float, float, float]:
    """Return the log-odds by which a health ad is told: of the whole, of the window most like one, of the rules."""
    return _advertised(signals.kind), _advertised(signals.peak), log_odds(rules)


def _advertised(kind: NDArray[np.float32]) -> float:
    """Log-odds of a health ad against all other kinds together, from log-probabilities."""
    row = KINDS.index(TextKind.HEALTH_AD)
    others = np.delete(kind, row)
    return _held(float(kind[row] - others.max() - np.log(np.exp(others - others.max()).sum())))


def _held(value: float) -> float:
    return max(-_BOUND, min(_BOUND, value))


def _numbers(values: Sequence[Any], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise ValueError(f"{count} numbers are expected, not {len(values)}")
    return tuple(float(value) for value in values)


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, held within bounds: 0.002 stands for anything smaller."""
    held = min(max(probability, 2e-3), 1 - 2e-3)
    return math.log(held / (1 - held))


def sigmoid(value: float) -> float:
    """Return the probability of a log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
