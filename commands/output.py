"""What every command shares: its options, where results and messages go, and the ways to show that time passes."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, NoReturn

import typer

from models.errors import MedadError


@dataclass(slots=True)
class Options:
    """The options of the whole command line."""

    db: str = "sqlite:///medad.db"
    data: Path = Path("medad-data")
    json: bool = False


options = Options()


def say(message: str) -> None:
    """Tell the person at the terminal (standard error: standard output is for results)."""
    typer.echo(message, err=True)


def show(result: Any, text: Callable[[], str]) -> None:
    """Print a result: as JSON where that was asked for, else as text."""
    typer.echo(json.dumps(result, ensure_ascii=False, default=str) if options.json else text())


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Show a running count on a terminal; show nothing when standard error is not one."""
    shown = sys.stderr.isatty()

    def tell(done: int) -> None:
        if shown:
            sys.stderr.write(f"\r{what}: {done:,}\x1b[K")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on a terminal the seconds that pass, for work whose steps are not counted."""
    over = Event()
    with progress(f"{what}, seconds") as tell:

        def tick() -> None:
            passed = 0
            while not over.wait(1.0):
                tell(passed := passed + 1)

        clock = Thread(target=tick, daemon=True)
        clock.start()
        try:
            yield
        finally:
            over.set()
            clock.join()


@contextmanager
def database() -> Iterator[Any]:
    """Open the database of ``--db``, brought up to date."""
    from models.database import open_database

    engine = open_database(options.db)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def data_folder() -> Iterator[Path]:
    """Hold the data folder: two runs at once would tear the evidence."""
    from crawler.lock import hold

    with hold(options.data):
        yield options.data


def fail(what: str, remedy: str = "") -> NoReturn:
    """End the command with one line that says what is wrong and what to do."""
    raise MedadError(what, remedy)
