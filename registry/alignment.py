"""Lays the words of an advertisement's name beside those of many registered names at once.

Each word of the ad takes the syllable that it can stand for at the least damage, the surest pairs first; where several
are equally sure, words and syllables at the same distance from the given name go together. So the order of the words is
found, not demanded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.channel import LEVELS
from registry.names import COST, EXTRA, ORDER_COST, Fit, missing_cost, orders

#: The level of a word that cannot stand for a syllable.
NONE = len(LEVELS)
_COSTS = np.array([*COST, np.inf], np.float32)
#: What a pair costs for every place that it is shifted: less than any difference between two levels.
_SHIFT = 0.01


@dataclass(slots=True)
class Alignments:
    """One row a name: ``word`` and ``level`` by column (-1 and ``NONE`` where the ad has nothing for a syllable).

    ``used`` tells by word of the ad whether it has found its place; ``swapped`` whether the words stand in another
    order; ``lawful`` whether that order is one in which ads shuffle names.
    """

    word: NDArray[np.int8]
    level: NDArray[np.uint8]
    used: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    lawful: NDArray[np.bool_]

    def pairs(self) -> NDArray[np.int64]:
        """How many words have found their place, by row."""
        counted: NDArray[np.int64] = (self.word >= 0).sum(axis=1)
        return counted


def reading_table(readings: Sequence[dict[int, int]], size: int) -> NDArray[np.uint8]:
    """Return by (syllable, word) the level at which the ad's word stands for it; the last row is of no syllable."""
    table = np.full((size + 1, len(readings)), NONE, np.uint8)
    for word, known in enumerate(readings):
        if known:
            table[list(known), word] = list(known.values())
    return table


def lay(names: NDArray[np.integer], table: NDArray[np.uint8]) -> Alignments:
    """Lay the words of a ``reading_table`` beside each row of ``names``."""
    rows, width = names.shape
    words = table.shape[1]
    word, level = np.full((rows, width), -1, np.int8), np.full((rows, width), NONE, np.uint8)
    used = np.zeros((rows, words), np.bool_)
    levels = table[names]
    shift = np.abs(np.subtract.outer(np.arange(width) - width, np.arange(words) - words)).astype(np.float32) * _SHIFT
    cost = _COSTS[levels] + shift
    flat, every = cost.reshape(rows, width * words), np.arange(rows)
    for _ in range(min(words, width)):
        best = flat.argmin(axis=1)
        open_ = flat[every, best] < np.inf
        if not open_.any():
            break
        at = every if open_.all() else np.flatnonzero(open_)
        column, chosen = np.divmod(best[at], words)
        word[at, column] = chosen
        level[at, column] = levels[at, column, chosen]
        used[at, chosen] = True
        cost[at, column, :] = np.inf
        cost[at, :, chosen] = np.inf
    swapped = _swapped(word)
    lawful = np.ones(rows, np.bool_)
    if words > 3:
        for row in np.flatnonzero(swapped):
            lawful[row] = _lawful([w for w in word[row].tolist() if w >= 0])
    return Alignments(word, level, used, swapped, lawful)


def _swapped(word: NDArray[np.int8]) -> NDArray[np.bool_]:
    last = np.full(len(word), -1, np.int8)
    swapped = np.zeros(len(word), np.bool_)
    for column in word.T:
        swapped |= (column >= 0) & (column < last)
        last = np.where(column >= 0, column, last)
    return swapped


def _lawful(order: Sequence[int]) -> bool:
    if len(order) <= 3:
        return True
    ranks = {word: rank for rank, word in enumerate(sorted(order))}
    return tuple(ranks[word] for word in order) in orders(len(order))


def fit_of(laid: Alignments, row: int, name: Sequence[int], thi: int) -> Fit:
    """Return one row as a ``Fit`` with the ``name``'s own positions."""
    offset = laid.word.shape[1] - len(name)
    words, levels = laid.word[row, offset:].tolist(), laid.level[row, offset:].tolist()
    pairs = tuple((word, j, level) for j, (word, level) in enumerate(zip(words, levels, strict=True)) if word >= 0)
    extra = tuple(i for i, used in enumerate(laid.used[row].tolist()) if not used)
    missing = tuple(j for j, word in enumerate(words) if word < 0)
    swapped = bool(laid.swapped[row])
    cost = sum(COST[level] for _, _, level in pairs) + EXTRA * len(extra) + ORDER_COST * swapped
    cost += sum(missing_cost(j, name, thi) for j in missing)
    return Fit(tuple(sorted(pairs)), extra, missing, swapped, cost)
