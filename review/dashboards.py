"""The dashboard: figures of the work, as plots that a person can read."""

from starlette.responses import Response

from review.seen import Seen


def dashboard(seen: Seen) -> Response:
    """Show the figures."""
    return seen.page("dashboard.html", sections=[])
