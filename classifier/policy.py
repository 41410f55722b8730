"""The law as data: which provisions and fines stand for a code, on a day, for a product class.

``load_policy()`` reads the bundled ``policy.yaml`` (or another file) and refuses one that is undated, overlapping or
dangling, with the line. ``Policy.law_on`` answers for a day; ``Policy.finding`` turns a sign into a finding, or into
nothing where no provision stands or the law is unsettled.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from classifier.policy_finding import Finding
from classifier.policy_reader import read_policy_file
from classifier.policy_schema import (
    Amendment,
    Caveat,
    Cited,
    CodeRecord,
    DecidedBy,
    Element,
    Instrument,
    LawChange,
    Penalty,
    PolicyFile,
    Provision,
    State,
)
from classifier.types import Hit
from models.vocabulary import Answer, Code, Domain

__all__ = [
    "CodeEntry",
    "Element",
    "Finding",
    "Law",
    "Penalty",
    "Policy",
    "Provision",
    "check",
    "load_policy",
]

_BUNDLED = Path(__file__).with_name("policy.yaml")
_Item = TypeVar("_Item", bound=Cited)


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code: its meaning and its law of all days. ``context`` explains and is never quoted as breached."""

    code: Code
    name_vi: str
    name_en: str
    definition_vi: str
    definition_en: str
    decided_by: DecidedBy
    applies_to: frozenset[Domain]
    provisions: tuple[Provision, ...]
    context: tuple[Provision, ...]
    penalties: tuple[Penalty, ...]
    related_penalties: tuple[Penalty, ...]
    caveats: tuple[Caveat, ...]
    examples: tuple[str, ...]
    hard_negatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """What stands for a code on a day. ``unsettled``, ``not_required``: the reason (Vietnamese) why it is not flagged.

    ``related`` are fines for another act or another reading; ``penalty_unsettled`` says why no fine is certain.
    """

    code: Code
    on: date
    provisions: tuple[Provision, ...]
    penalties: tuple[Penalty, ...]
    unsettled: str | None = None
    not_required: str | None = None
    related: tuple[Penalty, ...] = ()
    penalty_unsettled: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy file. ``sha256`` is that of its bytes; ``codes`` holds all sixteen codes in the file's order."""

    version: str
    sha256: str
    built_on: date
    status_vi: str
    fines_vi: str
    limitation_vi: str
    limitation_years: int
    law_clock: tuple[LawChange, ...]
    instruments: tuple[Instrument, ...]
    elements: tuple[Element, ...]
    codes: Mapping[Code, CodeEntry]

    def law_on(self, code: Code, on: date, domains: Collection[Domain]) -> Law:
        """Return what stands for ``code`` on the day ``on`` for an ad of ``domains``.

        Domains for which the code is unsettled or no longer required that day bring nothing; when that leaves none, the
        reason is given. Without ``domains`` only law that concerns every product class of the code is returned.
        """
        entry = self.codes[code]
        wanted = frozenset(domains) & entry.applies_to if domains else entry.applies_to
        standing = [caveat for caveat in entry.caveats if caveat.in_force(on) and caveat.domains & wanted]
        barring = [caveat for caveat in standing if caveat.state is not State.PENALTY_UNSETTLED]
        open_to = wanted.difference(*(caveat.domains for caveat in barring))
        if not domains and barring:
            open_to = frozenset()

        def stand(items: Iterable[_Item]) -> tuple[_Item, ...]:
            fit = (item for item in items if item.in_force(on) and item.domains & open_to)
            return tuple(item for item in fit if domains or item.domains >= entry.applies_to)

        reasons: dict[State, str] = {}
        for caveat in standing:
            reasons.setdefault(caveat.state, caveat.reason_vi)
        return Law(
            code=code,
            on=on,
            provisions=stand(entry.provisions),
            penalties=stand(entry.penalties),
            unsettled=None if open_to else reasons.get(State.UNSETTLED),
            not_required=None if open_to else reasons.get(State.NOT_REQUIRED),
            related=stand(entry.related_penalties),
            penalty_unsettled=reasons.get(State.PENALTY_UNSETTLED),
        )

    def elements_on(self, domain: Domain, on: date, *, conditional: bool = False) -> tuple[Element, ...]:
        """Return what every ad of ``domain`` must carry on ``on``; ``conditional`` adds what some need."""
        return tuple(
            item
            for item in self.elements
            if domain in item.domains and item.in_force(on) and (conditional or not item.conditional)
        )

    def confirmation_required(self, domain: Domain, on: date) -> Answer:
        """Say whether an ad of ``domain`` shown on ``on`` needed a confirmation; ``unknown`` is never flagged."""
        law = self.law_on(Code.MISSING_CONFIRMATION_NUMBER, on, [domain])
        if law.not_required:
            return Answer.NO
        return Answer.YES if law.provisions and not law.unsettled else Answer.UNKNOWN

    def finding(self, hit: Hit, on: date, domains: Collection[Domain]) -> Finding | None:
        """Join ``hit`` with the law of ``on``; ``None`` when no provision stands or the law is unsettled.

        Of several bands (an ad of two product classes) the mildest verified one is stated; ``law_on`` has them all.
        """
        law = self.law_on(hit.code, on, domains)
        if not law.provisions:
            return None
        return Finding(
            code=hit.code,
            probability=hit.probability,
            proof=hit.proof,
            method=hit.method,
            reason=hit.reason,
            on=on,
            provisions=law.provisions,
            penalty=min(law.penalties, key=_mildness, default=None),
            penalty_note=law.penalty_unsettled,
        )

    def limitation_ends(self, on: date) -> date:
        """Return the last day on which an act ended on ``on`` can be fined (29 February counts as the 28th)."""
        year = min(on.year + self.limitation_years, date.max.year)
        return on.replace(year=year, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=year)


def _mildness(penalty: Penalty) -> tuple[bool, bool, int]:
    return not penalty.verified, penalty.max_vnd is None, penalty.max_vnd or 0


def load_policy(path: Path | None = None) -> Policy:
    """Return the bundled policy (read once), or that of ``path`` (read each time).

    Raises ``PolicyError``, which names the file, the line and the code.
    """
    return _bundled() if path is None else _load(path)


def check(path: Path) -> Policy:
    """Read and check the policy file ``path``; raises ``PolicyError`` on the first fault (by line)."""
    return _load(path)


@lru_cache(maxsize=1)
def _bundled() -> Policy:
    return _load(_BUNDLED)


def _load(path: Path) -> Policy:
    file, content = read_policy_file(path)
    return _policy(file, hashlib.sha256(content).hexdigest())


def _policy(file: PolicyFile, sha256: str) -> Policy:
    sources = {source.id: source.ref for source in file.sources}
    amendments = {item.name: item.amendments for item in file.instruments}
    provisions = {item.id: _resolved(item, sources, amendments) for item in file.provisions}
    return Policy(
        version=file.version,
        sha256=sha256,
        built_on=file.built_on,
        status_vi=file.status_vi,
        fines_vi=file.fines_vi,
        limitation_vi=file.limitation_vi,
        limitation_years=file.limitation_years,
        law_clock=file.law_clock,
        instruments=file.instruments,
        elements=file.elements,
        codes={record.code: _entry(record, provisions, sources, amendments) for record in file.codes},
    )


def _resolved(item: _Item, sources: Mapping[str, str], amendments: Mapping[str, tuple[Amendment, ...]]) -> _Item:
    """Put the source's address and the instrument's amendments in the place of their names."""
    source = None if item.source is None else sources[item.source]
    return item.model_copy(update={"source": source, "amendments": amendments[item.instrument]})


def _entry(
    record: CodeRecord,
    provisions: Mapping[str, Provision],
    sources: Mapping[str, str],
    amendments: Mapping[str, tuple[Amendment, ...]],
) -> CodeEntry:
    rests: dict[bool, list[Provision]] = {False: [], True: []}
    for ref in record.provisions:
        item = provisions[ref.id]
        domains = (ref.domains or item.domains) & record.applies_to
        rests[ref.context].append(item.model_copy(update={"domains": domains}))

    def fines(bands: Iterable[Penalty]) -> tuple[Penalty, ...]:
        known = (_resolved(item, sources, amendments) for item in bands)
        return tuple(item.model_copy(update={"domains": item.domains & record.applies_to}) for item in known)

    return CodeEntry(
        code=record.code,
        name_vi=record.name_vi,
        name_en=record.name_en,
        definition_vi=record.definition_vi,
        definition_en=record.definition_en,
        decided_by=record.decided_by,
        applies_to=record.applies_to,
        provisions=tuple(rests[False]),
        context=tuple(rests[True]),
        penalties=fines(record.penalties),
        related_penalties=fines(record.related_penalties),
        caveats=record.caveats,
        examples=record.examples,
        hard_negatives=record.hard_negatives,
    )
