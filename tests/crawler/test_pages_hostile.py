"""No page can stop the reader, exhaust it, or hide its text by being broken."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages.generic import read_page
from crawler.pages.lines import MAX_CHARACTERS
from crawler.pages.metadata import MAX_LINKS

URL = "https://bay-bong.example/"
LAST = "<p>Phòng khám Bảy Bông</p>"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("nested blocks", "<div>" * 50_000 + LAST),
        ("nested inline", "<font>" * 50_000 + LAST),
        ("nested tables", "<table><tr><td>" * 5_000 + LAST),
        ("never closed", "".join(f"<b>Răng {n}<br>" for n in range(5_000)) + LAST),
        ("closed too often", "</div></p></table>" * 50_000 + LAST),
        ("broken tags", "<p <b <<i <a href='" + "<p>" * 9 + "'>x</a>" + LAST),
        ("broken entities", "&#xFFFFFFF;&#0;&nosuch;&" * 1_000 + LAST),
        ("long attribute", "<p class='" + "menu-x " * 50_000 + "'>x</p>" + LAST),
        ("JSON-LD bomb", "<script type='application/ld+json'>" + "[" * 90_000 + "</script>" + LAST),
    ],
    ids=lambda value: value if len(value) < 30 else "",
)
def test_the_last_words_are_still_read(name: str, body: str) -> None:
    start = time.process_time()
    page = read_page(body.encode(), URL, "text/html")
    assert "Phòng khám Bảy Bông" in page.text, name
    assert time.process_time() - start < 5


def test_a_page_of_ten_megabytes_is_bounded() -> None:
    body = ("<p>" + "Nhổ răng khôn " * 20 + "{}</p>") * 30_000
    start = time.process_time()
    page = read_page(body.encode(), URL, "text/html")
    assert 0 < len(page.text) <= MAX_CHARACTERS
    assert time.process_time() - start < 10


def test_links_are_bounded() -> None:
    body = "".join(f"<a href=/p{n}>trang {n}</a> " for n in range(60_000))
    assert len(read_page(body.encode(), URL, "text/html").links) == MAX_LINKS


@pytest.mark.parametrize("unit", ["0 ", "- ", "0900 ", "ngày ", "1/1/", "a@", "địa chỉ ", "| ", "12 phố, "])
def test_patterns_take_linear_time(unit: str) -> None:
    body = "".join(f"<p>{unit * 400}{n}</p>" for n in range(20)) + f"<p>{unit * 50_000}</p>"
    start = time.process_time()
    read_page(body.encode(), URL, "text/html")
    assert time.process_time() - start < 3


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    st.sampled_from(["text/html", "text/plain", "", "image/png"]),
)
def test_any_bytes_give_a_page(body: bytes, content_type: str) -> None:
    page = read_page(body, URL, content_type)
    assert 0 <= page.main_end <= len(page.text)
    assert page.text == unicodedata.normalize("NFC", page.text)
    assert "\0" not in page.text


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<li>", "<a href=/x>", "</a>", "<td>", "<tr>", "<table>", "</table>", "<footer>", "<nav>",
             "<br>", "Nhổ răng ", "Hotline: 0900 000 001", "\u200b", "<b>", "</div>", "<select>", "<!--", "-->", "<h1>"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_any_mark_up_gives_clean_lines(pieces: list[str]) -> None:
    page = read_page("".join(pieces).encode(), URL, "text/html")
    main, footer = page.text[: page.main_end], page.text[page.main_end :].lstrip("\n")
    assert page.text == "\n\n".join(filter(None, (main, footer)))
    assert all(line == " ".join(line.split()) and line for part in (main, footer) if part for line in part.split("\n"))
