"""The behavioural suite: its own cases are sound, it catches each kind of misbehaviour, and bad cases are refused."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from classifier.types import Document, Hit, Prediction, Span
from evaluation import behaviour
from evaluation.behaviour_cases import Capability, read_cases, without_marks
from models.errors import InputError
from models.vocabulary import TEXT_CODES, Code, Domain, Method, TextKind


class _Pretender:
    """A classifier that takes every text for an ad and flags what ``says`` says, with that probability."""

    name, version = "pretender", "1"

    def __init__(self, says: Callable[[str], dict[Code, float]]) -> None:
        self.asked: list[str] = []
        self._says = says

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        self.asked += [document.text for document in documents]
        return [self._predict(document.text) for document in documents]

    def _predict(self, text: str) -> Prediction:
        said = self._says(text)
        return Prediction(
            kind={kind: 0.97 if kind is TextKind.HEALTH_AD else 0.01 for kind in TextKind},
            domains={domain: 0.9 if domain is Domain.SERVICE else 0.0 for domain in Domain},
            codes=dict.fromkeys(TEXT_CODES, 0.0) | said,
            hits=tuple(
                Hit(code, value, Span.of(text, 0, 5), Method.MODEL) for code, value in said.items() if value >= 0.5
            ),
        )


def _folder(folder: Path, **files: object) -> Path:
    for capability in Capability:
        content = files.get(capability.value, [])
        written = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (folder / f"{capability.value}.yaml").write_text(written, encoding="utf-8")
    return folder


def _faults(folder: Path, says: Callable[[str], dict[Code, float]]) -> dict[str, tuple[str, ...]]:
    return {outcome.case.id: outcome.faults for outcome in behaviour.run(_Pretender(says), folder)}


CURE = {Code.CURE_GUARANTEE: 0.9}


def test_the_bundled_cases_cover_every_code_and_every_change() -> None:
    cases = list(read_cases())
    minimum = Counter((case.about, bool(case.claim.flags)) for case in cases if case.capability is Capability.MINIMUM)
    for code in TEXT_CODES:
        assert minimum[code, True] >= 5, code
        assert minimum[code, False] >= 3, code
    about = Counter(case.about for case in cases if case.capability is not Capability.MINIMUM)
    assert {"name", "phone", "place", "case", "decomposed", "spacing", "emoji"} <= set(about)
    assert {"licence_added", "violation_added", "no_diacritics", "disguise", "reported_or_denied"} <= set(about)
    assert len(cases) >= 250
    assert all(case.text != case.base for case in cases if case.capability is not Capability.MINIMUM)


def test_one_who_never_flags_and_one_who_always_does_both_fail() -> None:
    for says in (lambda _: {}, lambda _: dict.fromkeys(TEXT_CODES, 0.9)):
        found = behaviour.summary(behaviour.run(_Pretender(says)))
        assert found["rate"] < 0.5
        assert all(part["rate"] < 0.6 for part in found["capabilities"].values())


def test_minimum_functionality(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "about": "x", "text": "Chữa khỏi hẳn.", "flags": ["cure_guarantee"]},
        {"id": "b", "about": "x", "text": "Không chữa khỏi.", "refuse": ["cure_guarantee"], "kind": "health_info"},
        {"id": "c", "about": "x", "text": "Không chữa gì.", "refuse": "all"},
    ]
    found = _faults(_folder(tmp_path, minimum=rows), lambda text: CURE if text.startswith("Không") else {})
    assert found == {
        "a": ("cure_guarantee is not flagged",),
        "b": ("taken for health_ad, not health_info", "cure_guarantee is flagged"),
        "c": ("cure_guarantee is flagged",),
    }


def test_invariance(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "Bà Mơ chữa khỏi hẳn.", "swaps": {"name": ["Bà Mơ → Bà Lúa"]}}]
    found = _faults(_folder(tmp_path, invariance=rows), lambda text: {} if "Lúa" in text or text.isupper() else CURE)
    assert found["a-name"] == found["a-case"] == ("cure_guarantee is flagged no more",)
    assert found["a-emoji"] == found["a-spacing"] == found["a-decomposed"] == ()


@pytest.mark.parametrize(
    ("risk", "before", "after", "behaves"),
    [
        ("not_higher", 0.5, 0.51, True),
        ("not_higher", 0.5, 0.6, False),
        ("not_lower", 0.5, 0.49, True),
        ("not_lower", 0.5, 0.4, False),
        ("lower", 0.5, 0.4, True),
        ("lower", 0.5, 0.5, False),
    ],
)
def test_direction(risk: str, before: float, after: float, behaves: bool, tmp_path: Path) -> None:
    rows = [{"id": "a", "about": "x", "base": "Trước đây.", "changed": "Về sau.", "risk": risk}]
    found = _faults(
        _folder(tmp_path, direction=rows),
        lambda text: {Code.CURE_GUARANTEE: (before if text == "Trước đây." else after) / 0.97},
    )
    assert (found["a"] == ()) is behaves, found


def test_words_are_added_and_marks_dropped(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "about": "x", "base": "Phòng khám.", "add": "Giấy phép.", "risk": "not_higher"},
        {"id": "b", "about": "x", "base": "Đặc trị nám.", "without_marks": True, "flags": ["cure_guarantee"]},
    ]
    pretender = _Pretender(lambda _: {})
    behaviour.run(pretender, _folder(tmp_path, direction=rows))
    assert pretender.asked == ["Phòng khám.", "Phòng khám. Giấy phép.", "Đặc trị nám.", "Dac tri nam."]
    assert without_marks("Đường Nguyễn Huệ") == "Duong Nguyen Hue"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"minimum": "- {id: a, about: x"}, "minimum.yaml is not YAML"),
        ({"minimum": "a: b"}, "is not a list of cases"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t"}]}, "minimum.yaml, case a: it asks for nothing"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t", "flag": []}]}, "no such field: flag"),
        ({"minimum": [{"about": "x", "text": "t", "refuse": "all"}]}, "minimum.yaml, case 1: 'id'"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t", "flags": ["lies"]}]}, "lies"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t", "flags": ["beyond_scope"]}]}, "not decided by the text"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t", "kind": "ad"}]}, "'ad' is not a valid TextKind"),
        ({"minimum": [{"id": "a", "about": "x", "text": "t", "refuse": "all"}] * 2}, "the id a is used twice"),
        ({"invariance": [{"id": "a", "text": "t", "swaps": {"name": ["b → c"]}}]}, "'b' is not in the text"),
        ({"direction": [{"id": "a", "about": "x", "base": "t", "risk": "lower"}]}, "one of changed, add"),
        ({"direction": [{"id": "a", "about": "x", "base": "t", "add": "u", "risk": "up"}]}, "'up' is not a valid Risk"),
    ],
)
def test_a_wrong_case_is_refused_with_its_place(files: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        list(read_cases(_folder(tmp_path, **files)))


def test_the_command_prints_failures_and_rates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": "good", "about": "x", "text": "Thư viện đóng cửa.", "refuse": "all"},
        {"id": "bad", "about": "x", "text": "Thư viện mở cửa sớm.", "flags": ["cure_guarantee"]},
    ]
    folder = _folder(tmp_path, minimum=rows)
    assert behaviour.main(["--cases", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "✗ bad (minimum, x): cure_guarantee is not flagged\n    Thư viện mở cửa sớm." in shown
    assert "good" not in shown
    assert "   1 of    2  0.500" in shown
    assert behaviour.main(["--cases", str(folder), "--at-least", "0.6", "--json"]) == 1
    assert '"failed": {\n    "bad"' in capsys.readouterr().out
    assert behaviour.main(["--model", "nobody"]) == 1
    assert "behaviour: no classifier backend is called 'nobody'" in capsys.readouterr().err
    assert behaviour.main(["--cases", str(tmp_path / "none")]) == 1
    assert "cannot read" in capsys.readouterr().err
