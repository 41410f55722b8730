"""``medad triage``: the reviewers' queues on a terminal, one key per decision; works over SSH and from a script."""

import os
import sys
from typing import Annotated, Any

import typer

from commands.output import database, show
from models.errors import InputError
from models.vocabulary import Queue, Role


def triage(
    queue: Annotated[Queue, typer.Option(help="Which queue.")] = Queue.PRIORITY,
    reader: Annotated[str | None, typer.Option(help="Who reads (default: the user of this machine).")] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Hide the machine's answer until the reader has given one.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many answers.")] = None,
    draw: Annotated[
        int | None, typer.Option(min=1, help="Draw so many advertisements without signs first (queue audit).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 1,
) -> None:
    """Read advertisements one by one on the terminal: the same queues and keys as the reviewers' screen."""
    from commands.triage_desk import Desk
    from pipeline.access import Via, local_user, record_access
    from pipeline.audit_sample import audit_estimate, describe_audit
    from pipeline.readings import release
    from pipeline.whole import current_versions

    if draw is not None and queue is not Queue.AUDIT:
        raise typer.BadParameter("--draw goes with --queue audit.")
    with database() as engine:
        name, role = _signed_in(engine, (reader or local_user()).strip())
        record_access(engine, name, Via.CLI, "triage", role=role, subject=("queue", queue.value))
        if draw is not None:
            _draw(engine, name, role, draw, seed)
        desk = Desk(engine, name, queue, current_versions(engine), blind=blind, limit=limit)
        try:
            desk.work()
        finally:
            release(engine, name)
        estimate = describe_audit(audit_estimate(engine)) if queue is Queue.AUDIT else ""
    counted = {key: desk.counted[key] for key in ("confirmed", "rejected", "second_reading", "skipped", "undone")}
    words = (
        "xác nhận {confirmed}, loại bỏ {rejected}, đọc lần hai {second_reading}, bỏ qua {skipped}, hoàn tác {undone}"
    )
    show({"reader": name, "queue": queue.value, **counted}, lambda: f"Đã lưu: {words.format(**counted)}.{estimate}")


def _draw(engine: Any, name: str, role: str, size: int, seed: int) -> None:
    """Draw an audit sample; where accounts are kept, not as a reviewer: who draws decides what is measured."""
    from pipeline.access import Via, record_access
    from pipeline.readings import draw_audit
    from pipeline.whole import current_versions

    if role == Role.REVIEWER:
        raise InputError("Chỉ thanh tra viên hoặc quản trị viên được lấy mẫu kiểm tra.", "Hãy nhờ người có quyền.")
    sample = draw_audit(engine, current_versions(engine), size, seed, name)
    record_access(engine, name, Via.CLI, "audit_draw", role=role, subject=("audit_sample", sample))


def _signed_in(engine: Any, name: str) -> tuple[str, str]:
    """Return name and role; where accounts are kept, after the password. Elsewhere the machine's user is believed."""
    from pipeline.accounts import authenticate, list_accounts

    if not list_accounts(engine):
        return name, ""
    if sys.stdin.isatty():
        import getpass

        password = getpass.getpass(f"Mật khẩu của {name}: ", sys.stderr)
    else:
        password = os.environ.get("MEDAD_PASSWORD") or sys.stdin.readline().rstrip("\n")
    account = authenticate(engine, name, password)
    return account.name, account.role.value
