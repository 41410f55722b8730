"""The bundled demo as a golden set: every page read, judged and checked, against what a reader wrote beside it.

Nothing is fetched: the demo web answers in the same process. The figures say how the parts work together on pages
written for this project; they say nothing of the quality on real pages (see docs/evaluation.md).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from classifier.backends import DEFAULT
from classifier.policy import load_policy
from classifier.types import Document
from crawler.pages.sites import page_for
from evaluation.metrics import Counts, count
from models.vocabulary import ABSENCE_CODES, REGISTRY_CODES, TEXT_CODES, Code, TextKind
from pipeline.clock import today
from pipeline.demo_web import DemoSite
from pipeline.leads import Checked, Checker, Judged
from pipeline.matching import registry_matcher
from pipeline.scoring import Judgement, judge
from registry.directory import read_registry_dir


@dataclass(frozen=True, slots=True)
class Expected:
    """What a reader wrote of one page. A text code has quotes; an absence or registry code has a reason."""

    url: str
    kind: TextKind
    codes: Mapping[Code, tuple[str, ...]]
    published_on: date | None
    facts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as the program saw it."""

    expected: Expected
    text: str
    published_on: date | None
    judgement: Judgement
    checked: Checked

    @property
    def codes(self) -> frozenset[Code]:
        """Return every code that was flagged, by text, by absence or by the registry."""
        return frozenset(f.code for f in (*self.judgement.findings, *self.checked.findings))


def read_expected(folder: Path) -> list[Expected]:
    """Read ``expected.jsonl``."""
    rows = (json.loads(line) for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines() if line)
    return [
        Expected(
            url=row["url"],
            kind=TextKind(row["kind"]),
            codes={Code(code): tuple(proof) if isinstance(proof, list) else () for code, proof in row["codes"].items()},
            published_on=None if row["published_on"] is None else date.fromisoformat(row["published_on"]),
            facts=tuple(row.get("facts", ())),
        )
        for row in rows
    ]


def see(folder: Path, spec: str = DEFAULT) -> list[Seen]:
    """Read, judge and check every expected page of the demo in ``folder``."""
    registry = read_registry_dir(folder / "registry")
    checker = Checker(
        registry_matcher(registry),
        load_policy(),
        "demo",
        confirmations=registry.confirmations,
        prices=registry.prices,
    )
    site = DemoSite(folder / "web")
    return list(map(partial(_see, site=site, checker=checker, spec=spec), read_expected(folder)))


def _see(expected: Expected, *, site: DemoSite, checker: Checker, spec: str) -> Seen:
    parts = urlsplit(expected.url)
    reply = site.reply(parts.netloc, parts.path + (f"?{parts.query}" if parts.query else ""))
    page = page_for(expected.url).read(reply.body, expected.url, reply.content_type)
    shown_on = page.published_on or today()
    document = Document(page.text, shown_on, page.main_end, page.title, expected.url, expected.url)
    judgement = judge([document], spec)[0]
    is_ad = judgement.prediction.label is TextKind.HEALTH_AD
    checked = checker.check(Judged(document, is_ad, judgement.domains))
    return Seen(expected, page.text, page.published_on, judgement, checked)


def measure(seen: Sequence[Seen]) -> dict[str, float]:
    """Return the figures that the gate holds, each in [0, 1]."""
    found: dict[str, float] = {
        "demo.health_ad.f1": count(
            [row.judgement.prediction.label is TextKind.HEALTH_AD for row in seen],
            [row.expected.kind is TextKind.HEALTH_AD for row in seen],
        ).f1,
        "demo.published_on": sum(row.published_on == row.expected.published_on for row in seen) / len(seen),
        "demo.quotes_extracted": _quotes_extracted(seen),
        "demo.registry_decisions": _decisions(seen),
    }
    for name, codes in (("text", TEXT_CODES), ("absence", ABSENCE_CODES), ("registry", REGISTRY_CODES)):
        counts = code_counts(seen, codes)
        found[f"demo.{name}.precision"], found[f"demo.{name}.recall"] = counts.precision, counts.recall
    return {name: round(value, 4) for name, value in found.items()}


def code_counts(seen: Sequence[Seen], codes: Iterable[Code]) -> Counts:
    """Count (page, code) pairs."""
    pairs = [(row, code) for row in seen for code in codes]
    return count([code in row.codes for row, code in pairs], [code in row.expected.codes for row, code in pairs])


def _quotes_extracted(seen: Sequence[Seen]) -> float:
    texts = [(" ".join(row.text.split()), q) for row in seen for quotes in row.expected.codes.values() for q in quotes]
    return sum(" ".join(quote.split()) in text for text, quote in texts) / len(texts)


def _decisions(seen: Sequence[Seen]) -> float:
    """Share of the named persons and places whose decision is the expected one; one that was not asked is wrong."""
    asked = [(row, fact) for row in seen for fact in row.expected.facts]
    right = [bool(decided(row, fact) == fact["decision"]) for row, fact in asked]
    return sum(right) / len(right)


def decided(row: Seen, fact: Mapping[str, Any]) -> str:
    """Return the decision on one named person or place: the answer whose name overlaps it most, else 'not asked'."""
    wanted = set(fact["text"].casefold().split())
    answers = [a for a in row.checked.answers if a.query.kind.value == fact["kind"]]
    best = max(answers, key=lambda a: len(wanted & set(a.named.casefold().split())), default=None)
    if best is None or not wanted & set(best.named.casefold().split()):
        return "not asked"
    return best.match.decision.value


def differences(seen: Sequence[Seen]) -> list[str]:
    """Return one line per difference, for a person who mends them."""
    lines = []
    for row in seen:
        label = row.judgement.prediction.label
        if label is not row.expected.kind:
            lines.append(f"{row.expected.url} kind {label} instead of {row.expected.kind}")
        lines += [f"{row.expected.url} missed {code}" for code in sorted(set(row.expected.codes) - row.codes)]
        lines += [f"{row.expected.url} flagged {code} wrongly" for code in sorted(row.codes - set(row.expected.codes))]
        if row.published_on != row.expected.published_on:
            lines.append(f"{row.expected.url} published {row.published_on} instead of {row.expected.published_on}")
        for fact in row.expected.facts:
            if (answer := decided(row, fact)) != fact["decision"]:
                lines.append(f"{row.expected.url} {fact['text']}: {answer} instead of {fact['decision']}")
    return lines


def corpus_hash(folder: Path) -> str:
    """Return one hash over every file of the demo: floors hold for this corpus and no other."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _CORPUS):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


_CORPUS = frozenset({".html", ".htm", ".txt", ".xml", ".json", ".jsonl", ".csv", ".xlsx"})
