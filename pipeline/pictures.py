"""A screenshot out of the evidence, by the number of its capture: nothing else can be had this way."""

import hashlib
from pathlib import Path

from sqlalchemy import Engine

from crawler.warc import member_body
from models import tables
from models.database import session
from models.errors import EvidenceError, InputError

#: A packed screenshot larger than this is not shown (bytes).
_LARGEST = 40_000_000

_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def screenshot(engine: Engine, evidence: Path, capture_id: int) -> tuple[bytes, str]:
    """Return (bytes, media type) of a captured screenshot, checked against the hash of the log.

    The type follows from the bytes, never from what a server said. Raises ``InputError`` where the capture is no
    screenshot or no picture, ``EvidenceError`` where its bytes are missing or altered.
    """
    with session(engine) as opened:
        row = opened.get(tables.Capture, capture_id)
        if row is None or row.role != "screenshot" or not row.warc or Path(row.warc).name != row.warc:
            raise InputError(f"capture {capture_id} is no screenshot.", "Choose another.")
        warc, offset, length, wanted = row.warc, row.warc_offset, row.warc_length, row.payload_sha256
    if not 0 < length <= _LARGEST:
        raise InputError(f"the screenshot of capture {capture_id} is too large to show.", "Open it from the WARC file.")
    try:
        with (evidence / warc).open("rb") as file:
            file.seek(offset)
            packed = file.read(length)
    except OSError as error:
        raise EvidenceError(f"the evidence file {warc} cannot be read: {error.strerror}.") from error
    body = member_body(packed)
    if hashlib.sha256(body).hexdigest() != wanted:
        raise EvidenceError(
            f"the screenshot of capture {capture_id} does not fit its hash.", "Run: medad evidence verify"
        )
    for signature, kind in _SIGNATURES:
        if body.startswith(signature):
            return body, kind
    raise InputError(f"capture {capture_id} holds no picture.", "Choose another.")
