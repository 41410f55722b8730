"""Advertised techniques and services, normalised to a curated working table, with the scopes that usually cover them.

The table (``techniques.yaml``) is a working tool, not law: it is dated, says it is not verified, and is silent where
the usual scope is contested. Silence is answered with ``None``: 'cannot tell', never 'not covered'.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.reading import Reading, Word
from registry.types import Mention


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique. Any of ``scopes`` usually covers it; ``None``, here and in ``invasive``, is unknown."""

    name: str
    synonyms: tuple[str, ...]
    scopes: frozenset[str] | None
    invasive: bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table: techniques by folded name or synonym, and where it comes from.

    ``spelt`` has every spelling of a folded word with its technique: 'trị nám da' and 'trị nấm da' fold alike.
    """

    by_word: dict[str, Technique]
    spelt: dict[str, tuple[tuple[str, Technique], ...]]
    source: str
    verified: bool
    dated: str

    @property
    def techniques(self) -> tuple[Technique, ...]:
        """Every technique once."""
        return tuple(dict.fromkeys(self.by_word.values()))


def _technique(name: str, synonyms: str, group: dict[str, Any]) -> Technique:
    scopes = frozenset(group["scopes"]) if group.get("scopes") else None
    words = tuple(word.strip() for word in (synonyms or "").split("|") if word.strip())
    return Technique(name, words, scopes, group.get("invasive"))


@lru_cache(maxsize=1)
def techniques_table() -> Table:
    """Read the shipped table once."""
    data = yaml.safe_load(Path(__file__).with_name("techniques.yaml").read_text("utf-8"))
    by_word: dict[str, Technique] = {}
    spelt: dict[str, tuple[tuple[str, Technique], ...]] = {}
    for group in data["groups"]:
        for name, synonyms in group["techniques"].items():
            technique = _technique(name, synonyms, group)
            for word in (technique.name, *technique.synonyms):
                by_word.setdefault(_key(word), technique)
                spelt[_key(word)] = (*spelt.get(_key(word), ()), (word, technique))
    return Table(by_word, spelt, data["source"], data["verified"], str(data["dated"]))


def _key(words: str) -> str:
    return " ".join(re.findall(r"[a-z0-9+]+", folded(words)))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    words = sorted(techniques_table().by_word, key=len, reverse=True)
    # Grouped by first word: the regular expression engine then tries few alternatives at each place.
    heads: dict[str, list[str]] = {}
    for word in words:
        head, _, rest = word.partition(" ")
        heads.setdefault(head, []).append(rest)
    branches = [re.escape(head) + _tails(rests) for head, rests in sorted(heads.items())]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(branches)})(?![a-z0-9])")


#: Between the words of a technique: 'đính đá, kim cương lên răng'.
_BETWEEN = r"(?:[\s_-]{1,2}|,\s)"


def _tails(rests: list[str]) -> str:
    tails = [_BETWEEN.join(map(re.escape, rest.split())) for rest in rests if rest]
    if not tails:
        return ""
    joined = rf"{_BETWEEN}(?:{'|'.join(tails)})(?![a-z0-9])"
    return rf"(?:{joined})?" if "" in rests else joined


#: What is sold to be taken or put on is no technique: 'kem trị mụn', 'viên uống giảm cân', 'túi độn ngực'.
_PRODUCT = re.compile(
    r"(?<![a-z])(?:kem|gel|serum|vien uong|vien|tra|san pham|thuc pham|mat na|sua|toner|mieng dan|mieng lot|"
    r"my pham|sua rua mat|tui|bo san pham|may)\s(?:ho tro |ngua |duong |bi )?$"
)

#: 'phòng khám nam khoa' is a kind of place, 'cảm giác hơi', 'sóng siêu âm' and 'khám nội soi' are other words.
_NOT_BEFORE = re.compile(r" (?:soi|that|tru|dong)(?![a-z])")


def _another_word(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    before = text[max(0, start - 12) : start]
    if re.search(r"(?:phong|benh vien) $", before) and text.startswith("kham", start):
        return True
    if re.search(r"(?:cam) $", before) and text.startswith("giac", start):
        return True
    if _PRODUCT.search(text[max(0, start - 30) : start]):
        return True
    if before.endswith("song ") and text.startswith("sieu", start):
        return True
    return found.group() in {"kham noi", "kham nhi"} and _NOT_BEFORE.match(text, end) is not None


def find_techniques(reading: Reading) -> Iterator[Mention]:
    """Every technique that the text names, in order; ``value`` is the table's name for it."""
    text, at = reading.folded, 0
    while found := _pattern().search(text, at):
        technique = None if _another_word(text, found) else _spelt_so(reading, found)
        # What only looks like a technique may hold one: 'xấm lấn tối thiểu HCPT'.
        at = found.end() if technique else found.start() + 1
        if technique:
            start, end = reading.span(found.start(), found.end())
            yield Mention(MentionKind.TECHNIQUE, reading.given[start:end], start, end, technique.name)


def _spelt_so(reading: Reading, found: re.Match[str]) -> Technique | None:
    """The technique whose marks agree where the text writes any: folding makes 'vá trinh' equal 'và trình'."""
    spellings = techniques_table().spelt.get(_key(found.group()), ())
    words = reading.words_between(found.start(), found.end())
    plain = all(word.is_plain for word in words)
    return next((one for spelling, one in spellings if plain or _same_marks(spelling, words)), None)


def _same_marks(spelling: str, words: Sequence[Word]) -> bool:
    expected = [word.lower() for word in re.findall(r"[^\W_]+", spelling)]
    if len(expected) != len(words):
        return True
    return all(_tone_key(one) == _tone_key(word.lower) for one, word in zip(expected, words, strict=True))


def _tone_key(word: str) -> str:
    """A word without the place of its tone: 'hoà' and 'hòa', 'thuỷ' and 'thủy' are written both ways; y/i too."""
    letters = unicodedata.normalize("NFD", word)
    marks = sorted(mark for mark in letters if unicodedata.combining(mark))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("y", "i") + "".join(marks)


def technique_of(words: str) -> Technique | None:
    """Return the table's technique of this name or synonym; ``None`` when it holds none."""
    return techniques_table().by_word.get(_key(words))


def scopes_for(technique: str) -> frozenset[str] | None:
    """Return the scopes of practice any of which usually covers the technique; ``None`` when the table is silent."""
    found = technique_of(technique)
    return found.scopes if found else None


def invasive(technique: str) -> bool | None:
    """Return whether the technique is invasive; ``None`` when the table is silent."""
    found = technique_of(technique)
    return found.invasive if found else None
