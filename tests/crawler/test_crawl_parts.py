"""The pure parts of the crawler: addresses, links, bodies, the frontier, the judge, the guard."""

import gzip
import hashlib
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest

from crawler.asking import not_text
from crawler.bodies import BodyError, decode
from crawler.frontier import MAX_PER_HOST, Frontier, Visit, VisitKind
from crawler.guard import RefusedAddressError, needs_lookup, refuse_private
from crawler.judge import Answer, judge, retry_wait
from crawler.links import MAX_LINKS, feed_links, html_links, list_links, sitemap_links
from crawler.sources import Source
from crawler.urls import canonical, host_key, is_text, is_trap, within
from models.vocabulary import Outcome, SourceKind

BASE = "http://clinic.example/a/b"


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("HTTP://Clinic.Example:80/x#y", "http://clinic.example/x"),
        ("https://clinic.example:443", "https://clinic.example/"),
        ("https://clinic.example:8443/?", "https://clinic.example:8443/"),
        ("?id=2&utm_source=fb&b=1&fbclid=x", "http://clinic.example/a/b?id=2&b=1"),
        ("?PHPSESSID=123", "http://clinic.example/a/b"),
        ("../../../x/./y", "http://clinic.example/x/y"),
        ("http://clinic.example/a/../../b", "http://clinic.example/b"),
        ("/x;jsessionid=1A?p=1", "http://clinic.example/x?p=1"),
        ("//other.example/x", "http://other.example/x"),
        ("http://user:pass@clinic.example/", "http://clinic.example/"),
        ("http://phòngkhám.example/khám", "http://xn--phngkhm-mwa2m.example/kh%C3%A1m"),
        ("/a b\tc", "http://clinic.example/a%20bc"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://[bad", ""),
        ("http://x:99999/", ""),
        ("http://exa mple/", ""),
        ("/" + "x" * 3000, ""),
    ],
)
def test_one_spelling_for_one_page(url: str, spelled: str) -> None:
    assert canonical(url, BASE) == spelled
    if spelled:
        assert canonical(spelled) == spelled


def test_hosts_cover_subdomains_and_mind_ports() -> None:
    assert within("https://www.clinic.example/", ["clinic.example"])
    assert within("https://clinic.example/", ["www.clinic.example"])
    assert within("https://sale.clinic.example/", ["clinic.example"])
    assert not within("https://badclinic.example/", ["clinic.example"])
    assert not within("http://clinic.example:8080/", ["clinic.example"])
    assert not within("http://127.0.0.1:9/", ["127.0.0.1:8"])
    assert host_key("http://clinic.example:8080/x") == "clinic.example:8080"


def test_traps_and_what_is_no_text() -> None:
    assert is_trap("http://x.example/" + "a/" * 4)
    assert is_trap("http://x.example/" + "/".join(map(str, range(30))))
    assert not is_trap("http://x.example/a/b/a/b")
    assert [is_text(f"http://x.example/a.{end}") for end in ("JPG", "pdf", "html", "php")] == [False, False, True, True]
    assert is_text("http://x.example/v1.0/")


def test_links_of_a_page() -> None:
    body = (
        b"<base href='/dir/'><a href='x'>1</a><a href='x#y'>2</a><area href='//o.example/z'><iframe src='f.html'>"
        b"</iframe><meta http-equiv='Refresh' content=\"0; URL='/next'\"><a href='pic.png'><a href='mailto:a@b'><a>"
    )
    host = "http://clinic.example"
    assert html_links(body, BASE) == [
        f"{host}/dir/x",
        "http://o.example/z",
        f"{host}/dir/f.html",
        f"{host}/next",
    ]


@pytest.mark.parametrize(
    "body", [b"", b"\0\0", b"<", b"\xff\xfe<a", b"<html>" + b"<div>" * 20_000, b"<?xml version='1.0' encoding='x'?><a"]
)
def test_broken_pages_give_no_error(body: bytes) -> None:
    assert html_links(body, BASE, "text/html; charset=nonsense") == []


def test_links_are_bounded() -> None:
    body = b"".join(b"<a href='/%d'>" % n for n in range(20_000))
    assert len(html_links(body, BASE)) == MAX_LINKS


def test_sitemaps_feeds_and_lists() -> None:
    index = b"<sitemapindex xmlns='s'><sitemap><loc> http://x.example/s.xml </loc></sitemap></sitemapindex>"
    assert sitemap_links(index, BASE) == ([], ["http://x.example/s.xml"])
    urls = (
        b"<urlset xmlns:i='i'><url><loc>http://x.example/1?a=1&amp;b=2</loc><i:image><i:loc>http://x.example/p</i:loc>"
        b"</i:image></url><url><loc>http://x.example/2</loc></url>"  # cut off
    )
    pages = ["http://x.example/1?a=1&b=2", "http://x.example/2"]
    assert sitemap_links(urls, BASE)[0] == pages
    assert sitemap_links(gzip.compress(urls), BASE)[0] == pages
    assert sitemap_links(b"http://x.example/1\nrubbish\n", BASE)[0] == ["http://x.example/1"]
    assert sitemap_links(
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&e;</loc></url></urlset>", BASE
    ) == ([], [])
    rss = b"<rss><channel><link>http://x.example/</link><item><link>http://x.example/n1</link></item></channel></rss>"
    assert feed_links(rss, BASE) == ["http://x.example/n1"]
    atom = b"<feed xmlns='http://www.w3.org/2005/Atom'><link href='/'/><entry><link href='/n2'/></entry></feed>"
    assert feed_links(atom, BASE) == ["http://clinic.example/n2"]
    assert feed_links(b"not xml", BASE) == []
    assert list_links("\ufeffhttp://x.example/1\n# http://x.example/no\nhttp://x.example/1\n".encode(), BASE) == [
        "http://x.example/1"
    ]


def test_a_bomb_of_entities_is_harmless() -> None:
    layers = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE x [<!ENTITY l0 'ha'>{layers}]><urlset><url><loc>http://x.example/&l11;</loc></url></urlset>"
    assert len(sitemap_links(bomb.encode(), BASE)[0]) <= 1


TEXT = "Nha khoa Hoa Sen Trắng ".encode() * 50


def brotlied(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=4))


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotlied}


def packed(body: bytes) -> bytes:
    """Pack without the time of day: test names hold these bytes, and must be the same in every process."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", packed(TEXT)),
        ("X-GZIP", packed(TEXT[:100]) + packed(TEXT[100:])),
        ("gzip", packed(TEXT) + b"rubbish"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("br", brotli.compress(TEXT)),
        ("gzip, br", brotli.compress(packed(TEXT))),
    ],
)
def test_codings_are_undone(coding: str, body: bytes) -> None:
    assert decode(body, {"content-encoding": coding}) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("size", [65_535, 98_272, 98_273, 300_000, 3_000_000])
def test_large_bodies_come_whole(coding: str, size: int) -> None:
    pack = PACKERS[coding]
    for body in (bytes(size), hashlib.shake_256(b"seed").digest(size), (TEXT * (size // len(TEXT) + 1))[:size]):
        assert decode(pack(body), {"content-encoding": coding}) == body
        assert decode(pack(body), {"content-encoding": coding}, size) == body
        with pytest.raises(BodyError, match="more than"):
            decode(pack(body), {"content-encoding": coding}, size - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_bombs_are_refused_within_little_memory(coding: str) -> None:
    pack = PACKERS[coding]
    bomb = pack(bytes(8_000_000))
    tracemalloc.start()
    with pytest.raises(BodyError, match="more than 1000000 bytes"):
        decode(bomb, {"content-encoding": coding}, 1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "compress", "gzip,gzip,gzip,gzip"])
def test_broken_and_unknown_codings_are_errors(coding: str) -> None:
    with pytest.raises(BodyError):
        decode(b"\x01plain text", {"content-encoding": coding})


def test_a_stream_cut_short_gives_what_it_holds() -> None:
    assert TEXT.startswith(decode(gzip.compress(TEXT, 0)[:-600], {"content-encoding": "gzip"}))
    assert decode(b"", {"content-encoding": "gzip"}) == b""


def source(**more: object) -> Source:
    plain = {
        "name": "s",
        "kind": SourceKind.SITE,
        "start": ("http://h.example/",),
        "delay": 0,
        "max_pages": 3,
        "max_depth": 2,
    }
    return Source.model_validate(plain | more)


def page(number: int, depth: int = 1, host: str = "h.example") -> Visit:
    return Visit("s", f"http://{host}/{number}", depth=depth)


def test_the_frontier_visits_each_address_once_within_budget_and_depth() -> None:
    frontier = Frontier([source()])
    assert frontier.offer(page(1))
    assert not frontier.offer(page(1))
    assert not frontier.offer(page(2, depth=3))
    assert all(frontier.offer(page(n)) for n in range(3, 9))
    taken = []
    while visit := frontier.next(0.0):
        taken.append(visit.url)
        frontier.settle(visit)
    assert taken == ["http://h.example/1", "http://h.example/3", "http://h.example/4"]
    assert frontier.finished()


def test_the_frontier_gives_excluded_pages_back_but_not_forever() -> None:
    frontier = Frontier([source(max_pages=2)])
    for number in range(20):
        frontier.offer(page(number))
    taken = 0
    while visit := frontier.next(0.0):
        taken += 1
        frontier.settle(visit, refund=True)
    assert taken == 4


def test_the_frontier_takes_hosts_in_turn_and_limits_each() -> None:
    frontier = Frontier([source(max_pages=100)])
    for number in range(10):
        frontier.offer(page(number, host="slow.example"))
    frontier.offer(page(1, host="other.example"))
    hosts = [visit.host for _ in range(8) if (visit := frontier.next(0.0))]
    assert hosts.count("slow.example") == MAX_PER_HOST
    assert hosts[1] == "other.example"
    delayed = Frontier([source(delay=1.0)])
    assert all(delayed.offer(page(n)) for n in range(3))
    assert delayed.next(0.0)
    assert delayed.next(0.0) is None
    assert not delayed.finished()


def test_the_frontier_waits_before_it_asks_again() -> None:
    frontier = Frontier([source()])
    frontier.offer(page(1))
    frontier.offer(page(2))
    first = frontier.next(0.0)
    assert first is not None
    frontier.again(first, 5.0, whole_host=True)
    frontier.settle(first)
    assert frontier.next(1.0) is None
    assert frontier.wake_at(1.0) == 5.0
    again = frontier.next(5.0)
    assert again is not None
    assert (again.url, again.attempt) == (first.url, 1)


def test_the_frontier_finishes_redirects_although_the_budget_is_spent() -> None:
    frontier = Frontier([source(max_pages=1)])
    frontier.offer(page(1))
    first = frontier.next(0.0)
    assert first is not None
    frontier.offer(page(3))
    frontier.offer(Visit("s", "http://h.example/2", via=(first.url,)))
    frontier.settle(first)
    following = frontier.next(0.0)
    assert following is not None
    assert following.url == "http://h.example/2"
    frontier.settle(following, spent=10)
    assert frontier.finished()


def test_the_frontier_restores_what_was_settled() -> None:
    frontier = Frontier([source(max_pages=2)])
    frontier.mark_done(page(1))
    frontier.mark_done(page(9), refund=True)
    assert not frontier.offer(page(1))
    assert frontier.offer(page(2))
    assert frontier.offer(page(3))
    visit = frontier.next(0.0)
    assert visit is not None
    frontier.settle(visit)
    assert frontier.next(0.0) is None
    assert frontier.finished()


def test_start_addresses_are_read_by_the_kind_of_source() -> None:
    frontier = Frontier([])
    listed = source(kind="page-list", start=("http://h.example/all.txt", "http://h.example/p"))
    assert [v.kind for v in frontier.start_visits(listed)] == [VisitKind.LIST, VisitKind.PAGE]
    assert [v.kind for v in frontier.start_visits(source(kind="sitemap"))] == [VisitKind.SITEMAP]
    assert [v.kind for v in frontier.start_visits(source(kind="feed"))] == [VisitKind.FEED]


def verdict(status: int, attempt: int = 2, body: bytes = b"", **headers: str) -> tuple[str, Outcome]:
    answer = Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
    result = judge(Visit("s", "http://h.example/", attempt=attempt), source(), answer, None)
    return result.role, result.outcome


def test_the_judge() -> None:
    assert verdict(200) == ("page", Outcome.CAPTURED)
    assert verdict(200, cf_mitigated="challenge") == ("page", Outcome.BLOCKED)
    assert verdict(503, body=b"please solve the CAPTCHA") == ("page", Outcome.BLOCKED)
    assert verdict(503) == ("page", Outcome.FAILED)
    assert verdict(503, attempt=0) == ("retry", Outcome.FAILED)
    assert verdict(429, attempt=0, retry_after="5") == ("retry", Outcome.BLOCKED)
    assert verdict(429, attempt=0, retry_after="86400") == ("page", Outcome.BLOCKED)
    assert verdict(304) == ("page", Outcome.FAILED)  # nobody asked whether it changed
    assert verdict(302, location="/x") == ("redirect", Outcome.CAPTURED)
    assert verdict(302, location="http://else.example/") == ("page", Outcome.FAILED)
    assert verdict(302) == ("page", Outcome.FAILED)


def test_retry_after_is_seconds_or_a_date_or_nonsense() -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert retry_wait({"retry-after": "7"}, 0, now) == 7
    assert retry_wait({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 0, now) == 30
    assert retry_wait({"retry-after": "Sun, 01 Mar 2020 12:00:30 GMT"}, 0, now) == 0
    assert retry_wait({"retry-after": "soon"}, 1, now) == 2
    assert retry_wait({"retry-after": "9" * 5_000}, 1, now) == 10**8
    assert retry_wait({}, 0, now) == 1


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - refused, not bound to
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
        "2002:7f00:1::", "x",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(RefusedAddressError, match="refused"):
        refuse_private("h.example", address)


def test_public_addresses_and_named_hosts_are_not() -> None:
    refuse_private("h.example", "1.1.1.1")
    refuse_private("h.example", "2606:4700::1111")
    named = source(start=("http://127.0.0.1:8801/",))
    assert not needs_lookup("http://127.0.0.1:8801/x", named)
    assert needs_lookup("http://127.0.0.1:8802/x", named)
    assert not needs_lookup("http://127.0.0.1:8802/x", source(proxy="http://127.0.0.1:3128"))
    with pytest.raises(RefusedAddressError):
        needs_lookup("file:///etc/passwd", source(proxy="http://127.0.0.1:3128"))


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (b"text/html", ""),
        (b"application/json", ""),
        (b"", ""),
        (b"image/png", "image/png"),
        (b"TEXT/CSS;x", "text/css"),
        (b"video/mp4", "video/mp4"),
    ],
)
def test_media_types(kind: bytes, refused: str) -> None:
    assert not_text({"Content-Type": kind}) == refused
