"""The record of access on its way out: as rows for the screen, and as a file for whoever audits."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from cases.untrusted import cell
from models import tables
from models.database import session
from pipeline.lines import write_bytes_whole

#: Columns of the exported record.
ACCESS_COLUMNS: Sequence[str] = ("id", "at", "who", "role", "via", "action", "subject_kind", "subject_id", "details")

_PAGE = 1_000


def access_rows(engine: Engine, since: datetime | None = None, newest: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the record as plain values: all of it, oldest first, or with ``newest`` the last so many, newest first."""
    number, last, left = col(tables.AccessRecord.id), None, newest
    while left is None or left > 0:
        query = select(tables.AccessRecord)
        if since is not None:
            query = query.where(tables.AccessRecord.at >= since)
        if last is not None:
            query = query.where(number < last if newest is not None else number > last)
        size = _PAGE if left is None else min(_PAGE, left)
        with session(engine) as opened:
            found = opened.exec(query.order_by(number if newest is None else number.desc()).limit(size)).all()
            rows = [{name: getattr(row, name) for name in ACCESS_COLUMNS} for row in found]
        yield from rows
        if len(rows) < size:
            return
        last, left = rows[-1]["id"], None if left is None else left - len(rows)


def access_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the record as CSV for a spreadsheet (UTF-8 with BOM); what looks like a formula is made harmless."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(ACCESS_COLUMNS)
    for row in rows:
        writer.writerow([cell(_plain(row[name])) for name in ACCESS_COLUMNS])
    return out.getvalue().encode("utf-8-sig", "replace")


def access_jsonl(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the record as JSON Lines, every value as it is."""
    lines = (json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def write_access(engine: Engine, output: Path, since: datetime | None = None) -> int:
    """Write the record to a file (``.csv``, else JSON Lines) and return how many rows it has."""
    rows = list(access_rows(engine, since))
    write_bytes_whole(output, access_csv(rows) if output.suffix.lower() == ".csv" else access_jsonl(rows))
    return len(rows)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
