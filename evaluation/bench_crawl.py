"""The crawl against a bare Scrapy spider on the same pages; the size of its evidence; how its memory grows."""

import gzip
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawler.chain import LOG_NAME
from crawler.run import Progress, crawl
from crawler.sources import Source
from models.database import open_database
from models.vocabulary import SourceKind
from pipeline.demo_web import DemoWeb
from pipeline.following import Following

#: Pages whose bodies are those of the demo, and the host they are served from.
_HOST = "bench.example"

#: Links of every simulated page.
_FAN_OUT = 10


def bench_crawl(originals: Sequence[Path], pages: int, repeats: int) -> dict[str, float]:
    """Fetch the same pages with a bare Scrapy spider and with everything on, in turns; return medians of the turns.

    Both are timed as a user meets them: from the start of the command until the last byte is stored. ``…_running``
    leaves out the start of the bare spider's interpreter, and only that: the stricter comparison.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gzipped = _lay_out(folder / "web" / _HOST, originals, pages)
        urls = [f"http://{_HOST}/{number}.html" for number in range(pages)]
        with _serving(_serve_folder, str(folder / "web")) as port:
            turns = [_turn(folder / str(n), f"http://127.0.0.1:{port}", urls) for n in range(repeats)]
    figures = {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}
    for part in ("warc", "log"):
        figures[f"{part}_bytes_per_page"] = figures.pop(part) / pages
    figures["gzipped_body_bytes_per_page"] = gzipped / pages
    beyond = figures["warc_bytes_per_page"] * pages - gzipped
    figures["warc_bytes_beyond_bodies_per_page"] = beyond / pages
    figures["warc_bytes_per_gzipped_body_byte"] = 1 + beyond / gzipped
    return figures


def _lay_out(site: Path, originals: Sequence[Path], pages: int) -> int:
    """Write the pages, each different from all others; return the bytes of their gzipped bodies."""
    site.mkdir(parents=True)
    gzipped = 0
    for number in range(pages):
        body = originals[number % len(originals)].read_bytes()
        mark = b"<p>%d</p></body>" % number
        body = body.replace(b"</body>", mark) if b"</body>" in body else body + mark
        (site / f"{number}.html").write_bytes(body)
        gzipped += len(gzip.compress(body, 6))
    return gzipped


def _turn(folder: Path, proxy: str, urls: Sequence[str]) -> dict[str, float]:
    started = time.perf_counter()
    bare = subprocess.run(
        [sys.executable, "-m", "crawler.bare"],
        input="\n".join(urls),
        env={"http_proxy": proxy, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    whole_bare, running_bare = time.perf_counter() - started, float(bare[1])
    if int(bare[0]) != len(urls):
        raise RuntimeError(f"the bare spider got {bare[0]} of {len(urls)} pages")
    source = Source(
        name="bench", kind=SourceKind.PAGE_LIST, start=tuple(urls), max_pages=len(urls) + 1, delay=0.0, proxy=proxy
    )
    started = time.perf_counter()
    crawled = _with_everything(folder, source, len(urls), lambda _: None)
    whole = time.perf_counter() - started
    evidence = folder / "evidence"
    return {
        "bare_pages_per_second": len(urls) / whole_bare,
        "evidence_pages_per_second": len(urls) / crawled,
        "whole_pages_per_second": len(urls) / whole,
        "evidence_ratio": whole_bare / crawled,
        "whole_ratio": whole_bare / whole,
        "whole_ratio_running": running_bare / whole,
        "warc": sum(path.stat().st_size for path in evidence.glob("*.warc.gz")),
        "log": (evidence / LOG_NAME).stat().st_size,
    }


def _with_everything(folder: Path, source: Source, pages: int, listen: Callable[[Progress], None]) -> float:
    """Crawl with evidence, extraction and database; return the seconds until the crawl alone was done."""
    folder.mkdir()
    engine = open_database(f"sqlite:///{folder / 'bench.db'}")
    started = time.perf_counter()
    with Following(engine, folder / "evidence") as following:

        def settled(one: Progress) -> None:
            following.note(one)
            listen(one)

        crawl([source], folder / "evidence", on_progress=settled)
        crawled = time.perf_counter() - started
    engine.dispose()
    if following.done.events != pages:
        raise RuntimeError(f"{following.done.events} of {pages} pages reached the database")
    return crawled


def bench_memory(pages: int) -> dict[str, float]:
    """Crawl so many simulated pages of one site; return the memory of the two processes in MiB, and how it grew."""
    samples: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory() as name, _serving(_serve_simulated, str(pages)) as port:
        folder = Path(name) / "data"
        start = f"http://127.0.0.1:{port}/0"
        source = Source(name="bench", kind=SourceKind.SITE, start=(start,), max_pages=pages, max_depth=50, delay=0.0)

        def sample(one: Progress) -> None:
            if one.settled % max(1, pages // 20) == 0:
                worker = int((folder / "evidence" / ".lock").read_text().split()[1])
                samples.append((one.settled, _resident(str(worker)), _resident("self")))

        _with_everything(folder, source, pages, sample)
    half, last = samples[len(samples) // 2 - 1], samples[-1]
    growth = [(last[n] - half[n]) / (last[0] - half[0]) * 10_000 for n in (1, 2)]
    return {
        "simulated_pages": float(pages),
        "crawler_mib": max(crawler for _, crawler, _ in samples),
        "ingest_mib": max(own for _, _, own in samples),
        "both_mib": max(crawler + own for _, crawler, own in samples),
        "crawler_mib_at_a_tenth": samples[1][1],
        "crawler_mib_more_per_10000_pages": growth[0],
        "ingest_mib_more_per_10000_pages": growth[1],
    }


def _resident(process: str) -> float:
    """Return the resident memory of a process in MiB (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _serve_folder(ports: "multiprocessing.Queue[int]", root: str) -> None:
    with DemoWeb(Path(root)) as web:
        ports.put(web.port)
        threading.Event().wait()


class _Simulated(BaseHTTPRequestHandler):
    """Page n links to ten more; nothing is stored."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    pages = 0

    def do_GET(self) -> None:
        """Send a page of about 2 kB, as different from the others as its number."""
        name = self.path.strip("/")
        number = int(name) if name.isdigit() else -1
        below = range(_FAN_OUT * number + 1, min(_FAN_OUT * number + _FAN_OUT + 1, self.pages))
        links = "".join(f'<li><a href="/{n}">Dịch vụ số {n}</a></li>' for n in below)
        text = "".join(f"<p>Gói chăm sóc số {number * 7 + n} có giá {number * 13 + n}.000 đồng.</p>" for n in range(20))
        body = f"<!DOCTYPE html><title>Trang {number}</title><h1>Trang {number}</h1>{text}<ul>{links}</ul>".encode()
        self.send_response(200 if number >= 0 else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the overridden method's own name
        """Stay silent."""


def _serve_simulated(ports: "multiprocessing.Queue[int]", pages: str) -> None:
    _Simulated.pages = int(pages)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Simulated)
    ports.put(server.server_port)
    server.serve_forever()


@contextmanager
def _serving(serve: Callable[["multiprocessing.Queue[int]", str], None], what: str) -> Iterator[int]:
    """Serve from a process of its own, so that the crawlers do not share its time."""
    context = multiprocessing.get_context("spawn")
    ports: multiprocessing.Queue[int] = context.Queue()
    server = context.Process(target=serve, args=(ports, what), daemon=True)
    server.start()
    try:
        yield ports.get(timeout=60)
    finally:
        server.terminate()
        server.join()
