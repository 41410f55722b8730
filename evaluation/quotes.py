"""How well quoted words agree with those that a reader marked, among rightly flagged (text, code) pairs."""

from collections.abc import Iterator, Sequence

import numpy as np

from classifier.types import Span
from evaluation.judged import Judged
from evaluation.ranking import Floats

#: From this overlap on (intersection over union of letters) a quote counts as the same words.
SAME_WORDS = 0.5


def places(text: str, quote: str) -> Iterator[tuple[int, int]]:
    """Yield where ``quote`` stands in ``text``: readers mark words, not places."""
    start = text.find(quote)
    while start >= 0:
        yield start, start + len(quote)
        start = text.find(quote, start + 1)


def overlap(span: Span, text: str, quotes: Sequence[str]) -> float:
    """Return the largest intersection over union (in letters) of ``span`` with any place of any quote."""
    best = 0.0
    for quote in quotes:
        for start, end in places(text, quote):
            shared = min(span.end, end) - max(span.start, start)
            best = max(best, shared / (max(span.end, end) - min(span.start, start)))
    return max(best, 0.0)


def quote_counts(rows: Sequence[Judged]) -> Floats:
    """Return, per row: rightly flagged codes, those with an overlapping quote; their findings, those of the same words.

    Shape (rows, 4).
    """
    return np.array([_counts(row) for row in rows], dtype=np.float64).reshape(len(rows), 4)


def _counts(row: Judged) -> tuple[int, int, int, int]:
    pairs = overlapping = findings = same = 0
    for code, quotes in row.sample.codes.items():
        found = [overlap(finding.span, row.sample.text, quotes) for finding in row.quoted(code)]
        if found:
            pairs, overlapping = pairs + 1, overlapping + (max(found) > 0)
            findings, same = findings + len(found), same + sum(value >= SAME_WORDS for value in found)
    return pairs, overlapping, findings, same
