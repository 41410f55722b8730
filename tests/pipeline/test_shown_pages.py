"""What people see becomes what is judged: text of scripts and of pictures; flagged pages get a picture, once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from drawn import drawn
from small_site import FOOTER, GUARANTEE, LINKS, OFFER, SmallSite, html, small_site
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from crawler.browser import need_browser
from crawler.imports.ocr import need_ocr
from crawler.run import crawl
from crawler.sources import Source
from crawler.verify import verify
from models import tables
from models.errors import MedadError
from models.vocabulary import Code, Outcome, SourceKind
from pipeline.ingest import ingest
from pipeline.runner import executor
from pipeline.whole import Whole, run_whole


def _why_not() -> str:
    for need in (need_browser, need_ocr):
        try:
            need()
        except MedadError as error:
            return str(error)
    return ""


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "Chromium and Tesseract are there"),
]

CLAIM = "Cam kết khỏi hẳn sau 7 ngày"


@contextmanager
def quiet(_: str) -> Iterator[Callable[[int], None]]:
    """Show no progress."""
    yield lambda _: None


@contextmanager
def scripted() -> Iterator[str]:
    """Serve one page whose text and picture a script writes."""
    shell = (
        "<html><head><meta charset='utf-8'><title>Trị nám</title></head><body><div id='a'></div><script>"
        f"document.getElementById('a').innerHTML = '<h1>Trị nám</h1><p>{GUARANTEE}</p><p>{OFFER}</p>"
        f'<img src="/claim.png" width="700" height="260"></p>{FOOTER}\'</script></body></html>'
    )

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            found = {"/": (shell.encode(), "text/html"), "/claim.png": (drawn(CLAIM), "image/png")}.get(self.path)
            body, kind = found or (b"", "text/plain")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def rows(engine: Engine, *roles: str) -> list[tables.Capture]:
    with Session(engine) as opened:
        found = select(tables.Capture).where(col(tables.Capture.role).in_(roles)).order_by(col(tables.Capture.seq))
        return list(opened.exec(found))


def test_the_text_of_scripts_and_of_pictures_becomes_the_advertisement(engine: Engine, tmp_path: Path) -> None:
    with scripted() as url:
        source = Source(name="js", kind=SourceKind.SITE, start=(url,), delay=0, render=True, ocr=True)
        for round_, expected in ((1, (1, 0)), (2, (0, 1))):
            crawl([source], tmp_path / "evidence")
            with executor(1) as single:
                done = ingest(engine, tmp_path / "evidence", single)
            assert (done.new, done.seen_again) == expected, round_
    with Session(engine) as opened:
        ad = opened.exec(select(tables.Advertisement)).one()
        capture = opened.get(tables.Capture, ad.capture_id)
    assert ad.url == url
    assert GUARANTEE in ad.text[: ad.main_end]
    mark = ad.details["ocr"][0]
    assert ad.text[mark["start"] : mark["end"]] == CLAIM
    assert mark["end"] <= ad.main_end
    assert capture is not None
    assert (capture.role, capture.about, capture.url) == ("reading", url, f"urn:rendered:{url}")
    image = rows(engine, "image")[0]
    assert (image.about, image.payload_sha256) == (url, mark["sha256"])
    assert [row.outcome for row in rows(engine, "page")] == [Outcome.CAPTURED, Outcome.UNCHANGED]


def go(engine: Engine, site: SmallSite, folder: Path) -> Whole:
    source = Source(name="moc-lan", kind=SourceKind.SITE, start=(f"{site.url}/",), delay=0, screenshots="flagged")
    return run_whole(engine, [source], folder / "data", workers=1, spec="rules", progress=quiet)


def flagged(engine: Engine) -> set[str]:
    with Session(engine) as opened:
        query = (
            select(tables.Advertisement.url)
            .join(tables.Finding, col(tables.Finding.advertisement_id) == tables.Advertisement.id)
            .where(col(tables.Advertisement.superseded_at).is_(None))
        )
        return set(opened.exec(query))


def test_flagged_pages_get_a_picture_once_for_each_text(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {
        "/": html("Tin tức", "Phòng khám thông báo lịch nghỉ lễ.", links=LINKS),
        "/tri-nam": html("Trị nám", GUARANTEE, OFFER),
        "/tin-tuc": html("Ghế gỗ", "Cửa hàng bán ghế gỗ và bàn gỗ.").replace(FOOTER, ""),
    }
    with small_site(pages) as site:
        monkeypatch.setenv("MEDAD_CHROMIUM", "/no/such/program")
        without = go(engine, site, tmp_path)
        assert without.shots is not None
        assert "MEDAD_CHROMIUM" in without.shots.problem
        wanted = flagged(engine)
        assert f"{site.url}/tri-nam" in wanted
        assert len(wanted) < len(pages)
        assert f"Chưa chụp được ảnh màn hình của {len(wanted)} trang" in without.describe()
        monkeypatch.delenv("MEDAD_CHROMIUM")

        first = go(engine, site, tmp_path)
        assert first.shots is not None
        assert (first.shots.wanted, first.shots.taken) == (len(wanted), len(wanted))
        assert f"đã chụp {len(wanted)}/{len(wanted)} trang có dấu hiệu vi phạm" in first.describe()
        assert {row.about for row in rows(engine, "screenshot")} == wanted

        again = go(engine, site, tmp_path)
        assert again.shots is not None
        assert again.shots.wanted == 0
        assert not again.changed

        site.pages["/tri-nam"] = html("Trị nám", GUARANTEE.replace("nám da", "nám, tàn nhang"), OFFER)
        third = go(engine, site, tmp_path)
        assert third.shots is not None
        assert third.shots.taken == 1
    taken = rows(engine, "screenshot")
    assert [row.about for row in taken].count(f"{site.url}/tri-nam") == 2
    assert len(taken) == len(wanted) + 1
    assert {(row.outcome, row.content_type) for row in taken} == {(Outcome.CAPTURED, "image/png")}
    with Session(engine) as opened:
        kinds = [run.kind for run in opened.exec(select(tables.Run).order_by(col(tables.Run.started_at)))]
    assert kinds.count("screenshots") == 2
    assert verify(tmp_path / "data" / "evidence").problem == ""
    assert Code.CURE_GUARANTEE in {f.code for f in _findings(engine)}


def _findings(engine: Engine) -> list[tables.Finding]:
    with Session(engine) as opened:
        return list(opened.exec(select(tables.Finding)))
