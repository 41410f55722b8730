"""The features of the other answer: that the registry holds nobody whom the passage names."""

from collections.abc import Sequence
from math import log10

from registry import compare
from registry.channel import SAME
from registry.passage import Licence
from registry.question import PersonQuestion
from registry.seek_places import PlaceQuestion


def expected(counts: Sequence[int], total: int) -> int:
    """Return log10 of how many records would hold all these words by chance, in half steps from -6 to 10.

    A rare name that the registry holds is hardly there by chance; a common one may be.
    """
    if not counts or not total:
        return 10
    log = log10(total) + sum(log10((count + 0.5) / total) for count in counts)
    return max(-6, min(10, round(2 * log)))


def person_keys(asked: PersonQuestion, counts: Sequence[int], total: int) -> list[str]:
    """Return the weight keys for 'nobody in the registry' of a practitioner's passage.

    ``counts``: how often the registry holds each word of the name, among ``total`` records.
    """
    passage = asked.passage
    damaged = sum(SAME not in known.values() for known in asked.alternatives)
    clinic = compare.SILENT if asked.clinic is None else str(bool(asked.clinic))
    return [
        f"nobody.words{min(len(asked.words), 5)}",
        f"nobody.expected{min(len(asked.words), 3)}_{expected(counts, total)}",
        f"nobody.damaged{min(damaged, 3)}",
        f"nobody.licence_{_licence(passage.licence, bool(asked.holders))}",
        f"nobody.speciality_{bool(passage.named)}",
        f"nobody.clinic_{clinic}",
        f"nobody.phone_{_known(bool(passage.phones), bool(asked.phone_places))}",
        f"nobody.area_{bool(passage.district or passage.ward)}",
    ]


def place_keys(asked: PlaceQuestion, counts: Sequence[int], total: int) -> list[str]:
    """Return the weight keys for 'no such place in the registry' of a facility's passage."""
    passage = asked.passage
    return [
        f"nobody.words{min(len(asked.words), 5)}",
        f"nobody.expected{min(len(asked.words), 3)}_{expected(counts, total)}",
        f"nobody.owner_{bool(asked.owner)}",
        f"nobody.licence_{_licence(passage.licence, bool(asked.licence_places))}",
        f"nobody.phone_{_known(bool(passage.phones), bool(asked.phone_places))}",
        f"nobody.site_{_known(bool(passage.site), asked.site_place >= 0)}",
        f"nobody.address_{bool(passage.street)}",
        f"nobody.area_{bool(passage.district or passage.ward)}",
        f"nobody.speciality_{bool(passage.named)}",
    ]


def _licence(stated: Licence | None, held: bool) -> str:
    if stated is None:
        return compare.SILENT
    return "hidden" if stated.hidden else "held" if held else "unknown"


def _known(stated: bool, known: bool) -> str:
    if not stated:
        return compare.SILENT
    return "known" if known else "unknown"
