"""Variety of labelled texts: what is counted, and what counts as a near-duplicate."""

from typing import Any

from evaluation.corpus import distinct, figures, near_duplicates

LONG = "phòng khám hoa an nhận điều trị mụn trứng cá bằng ánh sáng cho học sinh sinh viên mỗi cuối tuần"


def _text(name: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "text": text, "kind": "health_ad", "domains": ["service"], "codes": {}, "group": name, **fields}


def test_texts_that_share_most_of_their_words_are_near_duplicates_but_not_within_a_pair() -> None:
    changed = LONG.replace("hoa an", "hoa anh")
    assert near_duplicates(
        [_text("a", LONG), _text("b", changed + " nhé"), _text("c", "một câu khác hẳn về tai nghe")]
    ) == {"b"}
    assert near_duplicates([_text("a", LONG, pair="p"), _text("b", changed, pair="p")]) == set()


def test_counts_and_distinct_runs() -> None:
    found = figures([_text("a", LONG, channel="sms"), _text("b", "khác hẳn", codes={"cure_guarantee": ["khác"]})])
    assert found["texts"] == found["groups"] == 2
    assert found["codes"] == {"cure_guarantee": 1}
    assert found["ads_without_code"] == 1
    assert found["near_duplicates"] == 0
    assert distinct([_text("a", "một hai một hai")], 4) == {
        "distinct_1": 0.5,
        "distinct_2": 0.6667,
        "distinct_3": 1.0,
        "distinct_4": 1.0,
    }
