"""The rules backend end to end: the plainest promise is quoted, and nothing is said of an empty text."""

from datetime import date

import pytest

from classifier.backends import load
from classifier.types import Document, Span
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, Domain, TextKind

SHOWN = date(2026, 11, 1)


def test_a_plain_cure_promise_is_quoted_exactly() -> None:
    text = "Phòng khám Hoa Mai cam kết chữa khỏi 100% bệnh trĩ. Hotline 0909 123 456, đặt lịch ngay!"
    [found] = load().predict([Document(text, SHOWN)])
    assert found.label is TextKind.HEALTH_AD
    quotes = [h.proof.quote for h in found.hits if h.code is Code.CURE_GUARANTEE and isinstance(h.proof, Span)]
    assert quotes
    assert "cam kết chữa khỏi 100%" in quotes[0]
    assert quotes[0] in text


@pytest.mark.parametrize("text", ["", "   \n", "\u200b", "!!!", "a clinic in London sells nothing here", "今日は"])
def test_empty_or_foreign_text_is_other_without_codes(text: str) -> None:
    [found] = load().predict([Document(text, SHOWN)])
    assert found.label is TextKind.OTHER
    assert found.hits == ()
    assert set(found.codes) == set(TEXT_CODES)
    assert set(found.domains) == set(Domain)


def test_an_unknown_backend_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match="no classifier backend is called 'magic'"):
        load("magic")
