"""An advertisement's text as plain text with its quotes marked: never as markup, and no character moved.

Offsets count code points of the stored text, and the page's script counts them in what is shown. So whatever cannot be
shown (control, reordering and lone surrogate characters) is replaced one for one.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cases.untrusted import BIDI, line

#: More of one page is not put before a reader: a hostile page may hold megabytes.
MOST_SHOWN = 60_000


def _one(char: str) -> str:
    if char in "\n\t" or (char >= " " and char < "\x7f"):
        return char
    if char == "\r":
        return " "
    if char in BIDI or unicodedata.category(char) in {"Cc", "Cs"}:
        return "\ufffd"
    return char


def shown(text: str) -> str:
    """Return the text safe to show, with every character where it was."""
    return "".join(map(_one, text))


def one_line(text: str, most: int = 300) -> str:
    """Return hostile text on one line, cut with '…'."""
    said = line(text[: most * 4])
    return said if len(said) <= most else said[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class Mark:
    """A quote: [start, end) in the text, the number by which the list names it, and the words of a tooltip."""

    start: int
    end: int
    number: int
    says: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with the same marks. ``start`` is its offset; ``footer``: beyond the main content."""

    start: int
    text: str
    marks: tuple[Mark, ...]
    footer: bool


def pieces(text: str, marks: Iterable[Mark], main_end: int) -> list[Piece]:
    """Cut the text at the borders of the marks (which may overlap) and at the end of the main content."""
    end = min(len(text), MOST_SHOWN)
    kept = [mark for mark in marks if 0 <= mark.start < mark.end <= end]
    borders = {0, end, *(m.start for m in kept), *(m.end for m in kept)}
    if 0 < main_end < end:
        borders.add(main_end)
    cuts = sorted(borders)
    safe = shown(text[:end])
    return [
        Piece(a, safe[a:b], tuple(m for m in kept if m.start <= a and b <= m.end), footer=a >= main_end)
        for a, b in pairwise(cuts)
    ]


def find_quote(text: str, typed: str) -> tuple[int, int] | None:
    """Return where words that were copied into a form stand in the text; spaces and line ends may differ."""
    words = typed.split()
    if not words or len(typed) > 2_000:
        return None
    safe = shown(text)
    at = safe.find(typed)
    if at >= 0:
        return at, at + len(typed)
    start = safe.find(words[0])
    while start >= 0:
        end = _follows(safe, start, words)
        if end:
            return start, end
        start = safe.find(words[0], start + 1)
    return None


def _follows(text: str, start: int, words: Sequence[str]) -> int:
    at = start
    for word in words:
        while at > start and at < len(text) and text[at].isspace():
            at += 1
        if not text.startswith(word, at):
            return 0
        at += len(word)
    return at


def spans_of(values: Iterable[str], known: Mapping[str, object]) -> dict[str, list[tuple[int, int]]]:
    """Read the form's ``code:start:end`` values; what is none of ours is left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for value in values:
        code, _, rest = value.partition(":")
        start, _, end = rest.partition(":")
        if code in known and all(part.isascii() and part.isdigit() and len(part) < 9 for part in (start, end)):
            found.setdefault(code, []).append((int(start), int(end)))
    return found
