"""A crawl with the browser that is killed: nothing is lost, nothing is kept twice, no browser stays behind."""

import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from chromium import needs_chromium
from loopback import Reply, page, serving

from crawler.captures import read_captures
from crawler.run import Progress, crawl
from crawler.sources import Source
from crawler.verify import verify
from models.errors import MedadError, MissingPackageError
from models.vocabulary import SourceKind

PAGES = 5


def site(path: str, _: Mapping[str, str]) -> Reply:
    if path == "/robots.txt":
        return Reply(b"", 404)
    if path == "/":
        return Reply(page(*(f"/{n}" for n in range(1, PAGES))))
    code = f"setTimeout(() => document.body.innerHTML = '<p>Trang {path} do mã lệnh viết</p>', 300)"
    return Reply(f"<html><meta charset=utf-8><body><script>{code}</script></body></html>".encode())


def source(url: str, **more: object) -> Source:
    given = {"name": "js", "kind": SourceKind.SITE, "start": (url,), "delay": 0, "render": True, "screenshots": "all"}
    return Source.model_validate(given | more)


def marked(mark: str) -> list[int]:
    """Return the processes that carry a mark in their environment, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@needs_chromium
@pytest.mark.slow
def test_killed_while_rendering_it_loses_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, mark = tmp_path / "evidence", uuid.uuid4().hex
    monkeypatch.setenv("MEDAD_TEST_MARK", mark)
    with serving(site) as served:

        def kill(progress: Progress) -> None:
            if progress.settled == 2:  # captured, and under way in the browser
                os.kill(int((evidence / ".lock").read_text().split()[1]), signal.SIGKILL)

        with pytest.raises(MedadError, match="ended unexpectedly"):
            crawl([source(served.url)], evidence, on_progress=kill)
        summary = crawl([source(served.url)], evidence)
        assert summary.continued
        assert served.hits["/"] == 1, "a page that was captured is not asked for again"
    deadline = time.monotonic() + 20
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not marked(mark), "a browser stayed behind"
    kept = Counter((c.role, c.about or c.url) for c in read_captures(evidence))
    assert set(kept.values()) == {1}, kept
    assert Counter(role for role, _ in kept) == {"page": PAGES, "reading": PAGES, "screenshot": PAGES}
    assert verify(evidence).problem == ""


def test_without_a_browser_a_crawl_that_needs_one_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MEDAD_CHROMIUM", raising=False)
    with pytest.raises(MedadError, match="apt install chromium"):
        crawl([source("http://127.0.0.1:9/")], tmp_path / "evidence")
    monkeypatch.setenv("MEDAD_CHROMIUM", "/no/such/program")
    with pytest.raises(MedadError, match="MEDAD_CHROMIUM names /no/such/program"):
        crawl([source("http://127.0.0.1:9/", render=False)], tmp_path / "evidence")
    assert not (tmp_path / "evidence").exists()


def test_without_its_packages_it_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.browser.importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingPackageError, match=r"medad\[browser\]"):
        crawl([source("http://127.0.0.1:9/")], tmp_path / "evidence")
