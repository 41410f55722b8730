"""Ten readers at once: none is given what another holds, no answer is lost; threads and processes, both databases."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from command import ROOT, environment
from reading_world import LIKELY, SURE, VERSIONS, flagged, rows, tell
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.database import open_database
from models.vocabulary import CaseStatus, Code, Queue
from pipeline.claims import claim
from pipeline.readings import next_item, undo

CURE = Code.CURE_GUARANTEE
READERS = [f"người đọc {number}" for number in range(10)]


def _read_all(engine: Engine, reader: str, start: Barrier) -> list[int]:
    """Read until nothing is left, as one person does."""
    read = []
    start.wait()
    while item := next_item(engine, reader, Queue.PRIORITY, VERSIONS):
        tell(engine, item.ad_id, reader, [CURE])
        read.append(item.ad_id)
    return read


def test_ten_threads_read_each_advertisement_once(db_url: str, engine: Engine) -> None:
    ads = flagged(engine, 30)
    others = [open_database(db_url) for _ in range(2)]  # as of other processes: nothing remembered is shared
    start = Barrier(len(READERS))
    with ThreadPoolExecutor(len(READERS)) as pool:
        shares = list(
            pool.map(lambda at: _read_all([engine, *others][at % 3], READERS[at], start), range(len(READERS)))
        )
    for other in others:
        other.dispose()
    assert Counter(ad for share in shares for ad in share) == Counter(ads)
    with Session(engine) as opened:
        stored = opened.exec(select(tables.Reading)).all()
        assert sorted(row.advertisement_id for row in stored) == sorted(ads)
        assert not opened.exec(select(tables.Claim)).all()
        assert {case.status for case in opened.exec(select(tables.Case))} == {CaseStatus.IN_TRIAGE}
        assert len(opened.exec(select(tables.Decision)).all()) == len(ads)


_READER = """
import sys
from models.database import open_database
from models.vocabulary import Code, Queue, ReadingOutcome
from pipeline.readings import Answer, answer, next_item
url, reader = sys.argv[1:]
engine = open_database(url)
versions = ("score-1", "match-1")
print("ready", flush=True)
sys.stdin.readline()
while item := next_item(engine, reader, Queue.PRIORITY, versions):
    print(item.ad_id, flush=True)
    answer(engine, Answer(item.ad_id, reader, item.queue, ReadingOutcome.CONFIRMED,
                          codes={Code.CURE_GUARANTEE: []}, versions=versions))
engine.dispose()
"""


def test_processes_read_each_advertisement_once(db_url: str, engine: Engine) -> None:
    ads = flagged(engine, 12)
    command = [sys.executable, "-c", _READER, db_url]
    readers = [
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, reader], cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for reader in READERS[:3]
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for reader in readers:
        assert reader.stdin is not None
        reader.stdin.write("go\n")
        reader.stdin.flush()
    given = [int(line) for reader in readers for line in reader.communicate(timeout=60)[0].split()]
    assert all(reader.returncode == 0 for reader in readers)
    assert sorted(given) == sorted(ads)


def test_one_of_many_who_want_the_same_gets_it(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    start = Barrier(len(READERS))

    def take(reader: str) -> bool:
        start.wait()
        with Session(engine) as opened:
            taken = claim(opened, ad_id, reader, Queue.PRIORITY, tables.now())
            opened.commit()
        return taken

    with ThreadPoolExecutor(len(READERS)) as pool:
        assert sum(pool.map(take, READERS)) == 1


def test_ten_answers_on_one_advertisement_are_all_kept_and_its_case_moves_once(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1)
    start = Barrier(len(READERS))

    def say(reader: str) -> int:
        start.wait()
        return tell(engine, ad_id, reader, [CURE])

    with ThreadPoolExecutor(len(READERS)) as pool:
        assert len(set(pool.map(say, READERS))) == len(READERS)
    stored = rows(engine, ad_id)
    assert sorted(row.reader for row in stored) == sorted(READERS)
    assert Counter(row.queue for row in stored) == {Queue.PRIORITY: 1, Queue.SECOND: 9}
    with Session(engine) as opened:
        assert len(opened.exec(select(tables.Decision)).all()) == 1


def test_one_reader_in_many_windows_leaves_one_standing_answer(engine: Engine) -> None:
    [ad_id] = flagged(engine, 1, LIKELY)
    start = Barrier(8)

    def say(number: int) -> int:
        start.wait()
        return tell(engine, ad_id, "an", [CURE] if number % 2 else [])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(8)))
    stored = rows(engine, ad_id)
    replaced = [row.supersedes_id for row in stored if row.supersedes_id]
    assert len(replaced) == len(set(replaced)) == len(stored) - 1  # one chain


def test_undone_twice_at_once_is_undone_once_each(engine: Engine) -> None:
    ads = flagged(engine, 2, SURE)
    for ad_id in ads:
        tell(engine, ad_id, "an", [CURE])
    start = Barrier(2)

    def back(_number: int) -> int | None:
        start.wait()
        return undo(engine, "an")

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(back, range(2)))
    undone = [row for ad_id in ads for row in rows(engine, ad_id) if row.supersedes_id]
    assert len({row.supersedes_id for row in undone}) == len(undone)
    assert len([ad_id for ad_id in taken if ad_id is not None]) == len(undone)


@pytest.mark.parametrize("queue", [Queue.PRIORITY, Queue.SECOND])
def test_a_claim_is_kept_through_its_own_renewal(engine: Engine, queue: Queue) -> None:
    [ad_id] = flagged(engine, 1)
    for reader, gets in (("an", True), ("an", True), ("bình", False)):
        with Session(engine) as opened:
            assert claim(opened, ad_id, reader, queue, tables.now()) is gets
            opened.commit()
