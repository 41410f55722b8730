"""The same advertisement with another phone is known again, and quoted where it stands now."""

from dataclasses import replace

from classifier.memory import Memory
from classifier.signals import Mark, nothing


def _signals(start: int, end: int):  # type: ignore[no-untyped-def]
    found = nothing()
    return replace(found, marks=((Mark(start, end, 2.0),), *found.marks[1:]))


def test_another_phone_emoji_and_spacing_are_the_same_advertisement() -> None:
    memory = Memory(10)
    text = "gọi 0901234567, cam kết chữa khỏi bệnh trĩ"
    start = text.index("chữa")
    memory.keep(text, _signals(start, start + len("chữa khỏi")))
    again = "🎉 gọi 0911999888 ,  cam kết  chữa  khỏi bệnh trĩ"
    found = memory.find(again)
    assert found is not None
    (mark,) = found.marks[0]
    assert again[mark.start : mark.end] == "chữa  khỏi"
    assert memory.find(text) is not None


def test_a_share_a_dose_or_a_word_makes_another_text() -> None:
    memory = Memory(10)
    memory.keep("khỏi 100% sau 3 ngày", nothing())
    assert memory.find("khỏi 50% sau 3 ngày") is None
    assert memory.find("khỏi 100% sau 30 ngày") is None
    assert memory.find("không khỏi 100% sau 3 ngày") is None


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    memory = Memory(2)
    memory.keep("một", nothing())
    memory.keep("hai", nothing())
    assert memory.find("một") is not None
    memory.keep("ba", nothing())
    assert memory.find("hai") is None
    assert memory.find("một") is not None
