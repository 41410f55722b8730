"""How a step of a case is written down: the case is held, the step is added to the record, nothing is edited.

A step first writes to the case's row: that holds the case against everybody else until the step stands, on SQLite and
on PostgreSQL alike, so two people never decide on the same state.
"""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from cases.triage import OPEN, STATUS_VI, Decision
from models import tables
from models.errors import InputError
from models.vocabulary import CaseStatus


def hold(opened: Session, case_id: int) -> tables.Case:
    """Return the case, held for this transaction. Raises ``InputError`` where there is none."""
    held = opened.execute(update(tables.Case).where(col(tables.Case.id) == case_id).values(updated_at=now()))
    case = opened.get(tables.Case, case_id, populate_existing=True)
    if case is None or not held.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result is a cursor's
        raise InputError(f"there is no case {case_id}.", "List them with: medad cases list")
    return case


def must_be_open(case: tables.Case) -> None:
    """Raise ``InputError`` where a case is merged or finished: its file does not change any more."""
    if case.merged_into_id is not None:
        raise is_merged(case)
    if case.status not in OPEN:
        raise InputError(
            f"case {case.id} is a finished file ({case.status}: {STATUS_VI[case.status]}).", "Only open cases change."
        )


def is_merged(case: tables.Case) -> InputError:
    """Say where a merged case went."""
    return InputError(f"case {case.id} was merged into case {case.merged_into_id}.", "Work on that one.")


def last(opened: Session, case_id: int, status: CaseStatus) -> int | None:
    """Return the latest step that moved a case to this state: the one that a further one supersedes."""
    rows = select(tables.Decision.id).where(tables.Decision.case_id == case_id, tables.Decision.action == status.value)
    return opened.exec(rows.order_by(col(tables.Decision.id).desc()).limit(1)).first()


def add_step(opened: Session, step: Decision, supersedes: int | None = None) -> None:
    """Add a step to the record, within the caller's transaction."""
    opened.add(
        tables.Decision(
            case_id=step.case_id,
            decided_at=step.at,
            decided_by=step.by,
            action=(step.step or step.after).value,
            reason=step.why,
            supersedes_id=supersedes,
            details=dict(step.details),
        )
    )


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)
