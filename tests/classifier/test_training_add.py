"""Labels of the field join what is learnt from: each text once, and nothing of a group that is kept apart."""

from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.train

from classifier.samples import Sample  # noqa: E402 - torch may be missing
from classifier.training import added  # noqa: E402
from models.vocabulary import TextKind  # noqa: E402


def _sample(name: str, group: str) -> Sample:
    return Sample(name, f"Nội dung {name}", TextKind.OTHER, frozenset(), (), group)


def test_added_labels_join_but_for_what_is_known_or_kept_apart() -> None:
    learnt, apart = [_sample("a", "g1")], [_sample("b", "g2")]
    known = replace(_sample("a", "g9"), id="ad-1")
    fresh, held = _sample("c", "g1"), _sample("d", "g2")
    assert added([known, fresh, held], learnt, apart) == [fresh]
    assert added([], learnt, apart) == []


def test_a_mark_of_a_split_does_not_keep_an_added_label_out() -> None:
    assert added([replace(_sample("c", "g3"), split="test")], [], []) != []
