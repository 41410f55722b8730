"""Citizens' reports: kept as rows, tied to advertisements and cases; who reported is kept apart and stays apart."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from crawler.imports.columns import REPORT_FIELDS, parse_map
from crawler.imports.items import ImportFormat, Reject, clean
from crawler.imports.keeping import Kept, Lot, keep
from crawler.imports.reports import ReportRow, read_reports
from crawler.manifest import sign_after
from models import tables
from models.database import session
from models.vocabulary import RunStatus
from pipeline.clock import today
from pipeline.importing import Order, describe_rejects, error_path, read_bytes, write_rejects
from pipeline.ingest import record_run
from pipeline.lines import write_whole
from pipeline.report_links import Linked, Uncaptured, link_reports, uncaptured
from registry.values import read_phones

_BATCH = 200
#: Addresses of reports shown in a summary; ``--urls`` writes them all.
_SHOWN = 20


@dataclass(slots=True)
class ReportSummary:
    """What an import of reports did."""

    file: str
    sha256: str
    kept: Kept
    new: int = 0
    known: int = 0
    with_reporter: int = 0
    unused: tuple[str, ...] = ()
    linked: Linked = field(default_factory=Linked)
    uncaptured: Uncaptured = field(default_factory=Uncaptured)
    errors: str = ""
    urls_file: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the summary for machines. It says nothing of who reported."""
        return {
            "run": self.kept.run,
            "format": ImportFormat.CITIZEN_REPORTS.value,
            "file": self.file,
            "sha256": self.sha256,
            "new": self.new,
            "changed": 0,
            "known": self.known,
            "rejected": len(self.kept.rejects),
            "errors": self.errors,
            "unused_columns": list(self.unused),
            "linked_to_advertisements": self.linked.with_ad,
            "linked_to_cases": self.linked.with_case,
            "never_captured": list(self.uncaptured.crawlable),
            "never_captured_on_platforms": list(self.uncaptured.platforms),
            "refused_addresses": list(self.uncaptured.refused),
            "urls": self.urls_file,
        }

    def describe(self) -> str:
        """Return the summary in Vietnamese, as an inspector reads it."""
        lines = [
            f"Đã nhập {self.file} (phản ánh của người dân), lượt {self.kept.run}:",
            f"  {self.new} phản ánh mới, {self.known} đã có từ trước.",
        ]
        if self.with_reporter:
            lines.append(f"  {self.with_reporter} phản ánh có thông tin người gửi: lưu riêng, không đưa vào chứng cứ.")
        if self.unused:
            lines.append(f"  Cột không dùng (không lưu): {', '.join(self.unused[:20])}.")
        lines += describe_rejects(self.kept.rejects, self.errors)
        lines.append(
            f"Toàn bộ {self.linked.total} phản ánh: {self.linked.with_ad} đã gắn với quảng cáo, "
            f"{self.linked.with_case} đã gắn với vụ việc."
        )
        return "\n".join([*lines, *self._addresses()])

    def _addresses(self) -> Iterator[str]:
        found = self.uncaptured
        if found.crawlable:
            yield f"{len(found.crawlable)} địa chỉ được phản ánh mà chưa thu thập:"
            yield from (f"  {url}" for url in found.crawlable[:_SHOWN])
            if len(found.crawlable) > _SHOWN:
                yield f"  … và {len(found.crawlable) - _SHOWN} địa chỉ khác"
            yield (
                f'Danh sách đã ghi vào {self.urls_file}: dùng làm nguồn kind = "page-list".'
                if self.urls_file
                else "Ghi danh sách ra tệp để thu thập: thêm --urls TỆP.txt"
            )
        if found.platforms:
            yield f"{len(found.platforms)} địa chỉ trên mạng xã hội hoặc sàn thương mại (không thu tự động; cần chụp):"
            yield from (f"  {url}" for url in found.platforms[:_SHOWN])
        if found.refused:
            yield f"{len(found.refused)} địa chỉ không thuộc mạng công cộng: không đưa vào danh sách."


def import_reports(
    engine: Engine,
    data: Path,
    order: Order,
    on_progress: Callable[[int], None] | None = None,
) -> ReportSummary:
    """Store the reports of a CSV file. The log of evidence notes the file and its hash, and nothing of its content.

    Importing a file again adds nothing, nor does it bring back who reported where that was deleted. Raises
    ``InputError`` where the file holds no reports.
    """
    given, rejected = parse_map(order.columns, REPORT_FIELDS), error_path(order)
    content = read_bytes(order.path)
    digest = hashlib.sha256(content).hexdigest()
    table = read_reports(content, given, today())
    rows = list(table.rows)
    lot = Lot(ImportFormat.CITIZEN_REPORTS, clean(order.path.name), digest, order.source or "citizen-reports", given)
    kept = keep(data / "evidence", lot, (row for row in rows if isinstance(row, Reject)))
    sign_after(data / "evidence")
    summary = ReportSummary(lot.file, digest, kept, unused=table.unused)
    reports = [row for row in rows if isinstance(row, ReportRow)]
    _store_all(engine, kept.run, reports, summary, on_progress)
    summary.linked = link_reports(engine)
    summary.uncaptured = uncaptured(engine)
    summary.errors = write_rejects(kept.rejects, rejected)
    if order.urls is not None:
        with write_whole(str(order.urls)) as file:
            file.writelines(f"{url}\n" for url in summary.uncaptured.crawlable)
        summary.urls_file = str(order.urls)
    if not kept.again:
        anchor = {"head": [kept.head.seq, kept.head.hash]}
        record_run(engine, kept.run, summary.to_json() | anchor, RunStatus.DONE, "import")
    return summary


def _store_all(
    engine: Engine,
    run: str,
    reports: Sequence[ReportRow],
    summary: ReportSummary,
    on_progress: Callable[[int], None] | None,
) -> None:
    with session(engine) as opened:
        if opened.get(tables.Run, run) is None:
            opened.add(tables.Run(id=run, kind="import"))
    left = iter(_numbered(reports))
    while batch := list(islice(left, _BATCH)):
        with session(engine) as opened:
            for row, digest in batch:
                _store(opened, run, row, digest, summary)
        if on_progress is not None:
            on_progress(summary.new + summary.known)


def _numbered(reports: Iterable[ReportRow]) -> Iterator[tuple[ReportRow, str]]:
    """Yield each report with its hash. The same words sent twice in one file are two reports; who sent them is not
    part of the hash, so that nothing of a deleted person is left in it."""
    times: Counter[str] = Counter()
    for row in reports:
        said = json.dumps([row.received_on.isoformat(), row.content, row.url, row.subject, row.phone])
        times[said] += 1
        yield row, hashlib.sha256(f"{said}\n{times[said]}".encode()).hexdigest()


def _store(opened: Session, run: str, row: ReportRow, digest: str, summary: ReportSummary) -> None:
    if opened.exec(select(tables.Report.id).where(tables.Report.content_sha256 == digest)).first() is not None:
        summary.known += 1
        return
    phones = read_phones(row.phone)
    report = tables.Report(
        run_id=run,
        received_on=row.received_on,
        content=row.content,
        url=row.url,
        subject=row.subject,
        phone=phones[0] if phones else "",
        content_sha256=digest,
    )
    opened.add(report)
    opened.flush()
    summary.new += 1
    if row.reporter:
        assert report.id is not None
        opened.add(tables.Reporter(report_id=report.id, **row.reporter))
        summary.with_reporter += 1
