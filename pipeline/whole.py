"""The whole way: crawl, ingest, score, match, cases. Every step goes on where it stood; repeats change nothing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cases.types import Dossier
from classifier.policy import load_policy
from crawler.run import CrawlSummary, crawl
from crawler.sources import Source
from models.vocabulary import Outcome, RegistryKind, RunStatus
from pipeline.casework import CaseChanges, case_stage, dossier
from pipeline.ingest import Ingested, ingest, record_run
from pipeline.leads import Checker
from pipeline.registers import describe_snapshot, load_registry, registry_version
from pipeline.runner import executor
from pipeline.scoring import backend_version
from pipeline.stages import match_stage, match_version, score_stage
from registry.matcher import Matcher

#: Opens a progress display with a title and gives the function that moves it.
Progress = Callable[[str], AbstractContextManager[Callable[[int], None]]]


def describe_crawl(crawled: CrawlSummary) -> str:
    """Return the summary of a crawl in Vietnamese: one line per source, and what could not be fetched."""
    lines = [f"Lượt thu thập {crawled.run}" + (" (tiếp tục lượt bị ngắt)" if crawled.continued else "") + ":"]
    for name, counts in crawled.sources.items():
        shown = ", ".join(f"{_OUTCOME_VI[Outcome(o)]} {n}" for o, n in counts.items() if n) or "không có trang nào"
        lines.append(f"  {name}: {shown}")
    lines += [f"    {failure.url}: {failure.note or _OUTCOME_VI[failure.outcome]}" for failure in crawled.failures[:10]]
    if len(crawled.failures) > 10:
        lines.append(f"    … và {len(crawled.failures) - 10} địa chỉ khác (xem nhật ký chứng cứ)")
    return "\n".join(lines)


_OUTCOME_VI = {
    Outcome.CAPTURED: "đã lưu",
    Outcome.UNCHANGED: "không đổi",
    Outcome.FAILED: "lỗi",
    Outcome.BLOCKED: "bị chặn",
    Outcome.WITHDRAWN: "đã gỡ",
    Outcome.EXCLUDED_BY_ROBOTS: "robots.txt không cho phép",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """What one run did, step by step. Zeros all the way mean that nothing had changed."""

    crawl: CrawlSummary
    ingested: Ingested = field(default_factory=Ingested)
    scored: int = 0
    matched: int = 0
    cases: CaseChanges = field(default_factory=CaseChanges)
    registry: str = "none"

    @property
    def interrupted(self) -> bool:
        """Return whether the crawl was stopped before its end; the steps after it were done for what it had."""
        return self.crawl.interrupted

    @property
    def changed(self) -> bool:
        """Return whether this run found anything that the last one had not."""
        news = (self.ingested.new, self.ingested.changed, self.ingested.withdrawn, self.scored, self.matched)
        return any(news) or bool(self.cases.opened or self.cases.extended)

    def to_json(self) -> dict[str, Any]:
        """Return the summary as the contract of ``crawl --json`` states it, with the later steps added."""
        return {
            **self.crawl.as_dict(),
            "ingested": asdict(self.ingested),
            "scored": self.scored,
            "matched": self.matched,
            "cases": asdict(self.cases),
        }

    def describe(self) -> str:
        """Return the summary in Vietnamese, as an inspector reads it."""
        done, cases = self.ingested, self.cases
        lines = [
            describe_crawl(self.crawl),
            f"Quảng cáo: {done.new} mới, {done.changed} thay đổi, {done.seen_again} không đổi, "
            f"{done.withdrawn} đã gỡ" + (f", {done.unreadable} không đọc được." if done.unreadable else "."),
            f"Đã chấm {self.scored} quảng cáo; đã đối chiếu danh bạ {self.matched} quảng cáo.",
            f"Vụ việc: {cases.opened} mới, {cases.extended} được bổ sung, tổng cộng {cases.total}.",
        ]
        if self.registry == "none":
            lines.append("Chưa nhập danh bạ giấy phép: chưa đối chiếu được người hành nghề và cơ sở.")
        if not self.changed:
            lines.append("Không có gì thay đổi so với lần chạy trước.")
        return "\n".join(lines)


def run_whole(
    engine: Engine,
    sources: Sequence[Source],
    data: Path,
    *,
    workers: int | None = None,
    spec: str = "rules",
    progress: Progress,
) -> Whole:
    """Crawl ``sources`` and bring everything after it up to date."""
    with progress("captured") as show:
        crawled = crawl(sources, data / "evidence", on_progress=lambda p: show(p.settled))
    status = RunStatus.INTERRUPTED if crawled.interrupted else RunStatus.DONE
    result = update(engine, data, crawled, workers=workers, spec=spec, progress=progress)
    record_run(engine, crawled.run, crawled.as_dict(), status)
    return result


def update(
    engine: Engine, data: Path, crawled: CrawlSummary, *, workers: int | None, spec: str, progress: Progress
) -> Whole:
    """Do what remains after a crawl: ingest, score, match, cases."""
    with executor(workers) as pool:
        with progress("ingested") as show:
            ingested = ingest(engine, data / "evidence", pool, show)
        with progress("scored") as show:
            scored = score_stage(engine, pool, spec, show)
    checker = stored_checker(engine)
    # One thread: the matcher's index is large, and a copy per process would cost more than it saves.
    with progress("matched") as show, executor(1) as single:
        matched = match_stage(engine, checker, single, spec, show)
    cases = case_stage(engine, (backend_version(spec), match_version(checker, spec)))
    return Whole(crawled, ingested, scored, matched, cases, registry_version(engine))


def stored_checker(engine: Engine) -> Checker:
    """Build the checker over the imported registry, or one that only finds mentions where none was imported."""
    return Checker(stored_matcher(engine), load_policy(), registry_version(engine))


def stored_matcher(engine: Engine) -> Matcher | None:
    """Build the matcher over the imported registry; ``None`` where nothing was imported."""
    practitioners = load_registry(engine, RegistryKind.PRACTITIONERS)
    facilities = load_registry(engine, RegistryKind.FACILITIES)
    return Matcher(practitioners, facilities) if practitioners or facilities else None


def dossier_of(engine: Engine, case_id: int) -> Dossier:
    """Gather the file of one case in the present versions of classifier, policy, matcher and registry."""
    versions = (backend_version("rules"), match_version(stored_checker(engine), "rules"))
    return dossier(engine, case_id, versions, describe_snapshot(engine))
