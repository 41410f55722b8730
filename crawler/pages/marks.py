"""The names and words by which parts of a page are known: menus, footers, side columns, pop-ups; contact and legal.

Tuned on 2026-11-24 by reading 113 stored pages of 15 Vietnamese clinic and shop sites (90 differ).
"""

import re
from enum import Enum, auto
from functools import lru_cache


class Zone(Enum):
    """Which part of the page a line stands in."""

    MAIN = auto()
    HEADER = auto()
    NAV = auto()
    SIDE = auto()
    FOOTER = auto()
    POPUP = auto()


def _named(names: str) -> re.Pattern[str]:
    """Match one of ``names`` as whole parts of an id or class name, parted by '-', '_' or space."""
    return re.compile(rf"(?:^|[-_ ])(?:{'|'.join(names.split())})\d{{0,2}}(?:$|[-_ ])")


#: Asked in this order; the first that matches decides.
_ZONES: tuple[tuple[re.Pattern[str], Zone], ...] = (
    (_named("modal popup pop-up lightbox fancybox-content"), Zone.POPUP),
    (_named("(?:entry|post|card|media|panel|modal|article|box|item|widget|table)-footer"), Zone.MAIN),
    (_named("footer foot copyright copy-right coppyright chan-trang chantrang site-info colophon"), Zone.FOOTER),
    (re.compile(r"(?:^| )(?:bottom|bot|ft|footer\w*|\w+footer)(?:$| )"), Zone.FOOTER),
    (
        _named(
            "nav navbar navigation menu breadcrumbs? bread-crumbs? pagination paging pagenavi page-numbers sidr "
            "sitemap socials? share sharing addthis tags tagcloud lang languages? skip-link"
        ),
        Zone.NAV,
    ),
    (re.compile(r"(?:^| )\w{0,12}menu\w{0,8}(?:$| )"), Zone.NAV),
    (
        _named(
            "sidebar side-bar aside widget-area related? relate lien-quan lienquan cung-chuyen-muc recent-posts? "
            "popular-posts? comments? comment-list respond disqus tin-khac bai-viet-khac tin-moi tinmoi"
            " xem-nhieu newsletter"
        ),
        Zone.SIDE,
    ),
    (_named("header head top-bar topbar masthead banner-top"), Zone.HEADER),
)

_TAGS = {"nav": Zone.NAV, "aside": Zone.SIDE, "footer": Zone.FOOTER, "header": Zone.HEADER, "dialog": Zone.POPUP}
_ROLES = {
    "navigation": Zone.NAV,
    "menu": Zone.NAV,
    "complementary": Zone.SIDE,
    "contentinfo": Zone.FOOTER,
    "banner": Zone.HEADER,
    "dialog": Zone.POPUP,
}


@lru_cache(maxsize=4096)
def zone_named(tag: str, role: str, names: str) -> Zone | None:
    """Return the zone that an element opens by its tag, its role, or its id and class (``names``, lower case)."""
    for pattern, zone in _ZONES:
        if pattern.search(names):
            return zone
    return _ROLES.get(role) or _TAGS.get(tag)


#: Content that opens on a click: hidden when the page loads, read by visitors all the same.
OPENS = _named(
    "tabs? tab-pane tab-content tabcontent accordion collapse panel faq answer toggle slide carousel-item item "
    "more readmore"
)

#: Copies that sliders make of their own slides.
CLONED = _named("slick-cloned cloned swiper-slide-duplicate bx-clone")

_CONTACT = re.compile(
    r"(?:\+84|\(84\)|\b0)[\d\s.()-]{7,16}\d|\b1[89]00[\s.-]?\d{2,4}[\s.-]?\d{0,4}"
    r"|\b(?:hot\s?line|tổng đài|điện thoại|đt|tel|phone|fax|zalo|e-?mail|website)\b\s?[:.]"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.\w"
    r"|\b(?:địa chỉ|trụ sở|chi nhánh|cơ sở \d|văn phòng|address|đ/c)\b.{0,12}:"
    r"|\b(?:giờ|thời gian) (?:làm việc|mở cửa|khám|hoạt động)\b|\bmở cửa\s?:",
    re.I,
)
_LEGAL = re.compile(
    r"©|\bcopyright\b|\ball rights? reserved\b|\bbản quyền\b"
    r"|\bgp(?:hđ|đkkd|lh)\b|\bgiấy phép\b|\bgiấy chứng nhận\b|\bcchn\b|\bmst\b|\bmã số (?:thuế|doanh nghiệp)\b"
    r"|\bxác nhận nội dung quảng cáo\b|\bxnqc\b|\bchịu trách nhiệm (?:chuyên môn|nội dung)\b"
    r"|\bsở (?:y tế|kế hoạch)\b.{0,40}\bcấp\b",
    re.I,
)
_COMPANY = re.compile(r"^(?:công ty|cty|phòng khám|bệnh viện|thẩm mỹ viện|viện thẩm mỹ|nhà thuốc|trung tâm)\b", re.I)

#: Titles above lists of other pages.
RELATED_TITLE = re.compile(
    r"^(?:(?:các )?(?:tin|bài|bài viết|tin tức|sản phẩm|dịch vụ|video)"
    r" (?:liên quan|khác|mới|mới nhất|nổi bật|xem nhiều|cùng chuyên mục|cùng loại)"
    r"|có thể bạn quan tâm|xem thêm|đọc thêm|bài viết cùng|chuyên mục|danh mục|liên kết|related|recent"
    r"|từ khóa|tags?)\b.{0,30}$",
    re.I,
)


def has_contact(line: str) -> bool:
    """Tell whether a line gives a phone, an address, hours or another way to reach the advertiser."""
    return bool(_CONTACT.search(line))


def has_legal(line: str) -> bool:
    """Tell whether a line states a licence, a registration, who answers for the content, or copyright."""
    return bool(_LEGAL.search(line))


def names_company(line: str) -> bool:
    """Tell whether a line begins as the name of an organisation does."""
    return len(line) <= 120 and bool(_COMPANY.search(line))
