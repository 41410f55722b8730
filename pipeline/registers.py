"""Registry files at rest: each import is a dated, hashed snapshot; every state a record ever had is kept.

A full import (the default) replaces the last one of its kind: what it lacks is marked gone. With ``partial`` nothing is
marked gone, for departments that export in several files.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, and_, func, insert, or_, update
from sqlmodel import Session, col, select

from models.database import session
from models.errors import InputError
from models.tables import RegistryRecord, RegistryRejection, RegistrySnapshot
from models.vietnamese import folded
from models.vocabulary import LicenceStatus, RegistryKind
from pipeline.clock import VIETNAM
from registry.directory import record_key
from registry.roster import read_roster
from registry.types import Confirmation, DeclaredPrice, Facility, Practitioner, Record, Roster

_ADAPTERS: Mapping[RegistryKind, TypeAdapter[Any]] = {
    RegistryKind.PRACTITIONERS: TypeAdapter(Practitioner),
    RegistryKind.FACILITIES: TypeAdapter(Facility),
    RegistryKind.CONFIRMATIONS: TypeAdapter(Confirmation),
    RegistryKind.PRICES: TypeAdapter(DeclaredPrice),
}

#: A registry of fewer records may change wholly between two imports.
_FEW = 20

#: Rows per INSERT: keeps the statement small and the memory flat on 120,000 rows.
_BATCH = 5_000


@dataclass(slots=True)
class _Changes:
    """What one import does to what stands: rows to insert, and rows (by id) whose state ends."""

    insert: list[dict[str, Any]] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def import_registry(
    engine: Engine, path: Path, kind: RegistryKind | None = None, *, partial: bool = False, replace: bool = False
) -> tuple[RegistrySnapshot, bool]:
    """Read ``path`` into a new snapshot. Returns it, and False when the newest snapshot already holds this very file.

    Raises ``RosterError`` when the file cannot be used, ``InputError`` when most of the registry would be gone and
    ``replace`` does not say that this is meant; nothing is stored then.
    """
    roster = read_roster(path, kind)
    with session(engine) as opened:
        latest = opened.exec(
            select(RegistrySnapshot)
            .where(RegistrySnapshot.kind == roster.kind)
            .order_by(col(RegistrySnapshot.id).desc())
            .limit(1)
        ).first()
        if latest is not None and latest.file_sha256 == roster.sha256:
            opened.expunge(latest)
            return latest, False
        snapshot = _store(opened, path, roster, partial, replace)
        opened.flush()
        opened.refresh(snapshot)
        opened.expunge(snapshot)
    return snapshot, True


def _store(opened: Session, path: Path, roster: Roster, partial: bool, replace: bool) -> RegistrySnapshot:
    snapshot = RegistrySnapshot(
        kind=roster.kind,
        file_name=path.name,
        file_sha256=roster.sha256,
        accepted=len(roster.records),
        rejected=len(roster.rejections),
        columns=dict(roster.columns),
        notes=list(roster.notes),
    )
    opened.add(snapshot)
    opened.flush()
    assert snapshot.id is not None
    changes = _compare(opened, roster, snapshot.id, partial)
    gone, standing = changes.counts["gone"], changes.counts["standing"]
    if standing >= _FEW and gone > standing / 2 and not replace:
        raise InputError(
            f"{path.name} lacks {gone:,} of the {standing:,} {roster.kind} that the registry holds.",
            "If it is only a part, use --partial; if it is the whole registry, use --replace. Nothing was changed.",
        )
    for start in range(0, len(changes.insert), _BATCH):
        opened.execute(insert(RegistryRecord), changes.insert[start : start + _BATCH])
    for start in range(0, len(changes.end), _BATCH):
        ended = col(RegistryRecord.id).in_(changes.end[start : start + _BATCH])
        opened.execute(update(RegistryRecord).where(ended).values(until_snapshot_id=snapshot.id))
    rejected = [
        {"snapshot_id": snapshot.id, "row": r.row, "reason": r.reason, "content": r.content} for r in roster.rejections
    ]
    if rejected:
        opened.execute(insert(RegistryRejection), rejected)
    snapshot.new, snapshot.changed = changes.counts["new"], changes.counts["changed"]
    snapshot.gone, snapshot.reinstated = changes.counts["gone"], changes.counts["reinstated"]
    return snapshot


def _compare(opened: Session, roster: Roster, snapshot_id: int, partial: bool) -> _Changes:
    standing = {
        (record_id, occurrence): (row_id, digest)
        for row_id, record_id, occurrence, digest in opened.execute(
            select(
                RegistryRecord.id, RegistryRecord.record_id, RegistryRecord.occurrence, RegistryRecord.content_sha256
            ).where(RegistryRecord.kind == roster.kind, col(RegistryRecord.until_snapshot_id).is_(None))
        )
    }
    once = set(
        opened.exec(
            select(RegistryRecord.record_id)
            .where(RegistryRecord.kind == roster.kind, col(RegistryRecord.until_snapshot_id).is_not(None))
            .distinct()
        )
    )
    changes = _Changes()
    changes.counts["standing"] = len(standing)
    for row in _rows(roster, snapshot_id):
        before = standing.pop((row["record_id"], row["occurrence"]), None)
        if before is None:
            changes.counts["reinstated" if row["record_id"] in once else "new"] += 1
            changes.insert.append(row)
        elif before[1] != row["content_sha256"]:
            changes.counts["changed"] += 1
            changes.insert.append(row)
            changes.end.append(before[0])
    if not partial:
        changes.end.extend(row_id for row_id, _ in standing.values())
        changes.counts["gone"] = len(standing)
    return changes


def _rows(roster: Roster, snapshot_id: int) -> Iterator[dict[str, Any]]:
    adapter = _ADAPTERS[roster.kind]
    seen: Counter[str] = Counter()
    for record in roster.records:
        content = adapter.dump_python(record, mode="json")
        record_id, (name, licence_no) = record_key(record), _name(record)
        yield {
            "kind": roster.kind,
            "record_id": record_id,
            "occurrence": seen[record_id],  # a licence number that occurs twice is kept twice
            "name": name,
            "licence_no": licence_no,
            "content": content,
            "content_sha256": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
            "from_snapshot_id": snapshot_id,
        }
        seen[record_id] += 1


def _name(record: Record) -> tuple[str, str]:
    """Return (name, licence number) of any kind of record."""
    match record:
        case Practitioner():
            return record.full_name, record.licence_no
        case Facility():
            return record.trade_name or record.legal_name, record.licence_no
        case Confirmation():
            return record.product, record.number
        case DeclaredPrice():
            return record.service, record.facility_licence


def load_registry(engine: Engine, kind: RegistryKind, as_of: datetime | None = None) -> list[Any]:
    """Return the records of ``kind`` as they stand now, or as they stood at ``as_of`` (by the day of import)."""
    adapter = _ADAPTERS[kind]
    with session(engine) as opened:
        query = select(RegistryRecord.content).where(RegistryRecord.kind == kind).order_by(col(RegistryRecord.id))
        if as_of is None:
            query = query.where(col(RegistryRecord.until_snapshot_id).is_(None))
        else:
            last = _snapshot_at(opened, kind, as_of)
            query = query.where(
                _standing(col(RegistryRecord.from_snapshot_id), col(RegistryRecord.until_snapshot_id), last)
            )
        return [adapter.validate_python(content) for content in opened.exec(query)]


def _snapshot_at(opened: Session, kind: RegistryKind, as_of: datetime) -> int:
    found = opened.exec(
        select(func.max(RegistrySnapshot.id)).where(
            RegistrySnapshot.kind == kind, RegistrySnapshot.imported_at <= as_of
        )
    ).one()
    return found or 0


def registry_version(engine: Engine) -> str:
    """Return what tells one state of the registry from another: the newest snapshot of each kind."""
    with session(engine) as opened:
        rows = opened.execute(
            select(RegistrySnapshot.kind, func.max(RegistrySnapshot.id)).group_by(col(RegistrySnapshot.kind))
        ).all()
    return "+".join(f"{kind.value}{snapshot}" for kind, snapshot in sorted(rows)) or "none"


def describe_snapshot(engine: Engine) -> str:
    """Return one Vietnamese line on the registry's state, for dossiers: which imports, of which day."""
    with session(engine) as opened:
        newest = select(func.max(RegistrySnapshot.id)).group_by(col(RegistrySnapshot.kind))
        rows = opened.exec(select(RegistrySnapshot).where(col(RegistrySnapshot.id).in_(newest))).all()
        return "; ".join(
            f"{_KIND_VI[row.kind]}: {_number(row.accepted)} bản ghi, nhập ngày {_day(row.imported_at)}, "
            f"SHA-256 {row.file_sha256[:16]}…"
            for row in sorted(rows, key=lambda row: row.kind)
        )


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")  # Vietnamese groups thousands by points


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


_KIND_VI = {
    RegistryKind.PRACTITIONERS: "người hành nghề",
    RegistryKind.FACILITIES: "cơ sở",
    RegistryKind.CONFIRMATIONS: "giấy xác nhận nội dung quảng cáo",
    RegistryKind.PRICES: "giá kê khai",
}


def rejections(engine: Engine, snapshot_id: int) -> list[RegistryRejection]:
    """Return the rows that the snapshot's file had and that were not taken."""
    with session(engine) as opened:
        found = opened.exec(
            select(RegistryRejection)
            .where(RegistryRejection.snapshot_id == snapshot_id)
            .order_by(col(RegistryRejection.row))
        ).all()
        opened.expunge_all()
    return list(found)


def snapshots(engine: Engine, kinds: Iterable[RegistryKind] = tuple(RegistryKind)) -> list[RegistrySnapshot]:
    """Return every import, oldest first."""
    with session(engine) as opened:
        found = opened.exec(
            select(RegistrySnapshot)
            .where(col(RegistrySnapshot.kind).in_(list(kinds)))
            .order_by(col(RegistrySnapshot.id))
        ).all()
        opened.expunge_all()
    return list(found)


def describe_import(engine: Engine, snapshot: RegistrySnapshot, fresh: bool) -> tuple[dict[str, Any], str]:
    """Return what an import did, for ``--json`` and in Vietnamese (with the first rejected rows and their reasons)."""
    assert snapshot.id is not None
    refused = rejections(engine, snapshot.id)
    result = {
        **snapshot.model_dump(mode="json"),
        "fresh": fresh,
        "rejections": [{"row": r.row, "reason": r.reason} for r in refused],
    }
    if not fresh:
        when = snapshot.imported_at.astimezone(VIETNAM)
        return result, f"{snapshot.file_name}: tệp này đã được nhập ngày {when:%d/%m/%Y %H:%M}; không có gì thay đổi."
    lines = [
        f"{snapshot.file_name}: {snapshot.accepted} bản ghi {_KIND_VI[snapshot.kind]} được nhận, "
        f"{snapshot.rejected} dòng bị từ chối; {snapshot.new} mới, {snapshot.changed} thay đổi, "
        f"{snapshot.gone} không còn, {snapshot.reinstated} xuất hiện lại."
    ]
    lines += [f"  dòng {r.row}: {r.reason}" for r in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        lines.append(f"  … và {len(refused) - _SHOWN} dòng khác (xem với --json)")
    return result, "\n".join([*lines, *(f"  lưu ý: {note}" for note in snapshot.notes[:_SHOWN])])


def search(engine: Engine, text: str, limit: int) -> list[dict[str, Any]]:
    """Return at most ``limit`` standing records that hold every word of ``text``, those that hold it in a row first.

    Diacritics do not count. Names, numbers, addresses, phones, sites and workplaces are searched.
    """
    words = folded(text).split()
    phrase = " ".join(words)
    found: list[dict[str, Any]] = []
    scattered: list[dict[str, Any]] = []
    if not words:
        return found
    query = (
        select(RegistryRecord.kind, RegistryRecord.content)
        .where(col(RegistryRecord.until_snapshot_id).is_(None))
        .order_by(col(RegistryRecord.id))
        .execution_options(yield_per=_BATCH)
    )
    # closed before the session: a server keeps the cursor of a result that was not read to its end
    with session(engine) as opened, opened.execute(query) as rows:
        for kind, content in rows:
            shown = folded(_searchable(content))
            if phrase in shown:
                found.append(_summary(kind, content))
                if len(found) == limit:
                    break
            elif len(scattered) < limit and all(word in shown for word in words):
                scattered.append(_summary(kind, content))
    return [*found, *scattered][:limit]


def _searchable(content: Mapping[str, Any]) -> str:
    places = [place.get("name") or "" for place in content.get("workplaces") or []]
    values = [str(content.get(name) or "") for name in _SEARCHED]
    return " ".join([*values, *(content.get("phones") or []), *places])


def _summary(kind: RegistryKind, content: Mapping[str, Any]) -> dict[str, Any]:
    names = ("full_name", "trade_name", "legal_name", "product", "service")
    places = [place.get("name", "") for place in content.get("workplaces") or []]
    return {
        "kind": kind.value,
        "id": content.get("id") or content.get("number") or "",
        "name": next((content[name] for name in names if content.get(name)), ""),
        "licence_no": content.get("licence_no") or content.get("facility_licence") or "",
        "status": content.get("status", ""),
        "place": content.get("address") or "; ".join(place for place in places if place),
    }


def history(engine: Engine, record: str) -> list[dict[str, Any]]:
    """Return every state that a record (by id or licence number) has had, oldest first, with the imports' days."""
    with session(engine) as opened:
        days = {row.id: row.imported_at for row in opened.exec(select(RegistrySnapshot))}
        rows = opened.exec(
            select(RegistryRecord)
            .where(or_(col(RegistryRecord.record_id) == record, col(RegistryRecord.licence_no) == record))
            .order_by(col(RegistryRecord.kind), col(RegistryRecord.id))
        ).all()
        return [
            {
                "registry": row.kind.value,  # not 'kind': a facility has one of its own
                "from": days[row.from_snapshot_id].isoformat(),
                "until": None if row.until_snapshot_id is None else days[row.until_snapshot_id].isoformat(),
                **row.content,
            }
            for row in rows
        ]


def diff(engine: Engine, old: int, new: int) -> dict[str, list[dict[str, Any]]]:
    """Return what changed between two snapshots of one kind: new, changed and gone records.

    A changed record carries ``reinstated``: whether its licence had lapsed and is valid again. Raises ``InputError``
    when either snapshot does not exist or they are of different kinds.
    """
    with session(engine) as opened:
        both = [opened.get(RegistrySnapshot, number) for number in (old, new)]
        if None in both:
            raise InputError(f"there is no snapshot {old if both[0] is None else new}.", "See: medad registry stats")
        kinds = {snapshot.kind for snapshot in both if snapshot is not None}
        if len(kinds) > 1:
            raise InputError(f"snapshots {old} and {new} are of different kinds.", "See: medad registry stats")
        before, after = (_standing_at(opened, kinds.copy().pop(), number) for number in (old, new))
    return {
        "new": [_summary(*after[key]) for key in after if key not in before],
        "changed": [
            {**_summary(*after[key]), "reinstated": _reinstated(before[key][1], after[key][1])}
            for key in after
            if key in before and after[key] != before[key]
        ],
        "gone": [_summary(*before[key]) for key in before if key not in after],
    }


def _reinstated(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return before.get("status") in _LAPSED and after.get("status") == _VALID


def _standing(column_from: Any, column_until: Any, snapshot: int) -> Any:
    """Return the condition that a record's state stood at ``snapshot``."""
    return and_(column_from <= snapshot, or_(column_until.is_(None), column_until > snapshot))


def _standing_at(
    opened: Session, kind: RegistryKind, snapshot: int
) -> dict[tuple[str, int], tuple[RegistryKind, dict[str, Any]]]:
    rows = opened.exec(
        select(RegistryRecord).where(
            RegistryRecord.kind == kind,
            _standing(col(RegistryRecord.from_snapshot_id), col(RegistryRecord.until_snapshot_id), snapshot),
        )
    )
    return {(row.record_id, row.occurrence): (kind, row.content) for row in rows}


def stats(engine: Engine) -> dict[str, Any]:
    """Count the standing records by kind and status, and list the imports."""
    counts: dict[str, Counter[str]] = {kind.value: Counter() for kind in RegistryKind}
    with session(engine) as opened:
        for kind, content in opened.execute(
            select(RegistryRecord.kind, RegistryRecord.content)
            .where(col(RegistryRecord.until_snapshot_id).is_(None))
            .execution_options(yield_per=_BATCH)
        ):
            counts[kind.value][content.get("status", "")] += 1
    return {
        "records": {kind: dict(found) for kind, found in counts.items() if found},
        "snapshots": [row.model_dump(mode="json", exclude={"columns"}) for row in snapshots(engine)],
    }


def describe_stats(found: Mapping[str, Any]) -> str:
    """Return ``stats`` in Vietnamese."""
    lines = []
    for kind, by_status in found["records"].items():
        detail = ", ".join(f"{_STATUS_VI.get(status, status)} {count}" for status, count in by_status.items() if status)
        lines.append(f"{_KIND_VI[RegistryKind(kind)]}: {sum(by_status.values())}" + (f" ({detail})" if detail else ""))
    for row in found["snapshots"]:
        lines.append(
            f"Lần nhập {row['id']} ngày {_day(datetime.fromisoformat(row['imported_at']))}: {row['file_name']} "
            f"({_KIND_VI[RegistryKind(row['kind'])]}): {row['accepted']} bản ghi được nhận, "
            f"{row['rejected']} dòng bị từ chối; "
            f"{row['new']} mới, {row['changed']} thay đổi, {row['gone']} không còn"
        )
    return "\n".join(lines) or "Chưa nhập danh bạ nào."


def describe_record(row: Mapping[str, Any]) -> str:
    """Return one line of ``search`` or ``diff`` in Vietnamese."""
    number = row.get("licence_no") or ""
    shown = (
        _KIND_VI[RegistryKind(row["kind"])],
        row.get("name"),
        row.get("id") if row.get("id") != number else "",
        number and f"số {number}",
        _STATUS_VI.get(row.get("status") or "", ""),
        row.get("place"),
        "được khôi phục hiệu lực" if row.get("reinstated") else "",
    )
    return " · ".join(str(part) for part in shown if part)


def describe_history(states: Iterable[Mapping[str, Any]]) -> str:
    """Return ``history`` in Vietnamese: one block per state, with the days between which it stood."""
    return "\n\n".join("\n".join(_state(state)) for state in states)


def _state(state: Mapping[str, Any]) -> Iterator[str]:
    until = state["until"]
    ends = f"đến {_day(datetime.fromisoformat(until))}" if until else "đến nay"
    kind = _KIND_VI[RegistryKind(state["registry"])]
    yield f"{kind[0].upper()}{kind[1:]}, theo danh bạ từ {_day(datetime.fromisoformat(state['from']))} {ends}"
    for name, value in state.items():
        if name in _FIELD_VI and (text := _shown(name, value)):
            yield f"  {_FIELD_VI[name]}: {text}"


def _shown(name: str, value: Any) -> str:
    if name == "status":
        return _STATUS_VI.get(value, str(value))
    if name == "price_vnd":
        return f"{_number(value)} đồng"
    if name == "workplaces":
        return "; ".join(", ".join(filter(None, (p["name"], p["ward"], p["district"]))) for p in value)
    if name.endswith("_on") and value:
        return f"{datetime.fromisoformat(value):%d/%m/%Y}"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


_FIELD_VI = {
    "id": "Mã bản ghi",
    "full_name": "Họ và tên",
    "legal_name": "Tên cơ sở",
    "trade_name": "Tên giao dịch",
    "number": "Số giấy xác nhận",
    "product": "Sản phẩm",
    "company": "Công ty",
    "service": "Dịch vụ",
    "price_vnd": "Giá kê khai",
    "declared_on": "Ngày kê khai",
    "licence_no": "Số giấy phép",
    "facility_licence": "Số giấy phép của cơ sở",
    "qualification": "Văn bằng chuyên môn",
    "kind": "Loại hình",
    "scope": "Phạm vi hoạt động chuyên môn",
    "services": "Dịch vụ, kỹ thuật",
    "status": "Tình trạng",
    "issued_on": "Ngày cấp",
    "expires_on": "Ngày hết hạn",
    "issuer": "Nơi cấp",
    "province": "Tỉnh, thành phố",
    "address": "Địa chỉ",
    "ward": "Phường, xã",
    "ward_old": "Phường, xã cũ",
    "district": "Quận, huyện",
    "phones": "Điện thoại",
    "website": "Trang thông tin điện tử",
    "responsible_name": "Người chịu trách nhiệm chuyên môn",
    "responsible_licence": "Số giấy phép của người chịu trách nhiệm",
    "organisation": "Đơn vị",
    "workplaces": "Nơi hành nghề",
    "notes": "Ghi chú",
}


_SHOWN = 10
_VALID = LicenceStatus.VALID.value
_LAPSED = frozenset({LicenceStatus.SUSPENDED.value, LicenceStatus.EXPIRED.value, LicenceStatus.REVOKED.value})
_SEARCHED = (
    "full_name",
    "legal_name",
    "trade_name",
    "licence_no",
    "facility_licence",
    "number",
    "product",
    "company",
    "service",
    "id",
    "address",
    "website",
)
_STATUS_VI = {
    "valid": "hiệu lực",
    "expired": "hết hiệu lực",
    "suspended": "đình chỉ",
    "revoked": "thu hồi",
    "unknown": "chưa rõ",
}
