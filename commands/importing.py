"""``medad import`` and ``medad fetch``: what may not be crawled, brought in from files and from an ad library."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from commands.output import data_folder, database, progress, say, show
from crawler.imports.items import ImportFormat

fetch_app = typer.Typer(
    help="Fetch advertisements through an interface meant for it, to be imported.", no_args_is_help=True
)


def import_ads(
    file: Annotated[Path, typer.Argument(help="What to import: a file, or a folder of pictures.")],
    form: Annotated[ImportFormat, typer.Option("--format", help="What it is.")],
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column holds a field (repeatable)."),
    ] = None,
    source: Annotated[str, typer.Option(help="The name of the source (default: that of the format).")] = "",
    errors: Annotated[
        Path | None, typer.Option(help="Where rejected rows go (default: beside the file, .errors.jsonl).")
    ] = None,
    urls: Annotated[
        Path | None,
        typer.Option(help="With citizen-reports: write the reported addresses that were never captured."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes (default: one per core).")] = None,
) -> None:
    """Import advertisements as evidence, or citizens' reports. The same file again adds nothing."""
    from crawler.manifest import sign_after
    from pipeline.importing import Order, import_file
    from pipeline.reports import import_reports

    if urls is not None and form is not ImportFormat.CITIZEN_REPORTS:
        raise typer.BadParameter("--urls belongs to --format citizen-reports.")
    order = Order(file, form, tuple(map_ or ()), source, errors, urls, workers)
    with data_folder() as data, database() as engine, progress("imported") as tell:
        if form is ImportFormat.CITIZEN_REPORTS:
            reports = import_reports(engine, data, order, tell)
            result, text = reports.to_json(), reports.describe()
        else:
            ads = import_file(engine, data, order, tell)
            result, text = ads.to_json(), ads.describe()
        signed = sign_after(data / "evidence")
    if signed.problem:
        say(f"The evidence was not signed: {signed.problem}")
    show(result, lambda: text)


@fetch_app.command("meta-ad-library")
def fetch_meta(
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the advertisements go (.jsonl).")],
    search: Annotated[str, typer.Option(help="Words to search for, in the language of the advertisements.")] = "",
    page_id: Annotated[
        list[str] | None, typer.Option(help="Number of a Facebook page (repeatable, up to ten).")
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="Country reached (repeatable; default: VN).")] = None,
    ad_type: Annotated[str, typer.Option(help="Kind of advertisement, in the API's word.")] = "ALL",
    status: Annotated[str, typer.Option(help="ACTIVE, INACTIVE or ALL.")] = "ALL",
    since: Annotated[str, typer.Option(help="Delivered on or after this day (YYYY-MM-DD).")] = "",
    until: Annotated[str, typer.Option(help="Delivered on or before this day (YYYY-MM-DD).")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many advertisements.")] = None,
    page_size: Annotated[int, typer.Option(min=1, max=1000, help="Advertisements asked for at a time.")] = 100,
    max_wait: Annotated[float, typer.Option(min=0, help="Seconds to wait at the most for the API's limits.")] = 3600,
    base_url: Annotated[str, typer.Option(help="Address of the API (https; http on this machine only).")] = "",
) -> None:
    """Fetch from Meta's Ad Library API. The token is read from MEDAD_META_TOKEN only. A stopped fetch goes on."""
    from crawler.imports.meta_api import BASE_URL, AdQuery, MetaClient, token_from_environment
    from crawler.imports.meta_fetch import fetch
    from pipeline.lines import cannot_write

    query = AdQuery(
        terms=search,
        page_ids=tuple(page_id or ()),
        countries=tuple(country or ("VN",)),
        ad_type=ad_type,
        status=status,
        since=since,
        until=until,
        page_size=page_size,
    )
    client = MetaClient(token_from_environment(), base_url or BASE_URL, max_wait=max_wait, tell=say)
    try:
        with progress("fetched") as tell:
            done = fetch(client, query, output, limit=limit, on_progress=tell)
    except OSError as error:
        raise cannot_write(output, error) from error
    show(
        asdict(done),
        lambda: (
            f"Đã tải {done.ads} quảng cáo vào {done.file} ({done.pages} lượt gọi"
            + (f", chờ {done.waited:.0f} giây do giới hạn" if done.waited else "")
            + f").\nBước tiếp theo: medad import {done.file} --format meta-ad-library"
        ),
    )
