"""Self-contained HTML reports: escaped, without scripts or outside requests, plots as inline SVG."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.lines import cannot_write, write_bytes_whole


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["percent"] = lambda value: f"{100 * value:.1f} %"
    return environment


def write_report(out: Path, template: str, found: Mapping[str, Any], errors: list[dict[str, Any]]) -> None:
    """Write ``metrics.json`` and ``report.html`` into ``out``. Raises ``InputError`` or ``DiskFullError``."""
    report = _environment().get_template(template).render(metrics=found, errors=errors)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    written = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    write_bytes_whole(out / "metrics.json", written.encode("utf-8", "replace"))
    write_bytes_whole(out / "report.html", report.encode("utf-8", "replace"))
