"""scrapy-playwright's download handler with three additions: one browser for both schemes, a context per page that is
closed whatever happens, and a time after which a page is given up."""

import asyncio
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # type: ignore[import-untyped]  # no types

from crawler.browser import close_context


class BrowserHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # the same
    """Requests without ``playwright`` in their ``meta`` are downloaded as ever."""

    lazy = False  # it starts with the engine

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BrowserHandler":
        """Return the crawler's one handler: Scrapy asks once for http and once for https."""
        made: BrowserHandler | None = getattr(crawler, "_medad_browser", None)
        if made is None:
            made = cls(crawler)
            made._closed = False
            made.config.target_closed_max_retries = 0  # a page that was given up is not tried again
            crawler._medad_browser = made  # type: ignore[attr-defined]
        return made

    _closed = False

    async def close(self) -> None:
        """Close the browser once."""
        if not self._closed:
            self._closed = True
            await super().close()

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        """Render one page within ``meta['render_seconds']``. Raises ``TimeoutError`` or playwright's errors."""
        name: str = request.meta["playwright_context"]
        try:
            async with asyncio.timeout(request.meta["render_seconds"]):
                response: Response = await super()._download_request(request, spider)
                return response
        finally:
            browser: Any = getattr(self, "browser", None)
            await close_context(self.context_wrappers, name, browser)
