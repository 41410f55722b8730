"""``medad ads``: single advertisements, their history, and other pages of the same advertiser."""

from typing import Annotated

import typer

from commands.output import database, show, waiting

app = typer.Typer(help="Advertisements: history of an address, one in full, search, still live.", no_args_is_help=True)


@app.command("history")
def ads_history(url: Annotated[str, typer.Argument(help="The address of a page.")]) -> None:
    """Show every text of an address with its first and last sighting, what changed, and what every capture met."""
    from pipeline.history import describe_history, history_of

    with database() as engine:
        found = history_of(engine, url)
    show(found.to_json(), lambda: describe_history(found))


@app.command("show")
def ads_show(ad: Annotated[int, typer.Argument(help="Number of the advertisement.")]) -> None:
    """Show one advertisement in full: text, sightings, evidence, and where nearly the same text stands."""
    from pipeline.shown_ads import describe_ad, show_ad

    with database() as engine:
        found = show_ad(engine, ad)
    show(found.to_json(), lambda: describe_ad(found))


@app.command("search")
def ads_search(
    text: Annotated[str, typer.Argument(help="A phone number, an address or a name.")],
    limit: Annotated[int, typer.Option(min=1, help="How many pages at the most.")] = 50,
) -> None:
    """Find pages of one advertiser by phone, address or name; spelling, diacritics and the ward do not matter."""
    from pipeline.ad_search import describe_search, search_ads

    with waiting("searching"), database() as engine:
        found = search_ads(engine, text, limit)
    show(found.to_json(), lambda: describe_search(found))


@app.command("live")
def ads_live(
    case: Annotated[int | None, typer.Option(help="Only the requests of this case (default: all).")] = None,
) -> None:
    """Tell how many days after a take-down request an advertisement was still shown, or that it is gone."""
    from pipeline.still_live import after_notice, describe_after

    with database() as engine:
        found = after_notice(engine, case)
    show([one.to_json() for one in found], lambda: describe_after(found))
