"""``medad evidence``: the evidence against itself, against what the database knows of it, and out of the house."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, make_url
from sqlmodel import Session, col, select

from crawler.chain import LOG_NAME, read_log
from crawler.manifest import Manifest, latest, sign
from crawler.signing import SigningKey, keys_folder, load_key, make_key
from crawler.timestamp import Stamp, load_roots, stamp
from crawler.verify import VerifyReport, verify
from crawler.wacz import Exported, Package, PageEntry
from crawler.wacz import export as write_wacz
from models import tables
from models.database import open_database, session
from models.errors import EvidenceError, InputError
from pipeline.access import Via, local_user, record_access
from pipeline.clock import VIETNAM
from pipeline.ingest import evidence_head
from pipeline.sizes import size_of


def set_up(data: Path) -> tuple[SigningKey, bool]:
    """Make the data folder and its signing key where they are missing; say whether the key was made now."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{data} cannot be made: {error.strerror}.", "Name another folder with --data.") from error
    return make_key(keys_folder(data / "evidence"))


def signing_key(data: Path) -> SigningKey:
    """Return the key of the data folder. Raises ``InputError`` where none was made."""
    key = load_key(keys_folder(data / "evidence"))
    if key is None:
        raise InputError(f"there is no signing key in {data}.", "Make one: medad init")
    return key


def _evidence(data: Path) -> Path:
    evidence = data / "evidence"
    if not (evidence / LOG_NAME).is_file():
        raise InputError(f"there is no evidence in {evidence}.", "Name the data folder with --data.")
    return evidence


def sign_evidence(data: Path) -> Manifest:
    """Sign what the evidence is now (``crawler.manifest.sign``)."""
    return sign(_evidence(data), signing_key(data))


def stamp_evidence(data: Path, url: str, authority: Path | None) -> tuple[Manifest, Stamp]:
    """Have the newest state of the evidence signed, and that manifest time-stamped by ``url``."""
    roots = load_roots(authority) if authority else None
    evidence, key = _evidence(data), signing_key(data)
    sign(evidence, key)
    manifest = latest(evidence, key.public)
    assert manifest is not None
    return manifest, stamp(evidence, manifest, url, roots)


def verify_evidence(
    db: str, evidence: Path, run: str | None, key: Path | None = None, authority: Path | None = None
) -> tuple[VerifyReport, bool]:
    """Verify everything under ``evidence``; say also whether a database served as an anchor outside the folder.

    A log that was cut off at its end is consistent in itself: only the anchor shows it. Raises ``EvidenceError`` naming
    the first broken record, ``InputError`` where there is nothing to verify.
    """
    if not evidence.is_dir():
        raise InputError(f"there is no evidence in {evidence}.", "Name the data folder with --data.")
    if run is not None and all(event["run"] != run for event, _ in read_log(evidence)):
        raise InputError(f"the evidence in {evidence} holds no run {run}.", "Leave the run out to verify all.")
    anchor = _anchor(db)
    report = verify(evidence, run, expected_head=anchor, key=key, roots=authority)
    if not report.ok:
        raise EvidenceError(report.problem, "Keep the folder as it is, and compare it with a copy.")
    return report, anchor is not None


def _anchor(db: str) -> tuple[int, str] | None:
    url = make_url(db)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        return None  # verifying must not create a database
    engine = open_database(db)
    try:
        return evidence_head(engine)
    finally:
        engine.dispose()


def report_json(report: VerifyReport, anchored: bool) -> dict[str, Any]:
    """Return a verification as the command prints it with ``--json``."""
    return {
        **asdict(report),
        "anchored": anchored,
        "checked": checked(report, anchored),
        "unchecked": unchecked(report, anchored),
    }


def describe_report(report: VerifyReport, anchored: bool = False) -> str:
    """Return in Vietnamese what was verified and what was not, and the head of the chain to write down elsewhere."""
    lines = [
        f"Chứng cứ nguyên vẹn: {report.lines} dòng nhật ký, {report.records} bản ghi WARC trong {report.files} tệp "
        f"({size_of(report.bytes)}) đều khớp mã băm và đúng thứ tự.",
        f"Dòng cuối chuỗi: số {report.head.seq}, SHA-256 {report.head.hash}",
        "Nên ghi lại dòng này ở nơi khác: nó cho thấy nếu nhật ký bị cắt bớt về sau.",
        "Đã kiểm tra:",
        *(f"  - {line}" for line in checked(report, anchored)),
        "Chưa kiểm tra, hoặc không kiểm tra được:",
        *(f"  - {line}" for line in unchecked(report, anchored)),
    ]
    return "\n".join(lines)


def checked(report: VerifyReport, anchored: bool) -> list[str]:
    """Return in Vietnamese, point by point, what was checked and found in order."""
    said = [f"Chuỗi mã băm của cả {report.lines} dòng nhật ký; từng byte và từng mã băm của {report.records} bản ghi."]
    if anchored:
        said.append("Nhật ký khớp với dòng mà cơ sở dữ liệu đã ghi nhận.")
    if report.manifests:
        said.append(
            f"{report.manifests} bản kê chứng cứ khớp với nhật ký và các tệp; "
            f"{report.signatures} chữ ký số Ed25519 hợp lệ (đến dòng {report.signed})."
        )
    said += [f"Khóa đã dùng, vân tay SHA-256: {key}" for key in report.keys]
    for stated in report.stamps:
        at = stated.at.astimezone(VIETNAM).strftime("%H:%M:%S ngày %d/%m/%Y")
        how = "đúng bản kê, chữ ký đúng theo chứng thư tin cậy đã nêu" if stated.chain else "đúng bản kê"
        said.append(f"Dấu thời gian {at} (giờ Việt Nam), đơn vị cấp {stated.authority}: {how}.")
    if report.tombstones:
        said.append(
            f"{report.tombstones} bản ghi đã xóa nội dung theo thời hạn lưu giữ, đúng như nhật ký nêu; mã băm vẫn còn."
        )
    return said


def unchecked(report: VerifyReport, anchored: bool) -> list[str]:
    """Return in Vietnamese, point by point, what was not checked, or cannot be."""
    said = []
    if not report.manifests:
        said.append(
            "Chưa có bản kê ký số (medad init rồi medad evidence sign): chưa chứng minh được ai đã lập chứng cứ."
        )
    elif report.signed < report.last_event:
        said.append(f"Các dòng nhật ký từ dòng {report.signed + 1} đến dòng {report.last_event} chưa có chữ ký hợp lệ.")
    said += [f"Chữ ký của khóa {key[:16]}…: không có khóa công khai tương ứng." for key in report.unknown_keys]
    if report.keys and not report.given:
        said.append(
            "Khóa công khai lấy từ chính thư mục dữ liệu: hãy đối chiếu vân tay với bản lưu ở nơi khác, "
            "hoặc nêu tệp khóa bằng --key."
        )
    said += _unchecked_stamps(report)
    if not anchored:
        said.append("Không có cơ sở dữ liệu để đối chiếu: nhật ký bị cắt ở cuối sẽ không lộ ra.")
    if report.pending:
        said.append(
            f"Việc xóa {report.pending} bản ghi đã ghi vào nhật ký nhưng bị ngắt: chạy lại medad evidence prune."
        )
    if report.leftovers:
        said.append(f"{len(report.leftovers)} tệp dở dang do bị ngắt, không có giá trị chứng minh.")
    said.append("Nội dung trang có đúng sự thật không, và máy chủ có trả cùng nội dung cho người khác không.")
    return said


def _unchecked_stamps(report: VerifyReport) -> list[str]:
    if report.unread_stamps:
        return [f"{report.unread_stamps} dấu thời gian: chưa cài gói đọc dấu thời gian (pip install medad[timestamp])."]
    if not report.stamps:
        return ["Chưa có dấu thời gian của bên thứ ba: thời điểm dựa theo đồng hồ của máy thu thập."]
    if not all(stated.chain for stated in report.stamps):
        return ["Đơn vị cấp dấu thời gian có đúng là đơn vị nêu tên không: nêu chứng thư gốc bằng --ca."]
    return []


def export_case(engine: Engine, data: Path, case_id: int, output: Path) -> Exported:
    """Write the evidence of one case as a WACZ file, and record who took it out.

    Raises ``InputError`` (no such case, nothing captured), ``EvidenceError``, ``DiskFullError``.
    """
    evidence, key = _evidence(data), signing_key(data)
    package = _package(engine, case_id)
    who = local_user()
    record_access(engine, who, Via.CLI, "evidence_export", subject=("case", case_id), details={"file": str(output)})
    return write_wacz(evidence, package, key, output)


def _package(engine: Engine, case_id: int) -> Package:
    with session(engine) as opened:
        case = opened.get(tables.Case, case_id)
        if case is None:
            raise InputError(f"there is no case {case_id}.", "List them with: medad cases list")
        ads = opened.exec(
            select(tables.Advertisement)
            .join(tables.CaseLink, col(tables.CaseLink.advertisement_id) == tables.Advertisement.id)
            .where(tables.CaseLink.case_id == case_id)
            .order_by(col(tables.CaseLink.id))
        ).all()
        captures = {c.id: c for ad in ads for c in captures_of(opened, ad)}
        if not captures:
            raise InputError(f"case {case_id} has no captured page.", "It rests on imported texts only.")
        pages = [
            PageEntry(ad.url, ad.title, captures[ad.capture_id].captured_at) for ad in ads if ad.capture_id in captures
        ]
        return Package(
            name=f"vu-viec-{case_id}",
            title=f"vụ việc số {case_id} ({case.subject})",
            seqs=frozenset(c.seq for c in captures.values()),
            pages=pages,
        )


def captures_of(opened: Session, ad: tables.Advertisement) -> list[tables.Capture]:
    """Return every capture of an advertisement's address and of the pictures that show it, oldest first."""
    by_url = select(tables.Capture).where(
        (col(tables.Capture.url) == ad.url)
        | (col(tables.Capture.about) == ad.url)
        | (col(tables.Capture.id) == ad.capture_id)
    )
    return list(opened.exec(by_url.order_by(col(tables.Capture.seq))))


def describe_export(done: Exported) -> str:
    """Return in Vietnamese what was written."""
    stamped = f", kèm {done.stamps} dấu thời gian" if done.stamps else ", chưa có dấu thời gian"
    gone = f" ({done.removed} bản ghi đã xóa nội dung theo thời hạn lưu giữ)" if done.removed else ""
    return (
        f"Đã ghi {done.file}: {done.records} bản ghi{gone}, {done.lines} dòng nhật ký, {size_of(done.bytes)}; "
        f"chứng minh bằng bản kê {done.manifest}{stamped}.\nSHA-256 của tệp: {done.sha256}\n"
        "Người nhận xem proof/HUONG-DAN-KIEM-TRA.txt trong gói để tự kiểm tra."
    )
