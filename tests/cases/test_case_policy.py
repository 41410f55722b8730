import dataclasses
from datetime import datetime

import pytest
from case_values import absent, finding, lead

from cases.policy import GRAVITY, gravity, opens_case
from models.vocabulary import Code, Method


@pytest.mark.parametrize(
    ("code", "probability", "opens"),
    [
        (Code.CURE_GUARANTEE, 0.50, True),
        (Code.CURE_GUARANTEE, 0.49, False),
        (Code.ABSOLUTE_CLAIM, 0.60, True),
        (Code.ABSOLUTE_CLAIM, 0.59, False),
    ],
)
def test_a_quoted_sign_opens_at_its_threshold(code: Code, probability: float, opens: bool) -> None:
    assert opens_case(lead(1, findings=(finding(code, probability),))) is opens


def test_an_absence_needs_more_certainty() -> None:
    assert not opens_case(lead(1, findings=(absent(probability=0.79),)))
    assert opens_case(lead(1, findings=(absent(probability=0.80),)))


def test_a_sign_that_cannot_be_shown_opens_nothing() -> None:
    assert not opens_case(lead(1, findings=(finding(quote="  "),)))


def test_the_registry_needs_no_quote() -> None:
    unlicensed = dataclasses.replace(finding(Code.UNLICENSED_FACILITY, 0.7, quote=""), method=Method.REGISTRY)
    assert opens_case(lead(1, findings=(unlicensed,)))


def test_three_plausible_signs_open_together_and_one_thrice_does_not() -> None:
    weak = [Code.ABSOLUTE_CLAIM, Code.DIRECT_COMPARISON, Code.PATIENT_TESTIMONIAL]
    assert opens_case(lead(1, findings=tuple(finding(code, 0.42) for code in weak)))
    assert not opens_case(lead(1, findings=tuple(finding(weak[0], 0.42) for _ in range(3))))


def test_nothing_found_opens_nothing() -> None:
    assert not opens_case(lead(1, findings=()))


def test_every_code_has_a_gravity() -> None:
    assert set(GRAVITY) == set(Code)
    assert all(0.0 < gravity(code) <= 1.0 for code in Code)
    assert gravity(Code.UNLICENSED_PRACTITIONER) > gravity(Code.ABSOLUTE_CLAIM)


def test_values_out_of_range_or_without_a_zone_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="probability"):
        finding(probability=1.5)
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(lead(1), last_seen_at=datetime(2026, 1, 1))  # noqa: DTZ001  # naive on purpose
