"""A small world for readings: advertisements with and without signs, in cases of falling priority."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.vocabulary import Code, Method, Queue, ReadingOutcome, Role, Stage, TextKind
from pipeline.readings import Answer, answer

VERSIONS = ("score-1", "match-1")
SEEN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TEXT = "Phòng khám Lá Xanh cam kết chữa khỏi hoàn toàn bệnh trĩ, là nơi số một tại quận."
QUOTE = (TEXT.index("cam kết"), TEXT.index(" hoàn toàn"))
FIRST = (TEXT.index("số một"), TEXT.index(" tại quận"))
LAW: dict[str, Any] = {
    "provisions": [
        {"text": "Điều 8", "instrument": "Luật thử nghiệm", "article": "8", "verified": False, "source": ""}
    ],
    "penalty": None,
    "penalty_note": "",
}

Signs = Mapping[Code, float]
SURE: Signs = {Code.CURE_GUARANTEE: 0.95}
LIKELY: Signs = {Code.CURE_GUARANTEE: 0.7}


def advertisement(number: int, **more: Any) -> tables.Advertisement:
    """Make one advertisement; its number parts its text and address from the others'."""
    given: dict[str, Any] = {
        "url": f"http://laxanh.example/{number}",
        "site": "laxanh.example",
        "source": "nguon-a",
        "title": f"Trang {number}",
        "text": f"{TEXT}\n\nSố {number}",
        "main_end": len(TEXT),
        "text_sha256": str(number),
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
    }
    return tables.Advertisement(**(given | more))


def store(engine: Engine, *rows: Any) -> list[int]:
    """Add rows in order; return their numbers."""
    with Session(engine) as opened:
        for row in rows:
            opened.add(row)
            opened.flush()
        numbers = [row.id for row in rows]
        opened.commit()
    return numbers


def judged(ad_id: int, risk: float, signs: Signs, kind: TextKind = TextKind.HEALTH_AD) -> list[Any]:
    """Return what the score stage says of one advertisement."""
    assessment = tables.Assessment(
        advertisement_id=ad_id,
        classifier="test",
        version=VERSIONS[0],
        kind=kind,
        kind_probability=0.9,
        domains={"service": 0.9, "drug": 0.1},
        codes={code.value: signs.get(code, 0.01) for code in Code},
        risk=risk,
        shown_on=date(2026, 11, 20),
    )
    findings = [
        tables.Finding(
            advertisement_id=ad_id,
            stage=Stage.SCORE,
            version=VERSIONS[0],
            code=code,
            method=Method.MODEL,
            probability=probability,
            quote=TEXT[slice(*QUOTE)],
            start_at=QUOTE[0],
            end_at=QUOTE[1],
            shown_on=date(2026, 11, 20),
            provision_count=1,
            law=LAW,
        )
        for code, probability in signs.items()
    ]
    return [assessment, *findings]


def flagged(engine: Engine, count: int, signs: Signs = SURE, first: int = 0) -> list[int]:
    """Store advertisements with signs, each in a case of its own, the most urgent first."""
    ads = store(engine, *(advertisement(first + number) for number in range(count)))
    for place, ad_id in enumerate(ads):
        store(engine, *judged(ad_id, 0.9, signs))
        [case] = store(
            engine, tables.Case(subject=f"Cơ sở {ad_id}", subject_kind="site", priority=0.9 - place / (2 * count))
        )
        store(engine, tables.CaseLink(case_id=case, advertisement_id=ad_id))
    return ads


def unflagged(engine: Engine, risks: Sequence[float], first: int = 1000) -> list[int]:
    """Store advertisements without signs, of these risks."""
    ads = store(engine, *(advertisement(first + number) for number in range(len(risks))))
    for ad_id, risk in zip(ads, risks, strict=True):
        store(engine, *judged(ad_id, risk, {}))
    return ads


def account(engine: Engine, name: str, role: Role) -> None:
    """Store an account that may sign in with nothing."""
    store(engine, tables.Account(name=name, role=role, password_hash="-"))  # noqa: S106 - no password has this hash


def says(
    ad_id: int,
    reader: str,
    codes: Sequence[Code] | None,
    queue: Queue = Queue.PRIORITY,
    *,
    reason: str = "đã xem",
    blind: bool = False,
    kind: TextKind | None = None,
) -> Answer:
    """Return an answer: confirmed with these codes, rejected with none, second reading where ``codes`` is ``None``."""
    outcome = ReadingOutcome.SECOND_READING
    if codes is not None:
        outcome = ReadingOutcome.CONFIRMED if codes else ReadingOutcome.REJECTED
    return Answer(
        ad_id,
        reader,
        queue,
        outcome,
        kind=kind,
        codes={code: [QUOTE] for code in codes or ()},
        reason=reason,
        blind=blind,
        opened_at=datetime.now(UTC) - timedelta(seconds=20),
        versions=VERSIONS,
    )


def tell(engine: Engine, ad_id: int, reader: str, codes: Sequence[Code] | None, *more: Any, **named: Any) -> int:
    """Give an answer at once."""
    return answer(engine, says(ad_id, reader, codes, *more, **named))


def rows(engine: Engine, ad_id: int) -> list[tables.Reading]:
    """Return every row of readings on one advertisement, oldest first."""
    with Session(engine) as opened:
        query = select(tables.Reading).where(tables.Reading.advertisement_id == ad_id).order_by(tables.Reading.id)  # type: ignore[arg-type]
        return list(opened.exec(query).all())
