"""Remembers what was said of texts seen lately: the same advertisement is posted again with another phone or emoji."""

import re
from collections import OrderedDict
from dataclasses import dataclass, replace

from classifier.signals import Mark, Signals

#: Words, and numbers that a claim is made of. What lies between (spaces, marks, emoji) proves nothing.
_WORD = re.compile(r"[^\W_]+")
#: So many digits are a phone, a price or a date, not a share or a dose: posts that differ only there are one.
_LONG = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    bounds: tuple[tuple[int, int], ...]
    signals: Signals


class Memory:
    """Signals of the last ``size`` texts, found again by their words; long numbers count as one and the same."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def find(self, text: str) -> Signals | None:
        """Return what was said of this text or its near-duplicate, with the marks where they stand in ``text``."""
        key, bounds = _key(text)
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        if entry.text == text:
            return entry.signals
        return replace(entry.signals, marks=tuple(_moved(marks, entry.bounds, bounds) for marks in entry.signals.marks))

    def keep(self, text: str, signals: Signals) -> None:
        """Remember, and forget what was not asked for longest."""
        key, bounds = _key(text)
        self._entries[key] = _Entry(text, bounds, signals)
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)


def _key(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    words, bounds = [], []
    for word in _WORD.finditer(text):
        number = word.group().isdecimal() and word.end() - word.start() >= _LONG
        words.append("#" if number else word.group())
        bounds.append(word.span())
    return " ".join(words), tuple(bounds)


def same(text: str) -> str:
    """Return what near-duplicates have in common."""
    return _key(text)[0]


def _moved(
    marks: tuple[Mark, ...], old: tuple[tuple[int, int], ...], new: tuple[tuple[int, int], ...]
) -> tuple[Mark, ...]:
    """Carry marks over by the words they cover; a mark without a word (a lone sign) is dropped."""
    found = []
    for mark in marks:
        covered = [index for index, (start, end) in enumerate(old) if start < mark.end and mark.start < end]
        if covered:
            found.append(Mark(new[covered[0]][0], new[covered[-1]][1], mark.logit))
    return tuple(found)
