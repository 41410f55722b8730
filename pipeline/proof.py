"""``medad evidence verify``: the evidence on disk against itself, and against what the database knows of it."""

from pathlib import Path

from sqlalchemy import make_url

from crawler.chain import read_log
from crawler.verify import VerifyReport, verify
from models.database import open_database
from models.errors import EvidenceError, InputError
from pipeline.ingest import evidence_head


def verify_evidence(db: str, evidence: Path, run: str | None) -> VerifyReport:
    """Verify everything under ``evidence``; a database that followed it serves as an anchor outside the folder.

    A log that was cut off at its end is consistent in itself: only the anchor shows it. Raises ``EvidenceError`` naming
    the first broken record, ``InputError`` where there is nothing to verify.
    """
    if not evidence.is_dir():
        raise InputError(f"there is no evidence in {evidence}.", "Name the data folder with --data.")
    if run is not None and all(event["run"] != run for event, _ in read_log(evidence)):
        raise InputError(f"the evidence in {evidence} holds no run {run}.", "Leave the run out to verify all.")
    report = verify(evidence, run, expected_head=_anchor(db))
    if not report.ok:
        raise EvidenceError(report.problem, "Keep the folder as it is, and compare it with a copy.")
    return report


def describe_report(report: VerifyReport) -> str:
    """Return in Vietnamese what was verified, and the head of the chain to write down elsewhere."""
    return (
        f"Chứng cứ nguyên vẹn: {report.lines} dòng nhật ký, {report.records} bản ghi WARC trong {report.files} tệp "
        f"({report.bytes / 1e6:.1f} MB) đều khớp mã băm và đúng thứ tự.\n"
        f"Dòng cuối chuỗi: số {report.head.seq}, SHA-256 {report.head.hash}\n"
        "Nên ghi lại dòng này ở nơi khác: nó cho thấy nếu nhật ký bị cắt bớt về sau."
    )


def _anchor(db: str) -> tuple[int, str] | None:
    url = make_url(db)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        return None  # verifying must not create a database
    engine = open_database(db)
    try:
        return evidence_head(engine)
    finally:
        engine.dispose()
