"""Finds the places of the registry that a passage may name, with the features that speak for and against each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Any

import numpy as np

from registry import compare
from registry.brands import brands_of, kind_of
from registry.channel import EDIT2, SAME, Vocabulary
from registry.index import PlaceIndex, site_key
from registry.names import Fit, align
from registry.passage import Licence, Passage, clean, plain
from registry.scored import Scored

#: Brands laid beside the ad's name word by word, after a quick count of common words.
_ALIGNED = 40
#: How far (in summed rarity) behind the best brand others are still laid beside the ad's name. Of train.jsonl's places
#: in the registry 2 % were more than 2.7 behind it and none more than 4.6, 2026-11.
_BEHIND = 4.0
#: Log-odds behind the name that fits best at which nothing around a name makes up for it. Of the places meant in a
#: 2.5 times as damaged dev.jsonl 1 % were more than 5.2 behind and none more than 11.9, 2026-11.
_HOPELESS = 10.0
_VALUES = (1.0, 0.9, 0.8, 0.75, 0.7, 0.4, 0.3)
_NO_FIT = Fit((), (), (), False, 9.0)


@dataclass(slots=True)
class PlaceQuestion:
    """What a passage says of a place, ready to be compared."""

    words: tuple[tuple[str, str], ...]
    owner: tuple[tuple[str, str], ...]
    kind: int
    passage: Passage
    phone_places: frozenset[int]
    site_place: int
    site_named: frozenset[int]
    licence_places: frozenset[int]


class PlaceSeeker:
    """Candidates among the facilities, scored by summed weights."""

    def __init__(self, index: PlaceIndex, weights: dict[str, float]) -> None:
        self.index = index
        self.weights = weights
        count = max(len(index.brands), 1)
        self._rarity = [log(1 + count / (1 + len(posting))) for posting in index.by_token]
        #: Half of each brand's own rarity: what a brand has beyond the ad's words counts against it.
        self._whole = np.array([0.5 * self._weight_of(brand) for brand in index.brands])
        self.fits = lru_cache(maxsize=4096)(self._fits)

    def _weight_of(self, brand: Sequence[int]) -> float:
        """The summed rarity of a brand's words; ads leave out the decorations behind it."""
        tokens = self.index.vocabulary.tokens
        return sum(
            [self._rarity[t] * (0.5 if i and tokens[t] in compare.TAIL_WORDS else 1.0) for i, t in enumerate(brand)]
        )

    def _fits(self, words: tuple[tuple[str, str], ...]) -> dict[int, Fit]:
        """Brands that share words with ``words``, each with its alignment, the best ones only."""
        vocabulary, postings = self.index.vocabulary, self.index.by_token
        alternatives = [vocabulary.alternatives(token) for _, token in words]
        worth: dict[int, float] = {}
        for known in alternatives:
            sure = any(level == SAME for level in known.values())
            for token, level in known.items():
                if level < EDIT2 or not sure:
                    worth[token] = max(worth.get(token, 0.0), _VALUES[level] * self._rarity[token])
        found = np.zeros(len(self.index.brands))
        for token, value in worth.items():
            found[postings[token]] += value
            if again := self.index.repeated.get(token):
                found[again] += value
        some = np.flatnonzero(found)
        gain = found[some] - self._whole[some]
        if len(some) > 1:
            best = np.argpartition(-gain, min(_ALIGNED, len(some)) - 1)[:_ALIGNED]
            some = some[best[gain[best] > gain.max() - _BEHIND]]
        brands = self.index.brands
        return {brand: align(alternatives, brands[brand]) for brand in some.tolist()}

    def workplace_levels(self, clinic: str) -> dict[int, str]:
        """Return the places that a clinic's name in an ad may mean, each with how well it fits."""
        levels: dict[int, str] = {}
        for words in map(self.divide, brands_of(clinic)[:2]):
            for brand, fit in self.fits(words).items():
                level = self._level(words, brand, fit)
                if level:
                    for place in self.index.brand_places[brand]:
                        if _BETTER[level] > _BETTER.get(levels.get(place, ""), 0):
                            levels[place] = level
        return levels

    def _level(self, words: Sequence[tuple[str, str]], brand: int, fit: Fit) -> str:
        """How a clinic's name fits one brand: a key of ``_BETTER``, '' for not at all."""
        if not fit.pairs:
            return ""
        if not fit.extra and not fit.missing:
            return "same" if fit.cost == 0 else "near" if fit.cost < 2.0 else "far"
        tokens, held = self.index.vocabulary.tokens, self.index.brands[brand]
        left = [words[i][1] for i in fit.extra] + [tokens[held[j]] for j in fit.missing]
        if all(token in compare.TAIL_WORDS for token in left) and all(level == SAME for _, _, level in fit.pairs):
            return "tail"
        if len(fit.pairs) > 1 and len(fit.pairs) >= len(left) and fit.cost < 3.2:
            return "part"
        return "far" if len(fit.pairs) > len(left) else ""

    def divide(self, words: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Cut glued words ('kieutam') into words of the registry's brands."""
        return divide(words, self.index.vocabulary)

    def ask(self, passage: Passage) -> PlaceQuestion:
        """Prepare the comparison of a facility's passage."""
        index = self.index
        brands = [self.divide(brand) for brand in brands_of(passage.name)]
        phones = frozenset(index.by_phone[phone] for phone in passage.phones if phone in index.by_phone)
        held = index.by_licence.get(passage.licence.digits, []) if passage.licence else []
        return PlaceQuestion(
            brands[0] if brands else (),
            brands[1] if len(brands) > 1 else (),
            kind_of(plain(clean(passage.name))),
            passage,
            phones,
            index.by_site.get(site_key(passage.site), -1) if passage.site else -1,
            frozenset(index.by_glued.get(site_key(passage.site).split(".")[0], ())) if passage.site else frozenset(),
            frozenset(held),
        )

    def candidates(self, asked: PlaceQuestion) -> Scored:
        """Return places with their scores."""
        fits = self.fits(asked.words) if asked.words else {}
        owners = self.fits(asked.owner) if asked.owner else {}
        places = {place for brand in fits for place in self.index.brand_places[brand]}
        places |= (
            asked.phone_places
            | asked.licence_places
            | asked.site_named
            | ({asked.site_place} if asked.site_place >= 0 else set())
        )
        known = sorted(place for place in places if self.index.records[place] is not None)
        named = self._named(asked)
        around = _Around(self, asked)
        found = [(place, best := self._best(asked, place, fits), named(best)) for place in known]
        least = max((score for _, _, score in found), default=0.0) - _HOPELESS
        special = asked.phone_places | asked.licence_places | asked.site_named | {asked.site_place}
        found = [each for each in found if each[2] >= least or each[0] in special]
        scores = [
            score
            + around.score(place)
            + sum([self.weights.get(key, 0.0) for key in self._rest(asked, place, best, owners)])
            for place, best, score in found
        ]
        known = [place for place, _, _ in found]
        return Scored(np.array(known, np.int64), np.array(scores, np.float32))

    def _named(self, asked: PlaceQuestion) -> Callable[[tuple[int, Fit]], float]:
        """How a brand's name agrees with the ad's, weighed once a brand."""
        weight, scores = self.weights.get, dict[int, float]()

        def score(best: tuple[int, Fit]) -> float:
            brand, fit = best
            value = scores.get(brand)
            if value is None:
                keys = self._brand_keys(asked.words, brand, fit)
                value = scores[brand] = sum([weight(key, 0.0) for key in keys])
            return value

        return score

    def _rest(self, asked: PlaceQuestion, place: int, best: tuple[int, Fit], owners: dict[int, Fit]) -> list[str]:
        """The keys that speak of a place and its brand together."""
        brand, fit = best
        keys = [f"brand_of.{compare.brand_of('own' if brand in self.index.own_brands[place] else 'owner')}"]
        if compare.other_kind(asked.kind, self.index.kinds[place]) == "contradict":
            keys.append("other_kind.contradict")
        if asked.owner:
            keys.append(self._owner_key(asked, place, owners))
        if place in asked.licence_places:
            said = compare.licence(asked.passage.licence, self.index.licences[place], held=True)
            keys += compare.licence_name_key(f"licence.{said}", fit, asked.words, self.index.vocabulary)
        return keys

    def word_counts(self, asked: PlaceQuestion) -> list[int]:
        """How many brands of the registry hold each word of the ad's name."""
        ids, postings = self.index.vocabulary.ids, self.index.by_token
        return [len(postings[ids[token]]) if token in ids else 0 for _, token in asked.words]

    def fit_of(self, asked: PlaceQuestion, place: int) -> tuple[int, Fit]:
        """Return the brand of ``place`` that fits the ad's name best, and the alignment."""
        fits = self.fits(asked.words) if asked.words else {}
        return self._best(asked, place, fits)

    def _best(self, asked: PlaceQuestion, place: int, fits: dict[int, Fit]) -> tuple[int, Fit]:
        brands = self.index.place_brands[place]
        known = [(fits[brand].cost, brand) for brand in brands if brand in fits]
        if known:
            brand = min(known)[1]
            return brand, fits[brand]
        if not brands or not asked.words:
            return -1, _NO_FIT
        alternatives = [self.index.vocabulary.alternatives(token) for _, token in asked.words]
        return min(
            ((b, align(alternatives, self.index.brands[b])) for b in brands),
            key=lambda pair: pair[1].cost,
        )

    def keys_of(self, asked: PlaceQuestion, place: int) -> list[str]:
        """Return the weight keys of one candidate."""
        fits = self.fits(asked.words) if asked.words else {}
        return self.keys(asked, place, fits, self.fits(asked.owner) if asked.owner else {})

    def keys(self, asked: PlaceQuestion, place: int, fits: dict[int, Fit], owners: dict[int, Fit]) -> list[str]:
        """Return the weight keys of one candidate."""
        best = self._best(asked, place, fits)
        keys = self._brand_keys(asked.words, *best)
        return keys + self._rest(asked, place, best, owners) + _Around(self, asked).keys(place)

    def _owner_key(self, asked: PlaceQuestion, place: int, owners: dict[int, Fit]) -> str:
        levels = [self._level(asked.owner, b, owners[b]) for b in self.index.place_brands[place] if b in owners]
        best = max(levels, key=lambda level: _BETTER.get(level, 0), default="")
        return f"owner.{compare.owner(best or 'other')}"

    def _brand_keys(self, words: Sequence[tuple[str, str]], brand: int, fit: Fit) -> list[str]:
        if brand < 0:
            return ["brand.none"]
        return compare.brand_keys(
            fit, words, self.index.brands[brand], self.index.accented[brand], self.index.vocabulary
        )


class _Around:
    """What the ad says around a place's name; each distinct value of the registry is compared once a question."""

    def __init__(self, seeker: PlaceSeeker, asked: PlaceQuestion) -> None:
        self.index, self.asked, self.weights = seeker.index, asked, seeker.weights
        self._known: dict[object, float] = {}

    def score(self, place: int) -> float:
        """Return the summed weights of ``keys``."""
        index, asked = self.index, self.asked
        passage = asked.passage
        total = self._of(self._kind, index.kinds[place]) + self._of(self._speciality, index.scopes[place])
        total += self._of(self._district, index.districts[place]) + self._of(self._ward, index.wards[place])
        total += self._of(self._phone, place in asked.phone_places) + self._of(self._site, self._whose_site(place))
        total += self._of(self._licence, index.licences[place] if passage.licence else None)
        return total + self._of(self._address, index.houses[place] if passage.street else ("", ""))

    def keys(self, place: int) -> list[str]:
        """Return the weight keys of what stands around the name."""
        index, asked = self.index, self.asked
        return [
            self._kind(index.kinds[place]),
            self._speciality(index.scopes[place]),
            self._district(index.districts[place]),
            self._ward(index.wards[place]),
            self._phone(place in asked.phone_places),
            self._site(self._whose_site(place)),
            self._licence(index.licences[place]),
            self._address(index.houses[place]),
        ]

    def _of(self, said: Callable[[Any], str], value: object) -> float:
        key = (said.__name__, value)
        weight = self._known.get(key)
        if weight is None:
            weight = self._known[key] = self.weights.get(said(value), 0.0)
        return weight

    def _kind(self, kind: int) -> str:
        return f"place_kind.{compare.place_kind(self.asked.kind, kind)}"

    def _speciality(self, scope: int) -> str:
        passage = self.asked.passage
        return f"speciality.{compare.speciality(passage.named, passage.touched, passage.wider, scope)}"

    def _district(self, district: str) -> str:
        return f"area_district.{_area(self.asked.passage.district, district)}"

    def _ward(self, ward: str) -> str:
        return f"area_ward.{_area(self.asked.passage.ward, ward)}"

    def _phone(self, own: bool) -> str:
        return f"phone.{compare.phone(own, bool(self.asked.phone_places), bool(self.asked.passage.phones))}"

    def _whose_site(self, place: int) -> tuple[bool, bool]:
        """Whether the stated site is the place's own, and whether it spells the place's trade name."""
        if not self.asked.passage.site:
            return False, False
        return place == self.asked.site_place, place in self.asked.site_named

    def _site(self, whose: tuple[bool, bool]) -> str:
        own, named = whose
        return f"site.{compare.site(own, self.asked.site_place >= 0, bool(self.asked.passage.site), named)}"

    def _licence(self, held: Licence | None) -> str:
        return f"licence.{compare.licence(self.asked.passage.licence, held, bool(self.asked.licence_places))}"

    def _address(self, registered: tuple[str, str]) -> str:
        passage = self.asked.passage
        return f"address.{compare.address((passage.house, passage.street), registered)}"


def _area(stated: str, registered: str) -> str:
    if not stated:
        return compare.SILENT
    if not registered:
        return "unstated"
    return "agree" if stated == registered else "contradict"


#: How well a clinic's name fits a brand, best first: the same, the same but for decorations, damaged, partly, hardly.
_BETTER = {"same": 5, "tail": 4, "near": 3, "part": 2, "far": 1}


def divide(words: tuple[tuple[str, str], ...], vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Cut words that are no word of the registry into the words of it that they glue together.

    A short word is cut only where it cannot be read as a damaged word of the registry.
    """
    known, split = vocabulary.ids, vocabulary.split

    def unread(token: str) -> bool:
        return len(token) > 6 or not vocabulary.alternatives(token)

    parts: list[tuple[str, str]] = []
    for word, token in words:
        pieces = split(token) if len(token) > 4 and token not in known and unread(token) else [token]
        if len(pieces) < 2 or len(word) != len(token) or sum(piece not in known for piece in pieces) > 1:
            parts.append((word, token))
            continue
        at = 0
        for piece in pieces:
            parts.append((word[at : at + len(piece)], piece))
            at += len(piece)
    return tuple(parts[:8])
