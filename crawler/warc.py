"""WARC 1.1 records: made, packed one gzip member each, and read back. Digests in SHA-256."""

import base64
import gzip
import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import responses
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from models.errors import EvidenceError

#: What the crawler cannot keep as it was on the wire; written into every warcinfo record.
ALTERED = (
    "Bodies are byte for byte as transferred, still content-encoded. The transfer itself is not kept: chunked bodies "
    "are joined, and Transfer-Encoding is renamed X-Crawler-Transfer-Encoding or, as the other connection headers, "
    "absent; header names are capitalised and grouped by name; the reason phrase is the standard one for the status."
)

_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

#: zlib level of a record: 9 costs twice the time of 6 for 1 % (measured 2026-11 on 113 real clinic pages).
_LEVEL = 6

Headers = tuple[tuple[str, str], ...]

_LINE_END = re.compile(r"[\r\n]+")
_TYPE = re.compile(rb"^WARC-Type: *([a-z]+)", re.MULTILINE)
_LENGTH = re.compile(rb"^Content-Length: *(\d{1,18})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Original:
    """The record that an unchanged page repeats: where it lies, and what a revisit record says of it."""

    warc: str
    offset: int
    length: int
    sha256: str
    record_id: str
    url: str
    at: str
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, as seen on the wire. ``at`` is aware (UTC); ``payload_sha256`` spares hashing."""

    url: str
    at: datetime
    request_headers: Headers
    status: int
    response_headers: Headers
    body: bytes
    method: str = "GET"
    protocol: str = "HTTP/1.1"
    ip: str = ""
    payload_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something kept that no exchange brought: an imported item, a picture. ``at`` is aware (UTC).

    ``more`` are further fields of the record; they must be of our own making (one line each).
    """

    url: str
    at: datetime
    content_type: str
    body: bytes
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """One packed record: the gzip member, its WARC-Record-ID, and the SHA-256 of the packed bytes (hex)."""

    data: bytes
    record_id: str
    sha256: str


def info_member(filename: str, fields: Mapping[str, str]) -> Member:
    """Return the warcinfo record that begins a file: which software, under which rules, what it altered."""
    info = {
        "software": f"MedAdWatch/{version('medad')} Scrapy/{version('scrapy')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        **fields,
        "x-crawler-altered": ALTERED,
    }
    block = "".join(f"{name}: {value}\r\n" for name, value in info.items()).encode()
    more = {"WARC-Filename": filename, "Content-Type": "application/warc-fields"}
    return _member("warcinfo", datetime.now(UTC), more, block)


def exchange_members(exchange: Exchange, original: Original | None = None) -> tuple[Member, Member]:
    """Return (response, request) records. With ``original`` the response is a revisit record of it."""
    response = _response(exchange, original, {})
    return response, _request(exchange, response.record_id)


def resource_member(resource: Resource) -> Member:
    """Return the resource record of a file: its bytes as they are."""
    more = {
        "WARC-Target-URI": resource.url,
        "WARC-Payload-Digest": payload_digest(hashlib.sha256(resource.body).hexdigest()),
        "Content-Type": resource.content_type,
        **resource.more,
    }
    return _member("resource", resource.at, more, resource.body)


def copied_member(exchange: Exchange, origin: str) -> Member:
    """Return the response record of another tool, written anew. ``origin`` is the id that it had there.

    The standard has no field for this (WARC-Refers-To is not for responses), so an extension names the origin.
    """
    return _response(exchange, None, {"X-Crawler-Copied-Record-ID": origin})


def _response(exchange: Exchange, original: Original | None, more: dict[str, str]) -> Member:
    reason = responses.get(exchange.status, "Unknown")
    head = _http(f"{exchange.protocol} {exchange.status} {reason}", _stored(exchange.response_headers))
    headers = _common(exchange) | more
    kind = {"Content-Type": "application/http; msgtype=response"}
    if original is None:
        digest = exchange.payload_sha256 or hashlib.sha256(exchange.body).hexdigest()
        headers |= {"WARC-Payload-Digest": payload_digest(digest)}
        return _member("response", exchange.at, headers | kind, head + exchange.body)
    headers |= {
        "WARC-Profile": _NOT_MODIFIED if exchange.status == 304 else _IDENTICAL,
        "WARC-Refers-To": original.record_id,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": _warc_date(datetime.fromisoformat(original.at)),
        "WARC-Payload-Digest": payload_digest(original.payload_sha256),
    }
    return _member("revisit", exchange.at, headers | kind, head)


def _request(exchange: Exchange, response_id: str) -> Member:
    parts = urlsplit(exchange.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    head = _http(f"{exchange.method} {target} HTTP/1.1", exchange.request_headers)
    kind = {"WARC-Concurrent-To": response_id, "Content-Type": "application/http; msgtype=request"}
    return _member("request", exchange.at, _common(exchange) | kind, head)


def _http(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return an HTTP head byte for byte: header values came from the wire as Latin-1."""
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("iso-8859-1")


def _common(exchange: Exchange) -> dict[str, str]:
    headers = {"WARC-Target-URI": exchange.url}
    return headers | ({"WARC-IP-Address": exchange.ip} if exchange.ip else {})


def _warc_date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _stored(headers: Headers) -> list[tuple[str, str]]:
    """Rename what would make a reader join chunks that are joined already."""
    return [(f"X-Crawler-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in headers]


def payload_digest(sha256_hex: str) -> str:
    """Return a SHA-256 the way WARC headers spell it."""
    return "sha256:" + base64.b32encode(bytes.fromhex(sha256_hex)).decode()


def _member(kind: str, at: datetime, fields: Mapping[str, str], block: bytes) -> Member:
    """Pack one record. No digest of the whole block: the log has the SHA-256 of the packed record."""
    record_id = f"<urn:uuid:{uuid.uuid4()}>"
    lines = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {record_id}",
        f"WARC-Date: {_warc_date(at)}",
        *(f"{name}: {_LINE_END.sub(' ', value)}" for name, value in fields.items()),
        f"Content-Length: {len(block)}",
        "",
        "",
    ]
    record = b"".join(("\r\n".join(lines).encode("utf-8", "surrogatepass"), block, b"\r\n\r\n"))
    # mtime 0: the same record always packs to the same bytes.
    data = gzip.compress(record, _LEVEL, mtime=0)
    return Member(data, record_id, hashlib.sha256(data).hexdigest())


def member_bytes(directory: Path, warc: str, offset: int, length: int, sha256: str) -> bytes:
    """Return the packed bytes of one record after checking their hash. Raises ``EvidenceError`` naming the record."""
    name = f"record at {offset} of {warc}"
    if Path(warc).name != warc:
        raise EvidenceError(f"The {name} is not inside the evidence directory.")
    try:
        with (directory / warc).open("rb") as file:
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise EvidenceError(f"The {name} cannot be read: {error.strerror}.") from None
    if len(data) != length:
        raise EvidenceError(f"The {name} is cut off: {len(data)} of {length} bytes are there.")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise EvidenceError(f"The {name} was altered: its SHA-256 does not fit the log.")
    return data


def member_body(data: bytes) -> bytes:
    """Return the body inside one packed record: of a response without its HTTP head, as transferred."""
    record = gzip.decompress(data)
    end = record.find(b"\r\n\r\n")
    kind, length = _TYPE.search(record, 0, end), _LENGTH.search(record, 0, end)
    if end < 0 or kind is None or length is None:
        raise EvidenceError("A record that is none.")
    block = record[end + 4 : end + 4 + int(length[1])]
    if kind[1] not in (b"response", b"revisit", b"request"):
        return block
    start = block.find(b"\r\n\r\n")
    return block[start + 4 :] if start >= 0 else b""
