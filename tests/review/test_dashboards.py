"""Figures of the dashboard in words."""

import pytest

from review.dashboards import _waited


@pytest.mark.parametrize(("hours", "words"), [(None, "–"), (0.0, "dưới 5 phút"), (0.1, "6 phút"), (72.0, "3 ngày")])
def test_a_case_confirmed_at_once_did_not_take_no_time(hours: float | None, words: str) -> None:
    assert _waited(hours) == words
