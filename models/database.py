"""The database: engine, migrations, session and upsert. The only file that names a dialect.

SQLite runs in WAL mode with foreign keys on and waits for a lock; PostgreSQL needs the ``postgres`` extra.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlmodel import Session, SQLModel, create_engine

from models import tables  # noqa: F401 - fills the metadata
from models.errors import DiskFullError, StoreError

#: How long SQLite waits for another writer, in milliseconds, before it says 'locked'.
BUSY_TIMEOUT_MS = 15_000

_MIGRATIONS = Path(__file__).with_name("migrations")


def open_database(url: str) -> Engine:
    """Connect, bring the schema up to date, and return the engine.

    Raises ``StoreError`` when the URL is malformed, the server cannot be reached, the file is no database or is locked,
    or the schema was made by a newer program (which is then left untouched).
    """
    engine = _engine(url)
    try:
        with store_errors(url):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, pool_pre_ping=not parsed.drivername.startswith("sqlite"))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"no driver for {_safe(url)}.", "PostgreSQL needs: pip install 'medad[postgres]'.") from error
    except ArgumentError as error:
        scheme = url.partition(":")[0][:20]  # what follows may hold a password
        raise StoreError(f"{scheme!r}… is no database URL.", "Use sqlite:///FILE or postgresql+psycopg://…") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config)
    if current == script.get_current_head():
        return
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreError(
            f"the database {_safe(str(engine.url))} was made by a newer medad (schema {current}).",
            "Upgrade medad, or name another database with --db. Nothing was changed.",
        )
    if current is None and inspect(engine).get_table_names():
        raise StoreError(
            f"the database {_safe(str(engine.url))} holds tables that are not medad's.",
            "Name another database with --db. Nothing was changed.",
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def store_errors(url: str) -> Iterator[None]:
    """Turn the driver's errors into ones that a user can act on. Passwords in ``url`` are not repeated."""
    try:
        yield
    except OperationalError as error:
        raise _explained(url, error) from error
    except DBAPIError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise StoreError(f"{_safe(url)} is not a medad database.", "Name another file with --db.") from error
        raise


def _explained(url: str, error: OperationalError) -> StoreError | DiskFullError:
    cause = str(error.orig).splitlines()[0] if error.orig else str(error)
    if "locked" in cause:
        return StoreError(f"the database {_safe(url)} is locked by another program.", "Let it finish and run again.")
    if "disk is full" in cause or "No space left" in cause:
        return DiskFullError("the disk is full.", "Free some space and run again: what was stored is intact.")
    if "readonly" in cause:
        return StoreError(f"the database {_safe(url)} is read-only here.", "Check the file's permissions.")
    is_file = url.startswith("sqlite")
    remedy = f"Check --db, and that {'the folder exists' if is_file else 'the server runs and lets you in'}."
    return StoreError(f"the database {_safe(url)} cannot be opened: {cause}.", remedy)


def _safe(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """Open a session; commit when the block ends well, roll back when it does not."""
    with store_errors(str(engine.url.render_as_string(hide_password=False))), Session(engine) as opened:
        yield opened
        opened.commit()


def insert_missing(opened: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows`` and silently keep what already stands under the same unique key: idempotent."""
    if not rows:
        return
    dialect = opened.get_bind().dialect.name
    model: Any = table.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes
    insert: Any = postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)
    opened.execute(insert.on_conflict_do_nothing(), [dict(row) for row in rows])


METADATA = SQLModel.metadata
