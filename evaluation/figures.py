"""The figures of a classifier, each a function of the rows' weights: one value for the rows, one for every resample."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.bootstrap import Figure
from evaluation.calibration import Binning, Calibration
from evaluation.judged import Flags, Table
from evaluation.quotes import quote_counts
from evaluation.ranking import Floats, Ranking
from models.vocabulary import TEXT_CODES, Code, Domain

#: Where a figure stands in ``metrics.json``.
Path = tuple[str, ...]

#: Fewer positives than this say nothing about a code: it is listed, and left out of the macro means.
ENOUGH = 8

#: Shares of the queue that a reviewer may have time for.
BUDGETS = (0.05, 0.1, 0.3)

#: Shares of the violating texts of which the depth in the queue is told.
RECALLS = (0.8, 0.95)


def figures(table: Table, budgets: Sequence[float] = BUDGETS) -> dict[Path, Figure]:
    """Return every figure that has an interval; rows count by their samples' weights."""
    every = whether(("health_ad",), table.ad_said, table.ad_true) | ranked(
        ("health_ad",), Ranking(table.ad_stated, table.ad_true)
    )
    queue = Ranking(table.risk, table.any_true)
    every |= whether(("any_code",), table.any_said, table.any_true) | ranked(("any_code",), queue)
    every |= {key: figure for share in budgets for key, figure in _budget(queue, share).items()}
    every |= {("depth", str(recall)): _depth(queue, recall) for recall in RECALLS}
    codes = {code: _code(table, number, code) for number, code in enumerate(TEXT_CODES)}
    every |= {key: figure for found in codes.values() for key, figure in found.items()}
    every |= _macro(codes, enough(table))
    every |= _kind(table) | _domains(table) | _quotes(table) | _calibration(table)
    return weighted(every, table.weights) if table.weighted else every


def weighted(every: Mapping[Path, Figure], by: Floats) -> dict[Path, Figure]:
    """Return the figures with every row counted ``by`` so many times, in each resample too (Horvitz and Thompson)."""
    latest: list[Floats] = []

    def counted(weights: Floats) -> Floats:
        if not latest or latest[0] is not weights:  # figures are asked one after the other about the same resamples
            latest[:] = [weights, weights * by]
        return latest[1]

    def of(figure: Figure) -> Figure:
        return lambda weights: figure(counted(weights))

    return {at: of(figure) for at, figure in every.items()}


def enough(table: Table) -> list[Code]:
    """Return the codes with positives enough for the macro means."""
    return [
        code for code, positives in zip(TEXT_CODES, table.codes_true.sum(axis=0), strict=True) if positives >= ENOUGH
    ]


def share(above: Floats | Flags, below: Floats | Flags) -> Figure:
    """Return the figure 'sum of ``above`` over sum of ``below``'; ``nan`` where the latter is nothing."""
    top, bottom = above.astype(np.float64), below.astype(np.float64)

    def value(weights: Floats) -> Floats:
        under = weights @ bottom
        found: Floats = np.divide(weights @ top, under, out=np.full(len(under), np.nan), where=under > 0)
        return found

    return value


def whether(at: Path, said: Flags, true: Flags) -> dict[Path, Figure]:
    """Return precision, recall and F1 of a yes-or-no answer at the operating threshold."""
    right = said & true
    return {
        (*at, "precision"): share(right, said),
        (*at, "recall"): share(right, true),
        (*at, "f1"): share(right.astype(np.float64), (said.astype(np.float64) + true.astype(np.float64)) / 2),
    }


def ranked(at: Path, ranking: Ranking) -> dict[Path, Figure]:
    """Return average precision, and the best F1 of any threshold."""
    return {(*at, "ap"): ranking.average_precision, (*at, "best_f1"): ranking.best_f1}


def _budget(queue: Ranking, read: float) -> dict[Path, Figure]:
    return {
        ("budget", str(read), "recall"): lambda weights: queue.recall_at(read, weights),
        ("budget", str(read), "precision"): lambda weights: queue.precision_at(read, weights),
    }


def _depth(queue: Ranking, recall: float) -> Figure:
    return lambda weights: queue.depth(recall, weights)


def _code(table: Table, number: int, code: Code) -> dict[Path, Figure]:
    at, true = ("codes", code.value), table.codes_true[:, number]
    stated = table.codes_stated[:, number]
    return {
        **whether(at, table.codes_said[:, number], true),
        **ranked(at, Ranking(stated, true)),
        (*at, "ece"): Calibration(stated, true).ece,
    }


def _macro(codes: Mapping[Code, Mapping[Path, Figure]], chosen: Sequence[Code]) -> dict[Path, Figure]:
    return {
        ("macro", name): mean([codes[code]["codes", code.value, name] for code in chosen])
        for name in ("f1", "ap", "best_f1")
    }


def mean(some: Sequence[Figure]) -> Figure:
    """Return the mean of those of ``some`` figures that are defined."""

    def value(weights: Floats) -> Floats:
        found = np.array([figure(weights) for figure in some]).reshape(len(some), len(weights))
        defined = (~np.isnan(found)).sum(axis=0)
        averages: Floats = np.divide(
            np.nansum(found, axis=0), defined, out=np.full(len(weights), np.nan), where=defined > 0
        )
        return averages

    return value


def _kind(table: Table) -> dict[Path, Figure]:
    right = np.array([row.answer.label is row.sample.kind for row in table.rows], dtype=bool)
    return {("kind", "accuracy"): share(right, np.ones_like(right))}


def _domains(table: Table) -> dict[Path, Figure]:
    """Product classes are measured on what readers took for health advertisements."""
    ads = table.ad_true[:, None]
    said, true = table.domains_said & ads, table.domains_true & ads
    every: dict[Path, Figure] = {}
    for number, domain in enumerate(Domain):
        every |= whether(("domains", domain.value), said[:, number], true[:, number])
    exact = (said == true).all(axis=1) & table.ad_true
    return every | {("domains_exact", "share"): share(exact, table.ad_true)}


def _quotes(table: Table) -> dict[Path, Figure]:
    counts = quote_counts(table.rows)
    return {
        ("quotes", "overlapping"): share(counts[:, 1], counts[:, 0]),
        ("quotes", "same_words"): share(counts[:, 3], counts[:, 2]),
    }


def _calibration(table: Table) -> dict[Path, Figure]:
    """Of the risk against any code, and of all codes pooled."""
    every: dict[Path, Figure] = {}
    for name, stated, true in (
        ("any_code", table.risk, table.any_true),
        ("codes", table.codes_stated, table.codes_true),
        ("health_ad", table.ad_stated, table.ad_true),
    ):
        width, mass = Calibration(stated, true), Calibration(stated, true, Binning.EQUAL_MASS)
        at = ("calibration", name)
        every |= {(*at, "ece"): width.ece, (*at, "ece_equal_mass"): mass.ece}
        every |= {(*at, "brier"): width.brier, (*at, "bias"): width.bias}
    return every
