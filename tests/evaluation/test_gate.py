"""The gate: a figure under its floor, a floor without a figure and another corpus are refused; floors only rise."""

import json
from pathlib import Path

import pytest

from evaluation import gate

FLOORS = {"a": 0.8, "b": 0.5}
CORPORA = {"demo": "one"}


class _Measured:
    """Stands in for the measurement, which takes its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.figures, self.corpora, self.path = dict(FLOORS), dict(CORPORA), path
        path.write_text(json.dumps({"floors": FLOORS, "corpora": CORPORA}), encoding="utf-8")
        monkeypatch.setattr(gate, "_FLOORS", path)
        monkeypatch.setattr(gate, "measure", lambda: (self.figures, self.corpora))

    @property
    def stored(self) -> dict[str, dict[str, object]]:
        """What the floors file says."""
        found: dict[str, dict[str, object]] = json.loads(self.path.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Measured:
    return _Measured(monkeypatch, tmp_path / "floors.json")


def test_what_holds_passes(measured: _Measured, capsys: pytest.CaptureFixture[str]) -> None:
    measured.figures["a"] = 0.9
    assert gate.main([]) == 0
    assert "2 passed, 0 failed" in capsys.readouterr().out
    assert measured.stored["floors"] == FLOORS  # a look changes nothing


@pytest.mark.parametrize("arguments", [[], ["--update"]])
def test_a_fallen_figure_is_refused_and_never_becomes_the_floor(
    arguments: list[str], measured: _Measured, capsys: pytest.CaptureFixture[str]
) -> None:
    measured.figures |= {"a": 0.7999, "b": 0.9}
    assert gate.main(arguments) == 1
    assert "a is 0.7999, under its floor 0.8000" in capsys.readouterr().err
    assert measured.stored["floors"] == FLOORS


@pytest.mark.parametrize("arguments", [[], ["--update"]])
def test_a_figure_that_vanished_is_refused(
    arguments: list[str], measured: _Measured, capsys: pytest.CaptureFixture[str]
) -> None:
    del measured.figures["b"]
    assert gate.main(arguments) == 1
    assert "b has a floor and was not measured" in capsys.readouterr().err
    assert measured.stored["floors"] == FLOORS


def test_another_corpus_is_refused_until_measured_anew(measured: _Measured, capsys: pytest.CaptureFixture[str]) -> None:
    measured.corpora["demo"] = "two"
    assert gate.main([]) == 1
    assert "the corpus changed (demo)" in capsys.readouterr().err
    assert gate.main(["--update"]) == 0
    assert measured.stored["corpora"] == {"demo": "two"}
    assert gate.main([]) == 0


def test_an_update_raises_floors(measured: _Measured) -> None:
    measured.figures |= {"a": 0.85, "new": 0.3}
    assert gate.main(["--update"]) == 0
    assert measured.stored["floors"] == {"a": 0.84, "b": 0.5, "new": 0.29}  # a little under, for other processors
