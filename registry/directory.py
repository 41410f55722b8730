"""Reads a folder of registry files, compares two snapshots, and searches records by any words of theirs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import MedadError, RosterError
from models.vietnamese import folded
from models.vocabulary import LicenceStatus, RegistryKind
from registry.roster import file_kind, read_roster
from registry.types import Confirmation, DeclaredPrice, Facility, Practitioner, Record, Roster

_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".jsonl", ".ndjson"})


@dataclass(slots=True)
class Registry:
    """What a folder of registry files holds. ``notes`` name each file, its counts and what was not taken."""

    practitioners: list[Practitioner] = field(default_factory=list)
    facilities: list[Facility] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    prices: list[DeclaredPrice] = field(default_factory=list)
    rosters: dict[str, Roster] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, roster: Roster) -> None:
        """Take the records of one file."""
        for record in roster.records:
            match record:
                case Practitioner():
                    self.practitioners.append(record)
                case Facility():
                    self.facilities.append(record)
                case Confirmation():
                    self.confirmations.append(record)
                case DeclaredPrice():
                    self.prices.append(record)


def read_registry_dir(path: Path) -> Registry:
    """Read every registry file in ``path`` (``practitioners*``, ``facilities*``, ``confirmations*``, ``prices*``).

    A file that cannot be read is named in ``notes``; ``RosterError`` is raised where none can, or where the folder
    holds no practitioner and no facility.
    """
    if not path.is_dir():
        raise RosterError(
            f"{path}: not a folder.", "Give the folder that holds practitioners*.csv and facilities*.csv."
        )
    registry = Registry()
    for file in sorted(path.iterdir()):
        kind = file_kind(file)
        if file.suffix.lower() not in _SUFFIXES or not file.is_file() or kind is None:
            continue
        try:
            roster = read_roster(file, kind)
        except MedadError as error:
            registry.notes.append(f"{file.name}: không đọc được. {error}")
            continue
        registry.add(roster)
        registry.rosters[file.name] = roster
        registry.notes.append(f"{file.name}: nhận {len(roster.records)} dòng, loại {len(roster.rejections)} dòng.")
        registry.notes += [f"{file.name}: {note}" for note in roster.notes]
    if not registry.practitioners and not registry.facilities:
        said = " ".join(registry.notes[:3])
        raise RosterError(
            f"{path}: no practitioner and no facility found. {said}".strip(),
            "Expected practitioners*.csv|xlsx|jsonl or facilities*.",
        )
    return registry


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two snapshots of one kind. ``changed`` pairs the old record with the new one.

    ``reinstated`` are the changed ones whose licence was suspended, expired or revoked before and is valid again.
    """

    new: tuple[Record, ...] = ()
    changed: tuple[tuple[Record, Record], ...] = ()
    gone: tuple[Record, ...] = ()
    reinstated: tuple[Record, ...] = ()


def record_key(record: Record) -> str:
    """Return what tells one record from another across snapshots: its id, its number, or facility and service."""
    match record:
        case Practitioner() | Facility():
            return record.id
        case Confirmation():
            return record.number
        case DeclaredPrice():
            return f"{record.facility_licence}|{record.service}"


def diff(old: Sequence[Record], new: Sequence[Record]) -> Diff:
    """Compare two snapshots record by record; repeated keys are compared in the order in which they stand."""
    before, after = dict(_keyed(old)), dict(_keyed(new))
    changed = tuple((before[key], record) for key, record in after.items() if key in before and before[key] != record)
    return Diff(
        tuple(record for key, record in after.items() if key not in before),
        changed,
        tuple(record for key, record in before.items() if key not in after),
        tuple(new for old, new in changed if _lapsed(old) and _valid(new)),
    )


def _keyed(records: Iterable[Record]) -> Iterator[tuple[tuple[str, int], Record]]:
    seen: dict[str, int] = {}
    for record in records:
        key = record_key(record)
        seen[key] = seen.get(key, 0) + 1
        yield (key, seen[key]), record


def _lapsed(record: Record) -> bool:
    return getattr(record, "status", None) in {LicenceStatus.SUSPENDED, LicenceStatus.EXPIRED, LicenceStatus.REVOKED}


def _valid(record: Record) -> bool:
    return getattr(record, "status", None) is LicenceStatus.VALID


def search(records: Iterable[Record], text: str, *, limit: int = 50) -> list[Record]:
    """Return the records that hold every word of ``text`` (folded), those that hold it as a phrase first."""
    words = folded(text).split()
    if not words:
        return []
    phrase = " ".join(words)
    found: list[tuple[int, Record]] = []
    for record in records:
        held = folded(_searchable(record))
        if all(word in held for word in words):
            found.append((0 if phrase in held else 1, record))
    return [record for _, record in sorted(found, key=lambda pair: pair[0])[:limit]]


def _searchable(record: Record) -> str:
    match record:
        case Practitioner():
            places = " ".join(place.name for place in record.workplaces)
            return f"{record.full_name} {record.licence_no} {record.id} {places}"
        case Facility():
            parts = (
                record.legal_name,
                record.trade_name,
                record.licence_no,
                record.id,
                record.address,
                " ".join(record.phones),
                record.website,
            )
            return " ".join(parts)
        case Confirmation():
            return f"{record.number} {record.product} {record.company}"
        case DeclaredPrice():
            return f"{record.facility_licence} {record.service}"


def kinds_held(registry: Registry) -> tuple[RegistryKind, ...]:
    """Return the kinds of record that the folder holds."""
    held = {
        RegistryKind.PRACTITIONERS: registry.practitioners,
        RegistryKind.FACILITIES: registry.facilities,
        RegistryKind.CONFIRMATIONS: registry.confirmations,
        RegistryKind.PRICES: registry.prices,
    }
    return tuple(kind for kind, records in held.items() if records)
