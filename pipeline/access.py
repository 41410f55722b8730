"""The record of access: who saw, took out or removed what, when, and by which way. It is only ever added to."""

import getpass
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.tables import AccessRecord
from models.vocabulary import Queue
from pipeline.clock import VIETNAM
from pipeline.queues import QUEUE_VI


class Via(StrEnum):
    """By which way something was done."""

    WEB = "web"
    CLI = "cli"


def record_access(
    engine: Engine,
    who: str,
    via: str,
    action: str,
    *,
    role: str = "",
    subject: tuple[str, str | int] = ("", ""),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add that ``who`` did ``action`` to ``subject`` (kind, id), in a transaction of its own.

    Record before what was asked for is handed out: nobody then sees anything that was not written down.
    """
    with Session(engine) as session:
        add_access(session, who, via, action, role=role, subject=subject, details=details)
        session.commit()


def add_access(
    session: Session,
    who: str,
    via: str,
    action: str,
    *,
    role: str = "",
    subject: tuple[str, str | int] = ("", ""),
    details: Mapping[str, Any] | None = None,
) -> None:
    """Do as ``record_access`` within the caller's transaction: what is recorded and what was done stand or fall."""
    kind, subject_id = subject
    session.add(
        AccessRecord(
            who=who or "unknown",
            role=role,
            via=str(via),
            action=action,
            subject_kind=kind,
            subject_id=str(subject_id),
            details=dict(details or {}),
        )
    )


def accesses(engine: Engine, subject: tuple[str, str | int] | None = None, limit: int = 1000) -> Sequence[AccessRecord]:
    """Return the latest records, newest first; only those of ``subject`` where it is given."""
    query = select(AccessRecord).order_by(col(AccessRecord.at).desc(), col(AccessRecord.id).desc()).limit(limit)
    if subject is not None:
        query = query.where(AccessRecord.subject_kind == subject[0], AccessRecord.subject_id == str(subject[1]))
    with Session(engine) as session:
        return session.exec(query).all()


def access_rows(engine: Engine, subject: tuple[str, str | int] | None, limit: int) -> list[dict[str, Any]]:
    """Return the latest records as plain values, newest first."""
    return [
        {
            "at": row.at.isoformat(timespec="seconds"),
            "who": row.who,
            "role": row.role,
            "via": row.via,
            "action": row.action,
            "subject": [row.subject_kind, row.subject_id],
            "details": row.details,
        }
        for row in accesses(engine, subject, limit)
    ]


#: What an action is called in Vietnamese; another is shown by its own name.
ACTION_VI: Mapping[str, str] = {
    "sign_in": "đăng nhập",
    "sign_in_failed": "đăng nhập không thành công",
    "sign_out": "đăng xuất",
    "password_changed": "đổi mật khẩu",
    "view_ad": "xem tin quảng cáo",
    "answer_ad": "trả lời về tin quảng cáo",
    "undo": "hoàn tác câu trả lời",
    "view_screenshot": "xem ảnh chụp",
    "view_case": "xem vụ việc",
    "case_step": "thực hiện bước trong vụ việc",
    "export_dossier": "xuất hồ sơ vụ việc",
    "view_reporter": "xem thông tin người phản ánh",
    "account_added": "tạo tài khoản",
    "account_disabled": "ngừng tài khoản",
    "view_dashboard": "xem tổng quan",
    "view_access": "xem nhật ký truy cập",
    "export_access": "xuất nhật ký truy cập",
    "audit_drawn": "rút mẫu kiểm tra ngẫu nhiên",
    "audit_draw": "rút mẫu kiểm tra ngẫu nhiên",
    "triage": "đọc tin theo hàng đợi",
    "labels_export": "xuất nhãn từ kết quả đọc",
    "evidence_export": "xuất gói chứng cứ",
    "evidence_prune": "xóa nội dung theo thời hạn lưu giữ",
    "refused": "bị từ chối do không đủ quyền",
}

#: What was seen or handled, by its kind; ``{}`` is its number or name.
_ABOUT_VI: Mapping[str, str] = {
    "account": "tài khoản {}",
    "advertisement": "tin số {}",
    "audit": "mẫu kiểm tra số {}",
    "audit_sample": "mẫu kiểm tra số {}",
    "capture": "bản lưu số {}",
    "case": "vụ việc số {}",
    "evidence": "chứng cứ trước ngày {}",
    "labels": "nhãn từ kết quả đọc",
    "path": "địa chỉ {}",
    "queue": "hàng đợi: {}",
}


def about_vi(kind: str, subject: str) -> str:
    """Return what an action was about, in Vietnamese; empty where it was about nothing in particular.

    A kind without a name here stands as it is.
    """
    if not subject and kind != "labels":
        return ""
    if kind == "queue" and subject in set(Queue):
        subject = QUEUE_VI[Queue(subject)]
    # never str.format on a subject: it may come out of an address that a stranger typed
    return _ABOUT_VI.get(kind, f"{kind} {{}}").replace("{}", subject).strip()


def describe_access(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the records in Vietnamese, one a line."""
    lines = []
    for row in rows:
        at = datetime.fromisoformat(row["at"]).astimezone(VIETNAM)
        kind, subject = row["subject"]
        lines.append(
            f"{at:%d/%m/%Y %H:%M:%S}  {_printable(row['who'])}  {ACTION_VI.get(row['action'], row['action'])}  "
            f"{_printable(about_vi(kind, subject))}  ({row['via']})"
        )
    return "\n".join(lines) or "Chưa có lượt truy cập nào được ghi."


def _printable(text: str) -> str:
    """Return text without what would steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def local_user() -> str:
    """Return the name of whoever runs the command (``MEDAD_USER``, else that of the system)."""
    named = os.environ.get("MEDAD_USER", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"uid {os.getuid()}"
