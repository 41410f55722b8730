"""People read: what comes next, what is refused, what an answer changes, what undoing brings back."""

from datetime import timedelta

import pytest
from reading_world import (
    FIRST,
    LIKELY,
    QUOTE,
    SURE,
    TEXT,
    VERSIONS,
    account,
    advertisement,
    flagged,
    judged,
    rows,
    store,
    tell,
    unflagged,
)
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from models import tables
from models.errors import InputError
from models.vocabulary import CaseStatus, Code, Domain, Queue, ReadingOutcome, Role, TextKind
from pipeline import queues
from pipeline.readings import (
    Answer,
    ReadingItem,
    agreement,
    answer,
    extend,
    next_item,
    open_item,
    queue_sizes,
    release,
    settled,
    undo,
)

CURE, ABSOLUTE = Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM


def _next(engine: Engine, reader: str, queue: Queue = Queue.PRIORITY, *, blind: bool = False) -> ReadingItem:
    item = next_item(engine, reader, queue, VERSIONS, blind=blind)
    assert item is not None
    return item


def _status(engine: Engine, ad_id: int) -> CaseStatus:
    with Session(engine) as opened:
        link = opened.exec(select(tables.CaseLink).where(tables.CaseLink.advertisement_id == ad_id)).one()
        return opened.get_one(tables.Case, link.case_id).status


# ── what comes next ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_most_urgent_case_comes_first_and_each_advertisement_once(engine: Engine) -> None:
    ads = flagged(engine, 3)
    [loose] = store(engine, advertisement(50))
    store(engine, *judged(loose, 1.0, SURE))  # in no case: after all cases, whatever its risk
    read = []
    while item := next_item(engine, "an", Queue.PRIORITY, VERSIONS):
        read.append(item.ad_id)
        tell(engine, item.ad_id, "an", [CURE])
    assert read == [*ads, loose]
    assert next_item(engine, "bình", Queue.PRIORITY, VERSIONS) is None
    assert queue_sizes(engine, VERSIONS, "bình")[Queue.PRIORITY] == 0


def test_an_item_says_all_that_the_machine_knows(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    item = _next(engine, "an")
    assert (item.ad_id, item.text[: item.main_end], item.kind) == (ad_id, TEXT, TextKind.HEALTH_AD)
    assert item.domains == (Domain.SERVICE,)
    assert item.codes[CURE] == 0.95
    [found] = item.findings
    assert item.text[found.start : found.end] == found.quote
    assert found.name_vi == "Cam kết khỏi bệnh, cam kết kết quả điều trị"
    assert found.provisions == (("Điều 8", False),)
    assert item.case_id is not None
    assert not item.blind


def test_a_blind_item_holds_no_word_of_the_machine_until_the_reader_has_answered(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    item = _next(engine, "an", blind=True)
    assert item.blind
    assert (item.codes, item.findings, item.risk, item.kind, item.domains) == ({}, (), 0.0, None, ())
    assert item.precedent is None
    tell(engine, ad_id, "an", [], reason="", blind=True)  # what was not seen cannot be overridden: no reason needed
    again = open_item(engine, "an", ad_id, VERSIONS, Queue.PRIORITY, blind=True)
    assert not again.blind
    assert again.findings
    assert [each.outcome for each in again.earlier] == [ReadingOutcome.REJECTED]


def test_a_page_loaded_anew_shows_the_same_item_and_another_reader_gets_another(engine: Engine) -> None:
    first, second = flagged(engine, 2)
    assert _next(engine, "an").ad_id == _next(engine, "an").ad_id == first
    assert _next(engine, "bình").ad_id == second
    assert next_item(engine, "chi", Queue.PRIORITY, VERSIONS) is None
    with pytest.raises(InputError, match="đang do an đọc"):
        open_item(engine, "chi", first, VERSIONS, Queue.PRIORITY)
    release(engine, "an")
    assert _next(engine, "chi").ad_id == first


def test_a_lease_runs_out_and_can_be_extended(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    _next(engine, "an")
    assert extend(engine, "an", ad_id)
    with Session(engine) as opened:
        opened.execute(update(tables.Claim).values(expires_at=tables.now() - timedelta(seconds=1)))
        opened.commit()
    assert _next(engine, "bình").ad_id == ad_id
    assert not extend(engine, "an", ad_id)


def test_changing_the_queue_gives_back_what_was_held(engine: Engine) -> None:
    flagged(engine, 1)
    unflagged(engine, [0.5])
    _next(engine, "an")
    _next(engine, "an", Queue.UNCERTAINTY)
    assert _next(engine, "bình").ad_id


def test_the_least_certain_come_first(engine: Engine) -> None:
    a, b, c, far = unflagged(engine, [0.30, 0.52, 0.61, 0.05])
    read = []
    while item := next_item(engine, "an", Queue.UNCERTAINTY, VERSIONS):
        read.append(item.ad_id)
        tell(engine, item.ad_id, "an", [])
    assert read == [b, c, a]
    assert far not in read


def test_what_was_skipped_comes_back_to_others_at_once_and_to_the_reader_later(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ad_id] = flagged(engine, 1)
    answer(engine, Answer(ad_id, "an", Queue.PRIORITY, ReadingOutcome.SKIPPED, versions=VERSIONS))
    assert next_item(engine, "an", Queue.PRIORITY, VERSIONS) is None
    assert queue_sizes(engine, VERSIONS, "an")[Queue.PRIORITY] == 0
    assert _next(engine, "bình").ad_id == ad_id
    release(engine, "bình")
    monkeypatch.setattr(queues, "SKIPPED_FOR", timedelta(0))
    assert _next(engine, "an").ad_id == ad_id
    assert settled(engine, ad_id) is None


def test_what_a_run_replaces_closes_or_adds_changes_the_queue(engine: Engine) -> None:
    first, second = flagged(engine, 2)
    _next(engine, "an")
    release(engine, "an")
    with Session(engine) as opened:
        opened.execute(
            update(tables.Advertisement)
            .where(tables.Advertisement.id == first)  # type: ignore[arg-type]
            .values(superseded_at=tables.now())
        )
        opened.commit()
    assert _next(engine, "an").ad_id == second  # asked of the database, whatever is remembered
    release(engine, "an")
    with Session(engine) as opened:
        opened.execute(update(tables.Case).values(status=CaseStatus.CLOSED))
        opened.commit()
    assert next_item(engine, "an", Queue.PRIORITY, VERSIONS) is None
    [third] = flagged(engine, 1, first=70)
    assert _next(engine, "an").ad_id == third


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_confirming_stores_the_reading_and_moves_the_case_once(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    item = _next(engine, "an")
    given = Answer(
        ad_id, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={CURE: []}, opened_at=item.opened_at,
        domains=[Domain.SERVICE], versions=item.versions,
    )  # fmt: skip
    number = answer(engine, given)
    assert answer(engine, given) == number  # a key pressed twice
    [row] = rows(engine, ad_id)
    assert row.codes == {"cure_guarantee": [list(QUOTE)]}  # the machine's own quote
    assert row.proposed == {"cure_guarantee": 0.95}
    assert (row.kind, row.version, row.opened_at) == (TextKind.HEALTH_AD, "score-1", item.opened_at)
    assert _status(engine, ad_id) is CaseStatus.IN_TRIAGE
    with Session(engine) as opened:
        [step] = opened.exec(select(tables.Decision)).all()
        assert (step.decided_by, step.action) == ("an", "in_triage")
        assert not opened.exec(select(tables.Claim)).all()
    stands = settled(engine, ad_id)
    assert stands is not None
    assert (stands.reader, stands.codes, stands.readers) == ("an", {CURE: (QUOTE,)}, 1)


def test_rejecting_leaves_the_case_where_it_is(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1, LIKELY)
    tell(engine, ad_id, "an", [], reason="")
    assert _status(engine, ad_id) is CaseStatus.NEW


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED), "chưa chọn dấu hiệu"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.REJECTED, codes={CURE: [QUOTE]}), "vẫn còn dấu hiệu"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.REJECTED), "cần nêu lý do"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={ABSOLUTE: [FIRST]}), "cần nêu lý do"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={ABSOLUTE: []}), "Chưa đánh dấu đoạn trích"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={CURE: [(5, 5)]}), "nằm ngoài nội dung"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={CURE: [(0, 10**6)]}), "nằm ngoài nội dung"),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, codes={CURE: [(-1, 4)]}), "nằm ngoài nội dung"),
        (
            Answer(0, "an", Queue.PRIORITY, ReadingOutcome.CONFIRMED, kind=TextKind.OTHER, codes={CURE: [QUOTE]}),
            "Chỉ quảng cáo về y tế",
        ),
        (Answer(0, "an", Queue.PRIORITY, ReadingOutcome.UNDONE), "hoàn tác"),
        (Answer(0, " ", Queue.PRIORITY, ReadingOutcome.REJECTED), "ai là người đọc"),
    ],
)
def test_an_answer_that_cannot_stand_is_refused_and_nothing_is_stored(engine: Engine, given: Answer, said: str) -> None:
    [ad_id] = flagged(engine, 1)
    _next(engine, "an")
    fields = {name: getattr(given, name) for name in ("reader", "queue", "outcome", "kind", "codes", "reason")}
    with pytest.raises(InputError, match=said):
        answer(engine, Answer(ad_id, versions=VERSIONS, **fields))
    assert rows(engine, ad_id) == []
    assert _next(engine, "an").ad_id == ad_id  # still the reader's


def test_an_override_passes_with_a_reason(engine: Engine) -> None:
    one, two = flagged(engine, 2)
    tell(engine, one, "an", [], reason="Trích lời cảnh báo của cơ quan quản lý.")
    tell(engine, two, "an", [ABSOLUTE], reason="Câu này là tự nhận số một, không phải cam kết.")
    assert [row.reason for row in rows(engine, two)] == ["Câu này là tự nhận số một, không phải cam kết."]


def test_an_unknown_advertisement_is_named(engine: Engine) -> None:
    with pytest.raises(InputError, match="Không có quảng cáo số 999"):
        open_item(engine, "an", 999, VERSIONS, Queue.PRIORITY)
    with pytest.raises(InputError, match="Không có quảng cáo số 999"):
        tell(engine, 999, "an", [])


def test_reading_anew_replaces_only_ones_own_answer(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1, LIKELY)
    tell(engine, ad_id, "an", [CURE])
    tell(engine, ad_id, "an", [])
    first, second = rows(engine, ad_id)
    assert second.supersedes_id == first.id
    stands = settled(engine, ad_id)
    assert stands is not None
    assert stands.outcome is ReadingOutcome.REJECTED


def test_undo_takes_back_one_answer_after_the_other(engine: Engine) -> None:
    one, two = flagged(engine, 2)
    tell(engine, one, "an", [CURE])
    tell(engine, two, "an", [CURE])
    assert undo(engine, "an") == two
    assert settled(engine, two) is None
    assert _next(engine, "bình").ad_id == two
    assert undo(engine, "an") == one
    assert undo(engine, "an") is None
    assert undo(engine, "bình") is None
    assert [row.outcome for row in rows(engine, one)] == [ReadingOutcome.CONFIRMED, ReadingOutcome.UNDONE]


def test_the_nearest_past_answer_stands_beside(engine: Engine) -> None:
    one, two, three = flagged(engine, 3)
    with Session(engine) as opened:
        for ad_id in (one, three):
            opened.get_one(tables.Advertisement, ad_id).text_group = one
        opened.commit()
    tell(engine, one, "an", [CURE], reason="Như các trang trước.")
    tell(engine, two, "an", [CURE])
    found = open_item(engine, "bình", three, VERSIONS, Queue.PRIORITY).precedent
    assert found is not None
    assert (found.ad_id, found.why, found.reason) == (one, "Nội dung gần như giống hệt", "Như các trang trước.")
    [other] = flagged(engine, 1, first=300)
    beside = open_item(engine, "bình", other, VERSIONS, Queue.PRIORITY).precedent
    assert beside is not None
    assert (beside.ad_id, beside.why) == (two, "Cùng trang web và cùng các dấu hiệu")


# ── two readers, and a third ────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_reader_agrees_and_nothing_remains(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "1")
    [ad_id] = flagged(engine, 1)
    tell(engine, ad_id, "an", [CURE])
    assert next_item(engine, "an", Queue.SECOND, VERSIONS) is None  # never the same reader
    item = _next(engine, "bình", Queue.SECOND)
    assert item.earlier == ()  # blind to the first
    tell(engine, ad_id, "bình", [CURE], Queue.SECOND)
    assert queue_sizes(engine, VERSIONS, "chi") == dict.fromkeys(Queue, 0)
    stands = settled(engine, ad_id)
    assert stands is not None
    assert (stands.reader, stands.readers, stands.adjudicated) == ("an", 2, False)


@pytest.mark.parametrize("second", [[], [ABSOLUTE], [CURE, ABSOLUTE]])
def test_two_who_differ_wait_for_a_third_whose_word_settles(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, second: list[Code]
) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "1")
    [ad_id] = flagged(engine, 1)
    for name, role in (("an", Role.REVIEWER), ("bình", Role.REVIEWER), ("chi", Role.INSPECTOR)):
        account(engine, name, role)
    tell(engine, ad_id, "an", [CURE])
    tell(engine, ad_id, "bình", second, Queue.SECOND)
    assert settled(engine, ad_id) is None
    with pytest.raises(InputError, match="Chỉ thanh tra viên"):
        next_item(engine, "bình", Queue.DISAGREEMENT, VERSIONS)
    with pytest.raises(InputError, match="Chỉ thanh tra viên"):
        next_item(engine, "người lạ", Queue.DISAGREEMENT, VERSIONS)
    item = _next(engine, "chi", Queue.DISAGREEMENT)
    assert [each.reader for each in item.earlier] == ["an", "bình"]
    with pytest.raises(InputError, match="Phân xử cần nêu lý do"):
        tell(engine, ad_id, "chi", [CURE], Queue.DISAGREEMENT, reason=" ")
    tell(engine, ad_id, "chi", [CURE], Queue.DISAGREEMENT, reason="Có cam kết rõ ràng.")
    stands = settled(engine, ad_id)
    assert stands is not None
    assert (stands.reader, stands.adjudicated) == ("chi", True)
    assert next_item(engine, "chi", Queue.DISAGREEMENT, VERSIONS) is None
    account(engine, "dung", Role.ADMIN)
    with pytest.raises(InputError, match="đã được người khác phân xử"):
        tell(engine, ad_id, "dung", [], Queue.DISAGREEMENT)
    assert undo(engine, "chi") == ad_id
    assert settled(engine, ad_id) is None


def test_who_has_read_it_cannot_settle_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "1")
    [ad_id] = flagged(engine, 1)
    tell(engine, ad_id, "an", [CURE])
    tell(engine, ad_id, "bình", [], Queue.SECOND)
    assert next_item(engine, "an", Queue.DISAGREEMENT, VERSIONS) is None
    with pytest.raises(InputError, match="không thể phân xử"):
        tell(engine, ad_id, "an", [], Queue.DISAGREEMENT)


def test_who_wants_another_reader_gets_one_until_somebody_judges(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "0")
    [ad_id] = flagged(engine, 1)
    tell(engine, ad_id, "an", None)
    assert next_item(engine, "bình", Queue.PRIORITY, VERSIONS) is None
    tell(engine, ad_id, "bình", None, Queue.SECOND)
    assert next_item(engine, "an", Queue.SECOND, VERSIONS) is None
    assert _next(engine, "chi", Queue.SECOND).ad_id == ad_id
    tell(engine, ad_id, "chi", [CURE], Queue.SECOND)
    assert next_item(engine, "dung", Queue.SECOND, VERSIONS) is None
    assert settled(engine, ad_id) is not None


def test_the_share_of_second_readings_is_as_set(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "0.25")
    for ad_id in flagged(engine, 40):
        tell(engine, ad_id, "an", [CURE])
    assert queue_sizes(engine, VERSIONS, "bình")[Queue.SECOND] == pytest.approx(10, abs=3)
    assert queue_sizes(engine, VERSIONS, "an")[Queue.SECOND] == 0
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "a third")
    with pytest.raises(InputError, match="MEDAD_SECOND_SHARE"):
        queue_sizes(engine, VERSIONS, "bình")


def test_a_late_answer_counts_as_a_second_reading(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    _next(engine, "an")
    release(engine, "an")  # the lease ran out while the page stood open
    _next(engine, "bình")
    tell(engine, ad_id, "bình", [CURE])
    tell(engine, ad_id, "an", [])
    assert [row.queue for row in rows(engine, ad_id)] == [Queue.PRIORITY, Queue.SECOND]
    assert settled(engine, ad_id) is None
    assert queue_sizes(engine, VERSIONS, "chi")[Queue.DISAGREEMENT] == 1


def test_kappa_of_the_outcome_and_of_each_code(engine: Engine) -> None:
    ads = flagged(engine, 4, LIKELY)
    first = [[CURE], [CURE], [], []]
    second = [[CURE], [], [], [CURE, ABSOLUTE]]
    for ad_id, one, other in zip(ads, first, second, strict=True):
        tell(engine, ad_id, "an", one, blind=ad_id == ads[0])
        tell(engine, ad_id, "bình", other, Queue.SECOND, blind=True)
    tell(engine, ads[1], "chi", [CURE], Queue.DISAGREEMENT)  # sees both: no independent reading
    found = agreement(engine)
    assert (found.pairs, found.blind_pairs, found.same) == (4, 1, 2)
    assert found.outcome == pytest.approx(0.0)  # two of four alike, and two of four by chance
    codes = {row.code: row for row in found.codes}
    assert (codes[CURE].first, codes[CURE].second, codes[CURE].both) == (2, 2, 1)
    assert codes[ABSOLUTE].kappa == pytest.approx(0.0)
    assert codes[Code.FALSE_AUTHORITY].kappa is None
    assert agreement(engine, blind_only=True).pairs == 1
