"""Retention: bodies that are old and that nobody needs any more leave the evidence; the chain and a tombstone stay.

A body may go when every capture of it (the first, and each later one that found it unchanged) is older than the day,
and none of them is cited. Requests, redirects' lines, unchanged pages' own records and the whole log stay: what was
fetched, when, from where, and the SHA-256 of what was removed.
"""

import hashlib
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.chain import read_log
from crawler.evidence import EvidenceStore
from crawler.ledger import Ledger
from crawler.signing import SigningKey
from crawler.tombstones import Order, Removal, pruned_event, tombstone
from crawler.warc import member_bytes
from models.errors import EvidenceError

#: Removals that one line of the log names: it stays far below the longest line that is read.
_PER_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Cited:
    """What must stay: captures by their line, and addresses with all that was ever captured of them.

    Nothing after line ``known`` goes: the caller's database has not seen it.
    """

    seqs: Collection[int]
    urls: Collection[str]
    known: int


@dataclass(slots=True)
class Body:
    """One kept body: its line and place, when it was last seen, and whether anything cites it."""

    seq: int
    run: str
    url: str
    record_id: str
    warc: str
    offset: int
    length: int
    sha256: str
    last_at: datetime
    cited: bool


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was (or would be) removed and kept. ``bytes`` counts the packed records that go."""

    removed: int = 0
    bytes: int = 0
    files: int = 0
    kept_cited: int = 0
    kept_young: int = 0
    kept_unknown: int = 0
    kept_small: int = 0
    finished: int = 0
    seqs: tuple[int, ...] = field(default=())


def choose(evidence: Path, before: datetime, cited: Cited) -> tuple[list[Body], PruneReport]:
    """Return the bodies that may go, and the counts of what stays and why. Changes nothing."""
    bodies, redirecting = _bodies(evidence, cited)
    gone: list[Body] = []
    counts = {"kept_cited": 0, "kept_young": 0, "kept_unknown": 0}
    for body in bodies.values():
        if body.last_at >= before:
            counts["kept_young"] += 1
        elif body.cited or (body.run, body.url) in redirecting:
            counts["kept_cited"] += 1
        elif body.seq > cited.known:
            counts["kept_unknown"] += 1
        else:
            gone.append(body)
    return gone, PruneReport(
        removed=len(gone),
        bytes=sum(body.length for body in gone),
        files=len({body.warc for body in gone}),
        seqs=tuple(body.seq for body in gone),
        **counts,
    )


def _bodies(evidence: Path, cited: Cited) -> tuple[dict[str, Body], set[tuple[str, str]]]:
    """Return the bodies that are kept, by record id, and the (run, address) that redirected to something cited."""
    bodies: dict[str, Body] = {}
    redirecting: set[tuple[str, str]] = set()
    for event, _ in read_log(evidence):
        if event["event"] == "pruned":
            for record in event["records"]:
                bodies.pop(record["record_id"], None)
        if event["event"] == "warc_opened" or not (event.get("warc") or "refers" in event):
            continue
        is_cited = _is_cited(event, cited)
        at = datetime.fromisoformat(event["at"])
        if is_cited:
            redirecting.update((event["run"], url) for url in event.get("via", ()))
        if "refers" not in event:
            bodies[event["record_id"]] = _body(event, at, cited=is_cited)
        elif original := bodies.get(event["refers"]["record_id"]):
            original.last_at = max(original.last_at, at)
            original.cited = original.cited or is_cited
    return bodies, redirecting


def _body(event: Mapping[str, Any], at: datetime, *, cited: bool) -> Body:
    return Body(
        seq=event["seq"],
        run=sys.intern(event["run"]),
        url=event.get("url", ""),
        record_id=event["record_id"],
        warc=sys.intern(event["warc"]),
        offset=event["offset"],
        length=event["length"],
        sha256=event["sha256"],
        last_at=at,
        cited=cited,
    )


def _is_cited(event: Mapping[str, Any], cited: Cited) -> bool:
    numbers, urls = (event["seq"], event.get("of")), (event.get("url"), event.get("about"))
    return any(number in cited.seqs for number in numbers) or any(url in cited.urls for url in urls)


def prune(evidence: Path, before: datetime, cited: Cited, order: Order, key: SigningKey) -> PruneReport:
    """Remove what ``choose`` finds, with tombstones, and log it; finish what an earlier removal left undone.

    The log says what goes before it goes: killed at any moment, the evidence stays valid, and the next call finishes.
    Raises ``EvidenceError`` where a record to remove is not what the log says, ``BusyError``, ``DiskFullError``.
    """
    ledger = Ledger(placing=False)
    with EvidenceStore(evidence, ledger.observe) as store:
        finished = ledger.settle(evidence)
        bodies, report = choose(evidence, before, cited)
        removals = list(_removals(evidence, bodies, order))
        for batch in _lines(removals):
            ledger.observe(store.append(pruned_event(batch, order, key)) | {"hash": store.head.hash})
        ledger.settle(evidence)
    return PruneReport(
        removed=len(removals),
        bytes=sum(removal.length for removal in removals),
        files=len({removal.warc for removal in removals}),
        kept_cited=report.kept_cited,
        kept_young=report.kept_young,
        kept_unknown=report.kept_unknown,
        kept_small=len(bodies) - len(removals),
        finished=finished,
        seqs=tuple(removal.seq for removal in removals),
    )


def _lines(removals: Sequence[Removal]) -> Iterator[tuple[Removal, ...]]:
    for start in range(0, len(removals), _PER_LINE):
        yield tuple(removals[start : start + _PER_LINE])


def _removals(evidence: Path, bodies: Sequence[Body], order: Order) -> Iterator[Removal]:
    for body in bodies:
        try:  # an altered record is a finding, not something to remove
            member_bytes(evidence, body.warc, body.offset, body.length, body.sha256)
        except EvidenceError as error:
            raise EvidenceError(error.what, "Run: medad evidence verify. Nothing was removed.") from None
        stone = tombstone(body.record_id, body.sha256, order, body.length)
        if stone is not None:
            yield Removal(
                seq=body.seq,
                record_id=body.record_id,
                warc=body.warc,
                offset=body.offset,
                length=body.length,
                sha256=body.sha256,
                tombstone_sha256=hashlib.sha256(stone).hexdigest(),
            )
