"""The yardstick of the benchmark: a Scrapy spider that downloads the same pages and keeps nothing.

``python -m crawler.bare`` reads addresses from standard input, and prints the number of responses and the seconds.
"""

import sys
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class BareSpider(Spider):
    """Downloads ``urls`` and counts."""

    name = "bare"
    custom_settings: dict[Any, Any] | None = {  # noqa: RUF012 - Scrapy declares it so
        "LOG_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "TELNETCONSOLE_ENABLED": False,
    }
    urls: Sequence[str] = ()
    responses = 0

    async def start(self) -> AsyncIterator[Request]:
        """Yield one request per address."""
        for url in self.urls:
            yield Request(url)

    def parse(self, response: Response, **_: Any) -> None:
        """Count the response and drop it."""
        type(self).responses += 1


def main(urls: Sequence[str]) -> None:
    """Crawl ``urls`` and print what was measured."""
    BareSpider.urls = urls
    process = CrawlerProcess()
    started = time.perf_counter()
    process.crawl(BareSpider)
    process.start()
    sys.stdout.write(f"{BareSpider.responses} {time.perf_counter() - started:.3f}\n")


if __name__ == "__main__":
    main(sys.stdin.read().split())
