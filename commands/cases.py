"""``medad cases``: inspection cases, from the list to the dossier."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.output import database, show

app = typer.Typer(help="Inspection cases: linked leads, priority, dossier.", no_args_is_help=True)


class _DossierFormat(StrEnum):
    DOCX = "docx"
    HTML = "html"
    JSON = "json"
    CSV = "csv"


@app.command("list")
def cases_list(
    limit: Annotated[int | None, typer.Option(min=1, help="How many at the most.")] = None,
) -> None:
    """List the cases, highest priority first."""
    from pipeline.casework import case_table, list_cases

    with database() as engine:
        rows = list_cases(engine, limit)
    show(rows, lambda: case_table(rows))


@app.command("show")
def cases_show(case: Annotated[int, typer.Argument(help="Case number.")]) -> None:
    """Show one case: its leads, their quotes, the registry's answers, and why it has its priority."""
    from cases.dossier import render_json, render_text
    from pipeline.whole import dossier_of

    with database() as engine:
        file = dossier_of(engine, case)
    show(json.loads(render_json(file)), lambda: render_text(file))


@app.command("export")
def cases_export(
    case: Annotated[int, typer.Argument(help="Case number.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the dossier goes.")],
    form: Annotated[_DossierFormat, typer.Option("--format", help="docx, html, json or csv.")] = _DossierFormat.DOCX,
) -> None:
    """Write the dossier of one case, in Vietnamese, with quotes, provisions, registry facts and evidence hashes."""
    from pipeline.casework import export
    from pipeline.whole import dossier_of

    with database() as engine:
        written = export(dossier_of(engine, case), form.value, output)
    show({"case": case, "format": form.value, "file": str(written)}, lambda: f"Đã ghi hồ sơ: {written}")
