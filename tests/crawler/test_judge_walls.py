"""Challenges, consent walls and notices that a page is gone, told from pages; and what the judge makes of them."""

import unicodedata

import pytest

from crawler.frontier import Visit, VisitKind
from crawler.history import Known
from crawler.items import MOVED
from crawler.judge import Answer, Verdict, judge
from crawler.sources import Source
from crawler.walls import says_gone, wall
from crawler.warc import Original
from models.vocabulary import Outcome

SOURCE = Source.model_validate({"name": "s", "kind": "site", "start": ("http://h.example/",), "delay": 0})
URL = "http://h.example/tri-nam"


def html(body: str, title: str = "", head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


CHALLENGES = {
    "cloudflare": html(
        "<noscript>Enable JavaScript and cookies to continue</noscript><script>window._cf_chl_opt={cType:'managed'}"
        "</script><p>Verifying you are human. This may take a few seconds.</p>",
        "Just a moment...",
    ),
    "turnstile in Vietnamese": html(
        "<h1>Xác minh bạn là con người</h1><div class='cf-turnstile' data-sitekey='x'></div>"
        "<p>maihoa.example cần xem xét tính bảo mật của kết nối trước khi tiếp tục.</p>",
        "Chờ một chút...",
    ),
    "captcha form": html(
        "<p>Chúng tôi phát hiện lưu lượng truy cập bất thường từ mạng của bạn.</p><form><img src='/captcha.png'>"
        "<input name='captcha'><button>Tôi không phải là người máy</button></form>"
    ),
    "empty page that sets a cookie": html(
        "", head="<script>document.cookie='D1N=ab12; path=/';window.location.reload(true);</script>"
    ),
    "datadome": html("", "maihoa.example", "<script src='https://geo.captcha-delivery.com/captcha/c.js'></script>"),
    "ddos-guard": html(
        "<h1>DDoS protection</h1><p>Checking your browser</p><script src='https://check.ddos-guard.net/x'></script>"
    ),
}
CONSENTS = {
    "vietnamese": html(
        "<h1>Trước khi bạn tiếp tục</h1><p>Chúng tôi sử dụng cookie và dữ liệu cá nhân để cung cấp dịch vụ.</p>"
        "<p>Nếu chọn “Chấp nhận tất cả”, chúng tôi cũng sẽ dùng cookie để hiển thị quảng cáo.</p>"
        "<form><button>Từ chối tất cả</button><button>Chấp nhận tất cả</button></form><a href='/p'>Quyền riêng tư</a>"
    ),
    "english": html(
        "<h1>Before you continue</h1><p>We use cookies and data to deliver and maintain our services.</p>"
        "<button>Reject all</button><button>Accept all</button>",
        "Consent",
    ),
}
PAGES = {
    "contact form with a captcha": html(
        "<h1>Liên hệ</h1><p>Phòng khám Mai Hoa, gọi 028 7300 0991</p><form><textarea></textarea>"
        "<div class='g-recaptcha'></div><label>Tôi không phải là người máy</label></form>"
    ),
    "a page that Cloudflare adds its script to": html(
        "<h1>Trị nám tại Mai Hoa</h1><p>Cam kết khỏi hẳn.</p><script src='/cdn-cgi/challenge-platform/scripts/jsd/"
        "main.js'></script>",
        "Trị nám",
    ),
    "an article about captchas": html(
        f"<h1>Cách xác minh bạn là con người</h1><p>{'Captcha là phép thử phân biệt người với máy. ' * 30}</p>"
    ),
    "a page with a cookie banner": html(
        "<h1>Viên uống Mây Hồng</h1><p>Giúp da sáng mịn chỉ sau bảy ngày, hàng nghìn khách hàng tin dùng.</p>"
        "<p>Mua ngay để nhận ưu đãi, miễn phí giao hàng trên toàn quốc trong tháng này.</p>"
        "<div>Trang web này dùng cookie. <button>Đồng ý</button></div>"
    ),
    "a privacy policy": html(
        f"<h1>Chính sách quyền riêng tư</h1><p>{'Chúng tôi dùng cookie và dữ liệu cá nhân, bạn đồng ý. ' * 60}</p>"
    ),
    "an empty page": html(""),
    "a page that redirects by script": html("", head="<script>location.href='/vi/'</script>"),
    "no page": b'{"captcha": "just a moment"}',
    "a large page": html("<p>just a moment, captcha</p>" + "<!-- x -->" * 20_000),
}


@pytest.mark.parametrize("name", CHALLENGES)
def test_challenges(name: str) -> None:
    assert wall(CHALLENGES[name], "text/html; charset=utf-8") == "challenge page"


@pytest.mark.parametrize("name", CONSENTS)
def test_consent_walls(name: str) -> None:
    assert wall(CONSENTS[name], "text/html") == "consent wall"


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_no_walls(name: str) -> None:
    assert wall(PAGES[name], "") == ""


@pytest.mark.parametrize(
    "page",
    [
        html("<p>Vui lòng thử lại sau</p>", "Không tìm thấy trang này – Mai Hoa"),
        html("<h1>Bài viết không tồn tại hoặc đã bị xóa</h1><a href='/'>Về trang chủ</a>"),
        html("<div>Nội dung này đã bị gỡ theo yêu cầu của cơ quan chức năng.</div>"),
        html("<p>Sản phẩm này hiện không còn hiển thị</p>" + "<a href='/x'>Sản phẩm khác rất tốt</a>" * 200),
        html("<h2>The page you are looking for could not be found</h2>"),
        html("<p>Trang bạn tìm kiếm không tồn tại</p>").decode().translate({}).encode("utf-16"),
        unicodedata.normalize("NFD", html("<h1>BÀI VIẾT ĐÃ BỊ GỠ</h1>").decode()).encode(),
        b"<html><h1>B&agrave;i vi&#7871;t kh&ocirc;ng t&#7891;n t&#7841;i</h1></html>",
    ],
)
def test_a_page_says_that_it_is_gone(page: bytes) -> None:
    kind = "text/html; charset=utf-16" if page[:2] in (b"\xff\xfe", b"\xfe\xff") else "text/html"
    assert says_gone(page, kind)


@pytest.mark.parametrize(
    "page",
    [
        html(f"<h1>Trị nám</h1><p>{'Điều trị nám da theo phác đồ. ' * 30}</p><p>Bài viết này không tồn tại lâu.</p>"),
        html(f"<h1>Nám da không còn tồn tại sau 7 ngày</h1><p>{'Liệu trình của Mai Hoa. ' * 40}</p>"),
        html("<h1>Nám không còn nữa</h1><p>Mai Hoa giúp bạn xóa nám.</p>"),
        html("<p>Sản phẩm đã bán 1.000 hộp</p>"),
        html(""),
        b"",
        b"not html: the page does not exist",
    ],
)
def test_a_page_that_only_speaks_so(page: bytes) -> None:
    assert says_gone(page, "text/html") == ""


def test_hostile_pages_cost_little() -> None:
    for page in (
        b"<div>" * 20_000,
        b"<a href=x>" * 10_000,
        b"captcha<" * 15_000,
        b"\0captcha<p>" * 1_000,
        b"<" * 99_999,
    ):
        assert wall(page) == ""
        assert says_gone(page) == ""


def known(digest: str = "old", *, gone: bool = False) -> Known:
    place = Original("w", 0, 1, "s", "r", URL, "2026-01-01T00:00:00+00:00", "p")
    return Known(VisitKind.PAGE, place, {}, digest, gone=gone)


def asked(body: bytes, before: Known | None = None, status: int = 200, **headers: str) -> Verdict:
    answer = Answer(status, {"content-type": "text/html; charset=utf-8"} | headers, body)
    return judge(Visit("s", URL), SOURCE, answer, before)


GONE = html("<h1>Bài viết không tồn tại</h1>")


def test_a_wall_is_blocked_and_neither_captured_nor_withdrawn() -> None:
    for page in (*CHALLENGES.values(), *CONSENTS.values()):
        for before in (None, known(), known(gone=True)):
            assert asked(page, before).outcome is Outcome.BLOCKED
    assert asked(CHALLENGES["cloudflare"]).note == "challenge page"
    assert judge(Visit("s", URL, VisitKind.SITEMAP), SOURCE, Answer(200, {}, GONE), known()).outcome is Outcome.CAPTURED


def test_a_notice_withdraws_a_page_that_showed_something_else() -> None:
    verdict = asked(GONE, known())
    assert verdict.outcome is Outcome.WITHDRAWN
    assert verdict.note == "the page says that it is gone: bai viet khong ton tai"
    assert asked(GONE, known(gone=True)).outcome is Outcome.WITHDRAWN
    first = asked(GONE)
    assert first.outcome is Outcome.CAPTURED  # never seen before: what it says is all that is known
    assert asked(GONE, known(first.decoded_sha256)).outcome is Outcome.UNCHANGED


def test_a_permanent_redirect_of_a_known_page_is_noted() -> None:
    there = {"location": "/moi"}
    assert [asked(b"", known(), status, **there).note for status in (301, 308)] == [MOVED, MOVED]
    assert [asked(b"", known(), status, **there).note for status in (302, 303, 307)] == ["", "", ""]
    assert asked(b"", None, 301, **there).note == ""
    assert asked(b"", known(gone=True), 301, **there).note == ""
    assert asked(b"", known(), 301, location="http://la.example/").outcome is Outcome.FAILED
