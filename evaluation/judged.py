"""Samples beside the answers to them, row by row and as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evaluation.answers import Answer, Quoted
from evaluation.gold import Sample
from evaluation.ranking import Floats
from models.vocabulary import TEXT_CODES, Code, Domain, TextKind

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample and what the classifier said of it."""

    sample: Sample
    answer: Answer

    @property
    def violates(self) -> bool:
        """Say whether a reader saw any code."""
        return bool(self.sample.codes)

    @property
    def right(self) -> bool:
        """Say whether the classifier flags this text if and only if a reader saw a code."""
        return bool(self.answer.findings) == self.violates

    def quoted(self, code: Code) -> list[Quoted]:
        """Return the findings of ``code``."""
        return [found for found in self.answer.findings if found.code is code]


class Table:
    """The rows as arrays of shape (rows,) or (rows, codes), codes in the order of ``TEXT_CODES``."""

    def __init__(self, rows: Sequence[Judged]) -> None:
        self.rows = tuple(rows)
        self.ad_stated: Floats = np.array([row.answer.kind[TextKind.HEALTH_AD] for row in rows], dtype=np.float64)
        self.ad_said: Flags = np.array([row.answer.is_ad for row in rows], dtype=bool)
        self.ad_true: Flags = np.array([row.sample.kind is TextKind.HEALTH_AD for row in rows], dtype=bool)
        self.risk: Floats = np.array([row.answer.risk for row in rows], dtype=np.float64)
        self.codes_stated: Floats = _matrix([[row.answer.codes[code] for code in TEXT_CODES] for row in rows])
        self.codes_said: Flags = _matrix([[c in row.answer.flagged for c in TEXT_CODES] for row in rows]) > 0
        self.codes_true: Flags = _matrix([[c in row.sample.codes for c in TEXT_CODES] for row in rows]) > 0
        self.any_said: Flags = np.asarray(self.codes_said.any(axis=1))
        self.any_true: Flags = np.asarray(self.codes_true.any(axis=1))

    @cached_property
    def weights(self) -> Floats:
        """How many texts each row stands for, of shape (rows,)."""
        return np.array([row.sample.weight for row in self.rows], dtype=np.float64)

    @property
    def weighted(self) -> bool:
        """Say whether any row stands for more or fewer than itself."""
        return bool((self.weights != 1.0).any())

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The group of every row."""
        return tuple(row.sample.group for row in self.rows)

    @cached_property
    def domains_said(self) -> Flags:
        """Shape (rows, domains), in the order of ``Domain``."""
        return np.array([[domain in row.answer.classes for domain in Domain] for row in self.rows], dtype=bool)

    @cached_property
    def domains_true(self) -> Flags:
        """Shape (rows, domains), in the order of ``Domain``."""
        return np.array([[domain in row.sample.domains for domain in Domain] for row in self.rows], dtype=bool)


def _matrix(rows: list[list[float]] | list[list[bool]]) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(TEXT_CODES))
