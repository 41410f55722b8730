"""``medad evaluate classifier``: what the classifier gets right, how sure it may be, and where it errs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.backends import DEFAULT, load
from classifier.policy import load_policy
from classifier.types import Classifier
from evaluation import confusion, plots, shown
from evaluation.answers import Source, ask, read_answers, write_answers
from evaluation.bootstrap import TIMES
from evaluation.calibration import BINS, Calibration
from evaluation.compare import compare, disagreements
from evaluation.figures import BUDGETS, ENOUGH, enough, figures
from evaluation.gold import Sample, file_hash, read_samples
from evaluation.intervals import Drawings, rounded, with_intervals
from evaluation.judged import Judged, Table
from evaluation.ranking import Ranking
from evaluation.report import make_folder, write_report
from evaluation.slices import disguise_loss, pair_accuracy, slices
from evaluation.suspects import suspects
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Domain

#: Hears how many texts are done.
Progress = Callable[[int], None]


def evaluate(
    samples: Path,
    out: Path,
    spec: str = DEFAULT,
    *,
    against: str | None = None,
    budgets: Sequence[float] = BUDGETS,
    times: int = TIMES,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure ``spec`` on ``samples``; write ``report.html`` and ``metrics.json`` into ``out``; return the metrics.

    ``spec`` and ``against`` (another classifier, to compare with) name a backend, or a ``.jsonl`` file of ``medad
    score``. The answers of a backend are kept in ``out``/``scored.jsonl``, so that nothing is asked twice. Raises
    ``InputError`` for samples, answers, a name or a budget that cannot be used.
    """
    _check(budgets)
    read = read_samples(samples)
    make_folder(out)
    rows, source = judged_by(read, spec, out / "scored.jsonl", on_progress)
    found = measure(rows, budgets, times)
    theirs: list[Judged] = []
    if against is not None:
        theirs, other = judged_by(read, against, out / "scored-compared.jsonl", on_progress)
        drawings = Drawings.of([row.sample.group for row in rows], times)
        found["comparison"] = {"with": named(other), **compare(rows, theirs, drawings)}
    found["data"] = {"file": samples.name, "sha256": file_hash(samples), "texts": len(rows)}
    found["model"] = named(source)
    write_report(out, "classifier.html.j2", found, **_reading(rows, theirs))
    return found


def _check(budgets: Sequence[float]) -> None:
    wrong = next((share for share in budgets if not 0.0 < share <= 1.0), None)
    if wrong is not None:
        raise InputError(f"a review budget is a share of the queue, not {wrong}.", "Give shares as in 0.1.")


def judged_by(
    samples: Sequence[Sample], spec: str, keep: Path, on_progress: Progress | None
) -> tuple[list[Judged], Source]:
    """Ask a classifier, or read its answers; keep what was asked in ``keep``."""
    if spec.endswith(".jsonl"):
        answers, source = read_answers(Path(spec), samples)
    else:
        classifier = load(spec)
        source = Source(classifier.name, classifier.version)
        answers = ask(samples, classifier, on_progress)
        write_answers(keep, samples, answers, source)
    return [Judged(sample, answer) for sample, answer in zip(samples, answers, strict=True)], source


def named(source: Source) -> dict[str, str]:
    """Say whose answers they are."""
    said = {"name": source.name, "version": source.version, "policy": load_policy().sha256}
    return {**said, "file": source.file} if source.file else said


def judge_samples(samples: Sequence[Sample], classifier: Classifier) -> list[Judged]:
    """Predict every sample, as shown today."""
    return [Judged(sample, answer) for sample, answer in zip(samples, ask(samples, classifier), strict=True)]


def measure(rows: Sequence[Judged], budgets: Sequence[float] = BUDGETS, times: int = TIMES) -> dict[str, Any]:
    """Return every figure of ``metrics.json`` that needs no file: figures, intervals, curves, slices, suspects."""
    table = Table(rows)
    drawings = Drawings.of(table.groups, times)
    found = with_intervals(figures(table, budgets), drawings)
    _count(found, table)
    _add_queue(found, table, budgets)
    _add_curves(found, table)
    return {
        **({"weights": weights_note(table)} if table.weighted else {}),
        "groups": drawings.by_group.groups,
        "intervals": drawings.note(),
        **found,
        "confusion": {"kind": confusion.kinds(rows), "codes": confusion.codes(rows)},
        "pairs": pair_accuracy(rows),
        "disguise": disguise_loss(rows),
        "slices": slices(rows, drawings),
        "suspects": [
            {
                "id": s.row.sample.id,
                "about": s.about,
                "given": s.given,
                "likelier": s.likelier,
                "margin": rounded(s.margin),
            }
            for s in suspects(rows)
        ],
    }


def weights_note(table: Table) -> dict[str, Any]:
    """Say how far the texts stand for others. ``effective`` texts, all alike, would tell as much (Kish, 1965)."""
    weights = table.weights
    return {
        "texts": len(weights),
        "stand_for": rounded(float(weights.sum())),
        "effective": rounded(float(weights.sum() ** 2 / (weights**2).sum())),
        "weighted": "precision, recall, F1, AP, budgets, calibration, quotes, macro means, and their intervals",
        "not_weighted": "counts, curves, confusion, slices, pairs, disguise, thresholds",
    }


def _count(found: dict[str, Any], table: Table) -> None:
    """Add how many are true and how many were flagged."""
    _counts(found["health_ad"], table.ad_true, table.ad_said)
    _counts(found["any_code"], table.any_true, table.any_said)
    for number, code in enumerate(TEXT_CODES):
        _counts(found["codes"][code.value], table.codes_true[:, number], table.codes_said[:, number])
    for number, domain in enumerate(Domain):
        true, said = (flags[:, number] & table.ad_true for flags in (table.domains_true, table.domains_said))
        _counts(found["domains"][domain.value], true, said)
    chosen = enough(table)
    found["macro"] |= {"codes": len(chosen), "of": [code.value for code in chosen], "positives_at_least": ENOUGH}
    pairs = int((table.codes_true & table.codes_said).sum())
    found["quotes"]["pairs"] = pairs
    found["calibration"] |= {"bins": BINS, "binning": "equal width; ece_equal_mass: equally many in each"}


def _counts(row: dict[str, Any], true: "np.ndarray[Any, Any]", said: "np.ndarray[Any, Any]") -> None:
    row |= {"positives": int(true.sum()), "flagged": int(said.sum())}


def _add_queue(found: dict[str, Any], table: Table, budgets: Sequence[float]) -> None:
    """Add what a budget means in texts, and the risk at which its reading ends."""
    ordered = np.sort(table.risk)[::-1]
    for share in budgets:
        texts = max(1, round(share * len(ordered)))
        found["budget"][str(share)] |= {"texts": texts, "risk_from": rounded(float(ordered[texts - 1]))}
    found["base_rate"] = rounded(float(np.average(table.any_true, weights=table.weights)))
    for name, stated, true in (
        ("health_ad", table.ad_stated, table.ad_true),
        ("any_code", table.risk, table.any_true),
    ):
        found[name]["best_threshold"] = rounded(Ranking(stated, true).best_threshold())


def _add_curves(found: dict[str, Any], table: Table) -> None:
    """Add precision-recall curves as (precision, recall) pairs, reliability, and the queue."""
    queue = Ranking(table.risk, table.any_true)
    found["any_code"]["curve"] = plots.curve(queue)
    found["health_ad"]["curve"] = plots.curve(Ranking(table.ad_stated, table.ad_true))
    for number, code in enumerate(TEXT_CODES):
        ranking = Ranking(table.codes_stated[:, number], table.codes_true[:, number])
        found["codes"][code.value]["curve"] = plots.curve(ranking)
    found["queue"] = plots.thinned([[rounded(x), rounded(y)] for x, y in queue.queue()])
    for name, stated, true in (
        ("any_code", table.risk, table.any_true),
        ("codes", table.codes_stated, table.codes_true),
        ("health_ad", table.ad_stated, table.ad_true),
    ):
        points = Calibration(stated, true).reliability()
        found["calibration"][name]["reliability"] = [[rounded(p), rounded(t), n] for p, t, n in points]


def _reading(rows: Sequence[Judged], theirs: Sequence[Judged]) -> dict[str, Any]:
    """Return what a person reads in the report, beside the figures: texts, in Vietnamese."""
    return {
        "errors": shown.mistakes(rows),
        "suspects": [shown.suspect_row(suspect) for suspect in suspects(rows)],
        "kind_examples": confusion.kind_examples(rows),
        "code_examples": confusion.code_examples(rows),
        "disagreements": disagreements(rows, theirs) if theirs else [],
    }
