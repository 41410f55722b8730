"""One request as a handler sees it: who asks, what was sent, and the ways to answer."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.vocabulary import Role
from pipeline.access import Via, record_access
from pipeline.accounts import SignedIn
from pipeline.clock import today
from pipeline.dashboard import Dashboard, figures
from pipeline.readings import queue_sizes
from pipeline.whole import current_versions
from review.security import Form
from review.wording import FILTERS, ROLE_VI

_HERE = Path(__file__).parent

#: The versions of the last run are asked for anew after this long (seconds): a nightly run changes them.
_VERSIONS_FOR = 20.0

#: The figures of the dashboard are counted anew after this long (seconds).
_FIGURES_FOR = 30.0

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

#: The largest number of a row that any database here gives.
_MOST_ID = 2**31 - 1


class NotThereError(Exception):
    """What was asked for is not there: the page says so, with status 404."""


class Desk:
    """What all requests share: the database, the evidence, the templates, the static files."""

    def __init__(self, engine: Engine, data: Path) -> None:
        self.engine = engine
        self.data = data
        self.static = {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in _static_files()}
        mark = hashlib.sha256(b"".join(content for content, _ in self.static.values())).hexdigest()[:12]
        loader = FileSystemLoader(_HERE / "templates")
        self.templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.filters.update(FILTERS)
        self.templates.globals.update(static_mark=mark, Role=Role, ROLE_VI=ROLE_VI)
        self._lock, self._counting = Lock(), Lock()
        self._figures: dict[int, tuple[float, object, Dashboard]] = {}
        self._versions: tuple[float, tuple[str, str]] | None = None

    def warm(self) -> None:
        """Read what the first page would have to wait for: what stands in the queues, and the figures."""
        queue_sizes(self.engine, self.versions(), "")
        self.figures(30)

    def figures(self, days: int) -> Dashboard:
        """Return the figures of the last so many days, at most half a minute old: counting takes a moment."""
        key = (self.versions(), days, today())
        with self._counting:  # whoever comes while it is counted waits for that count, and starts no other
            kept = self._figures.get(days)
            if kept is None or kept[1] != key or time.monotonic() - kept[0] > _FIGURES_FOR:
                found = figures(self.engine, key[0], key[2] - timedelta(days=days - 1), key[2])
                kept = self._figures[days] = (time.monotonic(), key, found)
            return kept[2]

    def versions(self) -> tuple[str, str]:
        """Return the (score, match) versions whose findings are shown."""
        with self._lock:
            if self._versions is None or time.monotonic() - self._versions[0] > _VERSIONS_FOR:
                self._versions = (time.monotonic(), current_versions(self.engine))
            return self._versions[1]


def _static_files() -> list[Path]:
    return [path for path in sorted((_HERE / "static").iterdir()) if path.suffix in _TYPES]


@dataclass(slots=True)
class Seen:
    """One request of one person."""

    desk: Desk
    request: Request
    form: Form
    csrf: str
    token: str = ""
    signed: SignedIn | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.desk.engine

    @property
    def me(self) -> SignedIn:
        """Whoever asks; only on routes that need a role."""
        assert self.signed is not None
        return self.signed

    @property
    def works_cases(self) -> bool:
        """Whether the person may take steps in cases and settle differences."""
        return self.signed is not None and self.signed.role in (Role.INSPECTOR, Role.ADMIN)

    def number(self, name: str) -> int:
        """Return a number out of the path. Raises ``NotThereError`` where it is none that a row could have."""
        text = self.request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= _MOST_ID):
            raise NotThereError
        return int(text)

    def asked(self, name: str, most: int = 200) -> str:
        """Return a field of the query string, cut to ``most`` characters."""
        return self.request.query_params.get(name, "").replace("\0", "").strip()[:most]

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a page. Everything is escaped: no template marks a value as safe but our own plots."""
        text = self.desk.templates.get_template(template).render(
            me=self.signed, csrf=self.csrf, works_cases=self.works_cases, here=self.request.url.path, **values
        )
        return HTMLResponse(text.encode("utf-8", "replace"), status)

    def go(self, path: str) -> Response:
        """Send the browser to another page of ours, to be fetched by GET."""
        return RedirectResponse(path, 303)

    def saw(self, action: str, kind: str = "", number: str | int = "", **details: Any) -> None:
        """Write down what the person saw or did, before it is handed out."""
        name, role = (self.signed.name, self.signed.role.value) if self.signed else ("", "")
        record_access(
            self.engine,
            name,
            Via.WEB,
            action,
            role=role,
            subject=(kind, str(number).replace("\0", "")),
            details=details,
        )


Handler = Callable[[Seen], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One address: who may use it (nobody signed in needed where ``roles`` is empty) and what answers."""

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role]


def attachment(content: bytes, name: str, kind: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a file to be saved and never shown: ``name`` is of our own making (ASCII)."""
    sealed = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(content, media_type=kind, headers=sealed | dict(headers or {}))
