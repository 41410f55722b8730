"""One page in the browser: its transferred document shown to Chromium, its parts fetched for it, the result read.

The document that is shown is the one in the evidence, byte for byte; it is not asked for again. Every further request
of the page comes to ``_Guard``, which fetches it through the crawler (``crawler.parts``) or refuses it.
"""

import asyncio
import base64
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from crawler.asking import headers_of
from crawler.bodies import decode
from crawler.browser import MAX_PAGES, SLOT, VIEWPORT, context_options
from crawler.frontier import Visit
from crawler.job import user_agent
from crawler.parts import MAX_PART, Asked, Parts, plain_headers
from crawler.sources import Source
from crawler.urls import canonical, within

#: Seconds at most for the whole page (less where its source has less patience: one and a half times its ``timeout``),
#: until the network is quiet, and again after scrolling.
PAGE_SECONDS = 45.0
QUIET_SECONDS = 8.0
_AGAIN_SECONDS = 3.0

#: Requests of one page, and their bytes (unpacked) taken together.
MAX_REQUESTS = 200
MAX_PAGE_BYTES = 40_000_000

#: Characters of the page as rendered that are kept, and CSS pixels of its height on a picture.
MAX_HTML = 5_000_000
MAX_HEIGHT = 15_000

#: A larger picture is taken again at half the size (bytes), and given up if it is larger still.
_MAX_PNG = 25_000_000

#: Kinds of requests that no text and no picture of a page needs.
_UNNEEDED = frozenset({"media", "websocket", "eventsource", "ping", "beacon", "manifest", "texttrack", "cspviolation"})

#: Refused requests and attempts to leave that the evidence names one by one.
_NAMED = 20

#: Run apart from the page's own scripts, whose tricks with built-in functions do not reach it.
_SERIALISE = (
    "(() => { const root = document.documentElement; const html = root ? root.outerHTML : '';"
    " return [html.length, html.slice(0, %d)] })()"
)
_SCROLL = (
    "(async () => { for (let y = 0; y < Math.min(document.documentElement.scrollHeight, %d); y += 700) {"
    " window.scrollTo(0, y); await new Promise(done => setTimeout(done, 60)) } window.scrollTo(0, 0) })()"
)
_HEIGHT = (
    "Math.max(document.documentElement ? document.documentElement.scrollHeight : 0,"
    " document.body ? document.body.scrollHeight : 0)"
)

_contexts = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to make of a page: ``body`` is its document (content codings undone), of ``content_type``."""

    visit: Visit
    source: Source
    body: bytes
    content_type: str
    html: bool
    picture: bool


@dataclass(slots=True)
class Rendered:
    """What came of it. ``facts`` go into the evidence; ``leads`` are addresses that the page tried to go to."""

    html: bytes = b""
    picture: bytes = b""
    spent: int = 0
    leads: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def page_seconds(source: Source) -> float:
    """Return the seconds after which a page of a source is given up."""
    return min(PAGE_SECONDS, 1.5 * source.timeout)


async def render(crawler: Crawler, parts: Parts, wish: Wish) -> Rendered:
    """Show a page to the browser and read it. Raises ``TimeoutError``, playwright's errors, and what guards raise.

    A page that goes on beyond its time gives what it showed before.
    """
    from scrapy_playwright.page import PageMethod  # type: ignore[import-untyped]  # of the optional extra; no types

    guard = _Guard(parts, wish)
    engine: Any = crawler.engine
    engine.downloader.per_slot_settings.setdefault(SLOT, {"concurrency": MAX_PAGES, "delay": 0.0, "jitter": 0.0})
    meta = {
        "visit": wish.visit,
        "render": True,
        "render_seconds": page_seconds(wish.source),
        "download_slot": SLOT,
        "autothrottle_dont_adjust_delay": True,
        "playwright": True,
        "playwright_context": f"page-{next(_contexts)}",
        "playwright_context_kwargs": context_options(user_agent(wish.source)),
        "playwright_page_init_callback": guard.watch,
        "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": 15_000},
        "playwright_page_methods": [PageMethod(guard.read)],
    }
    done = guard.result
    try:
        await engine.download_async(Request(wish.visit.url, meta=meta, dont_filter=True, callback=NO_CALLBACK))
    except TimeoutError:
        if not done.html:
            raise
        done.facts["given_up"] = True  # an endless page: what it showed by then is kept
    done.spent = guard.bytes
    done.facts |= guard.facts()
    return done


class _Guard:
    """Stands between one page and the world."""

    def __init__(self, parts: Parts, wish: Wish) -> None:
        self.parts = parts
        self.wish = wish
        self.result = Rendered()
        self.requests = self.bytes = self.refused = self.popups = 0
        self.why: list[str] = []
        self._shown = False
        self._page: Any = None
        self._began = 0.0

    def facts(self) -> dict[str, Any]:
        """Return what the evidence says of the page's requests."""
        told: dict[str, Any] = {"requests": self.requests, "bytes": self.bytes, "refused": self.refused}
        if self.why:
            told["refusals"] = self.why
        if self._began:
            told["seconds"] = round(time.monotonic() - self._began, 1)
        if self.popups:
            told["popups"] = self.popups
        if self.result.leads:
            told["went_to"] = self.result.leads
        return told

    async def watch(self, page: Any, _: Request) -> None:
        """Take over the requests of a page, and of whatever it opens, before it is shown anything."""
        self._page, self._began = page, time.monotonic()
        await page.context.route("**/*", self._route)
        await page.route("**/*", self._route)
        await page.context.route_web_socket("**/*", self._close_socket)
        page.context.on("page", self._close_popup)

    async def _close_socket(self, socket: Any) -> None:
        self._refuse(socket.url, "web sockets are not opened")
        await socket.close()

    async def _close_popup(self, page: Any) -> None:
        if page is not self._page:
            self.popups += 1
            await page.close()

    async def _route(self, route: Any) -> None:
        try:
            await self._answer(route)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # guards, Scrapy and playwright: whatever it is, the request does not go out
            self._refuse(route.request.url, str(error) or type(error).__name__)
            await _abort(route)

    async def _answer(self, route: Any) -> None:
        request = route.request
        if request.is_navigation_request() and self._is_main(request):
            await self._navigate(route)
            return
        if problem := self._problem(request):
            self._refuse(request.url, problem)
            await _abort(route)
            return
        self.requests += 1
        most = min(MAX_PART, MAX_PAGE_BYTES - self.bytes)
        body = request.post_data_buffer or b""
        asked = Asked(self.wish.visit, urldefrag(request.url)[0], request.method, await request.all_headers(), body)
        _, response = await self.parts.fetch(asked, most=most)
        plain = decode(response.body, headers_of(response), most)
        self.bytes += len(plain)
        await route.fulfill(status=response.status, headers=plain_headers(response), body=plain)

    def _is_main(self, request: Any) -> bool:
        frame = request.frame
        return frame.parent_frame is None

    async def _navigate(self, route: Any) -> None:
        """Show the document once. A page that then goes elsewhere stays: where it wants to go is a link to follow."""
        if not self._shown and route.request.frame == self._page.main_frame:
            self._shown = True
            kind = self.wish.content_type or "text/html"
            await route.fulfill(status=200, headers={"content-type": kind}, body=self.wish.body)
            return
        url = route.request.url
        self._refuse(url, "a page does not leave its address")
        target = canonical(url)
        if target and target not in self.result.leads and len(self.result.leads) < _NAMED:
            self.result.leads.append(target)
        await route.fulfill(status=204)

    def _problem(self, request: Any) -> str:
        url, kind = request.url, request.resource_type
        if urlsplit(url).scheme not in ("http", "https"):
            return f"'{urlsplit(url).scheme}:' addresses are never asked"
        if kind in _UNNEEDED:
            return f"{kind} is not needed"
        near = within(url, self.wish.source.hosts) or within(url, [urlsplit(self.wish.visit.url).netloc])
        if request.is_navigation_request() and not near:
            return "a frame of another site"
        if request.method not in ("GET", "HEAD") and not (request.method == "POST" and near):
            return f"{request.method} to another site"
        if self.requests >= MAX_REQUESTS:
            return f"more than {MAX_REQUESTS} requests"
        return f"more than {MAX_PAGE_BYTES} bytes" if self.bytes >= MAX_PAGE_BYTES else ""

    def _refuse(self, url: str, why: str) -> None:
        self.refused += 1
        if len(self.why) < _NAMED:
            self.why.append(f"{url[:200]}: {why[:200]}")

    async def read(self, page: Any) -> None:
        """Wait until the page is there, then take what was wished for. Leaves the page empty."""
        told = self.result.facts
        started = time.monotonic()
        told |= {
            "browser": f"Chromium {page.context.browser.version}",
            "viewport": list(VIEWPORT),
            "user_agent": context_options(user_agent(self.wish.source))["user_agent"],
        }
        told["quiet"] = await _quiet(page, min(QUIET_SECONDS, page_seconds(self.wish.source) / 4))
        told["wait_seconds"] = round(time.monotonic() - started, 1)
        session = await page.context.new_cdp_session(page)
        world = await _world(page, session)
        await self._take_html(session, world)
        await _evaluate(session, world, _SCROLL % MAX_HEIGHT)
        await _quiet(page, min(_AGAIN_SECONDS, page_seconds(self.wish.source) / 8))
        told["wait_seconds"] = round(time.monotonic() - started, 1)
        await self._take_html(session, world)
        if self.wish.picture:
            await self._take_picture(session, int(await _evaluate(session, world, _HEIGHT)))
        await page.goto("about:blank")  # scrapy-playwright reads the page once more: there is nothing left to read

    async def _take_html(self, session: Any, world: int) -> None:
        if self.wish.html:
            length, html = await _evaluate(session, world, _SERIALISE % MAX_HTML)
            self.result.html = b"<!DOCTYPE html>\n" + str(html).encode("utf-8", "replace")
            if length > MAX_HTML:
                self.result.facts["cut_at"] = MAX_HTML

    async def _take_picture(self, session: Any, height: int) -> None:
        width, window = VIEWPORT
        shown = min(max(height, window), MAX_HEIGHT)
        for scale in (1.0, 0.5):
            clip = {"x": 0, "y": 0, "width": width, "height": shown, "scale": scale}
            made = await session.send(
                "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
            )
            picture = base64.b64decode(made["data"])
            if len(picture) <= _MAX_PNG:
                self.result.picture = picture
                self.result.facts["picture"] = {"width": width, "height": shown, "of_height": height, "scale": scale}
                return
        raise ValueError(f"the picture of the page is larger than {_MAX_PNG} bytes")


async def _abort(route: Any) -> None:
    try:
        await route.abort("blockedbyclient")
    except Exception:  # the page is gone: nobody waits for the answer
        return


async def _quiet(page: Any, seconds: float) -> bool:
    from playwright.async_api import TimeoutError as TooLong

    try:
        await page.wait_for_load_state("networkidle", timeout=seconds * 1000)
    except TooLong:
        return False
    return True


async def _world(page: Any, session: Any) -> int:
    """Return a world of our own in the page's main frame: it sees the document, not the page's scripts."""
    tree = await session.send("Page.getFrameTree")
    given = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "medad"}
    made: Mapping[str, Any] = await session.send("Page.createIsolatedWorld", given)
    return int(made["executionContextId"])


async def _evaluate(session: Any, world: int, expression: str) -> Any:
    asked = {"expression": expression, "contextId": world, "returnByValue": True, "awaitPromise": True}
    answer = await session.send("Runtime.evaluate", asked)
    if "exceptionDetails" in answer:
        raise ValueError("the page could not be read")
    return answer["result"].get("value")
