"""Whether tests can run a real browser here."""

import pytest

from crawler.browser import need_browser
from models.errors import MedadError


def why_not() -> str:
    """Return why no page can be rendered on this computer, or ``""``."""
    try:
        need_browser()
    except MedadError as error:
        return str(error)
    return ""


needs_chromium = pytest.mark.skipif(bool(why_not()), reason=why_not() or "Chromium is there")
