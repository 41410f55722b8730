"""Faults that only show when the things of a policy file are compared: overlaps, duplicates, dangling references."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from classifier.policy_schema import CodeRecord, Dated, Element, Penalty, PolicyFile, Provision, State
from classifier.policy_yaml import Place
from models.vocabulary import Code

#: Where the fault stands in the file, and what is wrong.
Fault = tuple[Place, str]


def faults(file: PolicyFile) -> Iterator[Fault]:
    """Yield every fault of ``file``, by section; what nobody uses only when nothing else explains it."""
    found = list(_all(file))
    yield from found or _unused(file)


def _all(file: PolicyFile) -> Iterator[Fault]:
    yield from _twice("sources", "source", [item.id for item in file.sources])
    yield from _twice("instruments", "instrument", [item.name for item in file.instruments])
    yield from _twice("provisions", "provision", [item.id for item in file.provisions])
    yield from _twice("codes", "code", [item.code.value for item in file.codes])
    yield from _clock(file)
    yield from _provisions(file)
    yield from _elements(file)
    for index, record in enumerate(file.codes):
        yield from _code(file, ("codes", index), record)
    yield from _complete(file)


def _twice(section: str, kind: str, names: Sequence[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (section, index), f"{kind} {name!r} stands twice"


def _clock(file: PolicyFile) -> Iterator[Fault]:
    days = [change.on for change in file.law_clock]
    for index in range(1, len(days)):
        if days[index] <= days[index - 1]:
            yield ("law_clock", index, "on"), f"the law clock is not in order: {days[index]} after {days[index - 1]}"


def _cited(file: PolicyFile, place: Place, item: Provision | Penalty) -> Iterator[Fault]:
    """Instrument and source exist, and the instrument stands all the while."""
    instrument = next((known for known in file.instruments if known.name == item.instrument), None)
    if instrument is None:
        yield (*place, "instrument"), f"instrument {item.instrument!r} is not in the list of instruments"
    elif not item.within(instrument):
        yield (*place, "effective_from"), f"the dates leave those of {item.instrument!r} ({_days(instrument)})"
    if item.source is not None and item.source not in {source.id for source in file.sources}:
        yield (*place, "source"), f"source {item.source!r} is not in the list of sources"
    if item.amendments:
        yield (*place, "amendments"), "amendments are written at the instrument"


def _provisions(file: PolicyFile) -> Iterator[Fault]:
    placed: dict[tuple[str, str], list[tuple[Provision, frozenset[str]]]] = {}
    for index, item in enumerate(file.provisions):
        place, clauses = ("provisions", index), item.clauses()
        yield from _cited(file, place, item)
        article = placed.setdefault((item.instrument, item.article), [])
        for earlier, others in article:
            if _same_clause(earlier, item, clauses & others) and earlier.overlaps(item):
                yield place, f"provision {item.id!r} overlaps {earlier.id!r}: the same clause on the same days"
        article.append((item, clauses))


def _unused(file: PolicyFile) -> Iterator[Fault]:
    used = {ref.id for record in file.codes for ref in record.provisions} | {item.provision for item in file.elements}
    for index, item in enumerate(file.provisions):
        if item.id not in used:
            yield ("provisions", index), f"provision {item.id!r} is dangling: no code and no element names it"


def _same_clause(one: Provision, other: Provision, common: frozenset[str]) -> bool:
    """Two provisions without a clause number ("number not read") are told apart by what they are about."""
    if not one.clause and not other.clause:
        return one.about == other.about
    return bool(common) and (one.point == other.point or not (one.point and other.point))


def _elements(file: PolicyFile) -> Iterator[Fault]:
    known = {item.id: item for item in file.provisions}
    for index, item in enumerate(file.elements):
        place = ("elements", index)
        provision = known.get(item.provision)
        if provision is None:
            yield (*place, "provision"), f"element {item.id!r} is dangling: no provision {item.provision!r}"
        else:
            yield from _due(place, item, provision)
        for earlier in file.elements[:index]:
            if earlier.id == item.id and earlier.overlaps(item) and earlier.domains & item.domains:
                yield place, f"element {item.id!r} stands twice on the same days"


def _due(place: Place, item: Element, provision: Provision) -> Iterator[Fault]:
    if not item.within(provision):
        yield (
            (*place, "effective_from"),
            f"element {item.id!r} leaves the days of {provision.id!r} ({_days(provision)})",
        )
    if not item.domains <= provision.domains:
        yield (*place, "domains"), f"element {item.id!r} names a domain that {provision.id!r} does not concern"


def _code(file: PolicyFile, place: Place, record: CodeRecord) -> Iterator[Fault]:
    yield from _references(file, place, record)
    for section, bands in (("penalties", record.penalties), ("related_penalties", record.related_penalties)):
        for index, band in enumerate(bands):
            yield from _cited(file, (*place, section, index), band)
            if not band.domains & record.applies_to:
                yield (*place, section, index, "domains"), "the penalty concerns no domain of this code"
    for first, second in _clashes(record.penalties):
        yield (
            (*place, "penalties", second),
            f"penalty band overlaps number {first + 1} of this code: same domain, same days",
        )
    for index, caveat in enumerate(record.caveats):
        if not caveat.domains <= record.applies_to:
            yield (*place, "caveats", index, "domains"), "the caveat names a domain that this code does not apply to"
    barring = [caveat for caveat in record.caveats if caveat.state is not State.PENALTY_UNSETTLED]
    for _, second in _clashes(barring):
        yield (*place, "caveats", record.caveats.index(barring[second])), "caveat overlaps another of this code"


def _references(file: PolicyFile, place: Place, record: CodeRecord) -> Iterator[Fault]:
    known = {item.id: item for item in file.provisions}
    for index, ref in enumerate(record.provisions):
        here = (*place, "provisions", index)
        provision = known.get(ref.id)
        if ref.id in [earlier.id for earlier in record.provisions[:index]]:
            yield here, f"provision {ref.id!r} stands twice in this code"
        if provision is None:
            yield (*here, "id"), f"dangling: no provision {ref.id!r}"
        elif not (ref.domains or provision.domains) <= provision.domains:
            yield (*here, "domains"), f"wider than the domains of provision {ref.id!r}"
        elif not (ref.domains or provision.domains) & record.applies_to:
            yield here, f"dangling: provision {ref.id!r} concerns no domain of this code"


def _clashes(items: Sequence[Dated]) -> Iterator[tuple[int, int]]:
    """Yield the positions of two bands or caveats that claim the same domain on the same day."""
    for (first, one), (second, other) in combinations(enumerate(items), 2):
        if one.overlaps(other) and _domains(one) & _domains(other):
            yield first, second


def _domains(item: Dated) -> frozenset[str]:
    domains: Iterable[str] = getattr(item, "domains", ())
    return frozenset(domains)


def _complete(file: PolicyFile) -> Iterator[Fault]:
    missing = sorted(set(Code) - {record.code for record in file.codes})
    if missing and len(missing) + len(file.codes) == len(Code):  # a code that stands twice is reported as that
        yield ("codes",), f"missing of the {len(Code)} codes: {', '.join(missing)}"


def _days(item: Dated) -> str:
    return f"{item.effective_from} to {item.effective_to or 'today'}"
