"""What a classifier said of each text: asked once, kept as lines of ``medad score``, read back without asking again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.policy import load_policy
from classifier.types import Classifier, Document, Prediction, Span
from evaluation.gold import Sample
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, Domain, Method, TextKind
from pipeline.clock import today
from pipeline.lines import Line, dump_line, read_lines, write_whole
from pipeline.scoring import clear_domains

#: Texts given to a classifier at a time: enough for it to sort them by length, few enough to show progress.
_BATCH = 64

#: Probabilities are kept to so many digits, so that an answer read back is the answer given.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words that a classifier quotes for a text code."""

    code: Code
    probability: float
    span: Span


@dataclass(frozen=True, slots=True)
class Answer:
    """What a classifier says of one text, as a user sees it. Mappings are complete, probabilities in [0, 1].

    ``findings`` are those of the text codes for which a provision is in force.
    """

    kind: Mapping[TextKind, float]
    domains: Mapping[Domain, float]
    codes: Mapping[Code, float]
    risk: float
    findings: tuple[Quoted, ...] = ()

    @property
    def label(self) -> TextKind:
        """The most probable kind."""
        return max(self.kind, key=lambda kind: self.kind[kind])

    @property
    def is_ad(self) -> bool:
        """Say whether the classifier takes the text for a health advertisement."""
        return self.label is TextKind.HEALTH_AD

    @property
    def flagged(self) -> frozenset[Code]:
        """The text codes that are shown to a reviewer."""
        return frozenset(found.code for found in self.findings)

    @property
    def classes(self) -> frozenset[Domain]:
        """The product classes whose law is applied."""
        return frozenset(clear_domains(self.label, self.domains))


@dataclass(frozen=True, slots=True)
class Source:
    """Whose answers they are."""

    name: str
    version: str
    file: str = ""


def answer_of(document: Document, prediction: Prediction) -> Answer:
    """Return the answer that a user gets: the prediction, and of its hits those with a provision in force."""
    policy, domains = load_policy(), clear_domains(prediction.label, prediction.domains)
    findings = tuple(
        Quoted(hit.code, round(hit.probability, _DIGITS), hit.proof)
        for hit in prediction.hits
        if hit.code in TEXT_CODES and isinstance(hit.proof, Span)
        if policy.finding(hit, document.shown_on, domains) is not None
    )
    return Answer(
        {kind: round(prediction.kind[kind], _DIGITS) for kind in TextKind},
        {domain: round(prediction.domains[domain], _DIGITS) for domain in Domain},
        {code: round(prediction.codes[code], _DIGITS) for code in TEXT_CODES},
        round(prediction.risk, _DIGITS),
        findings,
    )


def ask(
    samples: Sequence[Sample], classifier: Classifier, on_progress: Callable[[int], None] | None = None
) -> list[Answer]:
    """Ask ``classifier`` about every sample, as shown today; ``on_progress`` hears how many are done."""
    return ask_documents([Document(sample.text, today(), id=sample.id) for sample in samples], classifier, on_progress)


def ask_documents(
    asked: Sequence[Document], classifier: Classifier, on_progress: Callable[[int], None] | None = None
) -> list[Answer]:
    """Ask ``classifier`` about every document, in order."""
    answers: list[Answer] = []
    for start in range(0, len(asked), _BATCH):
        documents = asked[start : start + _BATCH]
        predicted = classifier.predict(documents)
        answers += (answer_of(d, p) for d, p in zip(documents, predicted, strict=True))
        if on_progress is not None:
            on_progress(len(answers))
    return answers


def write_answers(path: Path, samples: Sequence[Sample], answers: Sequence[Answer], source: Source) -> None:
    """Keep answers as lines that ``read_answers`` reads. Raises ``InputError`` or ``DiskFullError``."""
    with write_whole(str(path)) as out:
        for sample, answer in zip(samples, answers, strict=True):
            out.write(dump_line(_line(sample, answer, source)))


def _line(sample: Sample, answer: Answer, source: Source) -> dict[str, Any]:
    return {
        "id": sample.id,
        "kind": {"label": answer.label.value, "probability": answer.kind[answer.label], "all": dict(answer.kind)},
        "domains": dict(answer.domains),
        "codes": dict(answer.codes),
        "risk": answer.risk,
        "findings": [
            {
                "code": found.code.value,
                "probability": found.probability,
                "start": found.span.start,
                "end": found.span.end,
                "quote": found.span.quote,
                "method": Method.MODEL.value,
            }
            for found in answer.findings
        ],
        "model": {"name": source.name, "version": source.version},
    }


def read_answers(path: Path, samples: Sequence[Sample]) -> tuple[list[Answer], Source]:
    """Return the answer of every sample, in order, from the output of ``medad score``; other lines are passed over.

    Raises ``InputError`` where a sample has no answer, a line is not one, or a quote is not in the sample's text (the
    file was made from other texts).
    """
    wanted = {sample.id: sample for sample in samples}
    if len(wanted) < len(samples):
        raise InputError("two samples have the same id: their answers cannot be told apart.", "Give each its own id.")
    found: dict[str, Answer] = {}
    named: list[Source] = []
    for line in read_lines(str(path)):
        content = _content(path, line)
        sample = wanted.get(str(content.get("id")))
        if sample is not None:
            found[sample.id] = _read(path, line.number, content, sample)
            named = named or [_source(path, content)]
    missing = [sample.id for sample in samples if sample.id not in found]
    if missing:
        raise InputError(
            f"{path} has no answer for {len(missing)} of {len(samples)} samples (the first: {missing[0][:60]}).",
            "Score the file of samples: medad score --input SAMPLES --output FILE.",
        )
    return [found[sample.id] for sample in samples], named[0]


def _content(path: Path, line: Line) -> Mapping[str, Any]:
    if line.content is None:
        raise InputError(f"{path}, line {line.number}: {line.error}.", "Score the samples again.")
    return line.content


def _source(path: Path, content: Mapping[str, Any]) -> Source:
    model = content.get("model")
    said = model if isinstance(model, dict) else {}
    return Source(str(said.get("name", "unknown"))[:80], str(said.get("version", "unknown"))[:120], path.name)


def _read(path: Path, number: int, content: Mapping[str, Any], sample: Sample) -> Answer:
    try:
        return Answer(
            {kind: _share(content["kind"]["all"][kind.value]) for kind in TextKind},
            {domain: _share(content["domains"][domain.value]) for domain in Domain},
            {code: _share(content["codes"][code.value]) for code in TEXT_CODES},
            _share(content["risk"]),
            tuple(_quoted(found, sample) for found in content["findings"] if found["code"] in TEXT_CODES),
        )
    except (KeyError, ValueError, TypeError) as fault:
        raise InputError(
            f"{path}, line {number}: not a line of medad score ({str(fault)[:200]}).", "Score the samples again."
        ) from fault


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{str(value)[:40]} is not a probability")
    return float(value)


def _quoted(found: Mapping[str, Any], sample: Sample) -> Quoted:
    start, end, quote = found["start"], found["end"], found["quote"]
    if sample.text[start:end] != quote:
        raise ValueError(f"the quote {str(quote)[:40]!r} is not in the text of {sample.id[:40]} at {start}:{end}")
    return Quoted(Code(found["code"]), _share(found["probability"]), Span(start, end, quote))
