"""``medad screenshots``: pictures of the pages that were flagged."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commands.output import data_folder, database, fail, progress, show


def screenshots(sources: Annotated[Path, typer.Argument(help="Sources file (TOML).")]) -> None:
    """Take a screenshot of every flagged page of the sources that has none of its present text."""
    from crawler.browser import need_browser
    from crawler.sources import load_sources
    from pipeline.flagged import shoot_flagged
    from pipeline.whole import current_versions

    need_browser()
    loaded = load_sources(sources)
    with data_folder() as data, database() as engine, progress("screenshots") as tell:
        done = shoot_flagged(engine, loaded, data, current_versions(engine), tell)
    show(asdict(done), done.describe)
    if done.interrupted:
        fail("taking screenshots was interrupted; what was taken is kept.", "Run the same command again to continue.")
