"""Screenshots of the pages that were flagged: which lack one, taking them, and saying so."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from crawler.browser import need_browser
from crawler.items import SCREENSHOT
from crawler.run import CrawlSummary, Progress, crawl
from crawler.sources import Source
from models import tables
from models.database import session
from models.errors import MedadError
from models.vocabulary import Outcome, RunStatus
from pipeline.ingest import WEB, ingest, record_run
from pipeline.runner import executor


@dataclass(frozen=True, slots=True)
class Shots:
    """What came of it: pages that lacked a screenshot, taken, failed (with why); ``problem``: why none could be."""

    wanted: int = 0
    taken: int = 0
    failures: tuple[tuple[str, str], ...] = field(default=())
    problem: str = ""
    interrupted: bool = False

    def describe(self) -> str:
        """Return the outcome in Vietnamese."""
        if not self.wanted:
            return "Ảnh chụp màn hình: không có trang nào cần chụp thêm."
        if self.problem:
            return (
                f"Chưa chụp được ảnh màn hình của {self.wanted} trang có dấu hiệu vi phạm: máy này chưa có trình duyệt "
                "Chromium hoặc gói medad[browser]. Cài đặt xong, lần chạy sau sẽ chụp."
            )
        lines = [f"Ảnh chụp màn hình: đã chụp {self.taken}/{self.wanted} trang có dấu hiệu vi phạm."]
        lines += [f"  {url}: {_why(note)}" for url, note in self.failures[:10]]
        if len(self.failures) > 10:
            lines.append(f"  … và {len(self.failures) - 10} trang khác (xem nhật ký chứng cứ)")
        if self.interrupted:
            lines.append("  Đã dừng giữa chừng; lần chạy sau sẽ chụp tiếp.")
        return "\n".join(lines)


def _why(note: str) -> str:
    """Say in Vietnamese why there is no picture; the log of evidence keeps the technical words."""
    if "robots.txt" in note:
        return "không chụp, robots.txt không cho phép"
    if "refused: " in note:
        return "không chụp, địa chỉ không được phép truy cập"
    return "không chụp được, trình duyệt quá thời gian chờ" if "Timeout" in note else "không chụp được"


def shoot_flagged(
    engine: Engine,
    sources: Sequence[Source],
    data: Path,
    versions: Collection[str],
    on_progress: Callable[[int], None],
) -> Shots:
    """Take a screenshot of every page of ``sources`` that has a finding in ``versions`` and no screenshot of its text.

    A page is shown from the evidence as it was captured. Nothing is taken twice; what failed is tried again the next
    time. Where there is no browser, ``Shots.problem`` says so. Raises ``MedadError`` as a crawl does.
    """
    seqs = flagged_pages(engine, {source.name for source in sources}, versions)
    if not seqs:
        return Shots()
    try:
        need_browser()
    except MedadError as error:
        return Shots(wanted=len(seqs), problem=str(error))
    done: list[Progress] = []

    def settled(one: Progress) -> None:
        done.append(one)
        on_progress(one.settled)

    summary = crawl(list(sources), data / "evidence", shots=seqs, on_progress=settled)
    with executor(1) as single:
        ingest(engine, data / "evidence", single)
    _record(engine, summary, len(seqs))
    failures = tuple((one.url, one.note) for one in done if one.outcome is not Outcome.CAPTURED)
    return Shots(len(seqs), len(done) - len(failures), failures, interrupted=summary.interrupted)


def _record(engine: Engine, summary: CrawlSummary, wanted: int) -> None:
    status = RunStatus.INTERRUPTED if summary.interrupted else RunStatus.DONE
    told: dict[str, object] = {"screenshots": wanted, "head": [summary.head.seq, summary.head.hash]}
    record_run(engine, summary.run, told, status, kind="screenshots")


def flagged_pages(engine: Engine, sources: Collection[str], versions: Collection[str]) -> list[int]:
    """Return the captures (by line in the log) of flagged pages that have no screenshot yet, oldest first."""
    with session(engine) as opened:
        flagged = (
            select(tables.Finding.advertisement_id).where(col(tables.Finding.version).in_(list(versions))).distinct()
        )
        found = opened.exec(
            select(tables.Advertisement, tables.Capture.seq)
            .join(tables.Capture, col(tables.Capture.id) == tables.Advertisement.capture_id)
            .where(
                col(tables.Advertisement.id).in_(flagged),
                tables.Advertisement.channel == WEB,
                col(tables.Advertisement.source).in_(list(sources)),
                col(tables.Advertisement.superseded_at).is_(None),
            )
            .order_by(col(tables.Capture.seq))
        ).all()
        # One page may hold several advertisements: it is one picture.
        return list(dict.fromkeys(seq for ad, seq in found if not _shown(opened, ad)))


def _shown(opened: Session, ad: tables.Advertisement) -> bool:
    """Say whether a screenshot was taken since this text was first seen at its address."""
    return (
        opened.exec(
            select(tables.Capture.id).where(
                tables.Capture.about == ad.url,
                tables.Capture.role == SCREENSHOT,
                tables.Capture.outcome == Outcome.CAPTURED,
                col(tables.Capture.captured_at) >= ad.first_seen_at,
            )
        ).first()
        is not None
    )
