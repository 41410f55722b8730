"""``medad score``: advertisements in, findings out, one line each; no database, no network, no torch."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from classifier.backends import DEFAULT, load
from classifier.policy import Finding, load_policy
from classifier.types import Classifier, Document, Prediction
from models.vocabulary import Code, Domain, TextKind
from pipeline.clock import VIETNAM
from pipeline.lines import Line, dump_line, error_file, read_lines, refuse_overwriting, write_on, write_whole
from pipeline.runner import executor, run
from registry.mentions import find_mentions
from registry.types import Mention

#: Below this many bytes one process is faster than starting several (measured: a worker starts in about 1 s).
_SMALL = 400_000
#: Lines per batch: an encoder is fast on many texts of like length, and a stopped run loses at most a few batches.
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Summary:
    """How many lines were scored and how many were not, and where the bad ones are."""

    scored: int
    bad: int
    errors: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A prediction with the law of the day: the findings that have a provision in force."""

    prediction: Prediction
    domains: tuple[Domain, ...]
    findings: tuple[Finding, ...]

    @property
    def risk(self) -> float:
        """Return the prediction's risk: what ranks the queue."""
        return self.prediction.risk


@cache
def backend(spec: str) -> Classifier:
    """Load a classifier once per process."""
    return load(spec)


def backend_version(spec: str) -> str:
    """Return what keys results: the backend, its version, and the policy that turns hits into findings."""
    chosen = backend(spec)
    return f"{chosen.name}-{chosen.version}+policy-{load_policy().sha256[:12]}"


def clear_domains(label: TextKind, domains: Mapping[Domain, float]) -> tuple[Domain, ...]:
    """Return the product classes whose law applies: those more likely than not, else the likeliest of a health ad."""
    likely = tuple(domain for domain, value in domains.items() if value >= 0.5)
    if likely or label is not TextKind.HEALTH_AD:
        return likely
    return (max(domains, key=lambda domain: domains[domain]),)


def judge(documents: Sequence[Document], spec: str = DEFAULT) -> list[Judgement]:
    """Predict, and keep the hits for which a provision was in force on the day the text was shown."""
    policy = load_policy()
    judgements = []
    for document, prediction in zip(documents, backend(spec).predict(documents), strict=True):
        domains = clear_domains(prediction.label, prediction.domains)
        found = (policy.finding(hit, document.shown_on, domains) for hit in prediction.hits)
        judgements.append(Judgement(prediction, domains, tuple(f for f in found if f is not None)))
    return judgements


def score_file(
    source: str,
    output: str,
    *,
    errors: str | None = None,
    spec: str = DEFAULT,
    workers: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Summary:
    """Score every good line of ``source`` in order; bad lines go to the error file with their number and fault.

    A run that was stopped (also by ``kill -9``) goes on where it was, if input, model and law are still the same.
    """
    if workers is None and source != "-" and Path(source).is_file() and Path(source).stat().st_size < _SMALL:
        workers = 1
    backend(spec)  # a wrong name is refused before anything is read
    bad_file = error_file(output, errors)
    refuse_overwriting(source, output, bad_file)
    bad: list[Line] = []
    today = datetime.now(VIETNAM).date()
    with write_on(output, _about(source, spec, today)) as (out, before), executor(workers) as pool:
        scored = before
        good = islice(_good(read_lines(source), bad), before, None)
        for _, lines in run(partial(_score_lines, spec=spec, today=today), good, pool, batch=_BATCH):
            out.writelines(lines)
            out.flush()
            scored += len(lines)
            if on_progress is not None:
                on_progress(scored)
    return Summary(scored, len(bad), keep_bad(bad, bad_file))


def _about(source: str, spec: str, today: date) -> str:
    """Name what the lines of an output depend on; nothing for standard input, which cannot be read again."""
    if source == "-":
        return ""
    try:
        found = Path(source).stat()
    except OSError:
        return ""  # reading it will say why
    about = [str(Path(source).resolve()), found.st_size, found.st_mtime_ns, backend_version(spec), today.isoformat()]
    return json.dumps(about)


def keep_bad(bad: Sequence[Line], path: Path | None) -> str:
    """Write the bad lines to ``path`` (or to standard error where the output is a pipe); return where they are."""
    lines = [dump_line({"line": line.number, "error": line.error}) for line in bad]
    if path is None:
        sys.stderr.writelines(lines)
        return "stderr" if lines else ""
    if not lines:
        if path.is_file():  # and no device
            path.unlink()  # an error file of an earlier run would be taken for this one's
        return ""
    with write_whole(str(path)) as out:
        out.writelines(lines)
    return str(path)


def _good(lines: Iterator[Line], bad: list[Line]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        fault = line.error if line.content is None else _fault(line.content)
        if fault:
            bad.append(Line(line.number, None, fault))
        else:
            assert line.content is not None
            yield line.content


def _fault(content: Mapping[str, Any]) -> str:
    if not isinstance(content.get("id"), str | int) or content["id"] == "" or isinstance(content["id"], bool):
        return "no id"
    if content.get("text") is None:
        return "no text"
    if not isinstance(content["text"], str):
        return "text is not a string"
    if not content["text"].strip():
        return "no text: it is empty"
    try:
        _published(content)
    except (ValueError, TypeError):
        return f"published_on is not a date (YYYY-MM-DD): {str(content['published_on'])[:40]}"
    return ""


def _published(content: Mapping[str, Any]) -> date | None:
    value = content.get("published_on")
    return None if value is None or value == "" else date.fromisoformat(value[:10])


def _score_lines(batch: list[Mapping[str, Any]], *, spec: str, today: date) -> list[str]:
    documents = [
        Document(
            text=content["text"],
            shown_on=_published(content) or today,
            title=_string(content, "title"),
            url=_string(content, "url"),
            id=str(content["id"]),
        )
        for content in batch
    ]
    return [
        dump_line(scored(document, judgement, spec))
        for document, judgement in zip(documents, judge(documents, spec), strict=True)
    ]


def _string(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""


def scored(document: Document, judgement: Judgement, spec: str) -> dict[str, Any]:
    """Return the output object of one document, as the contract of ``medad score`` states it."""
    prediction, chosen = judgement.prediction, backend(spec)
    return {
        "id": document.id,
        "kind": {
            "label": prediction.label.value,
            "probability": round(prediction.kind[prediction.label], 4),
            "all": {kind.value: round(prediction.kind[kind], 4) for kind in TextKind},
        },
        "domains": {domain.value: round(prediction.domains[domain], 4) for domain in Domain},
        "codes": {code.value: round(prediction.codes[code], 4) for code in Code if code in prediction.codes},
        "risk": round(judgement.risk, 4),
        "findings": [finding.to_json() for finding in judgement.findings],
        "mentions": [_mention(mention) for mention in find_mentions(document.text, document.main_end)],
        "model": {"name": chosen.name, "version": chosen.version, "policy": load_policy().version},
    }


def _mention(mention: Mention) -> dict[str, Any]:
    shown = asdict(mention)
    shown.pop("context")
    return shown
