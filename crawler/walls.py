"""Pages that answer 200 and are not the page: challenges, consent walls, and notices that the page is gone. Pure.

All three are short pages with little but their own words. A page that says anything else (a telephone, prose, a list of
links) is taken for what it shows: calling an advertisement a wall would lose it, while a wall taken for a page is seen
by whoever reads it. Measured 2026-11-24 on 113 real pages of clinics and shops: none is called a wall or gone.
"""

import re
from dataclasses import dataclass

from lxml import etree

from crawler.pages.decoding import decode
from models.vietnamese import folded

#: A larger page (bytes) is no wall: challenges carry scripts of some ten kilobytes, not pages of text.
_MAX_BYTES = 150_000

#: Visible characters up to which a page can be nothing but a challenge, or a consent form.
_MAX_CHALLENGE, _MAX_CONSENT = 800, 2_500

#: A page with more links leads somewhere: it is a page.
_MAX_LINKS = 25

#: A visible block of so many characters is prose; a challenge has none but its own explanation.
_PROSE = 400

#: Visible characters outside of links up to which a page can be nothing but the notice that it is gone.
_MAX_NOTICE = 600

#: Markup that only challenge pages carry (bytes in lower case). What vendors also put into ordinary pages, as
#: Cloudflare's /cdn-cgi/challenge-platform/ script or a captcha beside a contact form, is among ``_HINTS``.
_ENGINES = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|cf_chl_prog|id=[\"']cf-challenge|ddos-guard\.net/|sucuri_cloudproxy_js"
    rb"|geo\.captcha-delivery\.com|px-captcha|distil_r_captcha|/_sec/cp_challenge/|id=[\"']challenge-running"
)
#: What may belong to a challenge and may belong to a page: decides together with the words.
_HINTS = re.compile(
    rb"captcha|turnstile|challenge|_cf_|cf-browser|ddos|sucuri|/_sec/|human|not a robot|your browser|enable javascript"
    rb"|cookie|consent|incapsula|awswaf|distil|denied|unusual"
)
_COOKIE_RELOAD = re.compile(
    rb"document\.cookie\s*=[^<]{0,2000}?(?:location\.(?:reload|replace|href)|window\.location)", re.DOTALL
)

#: Folded words of challenges, in Vietnamese and English.
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)"
    r"|i'?m not a robot|attention required|unusual traffic|access denied|security check|complete the captcha"
    r"|solve the captcha|enable javascript and cookies|ddos protection|one more step|pardon our interruption"
    r"|xac (?:minh|nhan|thuc) (?:rang )?(?:ban|quy khach) (?:la|khong phai(?: la)?) (?:con )?(?:nguoi|robot|ro bot|may)"
    r"|khong phai (?:la )?(?:nguoi may|robot|ro bot)|luu luong (?:truy cap )?bat thuong|truy cap bat thuong"
    r"|dang kiem tra (?:trinh duyet|ket noi)|kiem tra bao mat|(?:nhap|giai) (?:ma )?captcha|nhap ma xac (?:minh|nhan)"
    r"|vui long bat javascript|may chu chong ddos"
)
_CONSENT = re.compile(
    r"before you continue|truoc khi (?:ban )?tiep tuc|(?:accept|allow|reject) all|manage preferences|cookie|consent"
    r"|(?:chap nhan|dong y|tu choi) tat ca|quyen rieng tu|privacy|personal data|du lieu ca nhan|dieu khoan su dung"
)
_AGREE = re.compile(r"\b(?:accept|agree|allow|consent|chap nhan|dong y|cho phep)\b")

#: Folded words by which a page says that what stood there is gone. Each names the page or its content.
_THING = (
    r"(?:bai (?:viet|dang)|noi dung|trang(?: web| nay)?|san pham|tin(?: dang| rao)?|lien ket|chu de|video|duong dan"
    r"|tai khoan)(?: (?:nay|ban (?:dang )?(?:tim|yeu cau|truy cap|xem)(?: kiem)?|ma ban (?:dang )?tim(?: kiem)?))?"
)
_GONE = re.compile(
    rf"{_THING} (?:hien )?(?:khong (?:con )?ton tai|khong con(?: hien thi| kha dung| nua)?|khong kha dung"
    r"|(?:da )?(?:bi |duoc )?(?:go bo|go|xoa|an|an di|thu hoi)(?: bo)?)\b"
    rf"|khong tim thay {_THING}|khong the tim thay {_THING}"
    r"|(?:page|post|content|product|listing|article)(?: you (?:are looking for|requested))?"
    r" (?:(?:was |could )?not (?:be )?found|no longer (?:exists|available)|does not exist|doesn't exist"
    r"|(?:is no longer|isn't|is not) available|(?:has been|was) (?:removed|deleted))"
)

_UNSEEN = ("script", "style", "template", "head", "svg")
_BLOCKS = frozenset(
    {"p", "div", "li", "td", "section", "article", "h1", "h2", "h3", "h4", "br", "tr", "ul", "form", "button", "label"}
)
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)[\s.-]?[2-9](?:[\s.-]?\d){8,9}(?!\d)|(?<!\d)1[89]00[\s.-]?\d{4}")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,400})", re.I)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a page shows: title, headings, visible text by block (folded), the part of it that is linked."""

    title: str
    headings: str
    blocks: tuple[str, ...]
    linked: int

    @property
    def size(self) -> int:
        return sum(map(len, self.blocks))


def wall(body: bytes, content_type: str = "") -> str:
    """Return what kind of wall a page is ("challenge page", "consent wall"), or ``''`` for any other.

    ``body`` is without content-encoding. What is not HTML, or is large, is none.
    """
    if len(body) > _MAX_BYTES or not _is_html(body, content_type):
        return ""
    low = body.lower()
    if low.count(b"<a ") > _MAX_LINKS or not _HINTS.search(low):  # nearly every page ends here, unparsed
        return ""
    engine = _ENGINES.search(low) is not None
    seen = _seen(body, content_type)
    if seen is None or any(_PHONE.search(block) for block in seen.blocks):
        return ""
    if _is_challenge(seen, low, engine=engine):
        return "challenge page"
    return "consent wall" if _is_consent(seen) else ""


def _is_challenge(seen: _Seen, low: bytes, *, engine: bool) -> bool:
    if seen.size > _MAX_CHALLENGE or any(len(block) >= _PROSE for block in seen.blocks):
        return False
    words = " ".join((seen.title, *seen.blocks))
    said = _CHALLENGE.search(words) is not None
    if engine:
        return said or seen.size < 300
    if seen.size < 60 and len(low) < 20_000 and _COOKIE_RELOAD.search(low):
        return True  # an empty page that sets a cookie and asks again
    return said and seen.size - seen.linked < 500


def _is_consent(seen: _Seen) -> bool:
    """Tell whether a page asks for consent and shows nothing else: most of its words stand in blocks about that."""
    if seen.size > _MAX_CONSENT or not _AGREE.search(" ".join(seen.blocks)):
        return False
    telling = [block for block in seen.blocks if len(block) >= 20]
    about = sum(len(block) for block in telling if _CONSENT.search(block))
    return about > 0 and about >= 0.7 * sum(map(len, telling))


def says_gone(body: bytes, content_type: str = "") -> str:
    """Return the words by which a page says that its content is gone ('bài viết không tồn tại'), folded, or ``''``.

    They must stand in its title or a heading, or be most of what it shows outside of links.
    """
    if len(body) > 4 * _MAX_BYTES or not _is_html(body, content_type):
        return ""
    seen = _seen(body, content_type)
    if seen is None:
        return ""
    plain = seen.size - seen.linked
    if found := _GONE.search(f"{seen.title}\n{seen.headings}"):
        # A heading of an article may say so of something else: then prose follows it.
        prose = sum(len(block) for block in seen.blocks if len(block) >= 200)
        return found[0] if prose < 600 else ""
    found = next(filter(None, map(_GONE.search, seen.blocks)), None)
    return found[0] if found and plain <= _MAX_NOTICE else ""


def _is_html(body: bytes, content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind in ("", "text/html", "application/xhtml+xml") and b"<" in body[:2_000]


def _seen(body: bytes, content_type: str) -> _Seen | None:
    text = decode(body, content_type)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None
    if root is None:
        return None
    title = _TITLE.search(text)
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    blocks: list[str] = []
    part: list[str] = []

    def close() -> None:
        if whole := _plain("".join(part)):
            blocks.append(whole)
        part.clear()

    linked = 0
    headings: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            close()
        if event == "start":
            part.append(element.text or "")
            if element.tag == "a" and element.get("href"):
                linked += len(_plain("".join(map(str, element.itertext()))))
            if element.tag in ("h1", "h2", "h3"):
                headings.append(_plain("".join(map(str, element.itertext()))))
        else:
            part.append(element.tail or "")
    close()
    return _Seen(_plain(title[1]) if title else "", "\n".join(headings), tuple(blocks), linked)


def _plain(text: str) -> str:
    return " ".join(folded(text).split())
