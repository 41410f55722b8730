"""What ties a lead to others: the advertiser's own things, never what it borrowed or whom it merely names."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from cases.types import KeyKind, Lead
from models import tables
from models.database import session
from models.vocabulary import MentionKind, RegistryKind, Verdict
from pipeline.leads import LeadReader
from registry.mentions import find_mentions

_FOOTER = "Viện Tái tạo Mây Hồng, 9 đường Hoa Gạo. GPHĐ số 09911/HCM-GPHĐ. ĐT: 028 7300 0999"
_TEXT = f"BS Trần Thị Mẫu Đơn truyền dưỡng chất.\n\n{_FOOTER}"
_SEEN = datetime(2026, 11, 24, tzinfo=UTC)


def _lead(engine: Engine, owner: str, *answers: dict[str, Any]) -> Lead:
    with session(engine) as opened:
        _store(opened, owner, answers)
    with session(engine) as opened:
        return LeadReader(opened, ("s", "m")).of([1])[0]


def _store(opened: Session, owner: str, answers: tuple[dict[str, Any], ...]) -> None:
    opened.add(tables.RegistrySnapshot(id=1, kind=RegistryKind.FACILITIES, file_name="f.csv", file_sha256="0"))
    seen: dict[str, Any] = {"first_seen_at": _SEEN, "last_seen_at": _SEEN, "text_sha256": "0"}
    opened.add(
        tables.Advertisement(
            id=1, url="http://mayhong.example/", site="mayhong.example", text=_TEXT, main_end=38, **seen
        )
    )
    opened.flush()
    record: dict[str, Any] = {
        "kind": RegistryKind.FACILITIES,
        "content": {},
        "content_sha256": "0",
        "from_snapshot_id": 1,
    }
    opened.add(tables.RegistryRecord(record_id=owner, licence_no="09911/HCM-GPHĐ", **record))
    for mention in find_mentions(_TEXT, 38):
        place: dict[str, Any] = {
            "start_at": mention.start,
            "end_at": mention.end,
            "version": "m",
            "value": mention.value,
        }
        opened.add(tables.Mention(advertisement_id=1, kind=mention.kind, text=mention.text, **place))
    for number, answer in enumerate(answers):
        common: dict[str, Any] = {
            "version": "m",
            "passage": "",
            "probability": 0.9,
            "as_of": date(2026, 11, 24),
            "primary": True,
        }
        opened.add(tables.RegistryAnswer(advertisement_id=1, query_id=str(number), **common, **answer))


def _place(decision: Verdict, registry_id: str = "") -> dict[str, Any]:
    named = {"kind": MentionKind.FACILITY, "named": "Viện Tái tạo Mây Hồng"}
    return {**named, "decision": decision, "registry_id": registry_id, "record_name": registry_id and "Mây Hồng"}


_DOCTOR = {"kind": MentionKind.PRACTITIONER, "named": "BS Trần Thị Mẫu Đơn", "decision": Verdict.MATCHED}


def _values(lead: Lead, kind: KeyKind) -> list[str]:
    return [key.value for key in lead.keys if key.kind is kind]


def test_the_own_number_and_record_tie(engine: Engine) -> None:
    lead = _lead(engine, "C7", _place(Verdict.MATCHED, "C7"))
    assert _values(lead, KeyKind.LICENCE) == ["09911/HCM-GPHĐ"]
    assert _values(lead, KeyKind.FACILITY) == ["C7"]
    assert _values(lead, KeyKind.PHONE) == ["02873000999"]


def test_a_borrowed_number_does_not_tie_the_borrower_to_its_owner(engine: Engine) -> None:
    lead = _lead(engine, "C7", _place(Verdict.NOT_FOUND))
    assert _values(lead, KeyKind.LICENCE) == []
    assert _values(lead, KeyKind.FACILITY) == []
    assert _values(lead, KeyKind.PHONE) == ["02873000999"]


def test_a_doctors_record_is_no_facility(engine: Engine) -> None:
    lead = _lead(engine, "C7", _place(Verdict.NOT_FOUND), {**_DOCTOR, "registry_id": "N5", "record_name": "Mẫu Đơn"})
    assert _values(lead, KeyKind.FACILITY) == []
    assert _values(lead, KeyKind.PRACTITIONER) == ["N5"]
