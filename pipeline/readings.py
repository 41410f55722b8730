"""People read advertisements: what comes next, what they answer, and what is taken back.

Every function takes the engine first; messages are Vietnamese, since readers see them. An answer is a row that is
never edited: reading again or undoing adds one. Whoever answers late (the lease ran out, another was given the
advertisement) loses nothing: both answers count as independent readings.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from cases.triage import decide
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import TEXT_CODES, CaseStatus, Code, Queue, ReadingOutcome, Role, TextKind
from pipeline.agreement_of_readers import ReaderAgreement, agreement
from pipeline.audit_sample import AuditEstimate, audit_estimate, draw_audit
from pipeline.casework import code_names
from pipeline.claims import claim, drop, extend, held_by, holder, keep_only, release
from pipeline.labels import export_labels
from pipeline.queues import QUEUE_VI, Queues
from pipeline.reading_items import build, case_of, findings_of, has_judged, proposed
from pipeline.reading_log import log_of
from pipeline.reading_values import (
    SURE,
    Answer,
    Earlier,
    ItemFinding,
    NeedsReasonError,
    Precedent,
    ReadingItem,
    Settled,
)
from pipeline.standing import JUDGED, settled, standing_of, stands
from pipeline.whole import current_versions

__all__ = [
    "QUEUE_VI",
    "Answer",
    "AuditEstimate",
    "Earlier",
    "ItemFinding",
    "NeedsReasonError",
    "Precedent",
    "ReaderAgreement",
    "ReadingItem",
    "Settled",
    "agreement",
    "answer",
    "audit_estimate",
    "draw_audit",
    "export_labels",
    "extend",
    "next_item",
    "open_item",
    "queue_sizes",
    "release",
    "settled",
    "undo",
]

#: Candidates that are listed at a time: readers who start together each find one that nobody took meanwhile.
_LISTED = 24
#: Listings after which a queue under siege counts as empty for the moment.
_ROUNDS = 20

#: Spans of one code, and characters of a reason: more is no reading.
_MOST_SPANS, _MOST_REASON = 50, 4_000


def next_item(
    engine: Engine, reader: str, queue: Queue, versions: tuple[str, str], *, blind: bool = False
) -> ReadingItem | None:
    """Claim the next advertisement of a queue for a reader; ``None`` when nothing waits.

    What the reader already holds in this queue comes again (a page loaded anew); what he holds in others is given
    back. Raises ``InputError`` when the reader may not work in the queue.
    """
    with session(engine) as opened:
        _permitted(opened, reader, queue)
        seen = Queues.seen_by(engine, opened, versions, reader, tables.now())
        held = held_by(opened, reader, queue, seen.now)
    for _ in range(_ROUNDS):
        listed = held or seen.next(queue, _LISTED)
        for ad_id in listed:
            if _take(engine, seen, queue, ad_id):
                return _item(engine, ad_id, reader, queue, versions, blind=blind)
        if not (listed or held):
            break
        held = []
        with session(engine) as opened:
            seen = Queues.seen_by(engine, opened, versions, reader, tables.now())
    release(engine, reader)
    return None


def _take(engine: Engine, seen: Queues, queue: Queue, ad_id: int) -> bool:
    """Claim, then look again: between listing and claiming another may have answered and let go."""
    with session(engine) as opened:
        taken = claim(opened, ad_id, seen.reader, queue, tables.now()) and seen.due(opened, queue, ad_id)
        if not taken:
            drop(opened, seen.reader, ad_id)
    if taken:
        keep_only(engine, seen.reader, ad_id)
    return taken


def open_item(
    engine: Engine, reader: str, ad_id: int, versions: tuple[str, str], queue: Queue, *, blind: bool = False
) -> ReadingItem:
    """Claim a given advertisement. Raises ``InputError`` when there is none, or when another reader holds it."""
    now = tables.now()
    with session(engine) as opened:
        _permitted(opened, reader, queue)
        if opened.exec(select(tables.Advertisement.id).where(tables.Advertisement.id == ad_id)).first() is None:
            raise InputError(f"Không có quảng cáo số {ad_id}.", "Hãy chọn quảng cáo khác.")
        if not claim(opened, ad_id, reader, queue, now):
            other = holder(opened, ad_id, now)
            raise InputError(
                f"Quảng cáo số {ad_id} đang do {other or 'người khác'} đọc.",
                "Hãy chọn quảng cáo khác hoặc chờ ít phút.",
            )
    keep_only(engine, reader, ad_id)
    return _item(engine, ad_id, reader, queue, versions, blind=blind)


def _item(
    engine: Engine, ad_id: int, reader: str, queue: Queue, versions: tuple[str, str], *, blind: bool
) -> ReadingItem:
    with session(engine) as opened:
        return build(opened, log_of(engine).refresh(opened), ad_id, reader, queue, versions, blind=blind)


def queue_sizes(engine: Engine, versions: tuple[str, str], reader: str) -> dict[Queue, int]:
    """Return how many advertisements wait for a reader in each queue, those that others hold left out."""
    with session(engine) as opened:
        seen = Queues.seen_by(engine, opened, versions, reader, tables.now())
        return {queue: seen.size(queue) for queue in Queue}


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(engine: Engine, given: Answer) -> int:
    """Store what a reader says and let the advertisement go; return the number of the reading.

    The same answer sent twice is stored once. Confirming moves the advertisement's case, where it is new, to triage.
    Raises ``InputError`` (Vietnamese) for an answer that contradicts itself, lies outside of the text, or overrides
    the machine without a reason.
    """
    versions = given.versions or current_versions(engine)
    with session(engine) as opened:
        drop(opened, given.reader, given.ad_id)  # a write comes first: it makes answers wait for each other
        ad = _locked(opened, given.ad_id)
        _permitted(opened, given.reader, given.queue)
        before = standing_of(opened, given.ad_id)
        findings = findings_of(opened, given.ad_id, versions)
        row = _row(given, ad, findings, versions[0])
        row.blind = given.blind and not has_judged(opened, given.ad_id, given.reader)
        mine = next((each for each in reversed(before) if each.reader == given.reader), None)
        if mine is not None and _same(mine, row):
            assert mine.id is not None
            return mine.id
        _consistent(given, before)
        _reasoned(given, row)
        row.supersedes_id = None if mine is None else mine.id
        row.queue = _as_read(given, before)
        row.weight = _weight(opened, row)
        opened.add(row)
        opened.flush()
        if row.outcome is ReadingOutcome.CONFIRMED:
            _to_triage(opened, given, row.read_at)
        assert row.id is not None
        return row.id


def _locked(opened: Session, ad_id: int) -> tables.Advertisement:
    """Return the advertisement; on PostgreSQL other answers on it wait until this one is stored."""
    ad = opened.exec(
        select(tables.Advertisement).where(tables.Advertisement.id == ad_id).with_for_update(key_share=True)
    ).first()
    if ad is None:
        raise InputError(f"Không có quảng cáo số {ad_id}.", "Hãy chọn quảng cáo khác.")
    return ad


def _row(given: Answer, ad: tables.Advertisement, findings: Sequence[tables.Finding], version: str) -> tables.Reading:
    if given.outcome is ReadingOutcome.UNDONE:
        raise InputError("Không thể trả lời bằng «hoàn tác».", "Hãy dùng chức năng hoàn tác.")
    if not given.reader.strip():
        raise InputError("Chưa rõ ai là người đọc.", "Hãy đăng nhập hoặc nêu tên người đọc.")
    now = tables.now()
    confirmed = given.outcome is ReadingOutcome.CONFIRMED
    opened_at = given.opened_at or now
    return tables.Reading(
        advertisement_id=given.ad_id,
        version=version,
        reader=given.reader,
        queue=given.queue,
        outcome=given.outcome,
        blind=given.blind,
        kind=given.kind or (TextKind.HEALTH_AD if confirmed else None),
        domains=sorted(domain.value for domain in set(given.domains)),
        codes=_codes(given.codes, ad.text, findings),
        proposed=proposed(findings),
        reason=given.reason.strip()[:_MOST_REASON],
        opened_at=min(opened_at, now),
        read_at=now,
    )


def _codes(
    codes: Mapping[Code, Sequence[tuple[int, int]]], text: str, findings: Sequence[tables.Finding]
) -> dict[str, list[list[int]]]:
    """Check the spans; a code without any takes those of the machine's own findings."""
    found: dict[str, list[list[int]]] = {}
    for code in Code:
        if code not in codes:
            continue
        spans = sorted({(int(start), int(end)) for start, end in codes[code]})
        if len(spans) > _MOST_SPANS or any(not 0 <= start < end <= len(text) for start, end in spans):
            raise InputError("Đoạn trích nằm ngoài nội dung quảng cáo.", "Hãy đánh dấu lại đoạn trích.")
        own = sorted({(row.start_at, row.end_at) for row in findings if row.code is code and not row.absence})
        if code in TEXT_CODES and not spans and not own:
            name = code_names().get(code, code.value)
            raise InputError(f"Chưa đánh dấu đoạn trích cho dấu hiệu «{name}».", "Hãy đánh dấu những từ chứng minh.")
        found[code.value] = [list(span) for span in spans or own]
    return found


def _same(row: tables.Reading, other: tables.Reading) -> bool:
    names = ("outcome", "kind", "domains", "codes", "reason")
    return all(getattr(row, name) == getattr(other, name) for name in names)


def _consistent(given: Answer, before: Sequence[tables.Reading]) -> None:
    if given.outcome is ReadingOutcome.CONFIRMED and not given.codes:
        raise InputError("Xác nhận nhưng chưa chọn dấu hiệu nào.", "Hãy chọn ít nhất một dấu hiệu vi phạm.")
    if given.outcome is ReadingOutcome.CONFIRMED and given.kind not in (None, TextKind.HEALTH_AD):
        raise InputError("Chỉ quảng cáo về y tế mới có dấu hiệu vi phạm.", "Hãy đổi loại nội dung, hoặc loại bỏ.")
    if given.outcome is ReadingOutcome.REJECTED and given.codes:
        raise InputError("Loại bỏ nhưng vẫn còn dấu hiệu được chọn.", "Hãy bỏ chọn các dấu hiệu, hoặc xác nhận.")
    if given.queue is not Queue.DISAGREEMENT or given.outcome is ReadingOutcome.SKIPPED:
        return
    if given.outcome not in JUDGED:
        raise InputError("Người phân xử phải xác nhận hoặc loại bỏ.", "Hãy chọn một trong hai.")
    others = [row for row in before if row.outcome in JUDGED and row.queue is not Queue.DISAGREEMENT]
    if any(row.reader == given.reader for row in others):
        raise InputError("Bạn đã đọc quảng cáo này nên không thể phân xử.", "Hãy để người thứ ba phân xử.")
    thirds = [row for row in before if row.queue is Queue.DISAGREEMENT and row.outcome in JUDGED]
    if any(row.reader != given.reader for row in thirds):
        raise InputError("Quảng cáo này đã được người khác phân xử.", "Hãy chuyển sang quảng cáo tiếp theo.")


def _reasoned(given: Answer, row: tables.Reading) -> None:
    """Refuse an override without a reason. Who has not seen the machine's answer overrides nothing."""
    if row.outcome not in JUDGED or row.reason:
        return
    if given.queue is Queue.DISAGREEMENT:
        raise NeedsReasonError("Phân xử cần nêu lý do.", "Hãy ghi lý do.")
    if given.blind:
        return
    if any(value >= SURE and name not in row.codes for name, value in row.proposed.items()):
        raise NeedsReasonError(
            f"Bỏ một dấu hiệu mà máy cho là chắc chắn (từ {SURE:.0%}) cần nêu lý do.", "Hãy ghi lý do."
        )
    if row.proposed and row.codes and not row.codes.keys() & row.proposed.keys():
        raise NeedsReasonError("Thay toàn bộ các dấu hiệu mà máy nêu cần nêu lý do.", "Hãy ghi lý do.")


def _as_read(given: Answer, before: Sequence[tables.Reading]) -> Queue:
    """An answer beside another reader's is a second reading, by whatever way the advertisement came."""
    beside = any(row.reader != given.reader and row.outcome in JUDGED for row in before)
    if given.queue is not Queue.DISAGREEMENT and beside and given.outcome in JUDGED:
        return Queue.SECOND
    return given.queue


def _weight(opened: Session, row: tables.Reading) -> float:
    """Return how many advertisements an audited one stands for; 1 in the queues that are not sampled."""
    if row.queue is not Queue.AUDIT:
        return 1.0
    drawn = opened.exec(
        select(tables.AuditSample)
        .join(tables.AuditItem, col(tables.AuditItem.sample_id) == col(tables.AuditSample.id))
        .where(tables.AuditItem.advertisement_id == row.advertisement_id)
        .order_by(col(tables.AuditSample.id).desc())
    ).first()
    return drawn.population / drawn.size if drawn and drawn.size else 1.0


def _to_triage(opened: Session, given: Answer, at: datetime) -> None:
    """Move the advertisement's case to triage if it is still new; of several who confirm at once one moves it."""
    case_id = case_of(opened, given.ad_id)
    if case_id is None:
        return
    new = (col(tables.Case.id) == case_id, col(tables.Case.status) == CaseStatus.NEW)
    query = update(tables.Case).where(*new).values(status=CaseStatus.IN_TRIAGE, updated_at=at)
    if opened.connection().execute(query).rowcount:
        why = f"Đã xác nhận dấu hiệu vi phạm trong quảng cáo số {given.ad_id}."
        step = decide(case_id, CaseStatus.NEW, CaseStatus.IN_TRIAGE, by=given.reader, at=at, why=why)
        opened.add(
            tables.Decision(
                case_id=case_id, decided_at=step.at, decided_by=step.by, action=step.after.value, reason=step.why
            )
        )


def undo(engine: Engine, reader: str) -> int | None:
    """Take back the reader's latest answer (a skip too); return its advertisement, ``None`` when there is none.

    What the reader holds is given back; ``open_item`` opens the returned one again. A case that the answer moved to
    triage stays there: a person has looked at it.
    """
    with session(engine) as opened:
        drop(opened, reader)
        latest = _latest(opened, reader)
        if latest is None:
            return None
        now = tables.now()
        opened.add(
            tables.Reading(
                advertisement_id=latest.advertisement_id,
                version=latest.version,
                reader=reader,
                queue=latest.queue,
                outcome=ReadingOutcome.UNDONE,
                opened_at=now,
                read_at=now,
                supersedes_id=latest.id,
            )
        )
        return latest.advertisement_id


def _latest(opened: Session, reader: str) -> tables.Reading | None:
    """Return the reader's latest answer that stands, held fast: who undoes it meanwhile waits, and looks again."""
    mine = (
        select(tables.Reading)
        .where(tables.Reading.reader == reader, stands(tables.Reading))
        .order_by(col(tables.Reading.id).desc())
    )
    while (found := opened.exec(mine.limit(1).with_for_update()).first()) is not None:
        if (again := opened.exec(mine.limit(1)).first()) is not None and again.id == found.id:
            break
    return found


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _permitted(opened: Session, reader: str, queue: Queue) -> None:
    """Only an inspector or administrator settles what two readers differ about, where accounts are kept."""
    if queue is not Queue.DISAGREEMENT:
        return
    account = opened.exec(select(tables.Account).where(tables.Account.name == reader)).first()
    if account is None:
        kept = opened.exec(select(tables.Account.id).limit(1)).first() is not None
        permitted = not kept
    else:
        permitted = account.disabled_at is None and account.role in (Role.INSPECTOR, Role.ADMIN)
    if not permitted:
        raise InputError("Chỉ thanh tra viên hoặc quản trị viên được phân xử.", "Hãy chọn hàng đợi khác.")
