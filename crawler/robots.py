"""robots.txt: asked once for every host, recorded as evidence, obeyed."""

import asyncio
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.asking import build_request, headers_of, visit_of
from crawler.bodies import ACCEPT_ENCODING, BodyError, decode
from crawler.frontier import MAX_PER_HOST, Visit, VisitKind
from crawler.guard import RefusedAddressError
from crawler.job import PRODUCT
from crawler.judge import MAX_ATTEMPTS, REDIRECTS
from crawler.middlewares import Part
from crawler.sources import Source
from crawler.urls import canonical
from models.errors import MedadError

#: Redirects followed from a robots.txt (RFC 9309 asks for at least five), bytes read of one, and the longest
#: ``Crawl-delay`` that is honoured (seconds; sites that ask for more get this).
_ROBOTS_HOPS = 5
_ROBOTS_BYTES = 1_000_000
_MAX_CRAWL_DELAY = 60.0

#: After this many seconds an unreadable robots.txt is asked for again.
_FORGET = 300.0


class RobotsExcludedError(IgnoreRequest):
    """robots.txt asks us not to fetch this address."""


class HostUnreachableError(Exception):
    """A host does not even answer for its robots.txt."""


class RobotsGate(Part):
    """Asks every host's robots.txt (through the source's proxy, recorded as evidence), remembers and obeys it.

    RFC 9309: no such file (4xx) allows all; a server error forbids all. ``Crawl-delay`` slows the host down. A host
    that does not answer is unreachable: its pages fail, and it is asked again after ``_FORGET`` seconds.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[tuple[str, str], asyncio.Task[Protego | None]] = {}

    async def process_request(self, request: Request) -> None:
        """Raise ``RobotsExcludedError`` where robots.txt forbids the address."""
        if request.meta.get("part"):
            return  # robots.txt was asked about the page that it belongs to
        visit, source = visit_of(request), self.source(request)
        floor = source.delay
        if visit.kind is not VisitKind.ROBOTS and source.obey_robots:
            rules = await self._rules_for(request, source)
            if rules is None:
                raise RobotsExcludedError("robots.txt answers with a server error: taken as forbidding all")
            if not rules.can_fetch(request.url, PRODUCT):
                raise RobotsExcludedError("robots.txt forbids this address")
            floor = max(floor, min(float(rules.crawl_delay(PRODUCT) or 0), _MAX_CRAWL_DELAY))
        self._pace(visit.host, floor)

    async def _rules_for(self, request: Request, source: Source) -> Protego | None:
        parts = urlsplit(request.url)
        key = (source.proxy, f"{parts.scheme}://{parts.netloc}")
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._fetch(f"{key[1]}/robots.txt", source))
            self._rules[key].add_done_callback(lambda task: self._forget_unreachable(key, task))
        return await asyncio.shield(self._rules[key])

    def _forget_unreachable(self, key: tuple[str, str], task: "asyncio.Task[Protego | None]") -> None:
        if not task.cancelled() and (task.exception() or task.result() is None):
            asyncio.get_running_loop().call_later(_FORGET, self._rules.pop, key, None)

    async def _fetch(self, url: str, source: Source) -> Protego | None:
        for _ in range(_ROBOTS_HOPS + 1):
            response = await self._ask_patiently(url, source)
            if response.status >= 500:
                return None
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                break
            url = canonical(location.decode("latin-1"), url) or url
        return Protego.parse(_rules(response))

    async def _ask_patiently(self, url: str, source: Source) -> Response:
        for attempt in range(MAX_ATTEMPTS):
            last = attempt + 1 == MAX_ATTEMPTS
            try:
                response = await self._ask(url, source)
            except (MedadError, RefusedAddressError):
                raise
            except Exception as error:
                if last:
                    raise HostUnreachableError(
                        f"robots.txt cannot be had: {type(error).__name__}: {error}"[:500]
                    ) from error
            else:
                if response.status < 500 or last:
                    return response
            await asyncio.sleep(2.0**attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, url: str, source: Source) -> Response:
        visit = Visit(source.name, url, VisitKind.ROBOTS)
        request = build_request(visit, source, encoding=ACCEPT_ENCODING).replace(priority=1000, callback=NO_CALLBACK)
        return await self.crawler.engine.download_async(request)

    def _pace(self, host: str, floor: float) -> None:
        """Keep at least ``floor`` seconds between requests to a host, whichever source asks most."""
        downloader = self.crawler.engine.downloader
        known = downloader.per_slot_settings.setdefault(
            host, {"concurrency": MAX_PER_HOST, "delay": 0.0, "jitter": 0.0}
        )
        known["delay"] = max(known["delay"], floor)
        if host in downloader.slots:
            downloader.slots[host].delay = max(downloader.slots[host].delay, floor)


def _rules(response: Response) -> str:
    if not 200 <= response.status < 300:
        return ""
    try:
        plain = decode(response.body, headers_of(response))
    except BodyError:
        return ""
    return plain[:_ROBOTS_BYTES].decode("utf-8-sig", "replace")
