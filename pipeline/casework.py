"""Rows → leads → cases → rows, and the dossier of one case. Only the machine's own part of a case is rewritten.

Status, decisions and whatever a human said stay as they are: the machine adds advertisements, keys and reasons, and
refreshes priority and subject.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, or_
from sqlmodel import Session, col, select

from cases.attached import Precedent, Reports
from cases.dossier import render_csv, render_docx, render_html, render_json, render_sweep_csv, render_xlsx
from cases.linking import build_cases
from cases.policy import gravity
from cases.precedents import for_codes, load_precedents
from cases.priority import limitation_ends
from cases.remarks import NEIGHBOURLY, neighbours
from cases.triage import OPEN, RULING_VI, SANCTIONS, Decision, Ruling, Step
from cases.types import CaseDraft, Dossier, ExistingCase, KeyKind, Lead, Link, LinkKey, Prior, Priority, PriorityPart
from cases.wording import local
from classifier.policy import load_policy
from models import tables
from models.database import insert_missing, session
from models.errors import InputError
from models.vocabulary import CaseStatus, Code
from pipeline.case_lists import case_table, code_names, list_cases
from pipeline.clock import today
from pipeline.ingest import evidence_head
from pipeline.leads import LeadReader
from pipeline.lines import write_bytes_whole
from pipeline.printing import print_pdf
from pipeline.takedowns import family, requests_of

__all__ = [
    "CaseChanges",
    "case_stage",
    "case_table",
    "code_names",
    "dossier",
    "export",
    "export_sweep",
    "list_cases",
    "refresh_cases",
]


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
        _tell(opened, drafts, [row.case_id for row in stored])
        _set_aside(opened, {row.case_id for row in stored})
        total = opened.exec(select(func.count()).select_from(tables.Case)).one()
    created = sum(row.created for row in stored)
    return CaseChanges(created, sum(row.gained and not row.created for row in stored), total)


def refresh_cases(opened: Session, case_ids: Iterable[int], *, anew: bool = False) -> None:
    """Bring the machine's part of these cases up to date after a person changed what belongs to them.

    ``anew`` forgets their stored keys, so that those of advertisements that went away go too. Leaves them as they are
    where no run has built cases yet.
    """
    versions = built_with(opened)
    wanted = set(case_ids)
    if versions is None:
        return
    existing = [
        replace(case, keys=frozenset()) if anew and case.case_id in wanted else case for case in _existing(opened)
    ]
    ads = {ad_id for case in existing if case.case_id in wanted for ad_id in case.ad_ids}
    leads = LeadReader(opened, versions).of(ads)
    drafts = build_cases(leads, existing, today=today(), limitation_years=load_policy().limitation_years)
    for draft in drafts:
        _store(opened, draft)
    _tell(opened, drafts, [draft.case_id for draft in drafts if draft.case_id is not None])


def built_with(opened: Session) -> tuple[str, str] | None:
    """Return the (score, match) versions of the latest run that built cases, or ``None``."""
    runs = opened.exec(select(tables.Run).order_by(col(tables.Run.started_at).desc())).all()
    return next(((str(v[0]), str(v[1])) for run in runs if (v := run.summary.get("versions"))), None)


def _existing(opened: Session) -> list[ExistingCase]:
    keys: dict[int, set[tuple[KeyKind, str]]] = defaultdict(set)
    for key in opened.exec(select(tables.CaseKey)):
        keys[key.case_id].add((KeyKind(key.kind), key.value))
    ads: dict[int, set[int]] = defaultdict(set)
    placed: dict[int, set[int]] = defaultdict(set)
    for link in opened.exec(select(tables.CaseLink)):
        ads[link.case_id].add(link.advertisement_id)
        if link.placed_by:
            placed[link.case_id].add(link.advertisement_id)
    apart, priors = _apart(opened), _priors(opened)
    # a merged case is no case any more: its keys and advertisements are the other's
    open_or_done = select(tables.Case).where(col(tables.Case.merged_into_id).is_(None)).order_by(col(tables.Case.id))
    return [
        ExistingCase(
            case.id,
            frozenset(keys[case.id]),
            frozenset(ads[case.id]),
            case.status,
            frozenset(placed[case.id]),
            frozenset(apart[case.id]),
            priors.get(case.id),
            case.subject,
        )
        for case in opened.exec(open_or_done)
        if case.id is not None
    ]


def _priors(opened: Session) -> dict[int, Prior]:
    """Return the standing decision of each case that has one: the latest."""
    rows = select(tables.Decision).where(tables.Decision.action == CaseStatus.DECIDED.value)
    found: dict[int, Prior] = {}
    for row in opened.exec(rows.order_by(col(tables.Decision.id))):
        outcome = str(row.details.get("outcome", ""))
        if row.case_id is None or outcome not in set(Ruling):
            continue
        found[row.case_id] = Prior(
            said=RULING_VI[Ruling(outcome)],
            sanctioned=outcome in SANCTIONS,
            fine_vnd=int(row.details.get("fine_vnd") or 0),
            number=str(row.details.get("decision_number") or ""),
            decided_at=row.decided_at,
        )
    return found


def _apart(opened: Session) -> dict[int, set[int]]:
    """Return for each case those from which a person parted it."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = select(tables.Decision).where(tables.Decision.action == Step.SPLIT.value)
    for row in opened.exec(rows):
        other = row.details.get("from", row.details.get("to"))
        if row.case_id is not None and isinstance(other, int):
            found[row.case_id].add(other)
            found[other].add(row.case_id)
    return found


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


def _tell(opened: Session, drafts: Sequence[CaseDraft], numbers: Sequence[int]) -> None:
    """Write the remarks of the drafts (stored under these numbers), with those on other open cases they resemble."""
    opened.flush()
    open_cases = select(tables.Case).where(col(tables.Case.status).in_(OPEN), col(tables.Case.merged_into_id).is_(None))
    cases = {case.id: case for case in opened.exec(open_cases) if case.id is not None}
    keys: dict[int, list[LinkKey]] = defaultdict(list)
    for row in opened.exec(select(tables.CaseKey).where(col(tables.CaseKey.kind).in_(NEIGHBOURLY))):
        if row.case_id in cases:
            keys[row.case_id].append(LinkKey(KeyKind(row.kind), row.value, row.display))
    apart = _apart(opened)
    known = {number: {*draft.related, *apart[number]} for draft, number in zip(drafts, numbers, strict=True)}
    remarks = neighbours(keys, {number: case.subject for number, case in cases.items()}, known)
    for draft, number in zip(drafts, numbers, strict=True):
        notes = [*draft.notes, *remarks.get(number, ())]
        if cases[number].notes != notes:
            cases[number].notes = notes


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
        around = family(opened, case_id)
        now = datetime.now(UTC)
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
            generated_at=now,
            code_names=code_names(),
            registry_summary=case.registry_summary,
            policy_version=load_policy().version,
            classifier_version=versions[0],
            matcher_version=versions[1],
            registry_snapshot=registry_line,
            evidence_head_sha256=head[1] if head else "",
            assignee=case.assignee,
            limitation_ends=limitation_ends(leads, load_policy().limitation_years) if leads else None,
            requests=tuple(requests_of(opened, around, now)),
            precedents=_precedents(opened, case, leads),
            reports=_reports(opened, around, [lead.ad_id for lead in leads]),
        )


def _precedents(opened: Session, case: tables.Case, leads: Sequence[Lead]) -> tuple[Precedent, ...]:
    """Return past sanctions of similar acts: from the file, and from own cases that were decided."""
    own = _own_precedents(opened, case.id)
    codes = {finding.code for lead in leads for finding in lead.findings}
    domains = {domain for lead in leads for domain in lead.domains}
    return for_codes([*load_precedents(), *own], sorted(codes, key=gravity, reverse=True), domains)


def _own_precedents(opened: Session, case_id: int | None) -> list[Precedent]:
    priors = {number: prior for number, prior in _priors(opened).items() if prior.sanctioned and number != case_id}
    found = []
    for case in opened.exec(select(tables.Case).where(col(tables.Case.id).in_(priors))):
        codes = frozenset(Code(code) for code in case.codes if code in set(Code))
        if case.id is not None and codes:
            prior = priors[case.id]
            on = local(prior.decided_at).date().isoformat()
            found.append(Precedent(on, codes, fine_vnd=prior.fine_vnd, number=prior.number, case_id=case.id))
    return found


def _reports(opened: Session, case_ids: Iterable[int], ad_ids: Sequence[int]) -> Reports:
    """Count the citizens' reports of a case and its advertisements. Nothing of who made them is read."""
    received = func.count(), func.min(tables.Report.received_on), func.max(tables.Report.received_on)
    row = opened.execute(
        select(*received).where(
            or_(col(tables.Report.case_id).in_(list(case_ids)), col(tables.Report.advertisement_id).in_(ad_ids))
        )
    ).one()
    return Reports(*row)


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
    status = CaseStatus.NEW
    for row in rows:
        step = decision_of(row, status)
        yield step
        status = step.after


def decision_of(row: tables.Decision, before: CaseStatus) -> Decision:
    """Return one stored step of a case that stood at ``before``. An action that no state is leaves it there."""
    assert row.case_id is not None
    details = dict(row.details or {})
    if row.action in set(CaseStatus):
        return Decision(
            row.case_id, before, CaseStatus(row.action), row.decided_by, row.decided_at, row.reason, details=details
        )
    step = Step(row.action) if row.action in set(Step) else Step.NOTE
    after = CaseStatus.CLOSED if step is Step.MERGE and "into" in details else before
    return Decision(row.case_id, before, after, row.decided_by, row.decided_at, row.reason, step, details)


_RENDER: Mapping[str, Callable[[Dossier], str | bytes]] = {
    "html": render_html,
    "docx": render_docx,
    "json": render_json,
    "csv": render_csv,
    "pdf": lambda file: print_pdf(render_html(file)),
    "xlsx": lambda file: render_xlsx([file]),
}


def export(file: Dossier, form: str, output: Path) -> Path:
    """Write the dossier as ``html``, ``docx``, ``pdf``, ``json``, ``csv`` or ``xlsx``.

    Raises ``InputError`` or ``DiskFullError`` when the file cannot be written, ``MedadError`` where the form needs a
    program that is not there.
    """
    return _written(_RENDER[form](file), output)


def export_sweep(files: Sequence[Dossier], output: Path) -> Path:
    """Write the list of a sweep, as the name of ``output`` ends: ``.xlsx`` or ``.csv``. Raises as ``export`` does."""
    forms: Mapping[str, Callable[[], str | bytes]] = {
        ".xlsx": lambda: render_xlsx(files),
        ".csv": lambda: render_sweep_csv(files),
    }
    form = forms.get(output.suffix.lower())
    if form is None:
        raise InputError(f"{output} is neither .xlsx nor .csv.", "Name the file with one of the two endings.")
    return _written(form(), output)


def _written(rendered: str | bytes, output: Path) -> Path:
    content = rendered.encode("utf-8", "replace") if isinstance(rendered, str) else rendered
    write_bytes_whole(output, content)
    return output
