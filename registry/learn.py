"""Learns ``weights.json`` from mentions whose record is known. Not needed to match.

``python -m registry.learn --registry DIR --train A.jsonl B.jsonl --dev C.jsonl --out OUT.json``: a line holds ``kind``,
``text``, ``gold`` (a record id, NONE or AMBIGUOUS) and ``gold_set``. The posterior over candidates and 'nobody' is a
softmax of summed weights; its cross-entropy is lowered on the training files (an ambiguous mention spreads evenly over
its set), the thresholds and the calibration are read off the others.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.vocabulary import MentionKind
from registry.directory import read_registry_dir
from registry.matcher import Matcher

#: Candidates kept for each mention, steps and step size of Adam, pull of weights towards 0. Chosen on DEV, 2026-11.
CANDIDATES, STEPS, STEP_SIZE, SHRINK = 60, 800, 0.1, 1e-5

#: Limits within which the thresholds may be chosen on DEV: shares of impostors, wrong records and ambiguous mentions
#: declared one record, and the least share of ambiguous mentions answered so.
IMPOSTORS, WRONG, ONE_OF_SEVERAL, SEVERAL = 0.0028, 0.0012, 0.018, 0.90
#: Recall that is given up for fewer errors: other registries are written worse in other ways.
NEAR = 0.005


@dataclass(frozen=True, slots=True)
class Example:
    """One mention: the keys of each candidate and, last, of 'nobody'; the share of the truth that each holds."""

    rows: tuple[tuple[str, ...], ...]
    truth: tuple[float, ...]
    gold: str


def examples(matcher: Matcher, path: Path, kind: MentionKind) -> Iterator[Example]:
    """Yield an example for every line of ``path`` of that kind whose gold record is among the candidates."""
    for line in path.read_text("utf-8").splitlines():
        mention = json.loads(line)
        if MentionKind(mention["kind"]) is not kind:
            continue
        rows, ids = matcher.features(mention["text"], kind, CANDIDATES, frozenset(mention["gold_set"]))
        gold = [i for i, record in enumerate(ids) if record in mention["gold_set"]]
        truth = [0.0] * len(rows)
        if mention["gold"] == "NONE":
            truth[-1] = 1.0
        elif not gold:
            continue
        for i in gold:
            truth[i] = 1.0 / len(gold)
        yield Example(tuple(map(tuple, rows)), tuple(truth), mention["gold"])


def learn(data: Sequence[Example]) -> dict[str, float]:
    """Return the weights that lower the cross-entropy of ``data`` (Adam over all of it at once)."""
    import numpy as np

    keys = {key: i for i, key in enumerate(dict.fromkeys(key for e in data for row in e.rows for key in row))}
    row_of, key_of = list[int](), list[int]()
    question, truth = list[int](), list[float]()
    for number, example in enumerate(data):
        for row in example.rows:
            row_of += [len(question)] * len(row)
            key_of += [keys[key] for key in row]
            question.append(number)
        truth += example.truth
    rows, columns, asked, target = np.array(row_of), np.array(key_of), np.array(question), np.array(truth)
    starts = np.searchsorted(asked, np.arange(len(data)))
    weights, mean, square = np.zeros(len(keys)), np.zeros(len(keys)), np.zeros(len(keys))
    for step in range(1, STEPS + 1):
        score = np.bincount(rows, weights=weights[columns], minlength=len(asked))
        share = np.exp(score - np.maximum.reduceat(score, starts)[asked])
        share /= np.add.reduceat(share, starts)[asked]
        slope = np.bincount(columns, weights=(share - target)[rows], minlength=len(keys)) / len(data) + SHRINK * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope * slope
        weights -= STEP_SIZE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return {key: round(float(weights[i]), 4) for key, i in sorted(keys.items())}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the weights say of one example: probability of anybody, of the best, its share, and whether it is right."""

    found: float
    best: float
    right: bool
    gold: str


def outcome(example: Example, weights: Mapping[str, float]) -> Outcome:
    """Score one example."""
    from math import exp

    scores = [sum(weights.get(key, 0.0) for key in row) for row in example.rows]
    shares = [exp(score - max(scores)) for score in scores]
    total = sum(shares)
    best = max(range(len(shares) - 1), key=shares.__getitem__, default=-1)
    if best < 0:
        return Outcome(0.0, 0.0, False, example.gold)
    return Outcome(1 - shares[-1] / total, shares[best] / total, example.truth[best] > 0, example.gold)


def rates(outcomes: Sequence[Outcome], found: float, one: float) -> dict[str, float]:
    """Return recall, and the shares of impostors, wrong records and ambiguous mentions, at these thresholds."""
    sums = dict.fromkeys(("recall", "wrong", "impostors", "one_of_several", "several"), 0)
    known = [o for o in outcomes if o.gold not in {"NONE", "AMBIGUOUS"}]
    nobody = [o for o in outcomes if o.gold == "NONE"]
    ambiguous = [o for o in outcomes if o.gold == "AMBIGUOUS"]

    def matched(o: Outcome) -> bool:
        return o.found >= found and o.best >= one * o.found

    sums["recall"] = sum(matched(o) and o.right for o in known)
    sums["wrong"] = sum(matched(o) and not o.right for o in known)
    sums["impostors"] = sum(map(matched, nobody))
    sums["one_of_several"] = sum(map(matched, ambiguous))
    sums["several"] = sum(o.found >= found and not matched(o) for o in ambiguous)
    sizes = {"recall": known, "wrong": known, "impostors": nobody, "one_of_several": ambiguous, "several": ambiguous}
    return {name: count / max(len(sizes[name]), 1) for name, count in sums.items()}


def choose(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Return the thresholds: within the limits, and of those near the best recall the ones with the fewest errors.

    Where no pair keeps all limits, those that trespass least count as within.
    """
    grid = [(found / 100, one / 100) for found in range(40, 97, 2) for one in range(50, 91, 2)]
    said = {pair: rates(outcomes, *pair) for pair in grid}
    limits = {"impostors": IMPOSTORS, "wrong": WRONG, "one_of_several": ONE_OF_SEVERAL}
    over = {
        pair: sum(rate[name] > limit for name, limit in limits.items()) + (rate["several"] < SEVERAL)
        for pair, rate in said.items()
    }
    allowed = [pair for pair in grid if over[pair] == min(over.values())]
    best = max(said[pair]["recall"] for pair in allowed)
    near = [pair for pair in allowed if said[pair]["recall"] >= best - NEAR]
    return min(near, key=lambda pair: sum(said[pair][name] / limit for name, limit in limits.items()))


def calibrate(outcomes: Sequence[Outcome], found: float, one: float) -> list[tuple[float, float]]:
    """Return (probability, share right) over five equal groups of the matched, never falling."""
    matched = sorted((o.best, o.right) for o in outcomes if o.found >= found and o.best >= one * o.found)
    size = max(len(matched) // 5, 1)
    points: list[tuple[float, float]] = []
    for at in range(0, len(matched) - size + 1, size):
        group = matched[at : at + size]
        share = (sum(right for _, right in group) + 0.5) / (len(group) + 1)
        points.append((sum(best for best, _ in group) / len(group), max(share, points[-1][1] if points else 0.0)))
    return [(round(x, 4), round(y, 4)) for x, y in points]


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn from the files named on the command line and write the weights."""
    parser = argparse.ArgumentParser(description="Learn the matcher's weights, thresholds and calibration.")
    parser.add_argument("--registry", type=Path, required=True, help="folder of registry files")
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="mentions to learn the weights on")
    parser.add_argument("--dev", type=Path, nargs="+", required=True, help="mentions to choose the thresholds on")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    registry = read_registry_dir(options.registry)
    matcher = Matcher(registry.practitioners, registry.facilities)
    result: dict[str, Any] = {"thresholds": {}}
    matches: list[Outcome] = []
    for name, kind in (("people", MentionKind.PRACTITIONER), ("places", MentionKind.FACILITY)):
        result[name] = learn([example for file in options.train for example in examples(matcher, file, kind)])
        outcomes = [outcome(example, result[name]) for file in options.dev for example in examples(matcher, file, kind)]
        found, one = choose(outcomes)
        result["thresholds"][name] = {"found": found, "one": one}
        matches += [o for o in outcomes if o.found >= found and o.best >= one * o.found]
        sys.stderr.write(f"{name}: found {found} one {one} {rates(outcomes, found, one)}\n")
    result["calibration"] = calibrate(matches, 0.0, 0.0)
    options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
