"""What a page is made of besides its text: scripts, styles, pictures, answers to its scripts. Fetched by the crawler
itself, so that its guards hold: address guard on every hop, the source's proxy, bounded bytes, no cookies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.asking import headers_of
from crawler.bodies import ACCEPT_ENCODING
from crawler.frontier import Visit
from crawler.job import user_agent
from crawler.judge import REDIRECTS
from crawler.sources import Source
from crawler.urls import canonical, host_key

#: Requests for parts under way at once to one host, redirects followed, and the largest part taken (bytes).
_AT_ONCE = 6
_HOPS = 5
MAX_PART = 10_000_000

#: Headers of the browser's request that are not passed on: ours stand in their place, or nothing does.
_OURS = frozenset(
    (
        *("host", "user-agent", "accept-encoding", "connection", "content-length", "cookie", "range", "te"),
        *("upgrade-insecure-requests", "proxy-authorization", "proxy-connection", "transfer-encoding"),
        *("if-none-match", "if-modified-since"),
    )
)

#: Headers of an answer that the browser does not get: its body is unpacked, and it keeps, preloads and reports nothing.
_WITHHELD = frozenset(
    (
        *("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie"),
        *("alt-svc", "nel", "refresh", "link", "report-to", "reporting-endpoints", "strict-transport-security"),
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One part to fetch. ``page`` is the visit of the page that wants it."""

    page: Visit
    url: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    body: bytes = b""


class Parts:
    """Fetches parts of pages. Parts of one host have a queue of their own, beside that of the host's pages."""

    def __init__(self, crawler: Crawler, sources: Mapping[str, Source]) -> None:
        self._crawler = crawler
        self._sources = sources

    async def fetch(self, asked: Asked, *, most: int = MAX_PART) -> tuple[Request, Response]:
        """Return the last request and its response, redirects followed. Raises what the guards and Scrapy raise."""
        url = asked.url
        for _ in range(_HOPS + 1):
            request = self._request(asked, url, most)
            response = await self._engine.download_async(request)
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                return request, response
            url = canonical(location.decode("latin-1"), url)
            if not url:
                raise ValueError("redirects to what is no http(s) address")
        raise ValueError(f"redirects more than {_HOPS} times")

    @property
    def _engine(self) -> Any:
        return self._crawler.engine

    def _request(self, asked: Asked, url: str, most: int) -> Request:
        source = self._sources[asked.page.source]
        given = {k.title(): v for k, v in (asked.headers or {}).items() if _may_pass(k)}
        headers = {
            "Accept": "*/*",
            "Accept-Language": "vi,en;q=0.5",
            "Referer": asked.page.url,
            **given,
            "User-Agent": user_agent(source),
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        slot = f"part:{host_key(url)}"
        downloader: Downloader = self._engine.downloader
        downloader.per_slot_settings.setdefault(slot, {"concurrency": _AT_ONCE, "delay": 0.0, "jitter": 0.0})
        meta = {
            "visit": asked.page,
            "part": True,
            "proxy": source.proxy or None,
            "download_timeout": source.timeout,
            "download_maxsize": min(most, source.max_bytes, MAX_PART),
            "download_slot": slot,
            "autothrottle_dont_adjust_delay": True,
        }
        return Request(url, NO_CALLBACK, asked.method, headers=headers, body=asked.body, meta=meta, dont_filter=True)


def _may_pass(name: str) -> bool:
    name = name.lower()
    return name not in _OURS and not name.startswith((":", "sec-"))


def plain_headers(response: Response) -> dict[str, str]:
    """Return a response's headers as a browser may see them after its body was unpacked and cookies were refused."""
    return {name: value for name, value in headers_of(response).items() if name not in _WITHHELD}
