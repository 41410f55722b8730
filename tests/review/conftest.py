"""A screen over a fresh database, and people who are signed in to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from screen_person import Person
from screen_rows import account
from sqlalchemy import Engine

from models.vocabulary import Role

pytest.importorskip("fastapi", reason="needs the review extra")
pytest.importorskip("argon2", reason="needs the review extra")


@pytest.fixture
def fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little memory: what is tested is not argon2."""
    from argon2 import PasswordHasher

    from pipeline import accounts

    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    accounts._nobodys.cache_clear()
    monkeypatch.setattr(accounts, "_hasher", lambda: quick)


@pytest.fixture
def screen(engine: Engine, tmp_path: Path, fast_hashes: None) -> Iterator[Callable[[], Person]]:
    """Give a maker of browsers on one screen."""
    from starlette.testclient import TestClient

    from review.app import create_app

    app = create_app(engine, tmp_path)
    opened: list[Any] = []

    def make() -> Person:
        client = TestClient(app)
        opened.append(client)
        return Person(client)

    make.app = app  # type: ignore[attr-defined]  # the enumeration of routes needs it
    yield make
    for client in opened:
        client.close()


@pytest.fixture
def people(engine: Engine, screen: Callable[[], Person]) -> Callable[[Role], Person]:
    """Give a maker of people who are signed in with a role (made once each)."""
    known: dict[Role, Person] = {}

    def make(role: Role) -> Person:
        if role not in known:
            account(engine, f"{role.value}-1", role)
            person = screen()
            assert person.sign_in(f"{role.value}-1").status_code == 303
            known[role] = person
        return known[role]

    return make
