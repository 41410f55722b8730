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
    COMMENTS = auto()


def _named(names: str) -> re.Pattern[str]:
    """Match one of ``names`` as whole parts of an id or class name, parted by '-', '_' or space."""
    return re.compile(rf"(?:^|[-_ ])(?:{'|'.join(names.split())})\d{{0,2}}(?:$|[-_ ])")


#: Asked in this order; the first that matches decides.
_ZONES: tuple[tuple[re.Pattern[str], Zone], ...] = (
    (_named("modal popup pop-up lightbox fancybox-content"), Zone.POPUP),
    (_named("tab-content tab-pane (?:entry|post|article|main|page)-(?:content|body)"), Zone.MAIN),
    (_named("(?:entry|post|card|media|panel|modal|article|box|item|widget|table)-footer"), Zone.MAIN),
    (_named("footer foot copyright copy-right coppyright chan-trang chantrang site-info colophon"), Zone.FOOTER),
    (re.compile(r"(?:^| )(?:bottom|bot|ft|footer\w*|\w+footer)(?:$| )"), Zone.FOOTER),
    (
        _named(
            "nav navbar navigation menu breadcrumbs? bread-crumbs? pagination paging pagenavi page-numbers sidr "
            "sitemap socials? share sharing addthis tags tagcloud languages? lang-switch(?:er)? skip-link"
        ),
        Zone.NAV,
    ),
    (re.compile(r"(?:^| )\w{0,12}menu\w{0,8}(?:$| )"), Zone.NAV),
    (
        _named(
            "sidebar side-bar aside widget-area related? relate lien-quan lienquan cung-chuyen-muc recent-posts? "
            "popular-posts? tin-khac bai-viet-khac tin-moi tinmoi"
            " xem-nhieu newsletter"
        ),
        Zone.SIDE,
    ),
    (_named("comments? comment-list commentlist respond disqus binh-luan"), Zone.COMMENTS),
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


#: Classes that blogs give to an article by its subject, which say nothing about the part of the page.
_SUBJECTS = ("category-", "tag-", "post-", "page-", "type-", "term-")


@lru_cache(maxsize=4096)
def zone_named(tag: str, role: str, names: str) -> Zone | None:
    """Return the zone that an element opens by its tag, its role, or its id and class (``names``, lower case)."""
    names = " ".join(name for name in names.split() if not name.startswith(_SUBJECTS))
    for pattern, zone in _ZONES:
        if pattern.search(names):
            return zone
    return _ROLES.get(role) or _TAGS.get(tag)


#: Content that opens on a click: hidden when the page loads, read by visitors all the same.
OPENS = _named(
    "tabs? tab-pane tab-content tabcontent accordion collapse panel faq answer toggle more readmore item "
    "slides? sliders? carousel carousel-item swiper slick owl banner"
)

#: Classes of text that is not shown: what only a screen reader reads, and what a style sheet hides.
UNSEEN = _named("sr-only screen-reader-text visually-hidden")
HIDDEN = re.compile(
    r"^(?!.*\b(?:d-\w\w-|\w\w:(?:block|flex|grid|inline)))"  # shown from some width of the screen on
    r".*(?:^| )(?:hidden|hide|is-hidden|d-none)(?:$| )"
)

#: Copies that sliders make of their own slides.
CLONED = _named("slick-cloned cloned swiper-slide-duplicate bx-clone")

_CONTACT = re.compile(
    r"(?:\+84|\(84\)|\b0)[\d\s.()-]{7,16}\d|\b1[89]00[\s.-]?\d{2,4}[\s.-]?\d{0,4}"
    r"|\b(?:hot\s?line|tổng đài|điện thoại|đt|tel|phone|fax|zalo|e-?mail|website)\b\s?[:.]"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.\w"
    r"|\b(?:địa chỉ|trụ sở|chi nhánh|cơ sở \d|văn phòng|address|đ/c)\b.{0,12}:"
    r"|\b(?:(?:giờ|thời gian) (?:làm việc|mở cửa|khám|hoạt động)|mở cửa)\b.{0,40}\d",
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

#: An address that no label introduces: '12 Phố Mới, Phường Bến, Hà Nội'.
_ADDRESS = re.compile(
    r"^\W{0,3}(?:số |lô |tầng |lầu )?\d[\w/.-]{0,9},? .{4,80}, ?.{0,60}"
    r"\b(?:hà nội|hcm|hồ chí minh|sài gòn|đà nẵng|cần thơ|hải phòng|quận|phường|huyện|tỉnh|tp|thành phố)\b",
    re.I,
)

#: Titles above lists of other pages, which end at the next heading.
RELATED_TITLE = re.compile(
    r"^(?:các |những )?(?:tin|tin tức|bài|bài viết|sản phẩm|dịch vụ|video|chủ đề|thông tin)?"
    r" ?(?:liên quan|khác|cùng chuyên mục|cùng loại|cùng chủ đề|xem nhiều|đọc nhiều|được quan tâm)\W{0,3}$"
    r"|^(?:các )?(?:tin|tin tức|bài|bài viết) (?:mới|mới nhất|nổi bật)\W{0,3}$"
    r"|^(?:có thể bạn quan tâm|bạn có thể thích|related|recent|từ khóa|tags?\b).{0,30}$",
    re.I,
)
#: Titles above menus, and above contact blocks.
MENU_TITLE = re.compile(r"^(?:menu|danh mục|chuyên mục|liên kết|chính sách|hỗ trợ|site ?map)\b.{0,30}$", re.I)
CONTACT_TITLE = re.compile(
    r"^(?:mọi |để biết )?(?:thông tin )?(?:chi tiết )?(?:xin |vui lòng )?"
    r"(?:liên hệ|contact(?: us)?|hệ thống (?:cơ sở|chi nhánh))"
    r"\b.{0,30}$",
    re.I,
)


def has_contact(line: str) -> bool:
    """Tell whether a line gives a phone, an address, hours or another way to reach the advertiser."""
    return bool(_CONTACT.search(line) or _ADDRESS.search(line))


def has_legal(line: str) -> bool:
    """Tell whether a line states a licence, a registration, who answers for the content, or copyright."""
    return bool(_LEGAL.search(line))


def names_company(line: str) -> bool:
    """Tell whether a line begins as the name of an organisation does."""
    return len(line) <= 120 and bool(_COMPANY.search(line))
