"""Finding cases by words of their subject, with or without diacritics, or by their number."""

from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from models import tables
from models.database import session
from models.vietnamese import folded
from pipeline.case_lists import HIGHEST_FIRST, Wanted, conditions, list_cases

#: Cases that one search shows.
MOST_FOUND = 200

_folded = lru_cache(maxsize=200_000)(folded)


def search_cases(engine: Engine, text: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the cases whose subject holds ``text``, as ``list_cases``: at most ``MOST_FOUND``, highest priority first.

    Only numbers and subjects of all are read; of what is found, the rest.
    """
    words, number = folded(text), int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    with session(engine) as opened:
        query = select(tables.Case.id, tables.Case.subject)
        known = opened.execute(query.where(*conditions(opened, wanted)).order_by(*HIGHEST_FIRST))
        fit = (case_id for case_id, subject in known if _fits(words, number, case_id, subject))
        found = list(islice(fit, MOST_FOUND))
    return list_cases(engine, wanted=wanted, among=found)


def _fits(words: str, number: int, case_id: int, subject: str) -> bool:
    return words in _folded(subject) or (number != 0 and number == case_id)
