"""Where a document leads: the addresses in HTML, sitemaps, feeds and plain lists. Pure: bytes in, addresses out."""

import re
from collections.abc import Iterable
from urllib.parse import urljoin

import lxml.etree
import lxml.html
from w3lib.encoding import html_to_unicode

from crawler.bodies import BodyError, decode
from crawler.urls import canonical, is_text, is_trap

#: Links read from one HTML page; the rest is navigation noise or a trap.
MAX_LINKS = 1_000

#: Addresses read from one sitemap or list (the sitemap protocol allows 50,000).
MAX_ENTRIES = 50_000

#: An unpacked sitemap larger than this is cut off (bytes; the sitemap protocol's own limit).
MAX_SITEMAP = 52_428_800

_HREF = "//a/@href | //area/@href | //iframe/@src | //frame/@src"
_REFRESH = re.compile(r"\s*[\d.]{0,6}\s*[;,]\s*url\s*=\s*['\"]?([^'\"]{1,2000})", re.IGNORECASE)


def html_links(body: bytes, url: str, content_type: str = "") -> list[str]:
    """Return the addresses a page links to, in order, each once, at most ``MAX_LINKS``."""
    tree = _html(body, content_type)
    if tree is None:
        return []
    bases = tree.xpath("//base/@href")
    base = urljoin(url, str(bases[0]).strip()) if bases and canonical(str(bases[0]), url) else url
    found = [str(link) for link in tree.xpath(_HREF)]
    refreshes = tree.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh']/@content")
    found += [match[1] for content in refreshes if (match := _REFRESH.match(str(content)))]
    return _unique((canonical(link, base) for link in found), MAX_LINKS)


def _html(body: bytes, content_type: str) -> lxml.html.HtmlElement | None:
    text = html_to_unicode(content_type or None, body)[1].replace("\x00", "")
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return None


def _unique(urls: Iterable[str], limit: int) -> list[str]:
    good: dict[str, None] = {}
    for url in urls:
        if url and url not in good and is_text(url) and not is_trap(url):
            good[url] = None
            if len(good) >= limit:
                break
    return list(good)


def sitemap_links(body: bytes, url: str) -> tuple[list[str], list[str]]:
    """Return (pages, further sitemaps) of a sitemap or sitemap index, packed or not. Broken XML gives what was read."""
    root = _xml(_unpacked(body))
    if root is None:
        return _unique((canonical(line, url) for line in _text_lines(_unpacked(body))), MAX_ENTRIES), []
    pages: list[str] = []
    maps: list[str] = []
    for node in root.iter("{*}loc"):
        parent = node.getparent()
        address = canonical(node.text, url) if node.text else ""
        # Only <sitemap><loc> and <url><loc> count: image and video extensions have <loc> of their own.
        if parent is not None and address and len(pages) + len(maps) < MAX_ENTRIES:
            tag = lxml.etree.QName(parent).localname
            (maps if tag == "sitemap" else pages if tag == "url" else []).append(address)
    return list(dict.fromkeys(page for page in pages if is_text(page))), list(dict.fromkeys(maps))


def feed_links(body: bytes, url: str) -> list[str]:
    """Return the addresses of the entries of an RSS or Atom feed."""
    root = _xml(body)
    if root is None:
        return []
    found = (
        link.get("href") or link.text or ""
        for entry in root.iter("{*}item", "{*}entry")
        for link in entry.iterchildren("{*}link")
    )
    return _unique((canonical(address, url) for address in found if address.strip()), MAX_ENTRIES)


def list_links(body: bytes, url: str) -> list[str]:
    """Return the addresses of a plain text list, one a line; ``#`` begins a comment."""
    return list(dict.fromkeys(filter(None, (canonical(line, url) for line in _text_lines(body)))))[:MAX_ENTRIES]


def _text_lines(body: bytes) -> list[str]:
    lines = body.decode("utf-8-sig", "replace").splitlines()
    return [line.strip() for line in lines if re.match(r"\s*https?://", line)]


def _unpacked(body: bytes) -> bytes:
    """Undo the packing of a ``.xml.gz`` file, which is not a content coding."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return decode(body, {"content-encoding": "gzip"}, MAX_SITEMAP)
    except BodyError:
        return b""


def _xml(body: bytes) -> lxml.etree._Element | None:
    # No entities, no network, no huge trees: the document is hostile until shown otherwise.
    parser = lxml.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        return lxml.etree.fromstring(body.strip(), parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return None
