"""One passage per person and place that an advertisement names, as the matcher reads it.

The own place of the page is ``primary`` (see ``registry.belonging``). The same doctor written five ways is one
passage; his mention is the fullest.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.belonging import Named, Page
from registry.lexicon import lexicon
from registry.places import is_place_hint
from registry.types import Mention, Query

_SPECIALITIES = lexicon().specialities
_SPECIALITY = re.compile(
    r"(?:bac si |chuyen |chuyen khoa |khoa |chuyen nganh )(?:chuyen khoa )?"
    rf"(?P<name>(?:{_SPECIALITIES})(?:[ -]{{1,3}}(?:{_SPECIALITIES}))?)(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One person or place that an advertisement names, as a question to the registry.

    ``mention`` is the fullest way the ad writes the name; ``spans`` are the bounds of every mention of the same one.
    ``primary`` marks the page's own facility (and the practitioners who are named with it or with none).
    """

    query: Query
    mention: Mention
    primary: bool
    techniques: tuple[Mention, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    facility: str = ""


@dataclass(frozen=True, slots=True)
class AdvertiserKeys:
    """What ties advertisements of one advertiser together. ``facility_name`` is '' when the page shows no own place."""

    facility_name: str = ""
    licence_nos: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


def _personal(number: Mention) -> bool:
    return number.value.endswith(("CCHN", "GPHN"))


def _unique(mentions: Iterable[Mention], limit: int) -> list[Mention]:
    return list({mention.value: mention for mention in mentions}.values())[:limit]


def _speciality(page: Page, named: Named) -> str:
    for mention in named.mentions:
        _, end = page.sentence(mention)
        following = page.text[mention.end : min(end, mention.end + 160)]
        plain = folded(following)
        found = _SPECIALITY.search(plain)
        if found and len(plain) == len(following):
            return following[found.start("name") : found.end("name")]
    return ""


#: 'chuyên nha khoa', 'thuộc Cty TNHH …': short words of a card that the matcher reads as they stand.
_AS_WRITTEN = re.compile(
    r"(?:(?:chuyên|chuyen)\s(?!gia|viên|vien|môn|mon\b)|(?:thuộc|thuoc)\s)[^\n|,.;•]{2,60}", re.IGNORECASE
)


def _hints(page: Page, named: Named, barrier: MentionKind) -> list[str]:
    """Wards, districts and other short words of the card, which are no full address, in order."""
    found: list[str] = []
    for spot in named.mentions[:20]:
        for part in re.split(r"[\n|;•]|,\s|(?<=\w\w\w)\.\s|\s[-–]\s", page.following(spot, barrier)):
            words = part.strip(" .,()")
            if (
                1 < len(words) <= 70
                and not words.lower().startswith("chuyên khoa")
                and (_AS_WRITTEN.fullmatch(words) or (len(words) <= 40 and is_place_hint(words)))
            ):
                found.append(words)
    return list(dict.fromkeys(found))[:4]


def _joined(name: str, speciality: str, lines: Sequence[str]) -> str:
    first = f"{name} - chuyên khoa {speciality}" if speciality else name
    return "\n".join([first, *(line for line in lines if line)])


def _person_passage(page: Page, named: Named, number: int, as_of: date | None) -> Passage:
    mention = named.fullest
    place = page.place_of(named)
    numbers: list[Mention] = []
    phones: list[Mention] = []
    addresses: list[Mention] = []
    for spot in named.mentions:
        numbers += [m for m in page.near(spot, (MentionKind.LICENCE_NO,), MentionKind.PRACTITIONER) if _personal(m)]
        phones += page.near(spot, (MentionKind.PHONE,), MentionKind.PRACTITIONER)
        addresses += page.near(spot, (MentionKind.ADDRESS,), MentionKind.PRACTITIONER)
    # A number on the line of the name is surer than one in the lines after it.
    numbers.sort(
        key=lambda m: all("\n" in page.text[spot.end : m.start] for spot in named.mentions if spot.end <= m.start)
    )
    lines = [
        f"tại {place.fullest.text}" if place and not _covers(place.fullest, mention) else "",
        *(m.text for m in _unique(addresses, 1)),
        *_hints(page, named, MentionKind.PRACTITIONER),
        *(m.text for m in _unique(phones, 2)),
        *(f"CCHN số {m.text}" for m in _unique(numbers, 1)),
    ]
    techniques = [t for spot in named.mentions for t in _within(page, page.sentence(spot))]
    text = _joined(" ".join(mention.text.split()), _speciality(page, named), [" ".join(x.split()) for x in lines])
    primary = place is None or place is page.own
    facility = place.fullest.text if place else ""
    return _passage(f"p{number}", named, text, techniques, (primary, facility), as_of)


def _covers(place: Mention, person: Mention) -> bool:
    return place.start <= person.start and person.end <= place.end


#: After a technique, in its sentence: it is not done here ('Hút mỡ, nâng ngực: không nằm trong danh mục').
_NOT_DONE = re.compile(
    r"[^.\n;!?]{0,80}?(?:(?:khong|chua) (?:nam trong|thuoc) (?:danh muc|pham vi)|khong thuc hien|"
    r"chua duoc (?:phep|phe duyet)|(?:dung|ngung) (?:nhan|thuc hien|trien khai)|: (?:khong|chua) (?:nhan|lam|co))"
)


def _done_here(page: Page, technique: Mention) -> bool:
    return _NOT_DONE.match(folded(page.text[technique.end : technique.end + 140])) is None


def _within(page: Page, bounds: tuple[int, int]) -> list[Mention]:
    found = page.starting((MentionKind.TECHNIQUE,), *bounds)
    return [t for t in found if t.end <= bounds[1] and _done_here(page, t)]


def _place_passage(page: Page, named: Named, number: int, as_of: date | None) -> Passage:
    primary = named is page.own
    mention = named.fullest
    numbers: list[Mention] = []
    phones: list[Mention] = []
    addresses: list[Mention] = []
    for spot in named.mentions:
        numbers += [m for m in page.near(spot, (MentionKind.LICENCE_NO,), MentionKind.FACILITY) if not _personal(m)]
        phones += page.near(spot, (MentionKind.PHONE,), MentionKind.FACILITY)
        addresses += page.near(spot, (MentionKind.ADDRESS,), MentionKind.FACILITY)
    if primary:
        numbers = numbers or [m for m in page.of(MentionKind.LICENCE_NO) if not _personal(m)]
        phones = phones or page.of(MentionKind.PHONE)
        addresses = addresses or page.of(MentionKind.ADDRESS)
    lines = [
        *(f"Địa chỉ: {m.text}" for m in _unique(addresses, 1)),
        *_hints(page, named, MentionKind.FACILITY),
        *(m.text for m in _unique(phones, 3)),
        *(f"GPHĐ số {m.text}" for m in _unique(numbers, 1)),
    ]
    main = [t for t in page.of(MentionKind.TECHNIQUE) if t.start < page.main_end and _done_here(page, t)]
    techniques = main if primary else [t for spot in named.mentions for t in _within(page, page.sentence(spot))]
    text = _joined(" ".join(mention.text.split()), "", [" ".join(line.split()) for line in lines])
    return _passage(f"f{number}", named, text, techniques, (primary, mention.text), as_of)


def _passage(
    ident: str, named: Named, text: str, techniques: Sequence[Mention], owned: tuple[bool, str], as_of: date | None
) -> Passage:
    unique = _unique(sorted(techniques, key=lambda t: t.start), 50)
    mention = named.fullest
    query = Query(ident, mention.kind, text, as_of, tuple(t.value for t in unique))
    spans = tuple(sorted((m.start, m.end) for m in named.mentions))
    return Passage(query, mention, owned[0], tuple(unique), spans, owned[1])


def passages(
    text: str,
    mentions: Sequence[Mention],
    main_end: int | None = None,
    *,
    as_of: date | None = None,
    seen_on: date | None = None,
) -> list[Passage]:
    """One passage per distinct person and place, in order of first mention.

    ``mentions`` are those of ``find_mentions(text)``; ``main_end`` is where the footer begins; ``as_of`` is the day
    that the registry is asked about, ``seen_on`` the last on which the advertisement was seen. ``passage.query.text``
    joins the fullest mention with the speciality, clinic, address, phones and licence number that belong to it, one
    per line.
    """
    page = Page(text, mentions, main_end)
    found = [_person_passage(page, named, at, as_of) for at, named in enumerate(page.people)]
    found += [_place_passage(page, named, at, as_of) for at, named in enumerate(page.places)]
    if seen_on:
        found = [replace(passage, query=replace(passage.query, seen_on=seen_on)) for passage in found]
    return sorted(found, key=lambda passage: (passage.mention.start, passage.query.id))


def advertiser_keys(text: str, mentions: Sequence[Mention], main_end: int | None = None) -> AdvertiserKeys:
    """The advertiser's own name, operating licences, phones and sites, for grouping advertisements into cases.

    Phones and licences that stand beside another place than the page's own are left out.
    """
    page = Page(text, mentions, main_end)
    own = page.own
    foreign = {
        (m.start, m.end)
        for place in page.places
        if place is not own
        for spot in place.mentions
        for m in page.near(spot, (MentionKind.PHONE, MentionKind.LICENCE_NO, MentionKind.URL), MentionKind.FACILITY)
    }
    mine = {
        (m.start, m.end)
        for spot in (own.mentions if own else ())
        for m in page.near(spot, (MentionKind.PHONE, MentionKind.LICENCE_NO, MentionKind.URL), MentionKind.FACILITY)
    }
    kept = [m for m in page.mentions if (m.start, m.end) not in foreign - mine]

    def values(kind: MentionKind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(m.value for m in kept if m.kind is kind))

    return AdvertiserKeys(
        facility_name=" ".join(own.fullest.text.split()) if own else "",
        licence_nos=tuple(
            number
            for number in values(MentionKind.LICENCE_NO)
            if not number.endswith(("CCHN", "GPHN")) and "x" not in number
        ),
        phones=values(MentionKind.PHONE),
        sites=tuple(dict.fromkeys(url.split("/")[0] for url in values(MentionKind.URL))),
    )
