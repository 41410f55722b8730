"""Which pictures stand in the main part of a page, and which of them are worth reading for words."""

import importlib
import io
import warnings
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from lxml import etree

from crawler.pages.decoding import decode
from crawler.pages.lines import MAX_ELEMENTS, Element
from crawler.pages.marks import Zone, zone_named
from crawler.urls import canonical

#: Pictures of one page that are asked for, bytes of one, and of all of a page taken together.
MAX_PICTURES = 12
MAX_PICTURE_BYTES = 5_000_000
MAX_PICTURES_BYTES = 20_000_000

#: Smaller pictures (pixels) are icons, logos and buttons.
MIN_SIZE = (200, 100)

_OUTSIDE = frozenset({Zone.NAV, Zone.FOOTER, Zone.SIDE, Zone.COMMENTS})
#: Where a page names a picture: what lazy loaders fill in later comes before the place-holder in ``src``.
_NAMES = ("data-src", "data-lazy-src", "data-original", "src")
#: Endings that Tesseract cannot read.
_DRAWN = (".svg", ".ico")


def pictures_of(html: bytes, url: str, content_type: str = "") -> list[str]:
    """Return the addresses of the pictures in a page's main part, in reading order, at most ``MAX_PICTURES``.

    Pictures in menus, side columns, comments and footers are left out, and those that say that they are small.
    """
    found: dict[str, None] = {}
    root = _tree(decode(html, content_type, None))
    if root is None:
        return []
    base = _joined(url, next((href for node in root.iter("base") if (href := node.get("href"))), "")) or url
    for element in _images(root):
        given = next((value for name in _NAMES if (value := (element.get(name) or "").strip())), "")
        address = _joined(base, given) if given and not given.startswith("data:") else ""
        if canonical(address) and not address.partition("?")[0].lower().endswith(_DRAWN):
            found.setdefault(address)
        if len(found) == MAX_PICTURES:
            break
    return list(found)


def _joined(base: str, given: str) -> str:
    try:
        return urldefrag(urljoin(base, given.strip()))[0]
    except ValueError:
        return ""


def _tree(text: str) -> Element | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _images(root: Element) -> Iterator[Element]:
    """Yield the images that do not stand in a part of the page beside the main one."""
    events = etree.iterwalk(root, events=("start",))
    for seen, (_, element) in enumerate(events):
        if seen > MAX_ELEMENTS:
            return
        tag = str(element.tag)
        if tag in ("noscript", "template"):
            events.skip_subtree()
        elif tag == "img":
            if not _says_small(element):
                yield element
        elif tag not in ("html", "body", "main", "article"):
            names = f"{element.get('id', '')} {element.get('class', '')}"[:200].lower()
            if zone_named(tag, element.get("role", ""), names) in _OUTSIDE:
                events.skip_subtree()


def _says_small(element: Element) -> bool:
    for name, least in zip(("width", "height"), MIN_SIZE, strict=True):
        stated = (element.get(name) or "").strip().removesuffix("px")
        if stated.isascii() and stated.isdigit() and int(stated[:6]) < least:
            return True
    return False


def large_enough(data: bytes) -> bool:
    """Say whether bytes begin a picture of at least ``MIN_SIZE``. Only its header is read, nothing is unpacked."""
    image = importlib.import_module("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            width, height = image.open(io.BytesIO(data)).size
    except Exception:  # decoders raise whatever they like on a hostile file
        return False
    return bool(width >= MIN_SIZE[0] and height >= MIN_SIZE[1])
