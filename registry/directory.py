"""Reads a folder of registry files, and says what tells one record from another across snapshots."""

from dataclasses import dataclass, field
from pathlib import Path

from models.errors import MedadError, RosterError
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


def record_key(record: Record) -> str:
    """Return what tells one record from another across snapshots: its id, its number, or facility and service."""
    match record:
        case Practitioner() | Facility():
            return record.id
        case Confirmation():
            return record.number
        case DeclaredPrice():
            return f"{record.facility_licence}|{record.service}"
