"""The features of the other answer: that the registry holds nobody whom the passage names."""

from math import log

from registry import compare
from registry.channel import SAME
from registry.seek_people import PersonQuestion
from registry.seek_places import PlaceQuestion


def person_keys(asked: PersonQuestion) -> list[str]:
    """Return the weight keys for 'nobody in the registry' of a practitioner's passage."""
    passage = asked.passage
    damaged = sum(SAME not in known.values() for known in asked.alternatives)
    return [
        f"nobody.words{min(len(asked.words), 5)}",
        f"nobody.damaged{min(damaged, 3)}",
        f"nobody.licence_{_licence(asked.passage.licence is not None, bool(asked.holders), bool(passage.licence and passage.licence.hidden))}",
        f"nobody.speciality_{bool(passage.named)}",
        f"nobody.clinic_{compare.SILENT if asked.clinic is None else bool(asked.clinic)}",
        f"nobody.phone_{_phone(passage.phones, asked.phone_places)}",
        f"nobody.area_{bool(passage.district or passage.ward)}",
    ]


def place_keys(asked: PlaceQuestion) -> list[str]:
    """Return the weight keys for 'no such place in the registry' of a facility's passage."""
    passage = asked.passage
    return [
        f"nobody.words{min(len(asked.words), 5)}",
        f"nobody.owner_{bool(asked.owner)}",
        f"nobody.licence_{_licence(passage.licence is not None, bool(asked.licence_places), bool(passage.licence and passage.licence.hidden))}",
        f"nobody.phone_{_phone(passage.phones, asked.phone_places)}",
        f"nobody.site_{_phone((passage.site,) if passage.site else (), frozenset({asked.site_place} - {-1}))}",
        f"nobody.address_{bool(passage.street)}",
        f"nobody.area_{bool(passage.district or passage.ward)}",
        f"nobody.speciality_{bool(passage.named)}",
    ]


def _licence(stated: bool, held: bool, hidden: bool) -> str:
    if not stated:
        return compare.SILENT
    return "hidden" if hidden else "held" if held else "unknown"


def _phone(stated: tuple[str, ...], known: frozenset[int]) -> str:
    if not stated:
        return compare.SILENT
    return "known" if known else "unknown"


def rarity(counts: list[int], total: int) -> float:
    """Return the summed rarity of words that occur ``counts`` times among ``total``."""
    return sum(log((total + 1) / (count + 1)) for count in counts)
