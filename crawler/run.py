"""``crawl``: runs the crawler in a process of its own, passes signals on, and sums up."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import models.errors
from crawler.browser import need_browser, wants_browser
from crawler.chain import Head, read_log
from crawler.growing import unwritable
from crawler.history import counts_in_summary
from crawler.imports.ocr import need_ocr
from crawler.manifest import Signed, sign_after
from crawler.sources import Source
from models.errors import InputError, MedadError
from models.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class Progress:
    """One address settled: what became of it, and how many were settled in this call so far.

    ``seq`` is the line of the log that says so: it is written, and will not be taken back.
    """

    run: str
    source: str
    url: str
    outcome: Outcome
    settled: int
    note: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What a crawl did. ``sources[name][outcome]`` counts pages of the whole run, also from before an interruption.

    ``interrupted``: stopped by a signal; the next crawl over the same sources continues it. ``head``: the last line of
    the evidence log; kept elsewhere, it shows a log that was cut off or written anew. ``signed``: the manifest that was
    signed at the end, where a key was made.
    """

    run: str
    sources: dict[str, dict[str, int]]
    interrupted: bool
    continued: bool
    head: Head
    failures: tuple[Progress, ...] = field(default=())
    signed: Signed = field(default_factory=Signed)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as the command line prints it."""
        return {"run": self.run, "sources": self.sources, "interrupted": self.interrupted}


#: What the worker says when it breaks, beside the log file of each run.
_ERRORS = "worker.err"

#: Failures that a summary names one by one; the log has them all.
_NAMED_FAILURES = 200


def crawl(
    sources: Sequence[Source],
    evidence: Path,
    *,
    run_id: str | None = None,
    shots: Sequence[int] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> CrawlSummary:
    """Crawl ``sources`` into the evidence directory; return when done, or stopped by SIGINT or SIGTERM.

    With ``shots`` no page is asked for: screenshots are taken of the captures that it names by their lines in the log.
    A run over the same sources that was interrupted or killed is continued: nothing it captured is asked again.
    Raises ``MedadError``: ``DiskFullError`` (what was captured stays valid), ``EvidenceError``, ``BusyError``,
    ``InputError``. Unreachable hosts and failing pages raise nothing: they are counted.
    """
    if not sources:
        raise InputError("There is no source to crawl.", "Name one in the sources file.")
    if run_id is not None and not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,79}", run_id, re.ASCII):
        raise InputError(f"'{run_id}' is no run id.", "Use up to 80 letters, digits, '-', '_' and '.'.")
    _need(sources, shots)
    logs = _logs(evidence)
    config = {
        "sources": [source.model_dump(mode="json") for source in sources],
        "evidence": str(evidence.resolve()),
        "logs": str(logs),
        "run_id": run_id or "",
        "shots": list(shots),
    }
    tally = _Tally([source.name for source in sources], on_progress)
    with _worker(logs / _ERRORS) as process, _passing_signals(process) as stopped:
        _send(process, config)
        for line in process.stdout or ():
            if line.endswith(b"\n"):  # a killed worker may leave half a line
                tally.take(json.loads(line))
        code = process.wait()
    signed = sign_after(evidence)
    return replace(tally.summary(evidence, code, logs, stopped=stopped.is_set()), signed=signed)


def _need(sources: Sequence[Source], shots: Sequence[int]) -> None:
    """Say what is missing on this computer before anything is begun."""
    if shots or any(map(wants_browser, sources)):
        need_browser()
    if any(source.ocr for source in sources):
        need_ocr()


def _logs(evidence: Path) -> Path:
    """Return the folder of log files beside the evidence, made if missing and seen to be writable."""
    logs = evidence.resolve().parent / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
        (logs / _ERRORS).touch()
    except OSError as error:
        raise unwritable(logs, error) from error
    return logs


def _send(process: "subprocess.Popen[bytes]", config: dict[str, Any]) -> None:
    if process.stdin is None:
        raise TypeError("the worker was started without stdin")
    try:
        process.stdin.write(json.dumps(config).encode() + b"\n")
        process.stdin.flush()  # and left open: its end tells the worker that we are gone
    except BrokenPipeError:
        return  # the worker died; its exit code and error file say why


@contextmanager
def _worker(errors: Path) -> "Iterator[subprocess.Popen[bytes]]":
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    with errors.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # a Ctrl-C of the terminal reaches us, and we pass it on once
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


@contextmanager
def _passing_signals(process: "subprocess.Popen[bytes]") -> Iterator[threading.Event]:
    """Turn SIGINT and SIGTERM into a clean stop of the worker (only the main thread may); the event tells of it."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(*_: object) -> None:
        stopped.set()
        process.terminate()

    before = {sig: signal.signal(sig, stop) for sig in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)


class _Tally:
    """Takes the worker's messages in; knows the end."""

    def __init__(self, names: Sequence[str], on_progress: Callable[[Progress], None] | None) -> None:
        self.names = names
        self.on_progress = on_progress
        self.run = ""
        self.continued = False
        self.settled = 0
        self.failures: list[Progress] = []
        self.end: dict[str, Any] = {}

    def take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "run":
                self.run, self.continued = message["run"], message["continued"]
            case "event":
                self._settle(message)
            case _:
                self.end = message

    def _settle(self, message: dict[str, Any]) -> None:
        if message["role"] == "retry":
            return
        self.settled += 1
        outcome = Outcome(message["outcome"])
        progress = Progress(
            self.run, message["source"], message["url"], outcome, self.settled, message.get("note", ""), message["seq"]
        )
        if outcome in (Outcome.FAILED, Outcome.BLOCKED) and len(self.failures) < _NAMED_FAILURES:
            self.failures.append(progress)
        if self.on_progress:
            self.on_progress(progress)

    def summary(self, evidence: Path, code: int, logs: Path, *, stopped: bool) -> CrawlSummary:
        if self.end.get("type") == "error":
            kind = getattr(models.errors, self.end["kind"], MedadError)
            raise kind(self.end["what"], self.end["remedy"])
        if self.end.get("type") != "done" and not stopped:
            raise MedadError(
                f"The crawler ended unexpectedly (code {code}).", f"See {logs}; run the command again to continue."
            )
        counts = {name: {outcome.value: 0 for outcome in Outcome} for name in self.names}
        head = _count(evidence, self.run, counts)
        # A worker stopped before it could say so leaves its run unfinished: the next crawl continues it.
        interrupted = bool(self.end.get("interrupted", True))
        return CrawlSummary(self.run, counts, interrupted, self.continued, head, tuple(self.failures))


def _count(evidence: Path, run: str, counts: dict[str, dict[str, int]]) -> Head:
    """Count a run's pages into ``counts``; return the head of the log."""
    head = Head()
    for event, reached in read_log(evidence):
        head = reached
        if run and event["run"] == run and event.get("source") in counts and counts_in_summary(event):
            counts[event["source"]][event["outcome"]] += 1
    return head
