"""Finds the practitioners that a passage may name, with the features that speak for and against each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import product

from registry import compare
from registry.channel import EDIT, SAME
from registry.index import PeopleIndex, registry_licence
from registry.names import Fit, add_initials, align
from registry.passage import Passage
from registry.seek_places import PlaceSeeker, divide

#: Words of the registry tried for one word of the ad when looking names up, and names laid beside it afterwards.
_TRIED = {2: 12, 3: 7, 4: 4, 5: 3}
_ALIGNED = 120
#: Log-odds above 'nobody' at which an undamaged reading of the name is believed without trying damaged ones.
_ENOUGH = 5.0
_VALUES = (1.0, 0.85, 0.7, 0.65, 0.6, 0.3, 0.5)


@dataclass(slots=True)
class PersonQuestion:
    """What a passage says of a person, ready to be compared."""

    passage: Passage
    words: tuple[tuple[str, str], ...]
    alternatives: list[dict[int, int]]
    district: int
    ward: int
    clinic: dict[int, str] | None
    phone_places: frozenset[int]
    holders: frozenset[int]
    fits: dict[int, Fit] = field(default_factory=dict)


class PeopleSeeker:
    """Candidates among the practitioners, scored by summed weights."""

    def __init__(self, index: PeopleIndex, places: PlaceSeeker, weights: dict[str, float]) -> None:
        self.index = index
        self.places = places
        self.weights = weights
        self._thi = index.vocabulary.ids.get("thi", -1)

    def ask(self, passage: Passage) -> PersonQuestion:
        """Prepare the comparison of a practitioner's passage."""
        index, vocabulary = self.index, self.index.vocabulary
        words = divide(tuple(passage.tokens[:6]), vocabulary.ids, vocabulary.split)[:6]
        by_phone = self.places.index.by_phone
        return PersonQuestion(
            passage,
            words,
            [vocabulary.alternatives(token) for _, token in words],
            index.area(passage.district, known_only=True) if passage.district else 0,
            index.area(passage.ward, known_only=True) if passage.ward else 0,
            self.places.workplace_levels(passage.clinic) if passage.clinic else None,
            frozenset(by_phone[phone] for phone in passage.phones if phone in by_phone),
            frozenset(index.with_licence(passage.licence.digits))
            if passage.licence and not passage.licence.hidden
            else frozenset(),
        )

    # --- candidates --------------------------------------------------------------------------------------------

    def _groups(self, asked: PersonQuestion, *, damaged: bool) -> set[int]:
        """Names that share enough words with the ad's name; only undamaged words count unless ``damaged``."""
        words = len(asked.words)
        found: set[int] = set()
        if not words:
            return found
        ranked = [
            sorted((t for t in known if damaged or known[t] == SAME), key=known.__getitem__)
            for known in asked.alternatives
        ]
        solid = [i for i in range(words) if len(asked.words[i][1]) > 1]
        if len(solid) >= 2:
            found.update(self._by_subsets(ranked, solid, words, damaged))
        if len(solid) <= 1 or (words == 2 and self._nickname(asked)):
            found.update(self._by_given(asked, solid, damaged))
        return found

    def _by_subsets(
        self, ranked: Sequence[Sequence[int]], solid: Sequence[int], words: int, damaged: bool
    ) -> Iterator[int]:
        size = min(len(solid), 4)
        tried = [list(ranked[i][: _TRIED.get(size, 3)]) for i in solid]
        find = self.index.subsets.find
        longer = range(max(words, 2), 7 if words == 2 else words + 2)
        if len(solid) <= 3:
            for part in product(*tried):
                for length in longer:
                    yield from find(part, length)
        if len(solid) == 2:
            return
        width = 2 if len(solid) == 3 else 3
        for left_out in range(len(solid)):
            kept = tried[:left_out] + tried[left_out + 1 :]
            if not damaged and len(solid) == 3:
                break
            for part in product(*kept[:width]):
                yield from find(part, words)
                if len(kept) > width or damaged:
                    yield from find(part, words - 1)

    def _nickname(self, asked: PersonQuestion) -> bool:
        """Two words of which the first is hardly a Vietnamese name: 'Dr. Kevin Hoàng'."""
        return min(asked.alternatives[0].values(), default=9) > SAME

    def _by_given(self, asked: PersonQuestion, solid: Sequence[int], damaged: bool) -> Iterator[int]:
        if not solid:
            return
        names = self.index.names
        for token, level in asked.alternatives[solid[-1]].items():
            if level == SAME or (damaged and level <= EDIT):
                for group in self.index.by_token[token]:
                    if names[group][-1] == token:
                        yield group

    def _fit(self, asked: PersonQuestion, group: int) -> Fit:
        fit = asked.fits.get(group)
        if fit is None:
            name = self.index.names[group]
            known = add_initials(asked.alternatives, [token for _, token in asked.words], self.index.vocabulary, name)
            fit = asked.fits[group] = _direct(known, name, self._thi) or align(known, name, self._thi)
        return fit

    def candidates(self, asked: PersonQuestion, nobody: float = 0.0) -> dict[int, float]:
        """Return records with their scores. ``nobody`` is the score of the answer that nobody is meant.

        Damaged readings of the name are tried only where no undamaged one stands well above ``nobody``.
        """
        context = _Context(self, asked)
        groups = self._groups(asked, damaged=False) | {self.index.group[holder] for holder in asked.holders}
        scores = self._scores(asked, groups, context)
        if max(scores.values(), default=-9.0) < nobody + _ENOUGH:
            more = self._groups(asked, damaged=True) - groups
            scores |= self._scores(asked, self._closest(asked, more), context)
        return scores

    def _closest(self, asked: PersonQuestion, groups: set[int]) -> Collection[int]:
        most = _ALIGNED if len(asked.words) > 2 else 12 * _ALIGNED
        if len(groups) <= most:
            return groups
        values: dict[int, float] = {}
        for known in asked.alternatives:
            for token, level in known.items():
                values[token] = max(values.get(token, 0.0), _VALUES[level])
        value, names = values.get, self.index.names
        worth = ((sum(value(t, 0.0) for t in names[g]) - 0.1 * len(names[g]), g) for g in groups)
        return [group for _, group in nlargest(most, worth)]

    def _scores(self, asked: PersonQuestion, groups: Collection[int], context: "_Context") -> dict[int, float]:
        index, weights = self.index, self.weights
        scores: dict[int, float] = {}
        for group in groups:
            fit = self._fit(asked, group)
            by_spelling: dict[int, float] = {}
            for record in index.members[group]:
                spelling = index.spelling[record]
                score = by_spelling.get(spelling)
                if score is None:
                    keys = self._name_keys(asked, fit, group, spelling)
                    score = by_spelling[spelling] = sum(weights.get(key, 0.0) for key in keys)
                scores[record] = score + context.score(record)
        return scores

    # --- features ----------------------------------------------------------------------------------------------

    def _name_keys(self, asked: PersonQuestion, fit: Fit, group: int, spelling: int) -> list[str]:
        return compare.name_keys(
            fit, asked.words, self.index.names[group], self.index.accented[spelling], self.index.vocabulary
        )

    def fit_of(self, asked: PersonQuestion, record: int) -> Fit:
        """Return the alignment of the ad's name with the record's."""
        return self._fit(asked, self.index.group[record])

    def keys(self, asked: PersonQuestion, record: int) -> list[str]:
        """Return the weight keys of one candidate."""
        group = self.index.group[record]
        context = _Context(self, asked)
        return self._name_keys(asked, self._fit(asked, group), group, self.index.spelling[record]) + context.keys(
            record
        )


class _Context:
    """Scores what stands around the name; each distinct value is compared once a query."""

    def __init__(self, seeker: PeopleSeeker, asked: PersonQuestion) -> None:
        self.index, self.asked, self.weights = seeker.index, asked, seeker.weights
        self._memo: dict[tuple[str, int], float] = {}
        self._licence_default = self._weight(f"licence.{self._licence_level(-1)}")

    def _weight(self, key: str) -> float:
        return self.weights.get(key, 0.0)

    def keys(self, record: int) -> list[str]:
        index, passage = self.index, self.asked.passage
        return [
            f"speciality.{compare.speciality(passage.named, passage.touched, index.scopes[record])}",
            f"profession.{compare.profession(passage.profession, index.professions[record])}",
            f"degree.{compare.degree(passage.degree, index.degrees[record])}",
            f"area_district.{compare.area(self.asked.district, index.districts[record])}",
            f"area_ward.{compare.area(self.asked.ward, index.wards[record])}",
            f"workplace.{self._workplace(record)}",
            f"phone.{self._phone(record)}",
            f"licence.{self._licence_level(record)}",
        ]

    def score(self, record: int) -> float:
        index, memo = self.index, self._memo
        total = 0.0
        for name, value, key in (
            ("s", index.scopes[record], self._speciality),
            ("p", index.professions[record] * 16 + index.degrees[record], self._titles),
            ("d", index.districts[record], self._district),
            ("w", index.wards[record], self._ward),
        ):
            known = memo.get((name, value))
            if known is None:
                known = memo[name, value] = key(value)
            total += known
        total += self._place_score(record)
        if self.asked.passage.licence is None:
            return total + self._licence_default
        if self.asked.passage.licence.hidden or record in self.asked.holders:
            return total + self._weight(f"licence.{self._licence_level(record)}")
        return total + self._licence_default

    def _speciality(self, scope: int) -> float:
        passage = self.asked.passage
        return self._weight(f"speciality.{compare.speciality(passage.named, passage.touched, scope)}")

    def _titles(self, ranks: int) -> float:
        passage = self.asked.passage
        first = self._weight(f"profession.{compare.profession(passage.profession, ranks // 16)}")
        return first + self._weight(f"degree.{compare.degree(passage.degree, ranks % 16)}")

    def _district(self, area: int) -> float:
        return self._weight(f"area_district.{compare.area(self.asked.district, area)}")

    def _ward(self, area: int) -> float:
        return self._weight(f"area_ward.{compare.area(self.asked.ward, area)}")

    def _place_score(self, record: int) -> float:
        place = self.index.place[record]
        if record in self.index.more_places:
            return self._weight(f"workplace.{self._workplace(record)}") + self._weight(f"phone.{self._phone(record)}")
        known = self._memo.get(("c", place))
        if known is None:
            known = self._weight(f"workplace.{self._workplace(record)}") + self._weight(f"phone.{self._phone(record)}")
            self._memo["c", place] = known
        return known

    def _places(self, record: int) -> tuple[int, ...]:
        place = self.index.place[record]
        return self.index.more_places.get(record) or ((place,) if place >= 0 else ())

    def _workplace(self, record: int) -> str:
        if self.asked.clinic is None:
            return compare.workplace(compare.SILENT)
        held = self._places(record)
        if not held:
            return compare.workplace("unstated")
        levels = [self.asked.clinic.get(place, "") for place in held]
        best = next((level for level in ("same", "near", "part", "far") if level in levels), "")
        return compare.workplace(best or ("other" if self.asked.clinic else "nowhere"))

    def _phone(self, record: int) -> str:
        own = any(place in self.asked.phone_places for place in self._places(record))
        return compare.phone(own, bool(self.asked.phone_places), bool(self.asked.passage.phones))

    def _licence_level(self, record: int) -> str:
        stated = self.asked.passage.licence
        if stated is None:
            return compare.SILENT
        if record < 0 or not (stated.hidden or record in self.asked.holders):
            return "others" if self.asked.holders else "unknown"
        return compare.licence(
            stated, registry_licence(self.index.records[record].licence_no), bool(self.asked.holders)
        )


def _direct(known: Sequence[dict[int, int]], name: Sequence[int], thi: int) -> Fit | None:
    """The alignment of a name whose words all stand, undamaged and in order, in the registry's name; else None."""
    i, pairs, missing = len(known) - 1, [], []
    for j in range(len(name) - 1, -1, -1):
        if i >= 0 and known[i].get(name[j]) == SAME:
            pairs.append((i, j, SAME))
            i -= 1
        else:
            missing.append(j)
    if i >= 0 or (missing and missing[0] == len(name) - 1):
        return None
    return Fit(tuple(reversed(pairs)), (), tuple(reversed(missing)), False, 0.8 * len(missing))
