"""``make gate``: measured floors that quality may not fall under. ``make golden`` raises them and never lowers one.

``floors.json`` holds each figure's floor, and the hash of the corpus it was measured on: on another corpus the gate
refuses to compare. A floor can only be lowered by hand, in a commit that says why.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from classifier.backends import DEFAULT
from evaluation import behaviour, classifier, demo
from evaluation.gold import file_hash, read_samples
from pipeline.scoring import backend

_FLOORS = Path(__file__).with_name("floors.json")
#: A floor stands so far under what was measured: eight-bit kernels of other processors round otherwise.
SLACK = 0.01
#: Texts that no model of this project learns from or is calibrated on.
HELD_OUT = "written-held-out.jsonl"
_DATA = Path(__file__).resolve().parent.parent / "data"


def measure(data: Path = _DATA) -> tuple[dict[str, float], dict[str, str]]:
    """Return every figure that has a floor, and the hashes of the corpora they were measured on."""
    pairs = data / "labelled" / "rules-pairs.jsonl"
    held_out = data / "labelled" / HELD_OUT
    cases = data / "behaviour"
    figures = demo.measure(demo.see(data / "demo", DEFAULT))
    found = classifier.measure(classifier.judge_samples(read_samples(pairs), backend("rules")), times=1)
    figures |= {
        "pairs.health_ad.f1": found["health_ad"]["f1"],
        "pairs.any_code.precision": found["any_code"]["precision"],
        "pairs.any_code.recall": found["any_code"]["recall"],
        "pairs.quotes": found["quotes"]["overlapping"],
    }
    figures |= _held_out(held_out)
    rates = behaviour.summary(behaviour.run(backend(DEFAULT), cases))["capabilities"]
    figures |= {f"behaviour.{name}": rate["rate"] for name, rate in sorted(rates.items())}
    return figures, {
        "demo": demo.corpus_hash(data / "demo"),
        "pairs": file_hash(pairs),
        "held_out": file_hash(held_out),
        "behaviour": sha256(b"".join(path.read_bytes() for path in sorted(cases.glob("*.yaml")))).hexdigest(),
    }


def _held_out(path: Path) -> dict[str, float]:
    """Figures on written texts by other writers, of other advertisers, that taught nothing."""
    found = classifier.measure(classifier.judge_samples(read_samples(path), backend(DEFAULT)), times=1)
    figures = {
        "held_out.health_ad.f1": found["health_ad"]["f1"],
        "held_out.any_code.f1": found["any_code"]["f1"],
        "held_out.any_code.ap": found["any_code"]["ap"],
        "held_out.macro.f1": found["macro"]["f1"],
        "held_out.macro.ap": found["macro"]["ap"],
        "held_out.quotes": found["quotes"]["overlapping"],
    }
    return {name: round(value, 4) for name, value in figures.items()}


def floors_of(figures: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, float]:
    """Return the floors for what is measured now: a little under it, and never under the floor that stands."""
    return {name: max(floors.get(name, 0.0), round(value - SLACK, 4)) for name, value in figures.items()}


def compare(figures: Mapping[str, float], floors: Mapping[str, float]) -> list[str]:
    """Return a line for every figure under its floor, and for every floor without a figure."""
    faults = [
        f"{name} is {figures[name]:.4f}, under its floor {floor:.4f}"
        for name, floor in floors.items()
        if name in figures and figures[name] < floor
    ]
    return faults + [f"{name} has a floor and was not measured" for name in floors if name not in figures]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print each figure beside its floor, and return 1 when one fell."""
    parser = argparse.ArgumentParser(description="Measured floors of quality.")
    parser.add_argument("--update", action="store_true", help="raise the floors to what is measured now")
    parser.add_argument("--explain", action="store_true", help="list every difference on the demo")
    options = parser.parse_args(arguments)
    figures, corpora = measure()
    stored = json.loads(_FLOORS.read_text(encoding="utf-8")) if _FLOORS.is_file() else {"floors": {}, "corpora": {}}
    floors, faults = stored["floors"], compare(figures, stored["floors"])
    for name, value in figures.items():
        sys.stdout.write(f"{name:32} {value:.4f}   floor {floors.get(name, 0.0):.4f}\n")
    if options.explain:
        sys.stdout.writelines(f"{line}\n" for line in demo.differences(demo.see(_DATA / "demo")))
    for fault in faults:
        sys.stderr.write(f"gate: {fault}\n")
    if faults:
        return 1
    if options.update:
        content = {"floors": floors_of(figures, floors), "corpora": corpora}
        _FLOORS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return 0
    changed = [name for name, digest in corpora.items() if stored["corpora"].get(name) != digest]
    if changed:
        sys.stderr.write(f"gate: the corpus changed ({', '.join(changed)}): run 'make golden' and commit floors.json\n")
        return 1
    sys.stdout.write(f"{len(figures)} passed, 0 failed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
