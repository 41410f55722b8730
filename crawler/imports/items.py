"""The values of an import: one item to keep, one row that was not taken and why."""

import hashlib
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from crawler.urls import canonical
from crawler.warc import Exchange

#: The longest text taken as one advertisement (characters). The longest page of the demo and its real models has a
#: fiftieth of this.
MAX_TEXT = 300_000

#: The largest file read whole (bytes): as text it takes twice this in memory.
MAX_FILE = 256 * 1024 * 1024


class ImportFormat(StrEnum):
    """What ``medad import`` reads. Also the channel of the advertisements that come of it."""

    META_AD_LIBRARY = "meta-ad-library"
    JSONL = "jsonl"
    CSV = "csv"
    CITIZEN_REPORTS = "citizen-reports"
    WARC = "warc"
    IMAGES = "images"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to keep. ``body`` is its own bytes; ``version`` changes when its content does.

    ``row`` counts from 1 in the file (a line, an element, a record, a picture). ``exchange`` is set for a page of a
    WARC file, ``at`` is then its moment there. ``more`` goes into the log with it (JSON values).
    """

    row: int
    id: str
    url: str
    body: bytes
    content_type: str
    version: str
    at: datetime | None = None
    exchange: Exchange | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: why (in Vietnamese), and its beginning. ``passed``: there was no advertisement in it
    to take, which is no fault. ``name`` is what it is called where that says more than its row (a file)."""

    row: int
    reason: str
    content: str = ""
    passed: bool = False
    name: str = ""


def clean(text: str) -> str:
    """Return the text without what no database stores: NUL characters and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def cleaned(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with every text in it cleaned; what nests deeper than ten levels is left out."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(k)): cleaned(v, depth + 1) for k, v in value.items()} if depth < 10 else {}
    if isinstance(value, list):
        return [cleaned(v, depth + 1) for v in value] if depth < 10 else []
    return None if isinstance(value, float) and not math.isfinite(value) else value


def version_of(value: Any, raw: bytes) -> str:
    """Return the SHA-256 (hex) of a JSON value, in any order of its keys; of ``raw`` where it nests too deeply."""
    with suppress(RecursionError):
        raw = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
    return hashlib.sha256(raw).hexdigest()


def address_of(given: object, form: ImportFormat, item_id: str) -> str:
    """Return the real address where one is given, else a name of our own: ``urn:medad:import:<format>:<id>``."""
    text = clean(given).strip() if isinstance(given, str) else ""
    if text.lower().startswith("www."):
        text = f"https://{text}"
    if real := canonical(text) if text.lower().startswith(("http://", "https://")) else "":
        return real
    name = quote(item_id, safe="")
    if len(name) > 200:
        name = hashlib.sha256(item_id.encode()).hexdigest()
    return f"urn:medad:import:{form.value}:{name}"
