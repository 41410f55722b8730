"""Weighs how an ad's name agrees with many registered spellings at once, as ``compare.name_keys`` says it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from registry import compare
from registry.alignment import Alignments
from registry.index_people import PeopleIndex
from registry.names import pair_level
from registry.question import PersonQuestion

Floats = NDArray[np.float32]

_GIVEN, _SURNAME, _MIDDLE = range(3)
_PARTS = ("given", "surname", "middle")


class NameScores:
    """Scores by summed weights. Tables for one word of an ad are kept: names repeat their syllables."""

    def __init__(self, index: PeopleIndex, weights: dict[str, float]) -> None:
        self.index, self.weights = index, weights
        self._known: dict[tuple[tuple[str, str], bool], tuple[NDArray[np.int64], Floats]] = {}
        self._missing = self._missing_row()

    def _weight(self, key: str) -> float:
        return self.weights.get(key, 0.0)

    def _missing_row(self) -> Floats:
        """By (part, written word): what it weighs that the ad lacks that word."""
        row = np.zeros((3, self.index.pad_word + 1), np.float32)
        for part, name in enumerate(_PARTS):
            row[part, :-1] = self._weight(f"missing.{name}")
        thi = self.index.vocabulary.ids.get("thi")
        if thi is not None:
            row[_MIDDLE, self.index.words_of.of(thi)] = self._weight("missing.thi")
        return row

    def _table(self, asked: PersonQuestion) -> Floats:
        """By (part, word of the ad or, last, none, written word of the registry): what that pair weighs."""
        count = len(asked.words)
        table = np.zeros((3, count + 1, self.index.pad_word + 1), np.float32)
        marked = any(not word.isascii() for word, _ in asked.words)
        for i, (word, readings) in enumerate(zip(asked.words, asked.readings, strict=True)):
            at, said = self._pair_weights(word, readings, marked)
            table[:, i, at] = said
        table[:, count] = self._missing
        return table

    def _pair_weights(
        self, word: tuple[str, str], readings: dict[int, int], marked: bool
    ) -> tuple[NDArray[np.int64], Floats]:
        key = (word, marked)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > 20_000:
                self._known.clear()
            known = self._known[key] = self._weigh_pairs(word, readings, marked)
        return known

    def _weigh_pairs(
        self, word: tuple[str, str], readings: dict[int, int], marked: bool
    ) -> tuple[NDArray[np.int64], Floats]:
        numbers, said = list[int](), list[tuple[float, ...]]()
        vocabulary = self.index.vocabulary
        for token, level in readings.items():
            for number in self.index.words_of.of(token).tolist():
                name = pair_level(level, word, self.index.words[number], token, vocabulary, marked=marked)
                numbers.append(number)
                said.append(tuple(self._weight(f"{part}.{name}") for part in _PARTS))
        return np.array(numbers, np.int64), np.array(said, np.float32).reshape(-1, 3).T

    def scores(
        self, asked: PersonQuestion, laid: Alignments, groups: NDArray[np.integer], rows: NDArray[np.integer],
        spellings: NDArray[np.integer],
    ) -> Floats:  # fmt: skip
        """Return the scores of ``spellings``; ``rows`` gives for each its row in ``laid`` and in ``groups``."""
        lengths = self.index.lengths[groups]
        width = laid.word.shape[1]
        parts = np.full(laid.word.shape, _MIDDLE, np.int8)
        parts[np.arange(len(groups)), width - lengths] = _SURNAME
        parts[:, -1] = _GIVEN
        table = self._table(asked)
        held = laid.word + (laid.word < 0) * np.int8(len(asked.words) + 1)  # -1 becomes the last row
        pairs: Floats = table[parts[rows], held[rows], self.index.written[spellings]].sum(axis=1)
        pairs += self._whole(asked, laid, lengths)[rows]
        return pairs

    def _whole(self, asked: PersonQuestion, laid: Alignments, lengths: NDArray[np.uint8]) -> Floats:
        """What the words left over, the order and the extent weigh, by row."""
        weight, pairs = self._weight, laid.pairs()
        complete = pairs == lengths
        extent = np.array(
            [[weight(f"extent.{compare.extent(n, full)}") for full in (False, True)] for n in range(5)], np.float32
        )
        total: Floats = extent[np.minimum(pairs, 4), complete.astype(np.int8)]
        total += self._order(asked, laid, lengths)
        unused = ~laid.used
        if unused.any():
            total += unused @ np.array(self._extras(asked.words), np.float32)
            known = [token in self.index.vocabulary.ids for _, token in asked.words]
            named = (unused & np.array(known)).any(axis=1) & ~complete
            garbled = unused[:, 1:].any(axis=1) & ~complete & ~named
            total += named * np.float32(weight(f"clash.{compare.clash(True, True)}"))
            total += garbled * np.float32(weight(f"clash.{compare.clash(False, True)}"))
        return total

    def _order(self, asked: PersonQuestion, laid: Alignments, lengths: NDArray[np.uint8]) -> Floats:
        said = [
            compare.order(swapped, asked.surname_last, whole) for swapped in (False, True) for whole in (False, True)
        ]
        weights = np.array([self._weight(f"order.{level}") for level in said], np.float32)
        if not laid.swapped.any():
            return np.full(len(lengths), weights[0], np.float32)
        width = laid.word.shape[1]
        whole = laid.word[np.arange(len(lengths)), width - lengths] >= 0
        by_row: Floats = weights[2 * laid.swapped + whole]
        return by_row

    def _extras(self, words: Sequence[tuple[str, str]]) -> list[float]:
        vocabulary = self.index.vocabulary
        return [self._weight(compare.extra_key(token, i, len(words), vocabulary)) for i, (_, token) in enumerate(words)]
