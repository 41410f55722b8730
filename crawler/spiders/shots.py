"""The spider of screenshots: no page is asked for again; each is shown to the browser from the evidence."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from crawler.browser import MAX_PAGES
from crawler.chain import read_log
from crawler.completing import Completer
from crawler.job import Job
from models.errors import MedadError

logger = logging.getLogger(__name__)


class ShotSpider(scrapy.Spider):
    """Takes a picture of every captured page that ``job.shots`` names by its line in the log."""

    name = "shots"

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(self.name, **kwargs)
        self.job = job
        self.completer: Completer | None = None
        self._stopping = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "ShotSpider":
        """Build as Scrapy asks, and listen for the end: no further page is begun then."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.completer = Completer(crawler, spider.job)
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Take all pictures; there is nothing for Scrapy to schedule."""
        try:
            waiting = iter(self._pages())
            await asyncio.gather(*(self._take(waiting) for _ in range(MAX_PAGES)))
        except MedadError as error:
            self._stop(error)
        except Exception as error:
            # Scrapy would log this and call the run finished, which it is not.
            logger.exception("taking screenshots broke")
            self._stop(MedadError(f"Taking screenshots broke off: {error!r}.", "See the log file; run it again."))
        nothing: tuple[scrapy.Request, ...] = ()
        for request in nothing:
            yield request

    def _stop(self, error: MedadError) -> None:
        self.job.fatal = self.job.fatal or error
        raise CloseSpider("fatal")

    def _pages(self) -> list[Mapping[str, Any]]:
        """Return the captures to show, in the order of the log; a reading stands for the capture that it is of."""
        evidence, wanted = self.job.store.directory, set(self.job.shots)
        readings = {e["of"] for e, _ in read_log(evidence) if e["seq"] in wanted and e["event"] == "reading"}
        wanted |= readings
        return [
            event
            for event, _ in read_log(evidence)
            if event["seq"] in wanted and event["event"] == "capture" and event.get("source") in self.job.sources
        ]

    async def _take(self, waiting: Any) -> None:
        assert self.completer is not None
        engine: Any = self.completer.crawler.engine
        for event in waiting:
            if not engine.running or engine._slot is None or engine._slot.closing:
                return
            taken = await self.completer.shoot(event)
            told: dict[str, Any] = {k: taken[k] for k in ("source", "role", "outcome", "note", "seq") if k in taken}
            self.job.emit({"type": "event", "url": event["url"], **told})

    def closed(self, reason: str) -> None:
        """Remember why the run ended."""
        self.job.reason = reason
