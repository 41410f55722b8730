"""Reading advertisements: one per screen, one key per answer; and settling what two readers differ about."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from models.errors import InputError, MedadError
from models.vocabulary import Code, Domain, Queue, ReadingOutcome, Role, TextKind
from pipeline.case_lists import code_names
from pipeline.pictures import screenshot
from pipeline.readings import Answer, Earlier, ItemFinding, ReadingItem, answer, extend, next_item, open_item, undo
from review.marking import Mark, find_quote, pieces, shown, spans_of
from review.seen import NotThereError, Seen
from review.wording import OUTCOME_VI, said

_NAMES: dict[str, Code] = {code.value: code for code in Code}

#: Findings of one code that are listed: a page that says 'tốt nhất' a hundred times says it once.
_MOST_QUOTES = 8


@dataclass(slots=True)
class State:
    """What the form holds: as the machine proposes, or as the reader had it when the answer was refused."""

    codes: set[str] = field(default_factory=set)
    spans: set[str] = field(default_factory=set)
    kind: str = ""
    domains: set[str] = field(default_factory=set)
    reason: str = ""
    outcome: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one code, numbered as they are marked in the text."""

    code: Code
    name: str
    probability: float
    findings: tuple[tuple[int, ItemFinding], ...]
    left_out: int


# ── one's own reading ───────────────────────────────────────────────────────────────────────────────────────────────


def read_next(seen: Seen) -> Response:
    """Claim and show the next advertisement of a queue."""
    queue = _queue(seen.request.path_params["queue"])
    blind = seen.asked("blind", 1) == "1"
    item = next_item(seen.engine, seen.me.name, queue, seen.desk.versions(), blind=blind)
    if item is None:
        return seen.page("nothing.html", queue=queue, blind=blind, flash=_flash(seen))
    return _show(seen, item)


def read_given(seen: Seen) -> Response:
    """Claim and show a given advertisement."""
    queue = _queue(seen.asked("queue", 20) or Queue.PRIORITY)
    blind = seen.asked("blind", 1) == "1"
    return _show(
        seen, open_item(seen.engine, seen.me.name, seen.number("ad"), seen.desk.versions(), queue, blind=blind)
    )


def _queue(name: str) -> Queue:
    """Return the queue of this name; that of differences has a door of its own."""
    if name not in set(Queue) or name == Queue.DISAGREEMENT:
        raise NotThereError
    return Queue(name)


def answer_ad(seen: Seen) -> Response:
    """Store the answer and go on to the next; where it is refused, show the same page with the reason why."""
    ad_id, form = seen.number("ad"), seen.form
    queue, blind = _queue(form.one("queue", 20)), form.one("blind", 1) == "1"
    outcome = _outcome(form.one("outcome", 20))
    try:
        _store(seen, ad_id, queue, outcome, blind=blind)
    except InputError as error:
        item = open_item(seen.engine, seen.me.name, ad_id, seen.desk.versions(), queue, blind=blind)
        return _show(seen, item, _sent(seen), said(error), 422)
    if blind and outcome in (ReadingOutcome.CONFIRMED, ReadingOutcome.REJECTED):
        return seen.go(f"/ads/{ad_id}/compare?{urlencode({'queue': queue.value})}")
    return seen.go(_onwards(queue, blind=blind, done=ad_id, outcome=outcome.value))


def _onwards(queue: Queue, *, blind: bool, **more: str | int) -> str:
    asked = {**({"blind": 1} if blind else {}), **more}
    path = "/adjudicate" if queue is Queue.DISAGREEMENT else f"/read/{queue.value}"
    return f"{path}?{urlencode(asked)}" if asked else path


def _outcome(name: str) -> ReadingOutcome:
    if name not in set(ReadingOutcome) or name == ReadingOutcome.UNDONE:
        raise InputError("Cần chọn một cách trả lời.", "")
    return ReadingOutcome(name)


def _store(seen: Seen, ad_id: int, queue: Queue, outcome: ReadingOutcome, *, blind: bool) -> None:
    form = seen.form
    codes: dict[Code, list[tuple[int, int]]] = {}
    if outcome in (ReadingOutcome.CONFIRMED, ReadingOutcome.SECOND_READING):
        spans = spans_of(form.many("span"), _NAMES)
        codes = {_NAMES[name]: spans.get(name, []) for name in form.many("code") if name in _NAMES}
        _typed_quote(seen, ad_id, queue, codes, blind=blind)
    kind = form.one("kind", 20)
    given = Answer(
        ad_id=ad_id,
        reader=seen.me.name,
        queue=queue,
        outcome=outcome,
        kind=TextKind(kind) if kind in set(TextKind) else None,
        domains=[Domain(name) for name in form.many("domain") if name in set(Domain)],
        codes=codes,
        reason=form.one("reason", 4_000),
        blind=blind,
        opened_at=_moment(form.one("opened_at", 40)),
        versions=seen.desk.versions(),
    )
    seen.saw("answer_ad", "advertisement", ad_id, queue=queue.value, outcome=outcome.value, blind=blind)
    answer(seen.engine, given)


def _typed_quote(
    seen: Seen, ad_id: int, queue: Queue, codes: dict[Code, list[tuple[int, int]]], *, blind: bool
) -> None:
    """Take the quote that was copied into the form (the way without script)."""
    words, code = seen.form.one("quote_text", 2_000), seen.form.one("quote_code", 40)
    if not words:
        return
    if code not in _NAMES:
        raise InputError("Cần chọn loại dấu hiệu cho đoạn trích.", "")
    item = open_item(seen.engine, seen.me.name, ad_id, seen.desk.versions(), queue, blind=blind)
    span = find_quote(item.text, words)
    if span is None:
        raise InputError("Không tìm thấy đoạn trích này trong nội dung quảng cáo.", "Hãy chép nguyên văn.")
    codes.setdefault(_NAMES[code], []).append(span)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def compare(seen: Seen) -> Response:
    """After a blind answer: what the machine says beside what the reader said."""
    queue = _queue(seen.asked("queue", 20))
    item = open_item(seen.engine, seen.me.name, seen.number("ad"), seen.desk.versions(), queue)
    mine = next((row for row in reversed(item.earlier) if row.reader == seen.me.name), None)
    if mine is None:
        return seen.go(_onwards(queue, blind=True))
    seen.saw("view_ad", "advertisement", item.ad_id, queue=queue.value, after_answer=True)
    return seen.page("compare.html", item=item, mine=mine, names=_named(), groups=_groups(item), queue=queue)


def hold(seen: Seen) -> Response:
    """Prolong the claim on what is being read: 204, or 409 where another has it now."""
    return Response(status_code=204 if extend(seen.engine, seen.me.name, seen.number("ad")) else 409)


def take_back(seen: Seen) -> Response:
    """Take the latest answer back and show its advertisement again."""
    name = seen.form.one("queue", 20)
    queue = Queue(name) if name in set(Queue) else Queue.PRIORITY
    ad_id = undo(seen.engine, seen.me.name)
    seen.saw("undo", "advertisement", "" if ad_id is None else ad_id)
    if ad_id is None:
        raise InputError("Không còn câu trả lời nào để hoàn tác.", "")
    if queue is Queue.DISAGREEMENT and seen.works_cases:
        return seen.go(f"/adjudicate/{ad_id}?undone={ad_id}")
    asked = {"queue": (Queue.PRIORITY if queue is Queue.DISAGREEMENT else queue).value, "undone": ad_id}
    blind = {"blind": 1} if seen.form.one("blind", 1) == "1" else {}
    return seen.go(f"/ads/{ad_id}?{urlencode(asked | blind)}")


def picture(seen: Seen) -> Response:
    """Return a screenshot out of the evidence."""
    number = seen.number("capture")
    seen.saw("view_screenshot", "capture", number)
    try:
        content, kind = screenshot(seen.engine, seen.desk.data / "evidence", number)
    except MedadError as error:
        raise NotThereError from error
    return Response(content, media_type=kind, headers={"Content-Security-Policy": "default-src 'none'; sandbox"})


# ── differences ─────────────────────────────────────────────────────────────────────────────────────────────────────


def adjudicate_next(seen: Seen) -> Response:
    """Claim and show the next advertisement that two readers judged differently."""
    item = next_item(seen.engine, seen.me.name, Queue.DISAGREEMENT, seen.desk.versions())
    if item is None:
        return seen.page("nothing.html", queue=Queue.DISAGREEMENT, blind=False, flash=_flash(seen))
    return _show(seen, item)


def adjudicate_given(seen: Seen) -> Response:
    """Claim and show a given one."""
    versions = seen.desk.versions()
    return _show(seen, open_item(seen.engine, seen.me.name, seen.number("ad"), versions, Queue.DISAGREEMENT))


def adjudicate(seen: Seen) -> Response:
    """Store how a third person settles it: as one of the two had it, or otherwise."""
    ad_id, take = seen.number("ad"), seen.form.one("take", 12)
    try:
        if take.isascii() and take.isdigit():
            outcome = _taken(seen, ad_id, int(take))
        else:
            outcome = _outcome(seen.form.one("outcome", 20))
            _store(seen, ad_id, Queue.DISAGREEMENT, outcome, blind=False)
    except InputError as error:
        item = open_item(seen.engine, seen.me.name, ad_id, seen.desk.versions(), Queue.DISAGREEMENT)
        return _show(seen, item, _sent(seen), said(error), 422)
    return seen.go(_onwards(Queue.DISAGREEMENT, blind=False, done=ad_id, outcome=outcome.value))


def _taken(seen: Seen, ad_id: int, reading_id: int) -> ReadingOutcome:
    item = open_item(seen.engine, seen.me.name, ad_id, seen.desk.versions(), Queue.DISAGREEMENT)
    chosen = next((row for row in item.earlier if row.reading_id == reading_id), None)
    if chosen is None:
        raise InputError("Ý kiến được chọn không còn hiệu lực.", "Hãy xem lại hai ý kiến.")
    given = Answer(
        ad_id=ad_id,
        reader=seen.me.name,
        queue=Queue.DISAGREEMENT,
        outcome=chosen.outcome,
        kind=chosen.kind,
        domains=chosen.domains,
        codes={code: list(spans) for code, spans in chosen.codes.items()},
        reason=seen.form.one("reason", 4_000),
        opened_at=_moment(seen.form.one("opened_at", 40)),
        versions=seen.desk.versions(),
    )
    details = {"queue": Queue.DISAGREEMENT.value, "outcome": chosen.outcome.value, "as_reading": reading_id}
    seen.saw("answer_ad", "advertisement", ad_id, **details)
    answer(seen.engine, given)
    return chosen.outcome


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(seen: Seen, item: ReadingItem, state: State | None = None, error: str = "", status: int = 200) -> Response:
    seen.saw("view_ad", "advertisement", item.ad_id, queue=item.queue.value, blind=item.blind)
    groups = _groups(item)
    kept = state or _proposed(item, groups)
    listed = {group.code for group in groups}
    return seen.page(
        "item.html",
        status,
        item=item,
        groups=groups,
        others=[(code, name) for code, name in _named().items() if code not in listed],
        names=_named(),
        pieces=pieces(item.text, _marks(groups), item.main_end),
        hidden=max(0, len(item.text) - 60_000),
        state=kept,
        own=_own_marks(item, kept, groups),
        error=error,
        flash=_flash(seen),
        readings=[_read(item, row) for row in item.earlier] if item.queue is Queue.DISAGREEMENT else [],
        kinds=list(TextKind),
        domains=list(Domain),
        masked=seen.me.role is Role.REVIEWER,
    )


def _named() -> dict[Code, str]:
    names = code_names()
    return {code: names.get(code, code.value) for code in Code}


def _groups(item: ReadingItem) -> list[Group]:
    by: dict[Code, list[ItemFinding]] = {}
    for finding in sorted(item.findings, key=lambda each: (-each.probability, each.start)):
        by.setdefault(finding.code, []).append(finding)
    groups, number = [], 0
    for code, found in by.items():
        numbered = []
        for finding in found[:_MOST_QUOTES]:
            number += 1
            numbered.append((number, finding))
        groups.append(
            Group(code, found[0].name_vi, found[0].probability, tuple(numbered), max(0, len(found) - _MOST_QUOTES))
        )
    return groups


def _marks(groups: list[Group]) -> list[Mark]:
    return [
        Mark(finding.start, finding.end, number, group.name)
        for group in groups
        for number, finding in group.findings
        if not finding.absence
    ]


def _value(code: str, start: int, end: int) -> str:
    return f"{code}:{start}:{end}"


def _proposed(item: ReadingItem, groups: list[Group]) -> State:
    found = (finding for group in groups for _, finding in group.findings if not finding.absence)
    return State(
        codes={group.code.value for group in groups},
        spans={_value(each.code.value, each.start, each.end) for each in found},
        kind=item.kind.value if item.kind else "",
        domains={domain.value for domain in item.domains},
    )


def _sent(seen: Seen) -> State:
    form = seen.form
    return State(
        codes=set(form.many("code")),
        spans=set(form.many("span")),
        kind=form.one("kind", 20),
        domains=set(form.many("domain")),
        reason=form.one("reason", 4_000),
        outcome=form.one("outcome", 20),
        take=form.one("take", 12),
    )


def _own_marks(item: ReadingItem, state: State, groups: list[Group]) -> list[tuple[str, str, str]]:
    """Return the reader's own quotes that the form holds: (value, name of the code, words)."""
    machine = {
        _value(finding.code.value, finding.start, finding.end) for group in groups for _, finding in group.findings
    }
    found = spans_of(sorted(state.spans - machine), _NAMES)
    return [
        (_value(code, start, end), _named()[_NAMES[code]], shown(item.text[start:end])[:300])
        for code, spans in found.items()
        for start, end in spans
    ]


def _read(item: ReadingItem, row: Earlier) -> dict[str, object]:
    """One of the readings that differ, with its quotes as words."""
    quotes = [
        (_named()[code], [shown(item.text[start:end])[:300] for start, end in spans][:_MOST_QUOTES])
        for code, spans in row.codes.items()
    ]
    return {"row": row, "quotes": quotes}


def _flash(seen: Seen) -> str:
    """Say what was just done, out of numbers and known words only."""
    done, outcome, undone = seen.asked("done", 10), seen.asked("outcome", 20), seen.asked("undone", 10)
    if done.isdigit() and outcome in set(ReadingOutcome):
        return f"Tin số {done}: {OUTCOME_VI[ReadingOutcome(outcome)].lower()}."
    return f"Đã hoàn tác câu trả lời về tin số {undone}." if undone.isdigit() else ""
