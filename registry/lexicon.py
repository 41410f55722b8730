"""The word lists of ``lexicon.yaml``, read once: names, titles, specialities and the words that end a name."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from models.vietnamese import folded


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists. ``*_plain`` are folded; pairs are two words in a row; alternations are regular expressions."""

    surnames: frozenset[str]
    surnames_plain: frozenset[str]
    given: frozenset[str]
    given_plain: frozenset[str]
    names_plain: frozenset[str]
    titles: str
    weak_titles: frozenset[str]
    specialities: str
    modifiers: str
    person_stops: frozenset[str]
    person_pairs: frozenset[tuple[str, str]]
    person_pairs_plain: frozenset[tuple[str, str]]
    facility_stops: frozenset[str]
    facility_pairs: frozenset[tuple[str, str]]
    name_followers: frozenset[str]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _alternation(*texts: str) -> str:
    """Join lines into one alternation, longest first: the first that fits is the longest that fits."""
    lines = sorted({line for text in texts for line in _lines(text)}, key=len, reverse=True)
    return "|".join(line.replace(" ", r"[ \u00a0]") if "?" not in line else line for line in lines)


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    found = (re.fullmatch(r"(\S+) (\S+)", pair.strip()) for pair in re.split(r"[,\n]", text) if pair.strip())
    return frozenset((pair[1], pair[2]) for pair in found if pair)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the word lists shipped with the package."""
    data = yaml.safe_load(Path(__file__).with_name("lexicon.yaml").read_text("utf-8"))
    surnames, given = data["surnames"].lower().split(), data["given"].lower().split()
    return Lexicon(
        surnames=frozenset(surnames),
        surnames_plain=frozenset(map(folded, surnames)),
        given=frozenset(given),
        given_plain=frozenset(map(folded, given)),
        names_plain=frozenset(map(folded, (*surnames, *given))),
        titles=_alternation(data["titles_spelt"], data["titles_short"]),
        weak_titles=frozenset(_lines(data["weak_titles"])),
        specialities=_alternation(data["specialities"]),
        modifiers=_alternation(data["specialities"], data["facility_modifiers"]),
        person_stops=frozenset(data["person_stops"].split()),
        person_pairs=_pairs(data["person_pair_stops"]),
        person_pairs_plain=_pairs(folded(data["person_pair_stops"])),
        facility_stops=frozenset(data["facility_stops"].split()),
        facility_pairs=_pairs(data["facility_pair_stops"]),
        name_followers=frozenset(data["name_followers"].split()),
    )
