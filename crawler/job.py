"""One crawl as its parts see it: the sources, the evidence being written, what was known before, who listens."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.chain import canonical_json
from crawler.commit import GroupCommit
from crawler.evidence import EvidenceStore
from crawler.history import History, Known, is_page
from crawler.sources import Source
from models.errors import MedadError

#: The product token that robots.txt is asked about, and the version in the user agent.
PRODUCT = "MedAdWatch"
_VERSION = "0.1"


@dataclass(slots=True)
class Job:
    """Shared by the spider and the middlewares of one crawl. ``fatal`` is the error that stopped it;
    ``shots`` are the captures (by line) whose screenshots a run is for."""

    run: str
    sources: Mapping[str, Source]
    store: EvidenceStore
    history: History
    emit: Callable[[Mapping[str, Any]], None]
    commit: GroupCommit
    continued: bool = False
    shots: Sequence[int] = ()
    fatal: MedadError | None = None
    reason: str = ""

    def known(self, source: str, url: str) -> Known | None:
        """Return the last capture of an address, before this run."""
        return self.history.known.get((source, url))

    def log(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Log an event that has no response, and tell the listener."""
        full = self.store.append(event)
        self.tell(full)
        return full

    def tell(self, event: Mapping[str, Any]) -> None:
        """Tell the listener of an event that settles something."""
        if is_page(event) or event.get("outcome") in ("failed", "blocked"):
            keys = ("event", "seq", "source", "url", "role", "outcome", "status", "note")
            self.emit({"type": "event"} | {key: event[key] for key in keys if key in event})


def user_agent(source: Source) -> str:
    """Return the honest user agent: product, version, and whom to write to."""
    contact = f" (+{source.contact})" if source.contact else ""
    return f"{PRODUCT}/{_VERSION}{contact}"


def sources_digest(sources: Sequence[Source], shots: Sequence[int] = ()) -> str:
    """Return the SHA-256 of the sources' meaning: a run is continued only over the same sources."""
    if shots:
        return hashlib.sha256(canonical_json({"screenshots": list(shots), "of": sources_digest(sources)})).hexdigest()
    ordered = sorted(sources, key=lambda source: source.name)
    return hashlib.sha256(
        canonical_json({s.name: s.model_dump(mode="json", exclude={"every"}) for s in ordered})
    ).hexdigest()
