"""A page is read as a reader sees it: what promotes, then who answers for it."""

from crawler.pages.generic import read_page

CLINIC = """<html><head><title>Nha khoa Mây Trắng</title></head><body>
<nav><ul><li><a href="/">Trang chủ</a></li><li><a href="/dv">Dịch vụ</a></li></ul></nav>
<h1>Trồng răng implant</h1><ul><li>Không đau</li><li>Giá 9.000.000đ</li></ul>
<footer><p>Phòng khám Mây Trắng</p><p>Hotline: 0900 000 001</p></footer></body></html>"""


def test_main_text_then_footer() -> None:
    page = read_page(CLINIC.encode(), "https://may-trang.example/implant", "text/html; charset=utf-8")
    assert page.title == "Trồng răng implant"
    assert page.text[: page.main_end] == "Trồng răng implant\nKhông đau\nGiá 9.000.000đ"
    assert page.text[page.main_end :] == "\n\nPhòng khám Mây Trắng\nHotline: 0900 000 001"
    assert [link.url for link in page.links] == ["https://may-trang.example/", "https://may-trang.example/dv"]
