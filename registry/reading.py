"""A text as the mention finders read it: folded for matching, cased for telling names from words.

Everything is found in ``folded`` (see ``models.vietnamese.fold``); ``Reading.span`` turns a found stretch into the
bounds of the given text, so a mention is always quoted exactly as captured.
"""

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from models.vietnamese import Aligned, fold

_WORD = re.compile(r"[^\W_]+")
#: A letter written as a sign inside a word, to slip past filters: 'm!nh', 'nha kh0a' is left to the finders.
_SIGN = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_A-ZĐ])")


class Word(NamedTuple):
    """One word: its bounds in the folded text, its folded and its composed form (lower case), and its case.

    ``case`` is ``title``, ``upper`` (two letters or more), ``lower`` or ``digit`` (holds a digit).
    """

    start: int
    end: int
    folded: str
    lower: str
    case: str

    @property
    def is_plain(self) -> bool:
        """Whether the word carries no diacritics."""
        return self.folded == self.lower

    @property
    def is_name_like(self) -> bool:
        """Whether the word is written as names are: a capital first."""
        return self.case in {"title", "upper"}


def _case(word: str) -> str:
    if any(letter.isdigit() for letter in word):
        return "digit"
    if len(word) > 1 and word.isupper():
        return "upper"
    return "title" if word[0].isupper() else "lower"


class Reading:
    """One text, read once and shared by all finders."""

    def __init__(self, given: str) -> None:
        self.given = given
        #: The forms of every spelling met: a text says most of its words more than once.
        self._forms: dict[str, tuple[str, str, str]] = {}
        self.aligned: Aligned = fold(given)
        plain = self.aligned.text
        #: The first code point of each source cluster: the same length as ``folded``, with the given capitals.
        self.cased: str = "".join([given[start] for start in self.aligned.starts])
        signs = {found.start() for found in _SIGN.finditer(self.cased)} if "!" in plain else set[int]()
        self.folded: str = (
            "".join("i" if at in signs else letter for at, letter in enumerate(plain)) if signs else plain
        )

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every word in order."""
        return tuple(self._word(found.start(), found.end()) for found in _WORD.finditer(self.folded))

    @cached_property
    def index_at(self) -> dict[int, int]:
        """The position in ``words`` of the word that starts at an offset of the folded text."""
        return {word.start: position for position, word in enumerate(self.words)}

    def words_between(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that start within a stretch of the folded text."""
        left = bisect_left(self.words, start, key=lambda word: word.start)
        right = bisect_left(self.words, end, key=lambda word: word.start)
        return self.words[left:right]

    def _word(self, start: int, end: int) -> Word:
        source = self.quote(start, end)
        known = self._forms.get(source)
        if known is None:
            lower = unicodedata.normalize("NFC", source).lower().replace("!", "i")
            known = self._forms[source] = (self.folded[start:end], lower, _case(self.cased[start:end]))
        return Word(start, end, *known)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Bounds in the given text of ``folded[start:end]``."""
        return self.aligned.source(start, end)

    def quote(self, start: int, end: int) -> str:
        """The given text's own characters for ``folded[start:end]``."""
        return self.aligned.quote(start, end)

    def gap(self, left: Word, right: Word) -> str:
        """What stands between two words, folded."""
        return self.folded[left.end : right.start]
