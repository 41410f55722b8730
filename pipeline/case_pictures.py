"""Pictures of the pages of a case, read back from the evidence for its dossier."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.attached import Picture
from cases.pictures import MOST_BYTES, MOST_TOGETHER, Source, picture
from cases.sheet import MAX_DETAILED, in_order
from cases.types import Dossier, Lead
from models import tables
from models.database import session
from models.errors import EvidenceError, InputError
from models.vocabulary import Outcome
from pipeline.pictures import screenshot

#: The role of a capture that shows a page as a person sees it.
_SCREENSHOT = "screenshot"


def with_pictures(engine: Engine, file: Dossier, evidence: Path) -> Dossier:
    """Return the dossier with a picture of every described page that has one, within the bounds of ``cases.pictures``.

    What cannot be read back unaltered from ``evidence`` is left out: the dossier stands without it, and
    ``medad evidence verify`` says what is wrong.
    """
    found: list[Picture] = []
    together = 0
    for lead in in_order(file.leads)[:MAX_DETAILED]:
        shot = _picture(engine, lead, evidence)
        if shot is not None and together + len(shot.content) <= MOST_TOGETHER:
            together += len(shot.content)
            found.append(shot)
    return replace(file, pictures=tuple(found)) if found else file


def _picture(engine: Engine, lead: Lead, evidence: Path) -> Picture | None:
    with session(engine) as opened:
        row = _nearest(opened, lead)
        if row is None or row.id is None or row.warc_length > MOST_BYTES:
            return None
        number, source = row.id, Source(lead.ad_id, row.captured_at, row.payload_sha256, row.seq)
    try:
        content, kind = screenshot(engine, evidence, number)
    except (EvidenceError, InputError):
        return None
    return picture(content, kind, source)


def _nearest(opened: Session, lead: Lead) -> tables.Capture | None:
    """Return the picture of the page nearest in time to the capture that the advertisement was read from."""
    rows = opened.exec(
        select(tables.Capture)
        .where(
            tables.Capture.role == _SCREENSHOT,
            tables.Capture.about == lead.url,
            tables.Capture.outcome == Outcome.CAPTURED,
        )
        .order_by(col(tables.Capture.seq).desc())
        .limit(50)
    ).all()
    read_at = max((reference.captured_at for reference in lead.evidence), default=lead.last_seen_at)
    return min(rows, key=lambda row: abs(row.captured_at - read_at), default=None)
