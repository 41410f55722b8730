"""How a case moves, and who moved it: a pure state machine over append-only decisions.

A decision is never edited: a later one supersedes it. The machine may open a case; only a person moves it further.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.errors import InputError
from models.vocabulary import CaseStatus as S

#: Where a case may go from each state. ``closed`` may be opened again by a person who says why.
TRANSITIONS: Mapping[S, frozenset[S]] = {
    S.NEW: frozenset({S.IN_TRIAGE, S.CONFIRMED, S.DISMISSED, S.NEEDS_SECOND_READING}),
    S.IN_TRIAGE: frozenset({S.CONFIRMED, S.DISMISSED, S.NEEDS_SECOND_READING}),
    S.NEEDS_SECOND_READING: frozenset({S.IN_TRIAGE, S.CONFIRMED, S.DISMISSED}),
    S.CONFIRMED: frozenset({S.ASSIGNED, S.DISMISSED, S.NEEDS_SECOND_READING, S.CLOSED}),
    S.ASSIGNED: frozenset({S.ASSIGNED, S.INSPECTED, S.CONFIRMED, S.CLOSED}),
    S.INSPECTED: frozenset({S.DECIDED, S.ASSIGNED, S.CLOSED}),
    S.DECIDED: frozenset({S.CLOSED}),
    S.DISMISSED: frozenset({S.IN_TRIAGE, S.CLOSED}),
    S.CLOSED: frozenset({S.IN_TRIAGE}),
}

#: The states in which a case still takes in advertisements. Later ones are finished files: what appears afterwards is a
#: new act, and is proposed as a new case that names the old one.
OPEN: frozenset[S] = frozenset({S.NEW, S.IN_TRIAGE, S.NEEDS_SECOND_READING, S.CONFIRMED, S.ASSIGNED})

#: How each state is called before a reader.
STATUS_VI: Mapping[S, str] = {
    S.NEW: "Mới",
    S.IN_TRIAGE: "Đang sàng lọc",
    S.CONFIRMED: "Đã xác nhận dấu hiệu",
    S.DISMISSED: "Không đủ dấu hiệu",
    S.NEEDS_SECOND_READING: "Chờ người đọc thứ hai",
    S.ASSIGNED: "Đã phân công",
    S.INSPECTED: "Đã kiểm tra",
    S.DECIDED: "Đã có quyết định",
    S.CLOSED: "Đã đóng",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One step of a case: who moved it, when (aware), from where to where, and why."""

    case_id: int
    before: S
    after: S
    by: str
    at: datetime
    why: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a decision's time must carry a time zone: {self.at!r}")


def allowed(status: S) -> frozenset[S]:
    """The states that a case may go to from ``status``."""
    return TRANSITIONS[status]


def _needs_reason(before: S, after: S) -> bool:
    back = before in {S.DISMISSED, S.CLOSED, S.DECIDED, S.INSPECTED} and after in {S.IN_TRIAGE, S.ASSIGNED}
    return back or after in {S.DISMISSED, S.CLOSED, S.DECIDED, S.NEEDS_SECOND_READING}


def decide(case_id: int, status: S, to: S, *, by: str, at: datetime, why: str = "") -> Decision:
    """Return the decision that moves the case from ``status`` to ``to``.

    Raises ``InputError`` when the move is not allowed, when nobody signs it, or when a step that ends, reverses or
    doubts a case gives no reason.
    """
    if to not in TRANSITIONS[status]:
        options = ", ".join(sorted(TRANSITIONS[status]))
        raise InputError(f"case {case_id} cannot go from '{status}' to '{to}'.", f"From there: {options}.")
    if not by.strip():
        raise InputError(f"the decision on case {case_id} names nobody.", "Say who decides.")
    if _needs_reason(status, to) and not why.strip():
        raise InputError(f"moving case {case_id} from '{status}' to '{to}' needs a reason.", "Say why.")
    return Decision(case_id, status, to, by.strip(), at, why.strip())


def status_after(history: Iterable[Decision]) -> S:
    """The state that an append-only history leaves a case in; raises ``InputError`` where the chain is broken."""
    status = S.NEW
    for step in history:
        if step.before != status or step.after not in TRANSITIONS[status]:
            raise InputError(
                f"the history of case {step.case_id} is broken: '{step.before}' to '{step.after}' after '{status}'.",
                "A decision is appended, never edited or removed.",
            )
        status = step.after
    return status
