"""The day as an inspector in Vietnam reads it."""

from datetime import date, datetime, timedelta, timezone

#: Vietnam has had one time zone, without summer time, since 1975.
VIETNAM = timezone(timedelta(hours=7), "ICT")


def today() -> date:
    """Return today's date in Vietnam."""
    return datetime.now(VIETNAM).date()
