"""Labelled texts: with their words, or joined with texts that are kept elsewhere."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_tokenizer

from classifier.samples import data_hash, read_samples, targets
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, TextKind

TEXT = "Phòng khám chữa khỏi bệnh trĩ. Uy tín hàng đầu."


def _write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def _line(**fields: Any) -> dict[str, Any]:
    codes = {"cure_guarantee": ["chữa khỏi"], "absolute_claim": ["hàng đầu"]}
    base = {"id": "a", "text": TEXT, "kind": "health_ad", "domains": ["service"], "codes": codes, "group": "g"}
    return base | fields


def test_quotes_become_places_and_tokens(tmp_path: Path) -> None:
    (sample,) = read_samples([_write(tmp_path / "a.jsonl", _line())])
    assert sample.codes == {Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM}
    assert [sample.text[start:end] for _, start, end in sample.quotes] == ["chữa khỏi", "hàng đầu"]
    for toneless in (False, True):
        (target,) = targets([sample], tiny_tokenizer(), toneless=toneless)
        assert target.kind is TextKind.HEALTH_AD
        marked = {
            TEXT_CODES[code]: (target.window.places[start][0], target.window.places[end - 1][1])
            for code, start, end in target.marks
        }
        assert marked == {Code.CURE_GUARANTEE: (11, 20), Code.ABSOLUTE_CLAIM: (38, 46)}


def test_a_quote_that_occurs_twice_is_marked_twice(tmp_path: Path) -> None:
    text = "chữa khỏi trĩ, chữa khỏi mụn"
    line = _line(text=text, codes={"cure_guarantee": ["chữa khỏi"]})
    (sample,) = read_samples([_write(tmp_path / "a.jsonl", line)])
    assert [start for _, start, _ in sample.quotes] == [0, 15]


def test_labels_without_text_are_joined_by_id_and_hash(tmp_path: Path) -> None:
    label = {
        "id": "r1",
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "kind": "health_ad",
        "domains": ["service"],
        "codes": {"cure_guarantee": [[11, 20]]},
        "group": "g",
        "split": "dev",
    }
    labels = _write(tmp_path / "labels.jsonl", label, label | {"id": "r2"})
    texts = _write(tmp_path / "texts.jsonl", {"id": "r1", "text": TEXT})
    (sample,) = read_samples([labels], [texts])
    assert (sample.id, sample.split, sample.quotes) == ("r1", "dev", ((Code.CURE_GUARANTEE, 11, 20),))
    assert read_samples([labels]) == []
    other = _write(tmp_path / "other.jsonl", {"id": "r1", "text": TEXT + " "})
    with pytest.raises(InputError, match="another SHA-256"):
        read_samples([labels], [other])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "advert"}, "advert"),
        ({"codes": {"cure_guarantee": ["dứt điểm"]}}, "not in the text"),
        ({"codes": {"cure_guarantee": [[5, 500]]}}, "no part of the text"),
        ({"kind": "health_info"}, "only a health_ad carries codes"),
        ({"text": " "}, "empty"),
        ({"text": 5}, "not a string"),
        ({"domains": ["pet"]}, "pet"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    path = _write(tmp_path / "a.jsonl", _line(id="good"), _line(**fields))
    with pytest.raises(InputError, match=f"line 2: .*{said}"):
        read_samples([path])


def test_an_id_that_occurs_twice_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _line())
    with pytest.raises(InputError, match="occurs twice"):
        read_samples([path, path])
    with pytest.raises(InputError, match="cannot be read"):
        read_samples([tmp_path / "missing.jsonl"])
    (tmp_path / "b.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="not JSON Lines"):
        read_samples([tmp_path / "b.jsonl"])


def test_the_hash_of_the_data_changes_with_a_label_and_not_with_the_order(tmp_path: Path) -> None:
    one = read_samples([_write(tmp_path / "a.jsonl", _line(id="a"), _line(id="b"))])
    two = read_samples([_write(tmp_path / "b.jsonl", _line(id="b"), _line(id="a"))])
    other = read_samples([_write(tmp_path / "c.jsonl", _line(id="a"), _line(id="b", codes={}))])
    assert data_hash(one) == data_hash(two) != data_hash(other)
