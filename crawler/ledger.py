"""What the log accounts for, read once: the hash of every line, where every file ends, what was removed."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.chain import Head, read_log
from crawler.evidence import EvidenceStore, logged_ends
from crawler.merkle import Tree, leaf
from crawler.tombstones import PRUNED, Order, Removal, carry_out, removals_of
from models.errors import EvidenceError

#: Events that say something about the proof and nothing about the world.
ATTESTING = frozenset({"manifest", "timestamp"})


@dataclass(frozen=True, slots=True)
class FileSum:
    """One WARC file as a manifest states it."""

    name: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Ledger:
    """Give ``observe`` every event of the log, in order.

    ``covered`` are files whose hash is known from before: their records are not kept in memory (none are without
    ``placing``). ``fresh`` says whether any line since line ``since`` speaks of the world.
    """

    covered: Mapping[str, FileSum] = field(default_factory=dict)
    since: int = 0
    placing: bool = True
    seq: int = 0
    fresh: bool = False
    tree: Tree = field(default_factory=Tree)
    ends: dict[str, int] = field(default_factory=dict)
    removed: dict[str, Removal] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    places: dict[str, list[tuple[int, int, bytes, str]]] = field(default_factory=dict)
    pruned_at: dict[str, int] = field(default_factory=dict)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        self.seq = event["seq"]
        self.tree.add(event["hash"])
        self.fresh = self.fresh or (self.seq > self.since and event["event"] not in ATTESTING)
        self.ends.update(logged_ends(event))
        for place in places_of(event):
            if self.placing and place["warc"] not in self.covered:
                record = (place["offset"], place["length"], bytes.fromhex(place["sha256"]), place["record_id"])
                self.places.setdefault(place["warc"], []).append(record)
        if event["event"] == PRUNED:
            self._pruned(event)

    def _pruned(self, event: Mapping[str, Any]) -> None:
        order = Order(event["before"], event["by"], event["reason"], event["at"])
        for removal in removals_of(event):
            self.removed[removal.record_id] = removal
            self.orders[removal.record_id] = order
            self.pruned_at[removal.warc] = event["seq"]

    def catch_up(self, store: EvidenceStore) -> None:
        """Take in what was logged since the store was opened (what a crash left, for one)."""
        for event, _ in read_log(store.directory, after=self.seq):
            self.observe(event)

    def settle(self, evidence: Path) -> int:
        """Finish removals that a crash interrupted; return how many."""
        return carry_out(evidence, self.removed.values(), self.orders)


def places_of(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the place of every record that an event accounts for: ``warc, offset, length, sha256, record_id``."""
    if event.get("warc"):
        names = ("offset", "length", "sha256", "record_id")
        yield {"warc": event["warc"]} | {name: event[name] for name in names}
        if "request" in event:
            yield {"warc": event["warc"]} | {name: event["request"][name] for name in names}


def file_sums(evidence: Path, ledger: Ledger) -> Iterable[FileSum]:
    """Yield every WARC file with its hash. A file read anew is held against the log, record by record.

    A file that was stated before keeps that hash: hashing it again would put a signature under a later alteration.
    """
    for name, end in sorted(ledger.ends.items()):
        before = ledger.covered.get(name)
        if before is not None and before.bytes == end and ledger.pruned_at.get(name, 0) <= ledger.since:
            yield before
        else:
            yield FileSum(name, end, _hashed(evidence, name, end, ledger))


def _hashed(evidence: Path, name: str, end: int, ledger: Ledger) -> str:
    places = ledger.places.get(name) or _places_again(evidence, name)
    total, at = hashlib.sha256(), 0
    try:
        with (evidence / name).open("rb") as file:
            for offset, length, digest, record_id in places:
                data = file.read(length)
                removal = ledger.removed.get(record_id)
                wanted = bytes.fromhex(removal.tombstone_sha256) if removal else digest
                if offset != at or hashlib.sha256(data).digest() != wanted:
                    raise EvidenceError(
                        f"Record {record_id} of {name} is not as the log says: it is not signed.",
                        "Run: medad evidence verify",
                    )
                total.update(data)
                at += length
    except OSError as error:
        raise EvidenceError(f"{name} cannot be read: {error.strerror}.", "Run: medad evidence verify") from error
    if at != end:
        raise EvidenceError(f"{name} is not accounted for to its end.", "Run: medad evidence verify")
    return total.hexdigest()


def _places_again(evidence: Path, name: str) -> list[tuple[int, int, bytes, str]]:
    """Read the places of a file whose hash was known, but that records were removed from since."""
    found = []
    for event, _ in read_log(evidence):
        for place in places_of(event):
            if place["warc"] == name:
                found.append((place["offset"], place["length"], bytes.fromhex(place["sha256"]), place["record_id"]))
    return found


def line_hashes(evidence: Path, upto: int) -> tuple[list[bytes], Head]:
    """Return the leaves of the first ``upto`` lines, and the head there. Checks the chain."""
    leaves: list[bytes] = []
    for event, head in read_log(evidence):
        leaves.append(leaf(event["hash"]))
        if head.seq == upto:
            return leaves, head
    raise EvidenceError(f"The log has no line {upto}.", "Run: medad evidence verify")
