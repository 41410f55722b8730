import pytest
from case_values import NOW
from hypothesis import given
from hypothesis import strategies as st

from cases.triage import (
    OPEN,
    RULING_VI,
    STATUS_VI,
    TRANSITIONS,
    Decision,
    Ruling,
    Step,
    allowed,
    beside,
    decide,
    status_after,
)
from models.errors import InputError
from models.vocabulary import CaseStatus

#: What belongs to a decision and to an assignment.
WHOLE: dict[str, object] = {"outcome": "fined", "fine_vnd": 30_000_000, "decision_number": "12/QĐ", "assignee": "b"}


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
        decide(7, before, after, by="a", at=NOW, why=" ", details=WHOLE)
    assert decide(7, before, after, by="a", at=NOW, why="vì", details=WHOLE).why == "vì"


def test_a_sanction_has_its_number_and_a_fine_its_amount() -> None:
    def ruled(**details: object) -> Decision:
        return decide(7, CaseStatus.INSPECTED, CaseStatus.DECIDED, by="a", at=NOW, why="vì", details=details)

    assert ruled(**WHOLE, more="x").details == {"outcome": "fined", "fine_vnd": 30_000_000, "decision_number": "12/QĐ"}
    assert ruled(outcome="no_violation").details == {"outcome": "no_violation"}
    for bad in (
        {},
        {"outcome": "guilty"},
        {"outcome": "fined", "decision_number": "12/QĐ"},
        {"outcome": "fined", "fine_vnd": 5},
        {"outcome": "warned", "fine_vnd": 5, "decision_number": "12/QĐ"},
        {"outcome": "fined", "fine_vnd": 0, "decision_number": "12/QĐ"},
        {"outcome": "fined", "fine_vnd": True, "decision_number": "12/QĐ"},
        {"outcome": "fined", "fine_vnd": 10**12, "decision_number": "12/QĐ"},
        {"outcome": "fined", "fine_vnd": "30.000.000", "decision_number": "12/QĐ"},
    ):
        with pytest.raises(InputError):
            ruled(**bad)


def test_an_assigned_case_is_somebodys() -> None:
    with pytest.raises(InputError, match="assigned to nobody"):
        decide(7, CaseStatus.CONFIRMED, CaseStatus.ASSIGNED, by="a", at=NOW, details={"assignee": " "})


def test_a_step_beside_leaves_the_state_and_is_signed() -> None:
    step = beside(7, CaseStatus.ASSIGNED, Step.NOTE, by="a", at=NOW, why=" đã gọi\x00 điện ")
    assert (step.before, step.after, step.why) == (CaseStatus.ASSIGNED, CaseStatus.ASSIGNED, "đã gọi điện")
    with pytest.raises(InputError, match="names nobody"):
        beside(7, CaseStatus.ASSIGNED, Step.NOTE, by="\u202e", at=NOW, why="x")
    with pytest.raises(InputError, match="longer than"):
        beside(7, CaseStatus.ASSIGNED, Step.NOTE, by="a", at=NOW, why="x" * 6_000)


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


@given(
    st.lists(st.tuples(st.integers(0, 10), st.sampled_from([None, Step.NOTE, Step.ASSIGN, Step.TAKEDOWN])), max_size=12)
)
def test_any_walk_of_decisions_and_steps_replays_to_where_it_ended(turns: list[tuple[int, Step | None]]) -> None:
    status, history = CaseStatus.NEW, []
    for turn, step in turns:
        if step is not None:
            history.append(beside(1, status, step, by="a", at=NOW, why="x"))
            continue
        options = sorted(allowed(status))
        after = options[turn % len(options)]
        history.append(decide(1, status, after, by="a", at=NOW, why="vì", details=WHOLE))
        status = after
    assert status_after(history) == status


@given(st.sampled_from(list(CaseStatus)), st.sampled_from(list(CaseStatus)))
def test_what_the_table_does_not_allow_is_refused_and_what_it_does_is_made(
    before: CaseStatus, after: CaseStatus
) -> None:
    if after in TRANSITIONS[before]:
        made = decide(1, before, after, by="a", at=NOW, why="vì", details=WHOLE)
        assert (made.before, made.after, made.step) == (before, after, None)
    else:
        with pytest.raises(InputError, match="cannot go"):
            decide(1, before, after, by="a", at=NOW, why="vì", details=WHOLE)


def test_only_a_merge_closes_an_open_case_aside_from_the_table() -> None:
    merged = Decision(1, CaseStatus.NEW, CaseStatus.CLOSED, "a", NOW, "", Step.MERGE)
    assert status_after([merged]) is CaseStatus.CLOSED
    with pytest.raises(InputError, match="broken"):
        status_after([Decision(1, CaseStatus.NEW, CaseStatus.CLOSED, "a", NOW, "", Step.NOTE)])
    assert set(RULING_VI) == set(Ruling)


def test_a_history_that_was_cut_is_noticed() -> None:
    first = decide(1, CaseStatus.NEW, CaseStatus.IN_TRIAGE, by="a", at=NOW)
    second = decide(1, CaseStatus.IN_TRIAGE, CaseStatus.CONFIRMED, by="a", at=NOW)
    with pytest.raises(InputError, match="history of case 1 is broken"):
        status_after([second])
    assert status_after([first, second]) is CaseStatus.CONFIRMED
