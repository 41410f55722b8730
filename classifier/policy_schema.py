"""What a policy file may hold: provisions, penalty bands, mandatory elements and codes, each dated and sourced.

These pydantic models validate one thing at a time; ``policy_checks`` compares things with each other.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from models.vocabulary import Code, Domain, Party

#: What every reader sees behind a rule that was not read in a named source.
UNVERIFIED = "(chưa kiểm chứng)"
#: `article` of an instrument that is meant as a whole.
WHOLE = "toàn văn"

_CLAUSE = r"\d{1,2}[a-zđ]?(-\d{1,2})?(, ?\d{1,2}[a-zđ]?(-\d{1,2})?)*"


def _day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise ValueError("must be a day written YYYY-MM-DD")


def _all_domains(value: object) -> object:
    return frozenset(Domain) if value == "all" else value


#: The longest text of the bundled file has about 2,000 characters, the longest list 50 items: an honest file stays
#: far under these bounds, which keep the pairwise checks of a hostile one short.
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
Few = Field(max_length=50)
Many = Field(max_length=500)
Day = Annotated[date, BeforeValidator(_day)]
Domains = Annotated[frozenset[Domain], BeforeValidator(_all_domains), Field(min_length=1)]
Amount = Annotated[int, Field(strict=True, gt=0, le=10**11)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Dated(_Strict):
    """Something that stands from one day to another, both included; without ``effective_to`` it still stands."""

    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError(f"effective_to {self.effective_to} is before effective_from {self.effective_from}")
        return self

    def in_force(self, on: date) -> bool:
        """Say whether it stands on the day ``on``."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def overlaps(self, other: "Dated") -> bool:
        """Say whether there is a day on which both stand."""
        first = max(self.effective_from, other.effective_from)
        return self.in_force(first) and other.in_force(first)

    def within(self, other: "Dated") -> bool:
        """Say whether ``other`` stands on every day on which this does."""
        ends = other.effective_to is None or (self.effective_to is not None and self.effective_to <= other.effective_to)
        return other.effective_from <= self.effective_from and ends


class LawChange(_Strict):
    """One day of the law clock, and what changes on it."""

    on: Day
    changes_vi: Text
    changes_en: Text


class Source(_Strict):
    """Where facts were read; ``ref`` is an address or a description."""

    id: Text
    ref: Text


class Amendment(_Strict):
    """An instrument that amends another, cited from the day it takes effect."""

    by: Text
    effective_from: Day


class Instrument(Dated):
    """A law, decree, circular or resolution. ``name`` is its citation in Vietnamese."""

    name: Text
    amendments: Annotated[tuple[Amendment, ...], Few] = ()
    note: Text | None = None


class Cited(Dated):
    """A place in an instrument: ``article`` is a number or an unnumbered part's words, ``clause`` "9", "1, 4" or "1-3".

    ``amendments`` come from the instrument when the file is loaded; a file must not write them here.
    """

    instrument: Text
    article: Text
    clause: Annotated[Text, StringConstraints(pattern=f"^{_CLAUSE}$", max_length=60)] | None = None
    point: Text | None = None
    about: Text | None = None
    source: Text | None = None
    verified: StrictBool
    domains: Domains
    note: Text | None = None
    amendments: tuple[Amendment, ...] = ()

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.verified and self.source is None:
            raise ValueError("verified is true without a source")
        return self

    def title(self, on: date | None = None) -> str:
        """Name the instrument, with the amendments that stand on the day ``on`` (all of them without one)."""
        by = [change.by for change in self.amendments if on is None or change.effective_from <= on]
        return self.instrument + (f" (sửa đổi bởi {', '.join(by)})" if by else "")

    def cite(self, on: date | None = None) -> str:
        """Cite in Vietnamese as of ``on``: 'khoản 9 Điều 8 Luật Quảng cáo 16/2012/QH13'; says when unverified."""
        numbered = re.fullmatch(r"\d+[a-zđ]?", self.article) is not None
        parts = [f"điểm {self.point}"] if self.point else []
        if self.clause:
            parts.append(("các khoản " if re.search(r"[,-]", self.clause) else "khoản ") + self.clause)
        if numbered:
            parts.append(f"Điều {self.article}")
        elif self.article[0].isupper():
            parts.append(self.article)
        parts.append(self.title(on))
        if not numbered and self.article[0].islower() and self.article != WHOLE:
            parts.append(f"({self.article})")
        return " ".join(parts) + ("" if self.verified else f" {UNVERIFIED}")


class Provision(Cited):
    """A rule of law. ``domains`` are the product classes that it concerns."""

    id: Text

    def clauses(self) -> frozenset[str]:
        """Return the single clauses that ``clause`` names: "1-3" is 1, 2 and 3; none where no number was read."""
        found: set[str] = set()
        for part in re.split(r", ?", self.clause) if self.clause else []:
            first, _, last = part.partition("-")
            found.update(map(str, range(int(first), int(last) + 1)) if last and first.isdigit() else [part])
        return frozenset(found)


class Penalty(Cited):
    """A fine, in đồng for an individual. Unknown amounts are ``None`` and unverified.

    ``spans_clauses``: the band joins several clauses whose use was not read, so it has no meaningful midpoint.
    """

    min_vnd: Amount | None
    max_vnd: Amount | None
    organisation_factor: Annotated[int, Field(strict=True, ge=1, le=10)] = 2
    spans_clauses: StrictBool = False
    extra_sanction: Text | None = None

    @model_validator(mode="after")
    def _amounts(self) -> Self:
        if (self.min_vnd is None) != (self.max_vnd is None):
            raise ValueError("min_vnd and max_vnd are either both known or both null")
        if self.min_vnd is None or self.max_vnd is None:
            if self.verified:
                raise ValueError("a fine of unknown amount cannot be verified")
        elif self.min_vnd > self.max_vnd:
            raise ValueError(f"min_vnd {self.min_vnd} is over max_vnd {self.max_vnd}")
        return self

    def band(self, party: Party) -> tuple[int, int] | None:
        """Return lowest and highest fine of ``party`` in đồng, or ``None`` where the amount was not read."""
        if self.min_vnd is None or self.max_vnd is None:
            return None
        factor = self.organisation_factor if party is Party.ORGANISATION else 1
        return self.min_vnd * factor, self.max_vnd * factor

    def usual(self, party: Party) -> int | None:
        """Return the usual fine in đồng, which is the midpoint of the band; ``None`` where none can be said."""
        band = self.band(party)
        return None if band is None or self.spans_clauses else sum(band) // 2


class Element(Dated):
    """Something an advertisement of ``domains`` must carry. ``sentence``: the exact mandatory words, if any.

    ``conditional``: due only where the product has it, so its absence alone says nothing.
    """

    id: Text
    name_vi: Text
    name_en: Text
    domains: Domains
    provision: Text
    sentence: Text | None = None
    conditional: StrictBool = False
    note: Text | None = None


class State(StrEnum):
    """Why a code is not flagged, or why its fine is not stated."""

    UNSETTLED = "unsettled"
    NOT_REQUIRED = "not_required"
    PENALTY_UNSETTLED = "penalty_unsettled"


class Caveat(Dated):
    """Days on which a code is not flagged for ``domains``, or no fine is stated, and the reason for readers."""

    state: State
    domains: Domains
    reason_vi: Text
    reason_en: Text


class DecidedBy(StrEnum):
    """Who can decide a code: the text, a rule over the whole page, the registry, or text and registry together."""

    TEXT = "text"
    BOTH = "both"
    RULE_ABSENCE = "rule_absence"
    REGISTRY = "registry"


class ProvisionRef(_Strict):
    """A code's use of a provision, for fewer ``domains`` if given. ``context``: shown, but not what was breached."""

    id: Text
    domains: Domains | None = None
    context: StrictBool = False


class CodeRecord(_Strict):
    """One code as the file holds it."""

    code: Code
    name_vi: Text
    name_en: Text
    definition_vi: Text
    definition_en: Text
    decided_by: DecidedBy
    applies_to: Domains
    provisions: Annotated[tuple[ProvisionRef, ...], Field(min_length=1, max_length=50)]
    penalties: Annotated[tuple[Penalty, ...], Few] = ()
    related_penalties: Annotated[tuple[Penalty, ...], Few] = ()
    caveats: Annotated[tuple[Caveat, ...], Few] = ()
    examples: Annotated[tuple[Text, ...], Few] = ()
    hard_negatives: Annotated[tuple[Text, ...], Few] = ()


class PolicyFile(_Strict):
    """A whole policy file."""

    version: Text
    built_on: Day
    status_vi: Text
    limitation_years: Annotated[int, Field(strict=True, ge=1, le=20)]
    limitation_vi: Text
    fines_vi: Text
    law_clock: Annotated[tuple[LawChange, ...], Field(min_length=1, max_length=50)]
    sources: Annotated[tuple[Source, ...], Many]
    instruments: Annotated[tuple[Instrument, ...], Many]
    provisions: Annotated[tuple[Provision, ...], Many]
    elements: Annotated[tuple[Element, ...], Many]
    codes: Annotated[tuple[CodeRecord, ...], Few]
