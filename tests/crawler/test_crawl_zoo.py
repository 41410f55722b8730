"""One crawl over everything the web does to crawlers, then a second one over the site as it changed."""

import gzip
import itertools
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
from loopback import Reply, Site, page, serving

from crawler.captures import decode_body, read_captures
from crawler.items import Capture
from crawler.run import CrawlSummary, Progress, crawl
from crawler.sources import Source
from crawler.verify import verify
from models.errors import InputError
from models.vocabulary import Outcome, SourceKind

MAX_BYTES = 200_000
ETAG = '"v1"'
BOMB = gzip.compress(bytes(20_000_000))
BODIES = {
    "/gzip": page(text="Nén gzip"),
    "/br": page(text="Nén brotli"),
    "/deflate": page(text="Nén deflate"),
    "/chunked": page(text="Từng phần"),
}


class Zoo:
    """The site of the first crawl; ``changed`` makes it the site of the second."""

    changed = False
    other = ""

    def __init__(self) -> None:
        self.flaky = 0

    def __call__(self, path: str, headers: Mapping[str, str]) -> Reply:
        special = {
            "/": Reply(page(*self.links())),
            "/robots.txt": Reply(b"User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
            "/gzip": Reply(gzip.compress(BODIES["/gzip"]), headers={"Content-Encoding": "gzip"}),
            "/br": Reply(brotli.compress(BODIES["/br"]), headers={"Content-Encoding": "br"}),
            "/deflate": Reply(zlib.compress(BODIES["/deflate"]), headers={"Content-Encoding": "deflate"}),
            "/chunked": Reply(chunks=[BODIES["/chunked"][:10], BODIES["/chunked"][10:]]),
            "/hop": Reply(status=302, headers={"Location": "/target?utm_source=x"}),
            "/loop1": Reply(status=301, headers={"Location": "/loop2"}),
            "/loop2": Reply(status=301, headers={"Location": "/loop1"}),
            "/away": Reply(status=302, headers={"Location": f"{self.other}/inside"}),
            "/metadata": Reply(status=302, headers={"Location": "http://169.254.169.254/latest"}),
            "/numeric": Reply(status=302, headers={"Location": "http://2130706433:9/"}),
            "/name": Reply(status=302, headers={"Location": self.other.replace("127.0.0.1", "localhost")}),
            "/inner": Reply(status=307, headers={"Location": "http://10.1.2.3/"}),
            "/file": Reply(status=302, headers={"Location": "file:///etc/passwd"}),
            "/forbidden": Reply(b"no", 403),
            "/later": Reply(b"wait", 429, {"Retry-After": "99999"}),
            "/error": Reply(b"oops", 500, {"Retry-After": "0"}),
            "/challenge": Reply(b"<title>Just a moment...</title>", 503, {"Retry-After": "99999"}),
            "/slow": Reply(b"x" * 1000, pause=0.05),
            "/large": Reply(b"x" * (MAX_BYTES + 1)),
            "/large-chunked": Reply(chunks=[b"x" * 100_000] * 3),
            "/bomb": Reply(BOMB, headers={"Content-Encoding": "gzip"}),
            "/badgzip": Reply(b"this is not gzip", headers={"Content-Encoding": "gzip"}),
            "/picture": Reply(b"\x89PNG" * 100, headers={"Content-Type": "image/png"}),
            "/viet1258": Reply(
                "Phòng khám".encode("cp1258", "replace"), headers={"Content-Type": "text/html; charset=windows-1258"}
            ),
            "/nul": Reply(b"<a href='/from-nul'>\0\0</a>\0\xff\xfe"),
            "/odd-header": Reply(page(), headers={"X-Name": "ph\xf2ng kh\xe1m", "Content-Type": "text/html"}),
            "/reset": Reply(reset=True),
            "/deep": Reply(page("/deep/1")),
            "/all.txt": Reply(b"# reported\n" + f"{self.me}/same\n".encode(), headers={"Content-Type": "text/plain"}),
            "/feed": Reply(
                f"<rss><channel><item><link>{self.me}/same</link></item></channel></rss>".encode(),
                headers={"Content-Type": "application/rss+xml"},
            ),
            "/sitemap.xml": Reply(
                f"<sitemapindex xmlns='x'><sitemap><loc>{self.me}/part.xml.gz</loc></sitemap></sitemapindex>".encode(),
                headers={"Content-Type": "application/xml"},
            ),
            "/part.xml.gz": Reply(
                gzip.compress(f"<urlset><url><loc>{self.me}/mapped</loc></url></urlset>".encode()),
                headers={"Content-Type": "application/gzip"},
            ),
        }
        if path == "/flaky":
            self.flaky += 1
            return Reply(page(), 200 if self.flaky > 1 else 503, {"Retry-After": "0"})
        return self.aged(path, headers) or special.get(path) or self.plain(path)

    me = ""

    def aged(self, path: str, headers: Mapping[str, str]) -> Reply | None:  # noqa: PLR0911 - one answer a line
        if path == "/etag":
            if headers.get("if-none-match") == ETAG:
                return Reply(status=304, headers={"ETag": ETAG})
            return Reply(page("/from-etag"), headers={"ETag": ETAG})
        if path == "/changes":
            return Reply(page(text="Giá mới" if self.changed else "Giá cũ"))
        if path in ("/vanishes", "/unlinked"):
            return Reply(b"gone", 410) if self.changed else Reply(page())
        if path == "/closes":
            return Reply(b"no", 403) if self.changed else Reply(page())
        if path == "/gzip" and self.changed:  # the same text in another packing
            return Reply(gzip.compress(BODIES["/gzip"], 0), headers={"Content-Encoding": "gzip"})
        if path in ("/slow", "/reset") and self.changed:
            return Reply(page())
        return None

    def plain(self, path: str) -> Reply:
        known = ("/target", "/from-nul", "/from-etag", "/same", "/mapped", "/deep/1", "/caf%C3%A9")
        if path.startswith("/deep/"):
            return Reply(page(f"/deep/{int(path[6:]) + 1}"))
        return Reply(page(text=path)) if path in known else Reply(b"nothing here", 404)

    def links(self) -> list[str]:
        names = (
            "gzip br deflate chunked hop loop1 away metadata file forbidden later error challenge slow large "
            "large-chunked bomb badgzip picture viet1258 nul odd-header reset deep flaky etag changes vanishes closes "
            "same missing secret/x"
        )
        odd = [
            "http://elsewhere.example/",
            "mailto:a@b",
            "javascript:void(0)",
            "http://[bad",
            "/same#top",
            "/same?PHPSESSID=1",
            "/pic.jpg",
            "/café",
        ]
        return [f"/{name}" for name in names.split()] + odd + ([] if self.changed else ["/unlinked"])


@dataclass
class Seen:
    """What the two crawls left."""

    first: CrawlSummary
    second: CrawlSummary
    progress: list[Progress]
    captures: list[Capture]
    everything: list[Capture]
    site: Site
    other: Site
    paced: list[float]
    evidence: Path

    def one(self, path: str, run: str = "", source: str = "zoo") -> Capture:
        wanted = run or self.first.run
        found = [c for c in self.captures if c.run == wanted and c.source == source and c.url == self.site.url + path]
        assert len(found) == 1, (path, found)
        return found[0]


def paced(path: str, times: list[float]) -> Reply:
    times.append(time.monotonic())
    if path == "/robots.txt":
        return Reply(b"User-agent: MedAdWatch\nCrawl-delay: 0.4\n")
    return Reply(page("/1", "/2"), 200 if path in ("/", "/1", "/2") else 404)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    evidence = tmp_path_factory.mktemp("zoo") / "evidence"
    zoo = Zoo()
    progress: list[Progress] = []
    proxied = lambda path, _: Reply(page(text=f"qua proxy {path}") if "robots" not in path else b"", 200)  # noqa: E731
    times: list[float] = []
    with serving(zoo) as site, serving(proxied) as other, serving(lambda path, _: paced(path, times)) as pace:
        zoo.me, zoo.other = site.url, other.url
        sources = [
            Source(
                name="zoo",
                kind=SourceKind.SITE,
                start=(site.url,),
                delay=0,
                max_depth=3,
                timeout=0.8,
                max_bytes=MAX_BYTES,
                contact="mailto:x@example.vn",
            ),
            Source(
                name="list",
                kind=SourceKind.PAGE_LIST,
                start=tuple(f"{site.url}/{name}" for name in ("away", "same", "numeric", "inner", "name")),
                delay=0,
            ),
            Source(name="map", kind=SourceKind.SITEMAP, start=(f"{site.url}/sitemap.xml",), delay=0),
            Source(name="feed", kind=SourceKind.FEED, start=(f"{site.url}/feed",), delay=0),
            Source(name="listed", kind=SourceKind.PAGE_LIST, start=(f"{site.url}/all.txt",), delay=0),
            Source(name="paced", kind=SourceKind.SITE, start=(pace.url,), delay=0),
            Source(name="down", kind=SourceKind.SITE, start=("http://127.0.0.1:9/",), delay=0),
            Source(name="dns", kind=SourceKind.PAGE_LIST, start=("http://no-such-host.invalid/x",), delay=0),
            Source(name="proxied", kind=SourceKind.SITE, start=("http://clinic.example/",), delay=0, proxy=other.url),
        ]
        first = crawl(sources, evidence, on_progress=progress.append, run_id="first-run")
        times_of_first = list(times)
        zoo.changed = True
        second = crawl([source for source in sources if source.name not in ("down", "dns")], evidence)
        yield Seen(
            first,
            second,
            progress,
            list(read_captures(evidence)),
            list(read_captures(evidence, everything=True)),
            site,
            other,
            times_of_first,
            evidence,
        )


@pytest.mark.parametrize("path", sorted(BODIES))
def test_bodies_are_kept_as_transferred_and_decode(seen: Seen, path: str) -> None:
    capture = seen.one(path)
    assert capture.outcome is Outcome.CAPTURED
    assert decode_body(capture) == BODIES[path]
    if path != "/chunked":
        assert capture.body != BODIES[path]


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        ("/missing", Outcome.FAILED, "HTTP 404"),
        ("/forbidden", Outcome.BLOCKED, "HTTP 403"),
        ("/later", Outcome.BLOCKED, "HTTP 429"),
        ("/challenge", Outcome.BLOCKED, "HTTP 503"),
        ("/error", Outcome.FAILED, "HTTP 500"),
        ("/slow", Outcome.FAILED, "longer than 0.8 seconds"),
        ("/reset", Outcome.FAILED, "DownloadFailedError"),
        ("/large", Outcome.FAILED, "DownloadCancelledError"),
        ("/large-chunked", Outcome.FAILED, "DownloadCancelledError"),
        ("/bomb", Outcome.FAILED, "unpacks to more than"),
        ("/badgzip", Outcome.FAILED, "broken"),
        ("/loop2", Outcome.FAILED, "in a circle"),
        ("/away", Outcome.FAILED, "out of the source's domains"),
        ("/metadata", Outcome.FAILED, "169.254.169.254"),
        ("/file", Outcome.FAILED, "no http(s) address"),
        ("/secret/x", Outcome.EXCLUDED_BY_ROBOTS, "robots.txt forbids"),
    ],
)
def test_every_failure_is_told_apart_and_explained(seen: Seen, path: str, outcome: Outcome, reason: str) -> None:
    capture = seen.one(path)
    assert capture.outcome is outcome
    assert reason in capture.error


def test_what_must_not_be_asked_was_not(seen: Seen) -> None:
    assert not [
        path for path in seen.site.hits if path.startswith("/secret") or "pic.jpg" in path or "PHPSESSID" in path
    ]
    assert set(seen.other.hits) == {"http://clinic.example/", "http://clinic.example/robots.txt"}
    refused = {
        c.url: c.error
        for c in seen.captures
        if c.source == "list" and c.outcome is Outcome.FAILED and c.run == seen.first.run
    }
    assert "private address 127.0.0.1" in refused["http://2130706433:9/"]
    assert "private address 10.1.2.3" in refused["http://10.1.2.3/"]
    assert "private address" in refused[f"{seen.other.url}/inside"]
    by_name = seen.other.url.replace("127.0.0.1", "localhost")
    assert "localhost is the private address 127.0.0.1" in refused[f"{by_name}/"]


def test_retries_are_recorded_and_limited(seen: Seen) -> None:
    assert seen.one("/flaky").outcome is Outcome.CAPTURED
    first = [c for c in seen.everything if c.url.endswith("/error") and c.run == seen.first.run]
    assert [c.status for c in first] == [500, 500, 500]
    assert len([c for c in seen.captures if c.url.endswith("/error") and c.run == seen.first.run]) == 1


def test_redirects_name_where_they_came_from(seen: Seen) -> None:
    assert seen.one("/target").redirected_from == f"{seen.site.url}/hop"
    assert seen.one("/target").outcome is Outcome.CAPTURED


def test_strange_bytes_do_no_harm(seen: Seen) -> None:
    assert seen.one("/from-nul").outcome is Outcome.CAPTURED
    assert seen.one("/viet1258").body == "Phòng khám".encode("cp1258", "replace")
    assert seen.one("/odd-header").outcome is Outcome.CAPTURED
    assert seen.one("/caf%C3%A9").outcome is Outcome.CAPTURED


def test_pictures_are_turned_away_and_not_counted(seen: Seen) -> None:
    assert not [c for c in seen.everything if c.url.endswith("/picture")]


def test_an_unreachable_host_is_counted_and_stops_nothing(seen: Seen) -> None:
    failures = {failure.source: failure.note for failure in seen.first.failures if failure.source in ("down", "dns")}
    assert "refused" in failures["down"]
    assert "DNS lookup failed" in failures["dns"]
    assert [seen.first.sources[name]["failed"] for name in ("down", "dns")] == [1, 1]


def test_depth_is_bounded(seen: Seen) -> None:
    deep = {c.url.rpartition("/")[2] for c in seen.captures if "/deep/" in c.url}
    assert deep == {"1", "2"}  # "/deep" is one link away from the start, "/deep/2" three


def test_sitemaps_lead_to_pages_through_indexes_and_packing(seen: Seen) -> None:
    assert seen.one("/mapped", source="map").outcome is Outcome.CAPTURED
    assert seen.first.sources["map"]["captured"] == 1


@pytest.mark.parametrize("name", ["feed", "listed"])
def test_feeds_and_lists_lead_to_pages(seen: Seen, name: str) -> None:
    assert seen.one("/same", source=name).outcome is Outcome.CAPTURED
    assert seen.first.sources[name]["captured"] == 1


def test_a_crawl_delay_is_kept(seen: Seen) -> None:
    pages = seen.paced[1:]
    assert len(pages) == 3
    assert all(later - earlier > 0.35 for earlier, later in itertools.pairwise(pages))


def test_a_finished_run_is_not_continued(seen: Seen) -> None:
    assert seen.first.run == "first-run"
    again = [Source(name="x", kind=SourceKind.SITE, start=(seen.site.url,))]
    with pytest.raises(InputError, match="first-run exists already"):
        crawl(again, seen.evidence, run_id="first-run")


def test_a_proxied_source_reaches_hosts_that_have_no_address(seen: Seen) -> None:
    mine = [c for c in seen.captures if c.source == "proxied" and c.run == seen.first.run]
    assert [(c.url, c.outcome) for c in mine] == [("http://clinic.example/", Outcome.CAPTURED)]


def test_requests_are_honest(seen: Seen) -> None:
    headers = seen.site.seen["/same"]
    assert headers["user-agent"].startswith("MedAdWatch/")
    assert "cookie" not in headers
    assert any("mailto:x@example.vn" in h["user-agent"] for h in seen.site.seen.values())


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/etag", Outcome.UNCHANGED),
        ("/same", Outcome.UNCHANGED),
        ("/gzip", Outcome.UNCHANGED),
        ("/changes", Outcome.CAPTURED),
        ("/vanishes", Outcome.WITHDRAWN),
        ("/unlinked", Outcome.WITHDRAWN),
        ("/closes", Outcome.BLOCKED),
        ("/missing", Outcome.FAILED),
    ],
)
def test_a_second_run_tells_what_became_of_each_page(seen: Seen, path: str, outcome: Outcome) -> None:
    assert seen.one(path, seen.second.run).outcome is outcome


def test_an_unchanged_page_gives_the_first_body_and_its_links(seen: Seen) -> None:
    again = seen.one("/etag", seen.second.run)
    assert again.status == 304
    assert decode_body(again) == page("/from-etag")
    assert seen.one("/from-etag", seen.second.run).outcome is Outcome.UNCHANGED
    assert again.record_id != seen.one("/etag").record_id


def test_the_summary_counts_what_the_captures_say(seen: Seen) -> None:
    for summary in (seen.first, seen.second):
        for name, counts in summary.sources.items():
            mine = [c for c in seen.captures if c.run == summary.run and c.source == name]
            assert {o.value: sum(c.outcome is o for c in mine) for o in Outcome} == counts
    assert not seen.first.interrupted
    assert seen.first.run != seen.second.run
    assert len(seen.progress) == sum(sum(counts.values()) for counts in seen.first.sources.values())


def test_the_evidence_verifies_to_the_head_of_the_summary(seen: Seen) -> None:
    report = verify(seen.evidence, expected_head=(seen.second.head.seq, seen.second.head.hash))
    assert report.problem == ""
    assert report.head == seen.second.head
    assert report.records > 100
    assert verify(seen.evidence, run=seen.first.run).ok
    assert "knows no run" in verify(seen.evidence, run="nosuch").problem


def test_reading_can_start_after_a_line(seen: Seen) -> None:
    middle = seen.captures[len(seen.captures) // 2].seq
    later = list(read_captures(seen.evidence, after_seq=middle))
    assert later == [c for c in seen.captures if c.seq > middle]
