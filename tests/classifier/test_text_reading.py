"""Disguised Vietnamese is read as it is meant, and quoted as it was written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.disguise import split_glued
from classifier.text import MAX_LENGTH, MAX_SEGMENT, read, segments

DISGUISES = [
    ("split by spaces", "c h ữ a  d ứ t  đ i ể m", "chữa dứt điểm"),
    ("split by single spaces", "c h ữ a d ứ t đ i ể m", "chữa dứt điểm"),
    ("split by dots", "d.ứ.t đ.i.ể.m", "dứt điểm"),
    ("a bar in a word", "tr|ị mụn", "trị mụn"),
    ("a dash in a word", "tr-ị nám", "trị nám"),
    ("a dot in a word", "b.ệnh trĩ", "bệnh trĩ"),
    ("a space in a word", "kh ỏi hẳn", "khỏi hẳn"),
    ("a lost last letter", "bện h trĩ", "bệnh trĩ"),
    ("an emoji in a word", "kh🔥ỏi hẳn", "khỏi hẳn"),
    ("emoji between words", "chữa🔥dứt🔥điểm", "chữa dứt điểm"),
    ("zero width", "ch\u200bữa kh\u2060ỏi", "chữa khỏi"),
    ("struck through", "c\u0336h\u0336ữ\u0336a\u0336 khỏi", "chữa khỏi"),
    ("Cyrillic look-alikes", "сhữа khỏi", "chữa khỏi"),
    ("bold letters", "𝗰𝗮𝗺 𝗸𝗲̂́𝘁", "cam kết"),
    ("full width", "ＣＡＭ kết", "cam kết"),
    ("repeated letters", "khỏiiii hẳnnn", "khỏi hẳn"),
    ("digits for letters", "kh0ng đau", "khong đau"),
    ("a digit before a marked letter", "d1ều tr1", "dieu tri"),
    ("j and z", "zứt đjểm", "dứt điểm"),
    ("teen spelling", "bs tư vấn ko đau", "bác sĩ tư vấn không đau"),
    ("hashtag", "#chuadutdiem", "#chua dut diem"),
    ("glued", "camkếtkhỏibệnh", "cam kết khỏi bệnh"),
    ("tone mark on the other vowel", "hoà khoẻ", "hòa khỏe"),
    ("sỹ and kĩ", "bác sỹ kĩ thuật", "bác sĩ kỹ thuật"),
    ("decomposed", unicodedata.normalize("NFD", "chữa khỏi"), "chữa khỏi"),
]


def unmarked(text: str) -> str:
    return read(text).bare


@pytest.mark.parametrize(("how", "given", "meant"), DISGUISES, ids=[d[0] for d in DISGUISES])
def test_a_disguise_is_undone(how: str, given: str, meant: str) -> None:
    reading = read(given)
    assert reading.bare == unmarked(meant)
    if how not in {"digits for letters", "a digit before a marked letter", "hashtag"}:
        assert reading.text == meant
    assert reading.span(0, len(reading.text)).quote == given


@pytest.mark.parametrize(
    "text",
    ["giảm 3kg", "vitamin b12 q10", "t.p.h.c.m", "0909.123.456", "giá 200 k lần", "24h", "a b c", "top 10", "24/7"],
)
def test_what_only_looks_disguised_is_left_alone(text: str) -> None:
    assert read(text).text == text


def test_a_russian_text_keeps_its_letters() -> None:
    assert read("клиника в москве").text == "клиника в москве"


def test_words_without_marks_are_known_as_damaged_and_english_is_not() -> None:
    lost = read("phong kham chua dut diem benh tri")
    assert lost.toneless
    assert not read("Spa Hoa Sen, combo top skincare set, gọi ngay").toneless
    assert not read("").toneless


def test_a_quote_covers_the_disguise_and_nothing_else() -> None:
    given = "Hãy ch.ữa d.ứ.t đ.i.ể.m bệnh"
    reading = read(given)
    at = reading.text.index("dứt điểm")
    assert reading.span(at, at + 8).quote == "d.ứ.t đ.i.ể.m"


def test_an_empty_or_outside_span_is_refused() -> None:
    with pytest.raises(ValueError, match="no such span"):
        read("abc").span(1, 1)
    with pytest.raises(ValueError, match="no such span"):
        read("abc").span(0, 9)


def test_glued_words_come_apart_only_into_known_words() -> None:
    assert split_glued("chuadutdiem") == ("chua", "dut", "diem")
    assert split_glued("internet") == ()


def test_segments_follow_sentences_lines_bullets_and_emoji() -> None:
    text = "BS. Lan khám. Giá 1.200.000đ!\n- Mục một; mục hai ✅ mục ba\n\n• Hết?"
    found = [text[s.start : s.end] for s in segments(text)]
    assert found == ["BS. Lan khám.", "Giá 1.200.000đ!", "Mục một;", "mục hai", "mục ba", "Hết?"]


def test_a_long_sentence_is_cut() -> None:
    text = "từ " * 900
    assert all(s.end - s.start <= MAX_SEGMENT for s in segments(text))


def test_only_the_first_part_of_a_huge_text_is_read() -> None:
    assert len(read("a " * MAX_LENGTH).text) <= MAX_LENGTH


@given(st.text(alphabet=st.sampled_from("chữadứtđiểm trị.|-🔥\u200b\u0336kK0134@!#\n ;?аоBS"), max_size=60) | st.text())
def test_every_place_of_a_reading_points_into_the_given_text(text: str) -> None:
    reading = read(text)
    assert len(reading.text) == len(reading.bare) == len(reading.starts) == len(reading.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(reading.starts, reading.ends, strict=True))
    assert all(0 <= a < b <= len(reading.text) for a, b in reading.damaged)
    assert list(reading.starts) == sorted(reading.starts)
    for start in range(0, len(reading.text), 7):
        span = reading.span(start, start + 1)
        assert text[span.start : span.end] == span.quote


@given(st.text())
def test_segments_hold_every_letter_once_and_in_order(text: str) -> None:
    found = segments(text)
    inside = [i for s in found for i in range(s.start, s.end)]
    assert inside == sorted(set(inside))
    assert {i for i, c in enumerate(text) if c.isalnum()} <= set(inside)
    assert all(s.start < s.end and not text[s.start].isspace() and not text[s.end - 1].isspace() for s in found)
