"""The application: every address of ``review.routes`` behind the same gate (session, role, origin, form token)."""

import logging
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.errors import InputError, MedadError
from pipeline.accounts import who
from review.routes import ROUTES
from review.security import (
    BEFORE,
    SESSION,
    BadRequestError,
    Form,
    Guarded,
    cookie,
    csrf_fits,
    csrf_of,
    fresh_secret,
    give_cookie,
    read_form,
    same_origin,
)
from review.seen import Desk, NotThereError, Route, Seen
from review.wording import said

_log = logging.getLogger(__name__)
_FAULT = "Có lỗi xảy ra. Hãy thử lại."


def create_app(engine: Engine, data: Path) -> FastAPI:
    """Build the application over a database and the folder of the evidence. It documents itself to nobody."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="MedAdWatch")
    desk = Desk(engine, data)
    for route in ROUTES:
        _mount(app, desk, route)
    app.add_middleware(Guarded)

    async def elsewhere(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await run_in_threadpool(_sorry, desk, request, status)

    app.add_exception_handler(HTTPException, elsewhere)
    app.state.desk = desk
    return app


def _mount(app: FastAPI, desk: Desk, route: Route) -> None:
    async def endpoint(request: Request) -> Response:
        form = Form()
        if route.method == "POST":
            try:
                form = await read_form(request)
            except BadRequestError:
                return await run_in_threadpool(_sorry, desk, request, 400)
        return await run_in_threadpool(_answer, desk, route, request, form)

    app.add_api_route(route.path, endpoint, methods=[route.method], include_in_schema=False, name=route.path)


def _answer(desk: Desk, route: Route, request: Request, form: Form) -> Response:
    """Let the request through the gate, or say why not. Without a session a page leads to sign-in, a form fails."""
    token = cookie(request, SESSION)
    signed = who(desk.engine, token) if token else None
    before = "" if signed else cookie(request, BEFORE)
    fresh = "" if signed or before else fresh_secret()
    secret = token if signed else before or fresh
    seen = Seen(desk, request, form, csrf_of(secret), token if signed else "", signed)
    response = _gate(route, seen, secret if not fresh else "")
    if fresh:
        give_cookie(request, response, BEFORE, fresh)
    return response


def _gate(route: Route, seen: Seen, secret: str) -> Response:
    if route.method == "POST" and not (same_origin(seen.request) and csrf_fits(secret, seen.form.one("csrf"))):
        return _said(seen, "Biểu mẫu đã hết hạn hoặc không được gửi từ trang này. Hãy tải lại trang rồi thử lại.", 403)
    if route.roles and seen.signed is None:
        return seen.go("/sign-in") if route.method == "GET" else _said(seen, "Phiên làm việc đã kết thúc.", 401)
    if route.roles and seen.me.role not in route.roles:
        seen.saw("refused", "path", seen.request.url.path[:200])
        return _said(seen, "Vai trò của bạn không được dùng chức năng này.", 403)
    return _handled(route, seen)


def _handled(route: Route, seen: Seen) -> Response:
    try:
        return route.handler(seen)
    except NotThereError:
        return _said(seen, "Không có trang này.", 404)
    except InputError as error:
        return _said(seen, said(error), 400)
    except MedadError as error:
        return _said(seen, said(error), 503)
    except Exception:  # a fault of ours: written to the log in full, told to the browser as nothing but a fault
        _log.exception("%s %s", route.method, route.path)
        return _said(seen, _FAULT, 500)


def _said(seen: Seen, message: str, status: int) -> Response:
    return seen.page("error.html", status, message=message)


_STATUS_VI = {404: "Không có trang này.", 405: "Trang này không nhận cách gửi đó.", 400: "Không đọc được yêu cầu."}


def _sorry(desk: Desk, request: Request, status: int) -> Response:
    """Answer what no route takes, telling nothing but that."""
    seen = Seen(desk, request, Form(), "")
    return _said(seen, _STATUS_VI.get(status, _FAULT), status)
