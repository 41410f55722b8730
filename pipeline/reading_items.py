"""Rows → what is put before a reader: the text, what the machine says of it, the registry's answers, the past."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from cases.types import LeadFinding, PenaltyBand
from cases.wording import UNCHECKED, money_range
from models import tables
from models.errors import InputError
from models.vocabulary import Code, Outcome, Queue
from pipeline.casework import code_names
from pipeline.leads import LeadReader
from pipeline.reading_values import Earlier, ItemFinding, Precedent, ReadingItem
from pipeline.scoring import clear_domains
from pipeline.standing import JUDGED, domains_of, earlier, standing_of, stands

#: How many of the latest answers are looked through for one with the same signs.
_RECENT = 200


def build(
    opened: Session, ad_id: int, reader: str, queue: Queue, versions: tuple[str, str], now: datetime, *, blind: bool
) -> ReadingItem:
    """Gather one advertisement for one reader. Raises ``InputError`` when there is none of this number."""
    ad = opened.get(tables.Advertisement, ad_id)
    if ad is None:
        raise InputError(f"Không có quảng cáo số {ad_id}.", "Hãy chọn quảng cáo khác.")
    before = standing_of(opened, ad_id)
    hidden = blind and not any(row.reader == reader for row in before)
    assessment = opened.exec(
        select(tables.Assessment).where(
            tables.Assessment.advertisement_id == ad_id, tables.Assessment.version == versions[0]
        )
    ).first()
    lead = LeadReader(opened, versions).of([ad_id])[0]
    rows = findings_of(opened, ad_id, versions)
    shown: dict[str, Any] = {"blind": hidden}
    if not hidden:
        shown |= {
            "findings": tuple(_finding(row, said) for row, said in zip(rows, lead.findings, strict=True)),
            "precedent": precedent(opened, ad, {row.code for row in rows}),
            **_judged(assessment, rows),
        }
    return ReadingItem(
        ad_id=ad_id,
        url=ad.url,
        title=ad.title,
        text=ad.text,
        main_end=ad.main_end,
        site=ad.site,
        source=ad.source,
        channel=ad.channel,
        shown_on=lead.shown_on,
        first_seen_at=ad.first_seen_at,
        last_seen_at=ad.last_seen_at,
        withdrawn_at=ad.withdrawn_at,
        queue=queue,
        opened_at=now,
        version=versions[0],
        versions=versions,
        registry=lead.registry,
        case_id=case_of(opened, ad_id),
        screenshot=_screenshot(opened, ad.url),
        earlier=tuple(_visible(before, reader, queue)),
        **shown,
    )


def findings_of(opened: Session, ad_id: int, versions: tuple[str, str]) -> Sequence[tables.Finding]:
    """Return the signs of one advertisement in these versions, in the order in which they were found."""
    return opened.exec(
        select(tables.Finding)
        .where(tables.Finding.advertisement_id == ad_id, col(tables.Finding.version).in_(versions))
        .order_by(col(tables.Finding.id))
    ).all()


def proposed(rows: Iterable[tables.Finding]) -> dict[str, float]:
    """Return the machine's probability of each code that it flagged."""
    found: dict[str, float] = {}
    for row in rows:
        found[row.code.value] = max(found.get(row.code.value, 0.0), row.probability)
    return found


def case_of(opened: Session, ad_id: int) -> int | None:
    """Return the newest case that an advertisement belongs to."""
    return opened.exec(
        select(func.max(col(tables.CaseLink.case_id))).where(tables.CaseLink.advertisement_id == ad_id)
    ).first()


def _judged(assessment: tables.Assessment | None, rows: Sequence[tables.Finding]) -> dict[str, Any]:
    if assessment is None:
        return {"codes": {Code(name): value for name, value in proposed(rows).items()}}
    classes = dict(zip(domains_of(assessment.domains), assessment.domains.values(), strict=True))
    return {
        "kind": assessment.kind,
        "kind_probability": assessment.kind_probability,
        "domains": clear_domains(assessment.kind, classes) if classes else (),
        "risk": assessment.risk,
        "codes": {Code(name): value for name, value in (assessment.codes | proposed(rows)).items()},
    }


def _finding(row: tables.Finding, said: LeadFinding) -> ItemFinding:
    assert row.id is not None
    return ItemFinding(
        finding_id=row.id,
        code=row.code,
        name_vi=code_names().get(row.code, row.code.value),
        probability=row.probability,
        method=row.method,
        quote=row.quote,
        start=row.start_at,
        end=row.end_at,
        absence=row.absence,
        sought=said.sought,
        reason=row.reason,
        provisions=tuple((citation.text, citation.verified) for citation in said.provisions),
        penalty=penalty_text(said.penalty),
    )


def penalty_text(band: PenaltyBand | None) -> str:
    """Return a fine as one Vietnamese line; empty where the policy states none."""
    if band is None or (band.individual is None and band.organisation is None):
        return ""
    said = f"Cá nhân: {money_range(band.individual)}; tổ chức: {money_range(band.organisation)}"
    return said if band.verified else f"{said} ({UNCHECKED})"


def _screenshot(opened: Session, url: str) -> int | None:
    return opened.exec(
        select(tables.Capture.id)
        .where(
            tables.Capture.about == url,
            tables.Capture.role == "screenshot",
            col(tables.Capture.outcome).in_([Outcome.CAPTURED, Outcome.UNCHANGED]),
        )
        .order_by(col(tables.Capture.id).desc())
    ).first()


def _visible(before: Sequence[tables.Reading], reader: str, queue: Queue) -> Iterable[Earlier]:
    """A reader sees his own answers; those of others only the third person, who has to weigh them."""
    for row in before:
        if row.reader == reader or (queue is Queue.DISAGREEMENT and row.outcome in JUDGED):
            yield earlier(row)


# ── the nearest past answer ─────────────────────────────────────────────────────────────────────────────────────────


def precedent(opened: Session, ad: tables.Advertisement, codes: set[Code]) -> Precedent | None:
    """Return the latest answer on nearly the same text, else on the same site with the same signs, else anywhere."""
    same_text = _latest(opened, col(tables.Advertisement.text_group) == ad.text_group) if ad.text_group else []
    for reading, other in same_text:
        if other.id != ad.id:
            return _precedent(reading, other, "Nội dung gần như giống hệt")
    if not codes:
        return None
    names = {code.value for code in codes}
    on_site = _latest(opened, col(tables.Advertisement.site) == ad.site) if ad.site else []
    for found, why in ((on_site, "Cùng trang web và cùng các dấu hiệu"), (_latest(opened, None), "Cùng các dấu hiệu")):
        for reading, other in found:
            if other.id != ad.id and reading.proposed.keys() == names:
                return _precedent(reading, other, why)
    return None


def _latest(opened: Session, condition: Any) -> list[tuple[tables.Reading, tables.Advertisement]]:
    query = (
        select(tables.Reading, tables.Advertisement)
        .join(tables.Advertisement, col(tables.Advertisement.id) == col(tables.Reading.advertisement_id))
        .where(col(tables.Reading.outcome).in_(JUDGED), stands(tables.Reading))
        .order_by(col(tables.Reading.id).desc())
        .limit(_RECENT)
    )
    rows = opened.exec(query if condition is None else query.where(condition)).all()
    return [(reading, ad) for reading, ad in rows]


def _precedent(reading: tables.Reading, ad: tables.Advertisement, why: str) -> Precedent:
    assert ad.id is not None
    return Precedent(
        ad_id=ad.id,
        url=ad.url,
        title=ad.title,
        outcome=reading.outcome,
        codes=tuple(Code(name) for name in reading.codes),
        reader=reading.reader,
        read_at=reading.read_at,
        reason=reading.reason,
        why=why,
    )
