"""The values of the crawler: what was fetched (bytes), and what a page says (text)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.vocabulary import Outcome

#: Roles of captures beside "page": pictures of a page or in it, and the page as it is to be read.
SCREENSHOT, IMAGE, READING = "screenshot", "image", "reading"
PICTURES = frozenset({SCREENSHOT, IMAGE})

#: The role of a capture that sent us elsewhere, and what the log notes where a page that was known moved for good.
REDIRECT, MOVED = "redirect", "moved permanently"


@dataclass(frozen=True, slots=True)
class Capture:
    """One response as the evidence keeps it. ``body`` is as transferred (still content-encoded).

    ``captured_at`` is aware (UTC). ``record_id`` is the WARC-Record-ID of the response record. ``seq`` is the number of
    its line in the hash-chained log. ``via_import`` is empty for what was fetched; for what was imported it says from
    which file, row and format.

    ``role`` is "page", or "screenshot" or "image" (a picture of the page ``about``, or in it), or "reading": the page
    ``about`` as it is to be read, which closes the capture ``of`` (a line of the log); ``body`` is then the page as
    rendered, or as transferred, and ``pictures`` are those in it whose words are read. A page that ``awaits`` one is
    read there. Of a "redirect" of a known page ``about`` is the address that it moved to for good.
    """

    seq: int
    run: str
    source: str
    url: str
    captured_at: datetime
    outcome: Outcome
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    payload_sha256: str = ""
    record_id: str = ""
    warc: str = ""
    offset: int = 0
    length: int = 0
    entry_sha256: str = ""
    redirected_from: str = ""
    error: str = ""
    via_import: Mapping[str, Any] = field(default_factory=dict)
    role: str = "page"
    about: str = ""
    of: int = 0
    awaits: bool = False
    pictures: tuple["StoredPicture", ...] = ()


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Where a picture lies in the evidence (``directory``); ``payload_sha256`` is of its bytes as transferred."""

    directory: str
    warc: str
    offset: int
    length: int
    sha256: str
    payload_sha256: str
    url: str = ""
    coding: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink out of a page: absolute address and visible text."""

    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader sees on one page. ``text`` is main content + blank line + footer; ``main_end`` parts them.

    The footer holds what repeats on a site: legal block, contact block. Licence numbers live there.
    ``published_on`` is the page's own statement of its date, if it makes one. ``details`` holds what is stated beside
    the text (JSON values).
    """

    url: str
    title: str
    text: str
    main_end: int
    published_on: date | None = None
    language: str = ""
    site_name: str = ""
    links: tuple[Link, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
