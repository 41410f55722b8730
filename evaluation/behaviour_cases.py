"""The cases of the behavioural suite: read from YAML, checked, and made into pairs of texts with what must hold."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, TextKind

CASES = Path(__file__).resolve().parent.parent / "data" / "behaviour"


class Capability(StrEnum):
    """What a case tries; each has its file."""

    MINIMUM = "minimum"
    INVARIANCE = "invariance"
    DIRECTION = "direction"


class Risk(StrEnum):
    """How the risk may move from the base to the changed text."""

    FREE = "free"
    NOT_HIGHER = "not_higher"
    NOT_LOWER = "not_lower"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold of the answer: its kind, codes flagged, codes not flagged, the risk; ``same``: as for the base."""

    kind: TextKind | None = None
    flags: tuple[Code, ...] = ()
    refuse: tuple[Code, ...] = ()
    refuse_all: bool = False
    risk: Risk = Risk.FREE
    same: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """``text`` is judged; ``base`` is what it was made from (the same text where nothing was changed)."""

    id: str
    capability: Capability
    about: str
    base: str
    text: str
    claim: Claim


def read_cases(folder: Path = CASES) -> Iterator[Case]:
    """Yield every case of ``folder``. Raises ``InputError`` naming the file and the case that is wrong."""
    seen: set[str] = set()
    for capability in Capability:
        path = folder / f"{capability.value}.yaml"
        for number, row in enumerate(_rows(path), 1):
            where = f"{path.name}, case {row.get('id', number)}"
            for case in _cases(capability, row, where):
                if case.id in seen:
                    raise InputError(f"{where}: the id {case.id} is used twice.", "Give each case its own.")
                seen.add(case.id)
                yield case


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.", "Name a folder with the three files.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}.", "Mend the file.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path} is not a list of cases.", "See the comment at the head of the bundled files.")
    return rows


_FIELDS = {
    Capability.MINIMUM: {"id", "about", "text", "kind", "flags", "refuse"},
    Capability.INVARIANCE: {"id", "text", "swaps", "flags", "refuse"},
    Capability.DIRECTION: {"id", "about", "base", "changed", "add", "without_marks", "risk", "flags", "refuse"},
}


def _cases(capability: Capability, row: Mapping[str, Any], where: str) -> Iterator[Case]:
    unknown = set(map(str, row)) - _FIELDS[capability]
    try:
        if unknown:
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")  # noqa: TRY301 - told with the place below
        yield from _MAKERS[capability](row)
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise InputError(f"{where}: {fault}.", "See the comment at the head of the file.") from fault


def _minimum(row: Mapping[str, Any]) -> Iterator[Case]:
    claim = _claim(row)
    if claim == Claim():
        raise ValueError("it asks for nothing")
    yield Case(row["id"], Capability.MINIMUM, row["about"], row["text"], row["text"], claim)


def _direction(row: Mapping[str, Any]) -> Iterator[Case]:
    claim = _claim(row)
    if claim == Claim():
        raise ValueError("it asks for nothing")
    yield Case(row["id"], Capability.DIRECTION, row["about"], row["base"], _other(row), claim)


def _other(row: Mapping[str, Any]) -> str:
    ways = [name for name in ("changed", "add", "without_marks") if name in row]
    if len(ways) != 1:
        raise ValueError("one of changed, add, without_marks is needed")
    if ways == ["add"]:
        return f"{row['base']} {row['add']}"
    return without_marks(row["base"]) if ways == ["without_marks"] else str(row["changed"])


def _invariance(row: Mapping[str, Any]) -> Iterator[Case]:
    text, claim = row["text"], replace(_claim(row), same=True)
    for about, swaps in row["swaps"].items():
        changed = text
        for swap in swaps:
            old, new = swap.split(" → ")
            if old not in changed:
                raise ValueError(f"{old!r} is not in the text")
            changed = changed.replace(old, new)
        yield _same(row["id"], about, text, changed, claim)
    for about, change in CHANGES.items():
        yield _same(row["id"], about, text, change(text), claim)


def _same(name: str, about: str, base: str, text: str, claim: Claim) -> Case:
    return Case(f"{name}-{about}", Capability.INVARIANCE, about, base, text, claim)


def _claim(row: Mapping[str, Any]) -> Claim:
    every = row.get("refuse") == "all"
    flags, refuse = _codes(row.get("flags", [])), () if every else _codes(row.get("refuse", []))
    kind = TextKind(row["kind"]) if "kind" in row else None
    return Claim(kind, flags, refuse, every, Risk(row.get("risk", Risk.FREE)))


def _codes(names: Sequence[str]) -> tuple[Code, ...]:
    codes = tuple(Code(name) for name in names)
    wrong = next((code for code in codes if code not in TEXT_CODES), None)
    if wrong is not None:
        raise ValueError(f"{wrong} is not decided by the text")
    return codes


def without_marks(text: str) -> str:
    """Return ``text`` as typed without diacritics; capitals stay."""
    bare = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "".join(bare).replace("đ", "d").replace("Đ", "D")


def _spaced(text: str) -> str:
    """Return ``text`` with other white space: line ends after sentences, hard and double spaces."""
    return text.replace(". ", ".\n\n").replace(", ", ",\u00a0 ").replace(": ", ":  ")


def _emoji(text: str) -> str:
    return f"💚 {text.replace('. ', '. ✨ ')} 👉"


#: What is done to every text of the invariance suite.
CHANGES: Mapping[str, Callable[[str], str]] = {
    "case": str.upper,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "spacing": _spaced,
    "emoji": _emoji,
}

_MAKERS: Mapping[Capability, Callable[[Mapping[str, Any]], Iterator[Case]]] = {
    Capability.MINIMUM: _minimum,
    Capability.INVARIANCE: _invariance,
    Capability.DIRECTION: _direction,
}
