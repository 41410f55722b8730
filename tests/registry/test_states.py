"""States of a licence over time, and workplaces that carry their licence number, as departments write them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.vocabulary import Answer, LicenceStatus
from registry.facts import by_number, in_force
from registry.types import Facility, Practitioner, Workplace
from registry.values import read_status_date, split_place

_TODAY = datetime.now(UTC).date()


def _facility(status: LicenceStatus, since: date | None = None, expires: date | None = None) -> Facility:
    return Facility("F1", "Phòng khám Hoa Gạo", status=status, status_on=since, expires_on=expires)


@pytest.mark.parametrize(
    ("status", "since", "expires", "as_of", "answer"),
    [
        (LicenceStatus.SUSPENDED, date(2026, 5, 12), None, date(2026, 5, 11), Answer.YES),
        (LicenceStatus.SUSPENDED, date(2026, 5, 12), None, date(2026, 5, 12), Answer.NO),
        (LicenceStatus.REVOKED, None, None, _TODAY, Answer.NO),
        (LicenceStatus.REVOKED, None, None, None, Answer.NO),
        (LicenceStatus.REVOKED, None, None, _TODAY - timedelta(days=400), Answer.UNKNOWN),
        (LicenceStatus.EXPIRED, None, date(2025, 12, 31), date(2025, 6, 1), Answer.YES),
        (LicenceStatus.EXPIRED, None, date(2025, 12, 31), date(2026, 1, 1), Answer.NO),
        (LicenceStatus.VALID, None, None, date(2026, 1, 1), Answer.YES),
        (LicenceStatus.VALID, None, date(2025, 12, 31), date(2026, 1, 1), Answer.NO),
        (LicenceStatus.UNKNOWN, None, None, date(2026, 1, 1), Answer.UNKNOWN),
    ],
)
def test_a_state_counts_from_its_day(
    status: LicenceStatus, since: date | None, expires: date | None, as_of: date | None, answer: Answer
) -> None:
    found, reason = in_force(_facility(status, since, expires), as_of)
    assert found is answer
    assert reason.endswith(".")


@pytest.mark.parametrize(
    ("since", "seen", "answer"),
    [
        (None, _TODAY, Answer.NO),
        (None, _TODAY - timedelta(days=120), Answer.UNKNOWN),
        (None, None, Answer.UNKNOWN),
        (date(2026, 5, 12), date(2026, 5, 12), Answer.NO),
        (date(2026, 5, 12), date(2026, 5, 11), Answer.YES),
    ],
)
def test_what_is_still_shown_while_suspended_is_shown_without_a_licence(
    since: date | None, seen: date | None, answer: Answer
) -> None:
    published = date(2025, 11, 1)
    found, reason = in_force(_facility(LicenceStatus.SUSPENDED, since), published, seen)
    assert found is answer
    assert ("vẫn còn hiển thị" in reason) is (answer is Answer.NO)


def test_the_facilitys_number_shows_the_registered_workplace() -> None:
    person = Practitioner("N1", "Trần Thử Minh", workplaces=(Workplace("PK Hoa Gạo", "08155/HCM-GPHĐ"), Workplace("X")))
    assert by_number(("C9", "08155/HCM-GPHĐ"), person).startswith("Số giấy phép hoạt động")
    assert by_number(("C9",), person) == ""
    assert by_number(("",), person) == ""


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Đình chỉ (QĐ nội bộ, từ 12/05/2026)", date(2026, 5, 12)),
        ("Thu hồi ngày 3/2/2025", date(2025, 2, 3)),
        ("Tạm dừng từ 2026-01-31", date(2026, 1, 31)),
        ("Thu hồi 31/02/2026", None),
        ("Đang hoạt động", None),
        (None, None),
    ],
)
def test_a_state_may_carry_its_day(cell: str | None, expected: date | None) -> None:
    assert read_status_date(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Phòng khám Hoa Gạo (08155/HCM-GPHĐ)", ("Phòng khám Hoa Gạo", "08155/HCM-GPHĐ")),
        ("Phòng khám Hoa Gạo - GPHĐ số 08155/HCM-GPHĐ", ("Phòng khám Hoa Gạo", "08155/HCM-GPHĐ")),
        ("Phòng khám Hoa Gạo, số 08155 / HCM - GPHĐ", ("Phòng khám Hoa Gạo", "08155/HCM-GPHĐ")),
        ("Phòng khám 24/7", ("Phòng khám 24/7", "")),
        ("Phòng khám Hoa Gạo (cơ sở 2)", ("Phòng khám Hoa Gạo (cơ sở 2)", "")),
    ],
)
def test_a_workplace_and_its_number_are_two_things(cell: str, expected: tuple[str, str]) -> None:
    assert split_place(cell) == expected
