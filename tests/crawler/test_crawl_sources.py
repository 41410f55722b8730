"""sources.toml: good ones are read, bad ones explained with file, line, key and the nearest valid word."""

from pathlib import Path

import pytest

import crawler.sources
from crawler.sources import Source, load_sources
from models.errors import SourcesError
from models.vocabulary import SourceKind

GOOD = """
# A comment
[[source]]
name = "site-a"
kind = "site"
start = ["http://127.0.0.1:8801/"]

[[source]]
name = "list"
kind = "page-list"
start = [
  "https://shop.example/1",
  "pages.txt",
]
delay = 0
obey_robots = false
reason = "ordered by the inspectorate"
"""


def load(tmp_path: Path, text: str) -> tuple[Source, ...]:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return load_sources(path)


def test_good_sources_are_read_with_their_defaults(tmp_path: Path) -> None:
    (tmp_path / "pages.txt").write_text(
        "\ufeff# reported\nhttps://a.example/x#top\n\n https://B.example/y \n", encoding="utf-8"
    )
    site, pages = load(tmp_path, GOOD)
    assert (site.name, site.kind, site.max_pages, site.delay) == ("site-a", SourceKind.SITE, 500, 1.0)
    assert site.hosts == ("127.0.0.1:8801",)
    assert pages.start == ("https://shop.example/1", "https://a.example/x", "https://b.example/y")
    assert pages.hosts == ("shop.example", "a.example", "b.example")


def test_the_example_is_a_good_one() -> None:
    sources = load_sources(Path(crawler.sources.__file__).parent / "sources.toml")
    assert {source.kind for source in sources} == set(SourceKind)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('kind = "site"', 'kind = "sit"', 5, ["kind 'sit' is not known", "Did you mean 'site'?"]),
        ('kind = "site"', 'kinds = "site"', 5, ["key 'kinds' is not known", "Did you mean 'kind'?"]),
        ("delay = 0\n", "max_page = 3\n", 15, ["'list'", "key 'max_page' is not known", "Did you mean 'max_pages'?"]),
        ("delay = 0\n", 'max_pages = "3"\n', 15, ["max_pages", "valid integer"]),
        ("delay = 0\n", "max_pages = true\n", 15, ["max_pages", "valid integer"]),
        ("delay = 0\n", "max_pages = 0\n", 15, ["max_pages", "greater than or equal to 1"]),
        ("delay = 0\n", "delay = -1\n", 15, ["delay"]),
        ("delay = 0\n", "delay = nan\n", 15, ["delay"]),
        ("delay = 0\n", 'contact = "a\\r\\nX-Evil: 1"\n', 15, ["contact", "one line"]),
        ("delay = 0\n", 'proxy = "socks5://x"\n', 15, ["proxy", "http://host:port"]),
        ("delay = 0\n", 'domains = ["http://x.example/"]\n', 15, ["domains", "is no host"]),
        ('reason = "ordered by the inspectorate"', "", 8, ["needs a 'reason'"]),
        ('"http://127.0.0.1:8801/"', '"ftp://x/"', 6, ["start", "'ftp://x/' is no http(s) address"]),
        ('"http://127.0.0.1:8801/"', '"file:///etc/passwd"', 6, ["start", "no http(s) address"]),
        ('"http://127.0.0.1:8801/"', "", 6, ["start"]),
        ('name = "list"', 'name = "site-a"', 9, ["the name 'site-a' is used twice"]),
        ('name = "list"', "", 8, ["key 'name' is missing"]),
        ('[[source]]\nname = "list"', '[[sources]]\nname = "list"', 8, ["'sources' is not known", "mean 'source'?"]),
        ("pages.txt", "nosuch.txt", 11, ["nosuch.txt cannot be read"]),
        ('kind = "site"', 'kind = "site', 5, ["is not TOML", "line 5"]),
    ],
)  # fmt: skip
def test_a_mistake_names_line_key_and_remedy(tmp_path: Path, old: str, new: str, line: int, words: list[str]) -> None:
    (tmp_path / "pages.txt").write_text("https://a.example/x\n")
    assert GOOD.count(old) == 1
    with pytest.raises(SourcesError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    message = str(caught.value)
    assert f"line {line}" in message
    assert str(tmp_path / "sources.toml") in message
    assert all(word in message for word in words), message
    assert caught.value.remedy
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "source = 3", "[source]\nname='x'", "source = [1]"])
def test_a_file_without_sources_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourcesError, match="names no source"):
        load(tmp_path, text)


def test_unreadable_files_are_explained(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="cannot be read"):
        load_sources(tmp_path / "missing.toml")
    (tmp_path / "latin.toml").write_bytes(b"# ph\xf2ng")
    with pytest.raises(SourcesError, match="is not UTF-8"):
        load_sources(tmp_path / "latin.toml")
    (tmp_path / "pages.txt").write_text("https://a.example/x\nnot an address\n")
    with pytest.raises(SourcesError, match="address 2: 'not an address'"):
        load(tmp_path, GOOD)
