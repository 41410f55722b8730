"""Advertisements with signs, counted by code, product class, district and source, beside what people said of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases.wording import DOMAIN_VI
from models import tables
from models.vocabulary import Code, Domain, MentionKind, ReadingOutcome, RegistryKind, Verdict
from pipeline.casework import code_names
from pipeline.districts import district_of
from pipeline.reading_log import Seen
from pipeline.scoring import clear_domains

#: What is said of an advertisement that names no district.
UNKNOWN_VI = "Không rõ"

#: Rows asked for by number at a time.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """How many leads fall under one heading, how many of them people have settled, and how many were confirmed."""

    key: str
    name_vi: str
    leads: int
    read: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class LeadTallies:
    """The leads that stand (``withdrawn`` of them can no longer be seen), counted by each heading, largest first."""

    leads: int
    withdrawn: int
    by_code: tuple[Tally, ...]
    by_domain: tuple[Tally, ...]
    by_district: tuple[Tally, ...]
    by_source: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What each lead is counted under, by advertisement: all that changes only when a run does."""

    codes: Mapping[int, set[str]]
    domains: Mapping[int, Sequence[str]]
    districts: Mapping[int, Sequence[str]]
    sources: Mapping[int, Sequence[str]]
    withdrawn: int


def lead_facts(opened: Session, versions: tuple[str, str]) -> LeadFacts:
    """Read what the leads of these versions are counted under: a second or two for 30,000."""
    shown = _advertisements(opened, versions)
    codes = {ad_id: found for ad_id, found in _codes(opened, versions).items() if ad_id in shown}
    districts = _districts(opened, versions[1], codes.keys())
    return LeadFacts(
        codes=codes,
        domains=_domains(opened, versions, codes.keys()),
        districts={ad_id: (districts.get(ad_id, ""),) for ad_id in codes},
        sources={ad_id: (shown[ad_id][0],) for ad_id in codes},
        withdrawn=sum(shown[ad_id][1] for ad_id in codes),
    )


def lead_tallies(facts: LeadFacts, verdicts: Mapping[int, Seen]) -> LeadTallies:
    """Count the leads. ``verdicts`` holds the answer that stands, by advertisement."""
    names = {code.value: name for code, name in code_names().items()}
    classes = {domain.value: name for domain, name in DOMAIN_VI.items()}
    return LeadTallies(
        leads=len(facts.codes),
        withdrawn=facts.withdrawn,
        by_code=_by_code(facts.codes, names, verdicts),
        by_domain=_count(facts.domains, lambda key: classes.get(key, UNKNOWN_VI), verdicts),
        by_district=_count(facts.districts, lambda key: key or UNKNOWN_VI, verdicts),
        by_source=_count(facts.sources, lambda key: key or UNKNOWN_VI, verdicts),
    )


def _count(
    headings: Mapping[int, Iterable[str]], named: Callable[[str], str], verdicts: Mapping[int, Seen]
) -> tuple[Tally, ...]:
    leads: Counter[str] = Counter()
    read: Counter[str] = Counter()
    confirmed: Counter[str] = Counter()
    for ad_id, keys in headings.items():
        verdict = verdicts.get(ad_id)
        for key in keys:
            leads[key] += 1
            read[key] += verdict is not None
            confirmed[key] += verdict is not None and verdict.outcome is ReadingOutcome.CONFIRMED
    return tuple(Tally(key, named(key), number, read[key], confirmed[key]) for key, number in leads.most_common())


def _by_code(
    codes: Mapping[int, set[str]], names: Mapping[str, str], verdicts: Mapping[int, Seen]
) -> tuple[Tally, ...]:
    """Under a code only those are confirmed whose reader stood by this very code."""
    confirmed: Counter[str] = Counter()
    for ad_id, found in codes.items():
        if ad_id in verdicts:
            confirmed.update(found & verdicts[ad_id].codes)
    rows = _count(codes, lambda key: names.get(key, key), verdicts)
    return tuple(Tally(row.key, row.name_vi, row.leads, row.read, confirmed[row.key]) for row in rows)


def _codes(opened: Session, versions: tuple[str, str]) -> dict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    query = select(tables.Finding.advertisement_id, tables.Finding.code).where(
        col(tables.Finding.version).in_(versions)
    )
    for ad_id, code in opened.exec(query):
        found[ad_id].add(Code(code).value)
    return found


def _advertisements(opened: Session, versions: tuple[str, str]) -> dict[int, tuple[str, bool]]:
    """Return source and whether it is withdrawn, of every lead that no later text replaced."""
    flagged = select(tables.Finding.advertisement_id).where(col(tables.Finding.version).in_(versions))
    query = select(tables.Advertisement.id, tables.Advertisement.source, tables.Advertisement.withdrawn_at).where(
        col(tables.Advertisement.superseded_at).is_(None), col(tables.Advertisement.id).in_(flagged)
    )
    return {row[0]: (row[1], row[2] is not None) for row in opened.execute(query)}


def _domains(opened: Session, versions: tuple[str, str], wanted: Iterable[int]) -> dict[int, list[str]]:
    among = set(wanted)
    query = select(
        col(tables.Assessment.advertisement_id), col(tables.Assessment.kind), col(tables.Assessment.domains)
    ).where(col(tables.Assessment.version) == versions[0])
    found = {}
    for ad_id, kind, stated in opened.execute(query):
        if ad_id in among:
            classes = {Domain(name): value for name, value in stated.items()}
            found[ad_id] = [domain.value for domain in clear_domains(kind, classes)] if classes else [""]
    return found


def _districts(opened: Session, version: str, wanted: Iterable[int]) -> dict[int, str]:
    """Return each lead's district: the registered one of the facility it was matched to, else that of its address."""
    among = set(wanted)
    found: dict[int, str] = {}
    addresses = (
        select(tables.Mention.advertisement_id, tables.Mention.value)
        .where(tables.Mention.version == version, tables.Mention.kind == MentionKind.ADDRESS)
        .order_by(col(tables.Mention.id))
    )
    for ad_id, address in opened.exec(addresses):
        if ad_id in among and not found.get(ad_id):
            found[ad_id] = district_of(address)
    matched = select(tables.RegistryAnswer.advertisement_id, tables.RegistryAnswer.registry_id).where(
        tables.RegistryAnswer.version == version,
        tables.RegistryAnswer.kind == MentionKind.FACILITY,
        tables.RegistryAnswer.decision == Verdict.MATCHED,
        col(tables.RegistryAnswer.primary).is_(True),
    )
    facilities = {ad_id: record for ad_id, record in opened.exec(matched) if ad_id in among}
    registered = _registered(opened, sorted(set(facilities.values())))
    return found | {ad_id: place for ad_id, record in facilities.items() if (place := registered.get(record))}


def _registered(opened: Session, records: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(records), _CHUNK):
        query = select(tables.RegistryRecord.record_id, tables.RegistryRecord.content).where(
            tables.RegistryRecord.kind == RegistryKind.FACILITIES,
            col(tables.RegistryRecord.until_snapshot_id).is_(None),
            col(tables.RegistryRecord.record_id).in_(records[start : start + _CHUNK]),
        )
        for record, content in opened.exec(query):
            stated = str(content.get("district") or "")
            found[record] = district_of(stated) or district_of(str(content.get("address") or "")) or stated
    return found
