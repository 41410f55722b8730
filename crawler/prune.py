"""Retention: bodies that are old and that nobody needs any more leave the evidence; the chain and a tombstone stay.

A body may go when every capture of it (the first, and each later one that found it unchanged) is older than the day,
and none of them is cited. Requests, redirects' lines, unchanged pages' own records and the whole log stay: what was
fetched, when, from where, and the SHA-256 of what was removed.
"""

import hashlib
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
class _Body:
    """One kept body: its line and place, when it was last seen, and whether anything cites it."""

    event: Mapping[str, Any]
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


def choose(evidence: Path, before: datetime, cited: Cited) -> tuple[list[Mapping[str, Any]], PruneReport]:
    """Return the events whose bodies may go, and the counts of what stays and why. Changes nothing."""
    bodies, redirecting = _bodies(evidence, cited)
    gone: list[Mapping[str, Any]] = []
    counts = {"kept_cited": 0, "kept_young": 0, "kept_unknown": 0}
    for body in bodies.values():
        if body.last_at >= before:
            counts["kept_young"] += 1
        elif body.cited or (body.event["run"], body.event.get("url")) in redirecting:
            counts["kept_cited"] += 1
        elif body.event["seq"] > cited.known:
            counts["kept_unknown"] += 1
        else:
            gone.append(body.event)
    return gone, PruneReport(
        removed=len(gone),
        bytes=sum(event["length"] for event in gone),
        files=len({event["warc"] for event in gone}),
        seqs=tuple(event["seq"] for event in gone),
        **counts,
    )


def _bodies(evidence: Path, cited: Cited) -> tuple[dict[str, _Body], set[tuple[str, str]]]:
    """Return the bodies that are kept, by record id, and the (run, address) that redirected to something cited."""
    bodies: dict[str, _Body] = {}
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
            bodies[event["record_id"]] = _Body(event, at, is_cited)
        elif original := bodies.get(event["refers"]["record_id"]):
            original.last_at = max(original.last_at, at)
            original.cited = original.cited or is_cited
    return bodies, redirecting


def _is_cited(event: Mapping[str, Any], cited: Cited) -> bool:
    numbers, urls = (event["seq"], event.get("of")), (event.get("url"), event.get("about"))
    return any(number in cited.seqs for number in numbers) or any(url in cited.urls for url in urls)


def prune(evidence: Path, before: datetime, cited: Cited, order: Order, key: SigningKey) -> PruneReport:
    """Remove what ``choose`` finds, with tombstones, and log it; finish what an earlier removal left undone.

    The log says what goes before it goes: killed at any moment, the evidence stays valid, and the next call finishes.
    Raises ``EvidenceError`` where a record to remove is not what the log says, ``BusyError``, ``DiskFullError``.
    """
    ledger = Ledger()
    with EvidenceStore(evidence, ledger.observe) as store:
        finished = ledger.settle(evidence)
        events, report = choose(evidence, before, cited)
        removals = list(_removals(evidence, events, order))
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
        kept_small=len(events) - len(removals),
        finished=finished,
        seqs=tuple(removal.seq for removal in removals),
    )


def _lines(removals: Sequence[Removal]) -> Iterator[tuple[Removal, ...]]:
    for start in range(0, len(removals), _PER_LINE):
        yield tuple(removals[start : start + _PER_LINE])


def _removals(evidence: Path, events: Sequence[Mapping[str, Any]], order: Order) -> Iterator[Removal]:
    for event in events:
        place = {name: event[name] for name in ("warc", "offset", "length", "sha256")}
        try:
            member_bytes(evidence, **place)  # an altered record is a finding, not something to remove
        except EvidenceError as error:
            raise EvidenceError(error.what, "Run: medad evidence verify. Nothing was removed.") from None
        stone = tombstone(event["record_id"], event["sha256"], order, event["length"])
        if stone is not None:
            digest = hashlib.sha256(stone).hexdigest()
            yield Removal(seq=event["seq"], record_id=event["record_id"], tombstone_sha256=digest, **place)
