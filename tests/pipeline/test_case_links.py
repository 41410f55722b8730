"""What ties advertisements as rows: addresses old and new, accounts, pages, texts; owners who come back; reports."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_world import VERSIONS, add_ad, add_run, build, groups, phone, whole
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from cases.types import KeyKind
from models import tables
from models.database import open_database, session
from models.errors import InputError
from models.vocabulary import CaseStatus, Code
from pipeline.case_steps import assign, merge, move_case, split
from pipeline.casework import dossier
from pipeline.lead_keys import address_keys, page_of
from pipeline.leads import LeadReader

FINED = {"outcome": "fined", "fine_vnd": 40_000_000, "decision_number": "12/QĐ-XPHC"}


def keys(engine: Engine, number: int, kind: KeyKind) -> list[str]:
    with Session(engine) as opened:
        (lead,) = LeadReader(opened, VERSIONS).of([number])
    return [key.value for key in lead.keys if key.kind is kind]


def notes(engine: Engine, case_id: int) -> list[str]:
    with Session(engine) as opened:
        return opened.get_one(tables.Case, case_id).notes


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("12/3 Lê Lợi, Phường Bến Nghé, Quận 1", "số 12/3 đường Lê Lợi, phường Sài Gòn, TP HCM"),
        ("12 Nguyễn Trãi, Phường 2, Quận 5, TP.HCM", "12 Nguyễn Trãi, P. Chợ Quán, TP. Hồ Chí Minh"),
        ("12 Nguyễn Trãi, Phường 2, Quận 5", "12 Nguyễn Trãi, Q.5"),
        ("Tầng 3, tòa nha Mẫu, 12 Nguyễn Trãi, Phường 2, Quận 5", "12 NGUYỄN TRÃI, Quận 5"),
    ],
)
def test_an_old_and_a_new_way_of_writing_one_address_meet(left: str, right: str) -> None:
    assert {key.value for key in address_keys(left)} & {key.value for key in address_keys(right)}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("12 Nguyễn Trãi, Phường 2, Quận 5", "14 Nguyễn Trãi, Phường 2, Quận 5"),
        ("12 Nguyễn Trãi, Phường 2, Quận 5", "12 Nguyễn Trãi, Phường 2, Quận Tân Bình"),
        ("12 Nguyễn Trãi", "12 Nguyễn Trãi"),
        ("Nguyễn Trãi, Quận 5", "Nguyễn Trãi, Quận 5"),
    ],
)
def test_what_may_be_two_places_ties_nothing(left: str, right: str) -> None:
    assert not {key.value for key in address_keys(left)} & {key.value for key in address_keys(right)}


def test_a_page_below_a_shared_host_is_a_place() -> None:
    assert page_of("https://www.facebook.com/SpaMau/posts/7", "facebook.com") == "facebook.com/spamau"
    assert page_of("https://m.facebook.com/spamau?x=1", "m.facebook.com") == "facebook.com/spamau"
    assert page_of("https://facebook.com/groups/7", "facebook.com") == "facebook.com"
    assert page_of("https://facebook.com/story.php?id=7", "facebook.com") == "facebook.com"
    assert page_of("https://mau.example/gia", "mau.example") == "mau.example"


def test_accounts_and_near_copies_are_keys(engine: Engine) -> None:
    add_ad(engine, 1, "STK: 0123 4567 89 ACB", text_group=1)
    add_ad(engine, 2, "Chuyển khoản: số tài khoản 0123456789")
    assert keys(engine, 1, KeyKind.ACCOUNT) == keys(engine, 2, KeyKind.ACCOUNT) == ["0123456789"]
    assert (keys(engine, 1, KeyKind.TEXT), keys(engine, 2, KeyKind.TEXT)) == (["1"], [])
    build(engine)
    assert groups(engine) == {1: [1, 2]}


def test_near_copies_of_two_cases_are_told_to_both_once_and_for_good(engine: Engine) -> None:
    add_run(engine)
    add_ad(engine, 1, phone(1), text_group=1)
    add_ad(engine, 2, phone(2), text_group=1)
    build(engine)
    assert groups(engine) == {1: [1], 2: [2]}
    assert "Có điểm chung với vụ việc số 2" in notes(engine, 1)[0]
    assert "Có điểm chung với vụ việc số 1" in notes(engine, 2)[0]
    before = whole(engine)
    build(engine)
    assert whole(engine) == before


def test_an_owner_who_comes_back_after_a_decision_is_a_new_case_that_names_the_old(engine: Engine) -> None:
    add_run(engine)
    add_ad(engine, 1, phone(1))
    add_ad(engine, 2, phone(9))
    build(engine)
    move_case(engine, 1, CaseStatus.CONFIRMED, "Lan")
    assign(engine, 1, "Hùng", "Lan")
    move_case(engine, 1, CaseStatus.INSPECTED, "Hùng")
    move_case(engine, 1, CaseStatus.DECIDED, "Hùng", "Theo biên bản.", FINED)
    add_ad(engine, 3, phone(1))
    build(engine)
    assert groups(engine) == {1: [1], 2: [2], 3: [3]}
    assert "vụ việc số 1 (phạt tiền 40.000.000 đồng, quyết định số 12/QĐ-XPHC" in notes(engine, 3)[0]
    file = dossier(engine, 3, VERSIONS, "mẫu")
    part = next(part for part in file.priority.parts if part.name_vi == "Quyết định trước đây")
    assert part.value == 1.0
    assert file.precedents[0].case_id == 1
    assert not any(each.case_id == 1 for each in dossier(engine, 1, VERSIONS, "mẫu").precedents)
    before = whole(engine)
    build(engine)
    assert whole(engine) == before


def test_reports_are_counted_and_who_made_them_is_nowhere(engine: Engine) -> None:
    add_run(engine)
    add_ad(engine, 1, phone(1))
    add_ad(engine, 2, phone(2))
    build(engine)
    with session(engine) as opened:
        for number, (case_id, ad_id) in enumerate([(1, None), (None, 1), (1, 1), (2, None), (None, None)], start=1):
            report = tables.Report(
                run_id="r", received_on=date(2026, 11, number), content="Tôi bị lừa", content_sha256=str(number)
            )
            report.case_id, report.advertisement_id = case_id, ad_id
            opened.add(report)
            opened.flush()
            assert report.id is not None
            opened.add(tables.Reporter(report_id=report.id, name="Người Phản Ánh", phone="0900000000"))
    from cases.dossier import render_html, render_json

    file = dossier(engine, 1, VERSIONS, "mẫu")
    assert (file.reports.count, file.reports.first_on, file.reports.last_on) == (
        3,
        date(2026, 11, 1),
        date(2026, 11, 3),
    )
    page = render_html(file)
    assert "3 phản ánh, từ ngày 01/11/2026 đến ngày 03/11/2026" in page
    for secret in ("Người Phản Ánh", "0900000000", "Tôi bị lừa"):
        assert secret not in page + render_json(file)
    merge(engine, 2, 1, "Lan")
    assert dossier(engine, 1, VERSIONS, "mẫu").reports.count == 4


STEPS = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "build", "add", "move"]), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with six advertisements in cases, to be copied."""
    file = tmp_path_factory.mktemp("walk") / "m.db"
    engine = open_database(f"sqlite:///{file}")
    add_run(engine)
    for number in range(1, 7):
        add_ad(engine, number, phone(number % 3), text_group=number % 2 + 1)
    build(engine)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return file


@settings(max_examples=12, deadline=None)
@given(steps=STEPS)
def test_whatever_people_do_the_next_run_changes_nothing_and_loses_nothing(
    built: Path, steps: list[tuple[str, int, int]]
) -> None:
    file = built.with_name("walked.db")
    for each in built.parent.glob("walked.db*"):
        each.unlink()
    shutil.copy(built, file)
    engine = open_database(f"sqlite:///{file}")
    try:
        for at, step in enumerate(steps):
            _walk(engine, step, 100 + at)
        build(engine)
        before, placed = whole(engine), _placed(engine)
        build(engine)
        assert whole(engine) == before
        ads = [ad for members in groups(engine).values() for ad in members]
        assert sorted(ads) == sorted(set(ads))
        assert set(range(1, 7)) <= set(ads)
        for case_id, ad_id in placed:
            assert ad_id in groups(engine)[case_id]
    finally:
        engine.dispose()


def _placed(engine: Engine) -> list[tuple[int, int]]:
    with Session(engine) as opened:
        rows = opened.exec(select(tables.CaseLink).where(col(tables.CaseLink.placed_by) != ""))
        return [(row.case_id, row.advertisement_id) for row in rows]


def _walk(engine: Engine, step: tuple[str, int, int], number: int) -> None:
    kind, first, second = step
    now = groups(engine)
    cases = sorted(now)
    mine, other = cases[first % len(cases)], cases[second % len(cases)]
    does: dict[str, Any] = {
        "merge": lambda: merge(engine, mine, other, "Lan"),
        "split": lambda: split(engine, mine, [now[mine][second % len(now[mine])]], "Lan"),
        "build": lambda: build(engine),
        "add": lambda: add_ad(engine, number, phone(first % 4), code=Code.FALSE_AUTHORITY),
        "move": lambda: move_case(engine, mine, CaseStatus.CONFIRMED, "Lan"),
    }
    placed = _placed(engine) if kind in {"build", "add", "move"} else []
    try:
        does[kind]()
    except InputError:
        return  # a step that people may not take
    assert set(placed) <= set(_placed(engine))
