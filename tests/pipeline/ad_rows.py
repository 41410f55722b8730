"""Rows of a small invented world of advertisements, for the tests of history, search and duplicates."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from models import tables
from models.database import session
from models.vocabulary import Outcome
from registry.mentions import find_mentions

DAY_0 = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)


def at(days: float) -> datetime:
    """Return the moment so many days after the first."""
    return DAY_0 + timedelta(days=days)


def add_ad(engine: Engine, ad_id: int, url: str, text: str, *, mentions: bool = False, **more: Any) -> None:
    """Store one advertisement (a blank line in ``text`` begins its footer), with its mentions where asked."""
    main_end = text.index("\n\n") if "\n\n" in text else len(text)
    row: dict[str, Any] = {
        "id": ad_id,
        "url": url,
        "site": url.split("/")[2] if "//" in url else "",
        "title": f"Tin {ad_id}",
        "text": text,
        "main_end": main_end,
        "text_sha256": str(ad_id),
        "first_seen_at": at(0),
        "last_seen_at": at(1),
    } | more
    with session(engine) as opened:
        opened.add(tables.Advertisement(**row))
        opened.flush()
        for mention in find_mentions(text, main_end) if mentions else ():
            opened.add(
                tables.Mention(
                    advertisement_id=ad_id,
                    version="m",
                    kind=mention.kind,
                    text=mention.text,
                    start_at=mention.start,
                    end_at=mention.end,
                    value=mention.value,
                )
            )


def add_capture(engine: Engine, seq: int, url: str, days: float, outcome: Outcome, **more: Any) -> None:
    """Store one capture."""
    with session(engine) as opened:
        if opened.get(tables.Run, "r") is None:
            opened.add(tables.Run(id="r", kind="crawl", started_at=at(0)))
            opened.flush()
        row: dict[str, Any] = {"captured_at": at(days), "outcome": outcome, "seq": seq, "entry_sha256": str(seq)}
        opened.add(tables.Capture(run_id="r", source="s", url=url, **(row | more)))
