"""``medad model``: one model beside another, before it is adopted."""

from pathlib import Path
from typing import Annotated

import typer

from commands.output import options, progress, show

app = typer.Typer(help="Models: what a new one would change.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``compare`` a command of its own name, though it is the only one."""


@app.command("compare")
def model_compare(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The model in use: a name, model:FOLDER or a .jsonl file.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The model that may replace it.")],
    samples: Annotated[Path, typer.Option(help="Labelled samples (.jsonl), as of medad export labels.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.html and metrics.json (default: model-compare in DATA).")
    ] = None,
) -> None:
    """Show two models side by side on labelled samples: figures by code, thresholds, and what would change."""
    from evaluation.model_change import compare_models, described

    folder = out or options.data / "model-compare"
    with progress("judged") as tell:
        found = compare_models(samples, old, new, folder, on_progress=tell)
    show(found, lambda: f"{described(found)}\n{folder / 'report.html'}")
