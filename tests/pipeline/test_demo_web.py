"""The demo web answers as a proxy and as a server, and never leaves its folder."""

import gzip
import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import InputError
from pipeline.demo_web import DemoWeb

PAGE = "<html><body>Nha khoa thử nghiệm, giấy phép ở chân trang</body></html>"
RULES = """{"last_modified": "2026-11-20T08:00:00+00:00", "hosts": {
 "b.example": {"content_type": "text/html", "gzip": true,
               "aliases": {"/index.php?id=12": "/twelve.html"}, "redirects": {"/old": "/index.php?id=12"}}}}"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    for name in ("a.example/sub", "b.example"):
        (web / name).mkdir(parents=True)
    (tmp_path / "secret.html").write_text("secret")
    (web / "headers.json").write_text(RULES)
    (web / "a.example" / "index.html").write_text(PAGE, encoding="utf-8")
    (web / "a.example" / "robots.txt").write_text("User-agent: *\nDisallow: /sub/\n")
    (web / "a.example" / "sub" / "index.htm").write_text("sub")
    (web / "b.example" / "twelve.html").write_bytes("phòng khám".encode("utf-16"))
    (web / "b.example" / "leak.html").symlink_to(tmp_path / "secret.html")
    return web


@pytest.fixture
def web(root: Path) -> Iterator[DemoWeb]:
    with DemoWeb(root) as server:
        yield server


def ask(
    web: DemoWeb, target: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    try:
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_the_absolute_form_and_the_host_header_get_the_same_page(web: DemoWeb) -> None:
    status, headers, body = ask(web, "http://a.example/")
    assert (status, body.decode()) == (200, PAGE)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert ask(web, "/", {"Host": "A.Example:8801"})[2] == body


def test_an_unknown_host_is_a_bad_gateway_and_an_unknown_page_is_not_found(web: DemoWeb) -> None:
    assert ask(web, "http://elsewhere.example/")[0] == 502
    assert ask(web, "http://a.example/none.html")[0] == 404
    assert ask(web, "/", {"Host": "[broken"})[0] == 502


@pytest.mark.parametrize(
    "target",
    [
        "http://a.example/../../secret.html",
        "http://a.example/%2e%2e/%2e%2e/secret.html",
        "http://a.example//etc/passwd",
        "http://a.example/../b.example/twelve.html",
        "http://b.example/leak.html",
        "http://a.example/%00",
        "http://a.example/" + "x" * 5000,
        "http://a.example/sub/../../headers.json",
    ],
)
def test_nothing_outside_the_host_s_folder_is_served(web: DemoWeb, target: str) -> None:
    assert ask(web, target)[0] == 404


def test_hosts_named_like_a_path_do_not_exist(web: DemoWeb) -> None:
    assert ask(web, "/secret.html", {"Host": ".."})[0] == 502
    assert ask(web, "/", {"Host": ""})[0] == 502


def test_a_folder_redirects_to_its_slash_and_serves_its_index(web: DemoWeb) -> None:
    status, headers, _ = ask(web, "http://a.example/sub")
    assert (status, headers["location"]) == (301, "http://a.example/sub/")
    assert ask(web, "http://a.example/sub/")[2] == b"sub"


def test_declared_redirects_aliases_and_content_types_hold(web: DemoWeb) -> None:
    status, headers, _ = ask(web, "http://b.example/old")
    assert (status, headers["location"]) == (302, "http://b.example/index.php?id=12")
    status, headers, body = ask(web, headers["location"])
    assert (status, headers["content-type"]) == (200, "text/html")
    assert body.decode("utf-16") == "phòng khám"
    assert ask(web, "http://b.example/index.php?id=13")[0] == 404


def test_pages_are_compressed_only_where_declared_and_accepted(web: DemoWeb) -> None:
    accepts = {"Accept-Encoding": "gzip, deflate"}
    status, headers, body = ask(web, "http://b.example/twelve.html", accepts)
    assert (status, headers["content-encoding"]) == (200, "gzip")
    plain = ask(web, "http://b.example/twelve.html")
    assert gzip.decompress(body) == plain[2]
    assert "content-encoding" not in plain[1]
    assert headers["etag"] != plain[1]["etag"]
    assert "content-encoding" not in ask(web, "http://a.example/", accepts)[1]


def test_a_second_visit_is_answered_304(web: DemoWeb) -> None:
    _, first, _ = ask(web, "http://a.example/")
    assert first["last-modified"] == "Fri, 20 Nov 2026 08:00:00 GMT"
    status, headers, body = ask(web, "http://a.example/", {"If-None-Match": f'"other", W/{first["etag"]}'})
    assert (status, body, headers["etag"]) == (304, b"", first["etag"])
    assert ask(web, "http://a.example/", {"If-None-Match": '"other"'})[0] == 200
    assert ask(web, "http://a.example/", {"If-Modified-Since": first["last-modified"]})[0] == 304
    assert ask(web, "http://a.example/", {"If-Modified-Since": "Thu, 19 Nov 2026 08:00:00 GMT"})[0] == 200
    assert ask(web, "http://a.example/", {"If-Modified-Since": "yesterday"})[0] == 200


def test_head_sends_no_body_and_other_methods_are_refused(web: DemoWeb) -> None:
    status, headers, body = ask(web, "http://a.example/", method="HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(PAGE.encode())))
    assert ask(web, "http://a.example/", method="POST")[0] == 501
    assert ask(web, "a.example:443", method="CONNECT")[0] == 501


def test_the_proxy_s_own_address_lists_the_hosts(web: DemoWeb) -> None:
    status, _, body = ask(web, "/")
    assert status == 200
    assert "http://b.example/" in body.decode()


def test_a_taken_port_is_a_clear_error_and_the_sources_get_the_real_one(root: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nproxy = "http://127.0.0.1:8801"\n')
    with DemoWeb(root) as first:
        assert f'proxy = "{first.url}"' in first.sources(sources)
        with pytest.raises(InputError, match=f"Port {first.port} is taken"), DemoWeb(root, first.port):
            pass
    with DemoWeb(root, first.port) as again:  # the port is free once the context is left
        assert ask(again, "http://a.example/")[0] == 200


def test_a_folder_without_hosts_and_broken_rules_are_refused(tmp_path: Path, root: Path) -> None:
    with pytest.raises(InputError, match="no demo web"):
        DemoWeb(tmp_path / "absent")
    (root / "headers.json").write_text('{"hosts": {"a.example": {"gzip": "often"}}}')
    with pytest.raises(InputError, match=r"headers.json: hosts.a.example.gzip"):
        DemoWeb(root)
