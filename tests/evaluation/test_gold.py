"""Labelled samples are checked before anything is measured on them."""

import json
from pathlib import Path

import pytest

from evaluation.gold import read_match_samples, read_samples
from models.errors import InputError
from models.vocabulary import Code, Domain, MentionKind, TextKind

GOOD = {
    "id": "1",
    "text": "Cam kết khỏi hẳn bệnh.",
    "kind": "health_ad",
    "domains": ["service"],
    "codes": {"cure_guarantee": ["khỏi hẳn"]},
    "group": "g",
}
MENTION = {"id": "1", "kind": "practitioner", "text": "BS Lý Văn Mẫu", "gold": "AMBIGUOUS", "gold_set": ["P2", "P3"]}


def _file(folder: Path, *rows: object) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_sample_is_read_whole(tmp_path: Path) -> None:
    sample = read_samples(_file(tmp_path, GOOD))[0]
    assert (sample.kind, sample.domains, sample.group) == (TextKind.HEALTH_AD, frozenset({Domain.SERVICE}), "g")
    assert sample.codes == {Code.CURE_GUARANTEE: ("khỏi hẳn",)}
    mention = read_match_samples(_file(tmp_path, MENTION))[0]
    assert (mention.kind, mention.gold, mention.gold_set) == (
        MentionKind.PRACTITIONER,
        "AMBIGUOUS",
        frozenset({"P2", "P3"}),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"codes": {"cure_guarantee": ["khỏi hẳn", "khoi han"]}}, "the quote of cure_guarantee is not in the text"),
        ({"codes": {"cure_guarantee": ["Khỏi hẳn"]}}, "not in the text"),
        ({"codes": {"cure_guarantee": "khỏi"}}, "quotes are a list"),
        ({"codes": {"cure_guarantee": [""]}}, "is not text"),
        ({"codes": {"cure_guarantee": [7]}}, "is not text"),
        ({"codes": {"no_such_code": []}}, "no_such_code"),
        ({"codes": ["cure_guarantee"]}, "not a labelled sample"),
        ({"kind": "advert"}, "advert"),
        ({"domains": ["services"]}, "services"),
        ({"text": None}, "is not text"),
        ({"text": 7}, "is not text"),
    ],
)
def test_a_sample_that_proves_nothing_is_refused_with_its_line(
    change: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=rf"samples\.jsonl, line 2: .*{words}"):
        read_samples(_file(tmp_path, GOOD, GOOD | change))


def test_short_fields_of_a_line_name_classes_of_texts(tmp_path: Path) -> None:
    more = {
        "pair": "p1",
        "original": "0",
        "channel": "facebook",
        "disguise": ["split", "leet", "split"],
        "checked": True,
        "note": "a remark",
        "source": {"repository": "x"},
        "words": 12,
        "history": "a remark that is much too long to be the name of a class",
        "region": "",
    }
    sample = read_samples(_file(tmp_path, GOOD | more))[0]
    assert (sample.pair, sample.original) == ("p1", "0")
    assert sample.fields == {"channel": ("facebook",), "disguise": ("split", "leet"), "checked": ("True",)}


@pytest.mark.parametrize("field", ["id", "text", "kind"])
def test_a_missing_field_is_named(field: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=field):
        read_samples(_file(tmp_path, {name: value for name, value in GOOD.items() if name != field}))


@pytest.mark.parametrize("change", [{"gold": None}, {"gold": ""}, {"kind": "person"}, {"text": ["a"]}])
def test_a_mention_that_cannot_be_one_is_refused_with_its_line(change: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"samples\.jsonl, line 1: not a labelled mention"):
        read_match_samples(_file(tmp_path, MENTION | change))


def test_a_line_that_is_not_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: not JSON"):
        read_samples(_file(tmp_path, "{nonsense"))
    with pytest.raises(InputError, match=r"line 1: not a labelled mention \(not JSON"):
        read_match_samples(_file(tmp_path, "{nonsense"))


def test_no_samples_are_no_measurement(tmp_path: Path) -> None:
    for read in (read_samples, read_match_samples):
        with pytest.raises(InputError, match="holds no labelled sample"):
            read(_file(tmp_path))
