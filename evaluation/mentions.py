"""How well mentions are found: precision and recall of each kind, against passages that a reader annotated.

Labels hold offsets and a hash, no text: the texts are another's and stay where they are. They are joined by id:
``python -m evaluation.mentions --labels data/labelled/real-mentions.labels.jsonl --join texts.jsonl``. A label line is
``{"id", "sha256", "part", "chosen", "kinds", "mentions": [{"kind", "start", "end"}]}``; only the ``kinds`` that were
sought in a passage are counted there.
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.bootstrap import FEW_GROUPS, Figure, Resamples, interval, numbered
from evaluation.metrics import Counts
from evaluation.ranking import Floats
from models.errors import InputError, MedadError
from models.vocabulary import MentionKind
from pipeline.lines import read_lines
from registry.mentions import find_mentions

Bounds = tuple[int, int]

#: A technique of the table that names a disease and no method ('Điều trị viêm gan'): the reader annotated methods
#: only, so such a mention is counted apart unless it overlaps an annotated one.
_NO_METHOD = ("Điều trị ", "Chữa ", "Tầm soát ")


@dataclass(frozen=True, slots=True)
class Passage:
    """One annotated passage with its text; ``gold`` has the bounds of every mention of the kinds that were sought."""

    id: str
    text: str
    group: str
    part: str
    gold: Mapping[MentionKind, tuple[Bounds, ...]]


@dataclass(slots=True)
class Tally:
    """What was found of one kind: per passage the exact and the overlapping counts, and where they fail."""

    exact: list[Counts] = field(default_factory=list)
    overlap: list[Counts] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    missed: list[tuple[str, str]] = field(default_factory=list)
    false: list[tuple[str, str]] = field(default_factory=list)
    apart: int = 0


def read_passages(labels: Path, join: Sequence[Path]) -> list[Passage]:
    """Join labels with their texts. Raises ``InputError`` on a bad label, or where no text or another text is given."""
    texts = {
        str(line.content["id"]): line.content
        for path in join
        for line in read_lines(str(path))
        if line.content and isinstance(line.content.get("text"), str) and "id" in line.content
    }
    found = [_passage(labels, line.number, line.content, texts) for line in read_lines(str(labels))]
    if not found:
        raise InputError(f"{labels} holds no annotated passage.", "See docs/evaluation.md.")
    return found


def _passage(
    path: Path, number: int, content: Mapping[str, Any] | None, texts: Mapping[str, Mapping[str, Any]]
) -> Passage:
    where = f"{path}, line {number}"
    try:
        label = content or {}
        ident, kinds = str(label["id"]), [MentionKind(kind) for kind in label["kinds"]]
        marked = [(MentionKind(m["kind"]), int(m["start"]), int(m["end"])) for m in label["mentions"]]
    except (KeyError, ValueError, TypeError) as fault:
        raise InputError(f"{where}: not an annotated passage ({fault}).", "See docs/evaluation.md.") from fault
    if ident not in texts:
        raise InputError(f"{where}: no text has the id {ident}.", "Give the file that holds it with --join.")
    joined = texts[ident]
    text = str(joined["text"])
    if hashlib.sha256(text.encode()).hexdigest() != label.get("sha256"):
        raise InputError(f"{where}: the text of {ident} is not the one that was read.", "Its SHA-256 differs.")
    if any(not 0 <= start < end <= len(text) for _, start, end in marked):
        raise InputError(f"{where}: a mention lies outside the text.", "Offsets count code points of the text.")
    gold = {kind: tuple((start, end) for k, start, end in marked if k is kind) for kind in kinds}
    return Passage(ident, text, str(joined.get("group") or ident), str(label.get("part", "")), gold)


def paired(gold: Sequence[Bounds], found: Sequence[Bounds]) -> list[tuple[Bounds, Bounds]]:
    """Pair marked with found bounds, each once, those that share most first."""
    shared = sorted(
        ((min(g[1], f[1]) - max(g[0], f[0]), g, f) for g in gold for f in found if min(g[1], f[1]) > max(g[0], f[0])),
        key=lambda each: (-each[0], each[1], each[2]),
    )
    pairs: list[tuple[Bounds, Bounds]] = []
    for _, marked, seen in shared:
        if not any(marked == g or seen == f for g, f in pairs):
            pairs.append((marked, seen))
    return pairs


def tally(passages: Iterable[Passage]) -> dict[MentionKind, Tally]:
    """Count every kind on every passage in which it was sought."""
    found: dict[MentionKind, Tally] = defaultdict(Tally)
    for passage in passages:
        mentions = find_mentions(passage.text)
        for kind, gold in passage.gold.items():
            seen = [(m.start, m.end) for m in mentions if m.kind is kind]
            values = {(m.start, m.end): m.value for m in mentions if m.kind is kind}
            _count(found[kind], passage, gold, seen, values)
    return found


def _count(
    into: Tally, passage: Passage, gold: Sequence[Bounds], seen: list[Bounds], values: Mapping[Bounds, str]
) -> None:
    pairs = paired(gold, seen)
    hit, used = {g for g, _ in pairs}, {f for _, f in pairs}
    apart = [f for f in seen if f not in used and values[f].startswith(_NO_METHOD)]
    seen = [f for f in seen if f not in apart]
    exact = len(set(gold) & set(seen))
    into.exact.append(Counts(exact, len(seen) - exact, len(gold) - exact))
    into.overlap.append(Counts(len(pairs), len(seen) - len(pairs), len(gold) - len(pairs)))
    into.groups.append(passage.group)
    into.ids.append(passage.id)
    into.missed += [(passage.id, passage.text[start:end]) for start, end in gold if (start, end) not in hit]
    into.false += [(passage.id, passage.text[start:end]) for start, end in seen if (start, end) not in used]
    into.apart += len(apart)


def figures(counts: Sequence[Counts], groups: Sequence[str]) -> dict[str, Any]:
    """Return precision, recall and F1 of a kind with 95 % intervals by resampling ``groups``."""
    tp, fp, fn = (np.array([getattr(c, name) for c in counts], dtype=np.float64) for name in ("tp", "fp", "fn"))
    whole = Counts(int(tp.sum()), int(fp.sum()), int(fn.sum()))

    def share(top: Floats, bottom: Floats) -> Figure:
        def figure(weights: Floats) -> Floats:
            below = weights @ bottom
            return np.divide(weights @ top, below, out=np.full_like(below, np.nan), where=below > 0)

        return figure

    wanted = {"precision": share(tp, tp + fp), "recall": share(tp, tp + fn), "f1": share(2 * tp, 2 * tp + fp + fn)}
    drawn = Resamples(numbered(groups)).values(wanted)
    result: dict[str, Any] = {"tp": whole.tp, "fp": whole.fp, "fn": whole.fn}
    for name, defined in (
        ("precision", whole.tp + whole.fp),
        ("recall", whole.tp + whole.fn),
        ("f1", whole.tp + whole.fp + whole.fn),
    ):
        low, high = interval(drawn[name])
        result[name] = round(float(getattr(whole, name)), 4) if defined else None
        result[f"{name}_interval"] = None if np.isnan(low) else [round(low, 4), round(high, 4)]
    return result


def measure(passages: Sequence[Passage]) -> dict[str, Any]:
    """Return the figures of every kind. Intervals resample groups where there are enough, passages otherwise."""
    found = tally(passages)
    by_group = len({passage.group for passage in passages}) >= FEW_GROUPS
    kinds = {}
    for kind in MentionKind:
        if kind in found:
            one = found[kind]
            groups = one.groups if by_group else one.ids
            kinds[kind.value] = {
                "passages": len(one.ids),
                "overlap": figures(one.overlap, groups),
                "exact": figures(one.exact, groups),
                "counted_apart": one.apart,
                "missed": one.missed,
                "false": one.false,
            }
    return {
        "passages": len(passages),
        "intervals": "percentile bootstrap, 95 %, by " + ("group" if by_group else "passage"),
        "kinds": kinds,
    }


def _table(found: Mapping[str, Any]) -> str:
    lines = [f"{'kind':22}{'marked':>7} {'precision':>26} {'recall':>26} {'exact F1':>9}"]
    for kind, one in found["kinds"].items():
        overlap = one["overlap"]
        cells = (_cell(overlap, "precision"), _cell(overlap, "recall"))
        exact = one["exact"]["f1"]
        marked = overlap["tp"] + overlap["fn"]
        lines.append(
            f"{kind:22}{marked:>7} {cells[0]:>26} {cells[1]:>26} {'-' if exact is None else f'{exact:.3f}':>9}"
        )
    return "\n".join(lines)


def _cell(one: Mapping[str, Any], name: str) -> str:
    if one[name] is None:
        return "-"
    bounds = one[f"{name}_interval"]
    return f"{one[name]:.3f}" + (f" [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation.mentions", description=__doc__)
    parser.add_argument("--labels", type=Path, required=True, help="annotated passages: offsets without text")
    parser.add_argument("--join", type=Path, nargs="+", required=True, help="JSON lines with id, text and group")
    parser.add_argument("--part", help="only passages of this part: tuned or held_out")
    parser.add_argument("--chosen", help="only passages chosen in this way: first, random or cue")
    parser.add_argument("--out", type=Path, help="write all figures, misses and false hits to this JSON file")
    parser.add_argument("--show", action="store_true", help="print the misses and false hits")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print a table, and write what ``--out`` asks for. Returns the exit code."""
    options = _arguments(given)
    try:
        passages = read_passages(options.labels, options.join)
        chosen = _chosen(options.labels, options.part, options.chosen)
        passages = [p for p in passages if p.id in chosen]
        if not passages:
            raise InputError("no annotated passage is of this part.", "Parts: tuned, held_out.")
    except (MedadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    found = measure(passages)
    print(f"{found['passages']} passages; a mention counts where it overlaps a marked one; {found['intervals']}")
    print(_table(found))
    if options.show:
        for kind, one in found["kinds"].items():
            print(*(f"{kind} missed {i}: {said!r}" for i, said in one["missed"]), sep="\n")
            print(*(f"{kind} false {i}: {said!r}" for i, said in one["false"]), sep="\n")
    if options.out:
        options.out.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    return 0


def _chosen(labels: Path, part: str | None, chosen: str | None) -> set[str]:
    """Return the ids of the passages of a part and of a way of choosing; ``None`` is any."""
    rows = [line.content or {} for line in read_lines(str(labels))]
    return {
        str(row.get("id")) for row in rows if part in {None, row.get("part")} and chosen in {None, row.get("chosen")}
    }


if __name__ == "__main__":
    sys.exit(main())
