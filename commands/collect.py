"""``medad update``: everything after collecting."""

from typing import Annotated

import typer

from classifier.backends import DEFAULT
from commands.output import data_folder, database, progress, show


def update(
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: one per core).")] = None,
    model: Annotated[str, typer.Option(help="Which classifier: as for medad run.")] = DEFAULT,
) -> None:
    """Ingest, score, match and build cases from the evidence as it is, without crawling. A killed one goes on."""
    from pipeline.whole import nothing_due
    from pipeline.whole import update as bring_up

    with data_folder() as data, database() as engine:
        done = bring_up(engine, data, nothing_due(), workers=workers, spec=model, progress=progress)
    result = {name: value for name, value in done.to_json().items() if name not in ("run", "sources", "interrupted")}
    show(result, done.describe_after)
