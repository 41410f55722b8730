"""The front desk: signing in and out, the first page, passwords, accounts, the record of access."""

from secrets import randbelow

from starlette.responses import Response

from models.errors import InputError
from models.vocabulary import Queue, Role
from pipeline.access_export import access_csv, access_rows
from pipeline.accounts import (
    authenticate,
    close_login,
    create_account,
    disable_account,
    list_accounts,
    open_login,
    set_password,
)
from pipeline.audit_sample import draw_audit
from pipeline.readings import queue_sizes
from review.security import BEFORE, SESSION, cookie, drop_cookie, give_cookie
from review.seen import NotThereError, Seen, attachment
from review.wording import said

#: Rows of the record of access that one page shows.
_SHOWN = 200

#: The largest random sample that is drawn from the screen.
_MOST_DRAWN = 5_000


# ── the door ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sign_in_page(seen: Seen) -> Response:
    """Show the form; who is signed in goes to the first page."""
    return seen.go("/") if seen.signed else seen.page("sign_in.html", error="", name="")


def sign_in(seen: Seen) -> Response:
    """Check name and password; open a session under a token that nobody can have known before (fixation)."""
    name = seen.form.one("name", 64)
    try:
        account = authenticate(seen.engine, name, seen.form.raw("password"))
    except InputError as error:
        seen.saw("sign_in_failed", "account", name)
        return seen.page("sign_in.html", 401, error=said(error), name=name)
    if old := cookie(seen.request, SESSION):
        close_login(seen.engine, old)
    token = open_login(seen.engine, account.account_id)
    seen.saw("sign_in", "account", account.name)
    response = seen.go("/")
    give_cookie(seen.request, response, SESSION, token)
    drop_cookie(seen.request, response, BEFORE)
    return response


def sign_out(seen: Seen) -> Response:
    """End the session here and in the database."""
    seen.saw("sign_out", "account", seen.me.name)
    close_login(seen.engine, seen.token)
    response = seen.go("/sign-in")
    drop_cookie(seen.request, response, SESSION)
    return response


def static(seen: Seen) -> Response:
    """Return one of our own files, by its exact name."""
    found = seen.desk.static.get(seen.request.path_params["name"])
    if found is None:
        raise NotThereError
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "public, max-age=86400"})


# ── the first page ──────────────────────────────────────────────────────────────────────────────────────────────────


def home(seen: Seen) -> Response:
    """Show the queues and how much waits in each."""
    sizes = queue_sizes(seen.engine, seen.desk.versions(), seen.me.name)
    queues = [(queue, sizes.get(queue, 0)) for queue in Queue if queue is not Queue.DISAGREEMENT]
    differing = sizes.get(Queue.DISAGREEMENT, 0) if seen.works_cases else 0
    return seen.page("home.html", queues=queues, differing=differing, drawn=seen.asked("drawn", 10))


def help_page(seen: Seen) -> Response:
    """Show what the screen does, and its keys."""
    return seen.page("help.html")


def draw(seen: Seen) -> Response:
    """Draw a random sample of the unflagged."""
    text = seen.form.one("size", 6)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MOST_DRAWN):
        raise InputError(f"Cỡ mẫu phải là số từ 1 đến {_MOST_DRAWN}.", "")
    number = draw_audit(seen.engine, seen.desk.versions(), int(text), randbelow(2**31), seen.me.name)
    seen.saw("audit_drawn", "audit", number, size=int(text))
    return seen.go("/?drawn=1")


# ── passwords and accounts ──────────────────────────────────────────────────────────────────────────────────────────


def password_page(seen: Seen) -> Response:
    """Show the form for one's own password."""
    return seen.page("password.html", error="")


def change_password(seen: Seen) -> Response:
    """Change one's own password: the old one is asked for, and every session ends."""
    new = seen.form.raw("new")
    if new != seen.form.raw("again"):
        return seen.page("password.html", 400, error="Hai lần nhập mật khẩu mới không giống nhau.")
    try:
        authenticate(seen.engine, seen.me.name, seen.form.raw("old"))
        set_password(seen.engine, seen.me.name, new)
    except InputError as error:
        return seen.page("password.html", 400, error=said(error))
    seen.saw("password_changed", "account", seen.me.name)
    response = seen.go("/sign-in")
    drop_cookie(seen.request, response, SESSION)
    return response


def accounts(seen: Seen) -> Response:
    """List the accounts."""
    return _accounts(seen)


def _accounts(seen: Seen, error: str = "", status: int = 200) -> Response:
    return seen.page("accounts.html", status, accounts=list_accounts(seen.engine), error=error)


def add_account(seen: Seen) -> Response:
    """Add an account with a first password."""
    form = seen.form
    if form.one("role") not in set(Role):
        return _accounts(seen, "Cần chọn vai trò.", 400)
    try:
        made = create_account(
            seen.engine, form.one("name", 64), form.raw("password"), Role(form.one("role")), form.one("display_name")
        )
    except InputError as error:
        return _accounts(seen, said(error), 400)
    seen.saw("account_added", "account", made.name, role=made.role.value)
    return seen.go("/accounts")


def disable(seen: Seen) -> Response:
    """Let an account in no more; nobody shuts himself out."""
    name = seen.request.path_params["name"].replace("\0", "")[:64]
    if name == seen.me.name:
        return _accounts(seen, "Không thể tự ngừng tài khoản của chính mình.", 400)
    seen.saw("account_disabled", "account", name)
    disable_account(seen.engine, name)
    return seen.go("/accounts")


# ── the record of access ────────────────────────────────────────────────────────────────────────────────────────────


def access(seen: Seen) -> Response:
    """Show the latest of the record of access. Looking at it is recorded too."""
    seen.saw("view_access")
    return seen.page("access.html", rows=list(access_rows(seen.engine, newest=_SHOWN)), most=_SHOWN)


def access_file(seen: Seen) -> Response:
    """Return the whole record as a file."""
    seen.saw("export_access")
    return attachment(access_csv(access_rows(seen.engine)), "nhat-ky-truy-cap.csv", "text/csv; charset=utf-8")
