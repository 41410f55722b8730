"""Finds the practitioners that a passage may name, with the features that speak for and against each."""

from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from registry import compare
from registry.alignment import Alignments, fit_of, lay, reading_table
from registry.channel import EDIT, EDIT2, INITIAL, SAME
from registry.index_people import Ints, PeopleIndex
from registry.name_scores import NameScores
from registry.names import COST, Fit, is_initial, is_nickname
from registry.passage import Passage
from registry.question import PersonQuestion
from registry.scored import Scored
from registry.seek_places import PlaceSeeker, divide
from registry.surroundings import Surroundings, Tables

#: Summed damage (see ``names.COST``) up to which names are looked up, and how many names are laid beside the ad's.
_BUDGET = 1.9
_ALIGNED = 4000
#: Log-odds above 'nobody' at which an undamaged reading of the name is believed without trying damaged ones.
_ENOUGH = 5.0
#: What a syllable that a word of the ad can stand for is worth, by level, when too many names were found.
_VALUES = np.array((1.0, 0.85, 0.7, 0.65, 0.6, 0.3, 0.5, 0.0), np.float32)


_NOTHING = Scored(np.zeros(0, np.uint32), np.zeros(0, np.float32))
_NO_GROUPS: Ints = np.zeros(0, np.int64)


class PeopleSeeker:
    """Candidates among the practitioners, scored by summed weights."""

    def __init__(self, index: PeopleIndex, places: PlaceSeeker, weights: dict[str, float]) -> None:
        self.index = index
        self.places = places
        self.weights = weights
        self._tables = Tables(index, weights)
        self._name_scores = NameScores(index, weights)
        self._thi = index.vocabulary.ids.get("thi", -1)
        self._initials: dict[str, list[int]] = {}

    def ask(self, passage: Passage) -> PersonQuestion:
        """Prepare the comparison of a practitioner's passage."""
        index, vocabulary = self.index, self.index.vocabulary
        words = divide(tuple(passage.tokens[:6]), vocabulary)[:6]
        by_phone = self.places.index.by_phone
        alternatives = [vocabulary.alternatives(token) for _, token in words]
        initials = [is_initial(token) for _, token in words]
        return PersonQuestion(
            passage,
            words,
            alternatives,
            [
                self._widened(token, known) if initial else known
                for (_, token), known, initial in zip(words, alternatives, initials, strict=True)
            ],
            index.area(passage.district, known_only=True) if passage.district else 0,
            index.area(passage.ward, known_only=True) if passage.ward else 0,
            self.places.workplace_levels(passage.clinic) if passage.clinic else None,
            frozenset(by_phone[phone] for phone in passage.phones if phone in by_phone),
            frozenset(index.with_licence(passage.licence.digits))
            if passage.licence and not passage.licence.hidden
            else frozenset(),
            any(initials),
            self._surname_last(words),
        )

    def _widened(self, token: str, known: dict[int, int]) -> dict[int, int]:
        """Let a one-letter word of the ad ('Nguyễn V. A') stand for every syllable that begins with it."""
        fitting = self._initials.get(token)
        if fitting is None:
            fitting = [number for number, text in enumerate(self.index.vocabulary.tokens) if text.startswith(token)]
            self._initials[token] = fitting
        return dict.fromkeys(fitting, INITIAL) | known

    # --- candidates --------------------------------------------------------------------------------------------

    def _groups(self, asked: PersonQuestion, *, damaged: bool) -> Ints:
        """Names that hold the ad's words; only undamaged words count unless ``damaged``."""
        words = len(asked.words)
        if not words:
            return _NO_GROUPS
        solid = [i for i in range(words) if not is_initial(asked.words[i][1])]
        found = [_NO_GROUPS]
        if len(solid) >= 2:
            found.append(self._by_subsets(asked, solid, _BUDGET if damaged else 0.0))
        if solid and (len(solid) == 1 or (words == 2 and self._nickname(asked))):
            found.append(self._by_given(asked.alternatives[solid[-1]], EDIT if damaged else SAME))
        if damaged:
            found.append(self._by_workplace(asked))
        return _union(found)

    def _by_subsets(self, asked: PersonQuestion, solid: Sequence[int], budget: float) -> Ints:
        """Names that hold a reading of every solid word (of the three rarest, where there are more)."""
        counts, words = self.index.vocabulary.counts, len(asked.words)
        chosen = sorted(
            solid, key=lambda i: sum(counts[t] for t, level in asked.alternatives[i].items() if level == SAME)
        )
        parts = readings([asked.alternatives[i] for i in chosen[:3]], budget)
        if not len(parts):
            return _NO_GROUPS
        return self.index.subsets.find(parts, range(words, 7 if words == 2 else words + 2))

    def _by_workplace(self, asked: PersonQuestion) -> Ints:
        """Names of those who work where the ad says, for names damaged beyond reading."""
        places = set(asked.phone_places)
        if asked.clinic:
            places |= {place for place, level in asked.clinic.items() if level in {"same", "tail", "near"}}
        if len(places) > 12:
            return _NO_GROUPS
        return self.index.group[[record for place in places for record in self.index.by_place.get(place, ())]].astype(
            np.int64
        )

    def _nickname(self, asked: PersonQuestion) -> bool:
        """Two words of which the first is a Western name, or no name: 'Dr. Kevin Hoàng'."""
        token = asked.words[0][1]
        return token not in self.index.vocabulary.ids and (is_nickname(token) or not asked.alternatives[0])

    def _by_given(self, readings_: dict[int, int], worst: int) -> Ints:
        tokens = [token for token, level in readings_.items() if level <= worst]
        return _union([self.index.by_given.of(token).astype(np.int64) for token in tokens] or [_NO_GROUPS])

    def candidates(self, asked: PersonQuestion, nobody: float = 0.0) -> Scored:
        """Return records with their scores. ``nobody`` is the score of the answer that nobody is meant.

        Damaged readings of the name are tried only where no undamaged one stands well above ``nobody``.
        """
        around = Surroundings(self._tables, asked, len(self.places.index.names))
        table = reading_table(asked.readings, self.index.pad)
        held = self.index.group[list(asked.holders)].astype(np.int64)
        groups = _union([self._groups(asked, damaged=False), held])
        scored = self._scores(asked, groups, table, around)
        if scored.best() < nobody + _ENOUGH:
            more = np.setdiff1d(self._groups(asked, damaged=True), groups, assume_unique=True)
            scored = scored.joined(self._scores(asked, self._closest(table, more), table, around))
        return scored

    def _closest(self, table: NDArray[np.uint8], groups: Ints) -> Ints:
        if len(groups) <= _ALIGNED:
            return groups
        worth = _VALUES[table.min(axis=1)][self.index.names[groups]].sum(axis=1) - 0.1 * self.index.lengths[groups]
        return np.sort(groups[np.argpartition(-worth, _ALIGNED)[:_ALIGNED]])

    def _possible(self, asked: PersonQuestion, groups: Ints, laid: Alignments) -> NDArray[np.bool_]:
        """Which names may be meant: the given name stands, and no word of the ad is plainly another name.

        Holders of the ad's licence number always may: whose number it is belongs to the answer.
        """
        worst = EDIT if len(asked.words) <= 2 else EDIT2
        ids = self.index.vocabulary.ids
        known_words = sum(token in ids for _, token in asked.words)
        possible = (laid.word[:, -1] >= 0) & laid.lawful
        if not asked.initials:
            hits = (laid.level <= worst).sum(axis=1)
            possible &= (hits >= known_words) | (hits == self.index.lengths[groups])
            if known_words == len(asked.words):
                possible &= laid.used.all(axis=1)
        if asked.holders:
            possible |= np.isin(groups, self.index.group[list(asked.holders)])
        return possible

    def _scores(self, asked: PersonQuestion, groups: Ints, table: NDArray[np.uint8], around: Surroundings) -> Scored:
        index = self.index
        if not len(groups):
            return _NOTHING
        laid = lay(index.names[groups], table)
        possible = np.flatnonzero(self._possible(asked, groups, laid))
        if not len(possible):
            return _NOTHING
        rows, spellings = index.spellings.spread(groups[possible])
        named = self._name_scores.scores(asked, laid, groups, possible[rows], spellings)
        owners, records = index.members.spread(spellings)
        order = np.argsort(records)
        records = records[order]
        scores = named[owners][order] + around.scores(records)
        for holder in asked.holders:
            at = int(np.searchsorted(records, holder))
            if at < len(records) and records[at] == holder:
                keys = self._licence_name(asked, holder, around.keys(holder)[-1])
                scores[at] += sum(self.weights.get(key, 0.0) for key in keys)
        return Scored(records, scores)

    def _licence_name(self, asked: PersonQuestion, record: int, licence_key: str) -> list[str]:
        return compare.licence_name_key(licence_key, self.fit_of(asked, record), asked.words, self.index.vocabulary)

    def word_counts(self, asked: PersonQuestion) -> list[int]:
        """How often the registry's names hold each word of the ad's name; a damaged word counts as its readings."""
        counts = self.index.vocabulary.counts
        sums = []
        for known in asked.alternatives:
            best = min(known.values(), default=SAME)
            sums.append(sum(counts[token] for token, level in known.items() if level == best))
        return sums

    # --- features ----------------------------------------------------------------------------------------------

    def _surname_last(self, words: Sequence[tuple[str, str]]) -> bool:
        """Whether the last word is mostly a surname in the registry, and the first one mostly is not."""
        if len(words) < 2:
            return False
        ids, share = self.index.vocabulary.ids, self.index.surname_share
        first, last = ids.get(words[0][1], -1), ids.get(words[-1][1], -1)
        return last >= 0 and share[last] > 0.5 and (first < 0 or share[first] < 0.3)

    def fit_of(self, asked: PersonQuestion, record: int) -> Fit:
        """Return the alignment of the ad's name with the record's."""
        group = int(self.index.group[record])
        fit = asked.fits.get(group)
        if fit is None:
            laid = lay(self.index.names[group : group + 1], reading_table(asked.readings, self.index.pad))
            fit = asked.fits[group] = fit_of(laid, 0, self.index.name(group), self._thi)
        return fit

    def keys(self, asked: PersonQuestion, record: int) -> list[str]:
        """Return the weight keys of one candidate."""
        index = self.index
        name = compare.name_keys(
            self.fit_of(asked, record),
            asked.words,
            index.name(int(index.group[record])),
            index.spelled(int(index.spelling[record])),
            index.vocabulary,
            surname_last=asked.surname_last,
        )
        around = Surroundings(self._tables, asked, len(self.places.index.names)).keys(record)
        return name + around + self._licence_name(asked, record, around[-1])


def _union(found: Iterable[Ints]) -> Ints:
    return reduce(np.union1d, found)


def readings(alternatives: Sequence[dict[int, int]], budget: float) -> Ints:
    """Return the ways to read each word as one of the registry's, the summed damage within ``budget``: one a row."""
    rows, costs = np.zeros((1, 0), np.int64), np.zeros(1)
    for known in alternatives:
        tokens = np.array(list(known), np.int64)
        added = np.array([COST[level] for level in known.values()])
        total = np.add.outer(costs, added)
        before, at = np.nonzero(total <= budget + 1e-9)
        rows = np.column_stack((rows[before], tokens[at]))
        costs = total[before, at]
    return rows
