"""What stands between the spider and the network: address guard, robots.txt, and the recorder of evidence."""

import hashlib
import ipaddress
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future

from crawler.asking import headers_of, visit_fields, visit_of
from crawler.awaiting import awaited
from crawler.frontier import Visit
from crawler.guard import needs_lookup, refuse_private
from crawler.job import Job
from crawler.judge import Answer, Verdict, judge
from crawler.sources import Source
from crawler.urls import host_key
from crawler.warc import Exchange, Headers

logger = logging.getLogger(__name__)

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


class Part:
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


class AddressGuard(Part):
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

        resolver: Any = reactor
        return str(await maybe_deferred_to_future(resolver.resolve(host)))


class Throttle(AutoThrottle):
    """Scrapy's AutoThrottle, which never goes below the delay asked by the source or robots.txt."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = host_key(response.url)
        floor = self.crawler.engine.downloader.per_slot_settings.get(host, {}).get("delay", 0.0)
        slot.delay = max(slot.delay, floor)


class Recorder(Part):
    """Nearest to the network: keeps every response as it came, with its request, before anything may change it."""

    def process_request(self, request: Request) -> None:
        """State the Host header here, so that what is recorded is what is sent."""
        parts = urlsplit(request.url)
        request.headers["Host"] = host_key(request.url) if parts.hostname else ""

    async def process_response(self, request: Request, response: Response) -> Response:
        """Record and judge; go on only when the disk has it. The verdict is left in the request's ``meta``."""
        if request.meta.get("part") or request.meta.get("render"):
            return response  # parts of a page, and the page as rendered: kept by ``completing``, where they are kept
        visit, source = visit_of(request), self.source(request)
        headers = headers_of(response)
        known = self.job.known(visit.source, visit.url)
        verdict = judge(visit, source, Answer(response.status, headers, response.body), known)
        original = verdict.original.original if verdict.original else None
        told = _event(visit, response, headers, verdict)
        unread = (visit.source, visit.url) in self.job.history.unread
        if awaits := awaited(source, verdict, headers, unread=unread):
            told["awaits"] = awaits
        exchange = replace(exchange_of(request, response), payload_sha256=told["payload_sha256"])
        event = self.job.store.stage(told, exchange, original)
        await self.job.commit.durable(event["seq"])
        request.meta["verdict"], request.meta["event"] = verdict, event
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
    if verdict.note:
        event["note"] = verdict.note
    if verdict.redirect_to:
        event["redirect_to"] = verdict.redirect_to
    if verdict.original:
        original = verdict.original.original
        event["refers"] = {name: getattr(original, name) for name in original.__slots__}
        event["refers"]["content_headers"] = dict(verdict.original.content_headers)
        event["payload_sha256"] = original.payload_sha256
    if verdict.decoded_sha256 not in ("", event["payload_sha256"]):
        event["decoded_sha256"] = verdict.decoded_sha256
    return event


def exchange_of(request: Request, response: Response) -> Exchange:
    """Return what was asked and answered, as seen on the wire."""
    return Exchange(
        url=request.url if request.meta.get("part") else visit_of(request).url,
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
