"""Self-contained HTML reports: escaped, without scripts or outside requests, plots as inline SVG."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluation import shown
from pipeline.lines import cannot_write, write_bytes_whole


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["percent"] = percent
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.globals["shown"] = shown
    return environment


def percent(value: float | None) -> str:
    """Return a share as a reader sees it; '–' where it is not defined."""
    return "–" if value is None else f"{100 * value:.1f} %"


def make_folder(out: Path) -> None:
    """Make the folder of a report. Raises ``InputError`` or ``DiskFullError``."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error


def write_report(out: Path, template: str, found: Mapping[str, Any], errors: list[Any], **parts: Any) -> None:
    """Write ``metrics.json`` and ``report.html`` into ``out``. Raises ``InputError`` or ``DiskFullError``."""
    report = _environment().get_template(template).render(metrics=found, errors=errors, **parts)
    make_folder(out)
    written = json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    write_bytes_whole(out / "metrics.json", written.encode("utf-8", "replace"))
    write_bytes_whole(out / "report.html", report.encode("utf-8", "replace"))
