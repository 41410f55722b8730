"""Rows → what is put before a reader: the text, what the machine says of it, the registry's answers, the past."""

from collections.abc import Iterable, Sequence
from itertools import islice
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
from pipeline.reading_log import ReadingLog
from pipeline.reading_values import Earlier, ItemFinding, Precedent, ReadingItem
from pipeline.scoring import clear_domains
from pipeline.standing import JUDGED, domains_of, earlier, standing_of

#: How many of the latest answers are looked through for one with the same signs.
_RECENT = 100


def build(
    opened: Session,
    log: ReadingLog,
    ad_id: int,
    reader: str,
    queue: Queue,
    versions: tuple[str, str],
    *,
    blind: bool,
) -> ReadingItem:
    """Gather one advertisement for one reader. Raises ``InputError`` when there is none of this number."""
    ad = opened.get(tables.Advertisement, ad_id)
    if ad is None:
        raise InputError(f"Không có quảng cáo số {ad_id}.", "Hãy chọn quảng cáo khác.")
    before = standing_of(opened, ad_id)
    hidden = blind and not has_judged(opened, ad_id, reader)
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
            "precedent": precedent(opened, log, ad, frozenset(proposed(rows))),
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
        opened_at=tables.now(),
        version=versions[0],
        versions=versions,
        registry=lead.registry,
        origin=lead.origin,
        case_id=case_of(opened, ad_id),
        screenshot=_screenshot(opened, ad.url),
        earlier=tuple(_visible(before, reader, queue)),
        **shown,
    )


def has_judged(opened: Session, ad_id: int, reader: str) -> bool:
    """Say whether a reader has ever judged an advertisement (also if that was undone), and so has seen the scores."""
    query = select(tables.Reading.id).where(
        tables.Reading.advertisement_id == ad_id,
        tables.Reading.reader == reader,
        col(tables.Reading.outcome).in_(JUDGED),
    )
    return opened.exec(query.limit(1)).first() is not None


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


def precedent(opened: Session, log: ReadingLog, ad: tables.Advertisement, signs: frozenset[str]) -> Precedent | None:
    """Return the latest answer on nearly the same text, else on the same site with the same signs, else anywhere."""
    group = select(tables.Advertisement.id).where(
        tables.Advertisement.text_group == ad.text_group, col(tables.Advertisement.id) != ad.id
    )
    same_text = opened.exec(group.limit(_RECENT)).all() if ad.text_group is not None else []
    rows = [row for ad_id in same_text if ad_id for row in log.of(ad_id) if row.outcome in JUDGED]
    if rows:
        return _precedent(opened, max(rows).id, "Nội dung gần như giống hệt")
    alike = [row for row in islice(log.like(signs), _RECENT) if row.ad_id != ad.id]
    if not alike:
        return None
    on_site = select(tables.Advertisement.id).where(
        tables.Advertisement.site == ad.site, col(tables.Advertisement.id).in_([row.ad_id for row in alike])
    )
    here = set(opened.exec(on_site)) if ad.site else set()
    near = next((row for row in alike if row.ad_id in here), None)
    if near is not None:
        return _precedent(opened, near.id, "Cùng trang web và cùng các dấu hiệu")
    return _precedent(opened, alike[0].id, "Cùng các dấu hiệu")


def _precedent(opened: Session, reading_id: int, why: str) -> Precedent | None:
    reading = opened.get(tables.Reading, reading_id)
    ad = opened.get(tables.Advertisement, reading.advertisement_id) if reading else None
    if reading is None or ad is None or ad.id is None:
        return None
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
