"""Finding cases by words of their subject, with or without diacritics, or by their number."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import col, select

from models import tables
from models.database import session
from models.vietnamese import folded
from pipeline.case_lists import Wanted, list_cases

#: Cases that one search shows.
MOST_FOUND = 200

_folded = lru_cache(maxsize=200_000)(folded)


def search_cases(engine: Engine, text: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the cases whose subject holds ``text``, as ``list_cases``: at most ``MOST_FOUND``, highest priority first.

    Only numbers and subjects of all are read; of what is found, the rest.
    """
    words, number = folded(text), int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if wanted.overdue:  # few: the list itself knows them
        return [row for row in list_cases(engine, None, wanted) if _fits(words, number, row["case"], row["subject"])]
    with session(engine) as opened:
        order = (col(tables.Case.priority).desc(), col(tables.Case.id))
        known = opened.execute(select(tables.Case.id, tables.Case.subject).order_by(*order))
        fit = [case_id for case_id, subject in known if _fits(words, number, case_id, subject)]
        found: list[dict[str, Any]] = []
        for start in range(0, len(fit), MOST_FOUND):
            rows = opened.exec(
                select(tables.Case).where(col(tables.Case.id).in_(fit[start : start + MOST_FOUND]))
            ).all()
            by_number = {row.id: row for row in rows}
            listed = (by_number[case_id] for case_id in fit[start : start + MOST_FOUND])
            found += _rows(opened, [case for case in listed if _wanted(case, wanted)])
            if len(found) >= MOST_FOUND:
                break
        return found[:MOST_FOUND]


def _fits(words: str, number: int, case_id: int, subject: str) -> bool:
    return words in _folded(subject) or (number != 0 and number == case_id)


def _wanted(case: tables.Case, wanted: Wanted) -> bool:
    return (
        wanted.status in (None, case.status)
        and (wanted.code is None or wanted.code.value in case.codes)
        and wanted.assignee in (None, case.assignee)
        and case.priority >= wanted.min_priority
    )


def _rows(opened: Any, cases: Sequence[tables.Case]) -> list[dict[str, Any]]:
    ids = [case.id for case in cases]
    query = (
        select(tables.CaseLink.case_id, func.count())
        .where(col(tables.CaseLink.case_id).in_(ids))
        .group_by(col(tables.CaseLink.case_id))
    )
    counted: dict[int, int] = dict(opened.execute(query).all())
    return [
        {
            "case": case.id,
            "subject": case.subject,
            "status": case.status.value,
            "priority": round(case.priority, 4),
            "advertisements": counted.get(case.id or 0, 0),
            "codes": case.codes,
            "registry": case.registry_summary,
            "assignee": case.assignee,
        }
        for case in cases
    ]
