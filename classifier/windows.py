"""Cuts a text into windows that the encoder can read; every token keeps its place in the text.

A text is read in its searchable form (``classifier.text.read``: lower case, composed, disguises undone), cut into
tokens, and packed sentence by sentence into windows. Each window after the first begins with a few tokens of the one
before it, as context that is not judged again.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

#: Tokens of one window, with its first and last mark. Nine of ten real advertisements fit into one.
MAX_TOKENS = 320
#: Tokens of the window before that are shown again.
CONTEXT = 32
#: A text is judged in at most so many windows (about 15,000 characters): what follows is left to the rules.
MAX_WINDOWS = 16
#: Id of padding tokens in vocabularies of the XLM-RoBERTa family; elsewhere any id does, for padding is masked.
PADDING = 1
#: Tokens by which lengths may differ and still count as alike, when batches are drawn at random.
_JITTER = 12


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of one text: token ids with the first and last mark, and where each token lies in the text.

    ``places[i]`` are the bounds of token ``i``; empty for the marks. Tokens before ``judged`` are context.
    """

    ids: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    judged: int


def windows(
    text: str, sentences: Sequence[tuple[int, int]], tokenizer: Any, limit: int = MAX_WINDOWS
) -> tuple[Window, ...]:
    """Return at most ``limit`` windows of ``text``; none for a text without a token.

    ``sentences`` are bounds in ``text``, in order; a window ends with a sentence where it can. ``tokenizer`` is a
    ``tokenizers.Tokenizer``.
    """
    room = MAX_TOKENS - 2
    # a token is at least one character: no need to cut the rest of an endless text into tokens
    encoded = tokenizer.encode(text[: limit * room * 16], add_special_tokens=False)
    ids, places = encoded.ids, [(a, b) for a, b in encoded.offsets]
    first, last = _ends(tokenizer)
    found = []
    for start, judged, end in _cuts(places, sentences, room):
        found.append(
            Window(
                (first, *ids[start:end], last),
                ((0, 0), *(_tight(text, *place) for place in places[start:end]), (0, 0)),
                judged - start + 1,
            )
        )
        if len(found) == limit:
            break
    return tuple(found)


def _ends(tokenizer: Any) -> tuple[int, int]:
    """Return the ids of the marks that the tokenizer puts before and after a text."""
    marks = tokenizer.encode("").ids
    if len(marks) < 2:
        raise ValueError("this tokenizer puts no marks around a text")
    return int(marks[0]), int(marks[-1])


def _tight(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out the white space that a piece carries in front."""
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _cuts(
    places: Sequence[tuple[int, int]], sentences: Sequence[tuple[int, int]], room: int
) -> Iterator[tuple[int, int, int]]:
    """Yield where each window starts, where it starts to be judged, and where it ends, in tokens."""
    starts = [place[0] for place in places]
    stops = sorted({bisect_left(starts, begin) for begin, _ in sentences if begin} | {len(places)})
    judged = 0
    while judged < len(places):
        start = max(0, judged - CONTEXT) if judged else 0
        end = min(start + room, len(places))
        if end < len(places):
            index = bisect_left(stops, end + 1) - 1
            if index >= 0 and stops[index] > judged + room // 2:
                end = stops[index]
        yield start, judged, end
        judged = end


def batches(lengths: Sequence[int], tokens: int, order: Random | None = None) -> list[list[int]]:
    """Group the indices of like lengths so that a padded batch holds at most ``tokens`` (or one window).

    With ``order`` windows of about the same length meet in another batch each time, and batches come in random order.
    """
    index = list(range(len(lengths)))
    if order is not None:
        order.shuffle(index)
    index.sort(key=lambda i: lengths[i] + (order.uniform(-_JITTER, _JITTER) if order is not None else 0))
    found: list[list[int]] = []
    longest = 0
    for i in index:
        longest = max(longest, lengths[i])
        if not found or longest * (len(found[-1]) + 1) > tokens:
            found.append([])
            longest = lengths[i]
        found[-1].append(i)
    if order is not None:
        order.shuffle(found)
    return found
