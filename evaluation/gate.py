"""``make gate``: measured floors that quality may not fall under. ``make golden`` raises them and never lowers one.

``floors.json`` holds each figure's floor, and the hash of the corpus it was measured on: on another corpus the gate
refuses to compare. A floor can only be lowered by hand, in a commit that says why.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.backends import load
from evaluation import classifier, demo
from evaluation.gold import file_hash, read_samples

_FLOORS = Path(__file__).with_name("floors.json")
_DATA = Path(__file__).resolve().parent.parent / "data"


def measure(data: Path = _DATA) -> tuple[dict[str, float], dict[str, str]]:
    """Return every figure that has a floor, and the hashes of the corpora they were measured on."""
    pairs = data / "labelled" / "rules-pairs.jsonl"
    figures = demo.measure(demo.see(data / "demo"))
    found = classifier.measure(classifier.judge_samples(read_samples(pairs), load("rules")))
    figures |= {
        "pairs.health_ad.f1": found["health_ad"]["f1"],
        "pairs.any_code.precision": found["any_code"]["precision"],
        "pairs.any_code.recall": found["any_code"]["recall"],
        "pairs.quotes": found["quotes"]["overlapping"],
    }
    return figures, {"demo": demo.corpus_hash(data / "demo"), "pairs": file_hash(pairs)}


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
        content = {"floors": figures, "corpora": corpora}
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
