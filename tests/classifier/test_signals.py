"""What is said of a text from what is said of its windows."""

import numpy as np
import pytest
from tiny import answering, tiny_tokenizer

from classifier.calibration import Calibration, features, log_odds, sigmoid
from classifier.signals import CODES, KINDS, Answer, Signals, gather, nothing
from classifier.text import read
from classifier.transformer import padded
from classifier.windows import batches, windows
from models.vocabulary import Code, TextKind

CURE = CODES.index(Code.CURE_GUARANTEE)


def _signals(text: str) -> tuple[str, Signals]:
    reading = read(text)
    cut = windows(reading.text, reading.sentences, tiny_tokenizer())
    kinds, domains, codes, tokens = answering("▁khỏi", CURE)(*padded(cut))
    found = [(w, Answer(kinds[i], domains[i], codes[i], tokens[i, : len(w.ids)])) for i, w in enumerate(cut)]
    return reading.text, gather(reading.text, reading.sentences, found)


def test_the_words_that_show_a_code_are_marked_in_whole_words() -> None:
    text, signals = _signals("Phòng khám uy tín. Cam kết chữa khỏi bệnh trĩ")
    (mark,) = signals.marks[CURE]
    assert text[mark.start : mark.end] == "khỏi"
    assert signals.codes[CURE] > 3


def test_marks_do_not_cross_sentences_and_join_over_one_word() -> None:
    text, signals = _signals("chữa khỏi. khỏi bệnh. khỏi trĩ khỏi")
    assert [text[m.start : m.end] for m in sorted(signals.marks[CURE], key=lambda m: m.start)] == [
        "khỏi",
        "khỏi",
        "khỏi trĩ khỏi",
    ]


def test_a_long_text_keeps_what_its_last_window_shows() -> None:
    text, signals = _signals("phòng khám uy tín hàng đầu. " * 80 + "chữa khỏi bệnh")
    (mark,) = signals.marks[CURE][:1]
    assert text[mark.start : mark.end] == "khỏi"
    assert mark.start > 2000


def test_a_text_without_tokens_is_other_and_shows_nothing() -> None:
    found = nothing()
    assert KINDS[int(found.kind.argmax())] is TextKind.OTHER
    assert not any(found.marks)
    calibration = Calibration.blank()
    kinds = calibration.kinds(found, 0.02)
    assert sum(kinds.values()) == pytest.approx(1)
    assert max(calibration.code_values(found, dict.fromkeys(CODES, 0.0), kinds).values()) < 0.01


def test_calibration_survives_its_own_file_and_refuses_another() -> None:
    calibration = Calibration.blank()
    assert Calibration.from_json(calibration.to_json()) == calibration
    with pytest.raises(ValueError, match="features"):
        Calibration.from_json(calibration.to_json() | {"features": ["other"]})
    broken = calibration.to_json()
    broken["codes"]["cure_guarantee"] = [1.0]
    with pytest.raises(ValueError, match="numbers"):
        Calibration.from_json(broken)


def test_features_are_held_within_bounds() -> None:
    _, signals = _signals("chữa khỏi bệnh")
    table = features(signals, dict.fromkeys(CODES, 1.0), 0.0)
    assert table.shape == (len(CODES), 4)
    assert np.isfinite(table).all()
    assert table[CURE, 2] == pytest.approx(log_odds(0.998))
    assert table[CURE, 3] == pytest.approx(-log_odds(0.998))
    assert sigmoid(log_odds(0.3)) == pytest.approx(0.3)


def test_batches_hold_every_index_once_and_few_tokens() -> None:
    lengths = [5, 300, 7, 120, 9, 320, 64]
    found = list(batches(lengths, 400))
    assert sorted(index for chosen in found for index in chosen) == list(range(len(lengths)))
    assert all(max(lengths[i] for i in chosen) * len(chosen) <= 400 for chosen in found)
    assert list(batches([], 400)) == []
    assert list(batches([900], 400)) == [[0]]
