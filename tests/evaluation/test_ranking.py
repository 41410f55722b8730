"""Measures of a ranking against values worked out by hand; a weight of two is a row given twice."""

import math

import numpy as np
import pytest

from evaluation.ranking import Floats, Ranking

SCORES = [0.9, 0.8, 0.8, 0.4, 0.2]
TRUTH = [True, True, False, False, True]


def _one(values: Floats) -> float:
    assert values.shape == (1,)
    return float(values[0])


def test_average_precision_takes_ties_together() -> None:
    # steps: 0.9 → 1/3 recall at 1; the tie at 0.8 → 2/3 at 2/3; 0.2 → 1 at 3/5
    found = _one(Ranking(SCORES, TRUTH).average_precision())
    assert found == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3 + 1 / 3 * 3 / 5)
    swapped = [True, False, True, False, True]
    assert _one(Ranking(SCORES, swapped).average_precision()) == found


def test_average_precision_at_its_ends() -> None:
    assert _one(Ranking([0.9, 0.1], [True, False]).average_precision()) == 1.0
    assert _one(Ranking([0.5] * 4, [True, False, False, False]).average_precision()) == 0.25


@pytest.mark.parametrize(("scores", "truth"), [([0.5], [False]), ([], [])])
def test_where_nothing_is_true_nothing_is_defined(scores: list[float], truth: list[bool]) -> None:
    ranking = Ranking(scores, truth)
    values = [ranking.average_precision(), ranking.best_f1(), ranking.recall_at(0.5), ranking.depth(0.8)]
    assert all(math.isnan(_one(value)) for value in values)
    assert math.isnan(ranking.best_threshold())
    assert (ranking.curve(), ranking.queue()) == ([], [])


def test_best_f1_and_its_threshold() -> None:
    # F1 after 0.9: 2/4; after the tie: 4/6; after 0.4: 4/7; after 0.2: 6/8
    ranking = Ranking(SCORES, TRUTH)
    assert _one(ranking.best_f1()) == 0.75
    assert ranking.best_threshold() == 0.2


def test_a_review_budget_shares_ties_out_evenly() -> None:
    ranking = Ranking(SCORES, TRUTH)
    found = {share: _one(ranking.recall_at(share)) for share in (0.2, 0.4, 0.6, 1.0)}
    # at 0.4 one of the two tied is read, which is true in one case of two
    assert found == pytest.approx({0.2: 1 / 3, 0.4: 1.5 / 3, 0.6: 2 / 3, 1.0: 1.0})
    assert _one(ranking.precision_at(0.4)) == pytest.approx(1.5 / 2)
    assert _one(ranking.precision_at(1.0)) == pytest.approx(3 / 5)


def test_the_depth_for_a_recall() -> None:
    ranking = Ranking(SCORES, TRUTH)
    assert _one(ranking.depth(1 / 3)) == pytest.approx(1 / 5)
    assert _one(ranking.depth(0.5)) == pytest.approx(2 / 5)  # the tie in proportion, as for the budget
    assert _one(ranking.depth(2 / 3)) == pytest.approx(3 / 5)
    assert _one(ranking.depth(1.0)) == pytest.approx(1.0)


def test_depth_and_budget_answer_each_other() -> None:
    draw = np.random.default_rng(3)
    scores = [float(score) for score in draw.choice([0.1, 0.2, 0.3, 0.4], 60)]
    ranking = Ranking(scores, [bool(draw.random() < score) for score in scores])
    for recall in (0.2, 0.5, 0.8, 0.95):
        assert _one(ranking.recall_at(_one(ranking.depth(recall)))) == pytest.approx(recall)


def test_the_curve_and_the_queue() -> None:
    ranking = Ranking(SCORES, TRUTH)
    assert ranking.curve() == [
        (0.9, 1.0, pytest.approx(1 / 3)),
        (0.8, pytest.approx(2 / 3), pytest.approx(2 / 3)),
        (0.4, 0.5, pytest.approx(2 / 3)),
        (0.2, 0.6, 1.0),
    ]
    assert ranking.queue() == [
        (0.0, 0.0),
        (0.2, pytest.approx(1 / 3)),
        (0.6, pytest.approx(2 / 3)),
        (0.8, pytest.approx(2 / 3)),
        (1.0, 1.0),
    ]


def test_weights_are_rows_given_so_often() -> None:
    draw = np.random.default_rng(11)
    scores = [round(float(draw.random()), 1) for _ in range(40)]
    truth = [bool(draw.random() < 0.3) for _ in range(40)]
    weights = draw.choice([0.0, 0.0, 1.0, 2.0, 3.0], (5, 40))
    ranking = Ranking(scores, truth)
    for row, times in enumerate(weights):
        repeated = [n for n, count in enumerate(times) for _ in range(int(count))]
        other = Ranking([scores[n] for n in repeated], [truth[n] for n in repeated])
        for ours, theirs in (
            (ranking.average_precision(weights), other.average_precision()),
            (ranking.best_f1(weights), other.best_f1()),
            (ranking.recall_at(0.3, weights), other.recall_at(0.3)),
            (ranking.precision_at(0.3, weights), other.precision_at(0.3)),
            (ranking.depth(0.8, weights), other.depth(0.8)),
        ):
            assert ours[row] == pytest.approx(_one(theirs))


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Ranking([0.1, 0.2], [True])
