"""When signs of violation justify proposing a case, and how grave each kind is. Pure judgement, no law.

The thresholds and gravities below are editorial choices made while the program was written (November 2026). They were
not tuned on data: reviewers' decisions are what should move them.
"""

from collections.abc import Mapping

from cases.types import Lead, LeadFinding
from models.vocabulary import ABSENCE_CODES, Code, Method

#: A quoted sign opens a case from here up: more likely than not by a margin that leaves a reviewer's time well spent.
OPEN_AT = 0.60

#: A grave sign (gravity at or over ``GRAVE``) opens a case as soon as it is more likely than not.
OPEN_GRAVE_AT = 0.50

#: Something missing opens a case alone only when the rule is this sure: a page may simply not be the whole page.
OPEN_ABSENT_AT = 0.80

#: Several different signs, each at or over this, open a case together: they corroborate one another.
OPEN_TOGETHER_AT = 0.40
TOGETHER = 3

GRAVE = 0.8

#: Harm to a patient who believes the advertisement, in [0, 1]; used where two cases carry the same fine.
GRAVITY: Mapping[Code, float] = {
    Code.UNLICENSED_PRACTITIONER: 1.0,
    Code.UNLICENSED_FACILITY: 1.0,
    Code.BEYOND_SCOPE: 0.9,
    Code.UNAPPROVED_TECHNIQUE: 0.9,
    Code.CURE_GUARANTEE: 0.85,
    Code.PROHIBITED_SUBJECT: 0.85,
    Code.SUPPLEMENT_AS_MEDICINE: 0.8,
    Code.FALSE_AUTHORITY: 0.65,
    Code.COSMETIC_AS_MEDICINE: 0.6,
    Code.EXAGGERATED_EFFICACY_SAFETY: 0.6,
    Code.PROFESSIONAL_ENDORSEMENT: 0.5,
    Code.PATIENT_TESTIMONIAL: 0.45,
    Code.MISSING_CONFIRMATION_NUMBER: 0.4,
    Code.DIRECT_COMPARISON: 0.3,
    Code.ABSOLUTE_CLAIM: 0.3,
    Code.MISSING_MANDATORY_NOTICE: 0.25,
}


def gravity(code: Code) -> float:
    """How much harm this kind of sign stands for, in [0, 1]."""
    return GRAVITY[code]


def opens_alone(finding: LeadFinding) -> bool:
    """Whether this sign justifies a case by itself. A rule's claim that something is absent needs more certainty."""
    if finding.code in ABSENCE_CODES:
        return finding.probability >= OPEN_ABSENT_AT
    if finding.method is not Method.REGISTRY and not finding.quote.strip():
        return False  # nothing to show an inspector
    floor = OPEN_GRAVE_AT if gravity(finding.code) >= GRAVE else OPEN_AT
    return finding.probability >= floor


def opens_case(lead: Lead) -> bool:
    """Whether the signs in one advertisement justify proposing a case.

    One sign that is strong enough does, or three different ones that are each plausible. An advertisement that does not
    open a case still joins one of the same subject, so that the inspector sees it.
    """
    if any(opens_alone(finding) for finding in lead.findings):
        return True
    plausible = {finding.code for finding in lead.findings if finding.probability >= OPEN_TOGETHER_AT}
    return len(plausible) >= TOGETHER
