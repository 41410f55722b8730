"""Answers are asked once, kept as lines of medad score, and read back only for the texts they were given to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from classifier.backends import load
from evaluation.answers import Answer, Source, ask, read_answers, write_answers
from evaluation.gold import Sample
from models.errors import InputError
from models.vocabulary import Code, Domain, TextKind
from pipeline.scoring import score_file

AD = "Phòng khám Lá Khế cam kết chữa khỏi hẳn bệnh trĩ, gọi 0900 000 401 đặt lịch."
INFO = "Người dân cần ngủ màn để phòng sốt xuất huyết, đi khám khi sốt cao."


def _sample(name: str, text: str) -> Sample:
    return Sample(name, text, TextKind.HEALTH_AD, frozenset(), {}, "g")


SAMPLES = [_sample("a", AD), _sample("b", INFO)]


def _line(**change: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "kind": {"label": "health_ad", "all": {kind.value: 0.25 for kind in TextKind}},
        "domains": {domain.value: 0.5 for domain in Domain},
        "codes": {code.value: 0.5 for code in list(Code)[:11]},
        "risk": 0.5,
        "findings": [{"code": "cure_guarantee", "probability": 0.9, "start": 0, "end": 5, "quote": AD[:5]}],
        "model": {"name": "other", "version": "7"},
    } | change


def _write(folder: Path, *lines: Mapping[str, Any] | str) -> Path:
    path = folder / "scored.jsonl"
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines), encoding="utf-8")
    return path


def test_what_is_kept_is_what_was_answered(tmp_path: Path) -> None:
    heard: list[int] = []
    answers = ask(SAMPLES, load("rules"), heard.append)
    assert heard == [2]
    assert Code.CURE_GUARANTEE in answers[0].flagged
    write_answers(tmp_path / "kept.jsonl", SAMPLES, answers, Source("rules", "3"))
    read, source = read_answers(tmp_path / "kept.jsonl", SAMPLES[::-1])
    assert read == answers[::-1]
    assert (source.name, source.version, source.file) == ("rules", "3", "kept.jsonl")


def test_the_output_of_medad_score_is_read(tmp_path: Path) -> None:
    ads = tmp_path / "ads.jsonl"
    ads.write_text("".join(json.dumps({"id": s.id, "text": s.text}) + "\n" for s in SAMPLES), encoding="utf-8")
    score_file(str(ads), str(tmp_path / "scored.jsonl"), spec="rules")
    read, source = read_answers(tmp_path / "scored.jsonl", SAMPLES)
    asked = ask(SAMPLES, load("rules"))
    assert [answer.flagged for answer in read] == [answer.flagged for answer in asked]
    assert [answer.risk for answer in read] == pytest.approx([answer.risk for answer in asked], abs=1e-4)
    assert source.name == "rules"


def test_absence_findings_and_other_texts_are_passed_over(tmp_path: Path) -> None:
    absent = {"code": "missing_mandatory_notice", "probability": 0.9, "start": 0, "end": 0, "quote": ""}
    path = _write(tmp_path, _line(id="elsewhere", findings=[{}]), _line(findings=[absent]))
    read, source = read_answers(path, SAMPLES[:1])
    assert read[0].findings == ()
    assert (source.name, source.version) == ("other", "7")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"risk": None}, "line 1: not a line of medad score .*None is not a probability"),
        ({"risk": 1.5}, "1.5 is not a probability"),
        ({"risk": True}, "True is not a probability"),
        ({"codes": {}}, "cure_guarantee"),
        ({"kind": "health_ad"}, "line 1: not a line"),
        ({"findings": [{"code": "cure_guarantee"}]}, "start"),
        (
            {"findings": [{"code": "cure_guarantee", "probability": 1, "start": 1, "end": 6, "quote": AD[:5]}]},
            "the quote 'Phòng' is not in the text of a at 1:6",
        ),
        (
            {"findings": [{"code": "cure_guarantee", "probability": 1, "start": "0", "end": 5, "quote": AD[:5]}]},
            "line 1: not a line",
        ),
    ],
)
def test_what_is_no_answer_is_refused_with_its_line(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_answers(_write(tmp_path, _line(**change)), SAMPLES[:1])


def test_a_missing_answer_a_broken_line_and_a_double_id_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no answer for 1 of 2 samples \(the first: b\)"):
        read_answers(_write(tmp_path, _line()), SAMPLES)
    with pytest.raises(InputError, match="line 2: not JSON"):
        read_answers(_write(tmp_path, _line(), "{"), SAMPLES[:1])
    with pytest.raises(InputError, match="the same id"):
        read_answers(_write(tmp_path, _line()), [SAMPLES[0], SAMPLES[0]])
    with pytest.raises(InputError, match="cannot read"):
        read_answers(tmp_path / "none.jsonl", SAMPLES)


def test_an_answer_says_what_a_user_sees() -> None:
    kind = dict.fromkeys(TextKind, 0.1) | {TextKind.HEALTH_AD: 0.7}
    domains = dict.fromkeys(Domain, 0.0) | {Domain.DRUG: 0.4}
    unsure = Answer(kind, domains, {}, 0.1)
    assert unsure.is_ad
    assert unsure.classes == {Domain.DRUG}  # the likeliest of a health advertisement
    other = Answer(dict.fromkeys(TextKind, 0.1) | {TextKind.OTHER: 0.7}, domains, {}, 0.1)
    assert not other.is_ad
    assert other.classes == frozenset()
