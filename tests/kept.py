"""Evidence made without a crawl: a few captures of an invented clinic, and a process that dies at a chosen moment."""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.captures import original_of
from crawler.evidence import EvidenceStore
from crawler.history import content_headers
from crawler.warc import Exchange
from models.vocabulary import Outcome

SITE = "http://moclan.example"
DAY = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def body_of(name: str, size: int = 1_500) -> bytes:
    """Return a page that packs badly, as real ones with pictures do."""
    noise = hashlib.shake_256(name.encode()).hexdigest(size // 2)
    return f"<html><title>{name}</title><p>Phòng khám Mộc Lan Trắng, trang {name}</p><!--{noise}--></html>".encode()


def capture(
    store: EvidenceStore, name: str, at: datetime = DAY, original: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Keep one page (or, with ``original``, that it is unchanged); return its event."""
    url, body = f"{SITE}/{name}", body_of(name)
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    exchange = Exchange(
        url=url,
        at=at,
        request_headers=(("Host", "moclan.example"),),
        status=200,
        response_headers=headers,
        body=body,
        ip="192.0.2.7",
    )
    event: dict[str, Any] = {"event": "capture", "source": "s", "url": url, "role": "page", "kind": "page", "depth": 0}
    event |= {"attempt": 0, "status": 200, "outcome": Outcome.CAPTURED.value, "via": []}
    event |= {
        "headers": {"content-type": "text/html; charset=utf-8"},
        "payload_sha256": hashlib.sha256(body).hexdigest(),
    }
    event |= {"decoded_sha256": event["payload_sha256"], **more}
    if original is None:
        return store.record(event, exchange)
    place = {k: original[k] for k in ("warc", "offset", "length", "sha256", "record_id", "url", "at", "payload_sha256")}
    refers = place | {"content_headers": content_headers(original["headers"])}
    event |= {"outcome": Outcome.UNCHANGED.value, "refers": refers}
    return store.record(event, exchange, original_of(original))


def keep(
    directory: Path, *names: str, run: str = "r1", at: datetime = DAY, part_bytes: int = 5_000
) -> list[dict[str, Any]]:
    """Keep pages in one run; return their events."""
    with EvidenceStore(directory) as store:
        store.begin(run, {"robots": "obeyed (RFC 9309)"}, part_bytes)
        store.append({"event": "run_started", "sources_sha256": run, "sources": []})
        events = [capture(store, name, at) for name in names]
        store.append({"event": "run_finished", "status": "done"})
    return events


#: What puts something onto the disk: a process that dies does so before one of these.
_STEPS = ("fsync", "fdatasync", "replace", "write", "link", "unlink")


def deaths(work: Callable[[], object]) -> Iterator[int]:
    """Run ``work`` in child processes that die (as by kill -9) before their first, second … step onto the disk.

    Yields the number of the step after each death; ends when a child came through. The caller mends and checks.
    """
    for step in range(1, 500):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads: the child makes none
            child = os.fork()
        if child == 0:
            _die_at(step, work)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, 9), f"the work itself failed at step {step}"
        if code == 0:
            return
        yield step
    raise AssertionError("it never ended")


def _die_at(step: int, work: Callable[[], object]) -> None:
    done = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                os._exit(9)
            return real(*words, **named)

        return call

    try:
        for name in _STEPS:
            setattr(os, name, dying(getattr(os, name)))
        work()
    except BaseException:  # a child of a test has nobody to tell
        os._exit(1)
    os._exit(0)
