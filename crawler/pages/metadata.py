"""What a page states about itself outside its text: title, site, date, links."""

import json
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urldefrag, urljoin, urlsplit

from crawler.items import Link
from crawler.pages.dates import parse_date
from crawler.pages.lines import Element, tidy

#: Links kept of one page, and the length of an address: a page with more is a trap or a directory.
MAX_LINKS = 10_000
MAX_URL = 2_048

_MAX_JSON = 300_000
_TITLE = 400
_PUBLISHED_META = (
    *("article:published_time", "og:published_time", "datepublished", "pubdate", "publishdate", "publish-date"),
    *("publish_date", "dc.date.issued", "dcterms.created", "dc.date", "date"),
)
_MODIFIED_META = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.I)
#: Letters that Vietnamese has and its neighbours lack. Vietnamese text has 10 % and more.
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9ăđơư]")


class Metadata:
    """The head of one parsed page: its meta elements and its JSON-LD objects, read once."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self.meta = _meta(root)
        self.objects = list(_json_ld(root))

    def title(self) -> str:
        """Return the title that the page shares (og:title), else its first heading, else its title element."""
        heading = next((t for h in self._root.iter("h1") if (t := _text(h))), "")
        shared = self.meta.get("og:title", "")
        element = next((t for e in self._root.iter("title") if (t := _text(e))), "")
        if shared and heading and shared == self.site_name():
            shared = ""
        return (shared or heading or element)[:_TITLE]

    def site_name(self) -> str:
        """Return the name that the site gives itself, or ''."""
        named = self.meta.get("og:site_name") or self.meta.get("application-name")
        return named or next(
            (str(o["name"]) for o in self.objects if o.get("@type") == "WebSite" and o.get("name")), ""
        )

    def published(self) -> Iterator[date | None]:
        """Yield the days that the page states as its publication, the most reliable first."""
        yield from (parse_date(str(o["datePublished"])) for o in self.objects if o.get("datePublished"))
        yield from (parse_date(self.meta[name]) for name in _PUBLISHED_META if name in self.meta)
        times = [t for t in self._root.iter("time") if t.get("datetime")]
        times.sort(key=lambda t: "publish" not in f"{t.get('class', '')} {t.get('itemprop', '')}".lower())
        for time in times:
            if "updated" not in time.get("class", "").split() and time.get("itemprop") != "dateModified":
                yield parse_date(time.get("datetime", ""))

    def modified(self) -> Iterator[date | None]:
        """Yield the days that the page states as its last change."""
        yield from (parse_date(str(o["dateModified"])) for o in self.objects if o.get("dateModified"))
        yield from (parse_date(self.meta[name]) for name in _MODIFIED_META if name in self.meta)

    def language(self, text: str) -> str:
        """Return the language of ``text``: 'vi' by its letters, else what the page declares.

        Templates often declare 'en' for whatever they are filled with.
        """
        letters = text.lower()
        if letters and len(_VIETNAMESE.findall(letters)) >= 0.03 * len(letters):
            return "vi"
        declared = _LANGUAGE.match(self._root.get("lang", "") or self.meta.get("content-language", ""))
        return declared[0].lower() if declared else ""


def links_of(root: Element, url: str) -> tuple[Link, ...]:
    """Return where a page leads: absolute http(s) addresses without fragment, each once, frames included."""
    bases = (e.get("href", "") for e in root.iter("base"))
    base = _absolute(url, next(filter(None, bases), "")) or url
    found: dict[str, str] = {}
    for element in root.iter("a", "area", "frame", "iframe"):
        given = element.get("href" if element.tag in ("a", "area") else "src", "")
        if not given or given.startswith(("#", "javascript:", "tel:", "mailto:", "data:")):
            continue
        target = _absolute(base, given)
        if target and not found.get(target):
            found[target] = _text(element)[:200]
            if len(found) >= MAX_LINKS:
                break
    return tuple(Link(target, text) for target, text in found.items())


def _absolute(base: str, given: str) -> str:
    """Return ``given`` as an absolute http(s) address, or '' when it is none."""
    if len(given) > MAX_URL:
        return ""
    try:
        target = urldefrag(urljoin(base, given.strip())).url
        parts = urlsplit(target)
        return target if parts.scheme in ("http", "https") and parts.hostname and len(target) <= MAX_URL else ""
    except ValueError:
        return ""


def _text(element: Element) -> str:
    """Return the text of a small element (a link, a heading), bounded."""
    parts: list[str] = []
    room = 2_000
    for part in element.itertext():
        parts.append(str(part)[:room])
        room -= len(part)
        if room <= 0:
            break
    return tidy("".join(parts))


def _meta(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (
            element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv") or ""
        )
        content = tidy(element.get("content", "")[:2_000])
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _json_ld(root: Element) -> Iterator[dict[str, object]]:
    """Yield the JSON-LD objects of a page, outer before inner; what cannot be read as JSON is passed over."""
    for script in root.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json" or len(script.text or "") > _MAX_JSON:
            continue
        try:
            queue: list[object] = [json.loads(script.text or "null", strict=False)]
        except (ValueError, RecursionError):
            continue
        while queue:
            value = queue.pop(0)
            if isinstance(value, dict):
                yield value
                queue.extend(value.values())
            elif isinstance(value, list):
                queue.extend(value[:1_000])
