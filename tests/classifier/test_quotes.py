"""Quotes as a person reads them: long enough to say something, each once, unsure ones left out."""

import pytest

from classifier.signals import Mark
from classifier.text import read
from classifier.transformer import _readable, _widened

TEXT = "Spa Lá Ngải mở cửa mỗi ngày. Chị Mơ kể, bôi hai tuần là sạch nám hẳn, da mịn. Gọi 0900 000 404."


def _mark(word: str, logit: float = 2.0) -> Mark:
    start = read(TEXT).text.index(word)
    return Mark(start, start + len(word), logit)


@pytest.mark.parametrize(("word", "quote"), [("nám", "bôi hai tuần là sạch nám hẳn"), ("ngày", "mở cửa mỗi ngày")])
def test_a_single_word_is_quoted_with_its_clause(word: str, quote: str) -> None:
    main = read(TEXT)
    wide = _widened(main, _mark(word))
    assert main.text[wide.start : wide.end].endswith(quote)
    assert "." not in main.text[wide.start : wide.end]


def test_a_long_clause_is_not_quoted_whole() -> None:
    main = read("Khách " + "đi lại rất khó khăn " * 8 + "nay khỏi " + "rồi vui vẻ ra về " * 8)
    at = main.text.index("khỏi")
    wide = _widened(main, Mark(at, at + 4, 1.0))
    assert len(main.text[wide.start : wide.end].split()) == 9


def test_three_words_stand_as_they_are() -> None:
    mark = _mark("sạch nám hẳn")
    assert _widened(read(TEXT), mark) == mark


def test_the_surest_stays_and_the_unsure_goes() -> None:
    sure, unsure, again = _mark("nám", 2.0), _mark("ngày", -3.0), _mark("bôi", 1.9)
    kept = _readable(read(TEXT), [sure, again, unsure], 0.9)
    assert [(mark.logit, share) for mark, share in kept] == [(2.0, 0.9)]  # 'bôi': the same clause; 'ngày': unsure
    assert len(_readable(read(TEXT), [unsure], 0.3)) == 1  # what is surest is quoted, however unsure
