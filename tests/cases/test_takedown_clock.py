from datetime import datetime, timedelta

import pytest
from case_values import NOW

from cases.attached import Request, Seen
from cases.takedown import OPERATIONAL_HOURS, SEEN_VI, Period, clock_said, due, is_overdue, request_said, seen_since

LATER, EARLIER = NOW + timedelta(hours=3), NOW - timedelta(hours=3)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, (Seen.UNKNOWN, None)),
        ({"last_seen_at": EARLIER}, (Seen.UNKNOWN, None)),
        ({"last_seen_at": LATER}, (Seen.LIVE, LATER)),
        ({"last_seen_at": LATER, "superseded_at": LATER}, (Seen.CHANGED, LATER)),
        ({"last_seen_at": EARLIER, "withdrawn_at": LATER}, (Seen.OBEYED, LATER)),
        ({"last_seen_at": EARLIER, "withdrawn_at": EARLIER}, (Seen.UNKNOWN, None)),
    ],
)
def test_only_what_was_seen_after_the_request_counts(
    seen: dict[str, datetime], expected: tuple[Seen, datetime | None]
) -> None:
    assert seen_since(NOW, **seen) == expected


def request(seen: Seen = Seen.LIVE, hours: int = OPERATIONAL_HOURS) -> Request:
    ends = due(NOW, Period(hours))
    return Request(4, 7, 9, "https://mau.example/\x1b[31m", "", "Lan", NOW, ends, seen, None, False)


def test_the_clock_runs_out_at_its_end_and_not_before() -> None:
    ends = due(NOW, Period())
    assert ends - NOW == timedelta(hours=24)
    assert not is_overdue(Seen.LIVE, ends, ends - timedelta(seconds=1))
    assert [is_overdue(seen, ends, ends) for seen in Seen] == [False, False, True, True]


def test_the_clock_is_said_in_hours() -> None:
    ends = request().due_at
    said = [clock_said(request(), ends + timedelta(minutes=minutes)) for minutes in (-26 * 60, -30, 0, 30, 60, 74 * 60)]
    assert said == ["còn 26 giờ", "còn chưa đến 1 giờ", "vừa quá hạn", "vừa quá hạn", "quá hạn 1 giờ", "quá hạn 74 giờ"]
    assert clock_said(request(Seen.OBEYED), ends) == ""
    assert set(SEEN_VI) == set(Seen)


def test_a_request_is_said_safely() -> None:
    said = request_said(request(), NOW)
    assert said.startswith("Yêu cầu số 4 (vụ việc số 7, tin số 9): https://mau.example/")
    assert "\x1b" not in said
    assert said.endswith("Vẫn còn hiển thị; còn 24 giờ.")
