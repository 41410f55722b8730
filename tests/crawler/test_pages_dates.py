"""The day of publication: stated by the page, never guessed, never to come."""

from datetime import date

import pytest

from crawler.pages.dates import parse_date
from crawler.pages.generic import read_page

TODAY = date(2026, 11, 24)
DAY = date(2026, 3, 12)


def published(html: str) -> date | None:
    return read_page(html.encode(), "https://bien-xanh.example/bai", "text/html", today=TODAY).published_on


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12",
        "2026-03-12T08:30:00+07:00",
        "2026-03-11T23:30:00Z",
        "12/03/2026",
        "12-3-2026",
        "12.03.2026 08:30",
        "ngày 12 tháng 3 năm 2026",
        "12 Tháng Ba, 2026",
        "Tháng Ba 12, 2026",
        "12/Tháng Ba/2026",
    ],
)
def test_ways_to_write_a_day(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "text", ["", "31/02/2026", "2026", "99/99/2026", "hotline 0900 000 001", "1/2/3/2026x", "T" * 500]
)
def test_what_is_no_day(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "html",
    [
        '<script type="application/ld+json">{"@graph":[{"@type":"WebPage"},'
        '{"@type":"Article","datePublished":"2026-03-12T01:00:00+07:00"}]}</script><p>x</p>',
        '<meta property="article:published_time" content="2026-03-12T09:00:00+07:00"><p>x</p>',
        '<article><h1>Trám răng</h1><time class="published" datetime="2026-03-12">hôm nọ</time></article>',
        "<h1>Trám răng</h1><p>Ngày đăng: 12/03/2026</p><p>x</p>",
        "<h1>Trám răng</h1><p>Đăng lúc 08:30 ngày 12/03/2026 | Cập nhật 01/06/2026</p>",
        "<h1>Trám răng</h1><p>Thứ năm, 12/03/2026 08:30 - Admin</p><p>Nội dung</p>",
        "<h1>Trám răng</h1><p>Cập nhật lần cuối: 12/03/2026</p>",
        '<meta property="article:modified_time" content="2026-03-12"><p>x</p>',
    ],
)
def test_where_pages_state_it(html: str) -> None:
    assert published(html) == DAY


def test_publication_goes_before_the_last_change() -> None:
    assert published("<h1>a</h1><p>Cập nhật lần cuối: 01/06/2026</p><p>Ngày đăng: 12/03/2026</p>") == DAY


@pytest.mark.parametrize(
    "html",
    [
        "<p>Khám răng</p><footer>© 2024 Nha khoa Biển Xanh</footer>",
        "<h1>Ưu đãi</h1><p>Áp dụng đến 12/03/2026</p>",
        "<p>Giấy phép do Sở Y tế cấp, ngày đăng ký: 12/03/2010</p>",
        "<h1>Tin</h1>" + "".join(f"<p>Bài số {day}</p><p>{day}/03/2026</p>" for day in range(10, 16)),
        "<h1>Tin</h1><p>Ngày đăng: 25/11/2026</p>",
        '<meta property="article:published_time" content="2031-01-01"><p>x</p>',
        '<script type="application/ld+json">{"datePublished": "soon"}</script><p>x</p>',
        '<script type="application/ld+json">{"datePublished": "2026-03-12"</script><p>x</p>',
    ],
    ids=["footer year", "offer", "licence", "list of posts", "tomorrow", "future meta", "no date", "broken JSON"],
)
def test_what_is_not_taken_for_it(html: str) -> None:
    assert published(html) is None
