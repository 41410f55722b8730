"""The crawl's own process (a Twisted reactor starts once per process): ``python -m crawler.worker``.

The first line on stdin is the job as JSON; the end of stdin means that the parent is gone, and the crawl stops cleanly.
stdout carries progress, one JSON object a line; the last is ``done`` or ``error``.
"""

import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from crawler.browser import need_browser, wants_browser
from crawler.commit import GroupCommit
from crawler.evidence import PART_BYTES, EvidenceStore
from crawler.growing import FULL
from crawler.history import History
from crawler.job import Job, sources_digest, user_agent
from crawler.settings import scrapy_settings
from crawler.sources import Source
from crawler.spiders.shots import ShotSpider
from crawler.spiders.watch import WatchSpider
from models.errors import BusyError, InputError, MedadError
from models.vocabulary import RunStatus

#: How long to wait for an orphaned worker to finish before giving up (seconds).
_PATIENCE = 15.0


def main() -> int:
    """Run one crawl as told on stdin. Returns the exit code."""
    config = json.loads(sys.stdin.buffer.readline())
    try:
        return _run(config)
    except MedadError as error:
        _emit({"type": "error", "kind": type(error).__name__, "what": error.what, "remedy": error.remedy})
    except OSError as error:
        if error.errno not in FULL:
            raise
        what = f"No space is left for {error.filename or config['evidence']}."
        _emit({"type": "error", "kind": "DiskFullError", "what": what, "remedy": "Free some space and run it again."})
    return 1


def _run(config: Mapping[str, Any]) -> int:
    sources = [Source.model_validate(entry) for entry in config["sources"]]
    evidence = Path(config["evidence"])
    history = History()
    with _patiently(evidence, history) as store:
        job = _begin(config, sources, store, history)
        threading.Thread(target=_stop_with_parent, daemon=True).start()
        program = need_browser() if job.shots or any(map(wants_browser, sources)) else None
        process = AsyncCrawlerProcess(scrapy_settings(Path(config["logs"]) / f"{job.run}.log", program))
        process.crawl(ShotSpider if job.shots else WatchSpider, job=job)
        process.start()
        if job.fatal:
            raise job.fatal
        status = RunStatus.DONE if job.reason == "finished" else RunStatus.INTERRUPTED
        store.append({"event": "run_finished", "status": status.value})
        _emit(
            {
                "type": "done",
                "interrupted": status is not RunStatus.DONE,
                "seq": store.head.seq,
                "hash": store.head.hash,
            }
        )
    return 0


def _patiently(evidence: Path, history: History) -> EvidenceStore:
    """Open the evidence; a worker whose parent was killed may need a moment to let go of it."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return EvidenceStore(evidence, history.observe)
        except BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _begin(config: Mapping[str, Any], sources: Sequence[Source], store: EvidenceStore, history: History) -> Job:
    shots = tuple(config.get("shots") or ())
    digest = sources_digest(sources, shots)
    wanted, going = config["run_id"], history.continues(digest)
    if wanted and wanted != going and wanted in history.runs:
        raise InputError(f"The run {wanted} exists already and cannot be continued.", "Choose another run id, or none.")
    run = wanted or going or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    by_name = {source.name: source for source in sources}
    job = Job(run, by_name, store, history, _emit, GroupCommit(store), continued=run == going, shots=shots)
    store.begin(run, _info(run, sources), int(config.get("part_bytes") or PART_BYTES))
    _emit({"type": "run", "run": run, "continued": job.continued})
    event = "run_continued" if job.continued else "run_started"
    store.append(
        {
            "event": event,
            "sources_sha256": digest,
            # Taking pictures of pages asks no source for its pages: it must not count as a crawl of it.
            **({"shots": len(shots)} if shots else {}),
            "sources": [] if shots else [s.model_dump(mode="json", exclude={"start"}) for s in sources],
        }
    )
    return job


def _info(run: str, sources: Sequence[Source]) -> dict[str, str]:
    agents = ", ".join(sorted({user_agent(source) for source in sources}))
    unruly = "; ".join(f"{s.name}: {s.reason}" for s in sources if not s.obey_robots)
    robots = f"obeyed (RFC 9309), except for {unruly}" if unruly else "obeyed (RFC 9309)"
    return {"isPartOf": run, "http-header-user-agent": agents, "robots": robots}


def _emit(message: Mapping[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(message, ensure_ascii=True) + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        return  # nobody listens any more: the end of stdin stops the crawl


def _stop_with_parent() -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's shutdown.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
