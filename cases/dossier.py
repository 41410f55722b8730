"""The inspector's file in every form: a page, a Word document, JSON, and lists for a sweep.

All are made from the same values; the page and the Word document say the same words in the same order
(``cases.sheet``). Nothing here runs scripts or asks the network for anything, and text out of advertisements can
neither break a file nor act in it.
"""

import dataclasses
import json
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from cases.lists import render_csv, render_table
from cases.pictures import data_url, shown_part
from cases.plain import render_text
from cases.sentences import MOTTO, NATION, NOTICE, PRECEDENTS
from cases.sheet import sheet
from cases.sweep import render_sweep_csv
from cases.types import Dossier
from cases.untrusted import BIDI
from cases.word import render_docx
from cases.workbook import render_xlsx

__all__ = [
    "render_csv",
    "render_docx",
    "render_html",
    "render_json",
    "render_sweep_csv",
    "render_table",
    "render_text",
    "render_xlsx",
]


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("dossier.html.j2")


def render_html(dossier: Dossier) -> str:
    """The dossier as one self-contained page (no script, no outside resource) that prints on A4."""
    return _template().render(
        s=sheet(dossier),
        nation=NATION,
        motto=MOTTO,
        precedents_said=PRECEDENTS,
        case_id=dossier.case_id,
        part=shown_part,
        address=data_url,
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return sorted(map(_plain, value)) if isinstance(value, frozenset) else _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, bytes):
        return len(value)  # a picture: its hash is beside it, its bytes are in the evidence
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, (date, datetime)) else value


#: Lone surrogates cannot be written as UTF-8, and bidirectional controls would reorder the file in an editor.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in BIDI} | {
    number: f"\\u{number:04x}" for number in range(0xD800, 0xE000)
}


def render_json(dossier: Dossier) -> str:
    """The dossier as JSON, for machines: every value exactly as it is, what cannot be shown escaped."""
    document = {"notice": NOTICE, **_plain(dossier)}
    return json.dumps(document, ensure_ascii=False, indent=2).translate(_ESCAPED) + "\n"
