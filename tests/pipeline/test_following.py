"""The database follows a crawl under way, never ahead of what the crawl has said."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import SITE, capture
from sqlalchemy import Engine, func
from sqlmodel import Session, select

from crawler.chain import read_log
from crawler.evidence import EvidenceStore
from crawler.run import Progress
from models import tables
from models.errors import EvidenceError, MedadError
from models.vocabulary import Outcome
from pipeline.following import Following
from pipeline.ingest import Ingested, ingest
from pipeline.runner import executor


def told(seq: int) -> Progress:
    return Progress("r1", "s", f"{SITE}/x", Outcome.CAPTURED, seq, seq=seq)


def stored(engine: Engine) -> int:
    with Session(engine) as opened:
        return int(opened.execute(select(func.count(tables.Capture.id))).scalar_one())  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    with EvidenceStore(tmp_path / "evidence") as opened:
        opened.begin("r1", {"robots": "obeyed (RFC 9309)"})
        yield opened


def test_what_was_told_is_read_and_the_rest_at_the_end(engine: Engine, store: EvidenceStore) -> None:
    with Following(engine, store.directory) as following:
        for number in range(140):
            following.note(told(capture(store, f"a{number}")["seq"]))
        untold = [capture(store, f"b{number}") for number in range(200)]
        deadline = time.monotonic() + 20
        while stored(engine) < 32 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)
        assert 32 <= stored(engine) <= 140
        assert len(untold) == 200
    assert following.done.events == following.done.new == stored(engine) == 340
    with executor(1) as single:
        assert ingest(engine, store.directory, single) == Ingested()


def test_a_crawl_that_breaks_ends_the_reading_and_the_next_goes_on(engine: Engine, store: EvidenceStore) -> None:
    following = Following(engine, store.directory)
    with pytest.raises(MedadError, match="unexpectedly"), following:
        for number in range(10):
            following.note(told(capture(store, f"a{number}")["seq"]))
        raise MedadError("The crawler ended unexpectedly.")
    before = stored(engine)
    assert following.done.events == before <= 10
    with executor(1) as single:
        assert (following.done + ingest(engine, store.directory, single)).events == 10


def test_what_goes_wrong_while_following_is_raised_where_the_crawl_ends(engine: Engine, store: EvidenceStore) -> None:
    event = capture(store, "a")
    part = store.directory / event["warc"]
    whole, end = part.read_bytes(), event["offset"] + event["length"]
    part.write_bytes(whole[: end - 9] + bytes([whole[end - 9] ^ 1]) + whole[end - 8 :])
    with pytest.raises(EvidenceError, match="was altered"), Following(engine, store.directory) as following:
        following.note(told(event["seq"]))


def test_nothing_to_follow(engine: Engine, tmp_path: Path) -> None:
    with Following(engine, tmp_path / "nowhere") as following:
        pass
    assert following.done == Ingested()


def test_a_log_is_read_as_far_as_it_may_be(store: EvidenceStore) -> None:
    for number in range(3):
        capture(store, f"a{number}")
    assert [head.seq for _, head in read_log(store.directory, wait=lambda seq: seq <= 3)] == [1, 2, 3]
    assert [head.seq for _, head in read_log(store.directory, 2, lambda seq: seq <= 3)] == [3]
    assert list(read_log(store.directory, wait=lambda _: False)) == []
