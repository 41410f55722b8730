"""How a name's syllables get damaged between a registry and an advertisement: the keys that undo it.

Each function maps a folded syllable to a key that the damaged and the sound spelling share: typing (Telex letters left
in), sound (s/x, ch/tr, d/gi/v, n/ng, t/c, i/y, l/n), shape (misread letters: rn/m, l/i, h/b, n/r, g/q, c/e, u/v).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: From the surest to the weakest way in which an ad's syllable can stand for a registry's.
SAME, TYPING, SOUND, SHAPE, EDIT, EDIT2, INITIAL = range(7)
LEVELS = ("same", "typing", "sound", "shape", "edit", "edit2", "initial")

_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s", "!": "i", "7": "t", "|": "i"}
)
_TELEX = re.compile(r"([aeod])\1")
_TONE_KEY = re.compile(r"(?<=[a-z]{2})[sfrxj]$|(?<=[aeiouy])[sfrxj](?=[aeiouy]{0,2}(?:ch|nh|ng|[cmnpt])?$)")
_VNI = re.compile(r"(?<=[a-z])[1-9]")


def unleet(token: str) -> str:
    """'tr1nh' and 'xu@n' become 'trinh' and 'xuan'; a token without letters stays."""
    return token.translate(_LEET) if any(c.isalpha() for c in token) and not token.isalpha() else token


def typing_key(token: str) -> str:
    """The syllable that Telex keystrokes spell: 'nguyeenx' becomes 'nguyen', 'phuwowng' becomes 'phuong'."""
    key = _TELEX.sub(r"\1", token)
    key = _TONE_KEY.sub("", key)
    return key.replace("w", "") if "w" in key else key


_INITIALS = (
    ("tr", "ch"),
    ("gi", "d"),
    ("x", "s"),
    ("v", "d"),
    ("r", "d"),
    ("n", "l"),
    ("k", "c"),
    ("ph", "f"),
    ("qu", "q"),
)


@lru_cache(maxsize=65_536)
def sound_key(token: str) -> str:
    """What southern and northern mishearing leave of a syllable: 'trúc' and 'chúc', 'trần' and 'trầng' share a key."""
    key = re.sub(r"(.)\1+", r"\1", token.replace("y", "i"))
    if key.startswith(("ng", "nh")):
        head, rest = key[:2], key[2:].lstrip("h") if key.startswith("ngh") else key[2:]
    else:
        head, rest = "", key
        for written, heard in _INITIALS:
            if key.startswith(written) and len(key) > len(written):
                head, rest = heard, key[len(written) :]
                break
    rest = re.sub(r"(?:ng|nh|n)$", "n", rest)
    rest = re.sub(r"(?:ch|c|t)$", "t", rest)
    return head + rest


_SHAPES = (
    ("m", "rn"),
    ("n", "r"),
    ("b", "h"),
    ("l", "i"),
    ("1", "i"),
    ("j", "i"),
    ("q", "g"),
    ("0", "o"),
    ("e", "c"),
    ("v", "u"),
    ("d", "cl"),
    ("y", "u"),
)


@lru_cache(maxsize=65_536)
def shape_key(token: str) -> str:
    """What is left when letters that look alike are one: 'tharnh', 'tbanh' and 'thanh' share a key."""
    for seen, kept in _SHAPES:
        token = token.replace(seen, kept)
    return token


@dataclass(slots=True)
class Vocabulary:
    """The registry's folded syllables: their ids and counts, and which of them an ad's token can stand for."""

    tokens: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)
    #: The words as the registry writes them, with diacritics, lower case.
    written: set[str] = field(default_factory=set)
    _sound: dict[str, list[int]] = field(default_factory=dict)
    _shape: dict[str, list[int]] = field(default_factory=dict)
    _known: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, token: str, count: int = 1) -> int:
        """Count one occurrence of ``token`` and return its id."""
        number = self.ids.get(token)
        if number is None:
            number = self.ids[token] = len(self.tokens)
            self.tokens.append(token)
            self.counts.append(0)
            self._sound.setdefault(sound_key(token), []).append(number)
            self._shape.setdefault(shape_key(token), []).append(number)
        self.counts[number] += count
        return number

    def alternatives(self, token: str) -> dict[int, int]:
        """Return the ids that ``token`` can stand for, each with its surest level, surest first."""
        known = self._known.get(token)
        if known is None:
            if len(self._known) > 50_000:
                self._known.clear()
            known = self._known[token] = self._alternatives(token)
        return known

    def _alternatives(self, token: str) -> dict[int, int]:
        found: dict[int, int] = {}

        def note(numbers: Iterable[int], level: int) -> None:
            for number in numbers:
                found.setdefault(number, level)

        plain = unleet(token)
        note((self.ids[t] for t in (token, plain) if t in self.ids), SAME)
        typed = typing_key(plain)
        note((self.ids[t] for t in (typed, typing_key(typed)) if t in self.ids), TYPING)
        if len(plain) == 1:
            return found
        note(self._sound.get(sound_key(plain), ()), SOUND)
        note(self._shape.get(shape_key(plain), ()), SHAPE)
        if typed != plain:
            note(self._sound.get(sound_key(typed), ()), EDIT)
            note(self._shape.get(shape_key(typed), ()), EDIT)
        near = process.extract(
            plain, self.tokens, scorer=OSA.distance, score_cutoff=2 if len(plain) > 3 else 1, limit=40
        )
        note((number for _, distance, number in near if distance <= 1), EDIT)
        note((number for text, distance, number in near if distance == 2 and len(text) > 2), EDIT2)
        if typed != plain and not any(level <= EDIT for level in found.values()):
            near = process.extract(typed, self.tokens, scorer=OSA.distance, score_cutoff=1, limit=20)
            note((number for _, _, number in near), EDIT2)  # Telex keys left in, and a letter wrong
        return found

    def split(self, glued: str) -> list[str]:
        """Cut a glued token ('nguyenthihong') into syllables of the vocabulary; the token alone where none fit."""
        best: list[tuple[float, list[str]] | None] = [(0.0, [])] + [None] * len(glued)
        for end in range(1, len(glued) + 1):
            for start in range(max(0, end - 9), end):
                before = best[start]
                if before is None:
                    continue
                cost = before[0] + self._piece_cost(glued[start:end])
                here = best[end]
                if here is None or cost < here[0]:
                    best[end] = (cost, [*before[1], glued[start:end]])
        whole = best[-1]
        return whole[1] if whole else [glued]

    def _piece_cost(self, piece: str) -> float:
        if piece in self.ids:
            return 1.0 + (0.5 if len(piece) < 3 else 0.0) + (0.4 if self.counts[self.ids[piece]] < 30 else 0.0)
        if len(piece) >= 3 and (typing_key(piece) in self.ids or shape_key(piece) in self._shape):
            return 1.9
        if len(piece) >= 2 and sound_key(piece) in self._sound:
            return 2.2
        return 1.5 + 1.1 * len(piece)


def letters_of(tokens: Sequence[str]) -> str:
    """The first letters of the tokens, for comparing initials."""
    return "".join(token[:1] for token in tokens)
