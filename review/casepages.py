"""Cases: the list, the file of one, the steps that a person takes in it, and its dossier to take away."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from cases.sheet import sheet
from cases.takedown import SEEN_VI, clock_said
from cases.triage import Ruling, allowed
from models.errors import InputError
from models.vocabulary import CaseStatus, Code, Role
from pipeline.case_lists import Wanted, code_names, list_cases
from pipeline.case_pictures import with_pictures
from pipeline.case_search import search_cases
from pipeline.case_steps import assign, merge, move_case, note, split
from pipeline.casework import export
from pipeline.citizens import reports_of
from pipeline.takedowns import request_takedown, takedowns
from pipeline.whole import dossier_of
from review.seen import NotThereError, Seen, attachment
from review.wording import said

_PAGE = 50

#: The forms of a dossier, and as what a browser saves them.
FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


def cases(seen: Seen) -> Response:
    """List the cases that fit the filters, highest priority first."""
    status, code, who, text = (seen.asked(name, 80) for name in ("status", "code", "assignee", "q"))
    wanted = Wanted(
        status=CaseStatus(status) if status in set(CaseStatus) else None,
        code=Code(code) if code in set(Code) else None,
        assignee=who or None,
        overdue=seen.asked("overdue", 1) == "1",
    )
    number = seen.asked("page", 5)
    page = int(number) if number.isascii() and number.isdigit() and int(number) > 0 else 1
    end = page * _PAGE + 1
    rows = search_cases(seen.engine, text, wanted) if text else list_cases(seen.engine, end, wanted)
    return seen.page(
        "cases.html",
        rows=rows[end - _PAGE - 1 : end - 1],
        more=len(rows) >= end,
        number=page,
        asked={"status": status, "code": code, "assignee": who, "q": text, "overdue": seen.asked("overdue", 1)},
        statuses=list(CaseStatus),
        names=code_names(),
    )


def case_page(seen: Seen) -> Response:
    """Show the file of one case."""
    return _case(seen)


def _case(seen: Seen, error: str = "", status: int = 200) -> Response:
    number = seen.number("case")
    file = dossier_of(seen.engine, number)
    seen.saw("view_case", "case", number)
    reports = reports_of(seen.engine, number, seen.me.role)
    if any(report.reporter for report in reports):
        seen.saw("view_reporter", "case", number, masked=seen.me.role is not Role.ADMIN)
    now, details = datetime.now(UTC), [step.details for step in reversed(file.history)]
    requests = [(each, SEEN_VI[each.seen], clock_said(each, now)) for each in takedowns(seen.engine, number)]
    return seen.page(
        "case.html",
        status,
        number=number,
        file=file,
        sheet=sheet(file),
        assignee=next((str(d["assignee"]) for d in details if d.get("assignee")), ""),
        merged_into=next((int(d["into"]) for d in details if d.get("into")), 0),
        reports=reports,
        requests=requests,
        moves=sorted(allowed(file.status) - {CaseStatus.ASSIGNED}),
        rulings=list(Ruling),
        forms=list(FORMS),
        error=error,
        kept=seen.form,
    )


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _step(seen: Seen, what: str, take: Callable[[int], object]) -> Response:
    """Take one step and show the case again; where it is refused, with the reason why."""
    number = seen.number("case")
    seen.saw("case_step", "case", number, step=what)
    try:
        take(number)
    except InputError as error:
        return _case(seen, said(error), 422)
    return seen.go(f"/cases/{number}")


def move(seen: Seen) -> Response:
    """Move the case to another state."""
    form = seen.form

    def take(number: int) -> None:
        to = form.one("to", 40)
        if to not in set(CaseStatus):
            raise InputError("Cần chọn trạng thái.", "")
        details: dict[str, object] = {}
        if to == CaseStatus.DECIDED:
            details = {"outcome": form.one("outcome", 40), "decision_number": form.one("decision_number", 100)}
            if fine := form.one("fine_vnd", 20):
                digits = fine.replace(".", "").replace(",", "").replace(" ", "")
                if not (digits.isascii() and digits.isdigit()):
                    raise InputError("Số tiền phạt không hợp lệ: cần một số nguyên, đơn vị đồng.", "")
                details["fine_vnd"] = int(digits)
        move_case(seen.engine, number, CaseStatus(to), seen.me.name, form.one("why", 5_000), details)

    return _step(seen, "move", take)


def give(seen: Seen) -> Response:
    """Assign the case."""
    form = seen.form
    return _step(
        seen, "assign", lambda n: assign(seen.engine, n, form.one("who", 100), seen.me.name, form.one("why", 5_000))
    )


def remark(seen: Seen) -> Response:
    """Add a note."""
    return _step(seen, "note", lambda n: note(seen.engine, n, seen.form.one("text", 5_000), seen.me.name))


def ask_takedown(seen: Seen) -> Response:
    """Record that the removal of the advertisements was requested."""
    form = seen.form
    return _step(
        seen,
        "takedown",
        lambda n: request_takedown(
            seen.engine,
            n,
            seen.me.name,
            ad_ids=_numbers(form.many("ad")),
            addressee=form.one("addressee", 300),
            note=form.one("note", 5_000),
        ),
    )


def join(seen: Seen) -> Response:
    """Merge this case into another."""
    into = _numbers([seen.form.one("into", 10)])

    def take(number: int) -> None:
        if not into:
            raise InputError("Cần nhập số của vụ việc nhận.", "")
        merge(seen.engine, number, into[0], seen.me.name, seen.form.one("why", 5_000))

    return _step(seen, "merge", take)


def part(seen: Seen) -> Response:
    """Move chosen advertisements into a new case."""
    chosen = _numbers(seen.form.many("ad"))

    def take(number: int) -> None:
        if not chosen:
            raise InputError("Cần chọn ít nhất một tin để tách.", "")
        split(seen.engine, number, chosen, seen.me.name, seen.form.one("why", 5_000))

    return _step(seen, "split", take)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 10]


# ── the dossier ─────────────────────────────────────────────────────────────────────────────────────────────────────


def download(seen: Seen) -> Response:
    """Return the dossier as a file. It is always saved, never shown on this site."""
    number, form = seen.number("case"), seen.request.path_params["form"]
    if form not in FORMS:
        raise NotThereError
    seen.saw("export_dossier", "case", number, form=form)
    file = with_pictures(seen.engine, dossier_of(seen.engine, number), seen.desk.data / "evidence")
    with TemporaryDirectory(prefix="medad-") as folder:
        content = export(file, form, Path(folder) / f"dossier.{form}").read_bytes()
    return attachment(content, f"vu-viec-{number}.{form}", FORMS[form])
