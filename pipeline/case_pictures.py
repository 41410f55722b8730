"""Pictures of the pages of a case, read back from the evidence for its dossier."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.attached import Picture
from cases.pictures import MOST_TOGETHER, Source, picture
from cases.sheet import MAX_DETAILED, in_order
from cases.types import Dossier, Lead
from crawler.captures import capture_of
from crawler.chain import read_log
from models import tables
from models.database import session
from models.errors import EvidenceError

#: The role of a capture that shows a page as a person sees it.
_SCREENSHOT = "screenshot"


def with_pictures(engine: Engine, file: Dossier, evidence: Path) -> Dossier:
    """Return the dossier with a picture of every described page that has one, within the bounds of ``cases.pictures``.

    What cannot be read back unaltered from ``evidence`` is left out: the dossier stands without it, and
    ``medad evidence verify`` says what is wrong.
    """
    described = in_order(file.leads)[:MAX_DETAILED]
    with session(engine) as opened:
        wanted = {row.seq: (lead, row) for lead in described if (row := _screenshot(opened, lead)) is not None}
        opened.expunge_all()
    found: list[Picture] = []
    together = 0
    for seq, content in _bodies(evidence, wanted):
        lead, row = wanted[seq]
        source = Source(lead.ad_id, row.captured_at, row.payload_sha256, seq)
        shot = picture(content, row.content_type, source)
        if shot is not None and together + len(content) <= MOST_TOGETHER:
            together += len(content)
            found.append(shot)
    return replace(file, pictures=tuple(found)) if found else file


def _screenshot(opened: Session, lead: Lead) -> tables.Capture | None:
    """Return the picture of the page nearest to the capture that the advertisement was read from."""
    rows = opened.exec(
        select(tables.Capture)
        .where(tables.Capture.role == _SCREENSHOT, tables.Capture.about == lead.url, tables.Capture.warc != "")
        .order_by(col(tables.Capture.seq).desc())
        .limit(50)
    ).all()
    read_at = max((reference.captured_at for reference in lead.evidence), default=lead.last_seen_at)
    return min(rows, key=lambda row: abs(row.captured_at - read_at), default=None)


def _bodies(evidence: Path, wanted: Iterable[int]) -> Iterable[tuple[int, bytes]]:
    """Yield (line of the log, bytes) of the wanted captures; the log's chain is checked between the first and last."""
    left = set(wanted)
    if not left or not evidence.is_dir():
        return
    try:
        for event, _ in read_log(evidence, min(left) - 1):
            if event["seq"] in left:
                left.discard(event["seq"])
                yield event["seq"], capture_of(evidence, event).body
                if not left:
                    return
    except (EvidenceError, OSError, KeyError, ValueError):
        return
