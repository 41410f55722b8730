"""Labelled texts for training: read from JSON Lines, joined with texts kept elsewhere, turned into targets.

Two kinds of line: with the text (``{"id", "text", "kind", "domains", "codes": {code: [quotes]}, "group"}``), and
without it (``{"id", "sha256", "kind", "domains", "codes": {code: [[start, end]]}, "group"}``), for texts that may be
learnt from but not handed on. The latter are joined by id with a file of texts; a text that is not the one that was
read (another SHA-256) is refused.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.text import read
from classifier.windows import Window, windows
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, Domain, TextKind


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled text. ``quotes`` are bounds in ``text`` of words that prove a code; ``split`` may be empty."""

    id: str
    text: str
    kind: TextKind
    domains: frozenset[Domain]
    quotes: tuple[tuple[Code, int, int], ...]
    group: str
    split: str = ""

    @property
    def codes(self) -> frozenset[Code]:
        """The codes that hold for the text."""
        return frozenset(code for code, _, _ in self.quotes)


@dataclass(frozen=True, slots=True)
class Target:
    """A window with what the network should say: of the text, and of each token.

    ``marks`` are (index of the code, first token, token after the last); ``codes`` those that this window proves.
    """

    window: Window
    sample: int
    kind: TextKind
    domains: frozenset[Domain]
    marks: tuple[tuple[int, int, int], ...]
    codes: frozenset[Code]


def read_samples(paths: Iterable[Path], join: Iterable[Path] = ()) -> list[Sample]:
    """Read labelled files; lines without a text are joined with the files in ``join``, or left out where none is.

    ``InputError`` names the file and line of a fault. Ids must be unique over all files.
    """
    texts = {str(line["id"]): str(line["text"]) for path in join for _, line in _lines(path) if "text" in line}
    found: dict[str, Sample] = {}
    for path in paths:
        for number, line in _lines(path):
            try:
                sample = _sample(line, texts)
            except (KeyError, ValueError, TypeError) as fault:
                raise InputError(f"{path}, line {number}: {_said(fault)}", "Mend the line.") from fault
            if sample is None:
                continue
            if sample.id in found:
                raise InputError(
                    f"{path}, line {number}: the id {sample.id!r} occurs twice.", "Give each text its own."
                )
            found[sample.id] = sample
    return list(found.values())


def _said(fault: Exception) -> str:
    return f"no {fault}" if isinstance(fault, KeyError) else str(fault)


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                content = json.loads(line)
                if not isinstance(content, dict):
                    raise InputError(f"{path}, line {number}: not an object.", "One JSON object per line.")
                yield number, content
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror}.", "Name an existing file.") from fault
    except (UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise InputError(f"{path} is not JSON Lines in UTF-8: {fault}.", "One JSON object per line.") from fault


def _sample(line: Mapping[str, Any], texts: Mapping[str, str]) -> Sample | None:
    name = str(line["id"])
    text = line["text"] if "text" in line else texts.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not text.strip():
        raise ValueError("text is empty or not a string")
    if "sha256" in line and hashlib.sha256(text.encode()).hexdigest() != line["sha256"]:
        raise ValueError(f"the text joined for {name!r} is not the one that was labelled (another SHA-256)")
    kind = TextKind(line["kind"])
    quotes = tuple(sorted(_quotes(text, line.get("codes") or {}), key=lambda quote: quote[1:]))
    if quotes and kind is not TextKind.HEALTH_AD:
        raise ValueError("only a health_ad carries codes")
    domains = frozenset(Domain(domain) for domain in line.get("domains") or ())
    return Sample(name, text, kind, domains, quotes, str(line.get("group") or name), str(line.get("split") or ""))


def _quotes(text: str, codes: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Code, int, int]]:
    for name, quotes in codes.items():
        code = Code(name)
        for quote in quotes:
            if isinstance(quote, str):
                yield from ((code, *place) for place in _places(text, quote))
            else:
                start, end = quote
                if not 0 <= start < end <= len(text):
                    raise ValueError(f"{start}:{end} is no part of the text")
                yield code, start, end


def _places(text: str, quote: str) -> Iterator[tuple[int, int]]:
    """Every place of a quote: a claim made twice is the same claim."""
    at = text.find(quote) if quote else -1
    if at < 0:
        raise ValueError(f"the quote {quote[:60]!r} is not in the text")
    while at >= 0:
        yield at, at + len(quote)
        at = text.find(quote, at + len(quote))


def targets(samples: Sequence[Sample], tokenizer: Any, *, toneless: bool = False) -> list[Target]:
    """Cut samples into windows with their targets; ``toneless`` gives them as typed without Vietnamese marks."""
    return [target for index, sample in enumerate(samples) for target in _targets(index, sample, tokenizer, toneless)]


def _targets(index: int, sample: Sample, tokenizer: Any, toneless: bool) -> Iterator[Target]:
    reading = read(sample.text)
    text = reading.bare if toneless else reading.text
    for window in windows(text, reading.sentences, tokenizer):
        marks = []
        for code, start, end in sample.quotes:
            inside = [
                token
                for token, (a, b) in enumerate(window.places)
                if b > a and reading.starts[a] < end and start < reading.ends[b - 1]
            ]
            if inside:
                marks.append((TEXT_CODES.index(code), inside[0], inside[-1] + 1))
        codes = frozenset(TEXT_CODES[code] for code, _, _ in marks)
        yield Target(window, index, sample.kind, sample.domains, tuple(marks), codes)


def data_hash(samples: Sequence[Sample]) -> str:
    """Return the SHA-256 over every text and label: what a model was trained on."""
    digest = hashlib.sha256()
    for sample in sorted(samples, key=lambda sample: sample.id):
        parts = (sample.id, sample.text, sample.kind, sorted(sample.domains), sample.quotes, sample.group)
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
    return digest.hexdigest()
