"""The registry arranged for look-up: people by their name's syllables, places by their brand, both by exact numbers.

Records stay where they are; the index keeps small parallel arrays. ``PeopleIndex.records[i]`` and the arrays' ``[i]``
speak of one practitioner. Names that fold alike are one *group*.
"""

import re
from array import array
from collections.abc import Sequence

import numpy as np

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
)
from registry.specialities import scope_bits
from registry.types import Facility, Workplace

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
        self.by_glued: dict[str, list[int]] = {}  # folded trade name without blanks, as site names are made -> places
        self.own_brands: list[frozenset[int]] = []  # place -> its own brands, without those of the owner alone
        self.by_licence: dict[str, list[int]] = {}
        self.licences: list[Licence | None] = []
        self.districts: list[str] = []
        self.wards: list[str] = []
        self.houses: list[tuple[str, str]] = []
        self.repeated: dict[int, list[int]] = {}  # token -> brands that hold it twice
        self._brand_numbers: dict[tuple[str, ...], int] = {}
        for number, facility in enumerate(facilities):
            self._add(number, facility)
        self._extra: dict[str, int] = {}

    def _add(self, number: int, facility: Facility) -> None:
        owner = facility.organisation and f"{facility.legal_name.split(' thuộc ')[0]} thuộc {facility.organisation}"
        names = [name for name in (facility.trade_name, facility.legal_name, owner) if name]
        self.place_brands.append(self._brands(number, names))
        self.own_brands.append(self._own(names[:2]))
        self.by_glued.setdefault("".join(plain(names[0]).split()) if names else "", []).append(number)
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
                    self.vocabulary.written.update(words)
                    self.brand_places.append([])
                found[known] = None
        for brand_number in found:
            self.brand_places[brand_number].append(number)
        return tuple(found)

    def _own(self, names: Sequence[str]) -> frozenset[int]:
        first = [brands_of(name)[:1] for name in names]
        words = [tuple(word for word, _ in brand) for brands in first for brand in brands]
        return frozenset(self._brand_numbers[each] for each in words)

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
            self.own_brands.append(frozenset(self.place_brands[-1]))
            self.kinds.append(kind_of(plain(workplace.name)))
            self.scopes.append(0)
            self.licences.append(None)
            self.districts.append(place_key(workplace.district))
            self.wards.append(place_key(workplace.ward))
            self.houses.append(("", ""))
        return number

    def finish(self) -> None:
        """Sort the brands by token once every place is known."""
        postings: list[array[int]] = [array("I") for _ in self.vocabulary.tokens]
        for number, brand in enumerate(self.brands):
            for token in dict.fromkeys(brand):
                postings[token].append(number)
                if brand.count(token) > 1:
                    self.repeated.setdefault(token, []).append(number)
        self.by_token = [np.frombuffer(posting, np.uint32) for posting in postings]


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
