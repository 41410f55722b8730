"""Anyone can check the evidence: every line of the log, every byte of every WARC file, every digest inside, and the
proofs beside it (signatures, time-stamps, removals)."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.attested import Attested, Trust, removed_place, stone_there, trust
from crawler.chain import LOG_NAME, Head, read_log
from crawler.timestamp import Stamp
from crawler.tombstones import removed_records
from crawler.warc import member_bytes, payload_digest
from models.errors import EvidenceError

#: Files in the evidence directory that prove nothing and need no proof.
_BESIDE = frozenset({".lock", LOG_NAME})


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification saw. ``problem`` names the first broken record; it is empty where everything holds.

    ``records`` counts WARC records whose bytes and digests were checked, ``bytes`` their packed size. ``tombstones``
    are records that were removed by a logged removal; ``pending`` those whose removal was logged and not finished.
    ``signed`` is the last line that a checked signature covers, ``last_event`` the last that is not about the proof
    itself, ``keys`` the fingerprints of the keys used (``given``:
    the verifier named it), ``unknown_keys`` those whose public half was not at hand. ``unread_stamps``: not checked for
    want of the package. ``leftovers``: files that a crash left, which prove nothing.
    """

    lines: int
    records: int
    bytes: int
    files: int
    head: Head
    problem: str = ""
    manifests: int = 0
    signatures: int = 0
    signed: int = 0
    last_event: int = 0
    keys: tuple[str, ...] = ()
    given: bool = False
    unknown_keys: tuple[str, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    unread_stamps: int = 0
    tombstones: int = 0
    pending: int = 0
    superseded: int = 0
    leftovers: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Say whether nothing was found broken."""
        return not self.problem


def verify(
    evidence: Path,
    run: str | None = None,
    expected_head: tuple[int, str] | None = None,
    key: Path | None = None,
    roots: Path | None = None,
) -> VerifyReport:
    """Re-read the evidence and report the first broken record by name.

    The chain is always checked whole; with ``run`` only that run's WARC records are re-read. ``expected_head`` (line
    number and hash kept elsewhere, such as ``CrawlSummary.head``) shows a log that was cut off or written anew. ``key``
    is a public key file to hold every signature against (default: the keys that lie with the evidence), ``roots`` a
    file of certificates to hold time-stamps against. Needs no network. Raises ``InputError``: one of these is unusable.
    """
    check = _Check(evidence, run, expected_head, trust(evidence, key, roots))
    try:
        check.all()
    except EvidenceError as error:
        check.problem = error.what
    except (KeyError, TypeError, ValueError) as error:
        # The chain holds, but this line was not made by this program.
        check.problem = f"Line {check.head.seq} of {LOG_NAME} is not an event of this program ({error!r})."
    except OSError as error:
        check.problem = f"{error.filename or evidence} cannot be read: {error.strerror}."
    return check.report()


class _Check:
    """One pass over the log and, beside it, over the WARC files."""

    def __init__(self, evidence: Path, run: str | None, expected: tuple[int, str] | None, trusted: Trust) -> None:
        self.evidence = evidence
        self.run = run
        self.expected = expected
        self.head = Head()
        self.ends: dict[str, int] = {}
        self.torn: dict[str, str] = {}
        self.runs: set[str] = set()
        self.records = self.bytes = self.tombstones = self.pending = 0
        self.problem = ""
        self.attested = Attested(evidence, trusted, run or "")
        self.removed = removed_records(evidence)

    def report(self) -> VerifyReport:
        """Return what was seen."""
        proofs = self.attested
        return VerifyReport(
            self.head.seq,
            self.records,
            self.bytes,
            len(self.ends),
            self.head,
            self.problem,
            manifests=proofs.manifests,
            signatures=proofs.signatures,
            signed=proofs.last_signed,
            last_event=proofs.last_event,
            keys=tuple(sorted(proofs.used_keys)),
            given=proofs.trust.given,
            unknown_keys=tuple(sorted(proofs.unknown_keys)),
            stamps=tuple(proofs.stamps),
            unread_stamps=proofs.unread_stamps,
            tombstones=self.tombstones,
            pending=self.pending,
            superseded=proofs.superseded,
            leftovers=tuple(proofs.leftovers),
        )

    def all(self) -> None:
        """Raise ``EvidenceError`` at the first thing that does not hold."""
        if not (self.evidence / LOG_NAME).exists():
            raise EvidenceError(f"{LOG_NAME} is missing from {self.evidence}.")
        for event, head in read_log(self.evidence):
            self.head = head
            self.runs.add(event["run"])
            if self.expected and head.seq == self.expected[0] and head.hash != self.expected[1]:
                raise EvidenceError(
                    f"Line {head.seq} of {LOG_NAME} is not the one that was noted: the log was written anew."
                )
            self.attested.observe(event)
            self._event(event)
        self._log_end()
        self._files()
        self.attested.check()

    def _log_end(self) -> None:
        if self.expected and self.head.seq < self.expected[0]:
            raise EvidenceError(
                f"{LOG_NAME} ends at line {self.head.seq}, but line {self.expected[0]} was noted: lines are missing."
            )
        with (self.evidence / LOG_NAME).open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - 1))
            if size and file.read(1) != b"\n":
                raise EvidenceError(
                    f"Line {self.head.seq + 1} of {LOG_NAME} is incomplete: "
                    "a crawl is writing it, or was killed (the next crawl mends it)."
                )
        if self.run is not None and self.run not in self.runs:
            raise EvidenceError(f"The log knows no run '{self.run}'.")

    def _event(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "recovered":
            self.torn[event["torn"]] = event["sha256"]
        if not event.get("warc"):
            return
        places = [event] + ([{**event["request"], "warc": event["warc"]}] if "request" in event else [])
        for place in places:
            self._contiguous(event, place)
            if self.run in (None, event["run"]):
                self._record(event, place)

    def _contiguous(self, event: Mapping[str, Any], place: Mapping[str, Any]) -> None:
        end = self.ends.get(place["warc"], 0)
        if place["offset"] != end:
            raise EvidenceError(
                f"{place['warc']}: line {event['seq']} begins at {place['offset']}, but {end} was expected."
            )
        self.ends[place["warc"]] = end + place["length"]

    def _record(self, event: Mapping[str, Any], place: Mapping[str, Any]) -> None:
        name = f"{place['record_id']} ({event.get('url') or 'warcinfo'}, line {event['seq']})"
        removal = removed_place(self.removed, place)
        try:
            if removal is not None:
                self._removed(stone_there(self.evidence, removal))
                return
            data = member_bytes(self.evidence, place["warc"], place["offset"], place["length"], place["sha256"])
            _inside(data, place, event)
        except (EvidenceError, ArchiveLoadFailed) as error:
            raise EvidenceError(f"Record {name} is broken: {error}") from None
        self.records += 1
        self.bytes += len(data)

    def _removed(self, stone: bool) -> None:
        self.tombstones += stone
        self.pending += not stone

    def _files(self) -> None:
        """Check that no file is missing from the log, longer than it says, or altered since a crash."""
        for path in sorted(self._present()):
            name = path.relative_to(self.evidence).as_posix()
            if name in self.torn:
                if hashlib.sha256(path.read_bytes()).hexdigest() != self.torn[name]:
                    raise EvidenceError(f"{name} was altered: its SHA-256 does not fit the log.")
            elif name not in self.ends and self.attested.leftover(name):
                continue
            elif name not in self.ends:
                raise EvidenceError(f"{name} is not in the log: it was added, or its lines were removed.")
            elif path.stat().st_size != self.ends[name]:
                raise EvidenceError(
                    f"{name} has {path.stat().st_size} bytes, but the log accounts for {self.ends[name]}."
                )
        for name in (*self.ends, *self.torn):
            if not (self.evidence / name).is_file():
                raise EvidenceError(f"{name} is missing.")

    def _present(self) -> Iterator[Path]:
        for path in self.evidence.rglob("*"):
            if path.name not in _BESIDE and not path.is_dir():
                yield path


def _inside(data: bytes, place: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Check one packed record against its own digests and against the log."""
    records = 0
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        records += 1
        headers = record.rec_headers
        while record.raw_stream.read(1 << 16):
            continue
        if headers.get_header("WARC-Record-ID") != place["record_id"]:
            raise EvidenceError("it is another record than the log says.")
        if "url" in event and headers.get_header("WARC-Target-URI") != event["url"]:
            raise EvidenceError("its address is not the one in the log.")
        wanted = event.get("payload_sha256")
        if (
            wanted
            and record.rec_type in ("response", "revisit", "resource")
            and headers.get_header("WARC-Payload-Digest") != payload_digest(wanted)
        ):
            raise EvidenceError("its payload digest is not the one in the log.")
    if records != 1:
        raise EvidenceError(f"{records} records where the log says one.")
