"""Rows → leads → cases → rows, and the dossier of one case. Only the machine's own part of a case is rewritten.

Status, decisions and whatever a human said stay as they are: the machine adds advertisements, keys and reasons, and
refreshes priority and subject.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from cases.dossier import render_csv, render_docx, render_html, render_json, render_table
from cases.linking import build_cases
from cases.triage import Decision
from cases.types import CaseDraft, CaseRow, Dossier, ExistingCase, KeyKind, Lead, Link, LinkKey, Priority, PriorityPart
from classifier.policy import load_policy
from models import tables
from models.database import insert_missing, session
from models.errors import InputError
from models.vocabulary import CaseStatus, Code
from pipeline.clock import today
from pipeline.ingest import evidence_head
from pipeline.leads import LeadReader
from pipeline.lines import write_bytes_whole


@dataclass(frozen=True, slots=True)
class CaseChanges:
    """What a rebuild did: cases opened, cases that gained advertisements, cases in all."""

    opened: int = 0
    extended: int = 0
    total: int = 0


def case_stage(engine: Engine, versions: tuple[str, str]) -> CaseChanges:
    """Group the leads of the given (score, match) versions into cases. Repeating it changes nothing."""
    with session(engine) as opened:
        drafts = build_cases(
            LeadReader(opened, versions).current(),
            _existing(opened),
            today=today(),
            limitation_years=load_policy().limitation_years,
        )
        stored = [_store(opened, draft) for draft in drafts]
        _set_aside(opened, {row.case_id for row in stored})
        total = opened.exec(select(func.count()).select_from(tables.Case)).one()
    created = sum(row.created for row in stored)
    return CaseChanges(created, sum(row.gained and not row.created for row in stored), total)


def _existing(opened: Session) -> list[ExistingCase]:
    keys: dict[int, set[tuple[KeyKind, str]]] = defaultdict(set)
    for key in opened.exec(select(tables.CaseKey)):
        keys[key.case_id].add((KeyKind(key.kind), key.value))
    ads: dict[int, set[int]] = defaultdict(set)
    for link in opened.exec(select(tables.CaseLink)):
        ads[link.case_id].add(link.advertisement_id)
    return [
        ExistingCase(case.id, frozenset(keys[case.id]), frozenset(ads[case.id]), case.status)
        for case in opened.exec(select(tables.Case).order_by(col(tables.Case.id)))
        if case.id is not None
    ]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What became of one draft."""

    case_id: int
    created: bool
    gained: bool


def _store(opened: Session, draft: CaseDraft) -> _Stored:
    case = opened.get(tables.Case, draft.case_id) if draft.case_id is not None else None
    created = case is None
    case = case or tables.Case(subject=draft.subject, subject_kind=draft.subject_kind)
    fields = {
        "subject": draft.subject,
        "subject_kind": draft.subject_kind,
        "priority": draft.priority.value,
        "priority_parts": _priority_rows(draft.priority),
        "codes": [code.value for code in draft.codes],
        "registry_summary": draft.registry_summary,
        "notes": list(draft.notes),
    }
    for name, value in fields.items():
        if name.startswith("subject") and case.status is not CaseStatus.NEW:
            continue  # a person has read the case under this name
        if getattr(case, name) != value:  # assigning an equal list would still write the row
            setattr(case, name, value)
    opened.add(case)
    opened.flush()
    assert case.id is not None
    gained = _link(opened, case.id, draft)
    if gained:
        case.updated_at = datetime.now(UTC)
    return _Stored(case.id, created, gained)


def _priority_rows(priority: Priority) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [asdict(part) for part in priority.parts]
    return [*rows, {"cap_vi": priority.cap_vi}] if priority.cap_vi else rows


def _link(opened: Session, case_id: int, draft: CaseDraft) -> bool:
    known = set(opened.exec(select(tables.CaseLink.advertisement_id).where(tables.CaseLink.case_id == case_id)))
    reasons: dict[int, list[str]] = defaultdict(list)
    for link in draft.links:
        if link.reason not in reasons[link.ad_id]:
            reasons[link.ad_id].append(link.reason)
    fresh = [ad_id for ad_id in draft.ad_ids if ad_id not in known]
    insert_missing(
        opened,
        tables.CaseLink,
        [{"case_id": case_id, "advertisement_id": ad_id, "reasons": reasons[ad_id]} for ad_id in fresh],
    )
    _keep_keys(opened, case_id, draft)
    return bool(fresh)


def _keep_keys(opened: Session, case_id: int, draft: CaseDraft) -> None:
    """Make the stored keys those of the draft: a key that it set aside (shared by strangers) must not join again."""
    wanted = {(key.kind.value, key.value): key.display for key in draft.keys}
    for row in opened.exec(select(tables.CaseKey).where(tables.CaseKey.case_id == case_id)):
        if wanted.pop((row.kind, row.value), None) is None:
            opened.delete(row)
    rows = [
        {"case_id": case_id, "kind": kind, "value": value, "display": shown} for (kind, value), shown in wanted.items()
    ]
    insert_missing(opened, tables.CaseKey, rows)


_NOTHING_LEFT = "Theo phiên bản chấm hiện hành, các quảng cáo của vụ việc không còn dấu hiệu nào; đề nghị xem xét đóng."


def _set_aside(opened: Session, kept: set[int]) -> None:
    """Lower the cases that no human has touched and no current finding supports. They stay: a human closes them."""
    for case in opened.exec(select(tables.Case).where(tables.Case.status == CaseStatus.NEW)):
        if case.id not in kept and case.notes != [_NOTHING_LEFT]:
            case.notes, case.priority = [_NOTHING_LEFT], 0.0


def list_cases(engine: Engine, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the cases as the contract of ``cases list --json`` states them, highest priority first."""
    with session(engine) as opened:
        counted = (
            select(tables.CaseLink.case_id, func.count().label("ads")).group_by(col(tables.CaseLink.case_id)).subquery()
        )
        rows = opened.execute(
            select(tables.Case, func.coalesce(counted.c.ads, 0))
            .join(counted, counted.c.case_id == tables.Case.id, isouter=True)
            .order_by(col(tables.Case.priority).desc(), col(tables.Case.id))
            .limit(limit)
        ).all()
        return [
            {
                "case": case.id,
                "subject": case.subject,
                "status": case.status.value,
                "priority": round(case.priority, 4),
                "advertisements": ads,
                "codes": case.codes,
                "registry": case.registry_summary,
                "opened_at": case.opened_at.isoformat(),
            }
            for case, ads in rows
        ]


def case_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the list of cases as a Vietnamese table for a terminal."""
    lines = [
        CaseRow(
            case_id=row["case"],
            subject=row["subject"],
            status=CaseStatus(row["status"]),
            priority=row["priority"],
            advertisements=row["advertisements"],
            codes=tuple(Code(code) for code in row["codes"]),
            registry=row["registry"],
        )
        for row in rows
    ]
    return render_table(lines, code_names()) if lines else "Chưa có vụ việc nào."


def code_names() -> dict[Code, str]:
    """Return each code's Vietnamese name from the policy."""
    return {code: entry.name_vi for code, entry in load_policy().codes.items()}


def dossier(engine: Engine, case_id: int, versions: tuple[str, str], registry_line: str) -> Dossier:
    """Gather everything that the file of one case holds. Raises ``InputError`` when there is no such case."""
    with session(engine) as opened:
        case = opened.get(tables.Case, case_id)
        if case is None:
            raise InputError(f"there is no case {case_id}.", "List them with: medad cases list")
        links = opened.exec(
            select(tables.CaseLink).where(tables.CaseLink.case_id == case_id).order_by(col(tables.CaseLink.id))
        ).all()
        leads = LeadReader(opened, versions).of(link.advertisement_id for link in links)
        head = evidence_head(engine)
        return Dossier(
            case_id=case_id,
            subject=case.subject,
            subject_kind=case.subject_kind,
            status=case.status,
            opened_at=case.opened_at,
            leads=tuple(leads),
            links=tuple(_links_of(links, leads)),
            priority=_priority(case),
            history=tuple(_history(opened, case_id)),
            notes=tuple(case.notes),
            generated_at=datetime.now(UTC),
            code_names=code_names(),
            registry_summary=case.registry_summary,
            policy_version=load_policy().version,
            classifier_version=versions[0],
            matcher_version=versions[1],
            registry_snapshot=registry_line,
            evidence_head_sha256=head[1] if head else "",
        )


def _links_of(links: Iterable[tables.CaseLink], leads: Sequence[Lead]) -> Iterable[Link]:
    keys = {lead.ad_id: lead.keys[0] for lead in leads if lead.keys}
    for link in links:
        key = keys.get(link.advertisement_id, LinkKey(KeyKind.TEXT, str(link.advertisement_id)))
        for reason in link.reasons:
            yield Link(link.advertisement_id, key, reason)


def _priority(case: tables.Case) -> Priority:
    parts = [PriorityPart(**part) for part in case.priority_parts if "cap_vi" not in part]
    cap = next((part["cap_vi"] for part in case.priority_parts if "cap_vi" in part), "")
    return Priority(case.priority, tuple(parts), cap)


def _history(opened: Session, case_id: int) -> Iterable[Decision]:
    rows = opened.exec(
        select(tables.Decision).where(tables.Decision.case_id == case_id).order_by(col(tables.Decision.id))
    ).all()
    before = CaseStatus.NEW
    for row in rows:
        after = CaseStatus(row.action)
        yield Decision(case_id, before, after, row.decided_by, row.decided_at, row.reason)
        before = after


_RENDER: Mapping[str, Callable[[Dossier], str | bytes]] = {
    "html": render_html,
    "docx": render_docx,
    "json": render_json,
    "csv": render_csv,
}


def export(file: Dossier, form: str, output: Path) -> Path:
    """Write the dossier. Raises ``InputError`` or ``DiskFullError`` when the file cannot be written."""
    rendered = _RENDER[form](file)
    content = rendered.encode("utf-8", "replace") if isinstance(rendered, str) else rendered
    write_bytes_whole(output, content)
    return output
