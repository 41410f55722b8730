"""Which advertisements a second reader is given without being asked for."""

import os

from models.errors import InputError

_VARIABLE = "MEDAD_SECOND_SHARE"


def second_share() -> float:
    """Return the share of judged advertisements that a second reader is given (environment, default 0.1)."""
    said = os.environ.get(_VARIABLE, "0.1")
    try:
        share = float(said)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise InputError(f"{_VARIABLE} is {said!r}, which is no share.", "Set it to a number from 0 to 1.")
    return share


def drawn_for_second(ad_id: int) -> bool:
    """Say whether an advertisement falls into the share of second readings.

    By its number alone: no reader can steer it, it says nothing of the content, and it holds however often it is
    asked. 7919 and 1000 have no common factor, so every thousand of advertisements holds exactly the share.
    """
    return (ad_id * 7919 + 1049) % 1000 < round(second_share() * 1000)
