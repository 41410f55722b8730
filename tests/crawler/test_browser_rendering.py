"""One crawl in a real Chromium over what scripts do: they write the advertisement, and they try to get out."""

import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chromium import needs_chromium
from loopback import Reply, Site, page, serving
from warcio.archiveiterator import ArchiveIterator

from crawler.captures import read_captures
from crawler.chain import read_log
from crawler.items import READING, SCREENSHOT, Capture
from crawler.run import CrawlSummary, crawl
from crawler.sources import Source
from crawler.verify import verify
from crawler.words import read_as_shown
from models.vocabulary import Outcome, SourceKind

pytestmark = [needs_chromium, pytest.mark.slow]

AD = "Phòng khám Hoa Gạo cam kết chữa khỏi 100% nám da chỉ sau 7 ngày, không tái phát."
PATHS = (
    *("written", "to-metadata", "to-file", "leaves", "endless", "dialogs", "heavy", "prying"),
    *("cookies", "worker", "tall", "broken", "download"),
)


def script(code: str, body: str = "", headers: dict[str, str] | None = None) -> Reply:
    """A page of a script."""
    head = "<html><head><meta charset='utf-8'><title>Trang</title></head>"
    return Reply(f"{head}<body>{body}<script>{code}</script></body></html>".encode(), headers=headers or {})


class Scripted:
    """The site. ``other`` is a private server that nobody named."""

    me = other = ""

    def __call__(self, path: str, headers: Mapping[str, str]) -> Reply:
        if path == "/api":
            return Reply(json.dumps({"text": AD}).encode(), headers={"Content-Type": "application/json"})
        if path.startswith("/tick"):
            return Reply(b"{}", headers={"Content-Type": "application/json"})
        special = {
            "/robots.txt": Reply(b"User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
            "/": Reply(page(*(f"/{name}" for name in PATHS), "/secret")),
            "/written": script(
                "fetch('/api').then(r => r.json()).then(d => { document.getElementById('ad').innerHTML ="
                " '<h1>Trị nám</h1><p>' + d.text + '</p><a href=\"/by-script\">xem</a>' })",
                "<div id='ad'></div>",
            ),
            "/to-metadata": script(
                "location.href = 'http://169.254.169.254/latest/meta-data/'", "<p>Ở lại trang này</p>"
            ),
            "/to-file": script("location.href = 'file:///etc/passwd'", "<p>Ở lại trang này</p>"),
            "/leaves": script("location.replace('/moved')", "<p>Đang chuyển</p>"),
            "/endless": script(
                "let n = 0; setInterval(() => { fetch('/tick' + n); document.body.appendChild("
                "document.createElement('p')).textContent = 'Dòng thứ ' + n++ }, 20)"
            ),
            "/dialogs": script(
                "alert('a'); confirm('b'); prompt('c'); window.open('/popup'); window.onbeforeunload = () => 'x';"
                " document.body.innerHTML = '<p>Nội dung sau hộp thoại</p>'"
            ),
            "/heavy": Reply(
                b"<html><body><p>Trang \xe1\xba\xa3nh l\xe1\xbb\x9bn</p><img src='/100mb.jpg'></body></html>"
            ),
            "/100mb.jpg": Reply(b"x", headers={"Content-Type": "image/jpeg"}, length=100_000_000),
            "/prying": script(self.prying(), "<p>Trang dò mạng nội bộ</p>"),
            "/hop": Reply(status=302, headers={"Location": f"{self.other}/hopped"}),
            "/cookies": script(
                "document.cookie = 'mine=1'; fetch('/seen-cookies', {credentials: 'include'})",
                "<p>Bánh quy</p>",
                {"Set-Cookie": "theirs=1"},
            ),
            "/worker": script("navigator.serviceWorker.register('/sw.js')", "<p>Trang cài đặt</p>"),
            "/sw.js": Reply(b"self.addEventListener('fetch', () => {})", headers={"Content-Type": "text/javascript"}),
            "/tall": script("document.title = 'cao'", "<div style='height:40000px'>Trang rất cao</div>"),
            "/broken": script("null.x()", "<p>Nội dung tĩnh vẫn còn</p>"),
            "/download": script(
                "const a = document.createElement('a'); a.href = '/file.zip'; a.download = 'x';"
                " document.body.append(a); a.click()",
                "<p>Tải tệp</p>",
            ),
            "/file.zip": Reply(b"PK", headers={"Content-Type": "application/zip", "Content-Disposition": "attachment"}),
            "/loop": script("while (true) {}", "<p>Kẹt mãi</p>"),
        }
        known = special.get(path)
        return known or Reply(page(text=f"Trang {path}"), 200 if path in ("/moved", "/by-script") else 404)

    def prying(self) -> str:
        """Every way out of a page that we know of."""
        socket = self.other.replace("http", "ws")
        return f"""
            const add = (tag, given) => document.body.append(Object.assign(document.createElement(tag), given));
            fetch('{self.other}/fetched').catch(() => 0); fetch('http://10.1.2.3/').catch(() => 0);
            fetch('/hop').catch(() => 0); add('img', {{src: '{self.other}/picture.png'}});
            add('iframe', {{src: '{self.other}/framed'}}); add('iframe', {{src: 'file:///etc/passwd'}});
            for (const rel of ['preconnect', 'prefetch', 'preload', 'dns-prefetch', 'stylesheet', 'icon', 'manifest'])
                add('link', {{rel: rel, href: '{self.other}/' + rel}});
            navigator.sendBeacon('{self.other}/beacon', 'x'); try {{ new WebSocket('{socket}/socket') }} catch (e) {{}}
            try {{ new EventSource('{self.other}/events') }} catch (e) {{}}
            const code = "fetch('{self.other}/from-worker'); importScripts('{self.other}/script.js')";
            new Worker(URL.createObjectURL(new Blob([code], {{type: 'text/javascript'}})));
            add('object', {{data: '{self.other}/object'}}); add('video', {{src: '{self.other}/film.mp4'}});
            const form = Object.assign(document.createElement('form'), {{action: '{self.other}/form', method: 'post'}});
            document.body.append(form); form.submit();
        """


@dataclass
class Seen:
    """What the crawl left."""

    summary: CrawlSummary
    captures: list[Capture]
    events: list[dict[str, Any]]
    site: Site
    other: Site
    evidence: Path
    seconds: float

    def of(self, path: str, role: str) -> Capture:
        about = self.site.url + path
        found = [c for c in self.captures if c.role == role and about == (c.about or c.url)]
        assert len(found) == 1, (path, role, [(c.role, c.url) for c in self.captures])
        return found[0]

    def html(self, path: str) -> str:
        return self.of(path, READING).body.decode()

    def facts(self, path: str) -> dict[str, Any]:
        seq = self.of(path, READING).seq
        facts: dict[str, Any] = next(e for e in self.events if e["seq"] == seq)["rendering"]
        return facts


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    evidence = tmp_path_factory.mktemp("scripted") / "evidence"
    scripted = Scripted()
    with serving(scripted) as site, serving(lambda *_: Reply(b"inside")) as other:
        scripted.me, scripted.other = site.url, other.url
        sources = [
            Source(
                name="scripted",
                kind=SourceKind.SITE,
                start=(site.url,),
                delay=0,
                timeout=12,
                render=True,
                screenshots="all",
                contact="mailto:x@example.vn",
            ),
            Source(
                name="stuck", kind=SourceKind.PAGE_LIST, start=(f"{site.url}/loop",), delay=0, timeout=4, render=True
            ),
        ]
        began = time.monotonic()
        summary = crawl(sources, evidence)
        seconds = time.monotonic() - began
        events = [event for event, _ in read_log(evidence)]
        yield Seen(summary, list(read_captures(evidence)), events, site, other, evidence, seconds)


def test_text_that_a_script_writes_is_read(seen: Seen) -> None:
    shown = read_as_shown(seen.of("/written", READING))
    assert not isinstance(shown, str)
    assert AD in shown.text[: shown.main_end]
    assert AD.encode() not in seen.of("/written", "page").body, "the transferred document is kept as it was"
    assert seen.of("/written", "page").awaits


def test_links_that_a_script_writes_are_followed(seen: Seen) -> None:
    assert seen.of("/by-script", "page").outcome is Outcome.CAPTURED


def test_the_document_is_asked_for_once(seen: Seen) -> None:
    assert {path: seen.site.hits[path] for path in ("/", "/written", "/tall")} == {"/": 1, "/written": 1, "/tall": 1}


@pytest.mark.parametrize(
    ("path", "why"), [("/to-metadata", "169.254.169.254"), ("/leaves", "a page does not leave its address")]
)
def test_a_page_that_goes_elsewhere_by_script_stays(seen: Seen, path: str, why: str) -> None:
    assert any(why in refusal for refusal in seen.facts(path)["refusals"])
    assert "<p>" in seen.html(path)


def test_where_a_script_goes_is_a_link_that_the_guards_judge(seen: Seen) -> None:
    assert seen.facts("/leaves")["went_to"] == [f"{seen.site.url}/moved"]
    assert seen.of("/moved", "page").outcome is Outcome.CAPTURED
    assert not [c for c in seen.captures if "169.254" in c.url], "it is not of the source's domains"


def test_files_are_never_shown(seen: Seen) -> None:
    assert "Ở lại trang này" in seen.html("/to-file")
    assert "root:" not in seen.html("/to-file")
    assert "root:" not in seen.html("/prying")


def test_nothing_gets_through_to_private_addresses(seen: Seen) -> None:
    assert "Trang dò mạng nội bộ" in seen.html("/prying")
    assert not seen.other.hits, seen.other.hits
    refusals = "\n".join(seen.facts("/prying")["refusals"])
    assert "private address 127.0.0.1" in refusals
    assert "private address 10.1.2.3" in refusals
    assert seen.facts("/prying")["refused"] >= 8


def test_an_endless_page_is_read_as_far_as_it_came(seen: Seen) -> None:
    assert "Dòng thứ 20" in seen.html("/endless")
    assert not seen.facts("/endless")["quiet"]
    assert seen.facts("/endless")["requests"] <= 200


def test_a_page_that_hangs_is_read_as_it_was_transferred(seen: Seen) -> None:
    reading = seen.of("/loop", READING)
    assert reading.outcome is Outcome.FAILED
    assert "TimeoutError" in reading.error
    shown = read_as_shown(reading)
    assert not isinstance(shown, str)
    assert shown.text == "Kẹt mãi"


def test_dialogs_and_popups_stop_nothing(seen: Seen) -> None:
    assert "Nội dung sau hộp thoại" in seen.html("/dialogs")
    assert seen.facts("/dialogs").get("popups", 0) >= 1
    assert "/popup" not in seen.site.hits


def test_a_huge_picture_is_not_taken(seen: Seen) -> None:
    assert "ảnh lớn" in seen.html("/heavy")
    assert seen.facts("/heavy")["bytes"] < 1_000
    assert any("100mb" in refusal for refusal in seen.facts("/heavy")["refusals"])


def test_cookies_are_neither_kept_nor_sent(seen: Seen) -> None:
    assert "cookie" not in seen.site.seen["/seen-cookies"]


def test_requests_of_the_page_are_honest_too(seen: Seen) -> None:
    assert seen.site.seen["/api"]["user-agent"] == "MedAdWatch/0.1 (+mailto:x@example.vn)"
    assert seen.site.seen["/api"]["referer"] == f"{seen.site.url}/written"


def test_no_service_worker_and_no_download(seen: Seen) -> None:
    assert "/sw.js" not in seen.site.hits
    assert "Tải tệp" in seen.html("/download")
    assert not [e for e in seen.events if e["event"] == "picture" and "zip" in e["url"]]


def test_a_broken_script_leaves_the_rest(seen: Seen) -> None:
    assert "Nội dung tĩnh vẫn còn" in seen.html("/broken")


def test_robots_txt_holds_for_rendered_pages(seen: Seen) -> None:
    assert "/secret" not in seen.site.hits
    assert seen.summary.sources["scripted"]["excluded_by_robots"] == 1


def test_every_page_has_a_picture_of_bounded_height(seen: Seen) -> None:
    for path in ("/", "/written", "/tall"):
        shot = seen.of(path, SCREENSHOT)
        assert shot.body.startswith(b"\x89PNG")
        assert shot.headers["content-type"] == "image/png"
        assert shot.url == f"urn:fullPage:{seen.site.url}{path}"
    tall = seen.of("/tall", SCREENSHOT).body
    assert (int.from_bytes(tall[16:20]), int.from_bytes(tall[20:24])) == (1280, 15_000)


def test_the_evidence_says_how_it_was_shown(seen: Seen) -> None:
    facts = seen.facts("/written")
    assert facts["browser"].startswith("Chromium ")
    assert facts["viewport"] == [1280, 900]
    assert facts["quiet"]
    assert facts["wait_seconds"] > 0
    assert seen.of("/written", READING).of == seen.of("/written", "page").seq


def test_the_record_itself_says_what_it_shows_and_how(seen: Seen) -> None:
    shot, shown = seen.of("/written", SCREENSHOT), seen.of("/written", "page")
    with (seen.evidence / shot.warc).open("rb") as file:
        file.seek(shot.offset)
        record = next(iter(ArchiveIterator(io.BytesIO(file.read(shot.length)))))
    assert record.rec_type == "resource"
    assert record.rec_headers.get_header("WARC-Target-URI") == shot.url
    assert record.rec_headers.get_header("X-Crawler-Shows") == shown.record_id
    assert "viewport 1280x900; waited " in record.rec_headers.get_header("X-Crawler-Rendering")


def test_the_evidence_verifies(seen: Seen) -> None:
    report = verify(seen.evidence)
    assert report.problem == ""
    kinds = {event["event"] for event in seen.events}
    assert {"capture", "picture", "reading"} <= kinds


def test_a_second_crawl_keeps_no_second_copy_of_what_is_rendered_the_same(seen: Seen) -> None:
    source = Source(
        name="scripted", kind=SourceKind.PAGE_LIST, start=(f"{seen.site.url}/broken",), delay=0, timeout=12, render=True
    )
    again = crawl([source], seen.evidence)
    assert again.sources["scripted"]["unchanged"] == 1
    readings = [c for c in read_captures(seen.evidence) if c.role == READING and c.about.endswith("/broken")]
    assert [bool(c.warc) for c in readings] == [True, False]
    assert readings[0].body == readings[1].body
    assert verify(seen.evidence).problem == ""
