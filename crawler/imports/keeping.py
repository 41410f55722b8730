"""Puts the items of one file into the evidence. Killed at any moment it goes on; the same file adds nothing."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.bodies import decode
from crawler.chain import Head, canonical_json, read_log
from crawler.evidence import EvidenceStore
from crawler.imports.items import ImportFormat, Item, Reject
from crawler.warc import Resource, copied_member, resource_member
from models.vocabulary import Outcome, RunStatus

#: Items whose records reach the disk together, and how many bytes of them at the most.
_BATCH = 200
_BATCH_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Lot:
    """What is imported: the format, the file's name and hash, under which name its items are kept, what maps them."""

    form: ImportFormat
    file: str
    sha256: str
    source: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What tells one import from another: the same lot again adds nothing."""
        mapped = {field: list(names) for field, names in self.columns.items()}
        told = {"import": self.form.value, "sha256": self.sha256, "source": self.source, "columns": mapped}
        return hashlib.sha256(canonical_json(told)).hexdigest()


@dataclass(slots=True)
class Kept:
    """What became of the items: ``new``, ``changed`` (known, with another content), ``known``, and the rejects.

    ``again``: this very file was imported before, and nothing was added. ``continued``: a run that was cut short.
    """

    run: str = ""
    new: int = 0
    changed: int = 0
    known: int = 0
    again: bool = False
    continued: bool = False
    rejects: list[Reject] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    head: Head = field(default_factory=Head)


class _Past:
    """What the log knows of earlier imports: the last version of every item, this lot's runs, the rows of its run."""

    def __init__(self, lot: Lot) -> None:
        self.lot = lot
        self.versions: dict[str, str] = {}
        self.finished = ""
        self.unfinished = ""
        self.rows: dict[str, dict[int, bool]] = {}

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the log."""
        told = event.get("via_import")
        if told is not None and told["format"] == self.lot.form.value:
            before = told["id"] in self.versions
            self.versions[told["id"]] = told["version"]
            if event["run"] == self.unfinished:
                self.rows.setdefault(event["run"], {})[told["row"]] = before
        elif event.get("sources_sha256") == self.lot.digest:
            self.unfinished = event["run"]
        elif event.get("event") == "run_finished" and event["run"] == self.unfinished:
            self.finished, self.unfinished = event["run"], ""


def keep(
    evidence: Path, lot: Lot, items: Iterable[Item | Reject], on_progress: Callable[[int], None] | None = None
) -> Kept:
    """Keep the items of ``lot`` that the evidence does not hold yet.

    Raises ``BusyError``, ``EvidenceError``, ``DiskFullError`` (what was kept stays valid; the next import of the same
    file goes on), and whatever reading the items raises.
    """
    past = _Past(lot)
    with EvidenceStore(evidence, past.observe) as store:
        if past.finished:
            kept = Kept(past.finished, again=True, head=store.head)
            for item in items:
                _count(kept, item, known=True)
            return kept
        return _Keeping(store, lot, past).all(items, on_progress)


def _count(kept: Kept, item: Item | Reject, *, known: bool) -> None:
    if isinstance(item, Item):
        kept.known += known
    elif item.passed:
        kept.passed[item.reason] = kept.passed.get(item.reason, 0) + 1
    else:
        kept.rejects.append(item)


class _Keeping:
    """One run of keeping."""

    def __init__(self, store: EvidenceStore, lot: Lot, past: _Past) -> None:
        self.store, self.lot, self.past = store, lot, past
        self.begun = False
        self.kept = Kept(past.unfinished, continued=bool(past.unfinished))
        self.rows = past.rows.get(past.unfinished, {})
        self.waiting = self.bytes = 0

    def all(self, items: Iterable[Item | Reject], on_progress: Callable[[int], None] | None) -> Kept:
        """Keep what is not kept yet; the run begins at the first item, so a file that is none leaves no trace."""
        for number, item in enumerate(items, 1):
            if not self.begun:
                self._begin()
            if isinstance(item, Item):
                self._take(item)
            else:
                _count(self.kept, item, known=False)
            if on_progress is not None and number % 50 == 0:
                on_progress(number)
        if not self.begun:
            self._begin()
        counts = {"new": self.kept.new, "changed": self.kept.changed, "known": self.kept.known}
        status = {"status": RunStatus.DONE.value}
        self.store.append({"event": "run_finished", **status, "items": counts, "rejected": len(self.kept.rejects)})
        self.kept.head = self.store.head
        return self.kept

    def _begin(self) -> None:
        self.begun = True
        self.kept.run = self.kept.run or f"import-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        lot = self.lot
        self.store.begin(self.kept.run, {"description": f"Imported from {lot.file} ({lot.form.value})"})
        told = {"format": lot.form.value, "file": lot.file, "sha256": lot.sha256, "source": lot.source}
        event = "run_continued" if self.kept.continued else "run_started"
        self.store.append({"event": event, "import": told, "sources_sha256": lot.digest})

    def _take(self, item: Item) -> None:
        before = self.past.versions.get(item.id)
        if item.row in self.rows:  # kept before the interruption
            changed = self.rows[item.row]
            self.kept.changed += changed
            self.kept.new += not changed
            return
        if before == item.version:
            self.kept.known += 1
            return
        self._stage(item)
        self.kept.new += before is None
        self.kept.changed += before is not None
        self.past.versions[item.id] = item.version

    def _stage(self, item: Item) -> None:
        at = item.at or datetime.now(UTC)
        if item.exchange is None:
            member = resource_member(Resource(item.url, at, item.content_type, item.body))
            headers = {"content-type": item.content_type}
            meant = item.body
        else:
            member = copied_member(item.exchange, str(item.more["original"]["record_id"]))
            headers = {name.lower(): value for name, value in item.exchange.response_headers}
            meant = decode(item.body, headers)
        self.store.stage_member(
            {
                "event": "capture",
                "source": self.lot.source,
                "url": item.url,
                "kind": "page",
                "depth": 0,
                "via": [],
                "role": "page",
                "outcome": Outcome.CAPTURED.value,
                "status": item.exchange.status if item.exchange else 0,
                "headers": headers,
                "payload_sha256": hashlib.sha256(item.body).hexdigest(),
                "decoded_sha256": hashlib.sha256(meant).hexdigest(),
                "via_import": {
                    **item.more,
                    "format": self.lot.form.value,
                    "file": self.lot.file,
                    "sha256": self.lot.sha256,
                    "row": item.row,
                    "id": item.id,
                    "version": item.version,
                },
            },
            member,
            at,
        )
        self.waiting += 1
        self.bytes += len(item.body)
        if self.waiting >= _BATCH or self.bytes >= _BATCH_BYTES:
            self.store.commit()
            self.waiting = self.bytes = 0


def kept_names(evidence: Path, lines: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield (line, name) for lines of the log whose item has a name of its own: the file of a picture."""
    wanted = set(lines)
    if not wanted:
        return
    for event, _ in read_log(evidence, after=min(wanted) - 1):
        if event["seq"] in wanted:
            yield event["seq"], str(event.get("via_import", {}).get("name", ""))
