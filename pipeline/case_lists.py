"""The list of cases: which are wanted, as values for machines, and as a table for the terminal."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, String, cast, func
from sqlmodel import Session, col, select

from cases.dossier import render_table
from cases.triage import OPEN
from cases.types import CaseRow
from classifier.policy import load_policy
from models import tables
from models.database import session
from models.vocabulary import CaseStatus, Code
from pipeline.takedowns import overdue_cases

#: The order of every list of cases.
HIGHEST_FIRST = (col(tables.Case.priority).desc(), col(tables.Case.id))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: by state, sign, person, least priority, and whether a take-down request ran out.

    ``open_only``: only cases that still take in advertisements.
    """

    status: CaseStatus | None = None
    code: Code | None = None
    assignee: str | None = None
    min_priority: float = 0.0
    overdue: bool = False
    open_only: bool = False


def list_cases(
    engine: Engine, limit: int | None = None, wanted: Wanted | None = None, *, among: Collection[int] | None = None
) -> list[dict[str, Any]]:
    """Return the cases as the contract of ``cases list --json`` states them, highest priority first.

    ``among``: only these numbers (some hundred at the most).
    """
    with session(engine) as opened:
        counted = (
            select(tables.CaseLink.case_id, func.count().label("ads")).group_by(col(tables.CaseLink.case_id)).subquery()
        )
        query = (
            select(tables.Case, func.coalesce(counted.c.ads, 0))
            .join(counted, counted.c.case_id == tables.Case.id, isouter=True)
            .where(*conditions(opened, wanted or Wanted()))
            .order_by(*HIGHEST_FIRST)
            .limit(limit)
        )
        if among is not None:
            query = query.where(col(tables.Case.id).in_(among))
        return [_row(case, ads) for case, ads in opened.execute(query)]


def conditions(opened: Session, wanted: Wanted) -> list[Any]:
    """Return what a query over ``tables.Case`` must ask for."""
    found: list[Any] = [col(tables.Case.priority) >= wanted.min_priority]
    if wanted.status is not None:
        found.append(col(tables.Case.status) == wanted.status)
    if wanted.open_only:
        found.append(col(tables.Case.status).in_(OPEN))
    if wanted.code is not None:  # a JSON list of words: the quoted word is in its text, in any database
        found.append(cast(tables.Case.codes, String).contains(f'"{wanted.code.value}"', autoescape=True))
    if wanted.assignee is not None:
        found.append(col(tables.Case.assignee) == wanted.assignee)
    if wanted.overdue:
        found.append(col(tables.Case.id).in_(overdue_cases(opened, datetime.now(UTC))))
    return found


def _row(case: tables.Case, ads: int) -> dict[str, Any]:
    return {
        "case": case.id,
        "subject": case.subject,
        "status": case.status.value,
        "priority": round(case.priority, 4),
        "advertisements": ads,
        "codes": case.codes,
        "registry": case.registry_summary,
        "opened_at": case.opened_at.isoformat(),
        "assignee": case.assignee,
        "merged_into": case.merged_into_id,
    }


def case_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the list of cases as a Vietnamese table for a terminal."""
    lines = [
        CaseRow(
            case_id=row["case"],
            subject=row["subject"],
            status=CaseStatus(row["status"]),
            priority=row["priority"],
            advertisements=row["advertisements"],
            codes=tuple(Code(code) for code in row["codes"]),
            registry=row["registry"],
        )
        for row in rows
    ]
    return render_table(lines, code_names()) if lines else "Chưa có vụ việc nào."


def code_names() -> dict[Code, str]:
    """Return each code's Vietnamese name from the policy."""
    return {code: entry.name_vi for code, entry in load_policy().codes.items()}
