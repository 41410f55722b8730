"""How a case moves, and who moved it: a pure state machine over append-only decisions.

A decision is never edited: a later one supersedes it. The machine may open a case; only a person moves it further.
Beside the moves there are steps that leave a case where it is (a note, an assignment …), in the same history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cases.untrusted import line
from models.errors import InputError
from models.vocabulary import CaseStatus as S

#: Where a case may go from each state. ``closed`` may be opened again by a person who says why; ``decided`` may be
#: stated anew, since a decision is corrected by a later one and never edited.
TRANSITIONS: Mapping[S, frozenset[S]] = {
    S.NEW: frozenset({S.IN_TRIAGE, S.CONFIRMED, S.DISMISSED, S.NEEDS_SECOND_READING}),
    S.IN_TRIAGE: frozenset({S.CONFIRMED, S.DISMISSED, S.NEEDS_SECOND_READING}),
    S.NEEDS_SECOND_READING: frozenset({S.IN_TRIAGE, S.CONFIRMED, S.DISMISSED}),
    S.CONFIRMED: frozenset({S.ASSIGNED, S.DISMISSED, S.NEEDS_SECOND_READING, S.CLOSED}),
    S.ASSIGNED: frozenset({S.ASSIGNED, S.INSPECTED, S.CONFIRMED, S.CLOSED}),
    S.INSPECTED: frozenset({S.DECIDED, S.ASSIGNED, S.CLOSED}),
    S.DECIDED: frozenset({S.DECIDED, S.CLOSED}),
    S.DISMISSED: frozenset({S.IN_TRIAGE, S.CLOSED}),
    S.CLOSED: frozenset({S.IN_TRIAGE}),
}

#: The states in which a case still takes in advertisements. Later ones are finished files: what appears afterwards is a
#: new act, and is proposed as a new case that names the old one.
OPEN: frozenset[S] = frozenset({S.NEW, S.IN_TRIAGE, S.NEEDS_SECOND_READING, S.CONFIRMED, S.ASSIGNED})


class Step(StrEnum):
    """A step of a case that is not a move by itself. A merge closes the case that is merged; no other moves one."""

    NOTE = "note"
    ASSIGN = "assign"
    MERGE = "merge"
    SPLIT = "split"
    TAKEDOWN = "takedown"


class Ruling(StrEnum):
    """How a case was decided by the authority that may."""

    FINED = "fined"
    WARNED = "warned"
    NO_VIOLATION = "no_violation"
    TRANSFERRED = "transferred"
    OTHER = "other"


#: How each outcome is called before a reader.
RULING_VI: Mapping[Ruling, str] = {
    Ruling.FINED: "Phạt tiền",
    Ruling.WARNED: "Phạt cảnh cáo",
    Ruling.NO_VIOLATION: "Không có hành vi vi phạm",
    Ruling.TRANSFERRED: "Chuyển cơ quan có thẩm quyền",
    Ruling.OTHER: "Kết quả khác",
}

#: The outcomes that rest on a numbered decision.
SANCTIONS: frozenset[Ruling] = frozenset({Ruling.FINED, Ruling.WARNED})

#: More than any fine of the law: a number beyond it is a slip of the keyboard.
MOST_FINE_VND = 100_000_000_000

#: Characters of a name, and of a reason or a note.
_NAME, _TEXT = 100, 5_000

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
    """One step of a case: who moved it, when (aware), from where to where, and why.

    ``step`` is ``None`` for a move; other steps have ``before`` and ``after`` alike, but for the merge that closes one.
    ``details`` holds what belongs to it: ``outcome``, ``fine_vnd``, ``decision_number``, ``assignee``, ``ads`` …
    """

    case_id: int
    before: S
    after: S
    by: str
    at: datetime
    why: str = ""
    step: Step | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a decision's time must carry a time zone: {self.at!r}")


def allowed(status: S) -> frozenset[S]:
    """The states that a case may go to from ``status``."""
    return TRANSITIONS[status]


def _needs_reason(before: S, after: S) -> bool:
    back = before in {S.DISMISSED, S.CLOSED, S.DECIDED, S.INSPECTED} and after in {S.IN_TRIAGE, S.ASSIGNED}
    return back or after in {S.DISMISSED, S.CLOSED, S.DECIDED, S.NEEDS_SECOND_READING}


def signed(case_id: int, by: str) -> str:
    """Return who signs a step, on one line. Raises ``InputError`` where nobody does, or the name is no name."""
    name = line(by)
    if not name:
        raise InputError(f"the decision on case {case_id} names nobody.", "Say who decides.")
    if len(name) > _NAME:
        raise InputError(f"the name of who decides on case {case_id} is longer than {_NAME} characters.", "Shorten it.")
    return name


def worded(case_id: int, text: str, what: str) -> str:
    """Return a reason or a note on one line. Raises ``InputError`` where it is too long to be one."""
    said = line(text)
    if len(said) > _TEXT:
        raise InputError(f"the {what} on case {case_id} is longer than {_TEXT:,} characters.", "Shorten it.")
    return said


def ruling(case_id: int, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome, fine (VND) and number of a decision, checked.

    Raises ``InputError`` for an unknown outcome, a sanction without a number, or a fine that is none or of a decision
    that fines nobody.
    """
    try:
        outcome = Ruling(str(details.get("outcome", "")))
    except ValueError:
        known = ", ".join(Ruling)
        raise InputError(f"the decision on case {case_id} has no known outcome.", f"One of: {known}.") from None
    number, fine = line(str(details.get("decision_number") or ""))[:_NAME], details.get("fine_vnd")
    if outcome in SANCTIONS and not number:
        raise InputError(f"the sanction in case {case_id} has no decision number.", "Give it as on the document.")
    if (fine is not None) != (outcome is Ruling.FINED):
        raise InputError(
            f"the outcome '{outcome}' of case {case_id} and its fine do not go together.",
            "Give the fine in VND where, and only where, the outcome is a fine.",
        )
    if fine is not None and (isinstance(fine, bool) or not isinstance(fine, int) or not 0 < fine <= MOST_FINE_VND):
        raise InputError(f"{fine!r} is no fine in VND.", f"A whole number from 1 to {MOST_FINE_VND:,}.")
    kept = {"outcome": outcome.value, "fine_vnd": fine, "decision_number": number}
    return {name: value for name, value in kept.items() if value not in {None, ""}}


def decide(
    case_id: int, status: S, to: S, *, by: str, at: datetime, why: str = "", details: Mapping[str, Any] | None = None
) -> Decision:
    """Return the decision that moves the case from ``status`` to ``to``.

    ``details`` of a move to ``decided`` are its ``ruling``; of one to ``assigned``, the ``assignee``.
    Raises ``InputError`` when the move is not allowed, when nobody signs it, when a step that ends, reverses or doubts
    a case gives no reason, or when what belongs to the move is missing.
    """
    if to not in TRANSITIONS[status]:
        options = ", ".join(sorted(TRANSITIONS[status]))
        raise InputError(f"case {case_id} cannot go from '{status}' to '{to}'.", f"From there: {options}.")
    name, reason = signed(case_id, by), worded(case_id, why, "reason")
    if _needs_reason(status, to) and not reason:
        raise InputError(f"moving case {case_id} from '{status}' to '{to}' needs a reason.", "Say why.")
    kept: Mapping[str, Any] = {}
    if to is S.DECIDED:
        kept = ruling(case_id, details or {})
    elif to is S.ASSIGNED:
        kept = {"assignee": assigned_to(case_id, str((details or {}).get("assignee", "")))}
    return Decision(case_id, status, to, name, at, reason, details=kept)


def assigned_to(case_id: int, who: str) -> str:
    """Return to whom a case is given. Raises ``InputError`` where that is nobody."""
    name = line(who)[:_NAME]
    if not name:
        raise InputError(f"case {case_id} is assigned to nobody.", "Say to whom.")
    return name


def beside(
    case_id: int,
    status: S,
    step: Step,
    *,
    by: str,
    at: datetime,
    why: str = "",
    details: Mapping[str, Any] | None = None,
) -> Decision:
    """Return a step that leaves the case where it is. Raises ``InputError`` when nobody signs it."""
    reason = worded(case_id, why, "note" if step is Step.NOTE else "reason")
    return Decision(case_id, status, status, signed(case_id, by), at, reason, step, dict(details or {}))


def status_after(history: Iterable[Decision]) -> S:
    """The state that an append-only history leaves a case in; raises ``InputError`` where the chain is broken."""
    status = S.NEW
    for step in history:
        if step.before != status or not _follows(step):
            raise InputError(
                f"the history of case {step.case_id} is broken: '{step.before}' to '{step.after}' after '{status}'.",
                "A decision is appended, never edited or removed.",
            )
        status = step.after
    return status


def _follows(step: Decision) -> bool:
    if step.step is None:
        return step.after in TRANSITIONS[step.before]
    merged = step.step is Step.MERGE and step.before in OPEN and step.after is S.CLOSED
    return step.after is step.before or merged
