"""What follows a captured page where its source asks for more: rendering, a picture of the page, pictures in it.

A ``capture`` of such a page names what it ``awaits``. All is then kept as resource records and exchanges, and one
``reading`` event closes the page: it says of which capture it is, holds the page as rendered (or refers to the body as
transferred), and names the pictures to read. A run that was killed in between goes on here, from the evidence: the
page is not asked for again.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import Crawler

from crawler.asking import headers_of
from crawler.awaiting import PICTURES, RENDER, SCREENSHOT
from crawler.bodies import BodyError, decode
from crawler.captures import capture_of, original_of
from crawler.history import content_headers, settled_visit
from crawler.items import IMAGE, READING
from crawler.items import SCREENSHOT as SHOT
from crawler.job import Job
from crawler.middlewares import exchange_of
from crawler.parts import Asked, Parts
from crawler.pictures import MAX_PICTURE_BYTES, MAX_PICTURES_BYTES, large_enough, pictures_of
from crawler.rendering import Rendered, Wish, render
from crawler.warc import Resource, resource_member
from models.errors import MedadError
from models.vocabulary import Outcome

logger = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"


@dataclass(slots=True)
class Completed:
    """What completing a page brought: the page to read links from, where it tried to go, bytes of its parts."""

    html: bytes = b""
    leads: list[str] = field(default_factory=list)
    spent: int = 0


class Completer:
    """One crawl's. ``observe`` is given the events of an interrupted run before anything is completed."""

    def __init__(self, crawler: Crawler, job: Job) -> None:
        self.crawler = crawler
        self.job = job
        self.parts = Parts(crawler, job.sources)
        self.readings: dict[int, Mapping[str, Any]] = {}
        self.pending: dict[int, Mapping[str, Any]] = {}
        self._kept: dict[tuple[int, str], dict[str, Any]] = {}
        self._pictures: dict[str, dict[str, Any]] = {}

    def observe(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the run that is continued."""
        match event["event"]:
            case "capture" if event.get("awaits"):
                self.pending[event["seq"]] = event
            case "picture" if event["outcome"] == Outcome.CAPTURED:
                self._kept[event["of"], event["url"]] = dict(event)
                if event["role"] == IMAGE:
                    self._pictures[event["url"]] = place_of(event)
            case "reading":
                self.pending.pop(event["of"], None)
                self.readings[event["of"]] = event

    async def complete(self, event: Mapping[str, Any]) -> Completed:
        """Do what a captured page awaits, and close it. Raises ``MedadError`` where the evidence cannot be used."""
        try:
            return await self._complete(event)
        except MedadError:
            raise
        except Exception as error:  # a page that breaks what reads it is read as it was transferred
            logger.exception("%s could not be completed", event["url"])
            await self._close(event, Rendered(), [], [f"not completed: {_short(error)}"])
            return Completed()

    async def _complete(self, event: Mapping[str, Any]) -> Completed:
        source, awaits = self.job.sources[event["source"]], event["awaits"]
        done, notes = Completed(), []
        capture = capture_of(self.job.store.directory, event)
        try:
            plain = decode(capture.body, capture.headers, source.max_bytes)
        except BodyError as error:
            plain, awaits = b"", []
            notes.append(error.what)
        kind = capture.headers.get("content-type", "")
        rendered = Rendered()
        if RENDER in awaits or SCREENSHOT in awaits:
            rendered = await self._render(event, plain, kind, awaits, notes)
            done.spent, done.leads = rendered.spent, rendered.leads
        if rendered.picture:
            await self._keep_picture(event, rendered)
        done.html = rendered.html or plain
        pictures: list[dict[str, Any]] = []
        if PICTURES in awaits:
            pictures = await self._keep_pictures(event, done, HTML if rendered.html else kind, notes)
        await self._close(event, rendered, pictures, notes)
        return done

    async def _render(
        self, event: Mapping[str, Any], plain: bytes, kind: str, awaits: list[str], notes: list[str]
    ) -> Rendered:
        visit = settled_visit(event)
        assert visit is not None
        source = self.job.sources[event["source"]]
        wish = Wish(visit, source, plain, kind, html=RENDER in awaits, picture=SCREENSHOT in awaits)
        try:
            return await render(self.crawler, self.parts, wish)
        except MedadError:
            raise
        except Exception as error:  # playwright's, Scrapy's and the guards': the page stays as it was transferred
            logger.warning("rendering %s failed: %r", event["url"], error)
            notes.append(f"rendering failed: {_short(error)}")
            return Rendered(facts={"failed": _short(error)})

    async def shoot(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a picture of a page captured earlier: its document from the evidence, its parts as they are now."""
        capture = capture_of(self.job.store.directory, event)
        notes: list[str] = []
        rendered = Rendered()
        try:
            plain = decode(capture.body, capture.headers, self.job.sources[event["source"]].max_bytes)
        except BodyError as error:
            notes.append(error.what)
        else:
            kind = capture.headers.get("content-type", "")
            rendered = await self._render(event, plain, kind, [SCREENSHOT], notes)
        if rendered.picture:
            return await self._keep_picture(event, rendered)
        failed = _picture(event, SHOT, f"urn:fullPage:{event['url']}") | {"outcome": Outcome.FAILED.value}
        return self.job.store.append(failed | {"note": "; ".join(notes) or "no picture was made"})

    async def _keep_picture(self, event: Mapping[str, Any], rendered: Rendered) -> dict[str, Any]:
        url = f"urn:fullPage:{event['url']}"
        if known := self._kept.get((event["seq"], url)):
            return known
        told = _picture(event, SHOT, url) | {"rendering": rendered.facts}
        return await self._resource(told, event, "image/png", rendered.picture)

    async def _resource(self, event: dict[str, Any], of: Mapping[str, Any], kind: str, body: bytes) -> dict[str, Any]:
        at = datetime.now(UTC)
        event |= {"headers": {"content-type": kind}, "payload_bytes": len(body)}
        event["payload_sha256"] = hashlib.sha256(body).hexdigest()
        shown = {"X-Crawler-Shows": of["record_id"], "X-Crawler-Rendering": _said(event["rendering"])}
        member = resource_member(Resource(event["url"], at, kind, body, shown))
        kept = self.job.store.stage_member(event, member, at)
        await self.job.commit.durable(kept["seq"])
        return kept

    async def _keep_pictures(
        self, event: Mapping[str, Any], done: Completed, kind: str, notes: list[str]
    ) -> list[dict[str, Any]]:
        places: list[dict[str, Any]] = []
        room = MAX_PICTURES_BYTES
        for url in pictures_of(done.html, event["url"], kind):
            try:
                place = await self._one_picture(event, url, min(room, MAX_PICTURE_BYTES))
            except MedadError:
                raise
            except Exception as error:  # as above: a picture that cannot be had is noted, and the page goes on
                if len(notes) < 10:
                    notes.append(f"picture {url[:200]}: {_short(error)}")
                continue
            if place is None:
                continue
            places.append(place)
            done.spent += place["payload_bytes"]
            room -= place["payload_bytes"]
            if room <= 0:
                break
        return places

    async def _one_picture(self, event: Mapping[str, Any], url: str, most: int) -> dict[str, Any] | None:
        if known := self._pictures.get(url):
            return await self._known_picture(event, url, known)
        visit = settled_visit(event)
        assert visit is not None
        request, response = await self.parts.fetch(Asked(visit, url, headers={"Accept": "image/*"}), most=most)
        headers = headers_of(response)
        if response.status != 200:
            raise ValueError(f"HTTP {response.status}")
        if not large_enough(decode(response.body, headers, most)):
            return None
        exchange = exchange_of(request, response)
        told = _picture(event, IMAGE, exchange.url) | {
            "status": response.status,
            "headers": content_headers(headers),
            "payload_sha256": hashlib.sha256(response.body).hexdigest(),
            "payload_bytes": len(response.body),
        }
        kept = self.job.store.stage(told, exchange)
        await self.job.commit.durable(kept["seq"])
        self._pictures[url] = self._pictures[exchange.url] = place_of(kept)
        return place_of(kept)

    async def _known_picture(self, event: Mapping[str, Any], url: str, place: dict[str, Any]) -> dict[str, Any]:
        """Say that this page shows a picture too that another page of the run brought."""
        if place["of"] == event["seq"] or (event["seq"], url) in self._kept:
            return place
        same = ("payload_sha256", "payload_bytes", "headers", "status")
        told = _picture(event, IMAGE, url) | {name: place[name] for name in same}
        refers = {**place, "content_headers": place["headers"]}
        self.job.store.append(told | {"refers": refers})
        return place

    async def _close(
        self, event: Mapping[str, Any], rendered: Rendered, pictures: list[dict[str, Any]], notes: list[str]
    ) -> None:
        wanted = RENDER in event["awaits"]
        told: dict[str, Any] = {
            "event": "reading",
            "role": READING,
            "source": event["source"],
            "url": f"urn:{'rendered' if wanted else 'reading'}:{event['url']}",
            "about": event["url"],
            "of": event["seq"],
            "outcome": (Outcome.FAILED if wanted and not rendered.html else Outcome.CAPTURED).value,
            "status": event.get("status", 0),
            "pictures": pictures,
        }
        if rendered.facts:
            told["rendering"] = rendered.facts
        if notes:
            told["note"] = "; ".join(notes)[:2_000]
        if not rendered.html:
            return self._refer(told, event)
        digest = hashlib.sha256(rendered.html).hexdigest()
        before = self.job.history.readings.get((event["source"], event["url"]))
        if before and before["payload_sha256"] == digest:
            same = {"headers": {"content-type": HTML}, "payload_sha256": digest, "payload_bytes": len(rendered.html)}
            self.job.store.append(told | same | {"refers": {**before, "content_headers": {"content-type": HTML}}})
        else:
            await self._resource(told, event, HTML, rendered.html)
        return None

    def _refer(self, told: dict[str, Any], event: Mapping[str, Any]) -> None:
        """Close a page that is read from the body as it was transferred."""
        original = original_of(event)
        held = event["refers"]["content_headers"] if "refers" in event else content_headers(event["headers"])
        refers = {name: getattr(original, name) for name in original.__slots__} | {"content_headers": held}
        told |= {"headers": held, "payload_sha256": original.payload_sha256, "refers": refers}
        self.job.store.append(told)


def _picture(event: Mapping[str, Any], role: str, url: str) -> dict[str, Any]:
    """Return the event of a picture of a page (or in it)."""
    return {
        "event": "picture",
        "role": role,
        "source": event["source"],
        "url": url,
        "about": event["url"],
        "of": event["seq"],
        "outcome": Outcome.CAPTURED.value,
        "status": 200,
    }


def place_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a picture's bytes lie, and what they are, from its event."""
    held = event.get("refers") or event
    names = ("warc", "offset", "length", "sha256", "record_id", "at", "payload_sha256")
    return {name: held[name] for name in names} | {
        "url": event["url"],
        "of": event["of"],
        "payload_bytes": event["payload_bytes"],
        "headers": event["headers"],
        "status": event["status"],
    }


def _said(facts: Mapping[str, Any]) -> str:
    """Return in one line how a page was shown, for the record itself; the log says more."""
    width, height = facts["viewport"]
    quiet = "network quiet" if facts["quiet"] else "network not quiet"
    return f"{facts['browser']}; viewport {width}x{height}; waited {facts['wait_seconds']} s; {quiet}"


def _short(error: Exception) -> str:
    said = (str(error) or type(error).__name__).splitlines()[0]
    return f"{type(error).__name__}: {said}"[:300]
