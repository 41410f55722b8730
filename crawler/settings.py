"""Scrapy, set up for evidence: what would change, repeat or hide a response is off, and ours stand in its place."""

from pathlib import Path
from typing import Any

from crawler.browser import browser_settings
from crawler.frontier import MAX_IN_FLIGHT, MAX_PER_HOST

#: Longest wait for the answer of a name server (seconds).
_DNS_TIMEOUT = 10

_OFF = (
    "offsite.OffsiteMiddleware",
    "robotstxt.RobotsTxtMiddleware",
    "httpauth.HttpAuthMiddleware",
    "downloadtimeout.DownloadTimeoutMiddleware",
    "defaultheaders.DefaultHeadersMiddleware",
    "useragent.UserAgentMiddleware",
    "retry.RetryMiddleware",
    "redirect.MetaRefreshMiddleware",
    "httpcompression.HttpCompressionMiddleware",
    "redirect.RedirectMiddleware",
    "cookies.CookiesMiddleware",
    "httpcache.HttpCacheMiddleware",
)

_SPIDER_OFF = (
    "httperror.HttpErrorMiddleware",
    "referer.RefererMiddleware",
    "urllength.UrlLengthMiddleware",
    "depth.DepthMiddleware",
    "metacopy.MetaCopyDetectionMiddleware",
)


def scrapy_settings(log_file: Path, browser: Path | None = None) -> dict[str, Any]:
    """Return the settings of one crawl; ``browser`` is Chromium's program, where pages are to be rendered.

    Limits that differ by source travel with each request.
    """
    return {
        **(browser_settings(browser) if browser else {}),
        "DOWNLOADER_MIDDLEWARES": {
            **{f"scrapy.downloadermiddlewares.{name}": None for name in _OFF},
            "crawler.middlewares.AddressGuard": 90,
            "crawler.robots.RobotsGate": 100,
            "crawler.middlewares.Recorder": 950,
        },
        "SPIDER_MIDDLEWARES": {f"scrapy.spidermiddlewares.{name}": None for name in _SPIDER_OFF},
        "EXTENSIONS": {"scrapy.extensions.throttle.AutoThrottle": None, "crawler.middlewares.Throttle": 0},
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": 0.0,
        "AUTOTHROTTLE_MAX_DELAY": 60.0,
        "CONCURRENT_REQUESTS": 2 * MAX_IN_FLIGHT,  # the frontier limits the visits; robots.txt comes on top
        "CONCURRENT_REQUESTS_PER_DOMAIN": MAX_PER_HOST,
        "CONCURRENT_ITEMS": 1,  # there are none; Scrapy starts this many tasks for every response
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "DOWNLOAD_WARNSIZE": 0,
        "DNS_TIMEOUT": _DNS_TIMEOUT,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_FILE": str(log_file),
        "LOG_LEVEL": "INFO",
        "LOGSTATS_INTERVAL": 60.0,
    }
