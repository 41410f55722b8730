"""Sizes are written for a reader in Vietnam."""

import pytest

from pipeline.sizes import size_of


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 byte"),
        (999, "999 byte"),
        (47_219, "47,2 kB"),
        (999_949, "999,9 kB"),
        (999_950, "1,0 MB"),
        (167_000_000, "167,0 MB"),
    ],
)
def test_a_small_file_is_not_told_as_nothing(count: int, words: str) -> None:
    assert size_of(count) == words
