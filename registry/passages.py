"""Which words of an advertisement belong together: one passage per person or place named, ready for the matcher.

A page mostly speaks of one place of its own, and names others on the way: where its doctors trained or used to work,
hospitals it compares itself with. The own place is ``primary``; a place mentioned as somebody's past is never taken as
the doctor's clinic. The same doctor written five ways is one passage; his mention is the fullest.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.lexicon import lexicon
from registry.types import Mention, Query

#: How far (in code points) words still belong to a name: a card, two or three lines. Set by reading 240 real passages
#: on 2026-11-24.
_NEAR = 320
#: Longest half of a sentence that is read around a mention.
_LONG = 600
#: Mentions looked at on one page: the first and the last. A page with more is a directory or an attack.
_FIRST, _LAST = 1_000, 500
#: A place is the page's own when its weight is this many times that of the next one.
_CLEAR = 1.5
_PAST = re.compile(
    r"(?:(?:benh vien|co so y te|phong kham|don vi|noi)[^.\n]{0,40} nhu"
    r"|nguyen(?: la)?(?: pho)? (?:truong|pho|giam doc|chu nhiem|bac si)|nguyen(?: truong| pho)? khoa|tung (?:la|"
    r"lam|cong tac|dam|giu|hoc|tu nghiep|kham)|"
    r"tu nghiep|tot nghiep|dao tao|hoc tap|thuc tap|chuyen giao|cuu (?:truong|giam|pho)|truoc day|truoc kia|"
    r"da (?:lam viec|cong tac)|"
    r"nhieu nam (?:lam viec|cong tac)|kinh nghiem (?:lam viec )?tai|den tu|hop tac|lien ket|doi tac|phoi hop|"
    r"chuyen gia tu|"
    r"sinh o|sinh tai|kham o|khac nhu|lon nhu|nhu benh vien|o benh vien|len benh vien|chuyen vien|"
    r"tung cong tac)[^.\n]{0,60}$"
)
_ONCE = re.compile(r"(?<![a-z])tung (?:la|lam|cong tac|dam|giu|hoc|tu nghiep|kinh qua)(?![a-z])")
_NOW = re.compile(r"(?:hien(?: dang)?(?: la)?|hien nay|dang|tai phong kham|phu trach|giam doc)[^.\n]{0,40}$")
_SPECIALITIES = lexicon().specialities
_SPECIALITY = re.compile(
    r"(?:bac si |chuyen |chuyen khoa |khoa |chuyen nganh )(?:chuyen khoa )?"
    rf"(?P<name>(?:{_SPECIALITIES})(?:[ -]{{1,3}}(?:{_SPECIALITIES}))?)(?![a-z])"
)
_CONTACTS = (MentionKind.PHONE, MentionKind.ADDRESS, MentionKind.LICENCE_NO)
_HOSPITAL = re.compile(r"(?:benh vien|bv)")


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


@dataclass(slots=True)
class _Named:
    """All mentions of one person or place."""

    mentions: list[Mention]
    past: bool = False
    weight: float = 0.0

    @property
    def fullest(self) -> Mention:
        current = self.mentions
        return max(current, key=lambda mention: (len(mention.value.split()), len(mention.text), -mention.start))


def _is_academic(mention: Mention) -> bool:
    """Whether the title is a degree only ('GS', 'PGS.TS'): guests and customers bear those too."""
    title = folded(mention.text[: len(mention.text) - len(mention.value)])
    return re.fullmatch(r"[\s.,:()]*(?:(?:pgs|gs|ts|pho giao su|giao su|tien s[iy])[\s.,:()-]*)+", title) is not None


def _far_guest(text: str, mention: Mention, spot: Mention) -> bool:
    """Whether somebody with a degree only is named in another sentence than the place: no sign that he works there."""
    left, right = (mention, spot) if mention.start <= spot.start else (spot, mention)
    return _is_academic(mention) and re.search(r"\n|[.!?”]\s", text[left.end : right.start]) is not None


@lru_cache(maxsize=8_192)
def _core(value: str) -> tuple[str, ...]:
    """The words by which a place is told from others: folded, without kind, speciality and city."""
    plain = re.sub(rf"\b(?:{lexicon().modifiers}|tp\.? ?hcm|tphcm|ha noi|da khoa)\b", " ", folded(value))
    return tuple(re.findall(r"[a-z0-9]+", plain)) or tuple(re.findall(r"[a-z0-9]+", folded(value)))


@lru_cache(maxsize=65_536)
def _same_person(one: str, other: str) -> bool:
    short, long = sorted((folded(one).split(), folded(other).split()), key=len)
    return short == long[-len(short) :] or (len(short) >= 3 and set(short) <= set(long))


def _same_place(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 2 and long[: len(short)] == short


class _Page:
    """One text with its mentions, and what belongs to what."""

    def __init__(self, text: str, mentions: Sequence[Mention], main_end: int | None) -> None:
        self.text = text
        ordered = sorted(mentions, key=lambda mention: (mention.start, -mention.end))
        self.mentions = ordered if len(ordered) <= _FIRST + _LAST else [*ordered[:_FIRST], *ordered[-_LAST:]]
        self._kinds: dict[MentionKind, list[Mention]] = {}
        for mention in self.mentions:
            self._kinds.setdefault(mention.kind, []).append(mention)
        self._starts = {kind: [mention.start for mention in found] for kind, found in self._kinds.items()}
        self.main_end = len(text) if main_end is None else main_end

    def of(self, kind: MentionKind) -> list[Mention]:
        """The mentions of a kind, in order."""
        return self._kinds.get(kind, [])

    def starting(self, kinds: tuple[MentionKind, ...], left: int, right: int) -> list[Mention]:
        """The mentions of some kinds that start in ``[left, right)``, in order."""
        found: list[Mention] = []
        for kind in kinds:
            starts = self._starts.get(kind, [])
            found += self.of(kind)[bisect_left(starts, left) : bisect_left(starts, right)]
        return found if len(kinds) == 1 else sorted(found, key=lambda mention: mention.start)

    @cached_property
    def people(self) -> list[_Named]:
        """Everybody named, once; a short name joins the fullest that ends with it."""
        named: list[_Named] = []
        ordered = sorted(self.of(MentionKind.PRACTITIONER), key=lambda m: (-len(m.value.split()), m.start))
        for mention in ordered:
            home = next((n for n in named if _same_person(n.fullest.value, mention.value)), None)
            if home is None:
                named.append(_Named([mention]))
            else:
                home.mentions.append(mention)
        return sorted(named, key=lambda each: min(m.start for m in each.mentions))

    @cached_property
    def places(self) -> list[_Named]:
        """Every facility named, once, weighed as the page's own."""
        named: list[_Named] = []
        for mention in sorted(self.of(MentionKind.FACILITY), key=lambda m: (-len(_core(m.value)), m.start)):
            core = _core(mention.value)
            home = next((n for n in named if _same_place(_core(n.fullest.value), core)), None)
            if home is None:
                named.append(_Named([mention]))
            else:
                home.mentions.append(mention)
        for each in named:
            self._weigh(each)
        return sorted(named, key=lambda each: min(m.start for m in each.mentions))

    def _weigh(self, named: _Named) -> None:
        present = [m for m in named.mentions if not self._is_past(m)]
        named.past = not present
        weight = 0.0
        for mention in present:
            weight += 1.0
            if mention.start >= self.main_end:
                weight += 4.0
            if self._contact_follows(mention):
                weight += 1.0
        if _HOSPITAL.match(folded(named.fullest.text)) and weight < 6:
            weight /= 2  # hospitals are named as references more often than they advertise
        named.weight = weight

    def _is_past(self, mention: Mention) -> bool:
        before = folded(self.text[max(0, mention.start - _NEAR) : mention.start])
        clause = re.split(r"[.\n;]\s", before)[-1]
        # 'từng đảm nhiệm …, …, …' governs the whole clause; the other signs only what stands close to them.
        past = _PAST.search(clause) or _ONCE.search(clause)
        return past is not None and not _NOW.search(clause[past.start() + 8 :])

    def _contact_follows(self, mention: Mention) -> bool:
        reach = mention.end + 160
        others = self.starting((MentionKind.FACILITY,), mention.end, reach)
        return bool(self.starting(_CONTACTS, mention.end, others[0].start if others else reach))

    @cached_property
    def own(self) -> _Named | None:
        """The page's own facility, or ``None`` when no place stands out (a list of clinics, a news text)."""
        ranked = sorted((p for p in self.places if not p.past), key=lambda each: -each.weight)
        if not ranked:
            return None
        if len(ranked) == 1 or ranked[0].weight >= _CLEAR * ranked[1].weight:
            return ranked[0]
        return None

    @cached_property
    def _home(self) -> dict[tuple[int, int], _Named]:
        return {(spot.start, spot.end): place for place in self.places for spot in place.mentions}

    def place_of(self, person: _Named) -> _Named | None:
        """The facility that goes with a person: the nearest in the sentence or block, else the page's own."""
        best: tuple[int, _Named] | None = None
        for mention in person.mentions:
            # A place that holds the person ('Phòng khám BS …') starts before; names are shorter than the reach.
            for spot in self.starting((MentionKind.FACILITY,), mention.start - 2 * _NEAR, mention.end + _NEAR):
                distance = self._distance(mention, spot)
                if distance is None or self._only_listed(mention, spot) or _far_guest(self.text, mention, spot):
                    continue
                if not self._is_past(spot) and (best is None or distance < best[0]):
                    best = (distance, self._home[spot.start, spot.end])
        if best:
            return best[1]
        return None if all(_is_academic(mention) for mention in person.mentions) else self.own

    def _only_listed(self, mention: Mention, spot: Mention) -> bool:
        """Whether only commas and other places stand between them in a list of places: an item, not his clinic."""
        left, right = (mention, spot) if mention.start <= spot.start else (spot, mention)
        if right.start < left.end:
            return False
        between = self.text[left.end : right.start]
        for other in self.starting((MentionKind.FACILITY,), left.end, right.start):
            between = between.replace(other.text, "")
        start, end = self.sentence(mention)
        bare = re.sub(r"[\s,;.]|và", "", between)
        return not bare and "," in between and len(self.starting((MentionKind.FACILITY,), start, end)) >= 3

    def _distance(self, mention: Mention, spot: Mention) -> int | None:
        """How far apart two mentions are; ``None`` when too far or when another person stands between."""
        left, right = (mention, spot) if mention.start <= spot.start else (spot, mention)
        if right.start < left.end:
            return 0
        if right.start - left.end > _NEAR:
            return None
        between = self.text[left.end : right.start]
        if "\n\n" in between:
            return None
        for other in self.starting((MentionKind.PRACTITIONER,), left.end, right.start):
            if other.end <= right.start and not _same_person(other.value, mention.value):
                return None
        return len(between) + 120 * between.count("\n") + 60 * len(re.findall(r"[.!?]\s", between))

    def near(self, anchor: Mention, kinds: tuple[MentionKind, ...], barrier: MentionKind) -> list[Mention]:
        """Mentions of some kinds after ``anchor``, before the next one of the barrier kind; or just before it."""
        stop = anchor.end + _NEAR
        for other in self.starting((barrier,), anchor.end, stop):
            if not self._is_same(anchor, other):
                stop = other.start
                break
        after = self.starting(kinds, anchor.end, stop)
        if after:
            return after
        line = self.text.rfind("\n", max(0, anchor.start - _NEAR), anchor.start) + 1
        return [m for m in self.starting(kinds, max(line, anchor.start - _NEAR), anchor.start) if m.end <= anchor.start]

    def _is_same(self, one: Mention, other: Mention) -> bool:
        if one.kind is MentionKind.PRACTITIONER:
            return _same_person(one.value, other.value)
        return _same_place(_core(one.value), _core(other.value))

    def sentence(self, mention: Mention) -> tuple[int, int]:
        """Bounds of the sentence (or line) around a mention."""
        first, last = max(0, mention.start - _LONG), min(len(self.text), mention.end + _LONG)
        left = max(self.text.rfind("\n", first, mention.start), self.text.rfind(". ", first, mention.start), first - 1)
        ends = [
            at for at in (self.text.find("\n", mention.end, last), self.text.find(". ", mention.end, last)) if at >= 0
        ]
        return left + 1, min(ends, default=last)


def _personal(number: Mention) -> bool:
    return number.value.endswith(("CCHN", "GPHN"))


def _unique(mentions: Iterable[Mention], limit: int) -> list[Mention]:
    return list({mention.value: mention for mention in mentions}.values())[:limit]


def _speciality(page: _Page, named: _Named) -> str:
    for mention in named.mentions:
        _, end = page.sentence(mention)
        following = page.text[mention.end : min(end, mention.end + 160)]
        plain = folded(following)
        found = _SPECIALITY.search(plain)
        if found and len(plain) == len(following):
            return following[found.start("name") : found.end("name")]
    return ""


def _joined(name: str, speciality: str, lines: Sequence[str]) -> str:
    first = f"{name} - chuyên khoa {speciality}" if speciality else name
    return "\n".join([first, *(line for line in lines if line)])


def _person_passage(page: _Page, named: _Named, number: int, as_of: date | None) -> Passage:
    mention = named.fullest
    place = page.place_of(named)
    numbers: list[Mention] = []
    phones: list[Mention] = []
    addresses: list[Mention] = []
    for spot in named.mentions:
        numbers += [m for m in page.near(spot, (MentionKind.LICENCE_NO,), MentionKind.PRACTITIONER) if _personal(m)]
        phones += page.near(spot, (MentionKind.PHONE,), MentionKind.PRACTITIONER)
        addresses += page.near(spot, (MentionKind.ADDRESS,), MentionKind.PRACTITIONER)
    lines = [
        f"tại {place.fullest.text}" if place and not _covers(place.fullest, mention) else "",
        *(m.text for m in _unique(addresses, 1)),
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


def _within(page: _Page, bounds: tuple[int, int]) -> list[Mention]:
    return [t for t in page.starting((MentionKind.TECHNIQUE,), *bounds) if t.end <= bounds[1]]


def _place_passage(page: _Page, named: _Named, number: int, as_of: date | None) -> Passage:
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
        *(m.text for m in _unique(phones, 3)),
        *(f"GPHĐ số {m.text}" for m in _unique(numbers, 1)),
    ]
    main = [t for t in page.of(MentionKind.TECHNIQUE) if t.start < page.main_end]
    techniques = main if primary else [t for spot in named.mentions for t in _within(page, page.sentence(spot))]
    text = _joined(" ".join(mention.text.split()), "", [" ".join(line.split()) for line in lines])
    return _passage(f"f{number}", named, text, techniques, (primary, mention.text), as_of)


def _passage(
    ident: str, named: _Named, text: str, techniques: Sequence[Mention], owned: tuple[bool, str], as_of: date | None
) -> Passage:
    unique = _unique(sorted(techniques, key=lambda t: t.start), 50)
    mention = named.fullest
    query = Query(ident, mention.kind, text, as_of, tuple(t.value for t in unique))
    spans = tuple(sorted((m.start, m.end) for m in named.mentions))
    return Passage(query, mention, owned[0], tuple(unique), spans, owned[1])


def passages(
    text: str, mentions: Sequence[Mention], main_end: int | None = None, *, as_of: date | None = None
) -> list[Passage]:
    """One passage per distinct person and place, in order of first mention.

    ``mentions`` are those of ``find_mentions(text)``; ``main_end`` is where the footer begins; ``as_of`` is the day
    that the registry is asked about. ``passage.query.text`` joins the fullest mention with the speciality, clinic,
    address, phones and licence number that belong to it, one per line.
    """
    page = _Page(text, mentions, main_end)
    found = [_person_passage(page, named, at, as_of) for at, named in enumerate(page.people)]
    found += [_place_passage(page, named, at, as_of) for at, named in enumerate(page.places)]
    return sorted(found, key=lambda passage: (passage.mention.start, passage.query.id))


def advertiser_keys(text: str, mentions: Sequence[Mention], main_end: int | None = None) -> AdvertiserKeys:
    """The advertiser's own name, operating licences, phones and sites, for grouping advertisements into cases.

    Phones and licences that stand beside another place than the page's own are left out.
    """
    page = _Page(text, mentions, main_end)
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
        licence_nos=tuple(number for number in values(MentionKind.LICENCE_NO) if not number.endswith(("CCHN", "GPHN"))),
        phones=values(MentionKind.PHONE),
        sites=tuple(dict.fromkeys(url.split("/")[0] for url in values(MentionKind.URL))),
    )
