"""Vietnamese text in two searchable forms that remember where each letter came from.

``compose`` keeps the diacritics (NFC, lower case); ``fold`` drops them ('Mắt' and 'Mặt' both become 'mat'). Both return
an ``Aligned``: whatever is found in ``aligned.text`` is quoted from the given text with ``aligned.source(start, end)``,
so a quote is always an exact substring of what was captured, also when that was NFD, upper case or full-width.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

#: Characters that NFKD does not take apart, as typed in Vietnamese texts.
_LETTERS = str.maketrans({"đ": "d", "ð": "d", "ı": "i", "ł": "l", "ø": "o"})

#: Invisible characters that split words for machines and not for readers (zero-width spaces, soft hyphen, BOM).
INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


@dataclass(frozen=True, slots=True)
class Aligned:
    """A searchable form of ``given``. ``starts[i]`` and ``ends[i]`` bound the source of ``text[i]`` in ``given``."""

    given: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds in ``given`` of ``text[start:end]`` (which must not be empty)."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no such span: {start}:{end} of {len(self.text)}")
        return self.starts[start], self.ends[end - 1]

    def quote(self, start: int, end: int) -> str:
        """Return the given text's own words for ``text[start:end]``."""
        left, right = self.source(start, end)
        return self.given[left:right]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each base character with the combining marks that follow it."""
    start = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or not unicodedata.combining(text[position]):
            yield start, position
            start = position


def _align(text: str, form: Callable[[str], str]) -> Aligned:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        formed = form(text[start:end])
        letters.append(formed)
        starts.extend([start] * len(formed))
        ends.extend([end] * len(formed))
    return Aligned(text, "".join(letters), tuple(starts), tuple(ends))


@lru_cache(maxsize=8192)
def _composed(cluster: str) -> str:
    if cluster in INVISIBLE:
        return ""
    return unicodedata.normalize("NFKC", cluster).lower()


@lru_cache(maxsize=8192)
def _folded(cluster: str) -> str:
    if cluster in INVISIBLE:
        return ""
    decomposed = unicodedata.normalize("NFKD", cluster).lower()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)


def compose(text: str) -> Aligned:
    """Lower-case NFKC form, diacritics kept, invisible characters dropped, aligned with ``text``."""
    return _align(text, _composed)


def fold(text: str) -> Aligned:
    """Lower-case form without diacritics ('Đặng Mỹ' becomes 'dang my'), aligned with ``text``."""
    return _align(text, _folded)


def folded(text: str) -> str:
    """Return ``fold(text).text`` without the alignment: for keys and look-ups."""
    return "".join(_folded(text[start:end]) for start, end in _clusters(text))
