"""Scores what an advertisement says around a person's name: speciality, titles, area, clinic, phone, licence number.

``Surroundings.keys`` names the features of one record; ``Surroundings.scores`` weighs those of many at once, from
tables over the few values that occur. A test asserts that both say the same.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from registry import compare
from registry.index import registry_licence
from registry.index_people import PeopleIndex
from registry.question import PersonQuestion

Floats = NDArray[np.float32]

_WORKPLACE_LEVELS = ("same", "tail", "near", "part", "far")


class Tables:
    """Weights by the value that a record holds, for each thing that an ad may state; few are ever asked for."""

    def __init__(self, index: PeopleIndex, weights: dict[str, float]) -> None:
        self.index, self.weights = index, weights
        self.speciality = lru_cache(maxsize=512)(self._speciality)
        self.titles = lru_cache(maxsize=128)(self._titles)

    def weight(self, key: str) -> float:
        """Return the weight of a key, 0 where none was learnt."""
        return self.weights.get(key, 0.0)

    def _speciality(self, named: int, touched: int, wider: int) -> Floats:
        levels = [compare.speciality(named, touched, wider, scope) for scope in self.index.scope_values]
        return np.array([self.weight(f"speciality.{level}") for level in levels], np.float32)

    def _titles(self, profession: int, degree: int) -> Floats:
        return np.array(
            [
                self.weight(f"profession.{compare.profession(profession, ranks >> 4)}")
                + self.weight(f"degree.{compare.degree(degree, ranks & 15)}")
                for ranks in range(256)
            ],
            np.float32,
        )

    def area(self, part: str, stated: int) -> Floats:
        """Weights by the number of an area; what is not among them is another area."""
        table = np.full(len(self.index.areas), self.weight(f"area_{part}.{compare.area(stated, -1)}"), np.float32)
        table[0] = self.weight(f"area_{part}.{compare.area(stated, 0)}")
        if 0 < stated < len(table):
            table[stated] = self.weight(f"area_{part}.{compare.area(stated, stated)}")
        return table


class Surroundings:
    """What one question says around the name."""

    def __init__(self, tables: Tables, asked: PersonQuestion, places: int) -> None:
        self.index, self.asked, self.tables = tables.index, asked, tables
        self._count = places
        self._licence_default = tables.weight(f"licence.{self._licence_level(-1)}")

    def keys(self, record: int) -> list[str]:
        """Return the weight keys of one record."""
        index, passage = self.index, self.asked.passage
        scope, title = index.scope_values[index.scopes[record]], int(index.titles[record])
        return [
            f"speciality.{compare.speciality(passage.named, passage.touched, passage.wider, scope)}",
            f"profession.{compare.profession(passage.profession, title >> 4)}",
            f"degree.{compare.degree(passage.degree, title & 15)}",
            f"area_district.{compare.area(self.asked.district, int(index.districts[record]))}",
            f"area_ward.{compare.area(self.asked.ward, int(index.wards[record]))}",
            f"workplace.{self._workplace(record)}",
            f"phone.{self._phone(record)}",
            f"licence.{self._licence_level(record)}",
        ]

    def scores(self, records: NDArray[np.integer]) -> Floats:
        """Return the summed weights of ``records`` (ascending)."""
        index, passage, tables = self.index, self.asked.passage, self.tables
        total: Floats = tables.speciality(passage.named, passage.touched, passage.wider)[index.scopes[records]]
        total += tables.titles(passage.profession, passage.degree)[index.titles[records]]
        for part, stated, held in (
            ("district", self.asked.district, index.districts),
            ("ward", self.asked.ward, index.wards),
        ):
            if stated:
                total += tables.area(part, stated).take(held[records], mode="clip")
            else:
                total += tables.weight(f"area_{part}.{compare.SILENT}")
        total += self._place_scores(records)
        return total + self._licence_scores(records)

    def _place_scores(self, records: NDArray[np.integer]) -> Floats:
        special = set(self.asked.clinic or ()) | self.asked.phone_places
        table = np.full(self._count + 1, self._elsewhere(stated=True), np.float32)
        table[-1] = self._elsewhere(stated=False)  # where a record's place is -1
        for place in special:
            table[place] = self._place_weight((place,))
        found: Floats = table[self.index.place[records]]
        more, by_place = self.index.more_places, self.index.by_place
        for record in {r for place in special for r in by_place.get(place, ()) if r in more} if more else ():
            at = int(np.searchsorted(records, record))
            if at < len(records) and records[at] == record:
                found[at] = self._place_weight(more[record])
        return found

    def _place_weight(self, places: tuple[int, ...]) -> float:
        weight = self.tables.weight
        return weight(f"workplace.{self._workplace_of(places)}") + weight(f"phone.{self._phone_of(places)}")

    def _elsewhere(self, *, stated: bool) -> float:
        """What a workplace that the ad does not name weighs, and what having none in the registry weighs."""
        asked = self.asked
        if asked.clinic is None:
            level = compare.SILENT
        else:
            level = "unstated" if not stated else "other" if asked.clinic else "nowhere"
        phone = compare.phone(False, bool(asked.phone_places), bool(asked.passage.phones))
        return self.tables.weight(f"workplace.{level}") + self.tables.weight(f"phone.{phone}")

    def _licence_scores(self, records: NDArray[np.integer]) -> Floats:
        stated, weight = self.asked.passage.licence, self.tables.weight
        total = np.full(len(records), self._licence_default, np.float32)
        if stated is not None and stated.hidden:
            return self._hidden_scores(records, stated.digits, stated.hidden)
        for holder in self.asked.holders:
            at = int(np.searchsorted(records, holder))
            if at < len(records) and records[at] == holder:
                total[at] = weight(f"licence.{self._licence_level(holder)}")
        return total

    def _hidden_scores(self, records: NDArray[np.integer], digits: str, hidden: int) -> Floats:
        """What a number with its last digits hidden weighs for each record's own number."""
        weight, index = self.tables.weight, self.index
        length = index.licence_digits[records]
        fits = (length == len(digits) + hidden) & (index.licence_values[records] // 10**hidden == int(digits or 0))
        said = np.where(fits, weight("licence.prefix"), weight("licence.other_prefix"))
        return np.where(length == 0, weight("licence.unstated"), said).astype(np.float32)

    def _places(self, record: int) -> tuple[int, ...]:
        place = int(self.index.place[record])
        return self.index.more_places.get(record) or ((place,) if place >= 0 else ())

    def _workplace(self, record: int) -> str:
        return self._workplace_of(self._places(record))

    def _workplace_of(self, held: tuple[int, ...]) -> str:
        clinic = self.asked.clinic
        if clinic is None:
            return compare.workplace(compare.SILENT)
        if not held:
            return compare.workplace("unstated")
        levels = [clinic.get(place, "") for place in held]
        best = next((level for level in _WORKPLACE_LEVELS if level in levels), "")
        return compare.workplace(best or ("other" if clinic else "nowhere"))

    def _phone(self, record: int) -> str:
        return self._phone_of(self._places(record))

    def _phone_of(self, held: tuple[int, ...]) -> str:
        own = any(place in self.asked.phone_places for place in held)
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
