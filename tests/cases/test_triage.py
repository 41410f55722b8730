import pytest
from case_values import NOW
from hypothesis import given
from hypothesis import strategies as st

from cases.triage import OPEN, STATUS_VI, TRANSITIONS, Decision, allowed, decide, status_after
from models.errors import InputError
from models.vocabulary import CaseStatus


def test_a_decision_says_who_when_and_why() -> None:
    made = decide(7, CaseStatus.NEW, CaseStatus.CONFIRMED, by=" Người đọc 1 ", at=NOW, why="Trích dẫn rõ.")
    assert made == Decision(7, CaseStatus.NEW, CaseStatus.CONFIRMED, "Người đọc 1", NOW, "Trích dẫn rõ.")


def test_a_move_that_is_not_allowed_says_which_are() -> None:
    with pytest.raises(InputError, match=r"cannot go from 'new' to 'decided'\. From there: confirmed, dismissed"):
        decide(7, CaseStatus.NEW, CaseStatus.DECIDED, by="a", at=NOW)


def test_nobody_cannot_decide() -> None:
    with pytest.raises(InputError, match="names nobody"):
        decide(7, CaseStatus.NEW, CaseStatus.CONFIRMED, by="  ", at=NOW)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CaseStatus.NEW, CaseStatus.DISMISSED),
        (CaseStatus.NEW, CaseStatus.NEEDS_SECOND_READING),
        (CaseStatus.CLOSED, CaseStatus.IN_TRIAGE),
        (CaseStatus.INSPECTED, CaseStatus.ASSIGNED),
        (CaseStatus.INSPECTED, CaseStatus.DECIDED),
    ],
)
def test_ending_doubting_or_reversing_needs_a_reason(before: CaseStatus, after: CaseStatus) -> None:
    with pytest.raises(InputError, match="needs a reason"):
        decide(7, before, after, by="a", at=NOW, why=" ")
    assert decide(7, before, after, by="a", at=NOW, why="vì").why == "vì"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        decide(7, CaseStatus.NEW, CaseStatus.IN_TRIAGE, by="a", at=NOW.replace(tzinfo=None))


def test_every_state_is_named_reachable_and_never_a_dead_end() -> None:
    assert set(STATUS_VI) == set(TRANSITIONS) == set(CaseStatus)
    reachable = {CaseStatus.NEW}.union(*TRANSITIONS.values())
    assert reachable == set(CaseStatus)
    assert all(allowed(status) for status in CaseStatus)
    assert CaseStatus.NEW not in set().union(*TRANSITIONS.values())  # nobody makes a case unseen again
    assert not OPEN & {CaseStatus.CLOSED, CaseStatus.DISMISSED, CaseStatus.DECIDED, CaseStatus.INSPECTED}


@given(st.lists(st.integers(0, 10), max_size=12))
def test_any_walk_of_decisions_replays_to_where_it_ended(turns: list[int]) -> None:
    status, history = CaseStatus.NEW, []
    for turn in turns:
        options = sorted(allowed(status))
        after = options[turn % len(options)]
        history.append(decide(1, status, after, by="a", at=NOW, why="vì"))
        status = after
    assert status_after(history) == status


def test_a_history_that_was_cut_is_noticed() -> None:
    first = decide(1, CaseStatus.NEW, CaseStatus.IN_TRIAGE, by="a", at=NOW)
    second = decide(1, CaseStatus.IN_TRIAGE, CaseStatus.CONFIRMED, by="a", at=NOW)
    with pytest.raises(InputError, match="history of case 1 is broken"):
        status_after([second])
    assert status_after([first, second]) is CaseStatus.CONFIRMED
