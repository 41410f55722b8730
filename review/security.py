"""What guards every answer: headers, the size of a request, the origin of a form, and the token it has to carry."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A form is a few thousand characters; nothing is ever uploaded.
MOST_BYTES = 256_000
_MOST_FIELDS = 2_000

#: Nothing inline, nothing from elsewhere, nobody frames it. ``connect-src``: holding a claim while one reads.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

#: ``same-origin`` and not ``no-referrer``: under that a browser sends ``Origin: null`` with our own forms.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guarded:
    """Adds the headers to whatever is answered (errors too), and refuses a body that is too large before it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = list(_with(message.get("headers", ())))
            await send(message)

        sizes = [value for name, value in scope["headers"] if name == b"content-length"]
        if any(not size.isdigit() or len(size) > 12 or int(size) > MOST_BYTES for size in sizes):
            await PlainTextResponse("Yêu cầu quá lớn.", 413)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _with(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    stated = set()
    for name, value in headers:
        stated.add(name.lower())
        yield name, value
    for title, text in HEADERS.items():
        if title.lower().encode() not in stated:
            yield title.lower().encode(), text.encode()


class Form:
    """The fields of a form as it was sent: each may come several times."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            # PostgreSQL takes no NUL, and nobody types one
            self._fields.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\0", ""))

    def one(self, name: str, most: int = 10_000) -> str:
        """Return the first value, stripped and cut to ``most`` characters; empty where there is none."""
        return self._fields.get(name, [""])[0].strip()[:most]

    def raw(self, name: str) -> str:
        """Return the first value as it was typed (a password may begin with a space)."""
        return self._fields.get(name, [""])[0]

    def many(self, name: str) -> list[str]:
        """Return all values."""
        return self._fields.get(name, [])


class BadRequestError(Exception):
    """The request is not what one of our pages would send."""


async def read_form(request: Request) -> Form:
    """Read an urlencoded form, bounded in bytes and fields. Raises ``BadRequestError``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadRequestError("not a form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise BadRequestError("too large")
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise BadRequestError("unreadable") from None
    return Form(fields)


def same_origin(request: Request) -> bool:
    """Say whether a form comes from our own page: ``Origin`` (which browsers send with every POST) names our host."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return bool(host) and parts.scheme == request.url.scheme and parts.netloc.lower() == host.lower()


def csrf_of(secret: str) -> str:
    """The token that a form must carry: it follows from the cookie, which another site cannot read."""
    return hmac.new(secret.encode(), b"medad form", hashlib.sha256).hexdigest()


def csrf_fits(secret: str, given: str) -> bool:
    """Compare in constant time. Without a cookie no token fits."""
    return bool(secret) and hmac.compare_digest(csrf_of(secret).encode(), given.encode())


# ── cookies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SESSION = "medad-session"
BEFORE = "medad-before"


def _name(request: Request, name: str) -> str:
    # The prefix makes the browser refuse the cookie unless it is Secure, of this host and for all paths.
    return f"__Host-{name}" if request.url.scheme == "https" else name


def cookie(request: Request, name: str) -> str:
    """Return the value of our cookie; empty where there is none."""
    return request.cookies.get(_name(request, name), "")[:200]


def give_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set our cookie: no script reads it, no other site sends it, it goes when the browser is closed."""
    secure = request.url.scheme == "https"
    response.set_cookie(_name(request, name), value, httponly=True, samesite="strict", secure=secure, path="/")


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Delete our cookie."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_name(request, name), path="/", httponly=True, samesite="strict", secure=secure)


def fresh_secret() -> str:
    """A secret for the forms before sign-in."""
    return secrets.token_urlsafe(32)
