"""Quotes, slices, pairs, confusion, suspects, comparison and what a reader is shown, on texts judged by hand."""

from typing import Any

import numpy as np
import pytest
from judging import BEST, CURE, judged

from classifier.types import Span
from evaluation import confusion, shown
from evaluation.compare import compare, disagreements, exact_p, mcnemar
from evaluation.figures import figures
from evaluation.intervals import Drawings, with_intervals
from evaluation.judged import Judged, Table
from evaluation.quotes import overlap, quote_counts
from evaluation.slices import classes_of, disguise_loss, has_marks, pair_accuracy, slices
from evaluation.suspects import contradicted, suspects
from models.vocabulary import Code, TextKind

HEALED = {CURE: ("khỏi hẳn",)}
LONG = "Một hai ba bốn năm. " * 40


def _figures(*rows: Judged) -> dict[str, Any]:
    table = Table(rows)
    return with_intervals(figures(table), Drawings.of(table.groups, times=20))


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_figures_of_a_few_texts() -> None:
    found = _figures(
        judged("right", HEALED, {CURE: "khỏi hẳn"}),
        judged("missed", HEALED),
        judged("wrong code", HEALED, {BEST: "tốt nhất"}),
        judged("wrong", {}, {BEST: "tốt nhất"}),
        judged("lawful"),
        judged("not an ad", kind=TextKind.HEALTH_INFO, label=TextKind.OTHER),
    )
    assert (found["any_code"]["precision"], found["any_code"]["recall"]) == (0.6667, 0.6667)
    cure, best = found["codes"]["cure_guarantee"], found["codes"]["absolute_claim"]
    assert (cure["precision"], cure["recall"], cure["f1"]) == (1.0, 0.3333, 0.5)
    assert (best["precision"], best["recall"], best["ap"]) == (0.0, None, None)
    assert (found["health_ad"]["f1"], found["kind"]["accuracy"]) == (1.0, 0.8333)
    assert found["macro"]["f1"] is None  # no code has eight positives
    assert found["domains"]["service"]["recall"] == found["domains_exact"]["share"] == 1.0
    assert found["quotes"] == {
        "overlapping": 1.0,
        "overlapping_interval": [1.0, 1.0],
        "overlapping_interval_by_text": [1.0, 1.0],
        "same_words": 1.0,
        "same_words_interval": [1.0, 1.0],
        "same_words_interval_by_text": [1.0, 1.0],
    }


def test_macro_means_are_over_codes_with_positives_enough() -> None:
    rows = [judged(str(n), HEALED | {BEST: ("tốt nhất",)}, {CURE: "khỏi hẳn"}) for n in range(8)]
    rows += [judged("more", {Code.FALSE_AUTHORITY: ("nước",)})]
    found = _figures(*rows)
    assert found["macro"]["f1"] == 0.5  # one code always right, the other never; the third has one positive


# ── quotes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "end", "quotes", "expected"),
    [
        (0, 4, ["abcd"], 1.0),
        (2, 6, ["abcd"], 2 / 6),
        (4, 6, ["abcd"], 0.0),  # beside it is not over it
        (6, 10, ["abcd"], 1.0),  # the second place of the same words
        (0, 4, ["xx", "bc"], 0.5),
        (0, 4, [], 0.0),
    ],
)
def test_overlap(start: int, end: int, quotes: list[str], expected: float) -> None:
    text = "abcdefabcd xx"
    assert overlap(Span.of(text, start, end), text, quotes) == pytest.approx(expected)


def test_quotes_are_counted_among_rightly_flagged_codes_alone() -> None:
    rows = [
        judged("a", HEALED, {CURE: "khỏi hẳn", BEST: "tốt nhất"}),  # the second is not right
        judged("b", HEALED, {CURE: "chữa khỏi hẳn bệnh trĩ"}),  # overlaps, under half of the letters
        judged("c", HEALED, {CURE: "tốt nhất"}),  # elsewhere
        judged("d", HEALED),
    ]
    assert quote_counts(rows).tolist() == [[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]


# ── slices ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_classes_of_a_text() -> None:
    row = judged("a", fields={"channel": ("sms",), "disguise": ("leet", "split")})
    assert dict(list(classes_of(row.sample))[:5]) == {
        "kind (read)": "health_ad",
        "domain (read)": "service",
        "length": "under 200",
        "diacritics": "with",
        "group": "g",
    }
    assert list(classes_of(row.sample))[5:] == [("channel", "sms"), ("disguise", "leet"), ("disguise", "split")]
    assert ("length", "500 to 999") in classes_of(judged("b", text=LONG).sample)
    assert ("length", "1000 and more") in classes_of(judged("c", text=LONG * 2).sample)


def test_diacritics() -> None:
    assert has_marks("Phòng khám chữa khỏi hẳn")
    assert not has_marks("phong kham chua khoi han benh tri noi, tri ngoai, khong mo, goi ngay ạ")
    assert not has_marks("")


def test_slices_measure_parts_and_leave_out_what_says_nothing() -> None:
    rows = [judged(str(n), HEALED, {CURE: "khỏi hẳn"}, fields={"channel": ("sms",)}, group=str(n)) for n in range(9)]
    rows += [judged(f"m{n}", HEALED, fields={"channel": ("web",)}) for n in range(6)]
    rows += [judged(f"f{n}", fields={"channel": ("few",)}) for n in range(4)]
    found = slices(rows, Drawings.of([row.sample.group for row in rows], times=20))
    assert set(found["channel"]) == {"sms", "web"}  # four texts are too few
    assert "length" not in found  # all are of one length
    sms, web = found["channel"]["sms"], found["channel"]["web"]
    assert (sms["any_code"]["recall"], sms["texts"], sms["groups"], sms["intervals"]) == (1.0, 9, 9, "by group")
    assert (web["any_code"]["recall"], web["groups"], web["intervals"]) == (0.0, 1, "by text")


def test_pairs_of_look_alikes() -> None:
    rows = [
        judged("a1", HEALED, {CURE: "khỏi hẳn"}, pair="a"),
        judged("a2", pair="a"),
        judged("b1", HEALED, {BEST: "tốt nhất"}, pair="b"),  # flagged, by the wrong code
        judged("b2", pair="b"),
        judged("c1", HEALED, pair="c"),  # both the same
        judged("c2", pair="c"),
        judged("d1", HEALED, pair="d"),  # no lawful one beside it: no pair
        judged("e", HEALED),
    ]
    found = pair_accuracy(rows)
    assert found == {"pairs": 3, "right": 0.6667, "ordered": 0.6667, "same_codes": 0.3333}
    assert pair_accuracy([])["right"] is None


def test_disguised_copies_beside_their_originals() -> None:
    rows = [
        judged("plain", HEALED, {CURE: "khỏi hẳn"}),
        judged("hidden", HEALED, original="plain"),
        judged("seen", HEALED, {CURE: "khỏi hẳn"}, original="plain"),
        judged("orphan", HEALED, original="elsewhere"),
    ]
    assert disguise_loss(rows) == {"texts": 2, "recall": 0.5, "recall_undisguised": 1.0}


# ── confusion, suspects, comparison ───────────────────────────────────────────────────────────────────────────────────


def test_confusion_counts_what_was_said_for_what() -> None:
    rows = [
        judged("a", HEALED, {BEST: "tốt nhất"}),
        judged("b", HEALED, {CURE: "khỏi hẳn"}),
        judged("c", HEALED),
        judged("d", {}, {BEST: "tốt nhất"}, kind=TextKind.HEALTH_INFO),
    ]
    assert confusion.codes(rows) == {
        "cure_guarantee": {"absolute_claim": 1, "cure_guarantee": 1, "none": 1},
        "none": {"absolute_claim": 1},
    }
    assert confusion.kinds(rows)["health_info"] == {"health_ad": 1, "health_info": 0, "other_ad": 0, "other": 0}
    cells = {(read, said): [row.sample.id for row in texts] for read, said, _, texts in confusion.code_examples(rows)}
    assert cells == {
        ("cure_guarantee", "absolute_claim"): ["a"],
        ("cure_guarantee", "none"): ["c"],
        ("none", "absolute_claim"): ["d"],
    }
    assert [(r, s, n, t[0].sample.id) for r, s, n, t in confusion.kind_examples(rows)] == [
        ("health_info", "health_ad", 1, "d")
    ]


def test_a_label_is_suspect_where_the_model_is_surer_of_another_than_it_mostly_is() -> None:
    stated = np.array([[0.9, 0.1], [0.7, 0.3], [0.05, 0.95], [0.2, 0.8], [0.4, 0.6], [0.45, 0.55]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    # thresholds: class 0 (0.9 + 0.7 + 0.05) / 3 = 0.55, class 1 (0.8 + 0.6 + 0.55) / 3 = 0.65
    ((row, other, margin),) = contradicted(stated, labels)
    assert (row, other) == (2, 1)
    assert margin == pytest.approx(-0.9)


def test_a_label_that_is_still_the_likelier_is_not_suspect() -> None:
    # 0.4 is over what class 1 mostly gets (0.33), but class 0, the label, is likelier
    stated = np.array([[0.9, 0.1], [0.6, 0.4], [0.74, 0.26], [0.6, 0.4]])
    assert contradicted(stated, np.array([0, 0, 1, 1])) == []


def test_suspects_name_the_text_and_what_is_doubted() -> None:
    rows = [judged(f"y{n}", HEALED, {CURE: "khỏi hẳn"}) for n in range(9)]
    rows += [judged(f"n{n}") for n in range(9)]
    rows += [judged("perhaps", {}, {CURE: "khỏi hẳn"})]
    found = suspects(rows)
    assert [(s.row.sample.id, s.about, s.given, s.likelier) for s in found] == [
        ("perhaps", "cure_guarantee", "not given", "given")
    ]
    assert suspects(rows[:3]) == []  # too few to say anything
    row = shown.suspect_row(found[0])
    assert (row["given"], row["other"]) == ("không", "có")
    assert [piece.text for piece in row["pieces"] if piece.marked] == ["khỏi hẳn"]


def test_two_classifiers_are_compared_on_the_same_texts() -> None:
    ours = [judged(str(n), HEALED, {CURE: "khỏi hẳn"} if n < 9 else {}, group=str(n)) for n in range(10)]
    theirs = [judged(str(n), HEALED, {CURE: "khỏi hẳn"} if n in (0, 9) else {}, group=str(n)) for n in range(10)]
    found = compare(ours, theirs, Drawings.of([row.sample.group for row in ours], times=200))
    f1 = found["figures"]["any_code.f1"]
    assert (f1["ours"], f1["theirs"]) == (0.9474, 0.3333)
    assert f1["difference"] == 0.614
    low, high = f1["interval"]
    assert 0 < low < f1["difference"] < high
    assert f1["not_better"] < 0.05
    assert found["mcnemar"] == {
        "both_right": 1, "only_ours_right": 8, "only_theirs_right": 1, "both_wrong": 0, "p": 0.0391
    }  # fmt: skip
    assert [a.sample.id for a, _ in disagreements(ours, theirs)][:2] == ["9", "1"]
    same = compare(ours, ours, Drawings.of([row.sample.group for row in ours], times=20))
    assert same["figures"]["any_code.f1"]["interval"] == [0.0, 0.0]
    assert same["mcnemar"]["p"] == 1.0


@pytest.mark.parametrize(("one", "other", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 0.021484375)])
def test_mcnemar_is_exact(one: int, other: int, p: float) -> None:
    assert exact_p(one, other) == exact_p(other, one) == pytest.approx(p)


def test_mcnemar_refuses_other_texts() -> None:
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([judged("a")], [])


# ── what a reader is shown ────────────────────────────────────────────────────────────────────────────────────────────


def _shown(text: str, *spans: tuple[int, int]) -> str:
    return "".join(f"[{p.text}]" if p.marked else p.text for p in shown.in_context(text, spans))


def test_words_are_shown_in_their_surroundings() -> None:
    assert _shown("Chữa khỏi hẳn bệnh trĩ.", (5, 13)) == "Chữa [khỏi hẳn] bệnh trĩ."
    far = LONG + "CHỖ NÀY" + " " + LONG
    found = _shown(far, (len(LONG), len(LONG) + 7))
    assert "[CHỖ NÀY]" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) < 400
    assert all(word.strip("….,[]") in far for word in found.split())  # no word is cut


def test_several_places_are_shown_in_order_and_once() -> None:
    text = "Một hai ba bốn."
    assert _shown(text, (8, 10), (0, 3), (0, 7)) == "[Một hai] [ba] bốn."
    assert _shown(text) == text
    assert _shown(LONG).startswith("Một hai")
    apart = "A" + LONG + "B"
    assert _shown(apart, (len(apart) - 1, len(apart)), (0, 1)).count("…") >= 1


def test_mistakes_are_told_in_vietnamese_the_surest_first() -> None:
    rows = [
        judged("missed", HEALED, sure=0.6),
        judged("wrong", {}, {BEST: "tốt nhất"}, sure=0.97),
        judged("right", HEALED, {CURE: "khỏi hẳn"}),
        judged("kind", kind=TextKind.HEALTH_INFO),
    ]
    found = shown.mistakes(rows)
    assert [(m.id, m.what) for m in found] == [
        ("wrong", "Báo nhầm"),
        ("missed", "Bỏ sót"),
        ("kind", "Nhầm loại văn bản"),
    ]
    assert found[0].about == "Từ ngữ tuyệt đối không có tài liệu chứng minh"
    assert "không có dấu hiệu nào" in found[0].remark
    assert [piece.text for piece in found[1].pieces if piece.marked] == ["khỏi hẳn"]
    assert found[2].about == "Máy cho là quảng cáo về sức khỏe"
    assert [m.id for m in shown.mistakes([*rows, *rows], most=1)] == ["wrong", "missed", "kind"]
