"""Makes judged texts by hand for the evaluation's tests."""

from collections.abc import Mapping

from classifier.types import Span
from evaluation.answers import Answer, Quoted
from evaluation.gold import Sample
from evaluation.judged import Judged
from models.vocabulary import TEXT_CODES, Code, Domain, TextKind

CURE, BEST = Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM


def judged(
    name: str,
    true: Mapping[Code, tuple[str, ...]] | None = None,
    said: Mapping[Code, str] | None = None,
    *,
    text: str = "Phòng khám chữa khỏi hẳn bệnh trĩ, tốt nhất nước.",
    group: str = "g",
    kind: TextKind = TextKind.HEALTH_AD,
    label: TextKind = TextKind.HEALTH_AD,
    sure: float = 0.9,
    pair: str = "",
    original: str = "",
    fields: Mapping[str, tuple[str, ...]] | None = None,
) -> Judged:
    """Return a text in which a reader marked ``true`` (code to quotes) and a classifier quotes ``said``."""
    findings = tuple(
        Quoted(code, sure, Span.of(text, text.index(words), text.index(words) + len(words)))
        for code, words in (said or {}).items()
    )
    answer = Answer(
        {k: 0.85 if k is label else 0.05 for k in TextKind},
        {domain: 0.9 if domain is Domain.SERVICE else 0.0 for domain in Domain},
        {code: sure if code in (said or {}) else 0.1 for code in TEXT_CODES},
        sure if findings else 0.1,
        findings,
    )
    sample = Sample(
        name,
        text,
        kind,
        frozenset({Domain.SERVICE}),
        true or {},
        group,
        pair=pair,
        original=original,
        fields=fields or {},
    )
    return Judged(sample, answer)
