"""Readings → labelled samples, from which a classifier is measured and learns.

One line per advertisement whose answer stands: two readers who differ are no label until a third has settled it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import tables
from models.database import session
from models.vocabulary import TEXT_CODES, ReadingOutcome, TextKind
from pipeline.lines import dump_line, write_whole
from pipeline.reading_values import Settled
from pipeline.standing import judgements, settle

#: Advertisements read from the database at a time.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """How many labels were written, and how many advertisements wait for a third reader."""

    written: int
    unsettled: int
    file: str


def export_labels(engine: Engine, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Yield one label per advertisement whose answer stands, in the order of the first answers.

    ``codes`` are the codes that a text can show, each with its quotes; what rules or the registry showed and the
    reader stood by is in ``other_codes``. ``kind`` is the reader's; where the reader named none, the machine's, and
    ``kind_by`` says so. ``weight`` is how many advertisements it stands for. With ``since``, only those answered at or
    after that moment.
    """
    with session(engine) as opened:
        stood = [answer for rows in judgements(opened, since).values() if (answer := settle(rows)) is not None]
        for start in range(0, len(stood), _PAGE):
            yield from _labels(opened, stood[start : start + _PAGE])


def write_labels(engine: Engine, output: Path, since: datetime | None = None) -> Exported:
    """Write the labels as JSON Lines. Raises ``InputError`` or ``DiskFullError`` when the file cannot be written."""
    written = 0
    with write_whole(str(output)) as out:
        for label in export_labels(engine, since):
            out.write(dump_line(label))
            written += 1
    with session(engine) as opened:
        unsettled = sum(settle(rows) is None for rows in judgements(opened, since).values())
    return Exported(written, unsettled, str(output))


def _labels(opened: Session, answers: Sequence[Settled]) -> Iterator[dict[str, Any]]:
    ids = [answer.ad_id for answer in answers]
    ads = {ad.id: ad for ad in opened.exec(select(tables.Advertisement).where(col(tables.Advertisement.id).in_(ids)))}
    versions = dict(
        opened.exec(
            select(tables.Reading.id, tables.Reading.version).where(
                col(tables.Reading.id).in_([answer.reading_id for answer in answers])
            )
        ).all()
    )
    kinds = _kinds(opened, ids)
    for answer in answers:
        machine = kinds.get((answer.ad_id, versions[answer.reading_id]))
        yield _label(ads[answer.ad_id], answer, machine, versions[answer.reading_id])
    opened.expire_all()


def _kinds(opened: Session, ids: Sequence[int]) -> dict[tuple[int, str], TextKind]:
    query = select(tables.Assessment).where(col(tables.Assessment.advertisement_id).in_(ids))
    return {(row.advertisement_id, row.version): row.kind for row in opened.exec(query)}


def _label(ad: tables.Advertisement, answer: Settled, machine: TextKind | None, version: str) -> dict[str, Any]:
    confirmed = answer.outcome is ReadingOutcome.CONFIRMED
    kind = TextKind.HEALTH_AD if confirmed else answer.kind or machine or TextKind.OTHER
    spans = {code: answer.codes[code] for code in TEXT_CODES if code in answer.codes}
    furthest = max((end for places in spans.values() for _, end in places), default=0)
    # The classifier judges the main part, so that is what it is taught; a quote in the footer brings the whole page.
    text = ad.text if furthest > ad.main_end else ad.text[: ad.main_end]
    return {
        "id": f"ad-{ad.id}",
        "text": text if text.strip() else ad.text,
        "kind": kind.value,
        "domains": [domain.value for domain in answer.domains],
        "codes": {code.value: [ad.text[a:b] for a, b in places] for code, places in spans.items()},
        "other_codes": [code.value for code in answer.codes if code not in TEXT_CODES],
        "group": ad.site or f"ad-{ad.id}",
        "url": ad.url,
        "title": ad.title,
        "published_on": None if ad.published_on is None else ad.published_on.isoformat(),
        "kind_by": "reader" if confirmed or answer.kind else "model",
        "reader": answer.reader,
        "readers": answer.readers,
        "blind": answer.blind,
        "read_at": answer.read_at.isoformat(),
        "queue": answer.queue.value,
        "weight": round(answer.weight, 6),
        "adjudicated": answer.adjudicated,
        "version": version,
    }
