"""The browser: which Chromium, started how, and the download handler that gives every page a context of its own.

Chromium has no network here. Its proxy is a closed port and its resolver knows no name, so whatever is not handed to it
by ``crawler.rendering`` (which fetches through the crawler's own guards) does not exist for it: no second resolver to
trick, no socket that escapes a rule.
"""

import asyncio
import importlib.util
import logging
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from crawler.sources import Source
from models.errors import MedadError, MissingPackageError

logger = logging.getLogger(__name__)

#: Names of Chromium's program, in the order of trying; ``MEDAD_CHROMIUM`` names another.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "MEDAD_CHROMIUM"

#: Pages open at once. Each is a process of its own, of 100 MB and more.
MAX_PAGES = 2

#: The queue of Scrapy's downloader that pages to render wait in.
SLOT = "browser"

#: Width and height of the window, in CSS pixels.
VIEWPORT = (1280, 900)

#: Where Chromium is told to send its requests: nobody listens there.
_NOWHERE = "http://127.0.0.1:1"

#: Seconds for one context to close; after that the browser is stopped and started anew.
_CLOSING = 10.0

_ARGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--no-pings",
    "--mute-audio",
    "--disable-gpu",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-features=SpeculationRulesPrefetchProxy,Prerender2,MediaRouter,OptimizationHints",
    "--js-flags=--max-old-space-size=512",
)


def wants_browser(source: Source) -> bool:
    """Say whether crawling a source needs the browser (screenshots of flagged pages are taken later)."""
    return source.render or source.screenshots == "all"


def find_browser() -> Path:
    """Return Chromium's program. Raises ``MedadError`` that says what to install."""
    if named := os.environ.get(VARIABLE):
        if found := shutil.which(named):
            return Path(found)
        raise MedadError(f"{VARIABLE} names {named}, which is no program.", "Name Chromium's program, or unset it.")
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise MedadError(
        "Rendering pages needs Chromium, which is not installed.",
        f"Install it (apt install chromium), or set {VARIABLE} to its program.",
    )


def need_browser() -> Path:
    """Return Chromium's program; raise ``MissingPackageError`` where the extra ``browser`` is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("playwright", "scrapy_playwright")):
        raise MissingPackageError("Rendering pages", "browser")
    return find_browser()


def browser_version(program: Path) -> str:
    """Return what Chromium says of itself, such as 'Chromium 156.0'; ``""`` where it does not start."""
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False)  # noqa: S603
        return said.stdout.decode("utf-8", "replace").strip()[:100]
    return ""


def browser_settings(program: Path) -> dict[str, Any]:
    """Return the Scrapy settings that let requests marked ``playwright`` run in the browser."""
    handler = "crawler.browser_handler.BrowserHandler"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": str(program),
            "headless": True,
            # Chromium refuses its sandbox to root (containers): only there it goes without.
            "chromium_sandbox": os.geteuid() != 0,
            "proxy": {"server": _NOWHERE},
            "args": list(_ARGS),
            # The worker itself stops on signals, and the browser with it.
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        },
    }


def context_options(user_agent: str) -> dict[str, Any]:
    """Return the options of one page's context: nothing is kept, nothing is granted."""
    width, height = VIEWPORT
    return {
        "user_agent": f"Mozilla/5.0 (compatible; {user_agent})",
        "viewport": {"width": width, "height": height},
        "locale": "vi-VN",
        "timezone_id": "Asia/Ho_Chi_Minh",
        "accept_downloads": False,
        "service_workers": "block",
        "permissions": [],
    }


async def close_context(contexts: dict[str, Any], name: str, browser: Any) -> None:
    """Close one page's context whatever its page is doing; where it does not close in time, the whole browser."""
    wrapper = contexts.pop(name, None)
    if wrapper is None:
        return
    try:
        await asyncio.wait_for(wrapper.context.close(), _CLOSING)
    except Exception as error:  # playwright's own errors: the page or the browser is gone already, or hangs
        logger.warning("a page's context did not close: %r", error)
        if browser is not None:
            with suppress(Exception):
                await asyncio.wait_for(browser.close(), _CLOSING)
