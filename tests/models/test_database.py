"""The database: migrations, pragmas, refusals in one clear line, and what the tables will not store."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.database import METADATA, insert_missing, open_database, session
from models.errors import StoreError
from models.tables import Advertisement, Finding, Run
from models.vocabulary import Code, Method, RunStatus, Stage


def _ad(**changes: Any) -> dict[str, Any]:
    seen = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    row = {
        "url": "http://a.example/",
        "site": "a.example",
        "source": "s",
        "title": "",
        "text": "chữa khỏi",
        "main_end": 9,
    }
    return {
        **row,
        "title": "",
        "text_sha256": "0" * 64,
        "first_seen_at": seen,
        "last_seen_at": seen,
        "extractor": "t",
        **changes,
    }


def _finding(ad_id: int, **changes: Any) -> Finding:
    row: dict[str, Any] = {
        "advertisement_id": ad_id,
        "stage": Stage.SCORE,
        "version": "1",
        "code": Code.CURE_GUARANTEE,
        "method": Method.RULE,
        "probability": 0.9,
        "quote": "chữa khỏi",
        "end_at": 9,
        "shown_on": date(2026, 11, 24),
        "provision_count": 1,
    }
    return Finding(**{**row, **changes})


def test_the_migrations_build_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_opening_twice_changes_nothing(db_url: str, engine: Engine) -> None:
    with session(engine) as opened:
        opened.add(Run(id="r1", kind="crawl"))
    again = open_database(db_url)
    with session(again) as opened:
        assert [run.id for run in opened.exec(select(Run))] == ["r1"]
    again.dispose()


def test_words_are_stored_by_value_and_moments_come_back_aware(engine: Engine) -> None:
    with session(engine) as opened:
        opened.add(Run(id="r1", kind="crawl", status=RunStatus.DONE))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT status FROM run")).scalar_one() == "done"
    with session(engine) as opened:
        started = opened.exec(select(Run)).one().started_at
        assert started.tzinfo is not None


def test_inserting_again_keeps_the_first(engine: Engine) -> None:
    for title in ("first", "second"):
        with session(engine) as opened:
            insert_missing(opened, Advertisement, [_ad(title=title)])
    with session(engine) as opened:
        assert [ad.title for ad in opened.exec(select(Advertisement))] == ["first"]


@pytest.mark.parametrize(
    "changes",
    [
        {"quote": ""},
        {"provision_count": 0},
        {"probability": 1.5},
        {"start_at": 5, "end_at": 2},
        {"advertisement_id": 999},
    ],
)
def test_a_finding_without_proof_or_law_or_subject_cannot_be_stored(engine: Engine, changes: dict[str, Any]) -> None:
    with session(engine) as opened:
        insert_missing(opened, Advertisement, [_ad()])
    with session(engine) as opened:
        ad_id = opened.exec(select(Advertisement.id)).one()
        assert ad_id is not None
        opened.add(_finding(ad_id))
    with pytest.raises(IntegrityError), session(engine) as opened:
        opened.add(_finding(ad_id, **changes))


def test_sqlite_runs_with_wal_foreign_keys_and_a_busy_timeout(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with opened.connect() as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "foreign_keys")]
        assert found == ["wal", 1]
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() >= 10_000
    opened.dispose()


def test_a_newer_database_is_refused_and_left_alone(db_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer medad"):
        open_database(db_url)


def test_someone_elses_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "b.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="not medad's"):
        open_database(f"sqlite:///{tmp_path / 'b.db'}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "no database URL"),
        ("sqlite:////nonexistent-folder/x.db", "cannot be opened"),
        ("foo://x/y", "no driver"),
    ],
)
def test_a_bad_address_is_named(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_database(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match="not a medad database"):
        open_database(f"sqlite:///{tmp_path / 'c.db'}")
