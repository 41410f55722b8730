"""The bundled demo web, served on loopback: many invented hosts behind one port, as a forward proxy would show them.

A crawler that is told to use ``DemoWeb.url`` as its proxy asks for ``GET http://host.example/path`` and is answered
from ``root/host.example/path``; so the evidence names hosts as the real web would. A plain request with a ``Host``
header gets the same page. Nothing is ever fetched from elsewhere: an unknown host is answered 502.

``root/headers.json`` holds what files cannot say: content types with odd charsets, redirects, addresses with a query.
"""

import gzip
import hashlib
import html
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models.errors import InputError

#: The proxy address written in the bundled ``sources.toml``; ``DemoWeb.sources`` puts the real one in its place.
PLACEHOLDER_PROXY = "http://127.0.0.1:8801"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
_INDEXES = ("index.html", "index.htm")


class HostRules(BaseModel):
    """How one host answers. ``aliases`` and ``redirects`` map a target (path and query) to a path of the same host."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content_type: str = ""
    gzip: bool = False
    aliases: dict[str, str] = {}
    redirects: dict[str, str] = {}


class Headers(BaseModel):
    """``headers.json``: the rules of the hosts that have any, and the one ``Last-Modified`` that all pages carry.

    A checked-out file's own time says when it was checked out, so it would make two runs differ.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    last_modified: AwareDatetime = datetime(2026, 11, 20, 8, tzinfo=UTC)
    note: str = ""
    hosts: dict[str, HostRules] = {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent before conditions and compression are looked at. ``etag`` is empty unless a file is sent."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    location: str = ""
    etag: str = ""
    gzip: bool = False


class DemoSite:
    """The hosts under ``root`` (one folder each), looked up by host and target.

    Raises ``InputError`` where ``root`` has no folders or its ``headers.json`` cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        if not self.root.is_dir() or not (
            names := sorted(entry.name for entry in self.root.iterdir() if entry.is_dir())
        ):
            raise InputError(f"{root} holds no demo web.", "Give the folder that has one sub-folder per host.")
        headers = _read_headers(self.root / "headers.json")
        self.last_modified = headers.last_modified
        self.hosts = {name: headers.hosts.get(name, HostRules()) for name in names}

    def reply(self, host: str, target: str) -> Reply:
        """Answer ``target`` (path and query) of ``host``. Never raises for what a client asks."""
        rules = self.hosts.get(host)
        if rules is None:
            return _plain(HTTPStatus.BAD_GATEWAY, f"{host}: no such demo host")
        bare = target.partition("?")[0]
        if target in rules.redirects:
            return Reply(HTTPStatus.FOUND, location=f"http://{host}{rules.redirects[target]}")
        file = self._file(self.root / host, rules.aliases.get(target) or unquote(bare))
        if file is None:
            return _plain(HTTPStatus.NOT_FOUND, "Không tìm thấy trang.")
        if file.is_dir():
            return Reply(HTTPStatus.MOVED_PERMANENTLY, location=f"http://{host}{bare}/")
        return _file_reply(file, rules)

    @staticmethod
    def _file(folder: Path, path: str) -> Path | None:
        """Return the file or folder that ``path`` means, or None; what lies outside ``folder`` does not exist."""
        try:
            found = (folder / path.lstrip("/")).resolve()
            if not found.is_relative_to(folder):
                return None
            if path.endswith("/"):
                return next((page for name in _INDEXES if (page := found / name).is_file()), None)
            return found if found.exists() else None
        except (OSError, ValueError):  # too long a name, or a NUL in it: no such file
            return None


def _read_headers(file: Path) -> Headers:
    if not file.is_file():
        return Headers()
    try:
        return Headers.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{file}: {where}: {first['msg']}.", "Mend it or remove the file.") from error


def _plain(status: HTTPStatus, text: str) -> Reply:
    return Reply(status, f"{text}\n".encode())


def _file_reply(file: Path, rules: HostRules) -> Reply:
    body = file.read_bytes()
    usual = _TYPES.get(file.suffix, "application/octet-stream")
    kind = rules.content_type or usual if file.suffix in {".html", ".htm"} else usual
    return Reply(HTTPStatus.OK, body, kind, etag=hashlib.sha256(body).hexdigest()[:20], gzip=rules.gzip)


class _Server(ThreadingHTTPServer):
    """Carries the site to the handlers."""

    daemon_threads = True
    block_on_close = False  # a keep-alive connection of an idle client must not hold up the exit

    def __init__(self, port: int, site: DemoSite) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, in absolute form (as to a proxy) or with a ``Host`` header."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-web"
    sys_version = ""
    timeout = 30  # seconds that an idle connection is kept
    # Headers and body in one packet, at once: sent apart they wait 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        """Send the page."""
        self._answer()

    def do_HEAD(self) -> None:
        """Send the page's headers."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the overridden method's own name
        """Stay silent: the crawler logs what it fetched."""

    def _answer(self) -> None:
        host, target = self._asked()
        site = self.server.site
        if host in {"127.0.0.1", "localhost"}:
            self._send(_directory(site) if target == "/" else _plain(HTTPStatus.NOT_FOUND, "Only / is here."))
        else:
            self._send(site.reply(host, target))

    def _asked(self) -> tuple[str, str]:
        """Return the host (lower case, without port) and the target (path and query, without fragment)."""
        try:
            parts = urlsplit(self.path if "://" in self.path else f"//{self.headers.get('Host', '')}{self.path}")
            host = (parts.hostname or "").rstrip(".")
        except ValueError:  # 'http://[' and the like
            return "", "/"
        return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _send(self, reply: Reply) -> None:
        packed = reply.gzip and "gzip" in self.headers.get("Accept-Encoding", "")
        etag = f'"{reply.etag}{"-gzip" if packed else ""}"' if reply.etag else ""
        fresh = bool(etag) and self._has(etag)
        body = b"" if fresh else gzip.compress(reply.body, mtime=0) if packed else reply.body
        self.send_response(HTTPStatus.NOT_MODIFIED if fresh else reply.status)
        for name, value in self._fields(reply, etag, packed=packed, fresh=fresh):
            self.send_header(name, value)
        if not fresh:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _fields(self, reply: Reply, etag: str, *, packed: bool, fresh: bool) -> list[tuple[str, str]]:
        changed = format_datetime(self.server.site.last_modified.astimezone(UTC), usegmt=True)
        fields = [
            ("Content-Type", "" if fresh else reply.content_type),
            ("Location", reply.location),
            ("ETag", etag),
            ("Last-Modified", changed if etag else ""),
            ("Content-Encoding", "gzip" if packed and not fresh else ""),
            ("Vary", "Accept-Encoding" if reply.gzip else ""),
        ]
        return [(name, value) for name, value in fields if value]

    def _has(self, etag: str) -> bool:
        """Whether the client's copy is the current one: ``If-None-Match`` before ``If-Modified-Since`` (RFC 9110)."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            return known.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in known.split(",")}
        since = self.headers.get("If-Modified-Since")
        if not since:
            return False
        try:
            seen = parsedate_to_datetime(since)
        except ValueError:
            return False
        return seen.replace(tzinfo=seen.tzinfo or UTC) >= self.server.site.last_modified


def _directory(site: DemoSite) -> Reply:
    """List the hosts: what a person sees who opens the proxy's own address."""
    items = "".join(f"<li>http://{html.escape(name)}/</li>" for name in site.hosts)
    page = f"<!DOCTYPE html><meta charset=utf-8><title>Demo web</title><p>HTTP proxy for:</p><ul>{items}</ul>"
    return Reply(HTTPStatus.OK, page.encode(), _TYPES[".html"])


class DemoWeb:
    """Serves the demo web on 127.0.0.1 while the context is open. ``port`` 0 takes a free one; see ``url``.

    Raises ``InputError`` on entry where the port is taken, and at once where ``root`` is no demo web.
    """

    def __init__(self, root: Path, port: int = 0) -> None:
        self.site = DemoSite(root)
        self.port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The proxy's address, once the context is open."""
        return f"http://127.0.0.1:{self.port}"

    def sources(self, file: Path) -> str:
        """Return the text of a ``sources.toml`` with this server's address in place of ``PLACEHOLDER_PROXY``."""
        return file.read_text(encoding="utf-8").replace(f'"{PLACEHOLDER_PROXY}"', f'"{self.url}"')

    def __enter__(self) -> Self:
        try:
            self._server = _Server(self.port, self.site)
        except OSError as error:
            raise InputError(
                f"Port {self.port} is taken ({error.strerror}).", "Give another port, or 0 for a free one."
            ) from error
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
