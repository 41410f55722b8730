"""Searchable forms of Vietnamese that quote the given text exactly."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vietnamese import compose, fold, folded


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_fold_quotes_the_given_text_in_either_normal_form(form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, "Bs. ĐẶNG Mỹ Huệ")
    found = fold(text)
    assert found.text == "bs. dang my hue"
    at = found.text.index("dang")
    assert unicodedata.normalize("NFC", found.quote(at, at + 4)) == "ĐẶNG"


def test_invisible_characters_vanish_from_the_form_and_stay_in_the_quote() -> None:
    text = "chữa dứt\u200b điểm"
    found = compose(text)
    at = found.text.index("dứt điểm")
    assert found.quote(at, at + 8) == "dứt\u200b điểm"


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(ValueError, match="no such span"):
        fold("abc").source(2, 2)


@given(st.text())
def test_every_place_of_the_form_points_into_the_given_text(text: str) -> None:
    for aligned in (compose(text), fold(text)):
        assert len(aligned.starts) == len(aligned.ends) == len(aligned.text)
        assert all(0 <= a < b <= len(text) for a, b in zip(aligned.starts, aligned.ends, strict=True))
        assert list(aligned.starts) == sorted(aligned.starts)
    assert folded(text) == fold(text).text
