"""The one spider: asks what the frontier names, reads where the answers lead, and settles every visit."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, StopDownload
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.asking import build_request, headers_of, not_text, visit_fields, visit_of
from crawler.bodies import ACCEPT_ENCODING, BodyError, decode
from crawler.captures import capture_of
from crawler.chain import read_log
from crawler.completing import Completer
from crawler.frontier import Frontier, Visit, VisitKind
from crawler.guard import RefusedAddressError
from crawler.history import Known, settled_visit
from crawler.job import Job
from crawler.judge import MAX_ATTEMPTS, Verdict
from crawler.links import feed_links, html_links, list_links, sitemap_links
from crawler.robots import HostUnreachableError, RobotsExcludedError
from crawler.urls import within
from crawler.warc import member_body, member_bytes
from models.errors import MedadError
from models.vocabulary import Outcome, SourceKind

logger = logging.getLogger(__name__)

#: How to read the links of a page that was completed: its content codings are undone.
_AS_READ = {"content-type": "text/html"}

#: Failures of these kinds (by name) say something lasting: asking again changes nothing.
_LASTING = ("UnsupportedURLSchemeError", "DownloadCancelledError", "ValueError")


class WatchSpider(scrapy.Spider):
    """Walks all sources of a job at once. Parsing pages is not its business: it only follows links."""

    name = "watch"
    completer: Completer

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(self.name, **kwargs)
        self.job = job
        self.frontier = Frontier(job.sources.values())
        self._wake = asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "WatchSpider":
        """Build as Scrapy asks, and listen for headers (to turn films and pictures away before they are sent)."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.completer = Completer(crawler, spider.job)
        crawler.signals.connect(spider.headers_received, signal=signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Yield requests as the frontier lets them start, until nothing is left."""
        try:
            async for request in self._requests():
                yield request
        except MedadError as error:
            self._stop(error)
        except Exception as error:
            # Scrapy would log this and call the crawl finished, which it is not.
            logger.exception("the walk broke")
            self._stop(MedadError(f"The crawl broke off: {error!r}.", "See the crawl's log file; run it again."))

    async def _requests(self) -> AsyncIterator[scrapy.Request]:
        self._restore()
        for event in list(self.completer.pending.values()):
            await self._complete_again(event)
        for source in self.job.sources.values():
            self._offer(self.frontier.start_visits(source))
        async for request in self._walk():
            yield request
        # What is no longer linked is asked for all the same: that is how a withdrawn page is noticed.
        self._offer(self._known_pages())
        async for request in self._walk():
            yield request

    async def _walk(self) -> AsyncIterator[scrapy.Request]:
        while not self.frontier.finished():
            self._wake.clear()
            following = self.frontier.next(time.monotonic())
            if following:
                yield self._request(following)
            else:
                await self._pause()

    def _known_pages(self) -> Iterable[Visit]:
        for (name, url), known in self.job.history.known.items():
            source = self.job.sources.get(name)
            listed = source is None or source.kind is SourceKind.PAGE_LIST
            if source and not listed and known.kind is VisitKind.PAGE and not known.gone and within(url, source.hosts):
                yield Visit(name, url, depth=source.max_depth)

    async def _pause(self) -> None:
        now = time.monotonic()
        wake_at = self.frontier.wake_at(now)
        try:
            await asyncio.wait_for(self._wake.wait(), None if wake_at is None else wake_at - now)
        except TimeoutError:
            return

    def _restore(self) -> None:
        """Take up an interrupted run: what it settled is done, and where that leads is read again from the evidence."""
        if not self.job.continued:
            return
        for event, visit in self._settled():
            refund = event["event"] not in ("capture", "failed")
            self.frontier.mark_done(visit, spent=event.get("payload_bytes", 0), refund=refund)
        for event, _ in read_log(self.job.store.directory):
            if event["run"] == self.job.run and event.get("source", "") in self.job.sources:
                self.completer.observe(event)
        for event, visit in self._settled():
            if event["event"] == "capture" and event["seq"] not in self.completer.pending:
                self._offer(self._leads(visit, event))

    async def _complete_again(self, event: Mapping[str, Any]) -> None:
        """Do for a page of the interrupted run what it still awaits, from the evidence."""
        visit = settled_visit(event)
        if visit is not None:
            done = await self.completer.complete(event)
            self._offer(self._expand(visit, done.html, _AS_READ, done.leads))

    def _settled(self) -> Iterable[tuple[dict[str, Any], Visit]]:
        for event, _ in read_log(self.job.store.directory):
            visit = settled_visit(event) if event["run"] == self.job.run else None
            if visit and visit.source in self.job.sources:
                yield event, visit

    def _leads(self, visit: Visit, event: Mapping[str, Any]) -> Iterable[Visit]:
        if event["role"] == "redirect":
            return [_redirected(visit, event["redirect_to"])]
        if event["outcome"] not in (Outcome.CAPTURED, Outcome.UNCHANGED):
            return []
        reading = self.completer.readings.get(event["seq"])
        capture = capture_of(self.job.store.directory, reading or event)
        went_to = reading.get("rendering", {}).get("went_to", ()) if reading else ()
        return self._expand(visit, capture.body, capture.headers, went_to)

    def _request(self, visit: Visit) -> scrapy.Request:
        request = build_request(visit, self.job.sources[visit.source], ACCEPT_ENCODING)
        known = self.job.known(visit.source, visit.url)
        if known and not known.gone:
            if known.etag:
                request.headers["If-None-Match"] = known.etag.encode("latin-1", "replace")
            if known.last_modified:
                request.headers["If-Modified-Since"] = known.last_modified.encode("latin-1", "replace")
        return request.replace(callback=self.parse, errback=self.failed)

    def headers_received(self, headers: Any, request: scrapy.Request) -> None:
        """Stop a download that holds no text (a signal of Scrapy)."""
        if visit_of(request).kind is VisitKind.PAGE and not_text(headers) and not request.meta.get("part"):
            raise StopDownload

    async def parse(self, response: Response) -> None:
        """Complete a page, follow what it leads to, and settle its visit. The recorder has kept and judged it."""
        request = response.request
        if request is None:
            raise TypeError("a response without its request")
        visit, spent = visit_of(request), len(response.body)
        try:
            verdict, event = request.meta["verdict"], request.meta["event"]
            if verdict.role == "retry":
                asked_to_wait = "Retry-After" in response.headers
                self.frontier.again(visit, time.monotonic() + verdict.wait, whole_host=asked_to_wait)
            elif event.get("awaits"):
                done = await self.completer.complete(event)
                spent += done.spent
                self._offer(self._expand(visit, done.html, _AS_READ, done.leads))
            else:
                self._offer(self._follow(visit, verdict, response))
        except MedadError as error:
            self._stop(error)
        finally:
            self._settle(visit, spent=spent)

    def _follow(self, visit: Visit, verdict: Verdict, response: Response) -> Iterable[Visit]:
        if verdict.redirect_to:
            return [_redirected(visit, verdict.redirect_to)]
        if verdict.outcome not in (Outcome.CAPTURED, Outcome.UNCHANGED):
            return []
        if response.status == 304 and verdict.original:
            return self._expand(visit, *self._stored(verdict.original))
        return self._expand(visit, response.body, headers_of(response))

    def _stored(self, known: Known) -> tuple[bytes, Mapping[str, str]]:
        at = known.original
        data = member_bytes(self.job.store.directory, at.warc, at.offset, at.length, at.sha256)
        return member_body(data), known.content_headers

    def _expand(
        self, visit: Visit, body: bytes, headers: Mapping[str, str], went_to: Iterable[str] = ()
    ) -> Iterable[Visit]:
        """Yield what a document leads to; ``went_to`` is where its scripts tried to go."""
        source = self.job.sources[visit.source]
        if visit.kind is VisitKind.PAGE and (source.kind is not SourceKind.SITE or visit.depth >= source.max_depth):
            return
        try:
            plain = decode(body, headers, source.max_bytes)
        except BodyError:
            return
        pages, maps = _links(visit, plain, headers.get("content-type", ""))
        anywhere = source.kind is SourceKind.PAGE_LIST
        depth = visit.depth + (source.kind is SourceKind.SITE)
        for kind, urls in ((VisitKind.SITEMAP, maps), (VisitKind.PAGE, [*went_to, *pages])):
            for url in urls:
                if anywhere or within(url, source.hosts):
                    yield Visit(visit.source, url, kind, depth)

    def _offer(self, visits: Iterable[Visit]) -> None:
        try:
            for visit in visits:
                self.frontier.offer(visit)
        except MedadError:
            raise
        except Exception:
            # A document that breaks the link reader is captured all the same: its links are lost, not the page.
            logger.exception("links could not be read")

    def failed(self, failure: Failure) -> None:
        """Settle a visit that brought no response: excluded, refused, not text, failed for now, or failed."""
        error, visit = failure.value, visit_of(failure.request)  # type: ignore[attr-defined]
        refund = False
        try:
            if isinstance(error, MedadError):
                raise error  # ends the crawl as one raised below does
            refund = self._log_failure(visit, error)
        except MedadError as fatal:
            self._stop(fatal)
        finally:
            self._settle(visit, refund=refund)

    def _log_failure(self, visit: Visit, error: BaseException | None) -> bool:
        """Log what went wrong; return whether the visit costs nothing."""
        event: dict[str, Any] = {**visit_fields(visit), "role": visit.kind.value}
        if isinstance(error, RobotsExcludedError):
            outcome = Outcome.EXCLUDED_BY_ROBOTS
            self.job.log(event | {"event": "excluded_by_robots", "outcome": outcome.value, "note": str(error)})
            return True
        if isinstance(error, StopDownload):
            self.job.log(event | {"event": "skipped", "note": "not text"})
            return True
        plain = isinstance(error, RefusedAddressError | HostUnreachableError)
        note = str(error) if plain else f"{type(error).__name__}: {error}"[:500]
        event |= {"event": "failed", "outcome": Outcome.FAILED.value, "note": note}
        lasting = plain or type(error).__name__ in _LASTING
        if not lasting and visit.attempt + 1 < MAX_ATTEMPTS:
            self.job.log(event | {"role": "retry"})
            self.frontier.again(visit, time.monotonic() + 2.0**visit.attempt)
            return False
        self.job.log(event)
        return False

    def _stop(self, error: MedadError) -> None:
        self.job.fatal = self.job.fatal or error
        raise CloseSpider("fatal")

    def _settle(self, visit: Visit, *, spent: int = 0, refund: bool = False) -> None:
        self.frontier.settle(visit, spent=spent, refund=refund)
        self._wake.set()

    def closed(self, reason: str) -> None:
        """Remember why the crawl ended."""
        self.job.reason = reason


def _links(visit: Visit, body: bytes, content_type: str) -> tuple[list[str], list[str]]:
    match visit.kind:
        case VisitKind.SITEMAP:
            return sitemap_links(body, visit.url)
        case VisitKind.FEED:
            return feed_links(body, visit.url), []
        case VisitKind.LIST:
            return list_links(body, visit.url), []
    return html_links(body, visit.url, content_type), []


def _redirected(visit: Visit, target: str) -> Visit:
    return Visit(visit.source, target, visit.kind, visit.depth, (*visit.via, visit.url))
