"""Which reader reads a page: the generic one, unless a site that it misreads has a reader of its own."""

from datetime import date
from typing import Protocol
from urllib.parse import urlsplit

from crawler.items import Page
from crawler.pages.generic import read_page


class AdPage(Protocol):
    """Reads one kind of page: bytes without content-encoding in, text out. Never fetches, never raises on bad bytes."""

    def read(
        self,
        body: bytes,
        url: str,
        content_type: str = "",
        fallback_encoding: str | None = None,
        today: date | None = None,
    ) -> Page:
        """Return what a reader sees on the page (see ``generic.read_page``)."""
        ...


class GenericPage:
    """Reads any page by its structure."""

    def read(
        self,
        body: bytes,
        url: str,
        content_type: str = "",
        fallback_encoding: str | None = None,
        today: date | None = None,
    ) -> Page:
        """Return what a reader sees on the page (see ``generic.read_page``)."""
        return read_page(body, url, content_type, fallback_encoding, today)


_GENERIC = GenericPage()
_readers: dict[str, AdPage] = {}


def register(domain: str, reader: AdPage) -> None:
    """Let ``reader`` read the pages of ``domain`` (a host name) and of the hosts under it."""
    _readers[domain.lower().rstrip(".")] = reader


def page_for(url: str) -> AdPage:
    """Return the reader for ``url``: that of the longest registered domain it lies in, else the generic one."""
    try:
        labels = (urlsplit(url).hostname or "").rstrip(".").split(".")
    except ValueError:
        return _GENERIC
    domains = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_readers[domain] for domain in domains if domain in _readers), _GENERIC)
