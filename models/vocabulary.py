"""The closed word lists that every package shares, as ``StrEnum`` so that they read the same in JSON, SQL and code.

The sixteen violation codes and the kinds of text are those of the project's policy file (``classifier/policy.yaml``).
"""

from enum import StrEnum


class TextKind(StrEnum):
    """What a text is. Only a ``health_ad`` carries violation codes."""

    HEALTH_AD = "health_ad"
    HEALTH_INFO = "health_info"
    OTHER_AD = "other_ad"
    OTHER = "other"


class Domain(StrEnum):
    """What is advertised: the product class that decides which provisions apply."""

    SERVICE = "service"
    COSMETIC_SURGERY = "cosmetic_surgery"
    DRUG = "drug"
    SUPPLEMENT = "supplement"
    COSMETIC = "cosmetic"
    DEVICE = "device"


class Code(StrEnum):
    """A violation code of the taxonomy."""

    CURE_GUARANTEE = "cure_guarantee"
    ABSOLUTE_CLAIM = "absolute_claim"
    EXAGGERATED_EFFICACY_SAFETY = "exaggerated_efficacy_safety"
    SUPPLEMENT_AS_MEDICINE = "supplement_as_medicine"
    COSMETIC_AS_MEDICINE = "cosmetic_as_medicine"
    PROFESSIONAL_ENDORSEMENT = "professional_endorsement"
    PATIENT_TESTIMONIAL = "patient_testimonial"
    PROHIBITED_SUBJECT = "prohibited_subject"
    DIRECT_COMPARISON = "direct_comparison"
    UNAPPROVED_TECHNIQUE = "unapproved_technique"
    FALSE_AUTHORITY = "false_authority"
    MISSING_MANDATORY_NOTICE = "missing_mandatory_notice"
    MISSING_CONFIRMATION_NUMBER = "missing_confirmation_number"
    UNLICENSED_FACILITY = "unlicensed_facility"
    UNLICENSED_PRACTITIONER = "unlicensed_practitioner"
    BEYOND_SCOPE = "beyond_scope"


#: The codes that a text alone can show, in the order of the codebook.
TEXT_CODES: tuple[Code, ...] = tuple(Code)[:11]

#: Decided by rules over the whole page: something required is not there.
ABSENCE_CODES: tuple[Code, ...] = (Code.MISSING_MANDATORY_NOTICE, Code.MISSING_CONFIRMATION_NUMBER)

#: Decided by the licence registry; the text only proposes candidates.
REGISTRY_CODES: tuple[Code, ...] = (Code.UNLICENSED_FACILITY, Code.UNLICENSED_PRACTITIONER, Code.BEYOND_SCOPE)


class Method(StrEnum):
    """How a finding was made."""

    MODEL = "model"
    RULE = "rule"
    REGISTRY = "registry"


class MentionKind(StrEnum):
    """What a mention in an advertisement names."""

    PRACTITIONER = "practitioner"
    FACILITY = "facility"
    LICENCE_NO = "licence_no"
    CONFIRMATION_NO = "confirmation_no"
    PRODUCT_REGISTRATION = "product_registration"
    PHONE = "phone"
    URL = "url"
    ADDRESS = "address"
    TECHNIQUE = "technique"
    PRICE = "price"


class RegistryKind(StrEnum):
    """The kinds of registry file that a department exports."""

    PRACTITIONERS = "practitioners"
    FACILITIES = "facilities"
    CONFIRMATIONS = "confirmations"
    PRICES = "prices"


class LicenceStatus(StrEnum):
    """The state of a licence as the registry records it."""

    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """One fact of the registry's answer. ``unknown`` is a good answer: it is never rounded to yes or no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What the matcher says of one mention."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"


class SourceKind(StrEnum):
    """How a source is walked."""

    SITE = "site"
    PAGE_LIST = "page-list"
    SITEMAP = "sitemap"
    FEED = "feed"


class Outcome(StrEnum):
    """What became of one request of a crawl."""

    CAPTURED = "captured"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    EXCLUDED_BY_ROBOTS = "excluded_by_robots"


class Party(StrEnum):
    """Whom a penalty band is for. Organisations pay twice the individual amount."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class CaseStatus(StrEnum):
    """Where a case stands. Only a human moves it past ``new``."""

    NEW = "new"
    IN_TRIAGE = "in_triage"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    NEEDS_SECOND_READING = "needs_second_reading"
    ASSIGNED = "assigned"
    INSPECTED = "inspected"
    DECIDED = "decided"
    CLOSED = "closed"


class RunStatus(StrEnum):
    """The state of a crawl or pipeline run."""

    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Stage(StrEnum):
    """The steps of the pipeline after the crawl; each keys its rows by (subject, stage, version)."""

    INGEST = "ingest"
    SCORE = "score"
    MATCH = "match"
    CASE = "case"


class Role(StrEnum):
    """What an account may do: a reviewer reads advertisements, an inspector works cases, an admin does all."""

    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Queue(StrEnum):
    """By what order an advertisement came before a reader."""

    PRIORITY = "priority"
    UNCERTAINTY = "uncertainty"
    AUDIT = "audit"
    SECOND = "second"
    DISAGREEMENT = "disagreement"


class ReadingOutcome(StrEnum):
    """What a reader did with an advertisement.

    ``confirmed``: at least one code stands. ``rejected``: none does. ``undone`` takes an earlier answer back.
    """

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SECOND_READING = "second_reading"
    SKIPPED = "skipped"
    UNDONE = "undone"
