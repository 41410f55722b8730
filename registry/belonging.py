"""What belongs together on one page: which mentions are one person or place, whose page it is, and who works where.

A page mostly speaks of one place of its own, and names others on the way: where its doctors trained or used to work,
hospitals it compares itself with. Those are somebody's past and never taken as a doctor's clinic.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.lexicon import lexicon
from registry.types import Mention

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
#: A company's name before a kind: 'Công ty TNHH MTV Thẩm mỹ …' owns a place and is none itself.
_COMPANY = re.compile(
    r"(?:cong ty|cty|tap doan|tong cong ty)(?:[ .,]{1,2}(?:tnhh|trach nhiem huu han|cp|co phan|mtv|mot thanh vien|1tv|"
    r"1 thanh vien|tm|dv|tmdv|thuong mai|dich vu|dau tu|phat trien|y te|va|&|-)){0,8}[ .,]{0,2}$"
)
#: English words for the kind, which tell no place from another.
_KIND_WORDS = frozenset(
    {"institute", "center", "centre", "hospital", "medical", "regen", "care", "group", "international"}
)
#: After a second workplace: the doctor also sees patients at the page's own clinic.
_RESPONSIBLE = re.compile(r"(?:phu trach|chiu trach nhiem|trach nhiem)(?: chuyen mon)?(?: ky thuat)?[^.\n]{0,30}$")
_ALSO_HERE = re.compile(r"(?:ve|o|tai|den|cho)(?: chinh)? (?:phong kham|nha khoa|vien|day)(?! [a-z]+ khoa)")
_CONTACTS = (MentionKind.PHONE, MentionKind.ADDRESS, MentionKind.LICENCE_NO)
_HOSPITAL = re.compile(r"(?:benh vien|bv)")


@dataclass(slots=True)
class Named:
    """All mentions of one person or place."""

    mentions: list[Mention]
    past: bool = False
    weight: float = 0.0

    @property
    def fullest(self) -> Mention:
        """The mention that writes the name most fully; of a place, with its kind rather than with an English suffix."""
        return max(self.mentions, key=_fullness)


def _fullness(mention: Mention) -> tuple[int, bool, int, int]:
    words = _core(mention.value) if mention.kind is MentionKind.FACILITY else mention.value.split()
    return len(words), len(mention.value) < len(mention.text), len(mention.text), -mention.start


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
    words = tuple(re.findall(r"[a-z0-9]+", plain))
    named = words if all(word in _KIND_WORDS for word in words) else tuple(w for w in words if w not in _KIND_WORDS)
    return named or tuple(re.findall(r"[a-z0-9]+", folded(value)))


@lru_cache(maxsize=65_536)
def _same_person(one: str, other: str) -> bool:
    short, long = sorted((folded(one).split(), folded(other).split()), key=len)
    return short == long[-len(short) :] or (len(short) >= 3 and set(short) <= set(long))


def _same_place(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 2 and long[: len(short)] == short


class Page:
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
    def people(self) -> list[Named]:
        """Everybody named, once; a short name joins the fullest that ends with it."""
        named: list[Named] = []
        ordered = sorted(self.of(MentionKind.PRACTITIONER), key=lambda m: (-len(m.value.split()), m.start))
        for mention in ordered:
            home = next((n for n in named if _same_person(n.fullest.value, mention.value)), None)
            if home is None:
                named.append(Named([mention]))
            else:
                home.mentions.append(mention)
        return sorted(named, key=lambda each: min(m.start for m in each.mentions))

    @cached_property
    def places(self) -> list[Named]:
        """Every facility named, once, weighed as the page's own."""
        named: list[Named] = []
        for mention in sorted(self._facilities(), key=lambda m: (-len(_core(m.value)), m.start)):
            core = _core(mention.value)
            home = next((n for n in named if _same_place(_core(n.fullest.value), core)), None)
            if home is None:
                named.append(Named([mention]))
            else:
                home.mentions.append(mention)
        for each in named:
            self._weigh(each)
        return sorted(named, key=lambda each: min(m.start for m in each.mentions))

    def _facilities(self) -> list[Mention]:
        """The facilities named; companies only where nothing else is."""
        found = self.of(MentionKind.FACILITY)
        return [mention for mention in found if not self._is_company(mention)] or found

    def _is_company(self, mention: Mention) -> bool:
        return _COMPANY.search(folded(self.text[max(0, mention.start - 80) : mention.start])) is not None

    def _weigh(self, named: Named) -> None:
        present = [m for m in named.mentions if not self._is_past(m)]
        named.past = not present
        weight = 0.0
        for mention in present:
            weight += 1.0
            if mention.start >= self.main_end:
                weight += 4.0
            contacts = self._contacts_after(mention)
            if contacts:
                weight += 1.0
            if any(m.value.endswith("GPHĐ") for m in contacts):
                weight += 3.0  # the licence to operate stands beside the name of the place it was given to
        if _HOSPITAL.match(folded(named.fullest.text)) and weight < 6:
            weight /= 2  # hospitals are named as references more often than they advertise
        named.weight = weight

    def _is_past(self, mention: Mention) -> bool:
        before = folded(self.text[max(0, mention.start - _NEAR) : mention.start])
        clause = re.split(r"[.\n;]\s", before)[-1]
        # 'từng đảm nhiệm …, …, …' governs the whole clause; the other signs only what stands close to them.
        past = _PAST.search(clause) or _ONCE.search(clause)
        return past is not None and not _NOW.search(clause[past.start() + 8 :])

    def _contacts_after(self, mention: Mention) -> list[Mention]:
        reach = mention.end + 160
        others = [
            other
            for other in self.starting((MentionKind.FACILITY,), mention.end, reach)
            if not self._is_same(mention, other) and not self._is_company(other)
        ]
        return self.starting(_CONTACTS, mention.end, others[0].start if others else reach)

    @cached_property
    def own(self) -> Named | None:
        """The page's own facility, or ``None`` when no place stands out (a list of clinics, a news text)."""
        ranked = sorted((p for p in self.places if not p.past), key=lambda each: -each.weight)
        if not ranked:
            return None
        if len(ranked) == 1 or ranked[0].weight >= _CLEAR * ranked[1].weight:
            return ranked[0]
        return None

    @cached_property
    def _home(self) -> dict[tuple[int, int], Named]:
        return {(spot.start, spot.end): place for place in self.places for spot in place.mentions}

    def place_of(self, person: Named) -> Named | None:
        """The facility that goes with a person: the nearest in the sentence or block, else the page's own."""
        if self.own and any(self._answers_for_page(mention) for mention in person.mentions):
            return self.own
        best: tuple[int, Named] | None = None
        for mention in person.mentions:
            # A place that holds the person ('Phòng khám BS …') starts before; names are shorter than the reach.
            for spot in self.starting((MentionKind.FACILITY,), mention.start - 2 * _NEAR, mention.end + _NEAR):
                distance, place = self._distance(mention, spot), self._home.get((spot.start, spot.end))
                if distance is None or place is None or self._somebody_elses(mention, spot):
                    continue
                if self._only_listed(mention, spot) or _far_guest(self.text, mention, spot):
                    continue
                if not self._is_past(spot) and (best is None or distance < best[0]):
                    best = (distance, self.own if self.own and self._also_here(spot) else place)
        if best:
            return best[1]
        return None if all(_is_academic(mention) for mention in person.mentions) else self.own

    def _answers_for_page(self, mention: Mention) -> bool:
        """Whether the page gives somebody as responsible for its own place, in the footer or by the word."""
        if mention.start >= self.main_end:
            return self.own is not None and any(spot.start >= self.main_end for spot in self.own.mentions)
        return _RESPONSIBLE.search(folded(self.text[max(0, mention.start - 60) : mention.start])) is not None

    def _somebody_elses(self, mention: Mention, spot: Mention) -> bool:
        """Whether a place before somebody follows another person on its line: that person's workplace."""
        if spot.end > mention.start:
            return False
        line = self.text.rfind("\n", max(0, spot.start - _NEAR), spot.start) + 1
        before = self.starting((MentionKind.PRACTITIONER,), max(line, spot.start - _NEAR), spot.start)
        return any(not _same_person(other.value, mention.value) for other in before)

    def _also_here(self, spot: Mention) -> bool:
        """'Ban ngày làm ở Bệnh viện …, chiều tối về phòng khám': the second place is this page's own."""
        _, end = self.sentence(spot)
        return _ALSO_HERE.search(folded(self.text[spot.end : min(end, spot.end + 120)])) is not None

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
            if self._parts(anchor, other):
                stop = other.start
                break
        after = self.starting(kinds, anchor.end, stop)
        if after:
            return after
        line = self.text.rfind("\n", max(0, anchor.start - _NEAR), anchor.start) + 1
        if any(
            self._parts(anchor, o) for o in self.starting((barrier,), max(line, anchor.start - _NEAR), anchor.start)
        ):
            return []  # what stands between two names of one line belongs to the first
        return [m for m in self.starting(kinds, max(line, anchor.start - _NEAR), anchor.start) if m.end <= anchor.start]

    def following(self, anchor: Mention, barrier: MentionKind) -> str:
        """The text after a mention, up to the next one of the barrier kind or the end of its reach."""
        stop = anchor.end + _NEAR
        for other in self.starting((barrier,), anchor.end, stop):
            if self._parts(anchor, other):
                stop = other.start
                break
        return self.text[anchor.end : stop]

    def _parts(self, anchor: Mention, other: Mention) -> bool:
        """Whether another name ends what belongs to the anchor; the company that owns a place does not."""
        owner = other.kind is MentionKind.FACILITY and self._is_company(other)
        return not owner and not self._is_same(anchor, other)

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
