"""Finds the practitioners that a passage may name, with the features that speak for and against each."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from registry import compare
from registry.channel import EDIT, EDIT2, SAME
from registry.index import PeopleIndex, registry_licence
from registry.names import COST, EXTRA, ORDER_COST, Fit, add_initials, align, is_initial, is_nickname, orders
from registry.passage import Passage
from registry.seek_places import PlaceSeeker, divide

#: Summed damage (see ``names.COST``) up to which names are looked up, and names laid beside the ad's afterwards.
_BUDGET = 1.9
_ALIGNED = 200
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
    initials: bool = False
    surname_last: bool = False
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
            any(is_initial(token) for _, token in words),
            self._surname_last(words),
        )

    # --- candidates --------------------------------------------------------------------------------------------

    def _groups(self, asked: PersonQuestion, *, damaged: bool) -> set[int]:
        """Names that hold the ad's words; only undamaged words count unless ``damaged``."""
        words = len(asked.words)
        found: set[int] = set()
        if not words:
            return found
        solid = [i for i in range(words) if not is_initial(asked.words[i][1])]
        budget = _BUDGET if damaged else 0.0
        if len(solid) >= 2:
            found.update(self._by_subsets(asked, solid, budget))
        if len(solid) <= 1 or (words == 2 and self._nickname(asked)):
            found.update(self._by_given(asked, solid, damaged))
        if damaged:
            found.update(self._by_workplace(asked))
        return found

    def _by_subsets(self, asked: PersonQuestion, solid: Sequence[int], budget: float) -> Iterator[int]:
        """Names that hold a reading of every solid word (of the three rarest, where there are more)."""
        counts, find, words = self.index.vocabulary.counts, self.index.subsets.find, len(asked.words)
        chosen = sorted(
            solid, key=lambda i: sum(counts[t] for t, level in asked.alternatives[i].items() if level == SAME)
        )
        longest = 7 if words == 2 else words + 2
        for part in readings([asked.alternatives[i] for i in chosen[:3]], budget):
            for length in range(words, longest):
                yield from find(part, length)

    def _by_workplace(self, asked: PersonQuestion) -> Iterator[int]:
        """Names of those who work where the ad says, for names damaged beyond reading."""
        places = set(asked.phone_places)
        if asked.clinic:
            places |= {place for place, level in asked.clinic.items() if level in {"same", "tail", "near"}}
        if len(places) <= 12:
            for place in places:
                for record in self.index.by_place.get(place, ()):
                    yield self.index.group[record]

    def _nickname(self, asked: PersonQuestion) -> bool:
        """Two words of which the first is a Western name, or no name: 'Dr. Kevin Hoàng'."""
        token = asked.words[0][1]
        return token not in self.index.vocabulary.ids and (is_nickname(token) or not asked.alternatives[0])

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
        fit = self._quick(asked, group)
        if fit is None:
            name = self.index.names[group]
            fit = asked.fits[group] = align(self._readings(asked, name), name, self._thi)
        return fit

    def _quick(self, asked: PersonQuestion, group: int) -> Fit | None:
        """The alignment in which every word finds its place, if there is one."""
        fit = asked.fits.get(group)
        if fit is None:
            name = self.index.names[group]
            fit = _read(self._readings(asked, name), name, self._thi)
            if fit is not None:
                asked.fits[group] = fit
        return fit

    def _readings(self, asked: PersonQuestion, name: Sequence[int]) -> Sequence[dict[int, int]]:
        if not asked.initials:
            return asked.alternatives
        return add_initials(asked.alternatives, [token for _, token in asked.words], self.index.vocabulary, name)

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
        most = _ALIGNED if len(asked.words) > 2 else 6 * _ALIGNED
        if len(groups) <= most:
            return groups
        values: dict[int, float] = {}
        for known in asked.alternatives:
            for token, level in known.items():
                values[token] = max(values.get(token, 0.0), _VALUES[level])
        value, names = values.get, self.index.names
        worth = ((sum([value(t, 0.0) for t in names[g]]) - 0.1 * len(names[g]), g) for g in groups)
        return [group for _, group in nlargest(most, worth)]

    def _possible(self, asked: PersonQuestion, groups: Collection[int]) -> list[int]:
        """The names worth laying beside the ad's: the given name stands, and no word of the ad is plainly another name.

        Holders of the ad's licence number are always kept: whose number it is belongs to the answer.
        """
        worst = EDIT if len(asked.words) <= 2 else EDIT2
        readable = {token for known in asked.alternatives for token, level in known.items() if level <= worst}
        given_hidden = bool(asked.words) and is_initial(asked.words[-1][1])
        ids, names = self.index.vocabulary.ids, self.index.names
        known_words = sum(token in ids for _, token in asked.words)
        held = {self.index.group[holder] for holder in asked.holders}
        kept = []
        for group in groups:
            name = names[group]
            if name[-1] in readable or given_hidden:
                hits = sum([token in readable for token in name])
                if hits >= known_words or hits == len(name) or asked.initials:
                    kept.append(group)
                    continue
            if group in held:
                kept.append(group)
        return kept

    def _scores(self, asked: PersonQuestion, groups: Collection[int], context: "_Context") -> dict[int, float]:
        index, weight = self.index, self.weights.get
        scores: dict[int, float] = {}
        spellings = index.spelling
        short = len(asked.words) <= 2
        alike: dict[object, float] = {}
        held = {index.group[holder] for holder in asked.holders}
        every_word_known = not asked.initials and all(token in index.vocabulary.ids for _, token in asked.words)
        for group in self._possible(asked, groups):
            if every_word_known and group not in held and self._quick(asked, group) is None:
                continue  # a word of the ad is a name that this one lacks
            fit = self._fit(asked, group)
            by_spelling: dict[int, float] = {}
            for record in index.members[group]:
                spelling = spellings[record]
                score = by_spelling.get(spelling)
                if score is None:
                    likeness = self._likeness(fit, group, spelling) if short else None
                    score = alike.get(likeness) if likeness else None
                    if score is None:
                        keys = self._name_keys(asked, fit, group, spelling)
                        score = alike[likeness] = sum([weight(key, 0.0) for key in keys])
                    by_spelling[spelling] = score
                scores[record] = score
        context.add(scores)
        return scores

    def word_counts(self, asked: PersonQuestion) -> list[int]:
        """How often the registry's names hold each word of the ad's name; a damaged word counts as its readings."""
        counts = self.index.vocabulary.counts
        sums = []
        for known in asked.alternatives:
            best = min(known.values(), default=SAME)
            sums.append(sum(counts[token] for token, level in known.items() if level == best))
        return sums

    # --- features ----------------------------------------------------------------------------------------------

    def _name_keys(self, asked: PersonQuestion, fit: Fit, group: int, spelling: int) -> list[str]:
        index = self.index
        return compare.name_keys(
            fit,
            asked.words,
            index.names[group],
            index.accented[spelling],
            index.vocabulary,
            surname_last=asked.surname_last,
        )

    def _likeness(self, fit: Fit, group: int, spelling: int) -> object:
        """What the keys of a short name depend on: names alike in it share one score."""
        name, written = self.index.names[group], self.index.accented[spelling]
        last, thi = len(name) - 1, self._thi
        pairs = tuple([(i, level, written[j], j == 0, j == last) for i, j, level in fit.pairs])
        hidden = sum([name[j] == thi for j in fit.missing])
        return pairs, fit.extra, len(fit.missing), hidden, 0 in fit.missing, last in fit.missing, fit.swapped

    def _surname_last(self, words: Sequence[tuple[str, str]]) -> bool:
        """Whether the last word is mostly a surname in the registry, and the first one mostly is not."""
        if len(words) < 2:
            return False
        ids, share = self.index.vocabulary.ids, self.index.surname_share
        first, last = ids.get(words[0][1], -1), ids.get(words[-1][1], -1)
        return last >= 0 and share[last] > 0.5 and (first < 0 or share[first] < 0.3)

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
        self._licence_default = self._weight(f"licence.{self._licence_level(-1)}")

    def _weight(self, key: str) -> float:
        return self.weights.get(key, 0.0)

    def keys(self, record: int) -> list[str]:
        index, passage = self.index, self.asked.passage
        return [
            f"speciality.{compare.speciality(passage.named, passage.touched, passage.wider, index.scopes[record])}",
            f"profession.{compare.profession(passage.profession, index.professions[record])}",
            f"degree.{compare.degree(passage.degree, index.degrees[record])}",
            f"area_district.{compare.area(self.asked.district, index.districts[record])}",
            f"area_ward.{compare.area(self.asked.ward, index.wards[record])}",
            f"workplace.{self._workplace(record)}",
            f"phone.{self._phone(record)}",
            f"licence.{self._licence_level(record)}",
        ]

    def add(self, scores: dict[int, float]) -> None:
        """Add to each record's score what stands around the name. Written flat: this loop runs most of all."""
        index = self.index
        scopes, professions, degrees, districts, wards, places = (
            index.scopes, index.professions, index.degrees, index.districts, index.wards, index.place,
        )  # fmt: skip
        by_scope: dict[int, float] = {}
        by_title: dict[int, float] = {}
        by_area: dict[int, float] = {}
        special = set(self.asked.clinic or ()) | self.asked.phone_places
        elsewhere, nowhere = self._elsewhere(True), self._elsewhere(False)
        more, holders = index.more_places, self.asked.holders
        licence = self.asked.passage.licence
        hidden = licence is not None and licence.hidden > 0
        for record in scores:
            value: float | None
            scope, place = scopes[record], places[record]
            title = professions[record] << 4 | degrees[record]
            area = districts[record] << 16 | wards[record]
            total = self._licence_default
            if (value := by_scope.get(scope)) is None:
                value = by_scope[scope] = self._speciality(scope)
            total += value
            if (value := by_title.get(title)) is None:
                value = by_title[title] = self._titles(title)
            total += value
            if (value := by_area.get(area)) is None:
                value = by_area[area] = self._district(area >> 16) + self._ward(area & 65_535)
            total += value
            if place in special or record in more:
                total += self._place_score(record)
            else:
                total += nowhere if place < 0 else elsewhere
            if hidden or record in holders:
                total += self._weight(f"licence.{self._licence_level(record)}") - self._licence_default
            scores[record] += total

    def _speciality(self, scope: int) -> float:
        passage = self.asked.passage
        return self._weight(f"speciality.{compare.speciality(passage.named, passage.touched, passage.wider, scope)}")

    def _titles(self, ranks: int) -> float:
        passage = self.asked.passage
        first = self._weight(f"profession.{compare.profession(passage.profession, ranks // 16)}")
        return first + self._weight(f"degree.{compare.degree(passage.degree, ranks % 16)}")

    def _district(self, area: int) -> float:
        return self._weight(f"area_district.{compare.area(self.asked.district, area)}")

    def _ward(self, area: int) -> float:
        return self._weight(f"area_ward.{compare.area(self.asked.ward, area)}")

    def _elsewhere(self, stated: bool) -> float:
        """What a workplace that the ad does not name weighs, and what having none in the registry weighs."""
        asked = self.asked
        level = (
            compare.SILENT
            if asked.clinic is None
            else "unstated"
            if not stated
            else "other"
            if asked.clinic
            else "nowhere"
        )
        phone = compare.phone(False, bool(asked.phone_places), bool(asked.passage.phones))
        return self._weight(f"workplace.{level}") + self._weight(f"phone.{phone}")

    def _place_score(self, record: int) -> float:
        return self._weight(f"workplace.{self._workplace(record)}") + self._weight(f"phone.{self._phone(record)}")

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
        best = next((level for level in ("same", "tail", "near", "part", "far") if level in levels), "")
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


def _read(known: Sequence[dict[int, int]], name: Sequence[int], thi: int) -> Fit | None:
    """The alignment in which every word that can stand for one of the name does, straight or turned; else None."""
    words = [i for i, readings_ in enumerate(known) if not readings_.keys().isdisjoint(name)]
    extra = tuple(i for i in range(len(known)) if i not in words) if len(words) < len(known) else ()
    if not words:
        return None
    fit = _direct(known, words, name, thi)
    if fit is None and len(words) > 1:
        turned = [_direct(known, [words[i] for i in order], name, thi) for order in orders(len(words))]
        fit = min((one for one in turned if one is not None), key=_cost, default=None)
    if fit is None or not extra:
        return fit
    return Fit(fit.pairs, extra, fit.missing, fit.swapped, fit.cost + EXTRA * len(extra))


def _cost(fit: Fit) -> float:
    return fit.cost


def _direct(known: Sequence[dict[int, int]], order: Sequence[int], name: Sequence[int], thi: int) -> Fit | None:
    """The alignment of the ad's words, taken in this order, from the given name backwards; None where one is left."""
    at, pairs, missing, cost, damage = len(order) - 1, [], [], 0.0, 0.0
    for j in range(len(name) - 1, -1, -1):
        level = known[order[at]].get(name[j]) if at >= 0 else None
        if level is not None:
            pairs.append((order[at], j, level))
            damage += COST[level]
            at -= 1
        else:
            missing.append(j)
            cost += 0.5 if name[j] == thi else 0.8
    if at >= 0 or damage > 1.6 or (missing and missing[0] == len(name) - 1):
        return None
    swapped = order[0] > order[-1] or any(order[i] > order[i + 1] for i in range(len(order) - 1))
    return Fit(tuple(pairs[::-1]), (), tuple(missing[::-1]), swapped, cost + damage + (ORDER_COST if swapped else 0.0))


def readings(alternatives: Sequence[dict[int, int]], budget: float) -> Iterator[tuple[int, ...]]:
    """Yield the ways to read each word as one of the registry's, the summed damage within ``budget``."""
    if not alternatives:
        yield ()
        return
    for token, level in alternatives[0].items():
        if COST[level] <= budget or level == SAME:
            for rest in readings(alternatives[1:], budget - COST[level]):
                yield (token, *rest)
