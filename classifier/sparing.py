"""Which texts need not be shown to the network: those that rules alone answer as it would.

    python -m classifier.sparing MODEL TEXTS.jsonl [--write]

measures, over texts of all kinds that the network did not learn from, for how many of those that the rules call
surely no health ad the network says otherwise, and takes the highest bound under which the two agree.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from classifier.language import is_vietnamese
from classifier.policy import load_policy
from classifier.rules.backend import RulesClassifier
from classifier.text import read
from classifier.transformer import CARD, TransformerClassifier, load_weights
from classifier.types import Document
from models.errors import InputError
from models.vocabulary import TextKind

#: Share of the spared texts of which network and rules must say the same: health ad or not, and no sign.
AGREEMENT = 0.995
_BOUNDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Spared:
    """What a bound spares, and how often the network would have said the same."""

    below: float
    texts: int
    share: float
    agreement: float


def measure(classifier: TransformerClassifier, texts: Sequence[str]) -> list[Spared]:
    """Return what each bound would spare of ``texts``; the classifier must show the network everything."""
    rules = RulesClassifier(load_policy())
    mains = [read(text) for text in texts if is_vietnamese(text)]
    documents = [Document(main.given, date.today()) for main in mains]  # noqa: DTZ011
    doubt = [2.0 if rules.signs(main).claims else rules.kinds(main)[TextKind.HEALTH_AD] for main in mains]
    said = [
        found.label is TextKind.HEALTH_AD or any(hit.code in found.codes for hit in found.hits)
        for found in classifier.predict(documents)
    ]
    table = []
    for below in _BOUNDS:
        spared = [flagged for value, flagged in zip(doubt, said, strict=True) if value < below]
        agreement = 1 - sum(spared) / len(spared) if spared else 1.0
        table.append(Spared(below, len(spared), len(spared) / len(mains), agreement))
    return table


def choose(table: Sequence[Spared]) -> Spared | None:
    """Return the highest bound up to which every bound agrees often enough; none where the first does not."""
    chosen = None
    for row in table:
        if row.agreement < AGREEMENT:
            break
        chosen = row
    return chosen


def main() -> None:
    """Measure, print the table, and with ``--write`` store the bound in the model's card."""
    parser = argparse.ArgumentParser(prog="python -m classifier.sparing", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("model", type=Path, help="folder of a released model")
    parser.add_argument("texts", type=Path, help="texts of all kinds (.jsonl)")
    parser.add_argument("--write", action="store_true", help="store the bound in the model's card")
    chosen = parser.parse_args()
    try:
        weights = replace(load_weights(chosen.model), spare=0.0)
        texts = [json.loads(line)["text"] for line in chosen.texts.read_text(encoding="utf-8").splitlines() if line]
    except (InputError, OSError, ValueError, KeyError) as fault:
        sys.exit(f"error: {fault}")
    table = measure(TransformerClassifier(load_policy(), weights), texts)
    for row in table:
        print(f"below {row.below:.3f}: {row.texts} texts ({row.share:.1%}), agreement {row.agreement:.4f}")
    best = choose(table)
    print(f"chosen: {best}")
    if chosen.write:
        path = chosen.model / CARD
        card = json.loads(path.read_text(encoding="utf-8"))
        card["spare"] = (
            {
                "below": best.below,
                "share": round(best.share, 4),
                "agreement": round(best.agreement, 5),
                "of": len(texts),
            }
            if best
            else {"below": 0.0}
        )
        path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
