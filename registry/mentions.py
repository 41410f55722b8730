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
from registry.reading import Reading
from registry.types import Mention

#: Kinds whose characters cannot also be a phone or a price; earlier kinds win.
_EXCLUSIVE = (
    MentionKind.CONFIRMATION_NO,
    MentionKind.PRODUCT_REGISTRATION,
    MentionKind.LICENCE_NO,
    MentionKind.URL,
    MentionKind.PHONE,
    MentionKind.PRICE,
)


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
    occupied: set[int] = set()
    for mention in sorted(found, key=lambda each: (_EXCLUSIVE.index(each.kind), each.start, -each.end)):
        stretch = range(mention.start, mention.end)
        if occupied.isdisjoint(stretch):
            occupied.update(stretch)
            taken.append(mention)
    return taken


def _names(reading: Reading) -> Iterator[Mention]:
    people = list(find_people(reading))
    for person in people:
        start, end = reading.span(person.start, person.end)
        yield Mention(MentionKind.PRACTITIONER, reading.given[start:end], start, end, person.name)
    for place in find_establishments(reading, people):
        start, end = reading.span(place.start, place.end)
        yield Mention(MentionKind.FACILITY, reading.given[start:end], start, end, place.name)


def _ordered(mentions: Iterable[Mention]) -> list[Mention]:
    return sorted(mentions, key=lambda mention: (mention.start, -mention.end, mention.kind))


def find_mentions(text: str, main_end: int | None = None) -> list[Mention]:
    """Return every mention in order of its place; ``text[m.start:m.end] == m.text`` for each.

    ``main_end`` is where the footer begins (see ``classifier.types.Document``), or ``None``.
    """
    reading = Reading(text)
    return _ordered([*_numbers(reading), *_names(reading)])
