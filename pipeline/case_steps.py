"""What a person does with a case: move, note, assign, merge, split, ask that an advertisement be taken down.

Every step adds a ``Decision`` row (who, when, why, details) in the transaction that carries it out; none is edited.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from cases.triage import Decision, Step, assigned_to, beside, decide
from models import tables
from models.database import insert_missing, session
from models.errors import InputError
from models.vocabulary import CaseStatus
from pipeline.case_records import add_step, hold, is_merged, last, must_be_open, now
from pipeline.casework import refresh_cases
from pipeline.takedowns import request_takedown, takedowns

__all__ = ["assign", "merge", "move_case", "note", "request_takedown", "split", "takedowns"]


def move_case(
    engine: Engine, case_id: int, to: CaseStatus, by: str, why: str = "", details: Mapping[str, Any] | None = None
) -> Decision:
    """Move a case to another state and return the step.

    ``details`` of ``decided``: ``outcome`` (``cases.triage.Ruling``), ``fine_vnd``, ``decision_number``; of
    ``assigned``: ``assignee`` (by default who has the case). Raises ``InputError`` where ``cases.triage`` refuses.
    """
    with session(engine) as opened:
        case = hold(opened, case_id)
        if case.merged_into_id is not None:
            raise is_merged(case)
        given = dict(details or {})
        if to is CaseStatus.ASSIGNED:
            given = {"assignee": given.get("assignee") or case.assignee}
        step = decide(case_id, case.status, to, by=by, at=now(), why=why, details=given)
        case.status = to
        case.assignee = str(step.details.get("assignee", case.assignee))
        add_step(opened, step, supersedes=last(opened, case_id, to) if to is CaseStatus.DECIDED else None)
        return step


def note(engine: Engine, case_id: int, text: str, by: str) -> Decision:
    """Add a remark to the history of a case, in whatever state it is. Raises ``InputError`` for an empty one."""
    with session(engine) as opened:
        case = hold(opened, case_id)
        step = beside(case_id, case.status, Step.NOTE, by=by, at=now(), why=text)
        if not step.why:
            raise InputError(f"the note on case {case_id} says nothing.", "Write the text of the note.")
        add_step(opened, step)
        return step


def assign(engine: Engine, case_id: int, who: str, by: str, why: str = "") -> Decision:
    """Give a case to somebody. A confirmed case becomes ``assigned``; one still being read only changes hands.

    Raises ``InputError`` for a case that is dismissed, closed or merged.
    """
    with session(engine) as opened:
        case = hold(opened, case_id)
        if case.merged_into_id is not None:
            raise is_merged(case)
        if case.status in {CaseStatus.DISMISSED, CaseStatus.CLOSED}:
            raise InputError(f"case {case_id} is {case.status}.", "Open it again with: medad cases move … in_triage")
        details = {"assignee": assigned_to(case_id, who)}
        if case.status in {CaseStatus.CONFIRMED, CaseStatus.ASSIGNED}:
            step = decide(case_id, case.status, CaseStatus.ASSIGNED, by=by, at=now(), why=why, details=details)
        else:
            step = beside(case_id, case.status, Step.ASSIGN, by=by, at=now(), why=why, details=details)
        case.status, case.assignee = step.after, details["assignee"]
        add_step(opened, step)
        return step


def merge(engine: Engine, source: int, target: int, by: str, why: str = "") -> Decision:
    """Merge case ``source`` into ``target``: its advertisements, keys and reports go there, and it is closed.

    Both must still be open. The advertisements stay where a person put them (``placed_by``); what would later have
    joined ``source`` joins ``target``. Returns the step that closed ``source``.
    """
    if source == target:
        raise InputError(f"case {source} cannot be merged into itself.", "Name two cases.")
    with session(engine) as opened:
        held = {number: hold(opened, number) for number in sorted((source, target))}
        for case in held.values():
            must_be_open(case)
        at, moved = now(), _carry(opened, source, target, by)
        closing = beside(source, held[source].status, Step.MERGE, by=by, at=at, why=why)
        details = {"into": target, "ads": moved}
        closed = Decision(source, closing.before, CaseStatus.CLOSED, closing.by, at, closing.why, Step.MERGE, details)
        held[source].status, held[source].merged_into_id = CaseStatus.CLOSED, target
        held[source].priority = 0.0  # nothing is left in it to look at
        add_step(opened, closed)
        gained = {"from": source, "ads": moved}
        add_step(opened, beside(target, held[target].status, Step.MERGE, by=by, at=at, why=why, details=gained))
        opened.flush()
        refresh_cases(opened, (target,))
        return closed


def _carry(opened: Session, source: int, target: int, by: str) -> list[int]:
    """Move links, keys and reports from one case to the other; return the advertisements that moved."""
    there = set(opened.exec(select(tables.CaseLink.advertisement_id).where(tables.CaseLink.case_id == target)))
    moved = []
    for link in opened.exec(select(tables.CaseLink).where(tables.CaseLink.case_id == source)).all():
        if link.advertisement_id in there:
            opened.delete(link)
            continue
        moved.append(link.advertisement_id)
        _place(link, target, by, f"được nhập từ vụ việc số {source}")
    keys = opened.exec(select(tables.CaseKey).where(tables.CaseKey.case_id == source)).all()
    rows = [{"case_id": target, "kind": key.kind, "value": key.value, "display": key.display} for key in keys]
    insert_missing(opened, tables.CaseKey, rows)
    opened.execute(update(tables.Report).where(col(tables.Report.case_id) == source).values(case_id=target))
    return sorted(moved)


def split(engine: Engine, case_id: int, ad_ids: Sequence[int], by: str, why: str = "") -> int:
    """Move the chosen advertisements of an open case into a new one, and return its number.

    The machine leaves them there (``placed_by``), also once their pages change, and proposes no merger of the two.
    Raises ``InputError`` where an advertisement is not of the case, or none would be left in it.
    """
    chosen = sorted(set(ad_ids))
    with session(engine) as opened:
        case = hold(opened, case_id)
        must_be_open(case)
        links = opened.exec(select(tables.CaseLink).where(tables.CaseLink.case_id == case_id)).all()
        strangers = sorted(set(chosen) - {link.advertisement_id for link in links})
        if strangers or not chosen:
            named = ", ".join(map(str, strangers)) or "none"
            raise InputError(f"advertisements not of case {case_id}: {named}.", f"See: medad cases show {case_id}")
        if len(chosen) == len(links):
            raise InputError(f"no advertisement would be left in case {case_id}.", "Choose fewer.")
        new = tables.Case(subject=case.subject, subject_kind=case.subject_kind)
        opened.add(new)
        opened.flush()
        assert new.id is not None
        for link in links:
            if link.advertisement_id in chosen:
                _place(link, new.id, by, f"được tách từ vụ việc số {case_id}")
        at = now()
        add_step(
            opened,
            beside(case_id, case.status, Step.SPLIT, by=by, at=at, why=why, details=_part("to", new.id, chosen)),
        )
        add_step(
            opened,
            beside(new.id, new.status, Step.SPLIT, by=by, at=at, why=why, details=_part("from", case_id, chosen)),
        )
        opened.flush()
        refresh_cases(opened, (case_id, new.id), anew=True)
        return new.id


def _part(way: str, other: int, ads: Iterable[int]) -> dict[str, Any]:
    return {way: other, "ads": list(ads)}


def _place(link: tables.CaseLink, case_id: int, by: str, reason: str) -> None:
    link.case_id, link.placed_by, link.reasons = case_id, by.strip(), [reason]
