"""How far two readings of the same texts agree: Cohen's kappa (1960) of the kind and of each code.

    python -m evaluation.agreement FIRST.jsonl [FIRST.jsonl …] --second SECOND.jsonl

Lines of both sides need ``id``, ``kind`` and ``codes`` (an object or a list of names); texts are not needed. Kappa of
a code says little where few texts have it: the counts stand beside it.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.errors import InputError
from models.vocabulary import TEXT_CODES, TextKind
from pipeline.agreement_of_readers import kappa
from pipeline.lines import read_lines


def compare(first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return kappa and counts of kind, health ad, any code and each code, over the ids that both hold."""
    ids = sorted(first.keys() & second.keys())
    if not ids:
        raise InputError("the two readings have no text in common.", "Give readings of the same ids.")
    pairs = [(first[name], second[name]) for name in ids]
    found: dict[str, Any] = {
        "texts": len(ids),
        "kind": _row([(a["kind"], b["kind"]) for a, b in pairs]),
        "health_ad": _row([tuple(side["kind"] == TextKind.HEALTH_AD for side in pair) for pair in pairs]),
        "any_code": _row([tuple(bool(side["codes"]) for side in pair) for pair in pairs]),
    }
    found["codes"] = {
        code.value: _row([tuple(code.value in side["codes"] for side in pair) for pair in pairs]) for code in TEXT_CODES
    }
    found["differ"] = [name for name, (a, b) in zip(ids, pairs, strict=True) if _said(a) != _said(b)]
    return found


def _said(side: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    return str(side["kind"]), frozenset(side["codes"])


def _row(pairs: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    value = kappa(first, second)
    row: dict[str, Any] = {"kappa": None if value is None else round(value, 3)}
    if all(isinstance(judged, bool) for judged in [*first, *second]):
        both = sum(a and b for a, b in pairs)
        row |= {"first": sum(first), "second": sum(second), "both": both}
    return row


def read(paths: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    """Read readings by id. ``InputError`` names a line that is none."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in paths:
        for line in read_lines(str(path)):
            content = line.content
            if content is None or not {"id", "kind"} <= content.keys():
                raise InputError(f"{path}, line {line.number}: {line.error or 'no id or kind'}.", "Mend the line.")
            found[str(content["id"])] = {**content, "codes": content.get("codes") or {}}
    return found


def main() -> None:
    """Print kappa per code as JSON."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.agreement", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("first", nargs="+", type=Path)
    parser.add_argument("--second", required=True, type=Path)
    options = parser.parse_args()
    try:
        print(json.dumps(compare(read(options.first), read([options.second])), ensure_ascii=False, indent=1))
    except InputError as fault:
        sys.exit(f"error: {fault}")


if __name__ == "__main__":
    main()
