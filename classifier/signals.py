"""From the network's answers on the windows of a text to what is known of the whole text; numpy only."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.windows import Window
from models.vocabulary import TEXT_CODES, Domain, TextKind

Floats = NDArray[np.float32]

KINDS = tuple(TextKind)
DOMAINS = tuple(Domain)
CODES = TEXT_CODES

#: Logit of what was never seen.
_NEVER = -12.0
#: A token whose logit lies so far under the best one of its code belongs to no quote of it.
_DEPTH = 3.0
#: No token below this logit (about 5 %) is quoted, unless it is the best of a code that holds.
_FLOOR = -3.0
#: At most so many quotes of one code: more say nothing new, and an endless text must not fill a dossier.
MAX_QUOTES = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """Logits of one window: ``kind [4]``, ``domains [6]``, ``codes [11]``, ``tokens [tokens, 11]`` (marks included)."""

    kind: Floats
    domains: Floats
    codes: Floats
    tokens: Floats


@dataclass(frozen=True, slots=True)
class Mark:
    """Words that may prove a code: bounds in the text that was read, and the logit of the best token."""

    start: int
    end: int
    logit: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What the network says of one text. Logits, one per kind, product class or code, in the order of ``KINDS`` ….

    ``kind`` is the mean over the text, weighted by length, ``peak`` that of the window most like a health ad.
    ``codes`` and ``tokens`` are the highest over windows and tokens; ``marks`` the words behind them, per code, the
    surest first.
    """

    kind: Floats
    peak: Floats
    domains: Floats
    codes: Floats
    tokens: Floats
    marks: tuple[tuple[Mark, ...], ...]


def nothing() -> Signals:
    """Return what is said of a text without a single token."""
    kind = np.full(len(KINDS), _NEVER, np.float32)
    kind[KINDS.index(TextKind.OTHER)] = 0.0
    codes = np.full(len(CODES), _NEVER, np.float32)
    domains = np.full(len(DOMAINS), _NEVER, np.float32)
    return Signals(kind, kind, domains, codes, codes, ((),) * len(CODES))


def gather(text: str, sentences: Sequence[tuple[int, int]], found: Sequence[tuple[Window, Answer]]) -> Signals:
    """Join the answers on the windows of one ``text``; ``sentences`` bound its sentences: no quote crosses one."""
    if not found:
        return nothing()
    weights = np.array([len(window.ids) for window, _ in found], np.float32)
    kinds = np.stack([_log_softmax(answer.kind) for _, answer in found])
    judged = [answer.tokens[window.judged : len(window.ids) - 1] for window, answer in found]
    places = [place for window, _ in found for place in window.places[window.judged : len(window.ids) - 1]]
    tokens = np.concatenate(judged)
    return Signals(
        kind=(kinds * (weights / weights.sum())[:, None]).sum(0),
        peak=kinds[kinds[:, KINDS.index(TextKind.HEALTH_AD)].argmax()],
        domains=np.max([answer.domains for _, answer in found], axis=0),
        codes=np.max([answer.codes for _, answer in found], axis=0),
        tokens=_top(tokens),
        marks=tuple(_marks(text, sentences, places, tokens[:, code]) for code in range(len(CODES))),
    )


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)


def _top(tokens: Floats) -> Floats:
    """The mean of the two surest tokens of each code: one alone may be noise."""
    if len(tokens) < 2:
        return tokens.max(0) if len(tokens) else np.full(len(CODES), _NEVER, np.float32)
    return np.asarray(np.partition(tokens, -2, axis=0)[-2:].mean(0), np.float32)


def _marks(
    text: str, sentences: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]], logits: Any
) -> tuple[Mark, ...]:
    """The runs of words that a code was seen in, the surest first; at least one where the text has a word."""
    if not len(logits):
        return ()
    best = float(logits.max())
    edge = min(best, max(_FLOOR, best - _DEPTH))
    starts = [start for start, _ in sentences]
    runs: list[list[float]] = []  # start, end, logit, sentence
    for index in map(int, np.flatnonzero(logits >= edge)):
        start, end = places[index]
        if start == end:
            continue
        sentence = bisect_right(starts, start)
        near = bool(runs) and runs[-1][3] == sentence and len(text[int(runs[-1][1]) : start].split()) <= 1
        if near:
            runs[-1][1], runs[-1][2] = end, max(runs[-1][2], float(logits[index]))
        else:
            runs.append([start, end, float(logits[index]), sentence])
    marks = [Mark(*_whole_words(text, int(start), int(end)), logit) for start, end, logit, _ in runs]
    marks.sort(key=lambda mark: -mark.logit)
    return tuple(mark for mark in marks[:MAX_QUOTES] if mark.end > mark.start)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen to the edges of words, and leave out white space and lone punctuation at the edges."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while end < len(text) and text[end] == "%":
        end += 1
    while start < end and not (text[start].isalnum() or text[start] in "#+-"):
        start += 1
    while end > start and not (text[end - 1].isalnum() or text[end - 1] in "%+)"):
        end -= 1
    return start, end
