"""How far two readers agree: Cohen's kappa (1960) of the outcome and of each code, from second readings.

A pair is two judgements of one advertisement by different people, the second given without seeing the first. Answers
of a third person, who sees both, are none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from models.database import session
from models.vocabulary import Code, Queue, ReadingOutcome
from pipeline.reading_log import Seen, log_of


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """Kappa of one code; ``None`` where both gave all pairs the same. ``first``, ``second``, ``both``: who saw it."""

    code: Code
    kappa: float | None
    first: int
    second: int
    both: int


@dataclass(frozen=True, slots=True)
class ReaderAgreement:
    """Kappa over ``pairs``; ``blind_pairs`` of them were read by both before the machine's scores were shown."""

    pairs: int
    blind_pairs: int
    same: int
    outcome: float | None
    codes: tuple[CodeAgreement, ...]


def agreement(engine: Engine, *, blind_only: bool = False) -> ReaderAgreement:
    """Return how far independent readers agree; with ``blind_only``, where neither had seen the machine's scores.

    Readers who see the same scores lean the same way: kappa over all pairs is then the flattering one.
    """
    with session(engine) as opened:
        pairs = [pair for rows in log_of(engine).refresh(opened).judged() if (pair := _pair(rows)) is not None]
        if blind_only:
            pairs = [pair for pair in pairs if _blind(pair)]
        confirmed = [tuple(row.outcome is ReadingOutcome.CONFIRMED for row in pair) for pair in pairs]
        return ReaderAgreement(
            pairs=len(pairs),
            blind_pairs=sum(map(_blind, pairs)),
            same=sum(_same(*pair) for pair in pairs),
            outcome=kappa([one for one, _ in confirmed], [other for _, other in confirmed]),
            codes=tuple(_of_code(code, pairs) for code in Code),
        )


Pair = tuple[Seen, Seen]


def _same(one: Seen, other: Seen) -> bool:
    return one.outcome is other.outcome and one.codes == other.codes


def _pair(rows: Sequence[Seen]) -> Pair | None:
    independent = [row for row in rows if row.queue is not Queue.DISAGREEMENT]
    second = next((row for row in independent[1:] if row.reader != independent[0].reader), None)
    return (independent[0], second) if second is not None else None


def _blind(pair: Pair) -> bool:
    return pair[0].blind and pair[1].blind


def _of_code(code: Code, pairs: Sequence[Pair]) -> CodeAgreement:
    first = [code.value in pair[0].codes for pair in pairs]
    second = [code.value in pair[1].codes for pair in pairs]
    both = sum(one and other for one, other in zip(first, second, strict=True))
    return CodeAgreement(code, kappa(first, second), sum(first), sum(second), both)


def kappa(first: Sequence[object], second: Sequence[object]) -> float | None:
    """Return Cohen's kappa of two lists of judgements; ``None`` where there are none or all are the same one."""
    count = len(first)
    if not count:
        return None
    agree = sum(one == other for one, other in zip(first, second, strict=True)) / count
    values = set(first) | set(second)
    chance = sum(first.count(value) * second.count(value) for value in values) / count**2
    return None if chance == 1 else (agree - chance) / (1 - chance)


def described(found: ReaderAgreement, names: Mapping[Code, str]) -> str:
    """Return the agreement as Vietnamese lines for a terminal."""
    if not found.pairs:
        return "Chưa có quảng cáo nào được hai người đọc độc lập."
    lines = [
        f"{found.pairs} quảng cáo có hai người đọc độc lập ({found.blind_pairs} cặp không xem điểm của máy); "
        f"{found.same} cặp giống nhau hoàn toàn.",
        f"Kappa của kết luận: {_number(found.outcome)}",
    ]
    lines += [
        f"  {names.get(row.code, row.code.value)}: {_number(row.kappa)} "
        f"(người thứ nhất {row.first}, người thứ hai {row.second}, cả hai {row.both})"
        for row in found.codes
        if row.first or row.second
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "chưa tính được" if value is None else f"{value:.2f}".replace(".", ",")
