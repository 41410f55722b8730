"""Which pictures of a page are read for words, how they are kept, and where their words stand in its text."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from drawn import drawn
from loopback import Reply, Site, serving

from crawler.captures import read_captures
from crawler.imports.ocr import need_ocr
from crawler.items import IMAGE, READING, Capture, Page
from crawler.pictures import MAX_PICTURES, large_enough, pictures_of
from crawler.run import crawl
from crawler.sources import Source
from crawler.verify import verify
from crawler.words import read_as_shown, with_words
from models.errors import MedadError
from models.vocabulary import Outcome, SourceKind


def _why_not() -> str:
    try:
        need_ocr()
    except MedadError as error:
        return str(error)
    return ""


needs_tesseract = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "Tesseract is there")

CLAIM = "Cam kết chữa khỏi nám da"
PHONE = "Hotline 028 7300 0991"
URL = "https://clinic.example/trang/nam"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<main><img src='/a.jpg'><img src='b.png'></main>", ["/a.jpg", "/trang/b.png"]),
        ("<nav><img src='/logo.png'></nav><footer><img src='/map.png'></footer><p><img src='/a.jpg'></p>", ["/a.jpg"]),
        ("<div class='sidebar'><img src='/side.jpg'></div><img src='/a.jpg'>", ["/a.jpg"]),
        ("<img src='/small.jpg' width=80><img src='/flat.jpg' height='40px'><img src='/a.jpg' width=600>", ["/a.jpg"]),
        ("<img src='data:image/gif;base64,R0' data-src='/lazy.jpg'>", ["/lazy.jpg"]),
        ("<img src='/drawing.svg'><img src='data:image/png;base64,AA'><img src='javascript:x'><img>", []),
        ("<base href='https://cdn.example/x/'><img src='y.webp#f'>", ["https://cdn.example/x/y.webp"]),
        ("<img src='/a.jpg'><img src='/a.jpg'>", ["/a.jpg"]),
        ("<noscript><img src='/pixel.jpg'></noscript><img src='file:///etc/passwd'>", []),
        ("<img src='http://[bad'><img src='/a.jpg'>", ["/a.jpg"]),
        ("", []),
    ],
)
def test_pictures_of_the_main_part_are_found(html: str, found: list[str]) -> None:
    wanted = [path if path.startswith("https") else f"https://clinic.example{path}" for path in found]
    assert pictures_of(f"<html><body>{html}</body></html>".encode(), URL) == wanted


def test_pictures_of_one_page_are_bounded() -> None:
    many = "".join(f"<img src='/{n}.jpg'>" for n in range(10_000))
    assert len(pictures_of(many.encode(), URL)) == MAX_PICTURES


def test_the_size_of_a_picture_is_read_from_its_header() -> None:
    assert large_enough(drawn())
    assert not large_enough(drawn(size=(199, 400)))
    assert not large_enough(drawn(size=(400, 99)))
    assert not large_enough(b"<html>no picture</html>")
    assert not large_enough(bomb()), "a picture of billions of points is never unpacked"


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 60,000 × 60,000 points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


@dataclass
class Seen:
    """What the crawl left."""

    captures: list[Capture]
    site: Site
    other: Site
    evidence: Path

    def reading(self, path: str) -> Page:
        found = [c for c in self.captures if c.role == READING and c.about == self.site.url + path]
        assert len(found) == 1, found
        shown = read_as_shown(found[0])
        assert not isinstance(shown, str)
        return shown


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    evidence = tmp_path_factory.mktemp("pictured") / "evidence"
    banner, small = drawn(CLAIM, PHONE), drawn("Nhỏ", size=(150, 90))
    footer = "<footer><p>Giấy phép hoạt động số 09911/HCM-GPHĐ</p></footer>"

    def html(pictures: str) -> Reply:
        return Reply(f"<html><body><main><p>Phòng khám Hoa Gạo.</p>{pictures}</main>{footer}</body></html>".encode())

    with serving(lambda *_: Reply(banner, headers={"Content-Type": "image/png"})) as other:

        def answer(path: str, _: Mapping[str, str]) -> Reply:
            pictures = {"/banner.png": banner, "/small.png": small, "/bomb.png": bomb(), "/broken.png": banner[:900]}
            if path in pictures:
                return Reply(pictures[path], headers={"Content-Type": "image/png"})
            return {
                "/": html("<img src='/banner.png'><a href='/two'>hai</a><a href='/none'>ba</a><a href='/odd'>bốn</a>"),
                "/two": html("<p>Trang hai.</p><img src='/banner.png'>"),
                "/none": html(""),
                "/odd": html(
                    "<img src='/small.png'><img src='/bomb.png'><img src='/missing.png'><img src='/broken.png'>"
                    f"<img src='{other.url}/inside.png'><img src='/moved.png'>"
                ),
                "/moved.png": Reply(status=302, headers={"Location": f"{other.url}/inside.png"}),
            }.get(path, Reply(b"", 404))

        with serving(answer) as site:
            crawl([Source(name="ocr", kind=SourceKind.SITE, start=(site.url,), delay=0, ocr=True)], evidence)
            yield Seen(list(read_captures(evidence)), site, other, evidence)


@needs_tesseract
def test_words_of_a_picture_stand_after_the_main_text_and_are_marked(seen: Seen) -> None:
    page = seen.reading("/")
    main, footer = page.text[: page.main_end], page.text[page.main_end :]
    assert main.startswith("Phòng khám Hoa Gạo.")
    assert "09911/HCM-GPHĐ" in footer
    marks = page.details["ocr"]
    assert [page.text[mark["start"] : mark["end"]] for mark in marks] == [CLAIM, PHONE]
    assert all(0.8 <= mark["confidence"] <= 1 for mark in marks)
    image = next(c for c in seen.captures if c.role == IMAGE)
    assert {mark["sha256"] for mark in marks} == {image.payload_sha256}
    assert {mark["url"] for mark in marks} == {f"{seen.site.url}/banner.png"}


@needs_tesseract
def test_a_picture_of_many_pages_is_fetched_once_and_read_on_each(seen: Seen) -> None:
    assert seen.site.hits["/banner.png"] == 1
    assert CLAIM in seen.reading("/two").text
    about = [c.about for c in seen.captures if c.role == IMAGE and c.url.endswith("/banner.png")]
    assert about == [f"{seen.site.url}/", f"{seen.site.url}/two"]
    assert all(c.body == drawn(CLAIM, PHONE) for c in seen.captures if c.url.endswith("/banner.png"))


@needs_tesseract
def test_a_page_without_pictures_reads_as_ever(seen: Seen) -> None:
    page = seen.reading("/none")
    assert "ocr" not in page.details
    assert page.text.startswith("Phòng khám Hoa Gạo.")


@needs_tesseract
def test_hostile_and_small_pictures_are_left_out_and_private_ones_refused(seen: Seen) -> None:
    assert "ocr" not in seen.reading("/odd").details
    kept = {c.url.removeprefix(seen.site.url) for c in seen.captures if c.role == IMAGE}
    assert kept == {"/banner.png", "/broken.png"}
    assert not seen.other.hits
    note = next(c.error for c in seen.captures if c.role == READING and c.about.endswith("/odd"))
    assert note.count("private address 127.0.0.1") == 2
    assert "/missing.png: ValueError: HTTP 404" in note


@needs_tesseract
def test_pictures_are_evidence(seen: Seen) -> None:
    assert verify(seen.evidence).problem == ""
    for capture in seen.captures:
        if capture.role == IMAGE:
            assert (capture.outcome, capture.status) == (Outcome.CAPTURED, 200)


def test_lines_that_the_page_says_already_are_not_repeated() -> None:
    from crawler.words import _Line

    page = Page(URL, "Trang", "Một\nHai\n\nChân trang", 7)
    lines = [_Line("Hai", 0.9, "a", "u"), _Line("Ba", 0.9, "a", "u"), _Line("Ba", 0.9, "b", "v")]
    shown = with_words(page, lines)
    assert shown.text == "Một\nHai\nBa\n\nChân trang"
    assert shown.text[: shown.main_end] == "Một\nHai\nBa"
    assert [(m["start"], m["end"], m["sha256"]) for m in shown.details["ocr"]] == [(8, 10, "a")]


def test_a_page_of_pictures_alone_gets_a_text() -> None:
    from crawler.words import _Line

    shown = with_words(Page(URL, "", "", 0), [_Line("Chỉ có ảnh", 0.9, "a", "u")])
    assert (shown.text, shown.main_end) == ("Chỉ có ảnh", 10)
