"""Labels that are perhaps wrong, by confident learning, for a person to read again. Nothing is changed.

The rule is that of C. Northcutt, L. Jiang and I. Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", Journal of Artificial Intelligence Research 70 (2021): the threshold of a class is the mean probability that
the model gives it on the texts labelled so; a text is counted to the most probable of the classes whose threshold its
probability reaches; where that is not the label, the label is suspect. Ranked by the normalized margin (probability of
the label minus that of the other class); one whose label is still the likelier is left out, as the authors' program
cleanlab does (2.9.0 named the same texts on 942 labelled passages, 2026-11-24). Each code is a question of its own:
given, or not given.

It supposes probabilities from a model that did not learn from these very texts. The suspects of a weak model are
mostly its own errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.figures import ENOUGH
from evaluation.judged import Judged, Table
from evaluation.ranking import Floats
from models.vocabulary import TEXT_CODES, TextKind


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that the model contradicts: ``about`` is ``kind`` or a code, ``given`` the label, ``likelier`` the other.

    ``margin`` in [-1, 0): the probability of the label minus that of the likelier one.
    """

    row: Judged
    about: str
    given: str
    likelier: str
    margin: float


def suspects(rows: Sequence[Judged], most: int = 60) -> list[Suspect]:
    """Return the suspect labels, the most suspect first; codes and kinds with few labels are left out."""
    table = Table(rows)
    found = _kinds(rows)
    for number, code in enumerate(TEXT_CODES):
        stated, true = table.codes_stated[:, number], table.codes_true[:, number]
        if ENOUGH <= true.sum() <= len(true) - ENOUGH:
            by_class = np.stack([1.0 - stated, stated], axis=1)
            for row, other, margin in contradicted(by_class, true.astype(np.int64)):
                words = ("not given", "given") if other else ("given", "not given")
                found.append(Suspect(rows[row], code.value, *words, margin))
    return sorted(found, key=lambda suspect: suspect.margin)[:most]


def _kinds(rows: Sequence[Judged]) -> list[Suspect]:
    names = [kind for kind in TextKind if sum(row.sample.kind is kind for row in rows) >= ENOUGH]
    chosen = [row for row in rows if row.sample.kind in names]
    if len(names) < 2:
        return []
    stated = np.array([[row.answer.kind[kind] for kind in names] for row in chosen])
    labels = np.array([names.index(row.sample.kind) for row in chosen])
    return [
        Suspect(chosen[row], "kind", chosen[row].sample.kind.value, names[other].value, margin)
        for row, other, margin in contradicted(stated, labels)
    ]


def contradicted(stated: Floats, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[tuple[int, int, float]]:
    """Return (row, likelier class, margin) of each label off the diagonal of the confident joint.

    ``stated`` has shape (rows, classes), ``labels`` (rows,) with values under the number of classes; every class has a
    row.
    """
    thresholds = np.array([stated[labels == number, number].mean() for number in range(stated.shape[1])])
    confident = np.where(stated >= thresholds, stated, -1.0)
    counted = confident.argmax(axis=1)
    off = np.flatnonzero((confident.max(axis=1) >= 0) & (counted != labels))
    margins = stated[off, labels[off]] - stated[off, counted[off]]
    return [(int(row), int(counted[row]), float(m)) for row, m in zip(off, margins, strict=True) if m < 0]
