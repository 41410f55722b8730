"""The dashboard's figures, the audit sample's bound and weights, against counts made by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from reading_world import LIKELY, SURE, VERSIONS, advertisement, flagged, judged, says, store, tell, unflagged
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.errors import InputError
from models.vocabulary import CaseStatus, Code, MentionKind, Queue, RegistryKind, Verdict
from pipeline.clock import today
from pipeline.dashboard import figures
from pipeline.districts import district_of
from pipeline.readings import answer, audit_estimate, draw_audit, export_labels, next_item, queue_sizes
from pipeline.shares import upper_bound, wilson

CURE, ABSOLUTE = Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM


def test_figures_are_what_was_done(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "0")
    one, two, three, four = flagged(engine, 4, {CURE: 0.8, ABSOLUTE: 0.6})
    unflagged(engine, [0.5, 0.05])
    with Session(engine) as opened:
        opened.get_one(tables.Advertisement, two).source = "nguon-b"
        opened.get_one(tables.Advertisement, four).withdrawn_at = datetime.now(UTC)
        opened.commit()
    tell(engine, one, "an", [CURE])
    tell(engine, two, "an", [])
    tell(engine, three, "bình", None)
    found = figures(engine, VERSIONS)
    assert (found.advertisements, found.leads, found.withdrawn) == (6, 4, 1)
    assert {row.status: row.cases for row in found.cases if row.cases} == {CaseStatus.NEW: 3, CaseStatus.IN_TRIAGE: 1}
    assert len(found.readings) == len(found.decisions) == 30
    last = found.readings[-1]
    assert (last.day, last.confirmed, last.rejected, last.second_reading, last.skipped) == (today(), 1, 1, 1, 0)
    assert [row.decisions for row in found.decisions[-2:]] == [0, 1]
    assert {row.key: (row.leads, row.read, row.confirmed) for row in found.by_code} == {
        "cure_guarantee": (4, 2, 1),
        "absolute_claim": (4, 2, 0),
    }
    assert {row.key: (row.leads, row.read, row.confirmed) for row in found.by_source} == {
        "nguon-a": (3, 1, 1),
        "nguon-b": (1, 1, 0),
    }
    assert [(row.key, row.name_vi, row.leads) for row in found.by_domain] == [
        ("service", "dịch vụ khám bệnh, chữa bệnh", 4)
    ]
    precision = {row.code: row for row in found.precision}
    assert (precision[CURE].proposed, precision[CURE].confirmed, precision[CURE].share) == (2, 1, 0.5)
    assert (precision[ABSOLUTE].low, precision[ABSOLUTE].high) == wilson(0, 2)
    assert found.backlog == {
        Queue.PRIORITY: 1, Queue.UNCERTAINTY: 1, Queue.AUDIT: 0, Queue.SECOND: 1, Queue.DISAGREEMENT: 0,
    }  # fmt: skip
    assert found.median_reading_seconds == pytest.approx(20, abs=5)
    assert found.median_hours_to_decision is None
    assert found.audit is None


def test_days_are_those_of_vietnam_and_can_be_chosen(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    tell(engine, ad_id, "an", [CURE])
    with Session(engine) as opened:
        row = opened.get_one(tables.Reading, 1)
        row.read_at = datetime(2026, 11, 10, 18, 30, tzinfo=UTC)  # the 11th, half past one at night
        opened.commit()
    found = figures(engine, VERSIONS, date(2026, 11, 10), date(2026, 11, 12))
    assert [row.confirmed for row in found.readings] == [0, 1, 0]


def test_the_time_to_a_decision_is_from_the_opening_of_the_case(engine: Engine) -> None:
    flagged(engine, 1)
    now = datetime.now(UTC)
    with Session(engine) as opened:
        case = opened.get_one(tables.Case, 1)
        case.opened_at = now - timedelta(hours=5)
        opened.commit()
    for action, hours in (("in_triage", 4), ("confirmed", 2), ("dismissed", 1)):
        moment = now - timedelta(hours=hours)
        store(engine, tables.Decision(case_id=1, decided_at=moment, decided_by="an", action=action))
    assert figures(engine, VERSIONS).median_hours_to_decision == 3.0


def test_a_district_is_the_registered_one_before_the_address_of_the_page(engine: Engine) -> None:
    one, two, three = flagged(engine, 3)
    for ad_id in (one, two):
        store(
            engine,
            tables.Mention(
                advertisement_id=ad_id, version=VERSIONS[1], kind=MentionKind.ADDRESS, text="12 Lá, Q.5", start_at=0,
                end_at=5, value="12 lá, q.5",
            ),
        )  # fmt: skip
    snapshot = store(engine, tables.RegistrySnapshot(kind=RegistryKind.FACILITIES, file_name="f", file_sha256="0"))[0]
    store(
        engine,
        tables.RegistryRecord(
            kind=RegistryKind.FACILITIES, record_id="F1", content={"district": "Quận 10"}, content_sha256="0",
            from_snapshot_id=snapshot,
        ),
        tables.RegistryAnswer(
            advertisement_id=two, query_id="q", version=VERSIONS[1], kind=MentionKind.FACILITY, named="x", passage="x",
            decision=Verdict.MATCHED, probability=0.9, registry_id="F1", as_of=date(2026, 11, 1), primary=True,
        ),
    )  # fmt: skip
    assert {row.name_vi: row.leads for row in figures(engine, VERSIONS).by_district} == {
        "Quận 5": 1, "Quận 10": 1, "Không rõ": 1,
    }  # fmt: skip
    assert three


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("12 nguyễn trãi, phường 3, quận 05, tp. hcm", "Quận 5"),
        ("12 lê lợi, p. bến nghé, q.1", "Quận 1"),
        ("số 8, h. hóc môn, tphcm", "Huyện Hóc Môn"),
        ("88 võ văn ngân, tp. thủ đức", "Thành phố Thủ Đức"),
        ("quầy số 3, chợ lớn", ""),
        ("", ""),
    ],
)
def test_the_district_of_an_address(address: str, district: str) -> None:
    assert district_of(address) == district


# ── the audit sample ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_audit_counts_what_the_machine_missed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "0")
    flagged(engine, 2)
    pool = unflagged(engine, [0.05] * 12)
    tell(engine, pool[0], "an", [])  # read before: not drawn
    [gone] = store(engine, advertisement(500, superseded_at=datetime.now(UTC)))
    store(engine, *judged(gone, 0.1, {}))
    sample = draw_audit(engine, VERSIONS, 5, seed=3, by="an")
    before = audit_estimate(engine)
    assert before is not None
    assert (before.sample, before.population, before.size, before.read, before.share) == (sample, 11, 5, 0, None)
    assert (before.upper, before.misses_at_most) == (1.0, 11)
    assert queue_sizes(engine, VERSIONS, "an")[Queue.AUDIT] == 5
    drawn = []
    while item := next_item(engine, "an", Queue.AUDIT, VERSIONS):
        drawn.append(item.ad_id)
        tell(engine, item.ad_id, "an", [CURE] if len(drawn) == 1 else [], Queue.AUDIT)
    assert len(drawn) == 5
    assert set(drawn) <= set(pool[1:])
    after = audit_estimate(engine)
    assert after is not None
    assert (after.read, after.misses, after.share, after.misses_expected) == (5, 1, 0.2, 2)
    assert after.upper == upper_bound(1, 5)
    assert {line["weight"] for line in export_labels(engine) if line["queue"] == "audit"} == {11 / 5}
    assert figures(engine, VERSIONS).audit == after


def test_the_same_seed_draws_the_same_and_another_another(engine: Engine) -> None:
    unflagged(engine, [0.3] * 30)

    def draw(seed: int) -> list[int]:
        sample = draw_audit(engine, VERSIONS, 8, seed, "an")
        with Session(engine) as opened:
            query = select(tables.AuditItem).where(tables.AuditItem.sample_id == sample)
            return [item.advertisement_id for item in opened.exec(query)]

    first, again, other = draw(1), draw(1), draw(2)
    assert first == again
    assert first != other
    assert queue_sizes(engine, VERSIONS, "an")[Queue.UNCERTAINTY] == 22  # an audited one waits for its own turn


def test_nothing_to_draw_from_is_told(engine: Engine) -> None:
    flagged(engine, 1)
    with pytest.raises(InputError, match="Không có quảng cáo nào"):
        draw_audit(engine, VERSIONS, 5, 1, "an")
    with pytest.raises(InputError, match="Cỡ mẫu 0"):
        draw_audit(engine, VERSIONS, 0, 1, "an")
    with pytest.raises(InputError, match="mẫu kiểm tra số 7"):
        audit_estimate(engine, 7)


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_stands_becomes_a_label(engine: Engine) -> None:
    apart, settled, late = flagged(engine, 3, SURE)
    tell(engine, apart, "an", [CURE])
    tell(engine, apart, "bình", [], Queue.SECOND)
    tell(engine, settled, "an", [CURE])
    tell(engine, settled, "bình", [], Queue.SECOND)
    tell(engine, settled, "chi", [], Queue.DISAGREEMENT)
    start = datetime.now(UTC)
    tell(engine, late, "an", [CURE, Code.MISSING_MANDATORY_NOTICE], blind=True)
    first, second = export_labels(engine)
    assert (first["id"], first["codes"], first["adjudicated"], first["reader"]) == (f"ad-{settled}", {}, True, "chi")
    assert (second["blind"], second["readers"], second["queue"]) == (True, 1, "priority")
    assert second["other_codes"] == ["missing_mandatory_notice"]
    assert [line["id"] for line in export_labels(engine, start)] == [f"ad-{late}"]


def test_a_quote_in_the_footer_brings_the_whole_page(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1, LIKELY)
    item = next_item(engine, "an", Queue.PRIORITY, VERSIONS)
    assert item is not None
    start = item.text.index("Số")
    answer(engine, replace(says(ad_id, "an", [CURE]), codes={CURE: [(start, start + 2)]}))
    [label] = export_labels(engine)
    assert label["text"] == item.text
    assert label["codes"] == {"cure_guarantee": ["Số"]}
