"""WARC 1.1 records: made, packed one gzip member each, and read back. Built with warcio, digests in SHA-256."""

import base64
import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import responses
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.recordbuilder import RecordBuilder
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

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


class _HttpHeaders(StatusAndHeaders):  # type: ignore[misc]  # warcio ships no types
    """HTTP headers byte for byte (they come as Latin-1); warcio itself would percent-encode what is not ASCII."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(header_filter, "iso-8859-1")


class _Builder(WARCWriter):  # type: ignore[misc]  # warcio ships no types
    """warcio's writer, with SHA-256 where it would put SHA-1."""

    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


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
    """One request and its response, as seen on the wire. ``at`` is aware (UTC)."""

    url: str
    at: datetime
    request_headers: Headers
    status: int
    response_headers: Headers
    body: bytes
    method: str = "GET"
    protocol: str = "HTTP/1.1"
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something kept that no exchange brought: an imported item, a picture. ``at`` is aware (UTC)."""

    url: str
    at: datetime
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """One packed record: the gzip member, its WARC-Record-ID, and the SHA-256 of the packed bytes (hex)."""

    data: bytes
    record_id: str
    sha256: str


def info_member(filename: str, fields: Mapping[str, str]) -> Member:
    """Return the warcinfo record that begins a file: which software, under which rules, what it altered."""
    builder = _Builder(io.BytesIO(), gzip=False, warc_version="1.1")
    info = {
        "software": f"MedAdWatch/{version('medad')} Scrapy/{version('scrapy')} warcio/{version('warcio')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        **fields,
        "x-crawler-altered": ALTERED,
    }
    return _packed(builder, builder.create_warcinfo_record(filename, info))


def exchange_members(exchange: Exchange, original: Original | None = None) -> tuple[Member, Member]:
    """Return (response, request) records. With ``original`` the response is a revisit record of it."""
    builder = _Builder(io.BytesIO(), gzip=False, warc_version="1.1")
    response = _packed(builder, _response(builder, exchange, original))
    request = _request(builder, exchange, response.record_id)
    return response, _packed(builder, request)


def resource_member(resource: Resource) -> Member:
    """Return the resource record of a file: its bytes as they are."""
    builder = _Builder(io.BytesIO(), gzip=False, warc_version="1.1")
    record = builder.create_warc_record(
        resource.url,
        "resource",
        payload=io.BytesIO(resource.body),
        length=len(resource.body),
        warc_content_type=resource.content_type,
        warc_headers_dict={"WARC-Date": _warc_date(resource.at)},
    )
    return _packed(builder, record)


def copied_member(exchange: Exchange, origin: str) -> Member:
    """Return the response record of another tool, written anew. ``origin`` is the id that it had there.

    The standard has no field for this (WARC-Refers-To is not for responses), so an extension names the origin.
    """
    builder = _Builder(io.BytesIO(), gzip=False, warc_version="1.1")
    record = _response(builder, exchange, None)
    record.rec_headers.add_header("X-Crawler-Copied-Record-ID", origin)
    return _packed(builder, record)


def _response(builder: RecordBuilder, exchange: Exchange, original: Original | None) -> ArcWarcRecord:
    headers = _common(exchange)
    reason = responses.get(exchange.status, "Unknown")
    http = _HttpHeaders(f"{exchange.status} {reason}", _stored(exchange.response_headers), protocol=exchange.protocol)
    if original is None:
        body = io.BytesIO(exchange.body)
        return builder.create_warc_record(
            exchange.url,
            "response",
            payload=body,
            length=len(exchange.body),
            http_headers=http,
            warc_headers_dict=headers,
        )
    headers |= {
        "WARC-Profile": _NOT_MODIFIED if exchange.status == 304 else _IDENTICAL,
        "WARC-Refers-To": original.record_id,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": _warc_date(datetime.fromisoformat(original.at)),
        "WARC-Payload-Digest": payload_digest(original.payload_sha256),
    }
    return builder.create_warc_record(exchange.url, "revisit", http_headers=http, warc_headers_dict=headers)


def _request(builder: RecordBuilder, exchange: Exchange, response_id: str) -> ArcWarcRecord:
    parts = urlsplit(exchange.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    http = _HttpHeaders(f"{exchange.method} {target} HTTP/1.1", list(exchange.request_headers), is_http_request=True)
    headers = _common(exchange) | {"WARC-Concurrent-To": response_id}
    return builder.create_warc_record(exchange.url, "request", http_headers=http, warc_headers_dict=headers)


def _common(exchange: Exchange) -> dict[str, str]:
    headers = {"WARC-Date": _warc_date(exchange.at)}
    return headers | ({"WARC-IP-Address": exchange.ip} if exchange.ip else {})


def _warc_date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _stored(headers: Headers) -> list[tuple[str, str]]:
    """Rename what would make a reader join chunks that are joined already."""
    return [(f"X-Crawler-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in headers]


def payload_digest(sha256_hex: str) -> str:
    """Return a SHA-256 the way WARC headers spell it."""
    return "sha256:" + base64.b32encode(bytes.fromhex(sha256_hex)).decode()


def _packed(builder: _Builder, record: ArcWarcRecord) -> Member:
    start = builder.out.tell()
    builder.write_record(record)
    builder.out.seek(start)
    # mtime 0: the same record always packs to the same bytes.
    data = gzip.compress(builder.out.read(), _LEVEL, mtime=0)
    return Member(data, record.rec_headers.get_header("WARC-Record-ID"), hashlib.sha256(data).hexdigest())


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
    """Return the HTTP body inside one packed response record, as transferred."""
    for record in _records(data):
        body: bytes = record.raw_stream.read()
        return body
    raise EvidenceError("An empty record.")


def _records(data: bytes) -> Iterator[ArcWarcRecord]:
    return iter(ArchiveIterator(io.BytesIO(data), check_digests="raise"))
