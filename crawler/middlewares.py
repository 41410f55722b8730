"""What stands between the spider and the network: address guard, robots.txt, and the recorder of evidence."""

import asyncio
import hashlib
import ipaddress
import logging
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future

from crawler.frontier import Visit, VisitKind
from crawler.guard import needs_lookup, refuse_private
from crawler.job import ROBOTS_TOKEN, Job, user_agent
from crawler.judge import Answer, Verdict, judge
from crawler.sources import Source
from crawler.urls import canonical, host_key
from crawler.warc import Exchange, Headers
from models.errors import DiskFullError

logger = logging.getLogger(__name__)

#: Redirects followed from a robots.txt (RFC 9309 asks for at least five), bytes read of one, and the longest
#: ``Crawl-delay`` that is honoured (seconds; sites that ask for more get this).
_ROBOTS_HOPS = 5
_ROBOTS_BYTES = 1_000_000
_MAX_CRAWL_DELAY = 60.0

#: Response headers that the log keeps, so that most questions need no look into the WARC.
_LOGGED = (
    "content-type",
    "content-encoding",
    "content-language",
    "etag",
    "last-modified",
    "location",
    "retry-after",
    "cf-mitigated",
    "server",
)


class RobotsExcludedError(IgnoreRequest):
    """robots.txt asks us not to fetch this address."""


class _Part:
    """What every middleware needs: the crawler, and through its spider the job."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build as Scrapy asks."""
        return cls(crawler)

    @property
    def job(self) -> Job:
        """The crawl under way."""
        job = getattr(self.crawler.spider, "job", None)
        if not isinstance(job, Job):
            raise TypeError("this middleware works with the watch spider only")
        return job

    def source(self, request: Request) -> Source:
        """Return the source a request is made for."""
        return self.job.sources[visit_of(request).source]


class AddressGuard(_Part):
    """Refuses private addresses, also those a public name resolves to.

    The name is looked up through the reactor's caching resolver, which the connection then uses: no second answer
    (DNS rebinding) can differ.
    """

    async def process_request(self, request: Request) -> None:
        """Raise ``RefusedAddressError`` for an address that must not be asked."""
        if not needs_lookup(request.url, self.source(request)):
            return
        host = urlsplit(request.url).hostname or ""
        refuse_private(host, await _lookup(host))


async def _lookup(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        from twisted.internet import reactor  # installed by the worker: importing it earlier would install another

        address: str = await maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[attr-defined]
        return address


class RobotsGate(_Part):
    """Asks every host's robots.txt once (through the source's proxy, recorded as evidence) and obeys it.

    RFC 9309: no such file (4xx) allows all; a server error or no answer forbids all. ``Crawl-delay`` slows the host down.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[tuple[str, str], asyncio.Task[Protego | None]] = {}

    async def process_request(self, request: Request) -> None:
        """Raise ``RobotsExcludedError`` where robots.txt forbids the address."""
        visit, source = visit_of(request), self.source(request)
        floor = source.delay
        if visit.kind is not VisitKind.ROBOTS and source.obey_robots:
            rules = await self._rules_for(request, source)
            if rules is None:
                raise RobotsExcludedError("robots.txt could not be read (server error): taken as forbidding all")
            if not rules.can_fetch(request.url, ROBOTS_TOKEN):
                raise RobotsExcludedError("robots.txt forbids this address")
            floor = max(floor, min(float(rules.crawl_delay(ROBOTS_TOKEN) or 0), _MAX_CRAWL_DELAY))
        self._pace(visit.host, floor)

    async def _rules_for(self, request: Request, source: Source) -> Protego | None:
        parts = urlsplit(request.url)
        key = (source.proxy, f"{parts.scheme}://{parts.netloc}")
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._fetch(f"{key[1]}/robots.txt", source))
        return await asyncio.shield(self._rules[key])

    async def _fetch(self, url: str, source: Source) -> Protego | None:
        for _ in range(_ROBOTS_HOPS + 1):
            response = await self._ask(url, source)
            if response is None or response.status >= 500:
                return None
            location = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or location is None:
                break
            url = canonical(location.decode("latin-1"), url) or url
        body = response.body[:_ROBOTS_BYTES] if 200 <= response.status < 300 else b""
        return Protego.parse(body.decode("utf-8-sig", "replace"))

    async def _ask(self, url: str, source: Source) -> Response | None:
        visit = Visit(source.name, url, VisitKind.ROBOTS)
        request = build_request(visit, source, encoding="identity").replace(priority=1000, callback=NO_CALLBACK)
        try:
            return await self.crawler.engine.download_async(request)
        except DiskFullError:
            raise
        except Exception as error:
            logger.info("robots.txt %s: %s", url, error)
            return None

    def _pace(self, host: str, floor: float) -> None:
        """Keep at least ``floor`` seconds between requests to a host, whichever source asks most."""
        downloader = self.crawler.engine.downloader
        known = downloader.per_slot_settings.setdefault(host, {"concurrency": 4, "delay": 0.0, "jitter": 0.0})
        known["delay"] = max(known["delay"], floor)
        if host in downloader.slots:
            downloader.slots[host].delay = max(downloader.slots[host].delay, floor)


class Throttle(AutoThrottle):
    """Scrapy's AutoThrottle, which never goes below the delay asked by the source or robots.txt."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = host_key(response.url)
        floor = self.crawler.engine.downloader.per_slot_settings.get(host, {}).get("delay", 0.0)
        slot.delay = max(slot.delay, floor)


class Recorder(_Part):
    """Nearest to the network: keeps every response as it came, with its request, before anything may change it."""

    def process_request(self, request: Request) -> None:
        """State the Host header here, so that what is recorded is what is sent."""
        parts = urlsplit(request.url)
        request.headers["Host"] = host_key(request.url) if parts.hostname else ""

    def process_response(self, request: Request, response: Response) -> Response:
        """Record, judge, and leave event and verdict in the request's ``meta``."""
        visit, source = visit_of(request), self.source(request)
        headers = {name.lower(): value for name, value in _pairs(response)}
        known = self.job.known(visit.source, visit.url)
        verdict = judge(visit, source, Answer(response.status, headers, response.body), known)
        event = self.job.store.record(
            _event(visit, response, headers, verdict),
            _exchange(request, response),
            verdict.original and verdict.original.original,
        )
        request.meta["verdict"] = verdict
        if verdict.role not in ("retry", "robots"):
            self.job.tell(event)
        return response


def _event(visit: Visit, response: Response, headers: dict[str, str], verdict: Verdict) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event": "capture",
        **visit_fields(visit),
        "role": verdict.role,
        "outcome": verdict.outcome.value,
        "status": response.status,
        "headers": {name: headers[name][:2_000] for name in _LOGGED if name in headers},
        "payload_sha256": hashlib.sha256(response.body).hexdigest(),
        "payload_bytes": len(response.body),
    }
    if verdict.decoded_sha256:
        event["decoded_sha256"] = verdict.decoded_sha256
    if verdict.note:
        event["note"] = verdict.note
    if verdict.redirect_to:
        event["redirect_to"] = verdict.redirect_to
    if verdict.original:
        original = verdict.original.original
        event["refers"] = {name: getattr(original, name) for name in original.__slots__}
        event["refers"]["content_headers"] = dict(verdict.original.content_headers)
        event["payload_sha256"] = original.payload_sha256
    return event


def _exchange(request: Request, response: Response) -> Exchange:
    return Exchange(
        url=visit_of(request).url,
        at=datetime.now(UTC),
        request_headers=_pairs(request),
        status=response.status,
        response_headers=_pairs(response),
        body=response.body,
        method=request.method,
        protocol=response.protocol if response.protocol in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1",
        ip="" if request.meta.get("proxy") or response.ip_address is None else str(response.ip_address),
    )


def _pairs(message: Request | Response) -> Headers:
    """Return the headers in order. Line breaks cannot come from the wire, but must never get into a record."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1").replace("\r", " ").replace("\n", " "))
        for name, values in message.headers.items()
        for value in values
    )


def visit_of(request: Request) -> Visit:
    """Return the visit a request was made for."""
    visit: Visit = request.meta["visit"]
    return visit


def visit_fields(visit: Visit) -> dict[str, Any]:
    """Return what every event says of its visit."""
    fields: dict[str, Any] = {
        "source": visit.source, "url": visit.url, "kind": visit.kind.value, "depth": visit.depth, "attempt": visit.attempt
    }  # fmt: skip
    return fields | ({"via": list(visit.via)} if visit.via else {})


def build_request(visit: Visit, source: Source, encoding: str) -> Request:
    """Return the request of a visit: our own headers and nothing else, the source's limits, the host's queue."""
    headers = {
        "Host": visit.host,
        "User-Agent": user_agent(source),
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,application/json;q=0.7,*/*;q=0.1",
        "Accept-Language": "vi,en;q=0.5",
        "Accept-Encoding": encoding,
    }
    meta = {
        "visit": visit,
        "proxy": source.proxy or None,
        "download_timeout": source.timeout,
        "download_maxsize": source.max_bytes,
        "download_slot": visit.host,
        "autothrottle_dont_adjust_delay": source.delay == 0,
    }
    return Request(visit.url, headers=headers, meta=meta, dont_filter=True)


def not_text(headers: Any) -> str:
    """Return the media type of a response that holds no text, or ``""`` (also where it does not say)."""
    kind = (headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    wanted = (
        not kind
        or kind.startswith("text/")
        or any(word in kind for word in ("html", "xml", "json", "octet-stream", "gzip", "unknown"))
    )
    return "" if wanted and kind not in ("text/css", "text/javascript") else kind
