"""Everything after collecting: ingest, score, match, cases, reports. What ``medad update`` does, without any crawl."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from classifier.backends import DEFAULT
from models.vocabulary import RunStatus
from pipeline.casework import CaseChanges, case_stage
from pipeline.duplicates import group_texts
from pipeline.ingest import Ingested, ingest, record_run
from pipeline.registers import describe_snapshot, registry_version
from pipeline.report_links import Linked, link_reports
from pipeline.runner import executor
from pipeline.scoring import backend_version
from pipeline.stages import match_stage, match_version, score_stage
from pipeline.whole import Progress, stored_checker


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What an update did, step by step."""

    run: str
    ingested: Ingested = field(default_factory=Ingested)
    scored: int = 0
    matched: int = 0
    cases: CaseChanges = field(default_factory=CaseChanges)
    reports: Linked = field(default_factory=Linked)
    registry: str = "none"

    @property
    def changed(self) -> bool:
        """Return whether this update found anything to do."""
        done = (self.ingested.events, self.scored, self.matched, self.cases.opened, self.cases.extended)
        return any(done) or self.reports.gained > 0

    def to_json(self) -> dict[str, Any]:
        """Return the summary for machines."""
        found = asdict(self)
        return {name: found[name] for name in ("run", "ingested", "scored", "matched", "cases", "reports")}

    def describe(self) -> str:
        """Return the summary in Vietnamese, as an inspector reads it."""
        done, cases = self.ingested, self.cases
        lines = [
            f"Quảng cáo: {done.new} mới, {done.changed} thay đổi, {done.seen_again} không đổi, {done.withdrawn} đã gỡ"
            + (f", {done.unreadable} không đọc được." if done.unreadable else "."),
            f"Đã chấm {self.scored} quảng cáo; đã đối chiếu danh bạ {self.matched} quảng cáo.",
            f"Vụ việc: {cases.opened} mới, {cases.extended} được bổ sung, tổng cộng {cases.total}.",
        ]
        if self.reports.total:
            gained = f"; {self.reports.gained} phản ánh vừa được gắn thêm" if self.reports.gained else ""
            lines.append(
                f"Phản ánh của người dân: {self.reports.total}, đã gắn với vụ việc {self.reports.with_case}{gained}."
            )
        if self.registry == "none":
            lines.append("Chưa nhập danh bạ giấy phép: chưa đối chiếu được người hành nghề và cơ sở.")
        if not self.changed:
            lines.append("Không có gì thay đổi so với lần chạy trước.")
        return "\n".join(lines)


def refresh(engine: Engine, data: Path, *, workers: int | None, spec: str = DEFAULT, progress: Progress) -> Refreshed:
    """Bring the database up to the evidence, and scores, matches, cases and reports up to the database.

    Every step goes on where it stood; repeating it changes nothing. The caller holds the data folder.
    """
    with executor(workers) as pool:
        with progress("ingested") as show:
            ingested = ingest(engine, data / "evidence", pool, show)
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
    linked = link_reports(engine)
    run = f"update-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    done = Refreshed(run, ingested, scored, matched, cases, linked, registry_version(engine))
    basis = {"versions": list(versions), "registry": describe_snapshot(engine)}
    record_run(engine, run, done.to_json() | basis, RunStatus.DONE, "update")
    return done
