"""Vietnamese advertising text in a form that rules can search, whatever was done to it; every offset is kept.

``read`` takes a text as it was captured and returns a ``Reading``: lower case, composed, with the usual disguises
undone (look-alike letters, digits for letters, split and glued words, teen spelling; see ``classifier.disguise``).
Whatever is found in a reading is quoted from the given text by ``Reading.span``: ``given[start:end] == quote`` holds.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from classifier.disguise import BARE, Line, undisguise
from classifier.types import Span
from models.vietnamese import compose

#: Longer texts are read up to here (code points): an advertisement says what it promises long before.
MAX_LENGTH = 200_000

#: A sentence longer than this is cut at a comma or a space, so that a segment stays readable and fits a model.
MAX_SEGMENT = 400

_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_STOPS = re.compile(
    r"[\r\n]+"
    r"|(?<=[^\W\d_])[.!?…]+(?=[\s\"”’)\]]|$)"
    r"|(?<=[\d)\]\"”’%])[.!?…]+(?=\s|$)"
    r"|[!?]+(?=\s|$)"
    r"|;"
    rf"|[{_EMOJI}\ufe0f\u200d]+"
    r"|(?:(?<=\s)|^)[•●▪■◆►▶✓✔➤→*+–—-](?=\s)"
)
#: Abbreviations whose full stop ends no sentence.
_ABBREVIATIONS = frozenset(
    """
    bs ths ts pgs gs ds cn ckii cki ck1 ck2 ksnt tp p q th st tt dr mr ms mrs vd tx h đt sđt tel no
    """.split()  # noqa: SIM905 - one word a line would fill pages
)
#: A word of plain letters that Vietnamese never writes without a mark: sure sign that marks were dropped.
_DAMAGED = re.compile(
    r"[a-z]*?(?:(?:[aeiouy]{1,2}(?:ch|[cpt]))|ie(?:[mnu]|ng)?|ye[nut]?|uye?n|uo(?:[cimnptu]|ng)|enh|(?:^|(?<=d))uu)$"
)
_PLAIN_RUN = re.compile(r"(?<![\w])[a-z]{1,7}(?:[ \t]{1,2}[a-z]{1,7}(?![\w])){1,60}")
#: English and product words that look damaged but are not (frequent in Vietnamese advertisements).
_FOREIGN = frozenset(
    """
    top spa set hot best it at not but out get that what eat fat kit chat lot net pet hit fit act fact tech clinic
    magic basic classic bio plastic cosmetic sport test fast boost lift light right night skincare detox duet view
    pie product effect perfect expert support contact protect repeat report patient sunset internet market pack stop
    shop step cup tip group keep help sleep up deep zip care die lie tie pocket mat pat cat kat peptit vit connect
    select direct project tiktok viet nam logic arctic pic robotic antiseptic organic
    """.split()  # noqa: SIM905 - one word a line would fill pages
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence, line or bullet: bounds in the given text, never empty, never overlapping, in order."""

    start: int
    end: int


def segments(text: str) -> list[Segment]:
    """Cut ``text`` at line breaks, bullets, sentence ends and rows of emoji; white space around is left out.

    Longer than ``MAX_SEGMENT`` code points is cut again, at a comma where there is one. Every letter and digit of
    ``text`` lies in exactly one segment.
    """
    found: list[Segment] = []
    start = 0
    for stop in _STOPS.finditer(text):
        if _ends_nothing(text, stop):
            continue
        end = stop.end() if stop.group()[0] in ".!?…;" else stop.start()
        _add(found, text, start, end)
        start = stop.end()
    _add(found, text, start, len(text))
    return found


def _ends_nothing(text: str, stop: re.Match[str]) -> bool:
    """Tell whether a full stop belongs to an abbreviation ('BS. Nguyễn') or a list number ('1. ')."""
    if stop.group() != ".":
        return False
    word = re.search(r"\w{1,8}$", text[max(0, stop.start() - 8) : stop.start()])
    if word is None:
        return False
    return word.group().lower() in _ABBREVIATIONS or (word.group().isdigit() and len(word.group()) <= 2)


def _add(found: list[Segment], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SEGMENT:
        cut = max(text.rfind(mark, start + MAX_SEGMENT // 4, start + MAX_SEGMENT) for mark in (",", ";", ":"))
        if cut < 0:
            cut = text.rfind(" ", start + 1, start + MAX_SEGMENT)
        cut = start + MAX_SEGMENT if cut < 0 else cut + 1
        _add(found, text, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if any(character.isalnum() for character in text[start:end]):
        found.append(Segment(start, end))


@dataclass(frozen=True)
class Reading:
    """A searchable form of ``given``. ``text`` keeps the marks, ``bare`` is the same without them, letter for letter.

    ``damaged`` are the bounds (in ``text``) of words that lost their marks, by design or by a keyboard: only there
    may a pattern without marks be trusted ('nam khoa' is not 'nám khoa').
    """

    given: str
    text: str
    bare: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    damaged: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> Span:
        """Quote ``text[start:end]`` from the given text (``ValueError`` when empty or outside)."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no such span: {start}:{end} of {len(self.text)}")
        return Span.of(self.given, self.starts[start], self.ends[end - 1])

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The segments of the given text, as bounds in ``text``."""
        found = []
        for segment in segments(self.given[:MAX_LENGTH]):
            left, right = bisect_left(self.starts, segment.start), bisect_left(self.starts, segment.end)
            if left < right:
                found.append((left, right))
        return tuple(found)

    def sentence_at(self, position: int) -> tuple[int, int]:
        """Return the bounds of the sentence that holds ``position``; some text around it when none does."""
        index = bisect_left(self.sentences, (position + 1,)) - 1
        if index < 0 or not self.sentences[index][0] <= position < self.sentences[index][1]:
            return max(0, position - MAX_SEGMENT // 2), min(len(self.text), position + MAX_SEGMENT // 2)
        return self.sentences[index]

    @cached_property
    def toneless(self) -> bool:
        """Whether most of the text is Vietnamese written without marks."""
        return sum(end - start for start, end in self.damaged) * 2 > len(self.text) > 0


def read(text: str) -> Reading:
    """Return the searchable form of ``text`` (its first ``MAX_LENGTH`` code points). Never raises for content."""
    line = undisguise(text[:MAX_LENGTH], _composed)
    bare = line.text.translate(BARE)
    return Reading(text, line.text, bare, tuple(line.starts), tuple(line.ends), _damaged(line))


def _composed(text: str) -> Line:
    aligned = compose(text)
    return Line(aligned.text, list(aligned.starts), list(aligned.ends))


def _damaged(line: Line) -> tuple[tuple[int, int], ...]:
    """Bounds of words without marks: those that a disguise left bare, and runs that Vietnamese cannot be."""
    found = list(line.damaged)
    for run in _PLAIN_RUN.finditer(line.text):
        words = run.group().split()
        signs = sum(1 for word in words if word not in _FOREIGN and _DAMAGED.fullmatch(word))
        if signs * 6 >= len(words):
            found.append(run.span())
    return tuple(sorted(found))
