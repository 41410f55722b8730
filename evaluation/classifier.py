"""``medad evaluate classifier``: what the classifier gets right, how sure it may be, and where it errs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.backends import load
from classifier.types import Classifier, Document, Prediction, Span
from evaluation import metrics
from evaluation.gold import Sample, file_hash, read_samples
from evaluation.report import write_report
from models.vocabulary import TEXT_CODES, Code, TextKind
from pipeline.clock import today

#: Fewer positives than this say nothing about a code: it is listed, and left out of the macro means.
ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample and what the classifier said of it."""

    sample: Sample
    prediction: Prediction

    @property
    def is_ad(self) -> bool:
        """Say whether the classifier takes it for a health advertisement."""
        return self.prediction.label is TextKind.HEALTH_AD

    def flagged(self, code: Code) -> bool:
        """Say whether the classifier flags ``code`` at its operating threshold."""
        return any(hit.code is code for hit in self.prediction.hits)


def evaluate(samples: Path, out: Path, spec: str = "rules") -> dict[str, Any]:
    """Measure ``spec`` on ``samples``; write ``report.html`` and ``metrics.json`` into ``out``; return the metrics."""
    rows = judge_samples(read_samples(samples), load(spec))
    found = measure(rows)
    chosen = load(spec)
    found["data"] = {"file": samples.name, "sha256": file_hash(samples), "texts": len(rows)}
    found["model"] = {"name": chosen.name, "version": chosen.version}
    write_report(out, "classifier.html.j2", found, confident_errors(rows))
    return found


def judge_samples(samples: Sequence[Sample], classifier: Classifier) -> list[Judged]:
    """Predict every sample, as shown today."""
    documents = [Document(text=sample.text, shown_on=today(), id=sample.id) for sample in samples]
    return [Judged(s, p) for s, p in zip(samples, classifier.predict(documents), strict=True)]


def measure(rows: Sequence[Judged]) -> dict[str, Any]:
    """Return every figure: kind, any code, each code, review budgets, quotes, calibration; intervals by group."""
    codes = {code.value: _code(rows, code) for code in TEXT_CODES}
    enough = [row for row in codes.values() if row["positives"] >= ENOUGH]
    return {
        "groups": len({row.sample.group for row in rows}),
        "health_ad": _with_interval(rows, _ad_counts),
        "any_code": {
            **_with_interval(rows, _any_counts),
            "ap": _rounded(metrics.average_precision(*_any_pairs(rows))),
            "ap_interval": _interval(rows, lambda chosen: metrics.average_precision(*_any_pairs(chosen))),
            "found_at": {
                str(share): _rounded(metrics.found_at_budget(*_any_pairs(rows), share)) for share in (0.05, 0.1, 0.3)
            },
        },
        "codes": codes,
        "macro": {
            "codes": len(enough),
            "f1": _rounded(_mean([row["f1"] for row in enough])),
            "ap": _rounded(_mean([row["ap"] for row in enough])),
        },
        "quotes": _quotes(rows),
        "calibration": _calibration(rows),
    }


def _ad_counts(rows: Sequence[Judged]) -> metrics.Counts:
    return metrics.count([row.is_ad for row in rows], [row.sample.kind is TextKind.HEALTH_AD for row in rows])


def _any_counts(rows: Sequence[Judged]) -> metrics.Counts:
    flags = [any(row.flagged(code) for code in TEXT_CODES) for row in rows]
    return metrics.count(flags, [bool(row.sample.codes) for row in rows])


def _any_pairs(rows: Sequence[Judged]) -> tuple[list[float], list[bool]]:
    return [row.prediction.risk for row in rows], [bool(row.sample.codes) for row in rows]


def _with_interval(rows: Sequence[Judged], counts: Callable[[Sequence[Judged]], metrics.Counts]) -> dict[str, Any]:
    return {**_counted(counts(rows)), "f1_interval": _interval(rows, lambda chosen: counts(chosen).f1)}


def _counted(found: metrics.Counts) -> dict[str, Any]:
    return {
        "precision": _rounded(found.precision),
        "recall": _rounded(found.recall),
        "f1": _rounded(found.f1),
        "positives": found.tp + found.fn,
        "flagged": found.tp + found.fp,
    }


def _interval(rows: Sequence[Judged], value: Callable[[Sequence[Judged]], float]) -> list[float]:
    return [_rounded(end) for end in metrics.interval_by_group(rows, lambda row: row.sample.group, value)]


def _code(rows: Sequence[Judged], code: Code) -> dict[str, Any]:
    truth = [code in row.sample.codes for row in rows]
    scores = [row.prediction.kind[TextKind.HEALTH_AD] * row.prediction.codes[code] for row in rows]
    return {
        **_counted(metrics.count([row.flagged(code) for row in rows], truth)),
        "ap": _rounded(metrics.average_precision(scores, truth)),
        "curve": [[_rounded(p), _rounded(r)] for _, p, r in metrics.curve(scores, truth)],
    }


def _quotes(rows: Sequence[Judged]) -> dict[str, Any]:
    """Among rightly flagged (text, code) pairs: how often the quote overlaps one that a reader marked."""
    right = overlapping = 0
    for row in rows:
        for code, quotes in row.sample.codes.items():
            spans = [h.proof for h in row.prediction.hits if h.code is code and isinstance(h.proof, Span)]
            if spans:
                right += 1
                overlapping += any(_overlaps(span, row.sample.text, quote) for span in spans for quote in quotes)
    return {"pairs": right, "overlapping": _rounded(overlapping / right) if right else 0.0}


def _overlaps(span: Span, text: str, quote: str) -> bool:
    start = text.find(quote)
    while start >= 0:
        if start < span.end and span.start < start + len(quote):
            return True
        start = text.find(quote, start + 1)
    return False


def _calibration(rows: Sequence[Judged]) -> dict[str, Any]:
    pairs = [(row.prediction.codes[code], code in row.sample.codes) for row in rows for code in TEXT_CODES]
    scores, truth = [score for score, _ in pairs], [true for _, true in pairs]
    return {
        "ece": _rounded(metrics.expected_calibration_error(scores, truth)),
        "brier": _rounded(metrics.brier(scores, truth)),
        "ece_any": _rounded(metrics.expected_calibration_error(*_any_pairs(rows))),
        "reliability": [[_rounded(p), _rounded(t), n] for p, t, n in metrics.reliability(*_any_pairs(rows))],
    }


def confident_errors(rows: Sequence[Judged], most: int = 40) -> list[dict[str, Any]]:
    """Return the errors that the classifier was surest of, with the words, for a reader of Vietnamese."""
    errors: list[dict[str, Any]] = []
    for row in rows:
        for hit in row.prediction.hits:
            if hit.code in TEXT_CODES and hit.code not in row.sample.codes and isinstance(hit.proof, Span):
                errors.append(_error(row, hit.code, "flagged wrongly", hit.proof.quote, hit.probability))
        for code, quotes in row.sample.codes.items():
            if not row.flagged(code):
                errors.append(_error(row, code, "missed", " … ".join(quotes), 1.0 - row.prediction.codes[code]))
    return sorted(errors, key=lambda error: -error["certainty"])[:most]


def _error(row: Judged, code: Code, what: str, words: str, certainty: float) -> dict[str, Any]:
    return {"id": row.sample.id, "code": code.value, "what": what, "words": words[:300], "certainty": certainty}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rounded(value: float) -> float:
    return round(value, 4)
