"""What is taken for what, with texts to look at."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set

from evaluation.judged import Judged
from models.vocabulary import Code, TextKind

#: Stands in a confusion for 'no code'.
NOTHING = "none"

#: Texts shown per cell.
_SHOWN = 3


def kinds(rows: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Return the number of texts by kind read (outer) and kind said (inner)."""
    counts = Counter((row.sample.kind, row.answer.label) for row in rows)
    return {true.value: {said.value: counts[true, said] for said in TextKind} for true in TextKind}


def codes(rows: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Return the number of texts by code missed (outer) and code flagged wrongly (inner); right ones on the diagonal.

    A text may be counted in several cells: it carries several codes. ``none`` stands for a code that is missed and
    nothing else said, or said and nothing missed.
    """
    return {true: dict(inner) for true, inner in _counted(_cells(rows)).items()}


def _cells(rows: Sequence[Judged]) -> dict[tuple[str, str], list[Judged]]:
    cells: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for row in rows:
        true, said = set(row.sample.codes), set(row.answer.flagged)
        for code in true & said:
            cells[code.value, code.value].append(row)
        for missed in _values(true - said):
            for wrong in _values(said - true):
                if (missed, wrong) != (NOTHING, NOTHING):
                    cells[missed, wrong].append(row)
    return cells


def _values(codes: Set[Code]) -> list[str]:
    return sorted(code.value for code in codes) or [NOTHING]


def _counted(cells: Mapping[tuple[str, str], Sequence[Judged]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (true, said), rows in cells.items():
        found[true][said] = len(rows)
    return found


def code_examples(rows: Sequence[Judged]) -> list[tuple[str, str, int, list[Judged]]]:
    """Return (missed, flagged wrongly, number, some texts) of every cell off the diagonal, the fullest first."""
    wrong = {cell: found for cell, found in _cells(rows).items() if cell[0] != cell[1]}
    ordered = sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(true, said, len(found), _surest(found, said)) for (true, said), found in ordered]


def kind_examples(rows: Sequence[Judged]) -> list[tuple[str, str, int, list[Judged]]]:
    """Return (kind read, kind said, number, some texts) of every confusion of kinds, the fullest first."""
    cells: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for row in rows:
        if row.sample.kind is not row.answer.label:
            cells[row.sample.kind.value, row.answer.label.value].append(row)
    ordered = sorted(cells.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        (true, said, len(found), sorted(found, key=lambda row: -row.answer.kind[row.answer.label])[:_SHOWN])
        for (true, said), found in ordered
    ]


def _surest(rows: Sequence[Judged], said: str) -> list[Judged]:
    """Return the texts of which the classifier was surest: of the wrong code, or that nothing is there."""
    if said == NOTHING:
        return sorted(rows, key=lambda row: row.answer.risk)[:_SHOWN]
    return sorted(rows, key=lambda row: -row.answer.codes[Code(said)])[:_SHOWN]
