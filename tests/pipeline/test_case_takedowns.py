"""The clock of a take-down request, from the request to what later captures show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from case_world import VERSIONS, add_ad, add_run, build, phone
from sqlalchemy import Engine, update
from sqlmodel import col

from cases.attached import Seen
from cases.triage import Step
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import CaseStatus
from pipeline.case_lists import Wanted, list_cases
from pipeline.case_steps import merge, move_case, request_takedown, takedowns
from pipeline.casework import dossier
from pipeline.takedowns import requests_table

ASKED = datetime.now(UTC) - timedelta(hours=30)


@pytest.fixture
def world(engine: Engine) -> Engine:
    """Case 1 with advertisements 1 to 4 (4 is down already), case 2 with 5."""
    add_run(engine)
    for number in (1, 2, 3, 4):
        add_ad(engine, number, phone(1), seen=ASKED - timedelta(days=1))
    add_ad(engine, 5, phone(2), seen=ASKED - timedelta(days=1))
    build(engine)
    change(engine, 4, withdrawn_at=ASKED - timedelta(hours=1))
    return engine


def change(engine: Engine, number: int, **values: Any) -> None:
    with session(engine) as opened:
        opened.execute(update(tables.Advertisement).where(col(tables.Advertisement.id) == number).values(**values))


def test_all_that_is_shown_is_asked_for_and_later_captures_say_what_came_of_it(world: Engine) -> None:
    made = request_takedown(world, 1, "Lan", addressee=" Nền tảng\nMẫu ", note="CV 12", at=ASKED)
    assert [(each.ad_id, each.seen, each.overdue) for each in made] == [
        (number, Seen.UNKNOWN, True) for number in (1, 2, 3)
    ]
    assert {each.addressee for each in made} == {"Nền tảng Mẫu"}
    assert {each.due_at - each.requested_at for each in made} == {timedelta(hours=24)}
    later = ASKED + timedelta(hours=10)
    change(world, 1, withdrawn_at=later)
    change(world, 2, last_seen_at=later)
    change(world, 3, superseded_at=later)
    found = {each.ad_id: each for each in takedowns(world)}
    assert {ad_id: (each.seen, each.overdue) for ad_id, each in found.items()} == {
        1: (Seen.OBEYED, False),
        2: (Seen.LIVE, True),
        3: (Seen.CHANGED, False),
    }
    assert [row["case"] for row in list_cases(world, None, Wanted(overdue=True))] == [1]
    change(world, 1, withdrawn_at=None, last_seen_at=later + timedelta(hours=1))
    assert next(each for each in takedowns(world, 1) if each.ad_id == 1).seen is Seen.LIVE
    said = requests_table(takedowns(world))
    assert said.count("Yêu cầu số") == 3
    assert "tới Nền tảng Mẫu" in said


def test_a_request_is_a_step_of_the_case_and_moves_with_a_merger(world: Engine) -> None:
    request_takedown(world, 2, "Lan", ad_ids=[5], at=ASKED)
    merge(world, 2, 1, "Lan")
    assert [each.ad_id for each in takedowns(world, 1)] == [5]
    assert [row["case"] for row in list_cases(world, None, Wanted(overdue=True))] == [1]
    assert dossier(world, 2, VERSIONS, "mẫu").history[0].step is Step.TAKEDOWN
    assert [each.ad_id for each in dossier(world, 1, VERSIONS, "mẫu").requests] == [5]
    with pytest.raises(InputError, match="nothing is requested"):
        request_takedown(world, 2, "Lan")


def test_what_is_not_of_the_case_or_not_shown_is_not_asked_for(world: Engine) -> None:
    with pytest.raises(InputError, match="not of case 1: 5"):
        request_takedown(world, 1, "Lan", ad_ids=[1, 5])
    for number in (1, 2, 3):
        change(world, number, withdrawn_at=ASKED)
    with pytest.raises(InputError, match="known to be shown"):
        request_takedown(world, 1, "Lan")
    assert len(request_takedown(world, 1, "Lan", ad_ids=[4])) == 1
    move_case(world, 2, CaseStatus.DISMISSED, "Lan", "Không rõ.")
    with pytest.raises(InputError, match="is dismissed"):
        request_takedown(world, 2, "Lan")
    assert len(takedowns(world)) == 1
