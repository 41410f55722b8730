"""What all tests share: a fresh database per test, on SQLite or on the server that MEDAD_TEST_DB names."""

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text
from sqlmodel import create_engine

from models.database import open_database

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background (nohup, some CI): children would inherit that Ctrl-C is ignored, and be tested for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def db_url(tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database: SQLite, or a new one on the PostgreSQL server of MEDAD_TEST_DB."""
    server = os.environ.get("MEDAD_TEST_DB")
    if not server:
        yield f"sqlite:///{tmp_path / 'medad.db'}"
        return
    name = f"medad_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def engine(db_url: str) -> Iterator[Engine]:
    """Give an engine on a database at the newest schema."""
    opened = open_database(db_url)
    yield opened
    opened.dispose()
