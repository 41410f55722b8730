"""``medad export``: what people decided, as data."""

from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from commands.output import database, show

app = typer.Typer(help="What people decided, as data.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``labels`` a command of its own name, though it is the only one."""


@app.command("labels")
def export_labels(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the labels go (.jsonl).")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was answered on or after this day.")
    ] = None,
) -> None:
    """Write the answers that stand as labelled samples, for medad evaluate and medad train."""
    from pipeline.access import Via, local_user, record_access
    from pipeline.clock import VIETNAM
    from pipeline.labels import write_labels

    moment = None if since is None else datetime.combine(since.date(), time(), VIETNAM).astimezone(UTC)
    with database() as engine:
        record_access(engine, local_user(), Via.CLI, "labels_export", subject=("labels", ""))
        done = write_labels(engine, output, moment)
    waiting = f"; {done.unsettled} quảng cáo còn chờ người phân xử" if done.unsettled else ""
    show(asdict(done), lambda: f"Đã ghi {done.written} nhãn vào {done.file}{waiting}.")
