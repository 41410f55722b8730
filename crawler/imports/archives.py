"""WARC files of other tools: the pages in them, with the headers they came with."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from crawler.bodies import MAX_DECODED, BodyError, decode
from crawler.imports.items import Item, Reject, clean
from crawler.urls import canonical
from crawler.warc import Exchange
from models.errors import InputError

_PAGES = ("text/html", "application/xhtml+xml", "text/plain")


def warc_items(path: Path) -> Iterator[Item | Reject]:
    """Yield the pages of a WARC or ARC file, packed or not. Rows count records.

    What is no page (requests, pictures, redirects, errors) is passed over and counted; a record whose digest does not
    fit is rejected. Raises ``InputError`` where the file is none of the kind.
    """
    row = 0
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, arc2warc=True, check_digests=True):
                row += 1
                yield from _items(row, record)
    except (ArchiveLoadFailed, EOFError, ValueError, OSError, KeyError) as error:
        if not row:
            raise InputError(f"{path} is no WARC file that can be read: {error}.", "Check the file.") from error
        yield Reject(row + 1, f"Tệp hỏng từ đây trở đi: {clean(str(error))[:100]}")


def _items(row: int, record: Any) -> Iterator[Item | Reject]:
    headers = record.rec_headers
    given = clean(headers.get_header("WARC-Target-URI") or "")
    if record.rec_type in ("request", "metadata", "warcinfo", "conversion", "continuation"):
        return
    if record.rec_type != "response" or record.http_headers is None:
        yield Reject(row, f"Bản ghi loại {clean(record.rec_type)[:20]} không phải trang", given[:200], passed=True)
        return
    status = record.http_headers.get_statuscode()
    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    url = canonical(given)
    if status != "200" or (kind and kind not in _PAGES):
        yield Reject(
            row, f"Không phải trang có nội dung ({clean(status)[:5]} {clean(kind)[:40]})", given[:200], passed=True
        )
    elif not url:
        yield Reject(row, "Địa chỉ không dùng được", given[:200])
    else:
        yield _page(row, record, url, given)


def _page(row: int, record: Any, url: str, given: str) -> Item | Reject:
    stored = tuple((clean(name), clean(value)) for name, value in record.http_headers.headers)
    plain = {name.lower(): value for name, value in stored}
    stream = record.raw_stream
    if "chunked" in plain.get("transfer-encoding", "").lower():
        stream = ChunkedDataReader(stream)
    body: bytes = _read(stream, MAX_DECODED + 1)
    if len(body) > MAX_DECODED:
        return Reject(row, "Trang lớn quá mức cho phép", given[:200])
    while record.raw_stream.read(1 << 16):  # the digest is known at the end of the record
        continue
    if getattr(record.raw_stream, "limit", 0) > 0:  # what the record says it holds and the file has not
        return Reject(row, "Bản ghi bị cắt cụt", given[:200])
    if record.digest_checker is not None and record.digest_checker.passed is False:
        return Reject(row, "Mã băm trong bản ghi không khớp nội dung: bản ghi bị sửa hoặc hỏng", given[:200])
    try:
        meant = decode(body, plain)
    except BodyError as error:
        return Reject(row, f"Không giải nén được nội dung trang ({error.what})", given[:200])
    at = _moment(record.rec_headers.get_header("WARC-Date") or "")
    origin = clean(record.rec_headers.get_header("WARC-Record-ID") or "")
    if at is None or at > datetime.now(UTC):
        return Reject(row, "Bản ghi không có thời điểm thu thập dùng được", given[:200])
    exchange = Exchange(url, at, (), 200, stored, body)
    digest = hashlib.sha256(meant).hexdigest()
    original = {
        "record_id": origin,
        "url": given,
        "date": record.rec_headers.get_header("WARC-Date") or "",
        "payload_digest": record.rec_headers.get_header("WARC-Payload-Digest") or "",
        "block_digest": record.rec_headers.get_header("WARC-Block-Digest") or "",
    }
    return Item(row, url, url, body, plain.get("content-type", ""), digest, at, exchange, {"original": original})


def _read(stream: Any, most: int) -> bytes:
    parts = bytearray()
    while len(parts) < most and (part := stream.read(min(1 << 16, most - len(parts)))):
        parts += part
    return bytes(parts)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
