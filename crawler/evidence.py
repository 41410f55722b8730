"""The evidence directory while it is written: WARC files and the hash-chained log, surviving a crash at any moment.

Order of writing: the records go into the WARC file and onto the disk, then the line goes into the log. So whatever the
log names is there. What a crash left beyond the log is moved to ``torn/`` at the next opening, and that is logged.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.chain import LOG_NAME, Head, read_log, sealed
from crawler.lock import hold
from crawler.warc import Exchange, Member, Original, exchange_members, info_member
from models.errors import DiskFullError, EvidenceError, MedadError

#: A WARC file is closed once it is this large (bytes).
PART_BYTES = 1 << 30

#: Where bytes go that no line of the log names.
TORN = "torn"

#: What the system says when nothing more can be written.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class EvidenceStore:
    """The one writer of an evidence directory. Use as a context manager; ``head`` is the last line of the log.

    ``observe`` is given every event of the log while it is read at opening. Raises ``EvidenceError`` where the log or a
    file is damaged in a way that no crash leaves, ``BusyError`` where another writer is at work.
    """

    def __init__(self, directory: Path, observe: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.directory = directory
        self.head = Head()
        self._run = ""
        self._info: Mapping[str, str] = {}
        self._part: _File | None = None
        self._part_bytes = PART_BYTES
        self._recovered: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = hold(directory)
        self._lock.__enter__()
        try:
            ends = self._read(observe)
            self._log = _File(directory / LOG_NAME)
            self._recover(ends)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __enter__(self) -> "EvidenceStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Put everything onto the disk and let go of the directory."""
        if self._part is not None:
            self._part.close()
            self._part = None
        self._log.close()
        self._lock.__exit__(None, None, None)

    def begin(self, run: str, info: Mapping[str, str], part_bytes: int = PART_BYTES) -> None:
        """Say which run the following records belong to, and what its warcinfo records state."""
        self._run, self._info, self._part_bytes = run, info, part_bytes

    def append(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Add an event to the log; return it with its number. Raises ``DiskFullError`` and leaves the log as it was."""
        full = {"at": _now(), "run": self._run, **event, "seq": self.head.seq + 1}
        line, head = sealed(full, self.head)
        with _whole(self._log):
            self._log.write(line)
        self.head = head
        return full

    def record(self, event: Mapping[str, Any], exchange: Exchange, original: Original | None = None) -> dict[str, Any]:
        """Keep an exchange and log ``event`` with where it lies. Raises ``DiskFullError``; nothing is half kept."""
        part = self._open_part()
        response, request = exchange_members(exchange, original)
        place = _place(part, response, part.size)
        asked = _place(part, request, part.size + len(response.data))
        with _whole(part):
            part.write(response.data + request.data)
            part.sync()
            del asked["warc"]
            return self.append({**event, "at": exchange.at.isoformat(), **place, "request": asked})

    def _open_part(self) -> "_File":
        if self._part is not None and self._part.size >= self._part_bytes:
            self._part.close()
            self._part = None
        if self._part is None:
            self._part = self._new_part()
        return self._part

    def _new_part(self) -> "_File":
        number = len(list(self.directory.glob(f"{self._run}-*.warc.gz")))
        path = self.directory / f"{self._run}-{number:04d}.warc.gz"
        try:
            part = _File(path)
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            member = info_member(part.path.name, self._info)
            with _whole(part):
                part.write(member.data)
                part.sync()
                self.append({"event": "warc_opened", **_place(part, member, 0)})
        except BaseException:
            part.close()
            raise
        return part

    def _read(self, observe: Callable[[dict[str, Any]], None]) -> dict[str, int]:
        """Read the log through; return where each WARC file ends according to it."""
        ends: dict[str, int] = {}
        for event, head in read_log(self.directory):
            self.head = head
            ends.update(logged_ends(event))
            if event["event"] == "recovered":
                self._recovered.add(event["torn"])
            observe(event)
        return ends

    def _recover(self, ends: Mapping[str, int]) -> None:
        """Move what a crash left beyond the log into ``torn/``, and log it (also after a crash meanwhile)."""
        self._tear(self._log.path, self._log_end())
        self._log.size = self._log.path.stat().st_size
        for warc, end in ends.items():
            path = self.directory / warc
            size = path.stat().st_size if path.exists() else 0
            if size < end:
                what = f"{warc} is shorter than the log says ({size} of {end} bytes)."
                raise EvidenceError(what, "Restore it from a copy.")
            self._tear(path, end)
        for path in sorted(self.directory.glob("*.warc.gz")):
            if path.name not in ends:
                self._tear(path, 0)
                path.unlink()
        for path in sorted((self.directory / TORN).glob("*")):
            if f"{TORN}/{path.name}" not in self._recovered:
                self.append({"run": "", **_recovered(path)})

    def _log_end(self) -> int:
        """Return where the last complete line ends."""
        data_end = self._log.path.stat().st_size
        with self._log.path.open("rb") as file:
            while data_end > 0:
                start = max(0, data_end - 65_536)
                file.seek(start)
                if (cut := file.read(data_end - start).rfind(b"\n")) >= 0:
                    return start + cut + 1
                data_end = start
        return 0

    def _tear(self, path: Path, end: int) -> None:
        """Cut ``path`` at ``end``; what was beyond is kept in ``torn/`` before it is cut off."""
        with path.open("rb") as file:
            file.seek(end)
            rest = file.read()
        if not rest:
            return
        (self.directory / TORN).mkdir(exist_ok=True)
        kept = _File(self.directory / TORN / f"{path.name}.{end}.{self.head.seq + 1}")
        kept.cut(0)
        kept.write(rest)
        kept.close()
        os.truncate(path, end)


def _recovered(path: Path) -> dict[str, Any]:
    """Return the event for one file in ``torn/``: which file it was cut off, and where."""
    file, begin, _ = path.name.rsplit(".", 2)
    content = path.read_bytes()
    return {
        "event": "recovered",
        "torn": f"{TORN}/{path.name}",
        "file": file,
        "from": int(begin),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


class _File:
    """A file that only grows. ``size`` is what was written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.size = os.fstat(self._fd).st_size

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self.size += len(data)

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def cut(self, size: int) -> None:
        os.ftruncate(self._fd, size)
        self.size = size

    def close(self) -> None:
        if self._fd >= 0:
            os.fsync(self._fd)
            os.close(self._fd)
            self._fd = -1


@contextmanager
def _whole(file: _File) -> Iterator[None]:
    """Write all or nothing: on any failure the file is cut back to what it held."""
    size = file.size
    try:
        yield
    except OSError as error:
        file.cut(size)
        raise _unwritable(file.path, error) from error
    except BaseException:
        file.cut(size)
        raise


def _unwritable(path: Path, error: OSError) -> MedadError:
    if error.errno in FULL:
        return DiskFullError(f"No space is left for {path}.", "Free some space and run it again.")
    return EvidenceError(f"{path} cannot be written: {error.strerror}.", "See to the disk, then run it again.")


def logged_ends(event: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield (WARC file, end of the bytes an event accounts for)."""
    if event.get("warc"):
        last = event.get("request") or event
        yield event["warc"], last["offset"] + last["length"]


def _place(part: _File, member: Member, offset: int) -> dict[str, Any]:
    return {
        "warc": part.path.name,
        "offset": offset,
        "length": len(member.data),
        "sha256": member.sha256,
        "record_id": member.record_id,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
