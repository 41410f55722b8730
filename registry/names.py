"""Lays the words of an advertisement's name beside those of a registry's name and says how each pair agrees."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.channel import EDIT, EDIT2, LEVELS, SAME, SHAPE, SOUND, Vocabulary

#: Cost of one pair by level, of a word left over, and of a changed order. They choose the alignment only (what it is
#: worth is learnt); set by hand on train.jsonl of the registry benchmark, 2026-11.
COST = (0.0, 0.3, 0.6, 0.8, 0.9, 1.7, 0.5)
EXTRA, _MISSING_MIDDLE, _MISSING_THI, _MISSING_SURNAME, _MISSING_GIVEN = 2.0, 0.8, 0.5, 1.0, 2.6
ORDER_COST = 0.4


@dataclass(frozen=True, slots=True)
class Fit:
    """An alignment: ``pairs`` of (index in the ad, index in the record, level), what is left over, and the cost."""

    pairs: tuple[tuple[int, int, int], ...]
    extra: tuple[int, ...]
    missing: tuple[int, ...]
    swapped: bool
    cost: float


def missing_cost(j: int, name: Sequence[int], thi: int) -> float:
    """What it costs that the ad lacks the ``j``-th syllable of ``name``."""
    if j == len(name) - 1:
        return _MISSING_GIVEN
    if j == 0:
        return _MISSING_SURNAME
    return _MISSING_THI if name[j] == thi else _MISSING_MIDDLE


def _in_order(
    alternatives: Sequence[dict[int, int]], name: Sequence[int], missing: Sequence[float]
) -> tuple[float, list[tuple[int, int, int]]]:
    """Cheapest alignment that keeps the order: classic dynamic programme, with the pairs carried along."""
    width = len(name)
    row: list[tuple[float, list[tuple[int, int, int]]]] = [(0.0, [])]
    for j in range(width):
        row.append((row[j][0] + missing[j], row[j][1]))
    for i, known in enumerate(alternatives):
        new = [(row[0][0] + EXTRA, row[0][1])]
        for j in range(width):
            best = (row[j + 1][0] + EXTRA, row[j + 1][1])
            left = new[j][0] + missing[j]
            if left < best[0]:
                best = (left, new[j][1])
            level = known.get(name[j])
            if level is not None:
                paired = row[j][0] + COST[level]
                if paired <= best[0]:
                    best = (paired, [*row[j][1], (i, j, level)])
            new.append(best)
        row = new
    return row[width]


@lru_cache(maxsize=64)
def orders(words: int) -> tuple[tuple[int, ...], ...]:
    """Return the orders in which ads shuffle a name: given first, surname last, ends swapped, reversed."""
    straight = tuple(range(words))
    turned = (straight[-1:] + straight[:-1], straight[1:] + straight[:1], straight[::-1])
    ends = straight[-1:] + straight[1:-1] + straight[:1]
    every = tuple(permutations(straight)) if words <= 3 else (*turned, ends, *_surname_last(straight))
    return tuple(dict.fromkeys(order for order in every if order != straight))


def _surname_last(straight: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """'Hạnh Thảo Huỳnh' keeps or turns what stands before the surname."""
    return (straight[-1:] + straight[:-1][::-1], straight[-1:] + straight[1:-1] + straight[:1])


def align(alternatives: Sequence[dict[int, int]], name: Sequence[int]) -> Fit:
    """Return the cheapest alignment, in order, of a brand's words in the ad with those of a registered brand.

    ``alternatives``: for each word of the ad the registry words that it can stand for, each with its level.
    """
    cost, pairs = _in_order(alternatives, name, [missing_cost(j, name, -1) for j in range(len(name))])
    used = {i for i, _, _ in pairs}
    held = {j for _, j, _ in pairs}
    return Fit(
        tuple(pairs),
        tuple(i for i in range(len(alternatives)) if i not in used),
        tuple(j for j in range(len(name)) if j not in held),
        False,
        cost,
    )


def is_initial(token: str) -> bool:
    """Whether a word stands for the words that begin with it: 'V.', 'Ng.', 'Th.'."""
    return len(token) == 1 or token in {"ng", "nh", "th", "ph", "tr", "ch", "kh"}


#: Western given names that Vietnamese doctors advertise under, before their own ('Dr. Kevin Hoàng').
_NICKNAMES = (  # noqa: SIM905  # a word list reads better as words
    "adam alan alex alice amy andrew andy angela anna anthony ben bella billy bob bobby brian charles charlie "
    "cherry chris christine "
    "cindy daisy daniel danny david dennis diana edward elena ella ellen emily emma eric eva frank george grace "
    "hannah harry helen henry "
    "ivy jack james jane jason jay jean jennifer jenny jessica jessie jimmy john johnny jolie joseph julia julie "
    "justin karen kate "
    "katie kelly ken kenny kevin larry laura lena leo lily linda lisa louis lucas lucy luna maria mark martin "
    "mary max megan mia "
    "michael mike mimi nancy nathan nick nicole oliver olivia oscar patrick paul peter philip rachel ray rebecca "
    "richard robert roger "
    "rose ruby ryan sam samuel sandra sandy sara sarah scott sean selena simon sophia stella stephen steve "
    "steven sunny susan suzy "
    "teddy teresa thomas tiffany tim tina tom tommy tony tracy vera vicky victor victoria vincent vivian wendy "
    "william zoe"
).split()
_NICKNAME_SET = frozenset(_NICKNAMES)


@lru_cache(maxsize=16_384)
def is_nickname(token: str) -> bool:
    """Whether a word is a Western given name, perhaps with one letter damaged."""
    if token in _NICKNAME_SET:
        return True
    return len(token) >= 4 and process.extractOne(token, _NICKNAMES, scorer=OSA.distance, score_cutoff=1) is not None


_TONES = "\u0300\u0301\u0303\u0309\u0323"


@lru_cache(maxsize=65_536)
def accents(written: str, registered: str) -> str:
    """How two words that fold alike agree in their marks: exact, plain (the ad has none), tone, or mark."""
    if written == registered:
        return "exact"
    if written.isascii():
        return "plain"
    (letters, tones), (others, their_tones) = _tones_apart(written), _tones_apart(registered)
    if letters != others:
        return "mark"
    return "exact" if tones == their_tones else "tone"  # 'hoà' and 'hòa' are one word


def _tones_apart(word: str) -> tuple[str, str]:
    """The letters with their own marks, and the tone marks wherever they stand."""
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(c for c in decomposed if c not in _TONES), "".join(c for c in decomposed if c in _TONES)


def slip(written: str, registered: str) -> str:  # noqa: PLR0911  # one return a kind
    """How a folded word one letter away came about: dropped, doubled, swapped, misheard, or otherwise mistyped."""
    if written.replace("ng", "n") == registered.replace("ng", "n"):
        return "misheard"
    if OSA.distance(written, registered, score_cutoff=1) > 1:
        return "typed"  # one letter away once Telex keys are undone
    if len(written) == len(registered) - 1:
        return "dropped"
    if len(written) == len(registered) + 1:
        return "doubled" if any(a == b for a, b in pairwise(written)) else "added"
    at = next((i for i, (a, b) in enumerate(zip(written, registered, strict=False)) if a != b), -1)
    if 0 <= at < len(written) - 1 and written[at : at + 2] == registered[at : at + 2][::-1]:
        return "swapped"
    if at >= 0 and {written[at], registered[at]} in _MISHEARD:
        return "misheard"
    return "edit"


#: Letters that one hears for another in one part of the country or the other.
_MISHEARD = tuple(map(set, ("ct", "vd", "sx", "ln", "iy", "gn", "rg", "dg")))


def pair_level(
    level: int, word: tuple[str, str], registered: str, token: int, vocabulary: Vocabulary, *, marked: bool = False
) -> str:
    """The name of the level at which an ad's word stands for a ``registered`` one (folded: ``token``).

    ``marked``: the ad writes diacritics elsewhere in this name.

    Where the words fold alike, it tells how their marks agree ('bare': this word alone lacks them). A damaged reading
    is '_word' where the ad's word is a name of its own ('_clear': as the registry writes it), '_rival' where the
    registry has a word nearer to it.
    """
    if level == SAME:
        said = accents(word[0], registered)
        return "bare" if said == "plain" and marked else said
    if level in {SOUND, SHAPE, EDIT, EDIT2}:
        nearest = min(vocabulary.alternatives(word[1]).values(), default=level)
        name = slip(word[1], vocabulary.tokens[token]) if level == EDIT else LEVELS[level]
        if nearest < level:
            clear = word[0] in vocabulary.written and (marked or not word[0].isascii())
            return f"{name}_{'clear' if clear else 'word' if nearest == SAME else 'rival'}"
        return name
    return LEVELS[level]
