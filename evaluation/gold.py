"""Labelled samples: read, checked, and joined with nothing but themselves."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import InputError
from models.vocabulary import Code, Domain, MentionKind, TextKind
from pipeline.lines import read_lines


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled text: what it is, its product classes, and the quotes that prove each code.

    ``pair`` joins texts that differ in little (one that violates, one that does not); ``original`` is the id of the
    text that this one is a disguised copy of. ``fields`` are the other short fields of the line (``channel``,
    ``disguise``, ``region``, or the user's own), each with one or more values: figures are broken down by them.
    ``weight`` is how many texts this one stands for, where it was drawn from more.
    """

    id: str
    text: str
    kind: TextKind
    domains: frozenset[Domain]
    codes: Mapping[Code, tuple[str, ...]]
    group: str
    pair: str = ""
    original: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MatchSample:
    """One labelled mention. ``gold`` is a registry id, ``NONE``, or ``AMBIGUOUS`` (``gold_set`` holds the records)."""

    id: str
    kind: MentionKind
    text: str
    gold: str
    gold_set: frozenset[str]
    impostor: str
    noise: tuple[str, ...]
    form: str


def read_samples(path: Path) -> list[Sample]:
    """Read labelled samples. Raises ``InputError`` naming the first line that is not one, or that there is none."""
    samples = [_sample(path, line.number, line.content, line.error) for line in read_lines(str(path))]
    if not samples:
        raise _nothing_in(path)
    return samples


def _nothing_in(path: Path) -> InputError:
    return InputError(f"{path} holds no labelled sample.", "See docs/evaluation.md.")


def _string(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{str(value)[:40]!r} is not text")
    return value


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise TypeError(f"weight {str(value)[:40]} is no positive number")
    return float(value)


def _quotes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("quotes are a list")
    return tuple(map(_string, value))


#: Fields that are used otherwise, or that say nothing about a class of texts.
_NO_CLASS = frozenset(
    {"id", "text", "kind", "domains", "codes", "group", "pair", "original", "note", "title", "url", "weight"}
    | {"read_at", "published_on", "version"}
)
#: A longer value is a remark, not the name of a class.
_SHORT = 40


def _short(name: str, value: object) -> tuple[str, ...]:
    """Return the value or values of a field that names a class of texts; nothing for any other field."""
    values = value if isinstance(value, list) else [value]
    if name in _NO_CLASS or not all(isinstance(item, str | bool) and len(str(item)) <= _SHORT for item in values):
        return ()
    return tuple(dict.fromkeys(str(item) for item in values if str(item)))


def _sample(path: Path, number: int, content: Mapping[str, Any] | None, error: str) -> Sample:
    if content is None:
        raise InputError(f"{path}, line {number}: {error}.", "Mend the line.")
    try:
        sample = Sample(
            id=str(content["id"]),
            text=_string(content["text"]),
            kind=TextKind(content["kind"]),
            domains=frozenset(Domain(name) for name in content.get("domains", ())),
            codes={Code(code): _quotes(quotes) for code, quotes in content.get("codes", {}).items()},
            group=str(content.get("group") or content["id"]),
            pair=str(content.get("pair") or ""),
            original=str(content.get("original") or ""),
            fields={name: values for name, value in content.items() if (values := _short(name, value))},
            weight=_weight(content.get("weight", 1.0)),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise InputError(
            f"{path}, line {number}: not a labelled sample ({fault}).", "See docs/evaluation.md."
        ) from fault
    for code, quotes in sample.codes.items():
        missing = next((quote for quote in quotes if quote not in sample.text), None)
        if missing is not None:
            raise InputError(
                f"{path}, line {number}: the quote of {code} is not in the text: {missing[:60]!r}.",
                "Quotes are exact substrings.",
            )
    return sample


def read_match_samples(path: Path) -> list[MatchSample]:
    """Read labelled mentions. Raises ``InputError`` naming the first line that is not one."""
    samples = []
    for line in read_lines(str(path)):
        content = line.content or {}
        try:
            samples.append(
                MatchSample(
                    id=str(content["id"]),
                    kind=MentionKind(content["kind"]),
                    text=_string(content["text"]),
                    gold=_string(content["gold"]),
                    gold_set=frozenset(content.get("gold_set") or ()),
                    impostor=content.get("impostor") or "",
                    noise=tuple(content.get("noise") or ()),
                    form=content.get("form") or "",
                )
            )
        except (KeyError, ValueError, TypeError) as fault:
            reason = line.error or str(fault)
            raise InputError(
                f"{path}, line {line.number}: not a labelled mention ({reason}).", "See docs/evaluation.md."
            ) from fault
    if not samples:
        raise _nothing_in(path)
    return samples


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file: a figure is only comparable on the same data."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
