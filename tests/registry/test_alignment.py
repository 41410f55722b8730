"""The ad's words laid beside many registered names at once."""

import numpy as np
import pytest

from registry.alignment import NONE, fit_of, lay, reading_table
from registry.channel import EDIT, SAME, SOUND, Vocabulary
from registry.index import PlaceIndex
from registry.index_people import PeopleIndex, SubsetIndex
from registry.names import accents, pair_level, slip
from registry.types import Practitioner

PAD = 9


def _laid(readings: list[dict[int, int]], *names: list[int]) -> list[list[int]]:
    rows = np.array([[PAD] * (4 - len(name)) + name for name in names], np.uint16)
    found: list[list[int]] = lay(rows, reading_table(readings, PAD)).word.tolist()
    return found


def test_words_go_where_they_agree_and_the_given_name_is_the_last_column() -> None:
    readings = [{1: SAME}, {2: SAME}, {3: SAME}]
    assert _laid(readings, [1, 2, 3], [1, 5, 3], [3]) == [[-1, 0, 1, 2], [-1, 0, -1, 2], [-1, -1, -1, 2]]


def test_a_sure_pair_is_taken_before_a_damaged_one() -> None:
    """'Lan Anh' beside 'Lan An Anh': 'Lan' could be a damaged 'An', but its own place is there."""
    readings = [{1: SAME, 2: EDIT}, {3: SAME}]
    assert _laid(readings, [1, 2, 3]) == [[-1, 0, -1, 1]]


def test_turned_names_are_seen_as_turned() -> None:
    laid = lay(np.array([[1, 2, 3]], np.uint16), reading_table([{3: SAME}, {2: SAME}, {1: SAME}], PAD))
    assert laid.swapped.tolist() == [True]
    assert laid.lawful.tolist() == [True]


def test_an_order_that_no_ad_writes_is_not_lawful() -> None:
    readings = [{1: SAME}, {3: SAME}, {2: SAME}, {4: SAME}]
    laid = lay(np.array([[1, 2, 3, 4], [1, 3, 2, 4]], np.uint16), reading_table(readings, PAD))
    assert laid.swapped.tolist() == [True, False]
    assert laid.lawful.tolist() == [False, True]


def test_what_no_word_stands_for_is_missing_and_what_finds_no_place_is_extra() -> None:
    laid = lay(np.array([[PAD, 1, 5, 3]], np.uint16), reading_table([{1: SAME}, {2: SAME}, {3: SOUND}], PAD))
    fit = fit_of(laid, 0, (1, 5, 3), thi=-1)
    assert fit.pairs == ((0, 0, SAME), (2, 2, SOUND))
    assert (fit.extra, fit.missing, fit.swapped) == ((1,), (1,), False)
    assert laid.level.tolist() == [[NONE, SAME, NONE, SOUND]]


def test_groups_are_found_by_any_two_of_their_syllables() -> None:
    names = np.array([[PAD, 1, 2, 3], [1, 2, 4, 5], [PAD, PAD, 1, 2]], np.uint16)
    index = SubsetIndex(names, np.array([3, 4, 2], np.uint8))
    assert index.find(np.array([[2, 1]]), [2, 3, 4]).tolist() == [0, 1, 2]
    assert index.find(np.array([[2, 1]]), [3]).tolist() == [0]
    assert index.find(np.array([[5, 1, 2], [3, 2, 1]]), [3, 4]).tolist() == [0, 1]
    assert index.find(np.array([[6, 1]]), [2, 3, 4]).tolist() == []


def test_names_that_fold_alike_are_one_group_with_their_spellings() -> None:
    people = [Practitioner(str(n), name) for n, name in enumerate(("Lê Hà An", "Lê Hạ An", "Lê Hà An", "Vũ An", ""))]
    index = PeopleIndex(people, PlaceIndex([]))
    assert index.group[0] == index.group[1] == index.group[2] != index.group[3]
    assert index.spelling[0] == index.spelling[2] != index.spelling[1]
    assert index.spelled(int(index.spelling[1])) == ("lê", "hạ", "an")
    assert index.vocabulary.counts[index.vocabulary.ids["an"]] == 4
    _, spellings = index.spellings.spread(np.array([index.group[0]]))
    _, records = index.members.spread(spellings)
    assert sorted(records.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("written", "registered", "said"),
    [
        ("thah", "thanh", "dropped"),
        ("trunng", "trung", "doubled"),
        ("tahnh", "thanh", "swapped"),
        ("tuong", "cuong", "misheard"),
        ("nuyen", "nguyen", "misheard"),
        ("thaoh", "thao", "added"),
        ("mong", "hong", "edit"),
    ],
)
def test_how_a_letter_was_lost(written: str, registered: str, said: str) -> None:
    assert slip(written, registered) == said


def test_a_tone_mark_elsewhere_in_the_syllable_is_the_same_word() -> None:
    assert accents("hoà", "hòa") == "exact"
    assert accents("hoa", "hòa") == "plain"
    assert accents("hóa", "hòa") == "tone"
    assert accents("đăng", "đặng") == "tone"
    assert accents("mắt", "mặt") == "tone"
    assert accents("hương", "hường") == "tone"
    assert accents("ân", "an") == "mark"


def test_a_word_that_the_registry_writes_so_is_clearly_another() -> None:
    vocabulary = Vocabulary()
    for word, token in (("đỗ", "do"), ("võ", "vo")):
        vocabulary.written.add(word)
        vocabulary.add(token)
    level = vocabulary.alternatives("do")[vocabulary.ids["vo"]]
    assert pair_level(level, ("đỗ", "do"), "võ", vocabulary.ids["vo"], vocabulary).endswith("_clear")
    assert pair_level(level, ("do", "do"), "võ", vocabulary.ids["vo"], vocabulary).endswith("_word")
