"""Crawl after crawl of one page that is blocked, moves, goes and comes back: what the rows and the history say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from small_site import GUARANTEE, OFFER, html
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from crawler.run import crawl
from crawler.sources import Source
from models import tables
from models.vocabulary import SourceKind
from pipeline.history import describe_history, history_of
from pipeline.ingest import Ingested, ingest
from pipeline.runner import executor

TEXT = html("Trị nám", GUARANTEE, OFFER)
OTHER = html("Trị nám", "Kết quả điều trị tùy thuộc cơ địa mỗi người.", OFFER)
WALL = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>Verifying you are human</html>"
NOTICE = "<html><h1>Bài viết không tồn tại hoặc đã bị gỡ</h1></html>"


class _Site:
    """Answers every path with ``answers[path]``: (status, body or location)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        site = self

        class _Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                return

            def do_GET(self) -> None:
                status, text = site.answers.get(self.path, (404, ""))
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if status in (301, 302):
                    self.send_header("Location", text)
                body = text.encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@contextmanager
def _site() -> Iterator[_Site]:
    site = _Site()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()


class _Watch:
    def __init__(self, engine: Engine, site: _Site, folder: Path) -> None:
        self.engine, self.site, self.folder = engine, site, folder
        self.url = f"{site.url}/p"
        self.source = Source.model_validate({"name": "s", "kind": "page-list", "start": (self.url,), "delay": 0})

    def sees(self, status: int, text: str) -> Ingested:
        self.site.answers["/p"] = (status, text)
        crawl([self.source], self.folder / "evidence")
        with executor(1) as pool:
            return ingest(self.engine, self.folder / "evidence", pool)

    def ads(self) -> list[tables.Advertisement]:
        with Session(self.engine) as opened:
            query = select(tables.Advertisement).where(tables.Advertisement.url == self.url)
            return list(opened.exec(query.order_by(col(tables.Advertisement.id))))


@pytest.mark.slow
def test_a_page_through_all_that_may_happen_to_it(engine: Engine, tmp_path: Path) -> None:
    with _site() as site:
        watch = _Watch(engine, site, tmp_path)
        assert watch.sees(200, TEXT).new == 1
        seen = watch.ads()[0].last_seen_at

        blocked = watch.sees(200, WALL)
        assert (blocked.changed, blocked.withdrawn, blocked.seen_again) == (0, 0, 0)
        assert (watch.ads()[0].last_seen_at, watch.ads()[0].withdrawn_at) == (seen, None)

        assert watch.sees(200, NOTICE).withdrawn == 1
        assert [ad.withdrawn_at is None for ad in watch.ads()] == [False]

        assert watch.sees(200, OTHER).changed == 1
        assert watch.sees(200, TEXT).changed == 1  # back to its first text
        first, second = watch.ads()
        assert (first.superseded_at, second.superseded_at is None) == (None, False)
        assert first.details["earlier"] == [[first.first_seen_at.isoformat(), seen.isoformat()]]

        site.answers["/moi"] = (200, TEXT)
        watch.sees(301, "/moi")
        assert watch.ads()[0].details["moved_to"] == f"{site.url}/moi"
        moved = describe_history(history_of(engine, watch.url))

        assert watch.sees(200, TEXT).seen_again == 1
        assert "moved_to" not in watch.ads()[0].details
        found = history_of(engine, watch.url)
    assert f"đã chuyển hẳn sang {site.url}/moi (mã 301)" in moved
    assert [version.ad_id for version in found.versions] == [first.id, second.id]
    assert len(found.versions[0].shown) == 2
    assert found.counts == {"captured": 3, "unchanged": 1, "blocked": 1, "withdrawn": 1, "moved": 1}
    told = describe_history(found)
    assert "trang kiểm tra chống truy cập tự động" in told
    assert "đã gỡ: trang tự thông báo nội dung không còn" in told
    assert history_of(engine, f"{site.url}/moi").moved_from == (watch.url,)


@pytest.mark.slow
def test_a_page_that_moved_out_of_what_is_watched(engine: Engine, tmp_path: Path) -> None:
    with _site() as site:
        watch = _Watch(engine, site, tmp_path)
        watch.source = watch.source.model_copy(update={"kind": SourceKind.SITE})
        watch.sees(200, TEXT)
        watch.sees(301, "http://la.example/moi")
    ad = watch.ads()[0]
    assert ad.details["moved_to"] == "http://la.example/moi"
    assert ad.withdrawn_at is None
