"""Practitioners arranged for look-up: by the syllables of their names, by licence number, by workplace.

Records stay where they are; the index keeps flat arrays beside them. Names that fold alike are one *group*; a group has
one or more *spellings* (with diacritics), a spelling one or more records. Names stand right-aligned in ``names`` and
``written``: the given name is always the last column, and ``pad`` fills what a shorter name leaves free.
"""

from array import array
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from registry.channel import Vocabulary
from registry.index import PlaceIndex, qualification_ranks, registry_licence
from registry.passage import place_key, tokens_of
from registry.specialities import scope_bits
from registry.types import Practitioner

Ints = NDArray[np.int64]

#: Syllables of a name that count; longer names are cut.
WIDTH = 7
_TOKEN_BITS, _GROUP_BITS = 13, 22
_TOKEN_MAX, _GROUP_MASK = (1 << _TOKEN_BITS) - 1, (1 << _GROUP_BITS) - 1
_UNKNOWN_AREA = 65_535


class Lists:
    """Many short lists of numbers in two arrays: those of ``key`` are ``values[starts[key]:starts[key + 1]]``."""

    def __init__(self, keys: NDArray[np.integer], size: int) -> None:
        """Sort the positions of ``keys`` into ``size`` lists: list ``k`` holds each ``i`` with ``keys[i] == k``."""
        self.values = np.argsort(keys, kind="stable").astype(np.uint32)
        self.starts = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=size)))).astype(np.int64)

    def of(self, key: int) -> NDArray[np.uint32]:
        """Return one list."""
        return self.values[self.starts[key] : self.starts[key + 1]]

    def spread(self, keys: NDArray[np.integer]) -> tuple[Ints, NDArray[np.uint32]]:
        """Return the lists of all ``keys`` end to end, and for each entry the position in ``keys`` it belongs to."""
        owner, at = _stretches(self.starts[keys], self.starts[keys + 1])
        return owner, self.values[at]


def _stretches(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the positions of several stretches of an array end to end, and the number of the stretch of each."""
    counts = ends - starts
    owner: Ints = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) + (starts - first)[owner]


class SubsetIndex:
    """Groups of names by the unordered pairs and triples of their syllables, packed into one sorted array.

    A name with one damaged or missing syllable is found by what is left of it.
    """

    def __init__(self, names: NDArray[np.uint16], lengths: NDArray[np.uint8]) -> None:
        packed = []
        for length in np.unique(lengths):
            groups = np.flatnonzero(lengths == length)
            for size in (2, 3):
                for part in combinations(range(names.shape[1] - int(length), names.shape[1]), size):
                    keys = self._keys(names[groups][:, list(part)], int(length))
                    packed.append(keys << np.uint64(_GROUP_BITS) | groups.astype(np.uint64))
        self._packed = np.sort(np.concatenate(packed)) if packed else np.zeros(0, np.uint64)

    @staticmethod
    def _keys(parts: NDArray[np.integer], length: int) -> NDArray[np.uint64]:
        # pairs and triples differ in width, so a length in front keeps them apart
        keys = np.full(len(parts), length, np.uint64)
        for column in np.sort(parts.astype(np.uint64), axis=1).T:
            keys = keys << np.uint64(_TOKEN_BITS) | (column & np.uint64(_TOKEN_MAX))
        return keys

    def find(self, parts: NDArray[np.integer], lengths: Sequence[int]) -> Ints:
        """Return the groups whose names have one of ``lengths`` syllables and hold every token of a row of ``parts``.

        ``parts`` has shape (readings, 2 or 3).
        """
        keys = np.concatenate([self._keys(parts, length) for length in lengths]) << np.uint64(_GROUP_BITS)
        starts = np.searchsorted(self._packed, keys)
        ends = np.searchsorted(self._packed, keys | np.uint64(_GROUP_MASK), side="right")
        found = self._packed[_stretches(starts, ends)[1]]
        return np.unique(found & np.uint64(_GROUP_MASK)).astype(np.int64)


class PeopleIndex:
    """Practitioners by name, licence number and workplace."""

    def __init__(self, people: Sequence[Practitioner], places: PlaceIndex) -> None:
        self.records = people
        self.vocabulary = Vocabulary()
        self.words: list[str] = []  # a written word's number -> the word, with its diacritics
        self.word_token: list[int] = []  # ... -> the number of its folded syllable
        self.areas: list[str] = [""]
        self._areas: dict[str, int] = {"": 0}
        self.by_licence: dict[str, int | list[int]] = {}
        self.by_place: dict[int, list[int]] = {}
        self.more_places: dict[int, tuple[int, ...]] = {}
        self._take_names(people)
        self._take_facts(people, places)

    # --- names -------------------------------------------------------------------------------------------------

    def _take_names(self, people: Sequence[Practitioner]) -> None:
        read: dict[str, list[tuple[str, str]]] = {}
        spellings: dict[tuple[int, ...], int] = {}
        numbers: dict[str, int] = {}
        known: dict[str, int] = {}
        of_record = array("I")
        for person in people:
            spelling = known.get(person.full_name)
            if spelling is None:
                written = self._written(person.full_name, read, numbers)
                spelling = known[person.full_name] = spellings.setdefault(written, len(spellings))
            of_record.append(spelling)
        self.pad, self.pad_word = len(self.vocabulary.tokens), len(self.words)
        self._lay_out(list(spellings), np.frombuffer(of_record, np.uint32) if of_record else np.zeros(0, np.uint32))

    def _written(self, name: str, read: dict[str, list[tuple[str, str]]], numbers: dict[str, int]) -> tuple[int, ...]:
        """The numbers of a name's written words; each distinct stretch between blanks is taken apart once."""
        tokens: list[tuple[str, str]] = []
        for part in name.split():
            known = read.get(part)
            if known is None:
                known = read[part] = tokens_of(part)
            tokens += known
        return tuple(self._word(low, token, numbers) for low, token in (tokens or [("", "")])[:WIDTH])

    def _word(self, low: str, token: str, numbers: dict[str, int]) -> int:
        number = numbers.get(low)
        if number is None:
            number = numbers[low] = len(self.words)
            self.words.append(low)
            self.vocabulary.written.add(low)
            self.word_token.append(self.vocabulary.add(token, 0))
        return number

    def _lay_out(self, spellings: Sequence[tuple[int, ...]], of_record: NDArray[np.uint32]) -> None:
        """Fill the matrices of names and spellings, and count how often each syllable occurs."""
        width = max(map(len, spellings), default=1)
        tokens = np.array([*self.word_token, self.pad], np.uint16)
        self.written = np.full((len(spellings), width), self.pad_word, np.uint16)
        for row, words in enumerate(spellings):
            self.written[row, width - len(words) :] = words
        folded = tokens[self.written]
        self.names, group_of = np.unique(folded, axis=0, return_inverse=True)
        self.lengths = (self.names != self.pad).sum(axis=1).astype(np.uint8)
        groups = group_of.reshape(-1).astype(np.uint32)
        self.spellings = Lists(groups, len(self.names))
        self.members = Lists(of_record, len(spellings))
        self.spelling = of_record
        self.group = groups[of_record]
        bearers = np.bincount(self.group, minlength=len(self.names))
        counts = np.zeros(self.pad + 1, np.int64)
        first = np.zeros(self.pad + 1, np.int64)
        np.add.at(counts, self.names, bearers[:, None])
        np.add.at(first, self.names[np.arange(len(self.names)), width - self.lengths], bearers)
        self.vocabulary.counts[:] = counts[: self.pad].tolist()
        #: For each syllable, the share of its occurrences in which it is the surname.
        self.surname_share = (first[: self.pad] / np.maximum(counts[: self.pad], 1)).tolist()
        self.by_given = Lists(self.names[:, -1].astype(np.int64), self.pad + 1)
        self.subsets = SubsetIndex(self.names, self.lengths)
        self.words_of = Lists(tokens[:-1].astype(np.int64), self.pad)

    def name(self, group: int) -> tuple[int, ...]:
        """Return the syllables of a group's name."""
        row = self.names[group]
        return tuple(row[len(row) - self.lengths[group] :].tolist())

    def spelled(self, spelling: int) -> tuple[str, ...]:
        """Return the written words of a spelling, lower case."""
        return tuple(self.words[word] for word in self.written[spelling].tolist() if word != self.pad_word)

    # --- facts -------------------------------------------------------------------------------------------------

    def _take_facts(self, people: Sequence[Practitioner], places: PlaceIndex) -> None:
        scopes, titles, place, districts, wards = array("I"), array("B"), array("i"), array("H"), array("H")
        numbers, digits = array("q"), array("B")
        scope_of: dict[int, int] = {}
        for number, person in enumerate(people):
            bits = scope_bits(person.scope)
            scopes.append(scope_of.setdefault(bits, len(scope_of)))
            profession, degree = qualification_ranks(person.qualification)
            titles.append(profession << 4 | degree)
            home, district, ward = self._home(number, person, places)
            place.append(home)
            districts.append(self.area(district))
            wards.append(self.area(ward))
            value, length = self._take_licence(number, person.licence_no)
            numbers.append(value)
            digits.append(length)
        self.scope_values = list(scope_of)
        self.scopes, self.titles = _array(scopes, np.uint32), _array(titles, np.uint8)
        self.place, self.districts, self.wards = (
            _array(place, np.int32), _array(districts, np.uint16), _array(wards, np.uint16),
        )  # fmt: skip
        #: The licence number after its last dash as a number (-1 for none), and with how many digits it is written.
        self.licence_values, self.licence_digits = _array(numbers, np.int64), _array(digits, np.uint8)

    def _home(self, number: int, person: Practitioner, places: PlaceIndex) -> tuple[int, str, str]:
        """The first known workplace of a practitioner (-1 for none), its district and its ward."""
        held = [known for workplace in person.workplaces if (known := places.of_workplace(workplace)) >= 0]
        if len(held) > 1:
            self.more_places[number] = tuple(held)
        for each in held:
            self.by_place.setdefault(each, []).append(number)
        first = person.workplaces[0] if person.workplaces else None
        district, ward = (place_key(first.district), place_key(first.ward)) if first else ("", "")
        if held and not district:
            district, ward = places.districts[held[0]], ward or places.wards[held[0]]
        return (held[0] if held else -1), district, ward

    def _take_licence(self, number: int, written: str) -> tuple[int, int]:
        licence = registry_licence(written) if written else None
        if not licence:
            return -1, 0
        known = self.by_licence.get(licence.digits)
        if known is None:
            self.by_licence[licence.digits] = number
        elif isinstance(known, list):
            known.append(number)
        else:
            self.by_licence[licence.digits] = [known, number]
        tail = licence.raw.rsplit("-", 1)[-1][:18]
        return (int(tail), len(tail)) if tail.isdecimal() else (-1, 0)

    def area(self, key: str, *, known_only: bool = False) -> int:
        """Return the number of a district or ward (0 for none; 65535 for one that is not in the registry)."""
        number = self._areas.get(key)
        if number is None:
            if known_only or len(self.areas) >= _UNKNOWN_AREA:
                return _UNKNOWN_AREA
            number = self._areas[key] = len(self.areas)
            self.areas.append(key)
        return number

    def with_licence(self, digits: str) -> Sequence[int]:
        """Return the records whose licence number has these digits (no leading zeros)."""
        known = self.by_licence.get(digits)
        return () if known is None else known if isinstance(known, list) else (known,)


def _array(values: "array[int]", kind: type[np.generic]) -> NDArray[np.generic]:
    return np.frombuffer(values, kind) if values else np.zeros(0, kind)
