"""The evidence directory while it is written: WARC files and the hash-chained log, surviving a crash at any moment.

Order of writing: the records go into the WARC file and onto the disk, then the line goes into the log. So whatever the
log names is there. What a crash left beyond the log is moved to ``torn/`` at the next opening, and that is logged.

Events (every line has ``seq, at, run, event, prev, hash``):

- ``run_started``, ``run_continued``: the sources and the hash of what they ask; ``run_finished``: ``status``
- ``warc_opened``: a WARC file begins; ``recovered``: what a crash left was moved to ``torn/``
- ``capture``: one response, kept at ``warc, offset, length, sha256`` (its request at ``request``), of ``source, url,
  kind, depth, via, attempt``; ``role`` is "page", "redirect" (see ``redirect_to``), "retry" (it was asked again),
  "robots", "sitemap", "feed" or "list"; ``outcome, status, headers, note`` say what it means; ``payload_sha256`` is of
  the body as transferred, ``decoded_sha256`` (where it differs) of the body unpacked; ``refers`` is where the body lies
  that an unchanged page repeats
- a ``capture`` with ``via_import`` was not fetched but imported: ``format``, the ``file`` and its ``sha256``, ``row``
  and ``id`` of the item, the ``version`` by which a later import knows it again; it has no ``request``
- a ``capture`` with ``awaits`` is followed by ``picture`` events (``role`` "screenshot" or "image", ``about`` the page,
  ``of`` its line) and closed by one ``reading``: the page as rendered (a resource record) or what it ``refers`` to, the
  ``pictures`` to read in it, and under ``rendering`` how it was shown and what it was refused
- ``failed``, ``excluded_by_robots``, ``skipped`` (not text): there is no response to keep; ``note`` says why
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.chain import LOG_NAME, Head, read_log, sealed
from crawler.growing import GrowingFile, unwritable, whole
from crawler.lock import hold
from crawler.warc import Exchange, Member, Original, exchange_members, info_member
from models.errors import EvidenceError, MedadError

#: A WARC file is closed once it is this large (bytes).
PART_BYTES = 1 << 30

#: Where bytes go that no line of the log names.
TORN = "torn"


@dataclass(frozen=True, slots=True)
class _Staged:
    """A line whose records are written but perhaps not on the disk yet, and what to go back to if they cannot be."""

    line: bytes
    head: Head
    head_before: Head
    part: GrowingFile
    size_before: int


class EvidenceStore:
    """The one writer of an evidence directory. Use as a context manager; ``head`` is the last line of the
    log, ``durable`` the last one written to it (they differ while records are staged).

    ``observe`` is given every event of the log while it is read at opening. Raises ``EvidenceError`` where the log or a
    file is damaged in a way that no crash leaves, ``BusyError`` where another writer is at work.
    """

    def __init__(self, directory: Path, observe: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.directory = directory
        self.head = self.durable = Head()
        self._staged: list[_Staged] = []
        self._run = ""
        self._info: Mapping[str, str] = {}
        self._part: GrowingFile | None = None
        self._part_bytes = PART_BYTES
        self._recovered: set[str] = set()
        self._lock = hold(directory)
        self._lock.__enter__()
        try:
            ends = self._read(observe)
            self._log = GrowingFile(directory / LOG_NAME)
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
        try:
            self.commit()
        finally:
            self._close()

    def _close(self) -> None:
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
        self.commit()
        full, line, head = self._sealed(event)
        with whole(self._log):
            self._log.write(line)
        self.head = self.durable = head
        return full

    def record(self, event: Mapping[str, Any], exchange: Exchange, original: Original | None = None) -> dict[str, Any]:
        """Keep an exchange and log ``event`` with where it lies. Raises ``DiskFullError``; nothing is half kept."""
        full = self.stage(event, exchange, original)
        self.commit()
        return full

    def stage(self, event: Mapping[str, Any], exchange: Exchange, original: Original | None = None) -> dict[str, Any]:
        """Do as ``record``, but leave the log line back until ``commit``, which may serve many at once."""
        part = self._open_part()
        response, request = exchange_members(exchange, original)
        before = part.size
        place = _place(part, response, before)
        asked = _place(part, request, before + len(response.data))
        del asked["warc"]
        with whole(part):
            part.write(response.data + request.data)
        full, line, head = self._sealed({**event, "at": exchange.at.isoformat(), **place, "request": asked})
        self._staged.append(_Staged(line, head, self.head, part, before))
        self.head = head
        return full

    def stage_member(self, event: Mapping[str, Any], member: Member, at: datetime) -> dict[str, Any]:
        """Do as ``stage`` with one record that no request belongs to. ``at`` is its moment (aware)."""
        part = self._open_part()
        before = part.size
        with whole(part):
            part.write(member.data)
        full, line, head = self._sealed({**event, "at": at.isoformat(), **_place(part, member, before)})
        self._staged.append(_Staged(line, head, self.head, part, before))
        self.head = head
        return full

    def _sealed(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], bytes, Head]:
        full = {"at": _now(), "run": self._run, **event, "seq": self.head.seq + 1}
        return full, *sealed(full, self.head)

    def commit(self) -> None:
        """Put the staged records onto the disk, then their lines into the log."""
        if self._staged:
            with self._taking_back():
                self._staged[-1].part.sync()
            self.release(self.head.seq)

    def release(self, seq: int) -> None:
        """Log the staged lines up to number ``seq``, whose records are on the disk."""
        count = sum(staged.head.seq <= seq for staged in self._staged)
        if count:
            with self._taking_back(), whole(self._log):
                self._log.write(b"".join(staged.line for staged in self._staged[:count]))
            self.durable = self._staged[count - 1].head
            del self._staged[:count]

    def handle(self) -> int:
        """Return a descriptor to sync the current WARC file by (the caller closes it)."""
        return self._open_part().handle()

    @contextmanager
    def _taking_back(self) -> Iterator[None]:
        """Take every staged record back if the block fails: nothing is kept that the log does not name."""
        try:
            yield
        except (OSError, MedadError) as error:
            first = self._staged[0]
            first.part.cut(first.size_before)
            self.head = first.head_before
            self._staged.clear()
            raise unwritable(first.part.path, error) if isinstance(error, OSError) else error from error

    def _open_part(self) -> "GrowingFile":
        if self._part is not None and self._part.size >= self._part_bytes:
            self.commit()
            self._part.close()
            self._part = None
        if self._part is None:
            self._part = self._new_part()
        return self._part

    def _new_part(self) -> "GrowingFile":
        number = len(list(self.directory.glob(f"{self._run}-*.warc.gz")))
        path = self.directory / f"{self._run}-{number:04d}.warc.gz"
        try:
            part = GrowingFile(path)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            member = info_member(part.path.name, self._info)
            with whole(part):
                part.write(member.data)
                part.sync()
                _sync_directory(self.directory)
                self.append({"event": "warc_opened", **_place(part, member, 0)})
        except BaseException:
            part.close()
            raise
        return part

    def _read(self, observe: Callable[[dict[str, Any]], None]) -> dict[str, int]:
        """Read the log through; return where each WARC file ends according to it."""
        ends: dict[str, int] = {}
        for event, head in read_log(self.directory):
            self.head = self.durable = head
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
        kept = GrowingFile(self.directory / TORN / f"{path.name}.{end}.{self.head.seq + 1}")
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


def logged_ends(event: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield (WARC file, end of the bytes an event accounts for)."""
    if event.get("warc"):
        last = event.get("request") or event
        yield event["warc"], last["offset"] + last["length"]


def _place(part: GrowingFile, member: Member, offset: int) -> dict[str, Any]:
    return {
        "warc": part.path.name,
        "offset": offset,
        "length": len(member.data),
        "sha256": member.sha256,
        "record_id": member.record_id,
    }


def _sync_directory(directory: Path) -> None:
    """Put the name of a new file onto the disk."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _now() -> str:
    return datetime.now(UTC).isoformat()
