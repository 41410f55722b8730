"""What a classifier must do whatever data it learnt from: minimum functionality, invariance, direction.

After M. T. Ribeiro and others, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList" (ACL 2020). The
cases are in ``data/behaviour``, written for this project. Run: ``python -m evaluation.behaviour --model rules``.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.backends import DEFAULT, load
from classifier.types import Classifier, Document
from evaluation.answers import Answer, ask_documents
from evaluation.behaviour_cases import CASES, Capability, Case, Claim, Risk, read_cases
from models.errors import MedadError
from pipeline.clock import today
from pipeline.shares import wilson

#: Probabilities differ in the last digits on texts of different length: a risk that rises or falls by less than this
#: has not moved (the author's judgement, 2026-11-24).
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case and what the classifier did: ``faults`` is empty where it behaved."""

    case: Case
    faults: tuple[str, ...]


def run(
    classifier: Classifier, folder: Path = CASES, on_progress: Callable[[int], None] | None = None
) -> list[Outcome]:
    """Try every case of ``folder``; each text is asked once."""
    cases = list(read_cases(folder))
    texts = list(dict.fromkeys(text for case in cases for text in (case.base, case.text)))
    documents = [Document(text, today()) for text in texts]
    answers = dict(zip(texts, ask_documents(documents, classifier, on_progress), strict=True))
    return [Outcome(case, tuple(faults(case, answers[case.base], answers[case.text]))) for case in cases]


def faults(case: Case, base: Answer, answer: Answer) -> Iterator[str]:
    """Yield what is wrong with ``answer``, given the ``answer`` to the text it was made from."""
    claim = case.claim
    if claim.kind is not None and answer.label is not claim.kind:
        yield f"taken for {answer.label}, not {claim.kind}"
    yield from (f"{code} is not flagged" for code in claim.flags if code not in answer.flagged)
    refused = answer.flagged if claim.refuse_all else answer.flagged & set(claim.refuse)
    yield from (f"{code} is flagged" for code in sorted(refused))
    yield from _moved(claim, base.risk, answer.risk)
    if claim.same:
        yield from _changed(base, answer)


def _moved(claim: Claim, before: float, after: float) -> Iterator[str]:
    wrong = {
        Risk.FREE: False,
        Risk.NOT_HIGHER: after > before + TOLERANCE,
        Risk.NOT_LOWER: after < before - TOLERANCE,
        Risk.LOWER: after >= before - TOLERANCE,
    }
    if wrong[claim.risk]:
        yield f"the risk went from {before:.3f} to {after:.3f}: it must be {claim.risk.value.replace('_', ' ')}"


def _changed(base: Answer, answer: Answer) -> Iterator[str]:
    if base.label is not answer.label:
        yield f"taken for {answer.label} instead of {base.label}"
    yield from (f"{code} is flagged now" for code in sorted(answer.flagged - base.flagged))
    yield from (f"{code} is flagged no more" for code in sorted(base.flagged - answer.flagged))


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return pass rates: of all, by capability, and by what each case is about, with 95 % Wilson intervals."""
    by: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        by[outcome.case.capability][outcome.case.about].append(not outcome.faults)
    return {
        **_rate([not outcome.faults for outcome in outcomes]),
        "capabilities": {
            capability: {
                **_rate([passed for results in about.values() for passed in results]),
                "about": {name: _rate(results) for name, results in about.items()},
            }
            for capability, about in by.items()
        },
    }


def _rate(results: Sequence[bool]) -> dict[str, Any]:
    low, high = wilson(sum(results), len(results))
    rate = round(sum(results) / len(results), 4) if results else None
    return {"rate": rate, "passed": sum(results), "cases": len(results), "interval": [round(low, 4), round(high, 4)]}


def show(outcomes: Sequence[Outcome], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report for a person: what failed and how, then the rates."""
    for outcome in outcomes:
        if outcome.faults:
            case = outcome.case
            yield f"✗ {case.id} ({case.capability.value}, {case.about}): {'; '.join(outcome.faults)}"
            yield from (f"    {text}" for text in dict.fromkeys((case.base, case.text)))
    for capability in Capability:
        part = found["capabilities"].get(capability)
        if part:
            yield _line(capability.value, part)
            yield from (_line(f"  {name}", rate) for name, rate in part["about"].items())
    yield _line("all", found)


def _line(name: str, rate: Mapping[str, Any]) -> str:
    low, high = rate["interval"]
    return f"{name:34} {rate['passed']:4} of {rate['cases']:4}  {rate['rate']:.3f}  ({low:.2f} – {high:.2f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; return 1 where the pass rate is under ``--at-least`` or something cannot be read."""
    parser = argparse.ArgumentParser(description="Behavioural suite of a classifier.")
    parser.add_argument("--model", default=DEFAULT, help="which classifier, as in medad score")
    parser.add_argument("--cases", type=Path, default=CASES, help="folder of .yaml cases")
    parser.add_argument("--json", action="store_true", help="print the rates as JSON, and the ids that failed")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="RATE", help="fail under this pass rate")
    options = parser.parse_args(arguments)
    try:
        outcomes = run(load(options.model), options.cases)
    except MedadError as error:
        sys.stderr.write(f"behaviour: {error}\n")
        return 1
    found = summary(outcomes)
    if options.json:
        failed = {outcome.case.id: list(outcome.faults) for outcome in outcomes if outcome.faults}
        sys.stdout.write(json.dumps({**found, "failed": failed}, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in show(outcomes, found))
    return 1 if (found["rate"] or 0.0) < options.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
