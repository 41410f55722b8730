"""Sets the bound of the first look: the highest under which it says what the network says.

    python -m classifier.sparing MODEL TEXTS.jsonl [--write]

measures it over texts of all kinds that neither learnt from.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from classifier.language import is_vietnamese
from classifier.policy import load_policy
from classifier.sieve import Sieve
from classifier.text import read
from classifier.transformer import CARD, TransformerClassifier, load_weights
from classifier.types import Document
from models.errors import InputError
from models.vocabulary import TextKind

#: Share of the spared texts of which the network must say the same: no health ad, and no sign.
AGREEMENT = 0.995
#: Fewer spared texts than this show no such share.
FEW = 200
_BOUNDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3)


@dataclass(frozen=True, slots=True)
class Spared:
    """What a bound spares, and how often the network says the same."""

    below: float
    texts: int
    share: float
    agreement: float


def measure(classifier: TransformerClassifier, sieve: Sieve, texts: Sequence[str]) -> list[Spared]:
    """Return what each bound of ``sieve`` would spare; ``classifier`` must show the network every text."""
    mains = [read(text) for text in texts if is_vietnamese(text)]
    found = classifier.predict([Document(main.given, date.today()) for main in mains])  # noqa: DTZ011
    said = [one.label is TextKind.HEALTH_AD or any(hit.code in one.codes for hit in one.hits) for one in found]
    doubt = [sieve.health_ad(main) for main in mains]
    table = []
    for below in _BOUNDS:
        spared = [flagged for value, flagged in zip(doubt, said, strict=True) if value < below]
        agreement = 1 - sum(spared) / len(spared) if spared else 1.0
        table.append(Spared(below, len(spared), len(spared) / max(1, len(mains)), agreement))
    return table


def choose(table: Sequence[Spared]) -> Spared | None:
    """Return the highest bound that spares enough texts to tell and agrees often enough, as do all lower ones."""
    chosen = None
    for row in table:
        if row.texts >= FEW and row.agreement < AGREEMENT:
            break
        if row.texts >= FEW:
            chosen = row
    return chosen


def noted(sieve: Sieve, chosen: Spared | None, texts: int) -> dict[str, Any]:
    """Return what the model's card says of the first look."""
    found: dict[str, Any] = {"offset": round(sieve.offset, 5), "below": chosen.below if chosen else 0.0, "of": texts}
    return found | ({name: round(value, 5) for name, value in asdict(chosen).items()} if chosen else {})


def main() -> None:
    """Measure, print the table, and with ``--write`` store the bound in the model's card."""
    parser = argparse.ArgumentParser(prog="python -m classifier.sparing", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("model", type=Path, help="folder of a released model")
    parser.add_argument("texts", type=Path, help="texts of all kinds (.jsonl)")
    parser.add_argument("--write", action="store_true", help="store the bound in the model's card")
    options = parser.parse_args()
    try:
        weights = load_weights(options.model)
        texts = [json.loads(line)["text"] for line in options.texts.read_text(encoding="utf-8").splitlines() if line]
    except (InputError, OSError, ValueError, KeyError) as fault:
        sys.exit(f"error: {fault}")
    if weights.sieve is None:
        sys.exit("error: this model has no first look. Train it anew.")
    table = measure(TransformerClassifier(load_policy(), replace(weights, sieve=None)), weights.sieve, texts)
    for row in table:
        print(f"below {row.below:.3f}: {row.texts} texts ({row.share:.1%}), agreement {row.agreement:.4f}")
    best = choose(table)
    print(f"chosen: {best}")
    if options.write:
        path = options.model / CARD
        card = json.loads(path.read_text(encoding="utf-8"))
        card["sieve"] |= noted(weights.sieve, best, len(texts))
        path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
