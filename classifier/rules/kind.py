"""What a text is and what it sells: weighed cues and short generic words, without diacritics."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import pairwise
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
#: Signs that are no words: each is a feature of its own.
_SIGNS: dict[str, re.Pattern[str]] = {
    "#phone": re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .\-]?\d){8,10}(?!\d)"),
    "#price": re.compile(r"\d[\d.,]{0,15}\s?(?:k|d|vnd|dong|trieu|tr)\b|\d{1,3}(?:\.\d{3}){1,4}"),
    "#url": re.compile(r"https?://|www\."),
    "#percent": re.compile("%"),
    "#emoji": re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]"),
    "#question": re.compile(r"\?"),
    "#exclaim": re.compile("!"),
}
#: Only so much is read for the kind (letters): longer pages repeat themselves.
_READ = 20_000


class CueEntry(BaseModel):
    """One cue of ``kind.yaml``: a pattern and its weight for each kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str
    weights: _Four = Field(min_length=4, max_length=4)


class DomainEntry(BaseModel):
    """One product class of ``kind.yaml``: log-odds without any match, and per match of each pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    find: dict[str, float]


class ShiftEntry(BaseModel):
    """What it says when all frames of ``when`` and none of ``unless`` occur: log-odds for each kind."""

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


@dataclass(frozen=True, slots=True)
class KindModel:
    """Compiled weights."""

    version: str
    temper: float
    lift: float
    bias: tuple[float, ...]
    cues: tuple[tuple[re.Pattern[str], tuple[float, ...]], ...]
    words: Mapping[str, tuple[float, ...]]
    domains: Mapping[Domain, tuple[float, tuple[tuple[re.Pattern[str], float], ...]]]
    frames: Mapping[str, re.Pattern[str]]
    shifts: tuple[ShiftEntry, ...]

    def kinds(self, reading: Reading) -> dict[TextKind, float]:
        """Return the probability of each kind; a text without Vietnamese words is ``other``."""
        bare = reading.bare[:_READ]
        if not is_vietnamese(reading):
            return {kind: float(kind is TextKind.OTHER) for kind in TextKind}
        sure = trust(bare)
        totals = [sure * self.temper * total for total in self._learnt(bare)]
        totals[0] += sure * self.lift
        say = frame_say(bare)
        for weights in self._framed(bare):
            totals = [total + say * weight for total, weight in zip(totals, weights, strict=True)]
        return dict(zip(TextKind, _softmax(totals), strict=True))

    def _learnt(self, bare: str) -> list[float]:
        """Log-odds of the learnt cues and words."""
        totals = list(self.bias)
        for pattern, weights in self.cues:
            count = _count(pattern, bare) / 3
            if count:
                totals = [total + count * weight for total, weight in zip(totals, weights, strict=True)]
        found = [self.words[word] for word in _grams(bare) if word in self.words]
        scale = 1 / math.sqrt(max(1, len(found)))
        for weights in found:
            totals = [total + scale * weight for total, weight in zip(totals, weights, strict=True)]
        return totals

    def _framed(self, bare: str) -> Iterator[list[float]]:
        """Log-odds of what the text does: offers, reports, advises."""
        seen = {name for name, pattern in self.frames.items() if pattern.search(bare)}
        for shift in self.shifts:
            if seen.issuperset(shift.when) and seen.isdisjoint(shift.unless):
                yield shift.weights

    def products(self, reading: Reading) -> dict[Domain, float]:
        """Return the probability of each product class, given that the text advertises health."""
        bare = reading.bare[:_READ]
        return {
            domain: _logistic(bias + sum(weight * _count(pattern, bare) for pattern, weight in patterns))
            for domain, (bias, patterns) in self.domains.items()
        }


def trust(bare: str) -> float:
    """How far the learnt weights are trusted: fully from forty words on, in proportion below: they are of passages."""
    return min(1.0, len(bare.split()) / 40)


def frame_say(bare: str) -> float:
    """How much the frames say: all on a short text, a fifth from 120 words on (a long one holds every frame)."""
    return max(0.2, min(1.0, 1.0 - (len(bare.split()) - 40) / 100))


def _count(pattern: re.Pattern[str], text: str) -> int:
    count = 0
    for _ in pattern.finditer(text):
        count += 1
        if count == 3:
            break
    return count


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
        cues=tuple((_cue(entry.find), tuple(entry.weights)) for entry in file.cues.values()),
        words={word: tuple(weights) for word, weights in file.words.items()},
        frames={name: _cue(find) for name, find in file.frames.items()},
        shifts=tuple(file.shifts),
        domains={
            domain: (entry.bias, tuple((_cue(find), weight) for find, weight in entry.find.items()))
            for domain, entry in file.domains.items()
        },
    )


def _cue(find: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{find})")
