"""A random draw of advertisements without signs, read by people: how many violations the machine misses.

Drawn among the advertisements of one version that stand, carry no sign and nobody has read; read in random order, so
that what has been read so far is itself a random sample. Each one read stands for population / size others.
"""

import math
import random
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, exists
from sqlmodel import Session, col, select

from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import ReadingOutcome
from pipeline.reading_log import log_of, verdict
from pipeline.shares import upper_bound
from pipeline.standing import ANSWERED, stands


@dataclass(frozen=True, slots=True)
class AuditEstimate:
    """What an audit sample says so far.

    ``share`` is of those read, ``upper`` its exact (Clopper–Pearson) one-sided 95 % bound, both in [0, 1];
    ``misses_expected`` and ``misses_at_most`` are the same in advertisements of the ``population``. While nothing was
    read ``share`` is ``None`` and ``upper`` 1.
    """

    sample: int
    drawn_at: datetime
    drawn_by: str
    version: str
    population: int
    size: int
    read: int
    misses: int
    share: float | None
    upper: float
    misses_expected: int | None
    misses_at_most: int


def draw_audit(engine: Engine, versions: tuple[str, str], size: int, seed: int, by: str) -> int:
    """Draw ``size`` advertisements without signs (all, where there are fewer); return the number of the sample.

    The same seed on the same rows draws the same. Raises ``InputError`` when there is nothing to draw from.
    """
    if size < 1:
        raise InputError(f"Cỡ mẫu {size} không hợp lệ.", "Hãy chọn ít nhất một quảng cáo.")
    with session(engine) as opened:
        unflagged = _unflagged(opened, versions)
        if not unflagged:
            raise InputError(
                "Không có quảng cáo nào chưa bị gắn dấu hiệu để lấy mẫu.", "Hãy chạy thu thập và chấm điểm trước."
            )
        chosen = random.Random(seed).sample(unflagged, min(size, len(unflagged)))  # noqa: S311 - a draw, no secret
        drawn = tables.AuditSample(
            drawn_by=by, version=versions[0], population=len(unflagged), size=len(chosen), seed=seed
        )
        opened.add(drawn)
        opened.flush()
        assert drawn.id is not None
        for ad_id in chosen:  # in the order drawn: rows are numbered in it, and read in it
            opened.add(tables.AuditItem(sample_id=drawn.id, advertisement_id=ad_id))
            opened.flush()
        return drawn.id


def _unflagged(opened: Session, versions: tuple[str, str]) -> list[int]:
    ad_id = col(tables.Assessment.advertisement_id)
    flagged = exists().where(col(tables.Finding.advertisement_id) == ad_id, col(tables.Finding.version).in_(versions))
    stood = exists().where(col(tables.Advertisement.id) == ad_id, col(tables.Advertisement.superseded_at).is_(None))
    read = exists().where(
        col(tables.Reading.advertisement_id) == ad_id,
        col(tables.Reading.outcome).in_(ANSWERED),
        stands(tables.Reading),
    )
    query = select(tables.Assessment.advertisement_id).where(
        tables.Assessment.version == versions[0], ~flagged, stood, ~read
    )
    return sorted(opened.exec(query))


def audit_estimate(engine: Engine, sample: int | None = None) -> AuditEstimate | None:
    """Return what a sample (default: the latest) says so far; ``None`` when none was drawn.

    Counted are advertisements whose answer stands; one on which two readers differ waits for the third.
    """
    with session(engine) as opened:
        query = select(tables.AuditSample).order_by(col(tables.AuditSample.id).desc())
        drawn = opened.exec(query if sample is None else query.where(tables.AuditSample.id == sample)).first()
        if drawn is None:
            if sample is not None:
                raise InputError(f"Không có mẫu kiểm tra số {sample}.", "Hãy chọn mẫu khác.")
            return None
        log = log_of(engine).refresh(opened)
        items = opened.exec(
            select(tables.AuditItem.advertisement_id).where(tables.AuditItem.sample_id == drawn.id)
        ).all()
        judged = [answer for ad_id in items if (answer := verdict(log.of(ad_id))) is not None]
        misses = sum(answer.outcome is ReadingOutcome.CONFIRMED for answer in judged)
        return _estimate(drawn, len(judged), misses)


def describe_audit(found: AuditEstimate | None) -> str:
    """Return what a sample says so far as Vietnamese lines, each begun by a line break."""
    if found is None:
        return "\nChưa lấy mẫu kiểm tra nào."
    if found.share is None:
        return f"\nMẫu kiểm tra số {found.sample}: chưa đọc quảng cáo nào trong {found.size}."
    share, upper = (f"{100 * value:.1f}".replace(".", ",") for value in (found.share, found.upper))
    return (
        f"\nMẫu kiểm tra số {found.sample}: đã đọc {found.read} trong {found.size}, "
        f"{found.misses} có dấu hiệu mà máy bỏ sót ({share} %; với độ tin cậy 95 %, không quá {upper} %)."
        f"\nTrong {found.population} quảng cáo chưa bị gắn dấu hiệu, số bỏ sót không quá {found.misses_at_most}."
    )


def _estimate(drawn: tables.AuditSample, read: int, misses: int) -> AuditEstimate:
    assert drawn.id is not None
    share = misses / read if read else None
    upper = upper_bound(misses, read)
    return AuditEstimate(
        sample=drawn.id,
        drawn_at=drawn.drawn_at,
        drawn_by=drawn.drawn_by,
        version=drawn.version,
        population=drawn.population,
        size=drawn.size,
        read=read,
        misses=misses,
        share=share,
        upper=upper,
        misses_expected=None if share is None else round(share * drawn.population),
        misses_at_most=min(drawn.population, math.floor(upper * drawn.population)),
    )
