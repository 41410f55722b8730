"""Finds the places of the registry that a passage may name, with the features that speak for and against each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from math import log

from registry import compare
from registry.brands import brands_of, kind_of
from registry.channel import EDIT2, SAME
from registry.index import PlaceIndex, site_key
from registry.names import Fit, align
from registry.passage import Passage, clean, plain

#: Brands laid beside the ad's name word by word, after a quick count of common words.
_ALIGNED = 30
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
    licence_places: frozenset[int]


class PlaceSeeker:
    """Candidates among the facilities, scored by summed weights."""

    def __init__(self, index: PlaceIndex, weights: dict[str, float]) -> None:
        self.index = index
        self.weights = weights
        count = max(len(index.brands), 1)
        self._rarity = [log(1 + count / (1 + len(posting))) for posting in index.by_token]
        #: Half of each brand's own rarity: what a brand lacks of the ad's words counts against it.
        self._whole = [0.5 * sum([self._rarity[token] for token in brand]) for brand in index.brands]
        self._repeated = {
            number: [token for i, token in enumerate(brand) if token in brand[:i]]
            for number, brand in enumerate(index.brands)
            if len(set(brand)) < len(brand)
        }
        self.fits = lru_cache(maxsize=4096)(self._fits)

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
        found: dict[int, float] = {}
        for token, value in worth.items():
            for brand in postings[token]:
                found[brand] = found.get(brand, 0.0) + value
        for brand, again in self._repeated.items():
            if brand in found:
                found[brand] += sum([worth.get(token, 0.0) for token in again])
        brands, whole = self.index.brands, self._whole
        scored = [(value - whole[brand], brand) for brand, value in found.items()]
        best = nlargest(_ALIGNED, scored)
        return {brand: align(alternatives, brands[brand], -1, turn=False) for _, brand in best}

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
        return divide(words, self.index.vocabulary.ids, self.index.vocabulary.split)

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
            frozenset(held),
        )

    def candidates(self, asked: PlaceQuestion) -> dict[int, float]:
        """Return places with their scores."""
        fits = self.fits(asked.words) if asked.words else {}
        owners = self.fits(asked.owner) if asked.owner else {}
        places = {place for brand in fits for place in self.index.brand_places[brand]}
        places |= asked.phone_places | asked.licence_places | ({asked.site_place} if asked.site_place >= 0 else set())
        known = len(self.index.houses)
        weights = self.weights
        return {
            place: sum(weights.get(key, 0.0) for key in self.keys(asked, place, fits, owners))
            for place in places
            if place < known and self.index.records[place] is not None
        }

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
            ((b, align(alternatives, self.index.brands[b], -1, turn=False)) for b in brands),
            key=lambda pair: pair[1].cost,
        )

    def keys_of(self, asked: PlaceQuestion, place: int) -> list[str]:
        """Return the weight keys of one candidate."""
        fits = self.fits(asked.words) if asked.words else {}
        return self.keys(asked, place, fits, self.fits(asked.owner) if asked.owner else {})

    def keys(self, asked: PlaceQuestion, place: int, fits: dict[int, Fit], owners: dict[int, Fit]) -> list[str]:
        """Return the weight keys of one candidate."""
        index, passage = self.index, asked.passage
        brand, fit = self._best(asked, place, fits)
        keys = self._brand_keys(asked.words, brand, fit) if brand >= 0 else ["brand.none"]
        keys.append(f"place_kind.{compare.place_kind(asked.kind, index.kinds[place])}")
        if asked.owner:
            level = max(
                (self._level(asked.owner, b, owners[b]) for b in index.place_brands[place] if b in owners),
                key=lambda v: _BETTER.get(v, 0),
                default="",
            )
            keys.append(f"owner.{compare.owner(level or 'other')}")
        keys.append(
            f"speciality.{compare.speciality(passage.named, passage.touched, passage.wider, index.scopes[place])}"
        )
        keys.append(f"area_district.{_area(passage.district, index.districts[place])}")
        keys.append(f"area_ward.{_area(passage.ward, index.wards[place])}")
        keys.append(
            f"phone.{compare.phone(place in asked.phone_places, bool(asked.phone_places), bool(passage.phones))}"
        )
        keys.append(f"site.{compare.site(place == asked.site_place, asked.site_place >= 0, bool(passage.site))}")
        keys.append(f"licence.{compare.licence(passage.licence, index.licences[place], bool(asked.licence_places))}")
        keys.append(f"address.{compare.address((passage.house, passage.street), index.houses[place])}")
        return keys

    def _brand_keys(self, words: Sequence[tuple[str, str]], brand: int, fit: Fit) -> list[str]:
        return compare.brand_keys(
            fit, words, self.index.brands[brand], self.index.accented[brand], self.index.vocabulary
        )


def _area(stated: str, registered: str) -> str:
    if not stated:
        return compare.SILENT
    if not registered:
        return "unstated"
    return "agree" if stated == registered else "contradict"


#: How well a clinic's name fits a brand, best first: the same, the same but for decorations, damaged, partly, hardly.
_BETTER = {"same": 5, "tail": 4, "near": 3, "part": 2, "far": 1}


def divide(words: tuple[tuple[str, str], ...], known: dict[str, int], split: object) -> tuple[tuple[str, str], ...]:
    """Cut long words that are no word of the registry into the words of it that they glue together."""
    if not callable(split):
        raise TypeError("split must be a function")
    parts: list[tuple[str, str]] = []
    for word, token in words:
        pieces = split(token) if len(token) > 6 and token not in known else [token]
        if len(pieces) < 2 or len(word) != len(token) or sum(piece not in known for piece in pieces) > 1:
            parts.append((word, token))
            continue
        at = 0
        for piece in pieces:
            parts.append((word[at : at + len(piece)], piece))
            at += len(piece)
    return tuple(parts[:8])
