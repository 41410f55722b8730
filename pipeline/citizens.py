"""What citizens reported in a case, and who they are: shown to each role only as far as its work needs it.

A reviewer reads the report without who made it, and with phones and addresses struck out; an inspector sees that
somebody is known, half struck out; an administrator sees all of it, which is written down by whoever shows it.
"""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, or_
from sqlmodel import col, select

from models import tables
from models.database import session
from models.vocabulary import Role

_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|(?<!\d)(?:\+?84|0)(?:[\s.-]?\d){8,10}(?!\d)")

#: Reports of one case that are shown.
_MOST = 50


@dataclass(frozen=True, slots=True)
class CitizenReport:
    """One report. ``reporter`` is who made it as far as the role may see; empty where it may not or nobody is known."""

    number: int
    received_on: date
    content: str
    url: str
    subject: str
    reporter: tuple[tuple[str, str], ...]


def reports_of(engine: Engine, case_id: int, role: Role) -> list[CitizenReport]:
    """Return the reports that belong to a case, newest first, masked for ``role``."""
    ads = select(tables.CaseLink.advertisement_id).where(tables.CaseLink.case_id == case_id)
    with session(engine) as opened:
        rows = opened.exec(
            select(tables.Report, tables.Reporter)
            .join(tables.Reporter, col(tables.Reporter.report_id) == col(tables.Report.id), isouter=True)
            .where(or_(col(tables.Report.case_id) == case_id, col(tables.Report.advertisement_id).in_(ads)))
            .order_by(col(tables.Report.received_on).desc(), col(tables.Report.id).desc())
            .limit(_MOST)
        ).all()
        return [_seen(report, reporter, role) for report, reporter in rows]


def _seen(report: tables.Report, reporter: tables.Reporter | None, role: Role) -> CitizenReport:
    assert report.id is not None
    content = struck(report.content) if role is Role.REVIEWER else report.content
    return CitizenReport(report.id, report.received_on, content, report.url, report.subject, _who(reporter, role))


def struck(text: str) -> str:
    """Return the text without phone numbers and e-mail addresses."""
    return _PERSONAL.sub("[đã che]", text)


def _who(reporter: tables.Reporter | None, role: Role) -> tuple[tuple[str, str], ...]:
    if reporter is None or role is Role.REVIEWER:
        return ()
    fields = (
        ("Họ tên", reporter.name),
        ("Điện thoại", reporter.phone),
        ("Thư điện tử", reporter.email),
        ("Địa chỉ", reporter.address),
    )
    return tuple((label, value if role is Role.ADMIN else masked(value)) for label, value in fields if value)


def masked(value: str) -> str:
    """Return what tells two people apart and finds neither: the first letter of each word, the end of a number."""
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 8 and len(digits) >= len(value.replace(" ", "")) - 4:
        return f"*** *** {digits[-3:]}"
    return " ".join(f"{word[0]}***" for word in value.split())
