"""``medad evidence``: what was captured, and the proof that it was not altered."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.output import data_folder, database, options, show, waiting

app = typer.Typer(help="What was captured, and the proof that it was not altered.", no_args_is_help=True)


@app.command("verify")
def evidence_verify(
    run_id: Annotated[str | None, typer.Argument(help="Only this run (default: all).")] = None,
    key: Annotated[
        Path | None, typer.Option(help="Public key (PEM) that must have signed (default: those beside the evidence).")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) that time-stamps must lead to (default: not checked).")
    ] = None,
) -> None:
    """Re-read every record, hash, signature, time-stamp and the chain, offline. Exit 1 names the first broken one."""
    from pipeline.proof import describe_report, report_json, verify_evidence

    with waiting("verifying"):
        report, anchored = verify_evidence(options.db, options.data / "evidence", run_id, key, ca)
    show(report_json(report, anchored), lambda: describe_report(report, anchored))


@app.command("sign")
def evidence_sign() -> None:
    """State what the evidence is now in a manifest, and sign it. Crawls do so by themselves once medad init was run."""
    from pipeline.proof import sign_evidence

    with data_folder() as data, waiting("signing"):
        manifest = sign_evidence(data)
    result = {
        "manifest": manifest.name,
        "sha256": manifest.sha256,
        "head": asdict(manifest.head),
        "files": len(manifest.files),
        "key": manifest.key,
    }
    show(
        result,
        lambda: (
            f"Bản kê {manifest.name}: {len(manifest.files)} tệp, nhật ký đến dòng {manifest.head.seq}.\n"
            f"SHA-256 của bản kê: {manifest.sha256}\nKhóa đã ký, vân tay: {manifest.key}"
        ),
    )


@app.command("timestamp")
def evidence_timestamp(
    url: Annotated[str, typer.Option(help="Time-stamping authority (RFC 3161), http:// or https://.")],
    ca: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) that the reply must lead to (default: not checked).")
    ] = None,
) -> None:
    """Sign, and have an authority time-stamp the manifest. Only its SHA-256 leaves the house; the reply is kept."""
    from pipeline.clock import VIETNAM
    from pipeline.proof import stamp_evidence

    with data_folder() as data, waiting("asking"):
        manifest, stated = stamp_evidence(data, url, ca)
    result = {"manifest": manifest.name, **asdict(stated)}
    trusted = "đã kiểm tra theo chứng thư nêu ra" if stated.chain else "chưa kiểm tra chứng thư (nêu --ca)"
    show(
        result,
        lambda: (
            f"Đã cấp dấu thời gian {stated.at.astimezone(VIETNAM):%H:%M:%S ngày %d/%m/%Y} (giờ Việt Nam) "
            f"cho {manifest.name}.\nĐơn vị cấp: {stated.authority} ({trusted})."
        ),
    )


@app.command("export")
def evidence_export(
    case: Annotated[int, typer.Argument(help="Case number.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the package goes (.wacz).")],
) -> None:
    """Write the evidence of one case as a signed WACZ package, with a guide for whoever checks it elsewhere."""
    from pipeline.proof import describe_export, export_case

    with data_folder() as data, database() as engine, waiting("packing"):
        done = export_case(engine, data, case, output)
    show({"case": case, **asdict(done)}, lambda: describe_export(done))


@app.command("prune")
def evidence_prune(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Bodies last seen before this day go (YYYY-MM-DD).")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")] = "hết thời hạn lưu giữ",
    by: Annotated[str | None, typer.Option(help="Who decided it (default: whoever runs the command).")] = None,
) -> None:
    """Remove old bodies that no open case cites. The log, every hash and a tombstone stay; the removal is signed."""
    from pipeline.access import local_user
    from pipeline.prune import describe_prune, prune_evidence

    day = before.replace(tzinfo=UTC).date()
    with data_folder() as data, database() as engine, waiting("pruning"):
        report = prune_evidence(engine, data, day, by=by or local_user(), reason=reason, dry_run=dry_run)
    show({"dry_run": dry_run, **asdict(report)}, lambda: describe_prune(report, day, dry_run=dry_run))


@app.command("access")
def evidence_access(
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 100,
    case: Annotated[int | None, typer.Option(help="Only what was done with this case.")] = None,
) -> None:
    """List who saw, took out or removed what, newest first."""
    from pipeline.access import access_rows, describe_access

    with database() as engine:
        rows = access_rows(engine, None if case is None else ("case", case), limit)
    show(rows, lambda: describe_access(rows))
