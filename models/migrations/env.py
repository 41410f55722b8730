"""Alembic's entry: runs on the connection that ``models.database`` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from models.database import METADATA
from models.tables import Moment


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our and SQLModel's types as SQLAlchemy's own: a migration must not change when those do."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True, render_item=_render
)
with context.begin_transaction():
    context.run_migrations()
