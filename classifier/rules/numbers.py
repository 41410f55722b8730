"""The numbers that an advertisement must or may carry, recognised through spaces, dashes and missing marks.

Forms seen in advertisements: ``06410/HCM-GPHĐ``, ``000465/HCM-GPHN``, ``008280/HCM-CCHN``, ``281/2020/XNQC-YTHCM``,
``1719/2022/XNQC - ATTP``, ``1284/2022/ĐKSP``, ``259062/24/CBMP-QLD``, ``VN-12345-11``. Only the form is judged here;
whether a number exists is the registry's answer.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from classifier.text import Reading
from classifier.types import Span


class NumberKind(StrEnum):
    """What a number in an advertisement is for."""

    OPERATING_LICENCE = "operating_licence"
    PRACTICE_LICENCE = "practice_licence"
    CONFIRMATION = "confirmation"
    FOOD_REGISTRATION = "food_registration"
    COSMETIC_NOTIFICATION = "cosmetic_notification"
    DRUG_REGISTRATION = "drug_registration"
    DEVICE_REGISTRATION = "device_registration"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in the text; ``well_formed`` is false when only its label, or a broken form, is there."""

    kind: NumberKind
    span: Span
    well_formed: bool


_SLASH = r"[ ]?[/\\][ ]?"
_DASH = r"[ ]?[-–—.]?[ ]?"
_LABEL_END = r"[ :.]{0,3}(?:so[ :.]{0,3})?"

_FORMS: tuple[tuple[NumberKind, re.Pattern[str]], ...] = (
    (
        NumberKind.OPERATING_LICENCE,
        re.compile(
            rf"\d{{2,7}}{_SLASH}[a-z]{{2,6}}{_DASH}gph[d](?![a-z])"
            rf"|(?:gphd|giay phep (?:hoat dong|"
            rf"hd)(?: kham(?: benh)?,? chua benh)?){_LABEL_END}\d{{2,7}}(?:{_SLASH}[a-z]{{2,6}}{_DASH}[a-z]{{2,5}})?"
            rf"|giay phep{_LABEL_END}\d{{2,7}}{_SLASH}(?:[a-z]{{2,6}}{_DASH})?(?:gphd|syt|byt|sy t)"
        ),
    ),
    (
        NumberKind.PRACTICE_LICENCE,
        re.compile(
            rf"\d{{3,7}}{_SLASH}[a-z]{{2,6}}{_DASH}(?:cchn|gphn)(?![a-z])"
            rf"|(?:cchn|gphn|chung chi hanh nghe|"
            rf"giay phep hanh nghe){_LABEL_END}\d{{3,7}}(?:{_SLASH}[a-z]{{2,6}}{_DASH}[a-z]{{2,5}})?"
        ),
    ),
    (NumberKind.FOOD_REGISTRATION, re.compile(rf"\d{{1,6}}{_SLASH}\d{{2,4}}{_SLASH}dksp")),
    (NumberKind.COSMETIC_NOTIFICATION, re.compile(rf"\d{{1,7}}{_SLASH}\d{{2}}{_SLASH}cbmp{_DASH}[a-z]{{2,6}}")),
    (
        NumberKind.DRUG_REGISTRATION,
        re.compile(
            r"(?<![a-z\d])(?:vn\d?|vd|vs|vnb|gc|qld|hd)[ ]?-[ ]?\d{4,6}[ ]?-[ ]?\d{2}"
            r"|(?:sdk|so dang ky|so luu hanh)[^.\n\d]{0,20}\d{8,12}"
        ),
    ),
    (
        NumberKind.DEVICE_REGISTRATION,
        re.compile(
            rf"\d{{6,12}}{_SLASH}pc[a-z]{{2,6}}{_DASH}[a-z]{{2,6}}|"
            rf"\d{{6,12}}{_DASH}[a-z]{{2,6}}{_SLASH}[a-z]{{2,6}}{_DASH}[a-z]{{2,6}}"
        ),
    ),
)

_CONFIRMATION = re.compile(
    rf"(\d{{1,6}}){_SLASH}(\d{{2,4}}){_SLASH}(?:xnqc|qld|xnttt|xn){_DASH}[a-z]{{1,10}}|"
    rf"(\d{{1,6}}){_SLASH}xnqc{_DASH}[a-z]{{2,10}}"
)
_CONFIRMATION_LABEL = re.compile(
    r"(?:so[ ]?)?(?:giay[ ]?)?(?:phep[ ]?)?(?:xnqc|xac nhan (?:noi dung )?quang cao)(?: (?:so|noi dung))?[ :.-]{0,4}"
    r"(?:dang (?:cap nhat|cho|xin|hoan thien|lam)(?: \w+)?|cap nhat sau|[x.…]{3,12}|"
    r"[\d/\\ x]{1,16}(?:xnqc[ -]{0,3}[a-z]{1,8})?)?"
)


def numbers(reading: Reading, on: date) -> list[Number]:
    """All numbers in the text, in the order of their place; confirmations are judged against the day ``on``."""
    found = [
        Number(kind, reading.span(*match.span()), well_formed=True)
        for kind, pattern in _FORMS
        for match in pattern.finditer(reading.bare)
    ]
    found += _confirmations(reading, on)
    return sorted(found, key=lambda number: number.span.start)


def _confirmations(reading: Reading, on: date) -> list[Number]:
    found = []
    taken: list[tuple[int, int]] = []
    for match in _CONFIRMATION.finditer(reading.bare):
        good = match[3] is not None or (int(match[1]) > 0 and _is_year(match[2], on))
        found.append(Number(NumberKind.CONFIRMATION, reading.span(*match.span()), good))
        taken.append(match.span())
    for match in _CONFIRMATION_LABEL.finditer(reading.bare):
        near = (match.start() - 5, match.end() + 25)
        if not any(start < near[1] and near[0] < end for start, end in taken):
            found.append(Number(NumberKind.CONFIRMATION, reading.span(*_trimmed(reading.bare, *match.span())), False))
    return found


def _is_year(written: str, on: date) -> bool:
    """Confirmations are issued since 2013; none is from after the advertisement."""
    year = int(written) + (2000 if len(written) == 2 else 0)
    return 2013 <= year <= on.year


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start + 1 and text[end - 1] in " :.-":
        end -= 1
    return start, end
