"""What the log knows before a crawl starts: the last state of every page, and whether the last run was cut short."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crawler.captures import PAGE, REPORTING, original_of
from crawler.frontier import Visit, VisitKind
from crawler.warc import Original
from models.vocabulary import Outcome, RunStatus

#: Roles that do not settle an address: it was asked again, or somebody else's question was answered.
PASSING = frozenset({"retry", "robots"})

#: Events that settle an address: an interrupted run does not ask it again. "skipped": it holds no text.
SETTLING = REPORTING | {"skipped"}


@dataclass(frozen=True, slots=True)
class Known:
    """The last capture of an address. ``content_headers`` belong to the stored body; ``gone``: withdrawn since."""

    kind: VisitKind
    original: Original
    content_headers: Mapping[str, str]
    decoded_sha256: str
    etag: str = ""
    last_modified: str = ""
    gone: bool = False


@dataclass(slots=True)
class History:
    """Give ``observe`` every event of the log, in order; then read the fields.

    ``readings``: where each page lies as last rendered. ``unread``: captured, and cut short before it could be read.
    """

    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    readings: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    unread: set[tuple[str, str]] = field(default_factory=set)
    _unfinished: dict[str, str] = field(default_factory=dict)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in one event."""
        match event.get("event"):
            case "run_started" | "run_continued":
                self.runs.add(event["run"])
                self._unfinished[event["sources_sha256"]] = event["run"]
            case "run_finished" if event["status"] == RunStatus.DONE:
                self._unfinished = {digest: run for digest, run in self._unfinished.items() if run != event["run"]}
            case "capture" if "via_import" in event:
                return  # it was not fetched: a crawl of the same address asks for itself
            case "capture" if event["role"] not in PASSING and event["role"] != "redirect":
                self._captured(event)
            case "reading":
                self._read(event)
            case "pruned":  # a later crawl must fetch these bodies again: there is nothing left to refer to
                gone = {record["record_id"] for record in event["records"]}
                self.known = {key: known for key, known in self.known.items() if known.original.record_id not in gone}
                self.readings = {key: place for key, place in self.readings.items() if place["record_id"] not in gone}

    def _read(self, event: Mapping[str, Any]) -> None:
        """Remember where a page lies as it was rendered, and that what was captured of it has been closed."""
        key = (event["source"], event["about"])
        self.unread.discard(key)
        if event.get("warc"):
            names = ("warc", "offset", "length", "sha256", "record_id", "url", "at", "payload_sha256")
            self.readings[key] = {name: event[name] for name in names}

    def _captured(self, event: Mapping[str, Any]) -> None:
        key = (event["source"], event["url"])
        if event.get("awaits"):
            self.unread.add(key)
        old = self.known.get(key)
        if event["outcome"] == Outcome.WITHDRAWN and old:
            self.known[key] = replace(old, etag="", last_modified="", gone=True)
        if event["outcome"] not in (Outcome.CAPTURED, Outcome.UNCHANGED):
            return
        headers = event["headers"]
        content = event["refers"]["content_headers"] if "refers" in event else content_headers(headers)
        etag = headers.get("etag") or (old.etag if old and "refers" in event else "")
        modified = headers.get("last-modified") or (old.last_modified if old and "refers" in event else "")
        kind = VisitKind(event["kind"])
        self.known[key] = Known(kind, original_of(event), content, _decoded(event), etag, modified)

    def continues(self, digest: str) -> str:
        """Return the latest run that a crawl over these sources continues, or ``""``."""
        return self._unfinished.get(digest, "")


def _decoded(event: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the body unpacked; the log names it only where it is not that of the body."""
    return str(event.get("decoded_sha256") or event["payload_sha256"])


def content_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say how to read a body."""
    return {
        name: value
        for name, value in headers.items()
        if name in ("content-type", "content-encoding", "content-language")
    }


def settled_visit(event: Mapping[str, Any]) -> Visit | None:
    """Return the visit that an event of a run settled, or None where it settled none."""
    if event.get("event") not in SETTLING or event.get("role") in PASSING:
        return None
    return Visit(event["source"], event["url"], VisitKind(event["kind"]), event["depth"], tuple(event.get("via", ())))


def is_page(event: Mapping[str, Any]) -> bool:
    """Say whether an event settles a page (and so counts in the summary)."""
    return event.get("event") in REPORTING and event.get("role") == PAGE


def counts_in_summary(event: Mapping[str, Any]) -> bool:
    """Say whether an event counts in the summary: every page, and lists of pages that failed."""
    if event.get("event") not in REPORTING or event["role"] in PASSING:
        return False
    return event["role"] == PAGE or event["outcome"] in (Outcome.FAILED, Outcome.BLOCKED, Outcome.EXCLUDED_BY_ROBOTS)
