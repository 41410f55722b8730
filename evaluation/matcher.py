"""``medad evaluate matcher``: who is found, who is called licensed and is not, and when 'cannot tell' is said."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.gold import MatchSample, file_hash, read_match_samples
from evaluation.report import write_report
from models.vocabulary import MentionKind, Verdict
from pipeline.matching import registry_matcher
from pipeline.shares import wilson
from registry.directory import read_registry_dir
from registry.matcher import Matcher
from registry.types import Match, Query


@dataclass(frozen=True, slots=True)
class Answered:
    """A labelled mention and the matcher's answer."""

    sample: MatchSample
    match: Match

    @property
    def decidable(self) -> bool:
        """Say whether one record is meant."""
        return self.sample.gold not in ("NONE", "AMBIGUOUS")

    @property
    def right(self) -> bool:
        """Say whether the one record that is meant was named."""
        return self.decidable and self.match.registry_id == self.sample.gold

    @property
    def matched(self) -> bool:
        """Say whether some record was named."""
        return self.match.decision is Verdict.MATCHED


def evaluate(samples: Path, registry: Path, out: Path) -> dict[str, Any]:
    """Measure the matcher on ``samples`` against ``registry``; write both files into ``out``; return the metrics."""
    mentions = read_match_samples(samples)
    started = time.process_time()
    held = read_registry_dir(registry)
    read = time.process_time()
    matcher = registry_matcher(held)
    ready = time.process_time()
    rows, spent = answer_all(matcher, mentions)
    found = {
        **measure(rows),
        "examples": examples(rows),
        "speed": {"read_seconds": round(read - started, 2), "index_seconds": round(ready - read, 2), **speed(spent)},
        "data": {"file": samples.name, "sha256": file_hash(samples), "mentions": len(rows)},
        "model": {"version": matcher.version},
    }
    write_report(out, "matcher.html.j2", found, errors(rows))
    return found


def answer_all(matcher: Matcher, mentions: Sequence[MatchSample]) -> tuple[list[Answered], list[float]]:
    """Ask for every mention; return the answers and the seconds of processor time that each took."""
    rows, spent = list[Answered](), list[float]()
    for mention in mentions:
        started = time.process_time()
        rows.append(Answered(mention, matcher.match(Query(mention.id, mention.kind, mention.text))))
        spent.append(time.process_time() - started)
    return rows, spent


def speed(spent: Sequence[float]) -> dict[str, float]:
    """Return mentions per second of one processor, and the median and 99th percentile of their milliseconds."""
    ordered = sorted(spent)
    return {
        "mentions_per_second": round(len(spent) / max(sum(spent), 1e-9), 1),
        "median_ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1000 * ordered[int(len(ordered) * 0.99)], 2),
    }


def measure(rows: Sequence[Answered]) -> dict[str, Any]:
    """Return the shares that matter, each with n and its 95 % Wilson interval."""
    decidable = [row for row in rows if row.decidable]
    impostors = [row for row in rows if row.sample.gold == "NONE"]
    ambiguous = [row for row in rows if row.sample.gold == "AMBIGUOUS"]
    kinds = {kind: [row for row in decidable if row.sample.kind is kind] for kind in MentionKind}
    return {
        "recall_people": _share(kinds[MentionKind.PRACTITIONER], lambda row: row.right),
        "recall_places": _share(kinds[MentionKind.FACILITY], lambda row: row.right),
        "impostor_false_links": _share(impostors, lambda row: row.matched),
        "wrong_record": _share(decidable, lambda row: row.matched and not row.right),
        "ambiguous_as_one": _share(ambiguous, lambda row: row.matched),
        "ambiguous_answered": _share(ambiguous, _answered_as_several),
        "by_impostor": _by(impostors, lambda row: [row.sample.impostor], lambda row: row.matched),
        "by_damage": _by(decidable, _damages, lambda row: row.right),
        "by_form": _by(decidable, lambda row: [row.sample.form], lambda row: row.right),
        "by_context": _by(decidable, lambda row: [_context(row.sample)], lambda row: row.right),
        "ambiguous_by_kind": _by(ambiguous, lambda row: [row.sample.kind.value], _answered_as_several),
    }


def _damages(row: Answered) -> Sequence[str]:
    return [f"{row.sample.kind.value}: {noise}" for noise in row.sample.noise or ("none",)]


#: What parts the name from what an advertisement says beside it.
_BESIDE = re.compile(r"[,|\n@;]|\s[-–]\s|\d{3}|(?:^|\s)chuyên\s|\.\s\S+\s*$", re.IGNORECASE)


def _context(sample: MatchSample) -> str:
    said = "with context" if _BESIDE.search(sample.text) else "bare name"
    return f"{sample.kind.value}: {said}"


def _answered_as_several(row: Answered) -> bool:
    listed = {candidate.registry_id for candidate in row.match.candidates}
    return row.match.decision is Verdict.AMBIGUOUS and row.sample.gold_set <= listed


def examples(rows: Sequence[Answered], most: int = 3) -> dict[str, dict[str, list[str]]]:
    """Return up to ``most`` passages that went wrong, by impostor kind, damage and form."""
    found: dict[str, dict[str, list[str]]] = {"by_impostor": {}, "by_damage": {}, "by_form": {}}
    for row in rows:
        if row.sample.gold == "NONE" and row.matched:
            _keep(found["by_impostor"], [row.sample.impostor], row, most)
        if row.decidable and not row.right:
            _keep(found["by_damage"], _damages(row), row, most)
            _keep(found["by_form"], [row.sample.form], row, most)
    return found


def _keep(kept: dict[str, list[str]], names: Sequence[str], row: Answered, most: int) -> None:
    answer = row.match.registry_id or row.match.decision.value
    for name in names:
        if len(kept.setdefault(name, [])) < most:
            kept[name].append(f"{row.sample.text[:160]} → {answer}")


def _share(rows: Sequence[Answered], test: Callable[[Answered], bool]) -> dict[str, Any]:
    hits = sum(map(test, rows))
    low, high = wilson(hits, len(rows))
    return {
        "share": round(hits / len(rows), 4) if rows else 0.0,
        "n": len(rows),
        "interval": [round(low, 4), round(high, 4)],
    }


def _by(
    rows: Sequence[Answered], keys: Callable[[Answered], Sequence[str]], test: Callable[[Answered], bool]
) -> dict[str, Any]:
    names = Counter(key for row in rows for key in keys(row))
    return {name: _share([row for row in rows if name in keys(row)], test) for name, _ in names.most_common()}


def errors(rows: Sequence[Answered], most: int = 60) -> list[dict[str, Any]]:
    """Return the gravest errors first: an impostor linked, a wrong record, then what was missed."""
    found = [
        (0 if row.sample.gold == "NONE" else 1 if row.matched else 2, row)
        for row in rows
        if (row.matched and not row.right) or (row.decidable and not row.right)
    ]
    return [
        {
            "what": ("impostor linked", "wrong record", "missed")[grade],
            "text": row.sample.text[:300],
            "gold": row.sample.gold,
            "answer": row.match.registry_id or row.match.decision.value,
            "probability": round(row.match.probability, 4),
            "reasons": list(row.match.reasons),
        }
        for grade, row in sorted(found, key=lambda pair: pair[0])[:most]
    ]
