"""Reading captures back from the evidence: ``crawler.items.Capture`` values, body as transferred."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.bodies import decode, decode_body
from crawler.chain import read_log
from crawler.items import MOVED, Capture, StoredPicture
from crawler.tombstones import removed_records
from crawler.warc import Original, member_body, member_bytes
from models.errors import EvidenceError
from models.vocabulary import Outcome

__all__ = ["capture_of", "decode_body", "original_of", "read_captures"]

#: Events of what follows a captured page: pictures, and the page as it is to be read.
FOLLOWING = frozenset({"picture", "reading"})

#: Events that say what became of an address, and the role of pages (others: robots, retry, redirect, sitemap …).
REPORTING = frozenset({"capture", "failed", "excluded_by_robots"})
PAGE = "page"


def read_captures(
    evidence: Path, after_seq: int = 0, *, everything: bool = False, wait: Callable[[int], bool] | None = None
) -> Iterator[Capture]:
    """Yield what became of every page, in the order of the log, after line ``after_seq``.

    An unchanged page carries the body and content headers of the capture it repeats. Failures and exclusions have no
    body and say why in ``error``. A known page that moved for good is told too; ``everything`` adds other redirects,
    retries, robots.txt and sitemaps. Reading checks the chain and every record read; raises ``EvidenceError`` at the
    first that was altered. A run may be writing meanwhile; ``wait`` follows it, as ``read_log`` says.
    """
    for event, _ in read_log(evidence, after_seq, wait):
        reports = event.get("event") in REPORTING and (everything or event.get("role") == PAGE)
        moved = event.get("event") == "capture" and "redirect_to" in event and event.get("note") == MOVED
        if reports or moved or event.get("event") in FOLLOWING:
            yield capture_of(evidence, event)


def capture_of(evidence: Path, event: Mapping[str, Any]) -> Capture:
    """Build the capture that one event of the log describes."""
    headers, body = dict(event.get("headers", {})), b""
    if "refers" in event:
        refers = event["refers"]
        # The stored body is coded as the original response said, not as a 304 or a later response says.
        headers = {k: v for k, v in headers.items() if not k.startswith("content-")} | refers["content_headers"]
        body = _body(evidence, refers)
    elif event.get("warc"):
        body = _body(evidence, event)
    via = event.get("via") or [""]
    return Capture(
        seq=event["seq"],
        run=event["run"],
        source=event.get("source", ""),
        url=event["url"],
        captured_at=datetime.fromisoformat(event["at"]),
        outcome=Outcome(event["outcome"]),
        status=event.get("status", 0),
        headers=headers,
        body=body,
        payload_sha256=event.get("payload_sha256", ""),
        record_id=event.get("record_id", ""),
        warc=event.get("warc", ""),
        offset=event.get("offset", 0),
        length=event.get("length", 0),
        entry_sha256=event.get("hash", ""),  # absent while the run that records it goes on
        redirected_from=via[-1],
        error=event.get("note", ""),
        via_import=event.get("via_import", {}),
        role=event.get("role", PAGE),
        about=event.get("about") or event.get("redirect_to", ""),
        of=event.get("of", 0),
        awaits=bool(event.get("awaits")),
        pictures=tuple(_stored_picture(evidence, place) for place in event.get("pictures", ())),
    )


def _stored_picture(evidence: Path, place: Mapping[str, Any]) -> StoredPicture:
    names = ("warc", "offset", "length", "sha256", "payload_sha256", "url")
    coding = place.get("headers", {}).get("content-encoding", "")
    return StoredPicture(str(evidence.resolve()), **{name: place[name] for name in names}, coding=coding)


def picture_bytes(picture: StoredPicture, max_bytes: int) -> bytes:
    """Return a picture's bytes, content codings undone; empty where they cannot be had from the evidence any more.

    Raises ``BodyError`` where they do not unpack.
    """
    names = ("warc", "offset", "length", "sha256")
    try:
        data = member_bytes(Path(picture.directory), *(getattr(picture, name) for name in names))
    except EvidenceError:
        return b""  # removed, or altered, which verifying the evidence tells apart: the page is read without it
    return decode(member_body(data), {"content-encoding": picture.coding}, max_bytes)


def _body(evidence: Path, place: Mapping[str, Any]) -> bytes:
    """Return the body at ``place``; empty where it was removed under the retention rule, as the log says."""
    try:
        return member_body(member_bytes(evidence, place["warc"], place["offset"], place["length"], place["sha256"]))
    except EvidenceError:
        if place["record_id"] in removed_records(evidence):
            return b""
        raise


def original_of(event: Mapping[str, Any]) -> Original:
    """Return the record that holds the body of a captured or unchanged page."""
    place = event.get("refers") or event
    names = ("warc", "offset", "length", "sha256", "record_id", "url", "at", "payload_sha256")
    return Original(**{name: place[name] for name in names})
