"""``medad cases``: inspection cases, from the list over every step to the dossier."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.output import database, fail, options, progress, show, waiting
from models.vocabulary import CaseStatus, Code

app = typer.Typer(help="Inspection cases: linked leads, priority, every step, the dossier.", no_args_is_help=True)


class _DossierFormat(StrEnum):
    DOCX = "docx"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"
    XLSX = "xlsx"


_Case = Annotated[int, typer.Argument(help="Case number.")]
_By = Annotated[str, typer.Option("--by", help="Who does it (default: the login name).")]
_Why = Annotated[str, typer.Option("--why", help="The reason.")]
_Status = Annotated[CaseStatus | None, typer.Option(help="Only cases in this state.")]
_Code = Annotated[Code | None, typer.Option(help="Only cases with a sign of this code.")]
_Assignee = Annotated[str | None, typer.Option(help="Only cases of this person.")]
_MinPriority = Annotated[float, typer.Option(min=0.0, max=1.0, help="Only from this priority up.")]
_Overdue = Annotated[bool, typer.Option("--overdue", help="Only where a take-down request ran out.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="How many at the most.")]


def _signed(by: str) -> str:
    from pipeline.access import local_user

    return by.strip() or local_user()


def _stepped(case: int, done: dict[str, Any], said: str) -> None:
    show({"case": case, **done}, lambda: said)


@app.command("list")
def cases_list(
    status: _Status = None,
    code: _Code = None,
    assignee: _Assignee = None,
    min_priority: _MinPriority = 0.0,
    overdue: _Overdue = False,
    limit: _Limit = None,
) -> None:
    """List the cases, highest priority first."""
    from pipeline.case_lists import Wanted, case_table, list_cases

    wanted = Wanted(status, code, assignee, min_priority, overdue)
    with database() as engine:
        rows = list_cases(engine, limit, wanted)
    show(rows, lambda: case_table(rows))


@app.command("show")
def cases_show(case: _Case) -> None:
    """Show one case: its leads, their quotes, the registry's answers, why it has its priority, and what was done."""
    from cases.dossier import render_json, render_text
    from pipeline.whole import dossier_of

    with database() as engine:
        file = dossier_of(engine, case)
    show(json.loads(render_json(file)), lambda: render_text(file))


@app.command("export")
def cases_export(
    case: _Case,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the dossier goes.")],
    form: Annotated[
        _DossierFormat, typer.Option("--format", help="docx, html, pdf, json, csv or xlsx.")
    ] = _DossierFormat.DOCX,
) -> None:
    """Write the dossier of one case, in Vietnamese, with quotes, provisions, registry facts and evidence hashes."""
    from pipeline.case_pictures import with_pictures
    from pipeline.casework import export
    from pipeline.whole import dossier_of

    with database() as engine, waiting("writing"):
        file = with_pictures(engine, dossier_of(engine, case), options.data / "evidence")
        _exported(engine, case, form.value)
        written = export(file, form.value, output)
    show({"case": case, "format": form.value, "file": str(written)}, lambda: f"Đã ghi hồ sơ: {written}")


def _exported(engine: Any, case: int, form: str) -> None:
    from pipeline.access import Via, local_user, record_access

    record_access(engine, local_user(), Via.CLI, "export_dossier", subject=("case", case), details={"form": form})


@app.command("sweep")
def cases_sweep(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the list goes (.xlsx or .csv).")],
    status: _Status = None,
    code: _Code = None,
    assignee: _Assignee = None,
    min_priority: _MinPriority = 0.0,
    overdue: _Overdue = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 200,
) -> None:
    """Write the list that a team takes along: one line per open case (or of the given state), by priority."""
    from pipeline.case_lists import Wanted, list_cases
    from pipeline.casework import export_sweep
    from pipeline.whole import dossier_of

    wanted = Wanted(status, code, assignee, min_priority, overdue, open_only=status is None)
    with database() as engine:
        numbers = [row["case"] for row in list_cases(engine, limit, wanted)]
        files = []
        with progress("cases") as tell:
            for done, number in enumerate(numbers, start=1):
                files.append(dossier_of(engine, number))
                _exported(engine, number, output.suffix.lower().lstrip("."))
                tell(done)
        written = export_sweep(files, output)
    show({"cases": numbers, "file": str(written)}, lambda: f"Đã ghi {len(numbers)} vụ việc: {written}")


@app.command("move")
def cases_move(  # noqa: PLR0917 - options, not positions
    case: _Case,
    status: Annotated[CaseStatus, typer.Argument(help="The state to move it to.")],
    why: _Why = "",
    outcome: Annotated[str, typer.Option(help="Of a decision: fined, warned, no_violation, transferred, other.")] = "",
    fine: Annotated[int | None, typer.Option(min=1, help="The fine in VND.")] = None,
    number: Annotated[str, typer.Option(help="The number of the decision.")] = "",
    assignee: Annotated[str, typer.Option("--to", help="To whom an assigned case is given.")] = "",
    by: _By = "",
) -> None:
    """Move a case to another state. `decided` carries the outcome, the fine and the decision's number."""
    from cases.triage import STATUS_VI
    from pipeline.case_steps import move_case

    details = {"outcome": outcome, "fine_vnd": fine, "decision_number": number, "assignee": assignee}
    with database() as engine:
        step = move_case(engine, case, status, _signed(by), why, details)
    _stepped(case, _step(step), f"Vụ việc số {case}: {STATUS_VI[step.before]} → {STATUS_VI[step.after]}")


def _step(step: Any) -> dict[str, Any]:
    return {
        "before": step.before.value,
        "status": step.after.value,
        "by": step.by,
        "at": step.at.isoformat(),
        "why": step.why,
        "details": dict(step.details),
    }


@app.command("assign")
def cases_assign(
    case: _Case, who: Annotated[str, typer.Argument(help="To whom.")], why: _Why = "", by: _By = ""
) -> None:
    """Give a case to somebody; a confirmed case becomes `assigned`."""
    from pipeline.case_steps import assign

    with database() as engine:
        step = assign(engine, case, who, _signed(by), why)
    _stepped(case, _step(step), f"Vụ việc số {case}: giao cho {step.details['assignee']}")


@app.command("note")
def cases_note(case: _Case, text: Annotated[str, typer.Argument(help="The remark.")], by: _By = "") -> None:
    """Add a remark to the history of a case."""
    from pipeline.case_steps import note

    with database() as engine:
        step = note(engine, case, text, _signed(by))
    _stepped(case, _step(step), f"Vụ việc số {case}: đã ghi chú")


@app.command("close")
def cases_close(case: _Case, why: _Why, by: _By = "") -> None:
    """Close a case: the same as `move CASE closed`."""
    from pipeline.case_steps import move_case

    with database() as engine:
        step = move_case(engine, case, CaseStatus.CLOSED, _signed(by), why)
    _stepped(case, _step(step), f"Vụ việc số {case}: đã đóng")


@app.command("merge")
def cases_merge(
    case: _Case,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The word `into`.")],
    target: Annotated[int, typer.Argument(help="The case that stays.")],
    why: _Why = "",
    by: _By = "",
) -> None:
    """Merge a case into another: `merge A INTO B`. A is closed; what would have joined it joins B."""
    from pipeline.case_steps import merge

    if into.lower() != "into":
        fail(f"{into!r} stands where 'into' should.", "Write: medad cases merge A into B")
    with database() as engine:
        step = merge(engine, case, target, _signed(by), why)
    said = f"Vụ việc số {case} đã nhập vào vụ việc số {target} ({len(step.details['ads'])} tin quảng cáo)"
    _stepped(case, {"into": target, **_step(step)}, said)


@app.command("split")
def cases_split(
    case: _Case,
    ads: Annotated[list[int], typer.Argument(help="Advertisements (tin số) that go into a new case.")],
    why: _Why = "",
    by: _By = "",
) -> None:
    """Move advertisements of a case into a new one, where they stay."""
    from pipeline.case_steps import split

    with database() as engine:
        new = split(engine, case, ads, _signed(by), why)
    said = f"Đã tách {len(set(ads))} tin quảng cáo khỏi vụ việc số {case} thành vụ việc số {new}"
    _stepped(case, {"new_case": new, "ads": sorted(set(ads))}, said)


@app.command("takedown")
def cases_takedown(
    case: _Case,
    ads: Annotated[list[int] | None, typer.Option("--ad", help="This advertisement; repeatable.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All advertisements of the case.")] = False,
    addressee: Annotated[str, typer.Option(help="Who was asked: the advertiser, the platform.")] = "",
    note: Annotated[str, typer.Option(help="A remark, such as the letter's number.")] = "",
    by: _By = "",
) -> None:
    """Record that advertisements were asked to be taken down. The clock starts; crawl again to see what came of it."""
    from pipeline.case_steps import request_takedown
    from pipeline.takedowns import requests_table

    if bool(ads) == every:
        raise typer.BadParameter(f"name the advertisements with --ad, or --all. See: medad cases show {case}")
    with database() as engine:
        made = request_takedown(engine, case, _signed(by), ad_ids=ads or (), addressee=addressee, note=note)
    show([asdict(each) for each in made], lambda: requests_table(made))


@app.command("takedowns")
def cases_takedowns(
    case: Annotated[int | None, typer.Option("--case", help="Only those of one case.")] = None,
    overdue: _Overdue = False,
) -> None:
    """List the take-down requests, and what the captures since show: taken down, changed, still shown, not known."""
    from pipeline.case_steps import takedowns
    from pipeline.takedowns import requests_table

    with database() as engine:
        found = [each for each in takedowns(engine, case) if each.overdue or not overdue]
    show([asdict(each) for each in found], lambda: requests_table(found))
