"""The values of the classifier, and the seam every backend fits: ``Classifier``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod
from typing import Protocol

from models.vocabulary import Code, Domain, Method, TextKind


@dataclass(frozen=True, slots=True)
class Document:
    """One text to judge: an advertisement, or a page's main content followed by its footer.

    ``text`` is what offsets count in (Unicode code points). ``main_end`` is where the main content ends and the footer
    (legal block, contact block) begins; ``None`` when the whole text is main content. ``shown_on`` is the day whose law
    applies: the day of publication where known, else the day of capture. ``seen_on`` is the last day on which it was
    seen.
    """

    text: str
    shown_on: date
    main_end: int | None = None
    title: str = ""
    url: str = ""
    id: str = ""
    seen_on: date | None = None

    @property
    def main(self) -> str:
        """The main content: what promotes. Text codes are sought here."""
        return self.text if self.main_end is None else self.text[: self.main_end]


@dataclass(frozen=True, slots=True)
class Span:
    """Quoted words: ``text[start:end] == quote`` in the given text. Never empty."""

    start: int
    end: int
    quote: str

    def __post_init__(self) -> None:
        if not self.quote or self.end - self.start != len(self.quote) or self.start < 0:
            raise ValueError(f"a span quotes what stands at its place: {self.start}:{self.end} {self.quote!r}")

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "Span":
        """Quote ``text[start:end]``."""
        return cls(start, end, text[start:end])


@dataclass(frozen=True, slots=True)
class Absence:
    """What an absence rule looked for and did not find (in Vietnamese, for the reader), and where it looked."""

    sought: tuple[str, ...]
    where: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.sought or not self.where:
            raise ValueError("an absence names what was sought and where")


@dataclass(frozen=True, slots=True)
class Hit:
    """A sign of a violation, before the law is asked: the code, how sure (probability in [0, 1]), and the proof."""

    code: Code
    probability: float
    proof: Span | Absence
    method: Method
    reason: str = ""


#: What an absence adds to the risk, against a sign that is quoted. A judgement, not tuned.
_ABSENCE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a backend says of one document. Every mapping is complete; probabilities are in [0, 1].

    ``hits`` are the signs at or over the operating threshold, and those of absence rules.
    """

    kind: Mapping[TextKind, float]
    domains: Mapping[Domain, float]
    codes: Mapping[Code, float]
    hits: tuple[Hit, ...] = field(default=())

    @property
    def label(self) -> TextKind:
        """The most probable kind."""
        return max(self.kind, key=lambda kind: self.kind[kind])

    @property
    def risk(self) -> float:
        """Probability-like score that the text is a health advertisement with at least one sign; ranks the queue.

        That of being a health ad, times the union of the text codes taken as independent (one minus the product of
        their complements): several signs are worth more than one. On 942 real passages it ranks violating ones better
        than the largest single code (average precision .763 against .748, 2026-11-24). What is absent counts for less:
        a missing notice alone should not stand before a promise of cure.
        """
        clean = prod(1.0 - value for value in self.codes.values())
        absent = max((hit.probability for hit in self.hits if isinstance(hit.proof, Absence)), default=0.0)
        return self.kind[TextKind.HEALTH_AD] * (1.0 - clean * (1.0 - _ABSENCE_WEIGHT * absent))


class Classifier(Protocol):
    """A backend. ``predict`` keeps the order and length of its input and never raises for a text's content."""

    @property
    def name(self) -> str:
        """A short name: ``rules``, ``me5s-vi``."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same text may get another answer: results are keyed by it."""
        ...

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        """One prediction per document, in order."""
        ...
