"""A crawl that is killed, stopped, or runs out of disk: nothing is lost, nothing is captured twice."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from loopback import Reply, page, serving

from crawler.captures import read_captures
from crawler.evidence import EvidenceStore
from crawler.run import Progress, crawl
from crawler.sources import Source
from crawler.verify import verify
from models.errors import BusyError, DiskFullError, EvidenceError, InputError, MedadError
from models.vocabulary import Outcome, SourceKind

pytestmark = pytest.mark.slow  # each test starts the crawler's process more than once

PAGES = 40


def tree(path: str, _: Mapping[str, str]) -> Reply:
    """Forty pages, each linking to two more, each taking its time."""
    if path == "/robots.txt":
        return Reply(b"", 404)
    number = int(path.strip("/") or 0)
    time.sleep(0.02)
    return Reply(page(*(f"/{n}" for n in (2 * number + 1, 2 * number + 2) if n < PAGES), text=f"Trang {number}"))


def source(url: str, **more: object) -> Source:
    return Source.model_validate(
        {"name": "tree", "kind": SourceKind.SITE, "start": (url,), "delay": 0, "max_depth": 50} | more
    )


def worker_of(evidence: Path) -> int:
    """Return the process that writes the evidence, as its lock names it."""
    return int((evidence / ".lock").read_text().split()[1])


def captured(evidence: Path) -> Counter[str]:
    return Counter(c.url for c in read_captures(evidence) if c.outcome is Outcome.CAPTURED)


def test_killed_again_and_again_it_loses_and_repeats_nothing(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    runs = set()
    with serving(tree) as site:
        for kill_after in (1, 9):

            def kill(progress: Progress, after: int = kill_after) -> None:
                runs.add(progress.run)
                if progress.settled == after:
                    os.kill(worker_of(evidence), signal.SIGKILL)

            with pytest.raises(MedadError, match="ended unexpectedly"):
                crawl([source(site.url)], evidence, on_progress=kill)
        summary = crawl([source(site.url)], evidence)
        assert sum(site.hits.values()) <= PAGES + 3 + 2 * 4  # robots.txt three times; four in flight at each kill
        urls = {f"{site.url}/{n}" for n in range(1, PAGES)} | {f"{site.url}/"}
    assert runs == {summary.run}
    assert summary.continued
    assert captured(evidence) == Counter(urls)
    assert summary.sources["tree"]["captured"] == PAGES
    assert verify(evidence).problem == ""


def test_a_signal_stops_cleanly_and_the_next_call_continues(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"

    def stop(progress: Progress) -> None:
        if progress.settled == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with serving(tree) as site:
        before = signal.getsignal(signal.SIGINT)
        first = crawl([source(site.url)], evidence, on_progress=stop)
        assert signal.getsignal(signal.SIGINT) is before
        assert first.interrupted
        assert 5 <= first.sources["tree"]["captured"] < PAGES
        assert verify(evidence).problem == ""
        part = next(evidence.glob("*.warc.gz"))
        whole = part.read_bytes()
        part.write_bytes(whole[:-600] + bytes([whole[-600] ^ 1]) + whole[-599:])
        with pytest.raises(EvidenceError, match="was altered"):
            crawl([source(site.url)], evidence)
        new = part.read_bytes()[len(whole) :]
        part.write_bytes(whole + new)
        second = crawl([source(site.url)], evidence)
    assert (second.run, second.interrupted) == (first.run, False)
    assert sorted(captured(evidence).values()) == [1] * PAGES


def test_a_signal_before_the_first_page_stops_cleanly_too(tmp_path: Path) -> None:
    with serving(tree) as site:
        timer = threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        first = crawl([source(site.url, max_pages=3)], tmp_path / "evidence")
        assert first.interrupted
        assert first.sources["tree"]["captured"] == 0
        assert crawl([source(site.url, max_pages=3)], tmp_path / "evidence").sources["tree"]["captured"] == 3


PARENT = """
import sys
from pathlib import Path
from crawler.run import crawl
from crawler.sources import Source
crawl([Source(name="tree", kind="site", start=(sys.argv[1],), delay=0.2)], Path(sys.argv[2]))
"""


def test_when_the_parent_dies_the_worker_stops_by_itself(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    with serving(tree) as site:
        command = [sys.executable, "-c", PARENT, site.url, str(evidence)]
        parent = subprocess.Popen(command, cwd=Path(__file__).parents[2])  # noqa: S603 - our own code
        while len(site.hits) < 3:
            time.sleep(0.05)
        parent.kill()
        parent.wait()
        with EvidenceWait(evidence) as store:
            assert store.head.seq > 3
    assert verify(evidence).problem == ""


class EvidenceWait:
    """Opens the evidence as soon as the orphan lets go of it."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __enter__(self) -> EvidenceStore:
        deadline = time.monotonic() + 10
        while True:
            try:
                self.store = EvidenceStore(self.evidence)
                return self.store  # noqa: TRY300 - the loop goes on only after an error
            except BusyError:
                assert time.monotonic() < deadline, "the orphaned worker holds on"
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.store.close()


def test_a_full_disk_stops_the_run_and_keeps_what_was_captured(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    with serving(tree) as site:
        # A limit on file size fails a write as a full disk does, in the worker too: it is inherited.
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            with pytest.raises(DiskFullError, match="No space is left"):
                crawl([source(site.url)], evidence)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        kept = captured(evidence)
        assert 0 < len(kept) < PAGES
        assert verify(evidence).problem == ""
        summary = crawl([source(site.url)], evidence)
    assert summary.continued
    assert sorted(captured(evidence).values()) == [1] * PAGES
    assert all(url in captured(evidence) for url in kept)


def test_budgets_bound_a_run(tmp_path: Path) -> None:
    with serving(tree) as site:
        pages = source(site.url, name="pages", max_pages=7)
        data = source(site.url, name="data", max_bytes_total=1_000, max_depth=50)
        summary = crawl([pages, data], tmp_path / "evidence")
    assert summary.sources["pages"]["captured"] == 7
    assert 1_000 / len(page("/1", "/2")) <= summary.sources["data"]["captured"] <= 15


def test_nothing_to_crawl_and_strange_run_ids_are_refused(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    with pytest.raises(InputError, match="no run id"):
        crawl([source("http://127.0.0.1:9/")], evidence, run_id="../x")
    with pytest.raises(InputError, match="no source"):
        crawl([], evidence)
    (tmp_path / "file").write_text("")
    with pytest.raises(MedadError, match="cannot be written: "):
        crawl([source("http://127.0.0.1:9/")], tmp_path / "file" / "evidence")
