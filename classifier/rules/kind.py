"""What a text is and what it sells: weighed cues and short generic words, without diacritics."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifier.rules.lexicon import SAFE_LOADER
from classifier.text import Reading
from models.errors import InputError
from models.vocabulary import Domain, TextKind

WEIGHTS = Path(__file__).parent.parent / "kind.yaml"

_Four = list[float]
_CLAUSE = re.compile(r"[^a-z ]+")
#: Signs that are no words: each counts as one.
_SIGNS: dict[str, re.Pattern[str]] = {
    "#percent": re.compile("%"),
    "#emoji": re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]"),
    "#question": re.compile(r"\?"),
    "#exclaim": re.compile("!"),
}
#: Only so much is read for the kind (letters): longer pages repeat themselves.
_READ = 20_000
#: The letters of a page that say what it is about: its heading and first lines.
_FIRST = 350
#: A cue's matches are counted up to here: enough for the rate on any page that is read.
_MOST = 60
#: A text shorter than this many words is taken to have so many: three words show no rate.
_FEW = 40


class CueEntry(BaseModel):
    """One cue of ``kind.yaml``: a pattern, its weight for each kind when it occurs, and by how often it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    weights: _Four = Field(min_length=4, max_length=4)
    rate: _Four = Field(min_length=4, max_length=4)


class MarkEntry(BaseModel):
    """A sign of a whole page: occurs ``least`` times, anywhere or in the ``first`` letters only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    first: bool = False
    least: int = Field(default=1, ge=1, le=_MOST)


class DomainEntry(BaseModel):
    """One product class of ``kind.yaml``: log-odds without any match, and per match of each pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    find: dict[str, float]


class ShiftEntry(BaseModel):
    """What it says when all of ``when`` and none of ``unless`` occur: log-odds for each kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: list[str]
    unless: list[str] = []
    weights: _Four = Field(min_length=4, max_length=4)


class KindFile(BaseModel):
    """``kind.yaml`` as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    temper: float
    lift: float
    bias: _Four = Field(min_length=4, max_length=4)
    cues: dict[str, CueEntry]
    words: dict[str, _Four]
    domains: dict[Domain, DomainEntry]
    frames: dict[str, str]
    shifts: list[ShiftEntry]
    marks: dict[str, MarkEntry]
    tells: list[ShiftEntry]


@dataclass(frozen=True, slots=True)
class KindModel:
    """Compiled weights."""

    version: str
    temper: float
    lift: float
    bias: tuple[float, ...]
    cues: tuple[tuple[re.Pattern[str], tuple[float, ...], tuple[float, ...]], ...]
    words: Mapping[str, tuple[float, ...]]
    domains: Mapping[Domain, tuple[float, tuple[tuple[re.Pattern[str], float], ...]]]
    frames: Mapping[str, re.Pattern[str]]
    shifts: tuple[ShiftEntry, ...]
    marks: Mapping[str, tuple[re.Pattern[str], bool, int]]
    tells: tuple[ShiftEntry, ...]

    def kinds(self, reading: Reading) -> dict[TextKind, float]:
        """Return the probability of each kind; a text without Vietnamese words is ``other``."""
        if not is_vietnamese(reading):
            return {kind: float(kind is TextKind.OTHER) for kind in TextKind}
        bare = reading.bare[:_READ]
        totals = [self.temper * total for total in self._learnt(bare)]
        totals[0] += self.lift
        seen = self._marked(bare) | self._framed(bare)
        for weights in _told(self.tells, seen):
            totals = _add(totals, weights, 1.0)
        return dict(zip(TextKind, _softmax(totals), strict=True))

    def _learnt(self, bare: str) -> list[float]:
        """Log-odds of the learnt cues, words and frames."""
        totals = list(self.bias)
        hundreds = max(_FEW, len(bare.split())) / 100
        for pattern, weights, rate in self.cues:
            if count := _count(pattern, bare, _MOST):
                totals = _add(_add(totals, weights, 1.0), rate, math.log1p(count / hundreds) / 2)
        found = [self.words[word] for word in _grams(bare) if word in self.words]
        for word in found:
            totals = _add(totals, word, 1 / math.sqrt(len(found)))
        for told in _told(self.shifts, self._framed(bare)):
            totals = _add(totals, told, 1.0)
        return totals

    def _framed(self, bare: str) -> set[str]:
        """What the text does: the frames that occur in it."""
        return {name for name, pattern in self.frames.items() if pattern.search(bare)}

    def _marked(self, bare: str) -> set[str]:
        """The signs of a whole page that the text bears."""
        return {
            name
            for name, (pattern, first, least) in self.marks.items()
            if _count(pattern, bare[:_FIRST] if first else bare, least) >= least
        }

    def products(self, reading: Reading) -> dict[Domain, float]:
        """Return the probability of each product class, given that the text advertises health."""
        bare = reading.bare[:_READ]
        return {
            domain: _logistic(bias + sum(weight * _count(pattern, bare) for pattern, weight in patterns))
            for domain, (bias, patterns) in self.domains.items()
        }


def _told(entries: Sequence[ShiftEntry], seen: set[str]) -> Iterator[list[float]]:
    """The log-odds of each meeting that happens: all of ``when``, none of ``unless``."""
    return (e.weights for e in entries if seen.issuperset(e.when) and seen.isdisjoint(e.unless))


def _add(totals: list[float], weights: Sequence[float], times: float) -> list[float]:
    return [total + times * weight for total, weight in zip(totals, weights, strict=True)]


def _count(pattern: re.Pattern[str], text: str, most: int = 3) -> int:
    """Count matches, up to ``most``."""
    return sum(1 for _ in islice(pattern.finditer(text), most))


def _grams(bare: str) -> set[str]:
    found: set[str] = {sign for sign, pattern in _SIGNS.items() if pattern.search(bare)}
    for clause in _CLAUSE.split(bare):
        words = clause.split()
        found.update(words)
        found.update(f"{left} {right}" for left, right in pairwise(words))
    return found


def _softmax(totals: list[float]) -> list[float]:
    highest = max(totals)
    powers = [math.exp(total - highest) for total in totals]
    return [power / sum(powers) for power in powers]


def _logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


_MARKED = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")


def is_vietnamese(reading: Reading) -> bool:
    """Tell whether the text is Vietnamese: enough marked letters, or words that only lost them."""
    sample = reading.text[:_READ]
    letters = sum(1 for character in sample if character.isalpha())
    if letters < 3:
        return False
    return len(_MARKED.findall(sample)) * 20 >= letters or bool(reading.damaged)


def load_kind_model(path: Path = WEIGHTS) -> KindModel:
    """Read and compile the weights. ``InputError`` names the entry that cannot be used."""
    try:
        content = path.read_bytes()
        raw: Any = yaml.load(content, Loader=SAFE_LOADER)  # noqa: S506 - a safe loader
        file = KindFile.model_validate(raw)
        return _compiled(file, sha256(content).hexdigest()[:8])
    except (OSError, yaml.YAMLError, re.error) as problem:
        raise InputError(f"{path.name} cannot be read: {problem}", "Restore the file from the distribution.") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path.name}: {where}: {first['msg']}", "Mend this entry.") from None


@cache
def default_kind_model() -> KindModel:
    """The weights that ship with the package, compiled once per process."""
    return load_kind_model()


def _compiled(file: KindFile, version: str) -> KindModel:
    return KindModel(
        version=f"{file.version}-{version}",
        temper=file.temper,
        lift=file.lift,
        bias=tuple(file.bias),
        cues=tuple((_cue(e.find), tuple(e.weights), tuple(e.rate)) for e in file.cues.values()),
        words={word: tuple(weights) for word, weights in file.words.items()},
        frames={name: _cue(find) for name, find in file.frames.items()},
        shifts=tuple(file.shifts),
        marks={name: (_cue(mark.find), mark.first, mark.least) for name, mark in file.marks.items()},
        tells=tuple(file.tells),
        domains={
            domain: (entry.bias, tuple((_cue(find), weight) for find, weight in entry.find.items()))
            for domain, entry in file.domains.items()
        },
    )


def _cue(find: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{find})")
