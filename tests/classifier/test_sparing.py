"""The first look: it spares the network texts that are surely no health ad, only where the network says the same."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tiny import answering, released

from classifier.policy import load_policy
from classifier.sieve import FILE, SIZE, Sieve, features, load
from classifier.signals import CODES, KINDS
from classifier.sparing import FEW, Spared, choose, measure
from classifier.text import read
from classifier.transformer import TransformerClassifier, Weights
from classifier.types import Document
from models.vocabulary import Code, TextKind

CURE = CODES.index(Code.CURE_GUARANTEE)
NOTICE = "Kết quả trận chung kết bóng đá nữ tối qua, đội chủ nhà thắng ba bàn trong hiệp hai"
AD = "Phòng khám cam kết chữa khỏi hoàn toàn bệnh trĩ, gọi ngay 0901 234 567 để đặt lịch khám"


def _sieve(below: float) -> Sieve:
    """One that takes the words of football for no health ad."""
    weights = np.zeros(SIZE, np.float32)
    weights[features(read("bóng đá"))] = -9.0
    return Sieve(weights, 1.0, below)


def _weights(kind: TextKind, below: float, count: list[int] | None = None) -> Weights:
    made = released(answering("▁khỏi", CURE, kind=KINDS.index(kind), count=count))
    return Weights("tiny", "1", made.run, made.tokenizer, made.calibration, _sieve(below))


def test_a_text_that_is_surely_no_ad_is_not_shown_to_the_network() -> None:
    count: list[int] = []
    documents = [Document(text, date(2026, 11, 24)) for text in (NOTICE, AD)]
    notice, ad = TransformerClassifier(load_policy(), _weights(TextKind.HEALTH_AD, 0.3, count)).predict(documents)
    assert sum(count) == 1
    assert notice.label is not TextKind.HEALTH_AD
    assert sum(notice.kind.values()) == pytest.approx(1)
    assert notice.hits == ()
    assert ad.label is TextKind.HEALTH_AD
    shown, _ = TransformerClassifier(load_policy(), _weights(TextKind.HEALTH_AD, 0.0, count)).predict(documents)
    assert shown.label is TextKind.HEALTH_AD
    assert sum(count) == 3


def test_agreement_is_measured_against_the_network() -> None:
    agreeing, opposed = (
        measure(
            TransformerClassifier(load_policy(), replace(_weights(kind, 0.0), sieve=None)), _sieve(0.0), [NOTICE, AD]
        )
        for kind in (TextKind.OTHER, TextKind.HEALTH_AD)
    )
    assert opposed[-1].texts == agreeing[-1].texts == 1
    assert (agreeing[-1].agreement, opposed[-1].agreement) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("agreements", "chosen"), [((1.0, 0.999, 0.99, 1.0), 0.02), ((0.9, 1.0), None), ((1.0, 1.0), 0.02)]
)
def test_the_highest_bound_is_taken_up_to_which_all_agree(agreements: tuple[float, ...], chosen: float | None) -> None:
    table = [Spared(0.01 * (n + 1), FEW + n, 0.1, agreement) for n, agreement in enumerate(agreements)]
    found = choose(table)
    assert (found.below if found else None) == chosen


def test_a_handful_of_texts_proves_no_bound() -> None:
    assert choose([Spared(0.1, FEW - 1, 0.5, 1.0)]) is None


def test_features_do_not_depend_on_marks_or_on_a_telephone_number() -> None:
    one = features(read("Phòng khám trĩ gọi 0901234567"))
    other = features(read("phong kham tri goi 0911222333"))
    assert one.tolist() == other.tolist()
    assert len(features(read("🎉"))) == 0
    assert _sieve(0.5).health_ad(read("🎉")) == 0.5


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / FILE, np.zeros(5, np.float16))
    with pytest.raises(ValueError, match="numbers"):
        load(tmp_path, 0.0, 0.1)
