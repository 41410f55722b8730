"""The log of the evidence: one JSON line per event, each bound to the one before it by SHA-256.

A line is canonical JSON (sorted keys, no blanks, UTF-8). ``hash`` = SHA-256 of the previous line's hash (hex, ASCII)
followed by the canonical JSON of the event without ``prev`` and ``hash``. So no line can be altered, removed, inserted
or moved without breaking every line after it; cutting off the end shows against a head kept elsewhere.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import EvidenceError

#: The name of the log inside the evidence directory.
LOG_NAME = "log.jsonl"

#: ``prev`` of the first line.
GENESIS = "0" * 64

#: A longer line was not written by this program (bytes).
_MAX_LINE = 4_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of the log: its number (0: the log is empty) and its hash."""

    seq: int = 0
    hash: str = GENESIS


_SPELL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the one spelling of an event."""
    return _SPELL(value).encode("utf-8", "surrogatepass")


def sealed(event: Mapping[str, Any], head: Head) -> tuple[bytes, Head]:
    """Return the line (with its line feed) that puts ``event`` after ``head``, and the new head."""
    body = {**event, "seq": head.seq + 1}
    digest = hashlib.sha256(head.hash.encode() + canonical_json(body)).hexdigest()
    line = canonical_json({**body, "prev": head.hash, "hash": digest}) + b"\n"
    return line, Head(head.seq + 1, digest)


def opened(line: bytes, head: Head) -> tuple[dict[str, Any], Head]:
    """Check a line against the head before it; return its event and the new head. Raises ``EvidenceError``."""
    number = head.seq + 1
    event, spelled = _parsed(line, number)
    body = {key: value for key, value in event.items() if key not in ("prev", "hash")}
    if spelled + b"\n" != line:
        raise EvidenceError(f"Line {number} of {LOG_NAME} was altered: it is not as this program writes it.")
    if event.get("seq") != number:
        raise EvidenceError(
            f"Line {number} of {LOG_NAME} says it is number {event.get('seq')}: "
            "lines are missing, added or out of order."
        )
    if event.get("prev") != head.hash:
        raise EvidenceError(f"Line {number} of {LOG_NAME} does not follow from the line before it.")
    digest = hashlib.sha256(head.hash.encode() + canonical_json(body)).hexdigest()
    if event.get("hash") != digest:
        raise EvidenceError(f"Line {number} of {LOG_NAME} was altered: its hash does not fit.")
    return event, Head(number, digest)


def _parsed(line: bytes, number: int) -> tuple[dict[str, Any], bytes]:
    """Return the event of a line, and how this program would spell it."""
    try:
        event = json.loads(line.decode("utf-8", "surrogatepass"))
        if not isinstance(event, dict):
            raise EvidenceError(f"Line {number} of {LOG_NAME} was altered: it is not an event.")
        return event, canonical_json(event)
    except (ValueError, RecursionError):
        raise EvidenceError(f"Line {number} of {LOG_NAME} was altered: it is not JSON.") from None


def read_log(
    directory: Path, after: int = 0, wait: Callable[[int], bool] | None = None
) -> Iterator[tuple[dict[str, Any], Head]]:
    """Yield every complete line as (event, head after it), checking the chain. Raises ``EvidenceError`` where broken.

    Lines up to number ``after`` are passed over: taken as they are, not checked, not yielded.
    A last line without its line feed is being written, or was torn by a crash: it is not yielded.
    ``wait`` is asked before a line is read, with its number; it returns once that line is there to stay, and False to
    end the reading.
    """
    path = directory / LOG_NAME
    ready = wait or (lambda _: True)
    if not ready(after + 1) or not path.exists():
        return
    head = Head()
    with path.open("rb") as file:
        while (head.seq < after or ready(head.seq + 1)) and (line := file.readline(_MAX_LINE)):
            if not line.endswith(b"\n"):
                if len(line) >= _MAX_LINE:
                    raise EvidenceError(f"Line {head.seq + 1} of {LOG_NAME} was altered: it has no end.")
                return
            if head.seq < after:
                head = Head(head.seq + 1, _stated_hash(line) if head.seq + 1 == after else "")
                continue
            event, head = opened(line, head)
            yield event, head


def _stated_hash(line: bytes) -> str:
    try:
        return str(json.loads(line)["hash"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""  # the next line cannot follow from this one, and says so
