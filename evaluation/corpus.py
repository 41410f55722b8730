"""How varied labelled texts are: counts, near-duplicates, and distinct word runs beside those of other texts.

    python -m evaluation.corpus data/labelled/written-*.jsonl [--beside REAL.jsonl]

A corpus of templates teaches a model the templates. Two measures show them: the share of texts that share more than
half of their runs of four words with another text of another pair (Broder's resemblance, 1997), and the share of
distinct runs among all (distinct-n: Li et al., 2016), over the same number of words from either side.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.errors import InputError
from pipeline.lines import read_lines

_WORD = re.compile(r"\w+")
#: Two texts with a resemblance over this are near-duplicates.
ALIKE = 0.5
_RUN = 4
#: A run of words in more texts than this joins everything to everything, and proves nothing.
_COMMON = 200


def figures(texts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return counts per kind, product class, code, channel and disguise, lengths, and the share of near-duplicates."""
    lengths = sorted(len(text["text"]) for text in texts)
    ads = [text for text in texts if text["kind"] == "health_ad"]
    return {
        "texts": len(texts),
        "groups": len({text.get("group") for text in texts}),
        "characters": {f"p{share}": lengths[len(lengths) * share // 100] for share in (10, 50, 90)},
        "kind": _counted(text["kind"] for text in texts),
        "domains": _counted(domain for text in ads for domain in text["domains"]),
        "codes": _counted(code for text in ads for code in text["codes"]),
        "ads_without_code": sum(not text["codes"] for text in ads),
        "channel": _counted(text.get("channel", "") for text in texts),
        "disguise": _counted(text["disguise"] for text in texts if text.get("disguise")),
        "pairs": len({text["pair"] for text in texts if text.get("pair")}),
        "near_duplicates": round(len(near_duplicates(texts)) / len(texts), 4),
    }


def _counted(values: Any) -> dict[str, int]:
    return dict(Counter(values).most_common())


def near_duplicates(texts: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of texts that are nearly another one, members of one pair not counted."""
    runs = [_runs(text["text"]) for text in texts]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found = set()
    for index, own in enumerate(runs):
        shared = Counter(other for run in own for other in holders[run] if len(holders[run]) <= _COMMON)
        for other, count in shared.items():
            pair = texts[index].get("pair")
            alike = count / len(own | runs[other]) > ALIKE
            if alike and not (pair and pair == texts[other].get("pair")):
                found.add(str(texts[index]["id"]))
        for run in own:
            holders[run].append(index)
    return found


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}


def distinct(texts: Sequence[Mapping[str, Any]], words: int, seed: int = 7) -> dict[str, float]:
    """Return the share of distinct runs of one to four words in ``words`` words drawn text by text."""
    order = list(texts)
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable, not secret
    taken: list[str] = []
    for text in order:
        taken += _WORD.findall(text["text"].lower())
    taken = taken[:words]
    return {
        f"distinct_{size}": round(
            len({tuple(taken[i : i + size]) for i in range(len(taken) - size + 1)}) / max(1, len(taken) - size + 1), 4
        )
        for size in (1, 2, 3, 4)
    }


def _read(path: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for line in read_lines(str(path)):
        if line.content is None or not isinstance(line.content.get("text"), str):
            raise InputError(f"{path}, line {line.number}: {line.error or 'no text'}.", "Mend the line.")
        found.append({"domains": [], "codes": {}, **line.content})
    return found


def main() -> None:
    """Print the figures of some files as JSON, beside those of other texts."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.corpus", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("files", nargs="+", type=Path, help="labelled texts (.jsonl)")
    parser.add_argument("--beside", type=Path, help="other texts (.jsonl) to compare the word runs with")
    chosen = parser.parse_args()
    try:
        texts = [text for path in chosen.files for text in _read(path)]
        found = figures(texts)
        other = _read(chosen.beside) if chosen.beside else []
    except InputError as fault:
        sys.exit(f"error: {fault}")
    size = min(_words(texts), _words(other)) if other else _words(texts)
    found["word_runs"] = {"words": size, "these": distinct(texts, size)}
    if other:
        found["word_runs"]["beside"] = distinct(other, size)
    print(json.dumps(found, ensure_ascii=False, indent=1))


def _words(texts: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(_WORD.findall(text["text"])) for text in texts)


if __name__ == "__main__":
    main()
