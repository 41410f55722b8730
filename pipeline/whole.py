"""The whole way: crawl, ingest, score, match, cases. Every step goes on where it stood; repeats change nothing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cases.types import Dossier
from classifier.backends import DEFAULT
from classifier.policy import load_policy
from crawler.chain import Head
from crawler.run import CrawlSummary, crawl
from crawler.run import Progress as CrawlProgress
from crawler.schedule import due_sources, last_runs
from crawler.sources import Source
from models.vocabulary import Outcome, RegistryKind, RunStatus
from pipeline.casework import CaseChanges, case_stage, dossier
from pipeline.duplicates import group_texts
from pipeline.flagged import Shots, shoot_flagged
from pipeline.following import Following
from pipeline.ingest import Ingested, ingest, known_runs, record_run
from pipeline.leads import Checker
from pipeline.outcome_words import OUTCOME_VI, why_said
from pipeline.registers import describe_snapshot, load_registry, registry_version
from pipeline.report_links import Linked, link_reports
from pipeline.runner import executor
from pipeline.scoring import backend_version
from pipeline.stages import match_stage, match_version, score_stage
from registry.matcher import Matcher

#: Opens a progress display with a title and gives the function that moves it.
Progress = Callable[[str], AbstractContextManager[Callable[[int], None]]]


def due_now(sources: Sequence[Source], data: Path) -> tuple[Source, ...]:
    """Return the sources that are due, by what the evidence in ``data`` says of their last runs."""
    return due_sources(sources, last_runs(data / "evidence"))


def nothing_due() -> CrawlSummary:
    """Return the summary of a crawl that had nothing to fetch: no run, no source."""
    return CrawlSummary("", {}, interrupted=False, continued=False, head=Head())


def describe_crawl(crawled: CrawlSummary) -> str:
    """Return the summary of a crawl in Vietnamese: one line per source, and what could not be fetched."""
    if not crawled.sources:
        return "Chưa có nguồn nào đến hạn thu thập."
    lines = [f"Lượt thu thập {crawled.run}" + (" (tiếp tục lượt bị ngắt)" if crawled.continued else "") + ":"]
    for name, counts in crawled.sources.items():
        shown = ", ".join(f"{OUTCOME_VI[Outcome(o)]} {n}" for o, n in counts.items() if n) or "không có trang nào"
        lines.append(f"  {name}: {shown}")
    lines += [f"    {failure.url}: {_why(failure)}" for failure in crawled.failures[:10]]
    if len(crawled.failures) > 10:
        lines.append(f"    … và {len(crawled.failures) - 10} địa chỉ khác (xem nhật ký chứng cứ)")
    if crawled.signed.manifest:
        lines.append(f"  Đã ký bản kê chứng cứ {crawled.signed.manifest}.")
    if crawled.signed.problem:
        lines.append(f"  Chưa ký được bản kê chứng cứ: {crawled.signed.problem}")
    return "\n".join(lines)


def _why(failure: CrawlProgress) -> str:
    """Say in Vietnamese why an address was not captured; the log of evidence keeps the technical words."""
    said = why_said(failure.note)
    if failure.note.startswith("HTTP ") or failure.outcome is Outcome.BLOCKED:
        return f"{OUTCOME_VI[failure.outcome]}, {said}" if said else OUTCOME_VI[failure.outcome]
    return said or (f"{OUTCOME_VI[failure.outcome]} ({failure.note})" if failure.note else "không rõ lý do")


@dataclass(frozen=True, slots=True)
class Whole:
    """What one run did, step by step. Zeros all the way mean that nothing had changed."""

    crawl: CrawlSummary
    ingested: Ingested = field(default_factory=Ingested)
    scored: int = 0
    matched: int = 0
    cases: CaseChanges = field(default_factory=CaseChanges)
    registry: str = "none"
    shots: Shots | None = None
    reports: Linked = field(default_factory=Linked)

    @property
    def interrupted(self) -> bool:
        """Return whether the crawl was stopped before its end; the next run continues it and does what follows."""
        return self.crawl.interrupted

    @property
    def changed(self) -> bool:
        """Return whether this run found anything that the last one had not."""
        news = (self.ingested.new, self.ingested.changed, self.ingested.withdrawn, self.scored, self.matched)
        return any(news) or bool(self.cases.opened or self.cases.extended or self.reports.gained)

    @property
    def _failed(self) -> bool:
        return any(counts[o] for counts in self.crawl.sources.values() for o in (Outcome.FAILED, Outcome.BLOCKED))

    def to_json(self) -> dict[str, Any]:
        """Return the summary as the contract of ``crawl --json`` states it, with the later steps added."""
        return {
            **self.crawl.as_dict(),
            "ingested": asdict(self.ingested),
            "scored": self.scored,
            "matched": self.matched,
            "cases": asdict(self.cases),
            "reports": asdict(self.reports),
            **({"screenshots": asdict(self.shots)} if self.shots else {}),
        }

    def describe(self) -> str:
        """Return the summary in Vietnamese, as an inspector reads it."""
        if self.interrupted:
            return f"{describe_crawl(self.crawl)}\nĐã dừng giữa chừng; các trang đã lưu vẫn còn nguyên."
        return f"{describe_crawl(self.crawl)}\n{self.describe_after()}"

    def describe_after(self) -> str:
        """Return what was done after the crawl, in Vietnamese."""
        done, cases = self.ingested, self.cases
        lines = [
            f"Quảng cáo: {done.new} mới, {done.changed} thay đổi, {done.seen_again} không đổi, "
            f"{done.withdrawn} đã gỡ" + (f", {done.unreadable} không đọc được." if done.unreadable else "."),
            f"Đã chấm {self.scored} quảng cáo; đã đối chiếu danh bạ {self.matched} quảng cáo.",
            f"Vụ việc: {cases.opened} mới, {cases.extended} được bổ sung, tổng cộng {cases.total}.",
        ]
        if self.reports.total:
            lines.append(self.reports.describe())
        if self.shots:
            lines.append(self.shots.describe())
        if self.registry == "none":
            lines.append("Chưa nhập danh bạ giấy phép: chưa đối chiếu được người hành nghề và cơ sở.")
        if not self.changed:
            but = " Các địa chỉ có lỗi nêu trên vẫn chưa thu thập được." if self._failed else ""
            lines.append(f"Không có gì thay đổi so với lần chạy trước.{but}")
        return "\n".join(lines)


def run_whole(
    engine: Engine,
    sources: Sequence[Source],
    data: Path,
    *,
    workers: int | None = None,
    spec: str = DEFAULT,
    progress: Progress,
) -> Whole:
    """Crawl ``sources`` and bring everything after it up to date, also where none is due."""
    if not sources:
        return update(engine, data, nothing_due(), workers=workers, spec=spec, progress=progress)
    with progress("captured") as show, Following(engine, data / "evidence") as following:

        def settled(one: CrawlProgress) -> None:
            following.note(one)
            show(one.settled)

        crawled = crawl(sources, data / "evidence", on_progress=settled)
    if crawled.interrupted:  # who asks to stop does not want hours of scoring first
        record_run(engine, crawled.run, _summary(crawled), RunStatus.INTERRUPTED)
        return Whole(crawled)
    done = update(engine, data, crawled, following.done, workers=workers, spec=spec, progress=progress)
    pictured = [source for source in sources if source.screenshots != "none"]
    if not pictured:
        return done
    with progress("screenshots") as show:
        return replace(done, shots=shoot_flagged(engine, pictured, data, current_versions(engine), show))


def update(
    engine: Engine,
    data: Path,
    crawled: CrawlSummary,
    already: Ingested | None = None,
    *,
    workers: int | None,
    spec: str,
    progress: Progress,
) -> Whole:
    """Do what remains after a crawl: ingest, group, score, match, cases. The run is recorded as done at the end.

    ``already`` is what was ingested during the crawl.
    """
    with executor(workers) as pool:
        with progress("ingested") as show:
            ingested = (already or Ingested()) + ingest(engine, data / "evidence", pool, show)
        with progress("compared") as show:
            group_texts(engine, show)
        with progress("scored") as show:
            scored = score_stage(engine, pool, spec, show)
    checker = stored_checker(engine)
    # One thread: the matcher's index is large, and a copy per process would cost more than it saves.
    with progress("matched") as show, executor(1) as single:
        matched = match_stage(engine, checker, single, spec, show)
    versions = (backend_version(spec), match_version(checker, spec))
    cases = case_stage(engine, versions)
    reports = link_reports(engine)
    basis = {"versions": list(versions), "registry": describe_snapshot(engine)}
    _record_basis(engine, crawled, basis)
    return Whole(crawled, ingested, scored, matched, cases, registry_version(engine), reports=reports)


def _record_basis(engine: Engine, crawled: CrawlSummary, basis: dict[str, Any]) -> None:
    """Store that the run is done and what its cases stand on; where nothing was due, with the newest run."""
    if crawled.run:
        record_run(engine, crawled.run, _summary(crawled) | basis, RunStatus.DONE)
        return
    newest = next(iter(known_runs(engine)), None)
    if newest is not None:
        record_run(engine, newest.id, newest.summary | basis, newest.status)


def _summary(crawled: CrawlSummary) -> dict[str, object]:
    """Return what is stored of a crawl: its counts, and the head of the evidence log as an anchor outside of it."""
    return crawled.as_dict() | {"head": [crawled.head.seq, crawled.head.hash]}


def stored_checker(engine: Engine) -> Checker:
    """Build the checker over the imported registry, or one that only finds mentions where none was imported."""
    return Checker(
        stored_matcher(engine),
        load_policy(),
        registry_version(engine),
        confirmations=load_registry(engine, RegistryKind.CONFIRMATIONS),
        prices=load_registry(engine, RegistryKind.PRICES),
    )


def stored_matcher(engine: Engine) -> Matcher | None:
    """Build the matcher over the imported registry; ``None`` where nothing was imported."""
    practitioners = load_registry(engine, RegistryKind.PRACTITIONERS)
    facilities = load_registry(engine, RegistryKind.FACILITIES)
    return Matcher(practitioners, facilities) if practitioners or facilities else None


def current_versions(engine: Engine) -> tuple[str, str]:
    """Return the (score, match) versions of the last run that built cases; before any, those of the default classifier.

    What people read, list and export is in these versions, whatever was installed or imported since.
    """
    return _basis(engine)[0]


def _basis(engine: Engine) -> tuple[tuple[str, str], str]:
    """Return the versions of the last run that built cases, and how the registry that it asked is described."""
    basis = next((run.summary for run in known_runs(engine) if "versions" in run.summary), None)
    if basis is None:
        versions = (backend_version(DEFAULT), match_version(stored_checker(engine), DEFAULT))
        return versions, describe_snapshot(engine)
    score, match = basis["versions"]
    return (score, match), basis["registry"]


def dossier_of(engine: Engine, case_id: int) -> Dossier:
    """Gather the file of one case, in the versions of classifier, policy, matcher and registry that built it.

    A registry that was imported since, or a newer classifier, speaks in the file once ``medad run`` has asked it.
    """
    return dossier(engine, case_id, *_basis(engine))
