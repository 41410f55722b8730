"""Tombstones: what stands in a WARC file where a record was removed under the retention rule.

A tombstone is a WARC record of type ``metadata`` that names the removed record and its SHA-256, packed to exactly the
length of what it replaces: every place that the log names stays right, and every WARC reader reads on. Its filling is
zeros, which take no room on a file system with sparse files.

The log says it first (event ``pruned``, signed: ``at, before, by, reason, key, signature`` and ``records``, each with
``seq, record_id, warc, offset, length, sha256, tombstone_sha256``), then the file is replaced as a whole. A crash in
between leaves the record where it was; the next removal or signature finishes it.
"""

import base64
import binascii
import hashlib
import json
import os
import struct
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from crawler.chain import LOG_NAME, canonical_json
from crawler.growing import sync_directory, unwritable
from crawler.signing import PublicKey, SigningKey
from models.errors import EvidenceError

#: The event of the log.
PRUNED = "pruned"

#: How the temporary copy of a WARC file ends while records are taken out of it.
PRUNING = ".pruning"

_MARK = b'"event":"pruned"'
_PAGE = 4096
_STORED = 65_535
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Removal:
    """One removed record: its line, its place, its SHA-256, and that of the tombstone in its place."""

    seq: int
    record_id: str
    warc: str
    offset: int
    length: int
    sha256: str
    tombstone_sha256: str


@dataclass(frozen=True, slots=True)
class Order:
    """Who removed, why, when (``at``, ISO 8601 in UTC), and until which day (all that was fetched before it)."""

    before: str
    by: str
    reason: str
    at: str


def tombstone(record_id: str, sha256: str, order: Order, length: int) -> bytes | None:
    """Return the packed tombstone of exactly ``length`` bytes; ``None`` where that is too short to hold one."""
    return _stored(record_id, sha256, order, length) or _squeezed(record_id, order, length)


def _head(record_id: str, order: Order, size: int) -> bytes:
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{record_id} {order.at}")
    return (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{name}>\r\n"
        f"WARC-Date: {order.at[:19]}Z\r\nWARC-Refers-To: {record_id}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def _stored(record_id: str, sha256: str, order: Order, length: int) -> bytes | None:
    """Pack without compression: text, then zeros. A comment in the gzip header takes the few bytes that remain."""
    text = f"Removed under the retention rule (all before {order.before}). SHA-256 of the removed record: {sha256}\n"
    for comment in range(32):
        room = length - 18 - comment
        blocks = -(-room // (_STORED + 5))
        size = room - 5 * blocks
        body = size - len(_head(record_id, order, size)) - 4
        record = _head(record_id, order, body) + text.encode().ljust(max(body, 0), b"\0") + b"\r\n\r\n"
        if body >= len(text) and len(record) == size and -(-size // _STORED) == blocks:
            return _gzip(_stored_blocks(record), record, comment)
    return None


def _stored_blocks(data: bytes) -> bytes:
    pieces = [data[at : at + _STORED] for at in range(0, len(data), _STORED)]
    last = len(pieces) - 1
    return b"".join(
        struct.pack("<BHH", at == last, len(piece), len(piece) ^ 0xFFFF) + piece for at, piece in enumerate(pieces)
    )


def _squeezed(record_id: str, order: Order, length: int) -> bytes | None:
    """Pack the shortest tombstone, filled up by a comment in the gzip header."""
    record = _head(record_id, order, 0) + b"\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(record) + packer.flush()
    comment = length - 18 - len(packed)
    return _gzip(packed, record, comment) if comment >= 0 else None


def _gzip(packed: bytes, data: bytes, comment: int) -> bytes:
    flags, filling = (16, b" " * (comment - 1) + b"\0") if comment else (0, b"")
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\xff" + filling
    return header + packed + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def pruned_event(removals: Sequence[Removal], order: Order, key: SigningKey) -> dict[str, Any]:
    """Return the event that says what is removed, signed."""
    event = {
        "event": PRUNED,
        **asdict(order),
        "key": key.public.fingerprint,
        "records": [asdict(removal) for removal in removals],
    }
    return event | {"signature": base64.b64encode(key.sign(_signed_part(event))).decode()}


def _signed_part(event: Mapping[str, Any]) -> bytes:
    names = ("event", "at", "before", "by", "reason", "key", "records")
    return canonical_json({name: event[name] for name in names})


def signed_by(event: Mapping[str, Any], key: PublicKey) -> bool:
    """Say whether a ``pruned`` event carries the signature of ``key``."""
    try:
        signature = base64.b64decode(event["signature"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        return False
    return key.verify(_signed_part(event), signature)


def removals_of(event: Mapping[str, Any]) -> Iterable[Removal]:
    """Yield what a ``pruned`` event removed. Raises ``KeyError`` or ``TypeError`` where it is none of this program."""
    for record in event["records"]:
        yield Removal(**{name: record[name] for name in Removal.__slots__})


def removed_records(evidence: Path) -> dict[str, Removal]:
    """Return everything that the log says was removed, by WARC-Record-ID. Does not check the chain."""
    path = evidence / LOG_NAME
    return _removed_by(path, path.stat().st_size) if path.exists() else {}


@lru_cache(maxsize=1)
def _removed_by(path: Path, _size: int) -> dict[str, Removal]:
    """Read the removals of a log of so many bytes: asked for every removed body, answered once."""
    found: dict[str, Removal] = {}
    with path.open("rb") as file:
        for line in file:
            if _MARK in line:  # canonical JSON has one spelling
                with suppress(ValueError, KeyError, TypeError, RecursionError):
                    event = json.loads(line)
                    if event["event"] == PRUNED:
                        found |= {removal.record_id: removal for removal in removals_of(event)}
    return found


def carry_out(evidence: Path, removals: Iterable[Removal], orders: Mapping[str, Order]) -> int:
    """Put the tombstones where ``removals`` say and the file still holds the record; return how many were put.

    ``orders`` gives the order of each record id. The caller holds the evidence directory. Each file is replaced whole:
    it holds either the record or the tombstone. Raises ``EvidenceError`` where a file holds neither.
    """
    by_file: dict[str, list[Removal]] = {}
    for removal in removals:
        by_file.setdefault(removal.warc, []).append(removal)
    for leftover in evidence.glob(f"*{PRUNING}"):
        leftover.unlink()
    return sum(_replace(evidence / warc, waiting, orders) for warc, waiting in sorted(by_file.items()))


def _replace(path: Path, removals: Sequence[Removal], orders: Mapping[str, Order]) -> int:
    waiting = {}
    with path.open("rb") as file:
        for removal in removals:
            file.seek(removal.offset)
            digest = hashlib.sha256(file.read(removal.length)).hexdigest()
            if digest == removal.sha256:
                waiting[removal.offset] = removal
            elif digest != removal.tombstone_sha256:
                raise EvidenceError(
                    f"The record at {removal.offset} of {path.name} is neither what was kept nor its tombstone."
                )
    if waiting:
        try:
            _rewrite(path, waiting, orders)
        except OSError as error:
            raise unwritable(path, error) from error
    return len(waiting)


def _rewrite(path: Path, waiting: Mapping[int, Removal], orders: Mapping[str, Order]) -> None:
    part = path.with_name(path.name + PRUNING)
    try:
        with path.open("rb") as old, part.open("wb") as new:
            for offset in sorted(waiting):
                removal = waiting[offset]
                _copy(old, new, offset - old.tell())
                _write_sparse(new, _promised(removal, orders[removal.record_id]))
                old.seek(removal.length, os.SEEK_CUR)
            _copy(old, new, os.fstat(old.fileno()).st_size - old.tell())
            new.truncate()
            new.flush()
            os.fsync(new.fileno())
        part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
        sync_directory(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _promised(removal: Removal, order: Order) -> bytes:
    stone = tombstone(removal.record_id, removal.sha256, order, removal.length)
    if stone is None or hashlib.sha256(stone).hexdigest() != removal.tombstone_sha256:
        raise EvidenceError(f"The tombstone of {removal.record_id} cannot be made as the log says.")
    return stone


def _copy(old: IO[bytes], new: IO[bytes], count: int) -> None:
    while count > 0:
        chunk = old.read(min(count, _CHUNK))
        if not chunk:
            raise EvidenceError("A WARC file became shorter while it was read.")
        new.write(chunk)
        count -= len(chunk)


def _write_sparse(new: IO[bytes], data: bytes) -> None:
    """Write, passing over whole pages of zeros."""
    at = 0
    while at < len(data):
        step = _PAGE - new.tell() % _PAGE
        piece = data[at : at + step]
        if len(piece) == _PAGE and not piece.strip(b"\0"):
            new.seek(_PAGE, os.SEEK_CUR)
        else:
            new.write(piece)
        at += step
