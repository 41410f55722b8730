"""A page is read as a reader sees it: what promotes, then who answers for it."""

import pytest

from crawler.items import Page
from crawler.pages.generic import read_page

URL = "https://may-trang.example/dich-vu/implant"
CLINIC = """<html><head><title>Nha khoa Mây Trắng</title></head><body>
<nav><ul><li><a href="/">Trang chủ</a></li><li><a href="/dv">Dịch vụ</a></li></ul></nav>
<h1>Trồng răng implant</h1><ul><li>Không đau</li><li>Giá 9.000.000đ</li></ul>
<footer><p>Phòng khám Mây Trắng</p><p>Hotline: 0900 000 001</p></footer></body></html>"""


def read(html: str, content_type: str = "text/html; charset=utf-8") -> Page:
    return read_page(html.encode(), URL, content_type)


def main(html: str) -> list[str]:
    page = read(html)
    return page.text[: page.main_end].split("\n") if page.main_end else []


def footer(html: str) -> list[str]:
    page = read(html)
    return page.text[page.main_end :].strip("\n").split("\n")


def test_main_text_then_footer() -> None:
    page = read(CLINIC)
    assert page.title == "Trồng răng implant"
    assert page.text[: page.main_end] == "Trồng răng implant\nKhông đau\nGiá 9.000.000đ"
    assert page.text[page.main_end :] == "\n\nPhòng khám Mây Trắng\nHotline: 0900 000 001"
    assert page.language == "vi"
    assert [link.url for link in page.links] == ["https://may-trang.example/", "https://may-trang.example/dv"]


# What promotes


def test_a_landing_page_keeps_hero_list_prices_testimonials_and_calls() -> None:
    html = """<div class="hero"><h2>Da sáng sau 7 ngày 🌸</h2><a href="#dangky">Đăng ký ngay</a></div>
    <ul class="benefits"><li>Không đau</li><li>Không <b>nghỉ</b> dưỡng</li></ul>
    <div class="price"><span>Gói cơ bản</span> <span>1.500.000đ</span></div>
    <div class="testimonial"><p>"Tôi rất hài lòng" – chị Bông, 30 tuổi</p></div>
    <form><label>Họ và tên</label><input name=a placeholder="Họ tên"><select><option>Hà Nội</option></select>
    <button>Nhận tư vấn miễn phí</button></form>"""
    assert main(html) == [
        "Da sáng sau 7 ngày 🌸",
        "Đăng ký ngay",
        "Không đau",
        "Không nghỉ dưỡng",
        "Gói cơ bản 1.500.000đ",
        '"Tôi rất hài lòng" – chị Bông, 30 tuổi',
        "Nhận tư vấn miễn phí",
    ]


def test_a_row_of_a_price_table_is_one_line() -> None:
    html = """<table><tr><th>Dịch vụ</th><th>Giá</th></tr><tr><td><p>Tẩy trắng răng</p></td>
    <td>- 2 lần<br>- 900.000đ</td></tr>
    <tr><td></td><td>Gọi để biết giá</td></tr></table>"""
    assert main(html) == ["Dịch vụ | Giá", "Tẩy trắng răng | - 2 lần - 900.000đ", "Gọi để biết giá"]


def test_a_table_for_layout_is_read_cell_by_cell() -> None:
    cell = "Phương pháp nâng mũi của chúng tôi được nhiều khách hàng lựa chọn trong những năm qua. " * 3
    html = f"""<table><tr><td><font size=5>Nâng mũi</font><br>{cell}</td><td><ul><li>Đẹp</li></ul><p>{cell}</p>
    </td></tr></table>"""
    assert main(html) == ["Nâng mũi", cell.strip(), "Đẹp"]


def test_lines_broken_by_br_also_when_written_wrongly() -> None:
    assert main("<font>Trị mụn<br>Trị nám</br>Trị sẹo<BR/>Trị thâm</font>") == [
        "Trị mụn",
        "Trị nám",
        "Trị sẹo",
        "Trị thâm",
    ]


def test_words_of_neighbouring_elements_are_not_glued_and_drop_caps_not_cut() -> None:
    html = """<p><span>Hà Nội</span><span>Tận tâm</span></p><p><b>T</b>rị nám <i>tận</i>&nbsp;gốc</p><p>Miễn<wbr>phí</p>
    <p><b>Chị Bông</b><i>30 tuổi</i></p><p>100m<sup>2</sup>, CO<sub>2</sub></p>"""
    assert main(html) == ["Hà Nội Tận tâm", "Trị nám tận gốc", "Miễnphí", "Chị Bông 30 tuổi", "100m2, CO2"]


def test_invisible_characters_stay_as_they_stood() -> None:
    """A disguise is evidence: the text is what was captured, and the search for cues sees through it."""
    assert main("<p>chữa kh\u200bỏi</p><p>\u200b</p>") == ["chữa kh\u200bỏi"]


def test_a_claim_that_sliders_repeat_stands_once_and_prices_stay() -> None:
    slide = "<div class='item'><p>Bác sĩ của chúng tôi có hai mươi năm kinh nghiệm</p></div>"
    html = (
        slide * 3
        + "<div class='slick-cloned'><p>Bản sao</p></div><p>Cạo vôi</p><p>200.000đ</p><p>Trám</p><p>200.000đ</p>"
    )
    assert main(html) == ["Bác sĩ của chúng tôi có hai mươi năm kinh nghiệm", "Cạo vôi", "200.000đ", "Trám", "200.000đ"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>Ẩn</script>",
        "<style>Ẩn</style>",
        "<noscript>Ẩn</noscript>",
        "<p hidden>Ẩn</p>",
        "<div style='color:red; DISPLAY : none'><p>Ẩn</p></div>",
        "<div style='position:absolute;left:-9999px'><a href='//xa.example'>Ẩn</a></div>",
        "<p style='visibility:hidden'>Ẩn</p>",
        "<p class='d-none'>Ẩn</p>",
        "<span class='sr-only'>Ẩn</span>",
        "<!-- <p>Ẩn</p> -->",
        "<template><p>Ẩn</p></template>",
        "<textarea>Ẩn</textarea>",
        "<img alt='Ẩn' src='a.jpg'>",
    ],
)
def test_what_visitors_do_not_read_is_left_out(hidden: str) -> None:
    assert main(f"<p>Trước</p>{hidden}<p>Sau</p>") == ["Trước", "Sau"]


def test_what_opens_on_a_click_is_read_in_place() -> None:
    html = """<div class="tab-content"><div class="tab-pane" style="display:none"><p>Quy trình năm bước</p></div></div>
    <div class="accordion-item"><div class="collapse" style="display:none">Có đau không? Không.</div></div>
    <p>Cuối trang</p>"""
    assert main(html) == ["Quy trình năm bước", "Có đau không? Không.", "Cuối trang"]


@pytest.mark.parametrize("names", ["d-none d-md-block", "hidden md:block", "row d-lg-flex d-none"])
def test_what_only_narrow_screens_hide_is_read(names: str) -> None:
    assert main(f"<p class='{names}'>Cam kết</p>") == ["Cam kết"]


def test_lines_of_preformatted_text() -> None:
    assert main("<pre>Trị nám\n  Trị mụn</pre>") == ["Trị nám", "Trị mụn"]


def test_the_panels_of_tabs_are_no_menu() -> None:
    html = (
        "<div class='nav-tabs'><a href=#1>Ưu điểm</a><div class='tab-content'><ul><li>Không đau</li></ul></div></div>"
    )
    assert main(html) == ["Không đau"]


def test_a_pop_up_follows_the_main_text() -> None:
    html = """<div class="modal fade" style="display:none"><button>×</button><h4>Giảm 50% hôm nay</h4>
    <button>Đóng</button></div>
    <p>Bài viết</p>"""
    assert main(html) == ["Bài viết", "Giảm 50% hôm nay"]


def test_what_the_advertiser_answers_below_the_text_follows_it() -> None:
    answer = "Chào bạn, chi phí trọn gói từ 5 triệu đồng, làm một lần là hết hẳn mụn, bạn gọi 0900 000 009 nhé!"
    comments = f"<div id='comments'><p>chị Bông</p><p>{answer}</p><a href=/r>Trả lời</a></div>"
    html = f"{comments}<p>Nội dung</p><h4>Chất lượng</h4>"
    assert main(html) == ["Nội dung", "Chất lượng", answer]


# What leads elsewhere


def test_menus_breadcrumbs_side_columns_and_tags_are_left_out() -> None:
    html = """<div id="top-menu"><a href=/a>Nâng mũi</a> <a href=/b>Cắt mí</a></div>
    <div>Trang chủ » <a href=/t>Tin tức</a> » Trám răng</div>
    <div class="wrap"><a href=/1>Răng sứ</a><br><a href=/2>Niềng răng</a><br><a href=/3>Nhổ răng</a><br>
    <a href=/4>Implant</a></div>
    <h1>Trám răng</h1><p>Trám răng nhanh.</p>
    <div class="sidebar"><h3>Chuyên mục</h3><ul><li>Răng trẻ em</li></ul></div>
    <div class="post-tags">Từ khóa: <a href=/x>răng</a>, <a href=/y>trám</a></div>"""
    assert main(html) == ["Trám răng", "Trám răng nhanh."]


def test_related_posts_are_left_out_up_to_the_next_heading() -> None:
    html = """<h1>Trám răng</h1><p>Nội dung.</p><p>Bài viết liên quan</p><ul><li>
    <a href=/1>Nhổ răng</a> (01/02/2020)</li>
    <li>Tẩy trắng</li></ul><h2>Cam kết</h2><p>Bảo hành mười năm</p>"""
    assert main(html) == ["Trám răng", "Nội dung.", "Cam kết", "Bảo hành mười năm"]


def test_linked_titles_with_prices_are_an_offer() -> None:
    html = "".join(
        f"<div><h3><a href=/p{n}>Viên uống số {n}</a></h3><span>{n}00.000đ</span></div>" for n in range(1, 6)
    )
    assert main(html)[:4] == ["Viên uống số 1", "100.000đ", "Viên uống số 2", "200.000đ"]


def test_prose_in_a_part_that_is_called_menu_is_kept() -> None:
    prose = "Thực đơn liệu trình của chúng tôi giúp da trắng sáng tự nhiên mà không cần nghỉ dưỡng."
    assert main(f"<div class='menu'><p>{prose}</p><a href=/x>Xem</a></div>") == [prose]


def test_a_subject_in_a_class_name_is_no_part_of_the_page() -> None:
    html = "<div class='post-7 category-tin-moi tag-footer hentry'><p>Nội dung bài</p></div>"
    assert main(html) == ["Nội dung bài"]


def test_a_wrapper_named_footer_does_not_swallow_the_page() -> None:
    prose = "".join(
        f"<p>Đoạn văn số {n} nói rất kỹ về dịch vụ của phòng khám, từ khâu thăm khám đến chăm sóc.</p>"
        for n in range(40)
    )
    assert len(main(f"<div class='footer-fixed'>{prose}</div>")) == 40


# Who answers for it


@pytest.mark.parametrize(
    "wrap",
    [
        "<footer>{}</footer>",
        "<div id='footer'>{}</div>",
        "<div class='site-footer dark'>{}</div>",
        "<div class='bottom'>{}</div>",
        "<div role='contentinfo'>{}</div>",
        "<table><tr><td class='chan-trang'>{}</td></tr></table>",
        "<div>{}</div>",
    ],
)
def test_the_legal_block_wherever_it_sits(wrap: str) -> None:
    block = """<p>CÔNG TY TNHH MÂY TRẮNG</p><p>Địa chỉ: 12 Phố Mới, Hà Nội</p><p>GPHĐ số 00000/HNO-GPHĐ</p>
    <p>Người chịu trách nhiệm chuyên môn: BS. Nguyễn Thử Nghiệm</p><p>Giờ làm việc: 8h - 17h</p>
    <p>© 2024 Mây Trắng</p>"""
    html = "<h1>Trám răng</h1><p>Nội dung bài viết.</p>" + wrap.format(block)
    assert main(html) == ["Trám răng", "Nội dung bài viết."]
    assert footer(html) == [
        "CÔNG TY TNHH MÂY TRẮNG",
        "Địa chỉ: 12 Phố Mới, Hà Nội",
        "GPHĐ số 00000/HNO-GPHĐ",
        "Người chịu trách nhiệm chuyên môn: BS. Nguyễn Thử Nghiệm",
        "Giờ làm việc: 8h - 17h",
        "© 2024 Mây Trắng",
    ]


def test_a_contact_block_of_the_article_goes_below_with_its_title() -> None:
    html = """<p>Khỏi hẳn.</p><figcaption>Phòng khám hiện đại bậc nhất</figcaption>
    <p>Mọi thông tin chi tiết xin liên hệ:</p>
    <p><b>Phòng khám Biển Xanh</b></p><p>Địa chỉ: 1 Phố Mới, Hà Nội</p><p>Mở cửa cả tuần</p>"""
    assert main(html) == ["Khỏi hẳn.", "Phòng khám hiện đại bậc nhất", "Mở cửa cả tuần"]
    assert footer(html) == ["Mọi thông tin chi tiết xin liên hệ:", "Phòng khám Biển Xanh", "Địa chỉ: 1 Phố Mới, Hà Nội"]


def test_hotlines_of_header_and_side_column_once() -> None:
    html = """<header><p>Hotline: 0900 000 001</p><a href=/>Trang chủ</a></header><p>Nội dung</p>
    <aside><p>Tư vấn: 0900 000 002</p><p>Lời khuyên</p></aside><footer><p>Hotline: 0900 000 001</p>
    <p>Nha khoa Mây Trắng</p></footer>"""
    assert main(html) == ["Nội dung"]
    assert footer(html) == ["Hotline: 0900 000 001", "Tư vấn: 0900 000 002", "Nha khoa Mây Trắng"]


def test_a_contact_line_of_the_footer_is_not_repeated_in_the_main_text() -> None:
    html = (
        "<p>Gọi ngay</p><p>Hotline: 0900 000 001</p><p>Ưu đãi lớn trong tháng này</p>"
        "<footer>Hotline: 0900 000 001</footer>"
    )
    assert main(html) == ["Gọi ngay", "Ưu đãi lớn trong tháng này"]
    assert footer(html) == ["Hotline: 0900 000 001"]


def test_the_menu_of_a_footer_is_left_out_and_its_linked_phone_kept() -> None:
    html = """<p>x y</p><footer><h4>Liên kết</h4><ul><li><a href=/a>Trang chủ</a></li><li>
    <a href=/b>Dịch vụ</a></li></ul>
    <a href="tel:0900000001">0900 000 001</a><a href="mailto:a@b.example">a@b.example</a></footer>"""
    assert footer(html) == ["0900 000 001 a@b.example"]


def test_a_promise_with_a_phone_number_in_the_text_stays_there() -> None:
    html = (
        "<p>Gọi 0900 000 001 để được giảm 50%</p><h2>Vì sao chọn chúng tôi</h2><p>Khỏi hẳn sau một lần</p>"
        "<p>a</p><p>b c</p><p>d</p>"
    )
    assert main(html)[0] == "Gọi 0900 000 001 để được giảm 50%"


# Title, site, links


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<meta property="og:title" content="Chia sẻ"><title>T</title>', "Chia sẻ"),
        (
            '<meta property="og:title" content="Mây Trắng"><meta property="og:site_name" content="Mây Trắng">',
            "Trám răng",
        ),
        ("<title>T</title>", "Trám răng"),
    ],
)
def test_title(head: str, title: str) -> None:
    assert read(f"<head>{head}</head><h1> Trám\n răng </h1>").title == title


def test_title_without_heading_or_without_any() -> None:
    assert read("<title>Trang T</title><p>x</p>").title == "Trang T"
    assert read("<p>x</p>").title == ""


def test_site_name() -> None:
    assert read('<meta property="og:site_name" content="Nha khoa Mây Trắng"><p>x</p>').site_name == "Nha khoa Mây Trắng"
    ld = '<script type="application/ld+json">[{"@type":"WebSite","name":"Biển Xanh"}]</script><p>x</p>'
    assert read(ld).site_name == "Biển Xanh"
    assert read("<p>x</p>").site_name == ""


def test_links_are_absolute_and_each_once() -> None:
    html = """<base href="/muc/"><a href="a.html#x">Trang A</a><a href="a.html">lại A</a>
    <a href="//khac.example/b?c=1">B</a>
    <a href="#x">neo</a><a href="tel:0900">gọi</a><a href="javascript:void(0)">js</a><a href="ftp://f.example/">f</a>
    <a href="http://[bad">hỏng</a><a href="/dài?x=1 2"><img src=i.png></a><iframe src="/khung"></iframe>"""
    assert [(link.url, link.text) for link in read(html).links] == [
        ("https://may-trang.example/muc/a.html", "Trang A"),
        ("https://khac.example/b?c=1", "B"),
        ("https://may-trang.example/dài?x=1 2", ""),
        ("https://may-trang.example/khung", ""),
    ]


def test_a_frameset_leads_to_its_frames() -> None:
    page = read("<html><frameset cols='*,*'><frame src='trai.htm'><frame src='phai.htm'></frameset></html>")
    assert [link.url.rsplit("/", 1)[1] for link in page.links] == ["trai.htm", "phai.htm"]
    assert page.text == ""


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [("Trồng răng sứ thẩm mỹ", "en", "vi"), ("Dental implants", "en-US", "en"), ("Dental implants", "", "")],
)
def test_language_is_that_of_the_text(text: str, declared: str, language: str) -> None:
    assert read(f"<html lang='{declared}'><body><p>{text}</p></body></html>").language == language


# What is no HTML


def test_plain_text() -> None:
    page = read("Trị nám\r\n\r\n  giá   900.000đ \n", "text/plain; charset=utf-8")
    assert (page.text, page.main_end) == ("Trị nám\ngiá 900.000đ", 20)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "text/html"),
        ("   \n", ""),
        ('{"a": "Trị nám"}', "application/json"),
        ('[{"a": "Trị nám"}]', "text/html"),
        ("Trị nám", "image/jpeg"),
        ("<html><body></body></html>", "text/html"),
    ],
)
def test_pages_without_text(body: str, content_type: str) -> None:
    page = read(body, content_type)
    assert (page.text, page.main_end, page.url) == ("", 0, URL)


def test_a_template_left_in_the_page_does_not_make_it_json() -> None:
    assert read("{{ header }}<p>Trị nám</p>").text == "{{ header }}\nTrị nám"


def test_mark_up_is_recognised_without_a_content_type() -> None:
    assert read("<!DOCTYPE html><p>Trị nám", "").text == "Trị nám"


def test_the_only_paragraph_of_a_page_stays_above_though_it_ends_with_a_phone() -> None:
    html = "<h1>Nám da</h1><p>Cam kết khỏi hẳn sau ba buổi. Gọi 0900 000 003 để giữ chỗ.</p><a href='/x'>Xem thêm</a>"
    assert "Cam kết khỏi hẳn sau ba buổi. Gọi 0900 000 003 để giữ chỗ." in main(html)


def test_a_last_line_that_says_all_of_the_advertiser_is_the_footer() -> None:
    last = (
        "Nhà thuốc Lá Me – 12 Hàng Mơ, phường Cầu Ông, TP.HCM. Giấy chứng nhận đủ điều kiện kinh doanh dược số "
        "0001/ĐKKDD-HCM. Người chịu trách nhiệm chuyên môn: DS. Trần Thị Bưởi. ĐT: 0900 000 001. Giao trong ngày."
    )
    html = f"""<h1>Siro ho</h1><p>Thảo dược lành tính, dùng cho trẻ từ 2 tuổi.</p>
    <p>Số giấy xác nhận nội dung quảng cáo: 0001/2025/XNQC.</p><div class="f">{last}</div>"""
    assert footer(html) == [last]
    assert main(html)[-1] == "Số giấy xác nhận nội dung quảng cáo: 0001/2025/XNQC."


def test_a_page_of_nothing_but_a_column_is_read() -> None:
    entry = '<h3><a href="/1">Căng da mặt bằng chỉ</a></h3><a href="/1">30/08/2022</a>'
    assert main(f'<div class="sidebar"><div>Tin mới nhất</div>{entry}</div>') == [
        "Tin mới nhất",
        "Căng da mặt bằng chỉ",
        "30/08/2022",
    ]


def test_opening_hours_stay_beside_the_menus_of_a_footer() -> None:
    html = """<p>Khám răng cho trẻ em.</p><footer><p>0900 000 001</p><ul><li>Thứ 2 - Thứ 7: 08:00 - 20:00</li></ul>
    <h4>Thông tin</h4><ul><li><a href="/a">Giới thiệu</a></li><li><a href="/b">Liên hệ</a></li></ul></footer>"""
    assert footer(html) == ["0900 000 001", "Thứ 2 - Thứ 7: 08:00 - 20:00"]
