"""Vietnamese or not, with or without diacritics; what is not is judged as nothing."""

import json
from datetime import date
from pathlib import Path

import pytest

from classifier.backends import load
from classifier.language import is_vietnamese
from classifier.types import Document
from models.vietnamese import folded
from models.vocabulary import TextKind

_PAIRS = Path(__file__).parents[2] / "data" / "labelled" / "rules-pairs.jsonl"
_ENGLISH = "The Basket is a virtual folder that holds files while you move them between other folders of the browser."


def test_every_own_text_is_vietnamese_also_without_its_marks() -> None:
    texts = [json.loads(line)["text"] for line in _PAIRS.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 100
    assert [text for text in texts if not is_vietnamese(text)] == []
    assert [text for text in texts if not is_vietnamese(folded(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        _ENGLISH,
        "Lorem ipsum dolor sit amet, consectetuer adipiscing elit. Aenean commodo ligula eget dolor massa quis.",
        "Total Hits 790 Total Files 18 Total Pages Total Visits Unique Sites Unique Referrers User Agents Monthly",
    ],
)
def test_other_languages_are_not(text: str) -> None:
    assert not is_vietnamese(text)


@pytest.mark.parametrize("text", ["", "Botox 100% safe", "0900 000 001", "Nha khoa Hoa Gạo"])
def test_a_few_words_get_the_benefit(text: str) -> None:
    assert is_vietnamese(text)


def test_a_foreign_text_is_judged_as_nothing() -> None:
    found = load("rules").predict([Document(f"{_ENGLISH} Top 1 clinic.", date(2026, 11, 24))])[0]
    assert found.label is TextKind.OTHER
    assert found.hits == ()
    assert found.risk < 0.02


def test_a_slogan_that_is_repeated_is_quoted_once() -> None:
    slogan = "Thẩm mỹ viện uy tín hàng đầu Việt Nam, gọi 0900 000 001 đặt lịch hút mỡ bụng giá 20 triệu. "
    hits = load("rules").predict([Document(slogan * 4, date(2026, 11, 24), main_end=4 * len(slogan))])[0].hits
    quotes = [hit.proof.quote for hit in hits if hasattr(hit.proof, "quote")]
    assert quotes
    assert len(quotes) == len(set(quotes))
    assert hits[0].proof.start < len(slogan)  # type: ignore[union-attr]  # the first hit quotes
