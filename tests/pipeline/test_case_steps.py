"""What people do with cases stands: steps are added, never edited, and the machine leaves their work alone."""

import threading
from typing import Any

import pytest
from case_world import VERSIONS, add_ad, add_run, build, groups, phone, whole
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from cases.triage import Step, status_after
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import CaseStatus, Code
from pipeline.case_steps import assign, merge, move_case, note, split
from pipeline.casework import dossier, list_cases

FINED = {"outcome": "fined", "fine_vnd": 40_000_000, "decision_number": "12/QĐ-XPHC"}


@pytest.fixture
def two(engine: Engine) -> Engine:
    """Two cases: advertisements 1, 2, 3 on one phone, and 4 on another."""
    add_run(engine)
    for number, line in ((1, 1), (2, 1), (3, 1), (4, 2)):
        add_ad(engine, number, phone(line))
    build(engine)
    assert groups(engine) == {1: [1, 2, 3], 2: [4]}
    return engine


def decisions(engine: Engine, case_id: int) -> list[tables.Decision]:
    with Session(engine) as opened:
        query = select(tables.Decision).where(tables.Decision.case_id == case_id).order_by(col(tables.Decision.id))
        return list(opened.exec(query))


def case(engine: Engine, case_id: int) -> tables.Case:
    with Session(engine) as opened:
        return opened.get_one(tables.Case, case_id)


def test_a_case_goes_the_whole_way_and_its_history_replays(two: Engine) -> None:
    move_case(two, 1, CaseStatus.IN_TRIAGE, "Lan")
    move_case(two, 1, CaseStatus.CONFIRMED, "Lan", "Trích dẫn rõ.")
    note(two, 1, "Đã gọi điện.", "Lan")
    assign(two, 1, "Hùng", "Lan")
    assert (case(two, 1).status, case(two, 1).assignee) == (CaseStatus.ASSIGNED, "Hùng")
    move_case(two, 1, CaseStatus.INSPECTED, "Hùng")
    move_case(two, 1, CaseStatus.DECIDED, "Hùng", "Theo biên bản.", FINED)
    move_case(two, 1, CaseStatus.DECIDED, "Hùng", "Ghi nhầm số tiền.", FINED | {"fine_vnd": 30_000_000})
    move_case(two, 1, CaseStatus.CLOSED, "Hùng", "Đã nộp phạt.")
    file = dossier(two, 1, VERSIONS, "mẫu")
    assert status_after(file.history) is CaseStatus.CLOSED is file.status
    assert [step.step for step in file.history].count(Step.NOTE) == 1
    first, second = [row for row in decisions(two, 1) if row.action == "decided"]
    assert (first.details["fine_vnd"], second.details["fine_vnd"]) == (40_000_000, 30_000_000)
    assert second.supersedes_id == first.id


def test_a_machine_changes_nothing_of_what_a_person_decided(two: Engine) -> None:
    move_case(two, 1, CaseStatus.CONFIRMED, "Lan")
    assign(two, 1, "Hùng", "Lan")
    before = whole(two)
    build(two)
    assert whole(two) == before
    add_ad(two, 9, phone(1))
    build(two)
    assert groups(two)[1] == [1, 2, 3, 9]
    assert (case(two, 1).status, case(two, 1).assignee) == (CaseStatus.ASSIGNED, "Hùng")


def test_what_is_refused_leaves_no_trace(two: Engine) -> None:
    before = whole(two)
    refused: list[Any] = [
        lambda: move_case(two, 1, CaseStatus.DECIDED, "Lan", "vì", FINED),
        lambda: move_case(two, 1, CaseStatus.DISMISSED, "Lan"),
        lambda: move_case(two, 1, CaseStatus.CONFIRMED, "  "),
        lambda: move_case(two, 99, CaseStatus.CONFIRMED, "Lan"),
        lambda: note(two, 1, " ", "Lan"),
        lambda: assign(two, 1, " ", "Lan"),
        lambda: merge(two, 1, 1, "Lan"),
        lambda: merge(two, 1, 99, "Lan"),
        lambda: split(two, 1, [4], "Lan"),
        lambda: split(two, 1, [], "Lan"),
        lambda: split(two, 1, [1, 2, 3], "Lan"),
    ]
    for step in refused:
        with pytest.raises(InputError):
            step()
    assert [rows if number else None for number, rows in enumerate(whole(two))] == [
        rows if number else None for number, rows in enumerate(before)
    ]


def test_a_merged_case_takes_no_more_and_its_keys_lead_to_the_other(two: Engine) -> None:
    closed = merge(two, 2, 1, "Lan", "Cùng chủ.")
    assert (closed.after, closed.details) == (CaseStatus.CLOSED, {"into": 1, "ads": [4]})
    assert (case(two, 2).status, case(two, 2).merged_into_id) == (CaseStatus.CLOSED, 1)
    assert groups(two) == {1: [1, 2, 3, 4]}
    before = whole(two)
    build(two)
    assert whole(two) == before
    add_ad(two, 5, phone(2))
    assert build(two).opened == 0
    assert groups(two) == {1: [1, 2, 3, 4, 5]}
    assert not [text for text in case(two, 1).notes if "vụ việc số 2" in text]
    with pytest.raises(InputError, match="merged into case 1"):
        move_case(two, 2, CaseStatus.IN_TRIAGE, "Lan", "vì")
    with pytest.raises(InputError, match="merged into case 1"):
        merge(two, 1, 2, "Lan")
    file = dossier(two, 1, VERSIONS, "mẫu")
    assert [(step.step, step.details) for step in file.history] == [(Step.MERGE, {"from": 2, "ads": [4]})]
    assert status_after(dossier(two, 2, VERSIONS, "mẫu").history) is CaseStatus.CLOSED


def test_what_was_split_stays_apart_and_is_not_proposed_again(two: Engine) -> None:
    new = split(two, 1, [3], "Lan", "Chủ khác.")
    assert groups(two) == {1: [1, 2], 2: [4], new: [3]}
    before = whole(two)
    assert build(two).opened == 0
    assert whole(two) == before
    assert not case(two, 1).notes
    assert not case(two, new).notes
    with Session(two) as opened:
        link = opened.exec(select(tables.CaseLink).where(tables.CaseLink.advertisement_id == 3)).one()
    assert (link.placed_by, link.reasons) == ("Lan", ["được tách từ vụ việc số 1"])
    assert [(row.action, row.details) for row in decisions(two, new)] == [("split", {"from": 1, "ads": [3]})]


def test_a_split_takes_its_own_keys_along(engine: Engine) -> None:
    add_run(engine)
    add_ad(engine, 1, phone(1))
    add_ad(engine, 2, f"{phone(1)}, {phone(2)}")
    build(engine)
    assert groups(engine) == {1: [1, 2]}
    new = split(engine, 1, [2], "Lan")
    add_ad(engine, 3, phone(2))
    build(engine)
    assert groups(engine) == {1: [1], new: [2, 3]}


def test_a_page_that_a_person_placed_stays_there_when_its_text_changes(two: Engine) -> None:
    new = split(two, 1, [3], "Lan")
    with session(two) as opened:
        opened.execute(
            update(tables.Advertisement)
            .where(col(tables.Advertisement.id) == 3)
            .values(superseded_at=tables.now(), url="https://mau3.example/")
        )
    add_ad(two, 8, phone(1), url="https://mau3.example/", site="mau3.example")
    build(two)
    assert groups(two) == {1: [1, 2], 2: [4], new: [3, 8]}


def test_a_merger_can_be_undone_by_a_split(two: Engine) -> None:
    merge(two, 2, 1, "Lan")
    new = split(two, 1, [4], "Lan", "Nhập nhầm.")
    build(two)
    assert groups(two) == {1: [1, 2, 3], new: [4]}
    add_ad(two, 5, phone(2))
    build(two)
    assert groups(two)[new] == [4, 5]


def test_mergers_in_a_row_lead_to_the_last(two: Engine) -> None:
    add_ad(two, 5, phone(3))
    build(two)
    merge(two, 2, 1, "Lan")
    merge(two, 1, 3, "Lan")
    add_ad(two, 6, phone(2))
    build(two)
    assert groups(two) == {3: [1, 2, 3, 4, 5, 6]}


def test_a_finished_file_is_not_changed(two: Engine) -> None:
    move_case(two, 1, CaseStatus.DISMISSED, "Lan", "Không rõ.")
    for step in (lambda: merge(two, 1, 2, "Lan"), lambda: merge(two, 2, 1, "Lan"), lambda: split(two, 1, [1], "Lan")):
        with pytest.raises(InputError, match="finished file"):
            step()
    with pytest.raises(InputError, match="is dismissed"):
        assign(two, 1, "Hùng", "Lan")
    assert note(two, 1, "Người dân gọi lại.", "Lan").after is CaseStatus.DISMISSED


def test_of_many_who_decide_at_once_one_does_and_the_others_are_told(two: Engine) -> None:
    ended: list[str] = []

    def decide(who: str) -> None:
        try:
            move_case(two, 1, CaseStatus.CONFIRMED, who)
            ended.append("done")
        except InputError as error:
            ended.append(error.what)

    threads = [threading.Thread(target=decide, args=(f"Người {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended.count("done") == 1
    assert all("cannot go from 'confirmed'" in said for said in ended if said != "done")
    assert len(decisions(two, 1)) == 1


def test_the_list_is_filtered(two: Engine) -> None:
    from pipeline.case_lists import Wanted

    add_ad(two, 5, phone(3), code=Code.ABSOLUTE_CLAIM)
    build(two)
    move_case(two, 1, CaseStatus.CONFIRMED, "Lan")
    assign(two, 1, "Hùng", "Lan")

    def found(**wanted: Any) -> list[int]:
        return sorted(row["case"] for row in list_cases(two, None, Wanted(**wanted)))

    assert found() == [1, 2, 3]
    assert found(status=CaseStatus.ASSIGNED) == found(assignee="Hùng") == [1]
    assert found(code=Code.ABSOLUTE_CLAIM) == [3]
    assert found(min_priority=1.0) == []
    assert len(list_cases(two, 2)) == 2
