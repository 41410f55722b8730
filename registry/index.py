"""The registry arranged for look-up: people by their name's syllables, places by their brand, both by exact numbers.

Records stay where they are; the index keeps small parallel arrays. ``PeopleIndex.records[i]`` and the arrays' ``[i]``
speak of one practitioner. Names that fold alike are one *group*.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from registry.brands import brands_of, kind_of
from registry.channel import Vocabulary
from registry.passage import (
    ASSISTANT,
    DOCTOR,
    HEALER,
    MIDWIFE,
    NURSE,
    PHARMACIST,
    TECHNICIAN,
    Licence,
    licence_of,
    place_key,
    plain,
    street_key,
    tokens_of,
)
from registry.specialities import scope_bits
from registry.types import Facility, Practitioner, Workplace

_TOKEN_BITS, _GROUP_BITS = 13, 22
_TOKEN_MAX, _GROUP_MASK = (1 << _TOKEN_BITS) - 1, (1 << _GROUP_BITS) - 1

_LICENCE = re.compile(r"(\d{3}-\d{4,7}|\d+)(?:/([^\W\d_]+)-([^\W\d_]+))?")
_QUALIFICATIONS: tuple[tuple[str, int], ...] = (
    ("bac si", DOCTOR),
    ("y si", ASSISTANT),
    ("dieu duong", NURSE),
    ("ho sinh", MIDWIFE),
    ("ky thuat", TECHNICIAN),
    ("luong y", HEALER),
    ("duoc", PHARMACIST),
    ("bs", DOCTOR),
)
_DEGREES: tuple[tuple[str, int], ...] = (
    ("giao su", 6), ("tien si", 5), ("khoa ii", 4), ("cap ii", 4), ("ckii", 4), ("ck2", 4),
    ("thac si", 3), ("khoa i", 2),
    ("cap i", 2), ("cki", 2), ("ck1", 2),
)  # fmt: skip


def registry_licence(number: str) -> Licence | None:
    """Return the parts of a registry's licence number, None where there is no digit in it."""
    found = _LICENCE.search(plain(number).replace(" ", ""))
    if not found:
        return None
    one, two = found[2] or "", found[3] or ""
    return licence_of(found[1], *((two, one) if one in {"gphn", "cchn", "gphd"} else (one, two)))


class SubsetIndex:
    """Groups of names by the unordered pairs and triples of their syllables, packed into one sorted array.

    A name with one damaged or missing syllable is found by what is left of it.
    """

    def __init__(self, names: Sequence[tuple[int, ...]]) -> None:
        packed: list[int] = []
        for group, name in enumerate(names):
            length = min(len(name), 7)
            keys = {self._key(part, length) for size in (2, 3) for part in combinations(name, size)}
            packed.extend(key << _GROUP_BITS | group for key in keys)
        packed.sort()
        self._packed = array("Q", packed)

    @staticmethod
    def _key(part: Iterable[int], length: int) -> int:
        key = length
        for token in sorted(part):
            key = key << _TOKEN_BITS | (token & _TOKEN_MAX)
        # pairs and triples differ in width, so a length in front keeps them apart
        return key & ((1 << (64 - _GROUP_BITS)) - 1)

    def find(self, part: Sequence[int], length: int) -> Iterator[int]:
        """Yield the groups whose names have ``length`` syllables and hold every token of ``part``."""
        low = self._key(part, length) << _GROUP_BITS
        at, packed, high = bisect_left(self._packed, low), self._packed, low | _GROUP_MASK
        while at < len(packed) and packed[at] <= high:
            yield packed[at] & _GROUP_MASK
            at += 1


class PlaceIndex:
    """Facilities, and the workplaces that no facility record stands behind, by brand."""

    def __init__(self, facilities: Sequence[Facility]) -> None:
        self.records: list[Facility | None] = list(facilities)
        self.names: list[str] = [facility.trade_name or facility.legal_name for facility in facilities]
        self.vocabulary = Vocabulary()
        self.brands: list[tuple[int, ...]] = []  # brand number -> token ids
        self.accented: list[tuple[str, ...]] = []
        self.brand_places: list[list[int]] = []
        self.place_brands: list[tuple[int, ...]] = []
        self.kinds = array("B")
        self.scopes = array("I")
        self.by_id: dict[str, int] = {}
        self.by_phone: dict[str, int] = {}
        self.by_site: dict[str, int] = {}
        self.by_licence: dict[str, list[int]] = {}
        self.licences: list[Licence | None] = []
        self.districts: list[str] = []
        self.wards: list[str] = []
        self.houses: list[tuple[str, str]] = []
        self._brand_numbers: dict[tuple[str, ...], int] = {}
        for number, facility in enumerate(facilities):
            self._add(number, facility)
        self._extra: dict[str, int] = {}

    def _add(self, number: int, facility: Facility) -> None:
        owner = facility.organisation and f"{facility.legal_name.split(' thuộc ')[0]} thuộc {facility.organisation}"
        names = [name for name in (facility.trade_name, facility.legal_name, owner) if name]
        self.place_brands.append(self._brands(number, names))
        low = plain(f"{facility.trade_name} | {facility.legal_name} | {facility.kind}")
        self.kinds.append(kind_of(low))
        self.scopes.append(scope_bits(facility.services) | scope_bits(facility.scope))
        for key in (facility.id, facility.licence_no):
            if key:
                self.by_id.setdefault(key, number)
        for phone in facility.phones:
            self.by_phone.setdefault(phone, number)
        if facility.website:
            self.by_site.setdefault(site_key(facility.website), number)
        licence = registry_licence(facility.licence_no)
        self.licences.append(licence)
        if licence:
            self.by_licence.setdefault(licence.digits, []).append(number)
        self.districts.append(place_key(facility.district))
        self.wards.append(place_key(facility.ward))
        house, _, rest = facility.address.partition(" ")
        self.houses.append((plain(house), street_key(rest.split(",")[0])))

    def _brands(self, number: int, names: Sequence[str]) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for name in names:
            for brand in brands_of(name):
                words = tuple(word for word, _ in brand)
                known = self._brand_numbers.get(words)
                if known is None:
                    known = self._brand_numbers[words] = len(self.brands)
                    self.brands.append(tuple(self.vocabulary.add(token) for _, token in brand))
                    self.accented.append(words)
                    self.brand_places.append([])
                found[known] = None
        for brand_number in found:
            self.brand_places[brand_number].append(number)
        return tuple(found)

    def of_workplace(self, workplace: Workplace) -> int:
        """Return the place of a practitioner's workplace (its facility if known, else one by name), -1 for none."""
        known = self.by_id.get(workplace.facility_id, -1) if workplace.facility_id else -1
        if known >= 0 or not workplace.name:
            return known
        number = self._extra.get(workplace.name)
        if number is None:
            number = self._extra[workplace.name] = len(self.records)
            self.records.append(None)
            self.names.append(workplace.name)
            self.place_brands.append(self._brands(number, [workplace.name]))
            self.kinds.append(kind_of(plain(workplace.name)))
            self.scopes.append(0)
            self.licences.append(None)
            self.districts.append(place_key(workplace.district))
            self.wards.append(place_key(workplace.ward))
            self.houses.append(("", ""))
        return number

    def finish(self) -> None:
        """Sort the brands by token once every place is known."""
        self.by_token: list[array[int]] = [array("I") for _ in self.vocabulary.tokens]
        for number, brand in enumerate(self.brands):
            for token in set(brand):
                self.by_token[token].append(number)


class PeopleIndex:
    """Practitioners by name, licence number and workplace."""

    def __init__(self, people: Sequence[Practitioner], places: PlaceIndex) -> None:
        self.records = people
        self.vocabulary = Vocabulary()
        self.names: list[tuple[int, ...]] = []  # group -> token ids
        self.members: list[array[int]] = []
        self.group = array("I")
        self.accented: list[tuple[str, ...]] = []
        self.spelling = array("I")  # record -> accented spelling
        self.scopes, self.professions, self.degrees = array("I"), array("B"), array("B")
        self.place, self.more_places = array("i"), dict[int, tuple[int, ...]]()
        self.districts, self.wards = array("H"), array("H")
        self.areas: list[str] = []
        self.by_licence: dict[str, int | list[int]] = {}
        self.by_place: dict[int, list[int]] = {}
        self._areas: dict[str, int] = {}
        groups: dict[tuple[int, ...], int] = {}
        spellings: dict[str, tuple[int, int]] = {}
        for number, person in enumerate(people):
            known = spellings.get(person.full_name)
            if known is None:
                known = spellings[person.full_name] = self._name(person.full_name, groups)
            group, spelling = known
            self.group.append(group)
            self.spelling.append(spelling)
            self.members[group].append(number)
            for token in self.names[group]:
                self.vocabulary.counts[token] += 1
            self._facts(number, person, places)
        self.surname_share = self._surnames()
        self.subsets = SubsetIndex(self.names)
        self.by_token: list[array[int]] = [array("I") for _ in self.vocabulary.tokens]
        for number, name in enumerate(self.names):
            for token in set(name):
                self.by_token[token].append(number)

    def _surnames(self) -> list[float]:
        """For each syllable, the share of its occurrences in which it is the surname."""
        first = [0] * len(self.vocabulary.tokens)
        for name, members in zip(self.names, self.members, strict=True):
            first[name[0]] += len(members)
        return [count / max(total, 1) for count, total in zip(first, self.vocabulary.counts, strict=True)]

    def _name(self, written: str, groups: dict[tuple[int, ...], int]) -> tuple[int, int]:
        tokens = tokens_of(written) or [("", "")]
        ids = tuple(self.vocabulary.add(token, 0) for _, token in tokens[:7])
        group = groups.get(ids)
        if group is None:
            group = groups[ids] = len(self.names)
            self.names.append(ids)
            self.members.append(array("I"))
        self.accented.append(tuple(word for word, _ in tokens[:7]))
        return group, len(self.accented) - 1

    def _facts(self, number: int, person: Practitioner, places: PlaceIndex) -> None:
        self.scopes.append(scope_bits(person.scope))
        profession, degree = qualification_ranks(person.qualification)
        self.professions.append(profession)
        self.degrees.append(degree)
        held = [places.of_workplace(workplace) for workplace in person.workplaces]
        held = [place for place in held if place >= 0]
        self.place.append(held[0] if held else -1)
        if len(held) > 1:
            self.more_places[number] = tuple(held)
        for place in held:
            self.by_place.setdefault(place, []).append(number)
        first = person.workplaces[0] if person.workplaces else None
        district, ward = (place_key(first.district), place_key(first.ward)) if first else ("", "")
        if held and not district:
            district, ward = places.districts[held[0]], ward or places.wards[held[0]]
        self.districts.append(self.area(district))
        self.wards.append(self.area(ward))
        licence = registry_licence(person.licence_no) if person.licence_no else None
        if licence:
            known = self.by_licence.get(licence.digits)
            if known is None:
                self.by_licence[licence.digits] = number
            elif isinstance(known, list):
                known.append(number)
            else:
                self.by_licence[licence.digits] = [known, number]

    def area(self, key: str, *, known_only: bool = False) -> int:
        """Return the number of a district or ward (0 for none; 65535 for one that is not in the registry)."""
        if not self.areas:
            self.areas.append("")
            self._areas[""] = 0
        number = self._areas.get(key)
        if number is None:
            if known_only or len(self.areas) >= 65_535:
                return 65_535
            number = self._areas[key] = len(self.areas)
            self.areas.append(key)
        return number

    def with_licence(self, digits: str) -> Sequence[int]:
        """Return the records whose licence number has these digits (no leading zeros)."""
        known = self.by_licence.get(digits)
        return () if known is None else known if isinstance(known, list) else (known,)


_RANKS: dict[str, tuple[int, int]] = {}


def qualification_ranks(qualification: str) -> tuple[int, int]:
    """Return (profession, degree) of a registry's qualification, 0 where it says none."""
    ranks = _RANKS.get(qualification)
    if ranks is None:
        words = plain(qualification)
        profession = next((rank for word, rank in _QUALIFICATIONS if word in words), 0)
        degree = next((rank for word, rank in _DEGREES if word in words), 0)
        ranks = _RANKS[qualification] = (profession, degree)
    return ranks


def site_key(address: str) -> str:
    """Return the bare host of a web address."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip().lower()).split("/")[0]
