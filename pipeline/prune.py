"""``medad evidence prune``: the retention rule. What an open case cites stays; what goes is logged and recorded."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, select

from crawler.chain import read_log
from crawler.manifest import sign
from crawler.prune import Cited, PruneReport, choose, prune
from crawler.tombstones import Order
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import CaseStatus
from pipeline.access import Via, record_access
from pipeline.clock import VIETNAM, today
from pipeline.proof import signing_key
from pipeline.sizes import size_of

#: Cases of these states are over: what they cite may go.
OVER = (CaseStatus.DISMISSED, CaseStatus.CLOSED)

#: Numbers of lines that the record of access names; the log of the evidence names them all.
_NAMED = 1_000


def prune_evidence(
    engine: Engine, data: Path, before: date, *, by: str, reason: str, dry_run: bool = False
) -> PruneReport:
    """Remove every body that was last seen before ``before`` (Vietnam's midnight) and that no open case cites.

    The caller holds the data folder. ``dry_run`` counts only. Raises ``InputError``, ``EvidenceError``.
    """
    if before > today():
        raise InputError(f"{before} lies in the future.", "Name a day that is over.")
    evidence = data / "evidence"
    moment = datetime.combine(before, time.min, VIETNAM)
    cited = _cited(engine, evidence)
    _, planned = choose(evidence, moment, cited)
    if dry_run:
        return planned
    key = signing_key(data)
    order = Order(before.isoformat(), by, reason, datetime.now(UTC).isoformat(timespec="seconds"))
    details = {"reason": reason, "records": planned.removed, "bytes": planned.bytes, "lines": planned.seqs[:_NAMED]}
    record_access(engine, by, Via.CLI, "evidence_prune", subject=("evidence", before.isoformat()), details=details)
    done = prune(evidence, moment, cited, order, key)
    sign(evidence, key)
    return done


def _cited(engine: Engine, evidence: Path) -> Cited:
    """Return what open cases rest on. Raises ``InputError`` where the database is not the one of this evidence."""
    with session(engine) as opened:
        known = _known(opened, evidence)
        ads = (
            select(tables.Advertisement.url, tables.Advertisement.capture_id)
            .join(tables.CaseLink, col(tables.CaseLink.advertisement_id) == tables.Advertisement.id)
            .join(tables.Case, col(tables.Case.id) == tables.CaseLink.case_id)
            .where(_is_open())
            .distinct()
        )
        rows = opened.exec(ads).all()
        urls = {url for url, _ in rows} | set(
            opened.exec(
                select(tables.Takedown.url)
                .join(tables.Case, col(tables.Case.id) == tables.Takedown.case_id)
                .where(_is_open())
            )
        )
        wanted = {capture_id for _, capture_id in rows}
        pictures = select(tables.Capture.id, tables.Capture.seq, tables.Capture.about)
        seqs = {seq for number, seq, about in opened.exec(pictures) if number in wanted or about in urls}
    return Cited(seqs, urls, known)


def _is_open() -> ColumnElement[bool]:
    return col(tables.Case.status).not_in(OVER) | col(tables.Case.merged_into_id).is_not(None)


def _known(opened: Session, evidence: Path) -> int:
    """Return the last line of the log that the database has taken in, after holding the two against each other."""
    last = opened.exec(select(tables.Capture).order_by(col(tables.Capture.seq).desc())).first()
    if last is None:
        return 0
    standing = next(read_log(evidence, after=last.seq - 1), None)
    if standing is None or standing[1].hash != last.entry_sha256:
        raise InputError(
            f"the evidence in {evidence} is not the one that this database was built from.",
            "Name the matching pair with --db and --data.",
        )
    return last.seq


def describe_prune(report: PruneReport, before: date, *, dry_run: bool) -> str:
    """Return in Vietnamese what went (or would go), and what stays and why."""
    verb = "Sẽ xóa" if dry_run else "Đã xóa"
    lines = [
        f"{verb} nội dung của {report.removed} bản ghi ({size_of(report.bytes)}, trong {report.files} tệp) "
        f"thu thập trước ngày {before:%d/%m/%Y} mà không vụ việc nào đang mở viện dẫn.",
        f"Giữ lại: {report.kept_cited} bản ghi do vụ việc đang mở viện dẫn, {report.kept_young} bản ghi còn thời hạn.",
    ]
    if report.kept_unknown:
        lines.append(f"Giữ lại {report.kept_unknown} bản ghi chưa được nhập vào cơ sở dữ liệu: chạy medad run trước.")
    if report.kept_small:
        lines.append(f"Giữ lại {report.kept_small} bản ghi quá nhỏ để thay thế.")
    if report.finished:
        lines.append(f"Đã làm nốt việc xóa {report.finished} bản ghi bị ngắt lần trước.")
    if not dry_run:
        lines.append("Nhật ký, mã băm và bản ghi thay thế vẫn còn; việc xóa đã được ký và ghi vào nhật ký truy cập.")
    return "\n".join(lines)
