"""Who and what an advertisement names: people, places, numbers, sites, addresses, techniques and prices."""

from collections.abc import Iterable, Iterator

from models.vocabulary import MentionKind
from registry.establishments import find_establishments
from registry.numbers import (
    find_confirmations,
    find_licences,
    find_phones,
    find_prices,
    find_registrations,
    find_urls,
)
from registry.people import find_people
from registry.places import find_addresses
from registry.reading import Reading
from registry.techniques import find_techniques
from registry.types import Mention

#: Characters of context kept on each side of a mention.
_AROUND = 120
#: Changes whenever the same text may get other mentions: results are keyed by it.
MENTIONS_VERSION = "3"

#: Kinds whose characters cannot also be a phone or a price; earlier kinds win.
_EXCLUSIVE = (
    MentionKind.CONFIRMATION_NO,
    MentionKind.PRODUCT_REGISTRATION,
    MentionKind.LICENCE_NO,
    MentionKind.URL,
    MentionKind.PHONE,
    MentionKind.PRICE,
)
_RANK = {kind: rank for rank, kind in enumerate(_EXCLUSIVE)}


def _numbers(reading: Reading) -> list[Mention]:
    found = [
        *find_confirmations(reading),
        *find_registrations(reading),
        *find_licences(reading),
        *find_urls(reading),
        *find_phones(reading),
        *find_prices(reading),
    ]
    taken: list[Mention] = []
    occupied = bytearray(len(reading.given))
    for mention in sorted(found, key=lambda each: (_RANK[each.kind], each.start, -each.end)):
        if 1 not in occupied[mention.start : mention.end]:
            occupied[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            taken.append(mention)
    return taken


def _names(reading: Reading) -> Iterator[Mention]:
    people = list(find_people(reading))
    places = find_establishments(reading, people)
    brands = {place.name for place in places if place.person is None}
    for person in people:
        # 'các bác sĩ Mai An' are the doctors of that clinic, not a Dr Mai An.
        if person.name not in brands:
            yield _mention(reading, MentionKind.PRACTITIONER, person.start, person.end, person.name)
    for place in places:
        yield _mention(reading, MentionKind.FACILITY, place.start, place.end, place.name)


def _mention(reading: Reading, kind: MentionKind, start: int, end: int, value: str) -> Mention:
    left, right = reading.span(start, end)
    return Mention(kind, reading.given[left:right], left, right, value)


def _ordered(mentions: Iterable[Mention]) -> list[Mention]:
    return sorted(mentions, key=lambda mention: (mention.start, -mention.end, mention.kind))


def find_mentions(text: str, main_end: int | None = None) -> list[Mention]:
    """Return every mention in order of its place; ``text[m.start:m.end] == m.text`` for each.

    ``main_end`` is where the footer begins (see ``classifier.types.Document``), or ``None``.
    """
    reading = Reading(text)
    found = _ordered([*_numbers(reading), *_names(reading), *find_techniques(reading), *find_addresses(reading)])
    return [Mention(m.kind, m.text, m.start, m.end, m.value, _context(text, m, main_end)) for m in found]


def _context(text: str, mention: Mention, main_end: int | None) -> str:
    """The words around a mention, on its own lines and its own side of the footer's edge."""
    left, right = max(0, mention.start - _AROUND), min(len(text), mention.end + _AROUND)
    if main_end is not None:
        left, right = (
            (max(left, main_end), right)
            if mention.start >= main_end
            else (left, max(min(right, main_end), mention.end))
        )
    return text[left:right].strip()
