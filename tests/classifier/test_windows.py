"""Windows cover a text once, in order, and know where their tokens stand."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import tiny_tokenizer

from classifier.text import read
from classifier.windows import CONTEXT, MAX_TOKENS, MAX_WINDOWS, windows

TOKENIZER = tiny_tokenizer()


def _cut(text: str, limit: int = MAX_WINDOWS):  # type: ignore[no-untyped-def]
    reading = read(text)
    return reading, windows(reading.text, reading.sentences, TOKENIZER, limit)


def test_a_short_text_is_one_window_between_marks() -> None:
    reading, found = _cut("Phòng khám cam kết chữa khỏi bệnh trĩ")
    assert len(found) == 1
    window = found[0]
    assert (window.ids[0], window.ids[-1]) == (0, 2)
    assert window.places[0] == window.places[-1] == (0, 0)
    words = [reading.text[a:b] for a, b in window.places[1:-1]]
    assert words == ["phòng", "khám", "cam", "kết", "chữa", "khỏi", "bệnh", "trĩ"]
    assert window.judged == 1


def test_a_long_text_is_cut_at_a_sentence_and_shown_its_context_again() -> None:
    sentence = "phòng khám cam kết chữa khỏi bệnh trĩ không tái phát. "
    _, found = _cut(sentence * 60)
    assert len(found) > 1
    assert all(len(window.ids) <= MAX_TOKENS for window in found)
    ends = [window.places[-2][1] for window in found[:-1]]
    assert all((sentence * 60)[end - 1] == "." for end in ends)
    assert all(window.judged == CONTEXT + 1 for window in found[1:])


def test_no_token_gives_no_window_and_an_endless_text_a_limited_number() -> None:
    assert _cut("")[1] == ()
    assert _cut(" \n ")[1] == ()
    assert len(_cut("bệnh trĩ " * 50_000)[1]) == MAX_WINDOWS


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["bệnh trĩ", "xyz", "100%", ".", "\n", "cam kết", "ａｂ", "é", "🎉"]), max_size=400))
def test_every_token_is_judged_once_and_in_order(parts: list[str]) -> None:
    reading, found = _cut(" ".join(parts), limit=100)
    judged = [place for window in found for place in window.places[window.judged : -1]]
    starts = [start for start, _ in judged]
    assert starts == sorted(starts)
    covered: set[int] = set()
    for start, end in judged:
        covered.update(range(start, end))
    letters = {index for index, letter in enumerate(reading.text) if letter.isalnum()}
    assert letters <= covered
