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
from pipeline.clock import VIETNAM


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
_ACTIONS_VI = {
    "evidence_export": "xuất gói chứng cứ",
    "evidence_prune": "xóa nội dung theo thời hạn lưu giữ",
    "export_dossier": "xuất hồ sơ vụ việc",
    "export_access": "xuất nhật ký truy cập",
    "labels_export": "xuất nhãn đã đọc",
    "view_case": "xem vụ việc",
    "view_ad": "xem tin quảng cáo",
    "view_reporter": "xem thông tin người phản ánh",
}


def describe_access(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the records in Vietnamese, one a line."""
    lines = []
    for row in rows:
        at = datetime.fromisoformat(row["at"]).astimezone(VIETNAM)
        kind, subject = row["subject"]
        about = {"case": f"vụ việc số {subject}", "evidence": f"chứng cứ trước ngày {subject}"}.get(kind, subject)
        lines.append(
            f"{at:%d/%m/%Y %H:%M:%S}  {_printable(row['who'])}  {_ACTIONS_VI.get(row['action'], row['action'])}  "
            f"{_printable(about)}  ({row['via']})"
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
