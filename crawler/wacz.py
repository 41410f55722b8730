"""One case as a WACZ 1.1.1 file: its records byte for byte, and what proves them without this program.

``archive/`` holds the members of the evidence's WARC files as they are, after the warcinfo record of each file that
they come from. ``proof/`` holds the signed manifest, its time-stamps, the public key, the lines of the log that speak
of these records, for each line its way up the tree whose root the manifest states (so the other lines stay private),
a guide in Vietnamese and a checker. The package is signed as ``datapackage-digest.json`` has it, with Ed25519.
"""

import base64
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler import wacz_check
from crawler.cdx import index_line
from crawler.chain import canonical_json
from crawler.excerpt import lines_for
from crawler.growing import unwritable
from crawler.ledger import line_hashes, places_of
from crawler.manifest import Manifest, covering, sign, stamp_files
from crawler.merkle import proofs
from crawler.signing import SigningKey
from crawler.tombstones import removed_records
from crawler.wacz_guide import GUIDE, REMOVED
from crawler.warc import member_bytes
from models.errors import EvidenceError

_VERSION = "1.1.1"
_INDEXED = frozenset({"response", "revisit", "resource"})


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page that a reader of the package is shown first. ``at`` is aware."""

    url: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Package:
    """What goes into a file: ``name`` (ASCII, of the WARC within), ``title`` (Vietnamese), the lines, the pages."""

    name: str
    title: str
    seqs: Collection[int]
    pages: Sequence[PageEntry]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    file: str
    records: int
    lines: int
    removed: int
    bytes: int
    sha256: str
    manifest: str
    stamps: int


def export(evidence: Path, package: Package, key: SigningKey, output: Path) -> Exported:
    """Write the file whole, or not at all. A manifest is signed first where none covers what goes in.

    Raises ``EvidenceError`` where a record is not as the log says, ``DiskFullError``, ``BusyError``.
    """
    events = lines_for(evidence, package.seqs)
    manifest = covering(evidence, key.public, events[-1]["seq"] if events else 0) or sign(evidence, key)
    with _whole_file(output) as file:
        writer = _Writer(evidence, file, package, manifest, key)
        writer.write(events)
    with output.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    stamps = sum(path.suffix == ".tsr" for path in stamp_files(manifest))
    return Exported(
        file=str(output),
        records=len(writer.records),
        lines=len(events),
        removed=writer.removed,
        bytes=output.stat().st_size,
        sha256=digest,
        manifest=manifest.name,
        stamps=stamps,
    )


@contextmanager
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


@dataclass(slots=True)
class _Writer:
    """Writes the parts in order and remembers what datapackage.json must say of them."""

    evidence: Path
    file: IO[bytes]
    package: Package
    manifest: Manifest
    key: SigningKey
    removed: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)
    _index: list[str] = field(default_factory=list)
    _resources: list[dict[str, Any]] = field(default_factory=list)
    _created: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def _stamp(self) -> str:
        return self._created.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def _warc(self) -> str:
        return f"{self.package.name}.warc.gz"

    def write(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Write the whole package."""
        with zipfile.ZipFile(self.file, "w", allowZip64=True) as package:
            self._archive(package, events)
            self._put(package, "indexes/index.cdx", "".join(sorted(self._index)).encode())
            self._put(package, "pages/pages.jsonl", self._pages())
            self._proof(package, events)
            described = _json(self._description())
            self._add(package, "datapackage.json", described)
            self._add(package, "datapackage-digest.json", _json(self._digest(described)))

    def _archive(self, package: zipfile.ZipFile, events: Sequence[Mapping[str, Any]]) -> None:
        info = self._entry(f"archive/{self._warc}", zipfile.ZIP_STORED)
        total = hashlib.sha256()
        with package.open(info, "w", force_zip64=True) as out:
            offset = 0
            for event in events:
                for place in places_of(event):
                    data = self._member(place)
                    self._note(event, place, data, offset)
                    out.write(data)
                    total.update(data)
                    offset += len(data)
        self._resource(info.filename, offset, total.hexdigest())

    def _member(self, place: Mapping[str, Any]) -> bytes:
        """Return the bytes of a record, or those of its tombstone."""
        removal = removed_records(self.evidence).get(place["record_id"])
        warc, offset, length = place["warc"], place["offset"], place["length"]
        if removal is not None:
            try:
                data = member_bytes(self.evidence, warc, offset, length, removal.tombstone_sha256)
            except EvidenceError:
                pass  # its removal was interrupted: the record is still there
            else:
                self.removed += 1
                return data
        return member_bytes(self.evidence, warc, offset, length, place["sha256"])

    def _note(self, event: Mapping[str, Any], place: Mapping[str, Any], data: bytes, offset: int) -> None:
        name = f"archive/{self._warc}"
        where = {"file": name, "offset": offset, "length": len(data)}
        self.records.append({"seq": event["seq"], "record_id": place["record_id"], **where})
        try:
            self._index += [
                f"{index_line(record, self._warc, offset, len(data))}\n"
                for record in ArchiveIterator(io.BytesIO(data), check_digests="raise")
                if record.rec_type in _INDEXED
            ]
        except ArchiveLoadFailed as error:
            raise EvidenceError(
                f"Record {place['record_id']} is broken: {error}", "Run: medad evidence verify"
            ) from None

    def _pages(self) -> bytes:
        lines: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": self.package.title}]
        for number, page in enumerate(self.package.pages, 1):
            at = page.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            lines.append({"id": f"p{number}", "url": page.url, "ts": at, "title": page.title or page.url})
        return _json_lines(lines)

    def _proof(self, package: zipfile.ZipFile, events: Sequence[Mapping[str, Any]]) -> None:
        leaves, _ = line_hashes(self.evidence, self.manifest.head.seq)
        ways = proofs(leaves, [event["seq"] - 1 for event in events])
        self._put(package, "proof/log-lines.jsonl", b"".join(canonical_json(event) + b"\n" for event in events))
        self._put(
            package,
            "proof/inclusion.jsonl",
            _json_lines([{"seq": event["seq"], "path": ways[event["seq"] - 1]} for event in events]),
        )
        self._put(package, "proof/records.jsonl", _json_lines(self.records))
        self._put(package, "proof/manifest.json", self.manifest.data)
        self._put(package, "proof/manifest.json.sig", self.manifest.signature)
        stamps = list(stamp_files(self.manifest))
        for path in stamps:
            ending = path.name.removeprefix(self.manifest.path.name)
            self._put(package, f"proof/manifest.json{ending}", path.read_bytes())
        self._put(package, "proof/public-key.pem", self.key.public.pem)
        self._put(package, "proof/HUONG-DAN-KIEM-TRA.txt", self._guide(bool(stamps)).encode())
        self._put(package, "proof/kiem_tra.py", Path(wacz_check.__file__).read_bytes())

    def _guide(self, stamped: bool) -> str:
        return GUIDE.format(
            title=self.package.title,
            created=self._created.strftime("%H:%M:%S ngày %d/%m/%Y"),
            warc=self._warc,
            fingerprint=self.key.public.fingerprint,
            stamped="Gói này có dấu thời gian." if stamped else "Gói này không có dấu thời gian.",
            removed=REMOVED.format(count=self.removed) if self.removed else "",
        )

    def _put(self, package: zipfile.ZipFile, name: str, data: bytes) -> None:
        self._add(package, name, data)
        self._resource(name, len(data), hashlib.sha256(data).hexdigest())

    def _add(self, package: zipfile.ZipFile, name: str, data: bytes) -> None:
        package.writestr(self._entry(name, zipfile.ZIP_DEFLATED), data)

    def _entry(self, name: str, compression: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._created.timetuple()[:6])
        info.compress_type = compression
        info.external_attr = 0o644 << 16
        return info

    def _resource(self, path: str, size: int, sha256: str) -> None:
        name = path.rsplit("/", 1)[-1].lower()
        self._resources.append({"name": name, "path": path, "hash": f"sha256:{sha256}", "bytes": size})

    def _description(self) -> dict[str, Any]:
        first = {"mainPageUrl": self.package.pages[0].url} if self.package.pages else {}
        return {
            "profile": "data-package",
            "title": self.package.title,
            "created": self._stamp,
            "wacz_version": _VERSION,
            "software": f"MedAdWatch/{version('medad')}",
            **first,
            "resources": self._resources,
        }

    def _digest(self, described: bytes) -> dict[str, Any]:
        stated = "sha256:" + hashlib.sha256(described).hexdigest()
        signed = {
            "hash": stated,
            "created": self._stamp,
            "software": f"MedAdWatch/{version('medad')} (Ed25519)",
            "signature": base64.b64encode(self.key.sign(stated.encode())).decode(),
            "publicKey": base64.b64encode(self.key.public.der).decode(),
        }
        return {"path": "datapackage.json", "hash": stated, "signedData": signed}


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "backslashreplace")
