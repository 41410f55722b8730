"""``medad demo``: the whole way on the bundled web and registry, on loopback, with dossiers at the end."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from crawler.lock import hold
from crawler.sources import load_sources
from models.database import open_database
from models.errors import InputError
from pipeline.casework import case_table, export, list_cases
from pipeline.demo_web import DemoWeb
from pipeline.registers import describe_import, import_registry
from pipeline.whole import Progress, Whole, dossier_of, run_whole

_FORMS = ("html", "docx")


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo did, its cases, and the dossiers of the first of them."""

    whole: Whole
    cases: list[dict[str, Any]]
    dossiers: tuple[Path, ...]
    database: str
    data: Path

    def to_json(self) -> dict[str, Any]:
        """Return the result for ``--json``."""
        return {**self.whole.to_json(), "cases": self.cases, "dossiers": [str(path) for path in self.dossiers]}

    def describe(self) -> str:
        """Return the result in Vietnamese: summary, case table, and where the dossiers are."""
        files = "\n".join(f"  {path}" for path in self.dossiers)
        return (
            f"{self.whole.describe()}\n\n{case_table(self.cases)}\n\nHồ sơ vụ việc ưu tiên nhất:\n{files}\n"
            f"Xem tiếp: {_program()} --db {self.database} --data {self.data} cases show {self.cases[0]['case']}"
            if self.cases
            else self.whole.describe()
        )


def _program() -> str:
    """Return the command as it was called: ``make demo`` calls it in a folder that is not on the PATH."""
    called = Path(sys.argv[0])
    if not called.is_absolute() or not called.is_relative_to(Path.cwd()):
        return str(called) if called.name == "medad" else "medad"
    return str(called.relative_to(Path.cwd()))


def run_demo(
    folder: Path, out: Path, *, workers: int | None, progress: Progress, say: Callable[[str], None]
) -> DemoResult:
    """Serve ``folder/web``, import ``folder/registry``, run everything into ``out``, write the top case's dossier."""
    if not (folder / "web").is_dir():
        raise InputError(f"{folder} holds no demo.", "Run it from the project's folder, or use --folder.")
    database = f"sqlite:///{out / 'medad.db'}"
    with hold(out), DemoWeb(folder / "web") as web:
        engine = open_database(database)
        try:
            for file in sorted((folder / "registry").iterdir()):
                if file.suffix in {".xlsx", ".csv"}:
                    say(describe_import(engine, *import_registry(engine, file))[1])
            sources = tuple(
                source.model_copy(update={"proxy": web.url}) for source in load_sources(folder / "sources.toml")
            )
            whole = run_whole(engine, sources, out, workers=workers, progress=progress)
            cases = list_cases(engine)
            written = _dossiers(engine, cases[0]["case"], out) if cases else ()
        finally:
            engine.dispose()
    return DemoResult(whole, cases, written, database, out)


def _dossiers(engine: Engine, case_id: int, out: Path) -> tuple[Path, ...]:
    file = dossier_of(engine, case_id)
    return tuple(export(file, form, out / f"vu-viec-{case_id}.{form}") for form in _FORMS)
