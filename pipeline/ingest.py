"""Evidence → rows: every event of the log becomes a capture, every page with text an advertisement.

The evidence log is the source of truth and the database follows it, one transaction per batch: a run that was killed
goes on at the first event that the database has not seen. Nothing here changes evidence.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, insert
from sqlmodel import Session, col, select

from crawler.bodies import BodyError, decode_body
from crawler.captures import read_captures
from crawler.imports.reading import read_imported
from crawler.items import PICTURES, READING, REDIRECT, SCREENSHOT, Page
from crawler.items import Capture as CapturedResponse
from crawler.pages import EXTRACTOR_VERSION
from crawler.pages.sites import page_for
from crawler.urls import canonical
from crawler.words import read_as_shown
from models import tables
from models.database import insert_missing, session
from models.errors import EvidenceError
from models.vocabulary import Outcome, RunStatus
from pipeline.clock import VIETNAM
from pipeline.runner import run


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did: events read; advertisements new, changed, seen again, withdrawn; pages not readable."""

    events: int = 0
    new: int = 0
    changed: int = 0
    seen_again: int = 0
    withdrawn: int = 0
    unreadable: int = 0

    def __add__(self, other: "Ingested") -> "Ingested":
        """Return the sums."""
        return Ingested(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def ingest(
    engine: Engine,
    evidence: Path,
    executor: Executor,
    on_progress: Callable[[int], None] | None = None,
    wait: Callable[[int], bool] | None = None,
) -> Ingested:
    """Bring the database up to the evidence log. Returns what changed.

    ``wait`` makes it follow a crawl under way (see ``read_log``). Raises ``EvidenceError`` when the log is not the one
    that this database was built from.
    """
    done = Ingested()
    events = read_captures(evidence, after_seq=_checked(evidence, _last_event(engine)), wait=wait)
    for captures, pages in run(_read_pages, events, executor):
        with session(engine) as opened:
            done = _store_all(opened, captures, pages, done)
        if on_progress is not None:
            on_progress(done.events)
    return done


def _last_event(engine: Engine) -> tuple[int, str]:
    with session(engine) as opened:
        newest = select(func.max(tables.Capture.seq)).scalar_subquery()
        found = opened.execute(
            select(tables.Capture.seq, tables.Capture.entry_sha256).where(tables.Capture.seq == newest)
        ).first()
    return (0, "") if found is None else (found[0], found[1])


def _checked(evidence: Path, last: tuple[int, str]) -> int:
    seq, digest = last
    if not seq:
        return 0
    standing = next(iter(read_captures(evidence, after_seq=seq - 1)), None)
    if standing is None or standing.seq != seq or standing.entry_sha256 != digest:
        raise EvidenceError(
            f"the evidence in {evidence} is not the one this database was built from (event {seq} differs).",
            "Name the matching pair with --db and --data, or run: medad evidence verify",
        )
    return seq


def evidence_head(engine: Engine) -> tuple[int, str] | None:
    """Return (seq, hash) of the newest line of the log that this database knows: an anchor outside the folder."""
    heads = [run.summary["head"] for run in known_runs(engine) if "head" in run.summary]
    seq, digest = max([*((seq, digest) for seq, digest in heads), _last_event(engine)])
    return (seq, digest) if seq else None


def _read_pages(captures: list[CapturedResponse]) -> list[Page | str | None]:
    """Read each capture's page: the page, why it could not be read, or ``None`` where there is nothing to read."""
    return [_read_page(captured) for captured in captures]


def _read_page(captured: CapturedResponse) -> Page | str | None:
    if captured.via_import:
        return _plausible(read_imported(captured), captured)
    if captured.role == READING:
        return _plausible(read_as_shown(captured), captured) if captured.body else None
    if captured.awaits or captured.role in PICTURES:
        return None  # the page is read where its reading closes it; pictures are read with their page
    content_type = captured.headers.get("content-type", "")
    is_page = not content_type or "html" in content_type or content_type.startswith("text/plain")
    if captured.outcome is not Outcome.CAPTURED or captured.status != 200 or not is_page:
        return None
    try:
        body = decode_body(captured)
    except BodyError as error:
        return error.what
    return _plausible(page_for(captured.url).read(body, captured.url, content_type), captured)


def _plausible(page: Page | str | None, captured: CapturedResponse) -> Page | str | None:
    if not isinstance(page, Page):
        return page
    day = captured.captured_at.astimezone(VIETNAM).date()
    if page.published_on is not None and page.published_on > day:
        page = replace(page, published_on=None)  # a page cannot have been published after it was captured
    return page if page.text.strip() else None


def _store_all(
    opened: Session, captures: Sequence[CapturedResponse], pages: Sequence[Page | str | None], done: Ingested
) -> Ingested:
    """Store one batch. Pages never seen before, most of a first crawl, go in with one statement."""
    ids = _store_captures(opened, captures, pages)
    captures = [_as_page(captured) for captured in captures]
    urls = Counter(captured.url for captured in captures)
    seen = set(opened.exec(select(tables.Advertisement.url).where(col(tables.Advertisement.url).in_(urls))))
    fresh = []
    for captured, page, row_id in zip(captures, pages, ids, strict=True):
        capture_id = _capture_of(opened, captured) or row_id
        done = replace(done, events=done.events + 1, unreadable=done.unreadable + isinstance(page, str))
        if captured.awaits or captured.role in PICTURES or (captured.role == READING and page is None):
            continue
        if captured.url in seen or urls[captured.url] > 1:
            done = _store(opened, captured, page, capture_id, done)
        elif isinstance(page, Page):
            row = _advertisement(captured, page, capture_id, _digest(page))
            fresh.append(row | {"channel": _channel(captured)})
            done = replace(done, new=done.new + 1)
    insert_missing(opened, tables.Advertisement, fresh)
    return done


def _as_page(captured: CapturedResponse) -> CapturedResponse:
    """Return a reading as a capture of the page that it is about."""
    return replace(captured, url=captured.about) if captured.role == READING else captured


def _capture_of(opened: Session, reading: CapturedResponse) -> int | None:
    """Return the capture that holds the body which a reading without a record of its own refers to."""
    if reading.role != READING or reading.warc:
        return None
    return opened.exec(
        select(tables.Capture.id).where(tables.Capture.run_id == reading.run, tables.Capture.seq == reading.of)
    ).first()


def _store(
    opened: Session, captured: CapturedResponse, page: Page | str | None, capture_id: int, done: Ingested
) -> Ingested:
    if isinstance(page, Page):
        return _store_page(opened, captured, page, capture_id, done)
    current = _current(opened, captured.url, WEB)
    if current is None:
        return done
    if target := _moved_to(captured):
        current.details = {**current.details, "moved_to": target}
        return done
    if captured.outcome is Outcome.UNCHANGED:
        _stands_here(current)
        current.last_seen_at = max(current.last_seen_at, captured.captured_at)
        current.withdrawn_at = None
        return replace(done, seen_again=done.seen_again + 1)
    if captured.outcome is Outcome.WITHDRAWN and current.withdrawn_at is None:
        current.withdrawn_at = captured.captured_at
        return replace(done, withdrawn=done.withdrawn + 1)
    return done


def _moved_to(captured: CapturedResponse) -> str:
    """Return the address that a known page moved to for good (also one that the source does not watch), or ``''``."""
    if captured.role == REDIRECT:
        return captured.about
    if captured.status in (301, 308) and captured.outcome is Outcome.FAILED:
        return canonical(captured.headers.get("location", ""), captured.url)
    return ""


def _stands_here(ad: tables.Advertisement) -> None:
    if "moved_to" in ad.details:
        ad.details = {name: value for name, value in ad.details.items() if name != "moved_to"}


def _store_captures(
    opened: Session, captures: Sequence[CapturedResponse], pages: Sequence[Page | str | None]
) -> list[int]:
    """Insert a row per event; return their ids, in the same order."""
    for captured in {captured.run: captured for captured in reversed(captures)}.values():
        if opened.get(tables.Run, captured.run) is None:
            # The first event of a crawl is never a picture: those follow a page.
            kind = "import" if captured.via_import else "screenshots" if captured.role == SCREENSHOT else "crawl"
            # What an archive holds may have been captured years before it was imported.
            began = datetime.now(UTC) if captured.via_import else captured.captured_at
            opened.add(tables.Run(id=captured.run, kind=kind, started_at=began))
    opened.flush()
    rows = [
        _capture(captured, page if isinstance(page, str) else captured.error)
        for captured, page in zip(captures, pages, strict=True)
    ]
    inserted = insert(tables.Capture).returning(col(tables.Capture.id), sort_by_parameter_order=True)
    return list(opened.execute(inserted, rows).scalars())


def _capture(captured: CapturedResponse, error: str) -> dict[str, object]:
    return {
        "run_id": captured.run,
        "source": captured.source,
        "url": captured.url,
        "captured_at": captured.captured_at,
        "outcome": captured.outcome,
        "status": captured.status,
        "content_type": captured.headers.get("content-type", ""),
        "payload_sha256": captured.payload_sha256,
        "record_id": captured.record_id,
        "warc": captured.warc,
        "warc_offset": captured.offset,
        "warc_length": captured.length,
        "seq": captured.seq,
        "entry_sha256": captured.entry_sha256,
        "error": error,
        "role": captured.role,
        "about": captured.about,
    }


#: Spans kept of a text that comes and goes.
_MAX_SPANS = 200

#: The channel of what was crawled; what was imported has the name of its format.
WEB = "web"


def _current(opened: Session, url: str, channel: str) -> tables.Advertisement | None:
    return opened.exec(
        select(tables.Advertisement)
        .where(
            tables.Advertisement.url == url,
            tables.Advertisement.channel == channel,
            col(tables.Advertisement.superseded_at).is_(None),
        )
        .order_by(col(tables.Advertisement.id).desc())
    ).first()


def _digest(page: Page) -> str:
    return hashlib.sha256(page.text.encode("utf-8", "surrogatepass")).hexdigest()


def _channel(captured: CapturedResponse) -> str:
    return str(captured.via_import.get("format", WEB))


def _store_page(opened: Session, captured: CapturedResponse, page: Page, capture_id: int, done: Ingested) -> Ingested:
    digest, channel = _digest(page), _channel(captured)
    current = _current(opened, captured.url, channel)
    if current is not None and current.text_sha256 == digest:
        _seen_again(current, captured, page)
        return replace(done, seen_again=done.seen_again + 1)
    older = current is not None and captured.via_import and captured.captured_at < current.first_seen_at
    if current is not None and not older:
        current.superseded_at = captured.captured_at
        opened.flush()
    before = opened.exec(
        select(tables.Advertisement).where(
            tables.Advertisement.url == captured.url, tables.Advertisement.text_sha256 == digest
        )
    ).first()
    if before is not None and (older or before.channel != channel):  # the same words, seen on another way or day
        _seen_again(before, captured, page)
        return replace(done, seen_again=done.seen_again + 1)
    if before is not None:  # the page went back to a text that it showed before
        _note_return(before, captured.captured_at)
        _stands_here(before)
        before.superseded_at = before.withdrawn_at = None
        before.last_seen_at = captured.captured_at
    else:
        row = _advertisement(captured, page, capture_id, digest) | {"channel": channel}
        if older and current is not None:  # an archive of an earlier day came in late: what was seen since stands
            row["superseded_at"] = current.first_seen_at
        insert_missing(opened, tables.Advertisement, [row])
    return replace(done, new=done.new + (current is None), changed=done.changed + (current is not None))


def _note_return(ad: tables.Advertisement, at: datetime) -> None:
    """Keep the span in which a text was shown before it came back."""
    began = ad.details.get("returned_at", ad.first_seen_at.isoformat())
    earlier = [*ad.details.get("earlier", []), [began, ad.last_seen_at.isoformat()]][-_MAX_SPANS:]
    ad.details = {**ad.details, "earlier": earlier, "returned_at": at.isoformat()}


def _seen_again(ad: tables.Advertisement, captured: CapturedResponse, page: Page) -> None:
    ad.first_seen_at = min(ad.first_seen_at, captured.captured_at)
    ad.last_seen_at = max(ad.last_seen_at, captured.captured_at)
    if ad.last_seen_at == captured.captured_at:
        ad.withdrawn_at = None
        _stands_here(ad)
    if captured.via_import and ad.channel == captured.via_import.get("format") and page.details:
        ad.details = {**ad.details, **page.details}


def _site(captured: CapturedResponse, page: Page) -> str:
    """Return what ties advertisements of one publisher: the host, or the publisher's own page on a platform."""
    if captured.via_import and (page.site_name or captured.url.startswith("urn:")):
        return page.site_name
    return (urlsplit(captured.url).netloc or captured.source).lower().removeprefix("www.")


def _advertisement(captured: CapturedResponse, page: Page, capture_id: int, digest: str) -> dict[str, object]:
    return {
        "url": captured.url,
        "site": _site(captured, page),
        "source": captured.source,
        "title": page.title,
        "text": page.text,
        "main_end": page.main_end,
        "text_sha256": digest,
        "published_on": page.published_on,
        "first_seen_at": captured.captured_at,
        "last_seen_at": captured.captured_at,
        "capture_id": capture_id,
        "extractor": str(page.details.get("reader", EXTRACTOR_VERSION)) if captured.via_import else EXTRACTOR_VERSION,
        "details": dict(page.details),
    }


def record_run(engine: Engine, run_id: str, summary: dict[str, object], status: RunStatus, kind: str = "crawl") -> None:
    """Store how a crawl (or an import, or an update) ended."""
    with session(engine) as opened:
        row = opened.get(tables.Run, run_id) or tables.Run(id=run_id, kind=kind)
        row.summary, row.status, row.finished_at = summary, status, datetime.now(UTC)
        opened.add(row)


def known_runs(engine: Engine) -> Iterable[tables.Run]:
    """Return every run, newest first."""
    with session(engine) as opened:
        found = opened.exec(select(tables.Run).order_by(col(tables.Run.started_at).desc())).all()
        opened.expunge_all()
    return found
