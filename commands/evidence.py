"""``medad evidence``: what was captured, and the proof that it was not altered."""

from dataclasses import asdict
from typing import Annotated

import typer

from commands.output import options, show, waiting

app = typer.Typer(help="What was captured, and the proof that it was not altered.", no_args_is_help=True)


@app.command("verify")
def evidence_verify(run_id: Annotated[str | None, typer.Argument(help="Only this run (default: all).")] = None) -> None:
    """Re-read every record, every hash and the chain. Exit 1 and name the first broken record if anything differs."""
    from pipeline.proof import describe_report, verify_evidence

    with waiting("verifying"):
        report = verify_evidence(options.db, options.data / "evidence", run_id)
    show(asdict(report), lambda: describe_report(report))
