"""``medad review``, ``medad accounts``, ``medad audit``: the reviewers' screen, who may use it, and what they did."""

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import typer

from commands.output import database, fail, options, say, show
from models.errors import MissingPackageError
from models.vocabulary import Role

accounts_app = typer.Typer(help="Who may sign in to the reviewers' screen.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of who saw and did what.", no_args_is_help=True)

#: Addresses that only this machine reaches.
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def review(
    host: Annotated[str, typer.Option(help="The address to listen on (default: this machine only).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8600,
) -> None:
    """Serve the reviewers' screen: read advertisements, settle differences, work cases, see the figures."""
    try:
        import uvicorn

        from review.app import create_app
    except ImportError as error:
        raise MissingPackageError("the reviewers' screen", "review") from error
    from pipeline.accounts import list_accounts

    with database() as engine:
        if not any(account.disabled_at is None for account in list_accounts(engine)):
            fail("nobody may sign in yet.", "Add an account: medad accounts add NAME --role admin")
        if host not in _LOOPBACK:
            say("medad: listening beyond this machine, and without TLS. Put a reverse proxy before it: docs/review.md.")
        address = f"[{host}]" if ":" in host else host
        say(f"http://{address}:{port}/  (stop with Ctrl-C)")
        screen = create_app(engine, options.data)
        Thread(target=screen.state.desk.warm, daemon=True).start()  # the first reader need not wait for it
        uvicorn.run(
            screen,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            forwarded_allow_ips="127.0.0.1,::1",  # a proxy on this machine says that the browser's side is https
            limit_concurrency=200,
        )


def _password(prompt: str) -> str:
    """Ask without echo, twice; from standard input, the first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"{prompt}: ")
    if getpass.getpass("Again: ") != first:
        fail("the two passwords differ.", "Try again.")
    return first


def _recorded(engine: Any, action: str, name: str, **details: Any) -> None:
    from pipeline.access import Via, local_user, record_access

    record_access(engine, local_user(), Via.CLI, action, subject=("account", name), details=details)


@accounts_app.command("add")
def accounts_add(
    name: Annotated[str, typer.Argument(help="Name to sign in with: a-z, 0-9, dot, hyphen, underscore.")],
    role: Annotated[Role, typer.Option(help="reviewer, inspector or admin.")],
    display_name: Annotated[str, typer.Option(help="Full name, as shown.")] = "",
) -> None:
    """Add an account. The password is asked for, or read from standard input; never given as an option."""
    from pipeline.accounts import create_account

    password = _password(f"Password of {name}")
    with database() as engine:
        made = create_account(engine, name, password, role, display_name)
        _recorded(engine, "account_added", made.name, role=role.value)
    show({"account": made.name, "role": made.role.value}, lambda: f"Đã tạo tài khoản {made.name} ({made.role.value}).")


@accounts_app.command("list")
def accounts_list() -> None:
    """List the accounts."""
    from pipeline.accounts import list_accounts

    with database() as engine:
        found = list_accounts(engine)
    rows = [
        {
            "account": each.name,
            "name": each.display_name,
            "role": each.role.value,
            "created_at": each.created_at.isoformat(),
            "disabled_at": each.disabled_at.isoformat() if each.disabled_at else None,
        }
        for each in found
    ]
    show(
        rows,
        lambda: (
            "\n".join(
                f"{row['account']:<20} {row['role']:<10} {_state(row['disabled_at']):<10} {row['name']}" for row in rows
            )
            or "Chưa có tài khoản nào."
        ),
    )


def _state(disabled_at: object) -> str:
    return "đã ngừng" if disabled_at else "đang dùng"


@accounts_app.command("disable")
def accounts_disable(name: Annotated[str, typer.Argument(help="Account name.")]) -> None:
    """Let an account in no more and end its sessions. What it did stays; a new password lets it in again."""
    from pipeline.accounts import disable_account

    with database() as engine:
        row = disable_account(engine, name)
        _recorded(engine, "account_disabled", row.name)
    show({"account": row.name, "disabled": True}, lambda: f"Đã ngừng tài khoản {row.name}.")


@accounts_app.command("password")
def accounts_password(name: Annotated[str, typer.Argument(help="Account name.")]) -> None:
    """Set another password: sessions end, a lock is lifted, a disabled account is let in again."""
    from pipeline.accounts import set_password

    password = _password(f"New password of {name}")
    with database() as engine:
        row = set_password(engine, name, password)
        _recorded(engine, "password_changed", row.name)
    show({"account": row.name, "password": "changed"}, lambda: f"Đã đổi mật khẩu của tài khoản {row.name}.")


@audit_app.command("export")
def audit_export(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where it goes: .csv, or else JSON Lines.")],
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC).")] = None,
) -> None:
    """Write the record of access: who saw, answered, exported or removed what, when, and by which way."""
    from pipeline.access import Via, local_user, record_access
    from pipeline.access_export import write_access

    with database() as engine:
        record_access(engine, local_user(), Via.CLI, "export_access", details={"file": output.name})
        count = write_access(engine, output, since.replace(tzinfo=UTC) if since else None)
    show({"rows": count, "file": str(output)}, lambda: f"Đã ghi {count} dòng: {output}")
