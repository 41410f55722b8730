"""A small invented world of judged advertisements, as rows: what cases are built from."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import tables
from models.database import session
from models.vocabulary import Code, Method, Outcome, RunStatus, Stage, TextKind
from pipeline.casework import CaseChanges, case_stage
from registry.mentions import find_mentions

VERSIONS = ("s", "m")
SEEN = datetime.now(UTC) - timedelta(hours=2)
QUOTE = "cam kết khỏi hẳn"
LAW: dict[str, Any] = {
    "provisions": [
        {"text": "điểm c khoản 5 Điều 50", "instrument": "Nghị định 1/2026/NĐ-CP", "article": "50 k5", "verified": True}
    ],
    "penalty": None,
}


def add_run(engine: Engine) -> None:
    """Record a run that built cases in ``VERSIONS``."""
    basis = {"versions": list(VERSIONS), "registry": "mẫu"}
    with session(engine) as opened:
        opened.add(tables.Run(id="r", kind="crawl", status=RunStatus.DONE, started_at=SEEN, summary=basis))


def add_ad(
    engine: Engine,
    number: int,
    words: str,
    *,
    url: str = "",
    site: str = "",
    code: Code = Code.CURE_GUARANTEE,
    seen: datetime = SEEN,
    **more: Any,
) -> None:
    """Store an advertisement with one sign and the mentions that its text holds."""
    text = f"Đau khớp lâu năm, {QUOTE}.\n{words}"
    with session(engine) as opened:
        opened.add(
            tables.Advertisement(
                id=number,
                url=url or f"https://mau{number}.example/",
                site=site or f"mau{number}.example",
                title=f"Tin mẫu {number}",
                text=text,
                main_end=len(text),
                text_sha256=f"{number}",
                first_seen_at=seen,
                last_seen_at=seen,
                **more,
            )
        )
        opened.flush()
        opened.add(
            tables.Assessment(
                advertisement_id=number,
                classifier="mẫu",
                version="s",
                kind=TextKind.HEALTH_AD,
                kind_probability=1.0,
                domains={"service": 0.9},
                risk=0.9,
                shown_on=seen.date(),
            )
        )
        start = text.index(QUOTE)
        opened.add(
            tables.Finding(
                advertisement_id=number,
                stage=Stage.SCORE,
                version="s",
                code=code,
                method=Method.MODEL,
                probability=0.9,
                quote=QUOTE,
                start_at=start,
                end_at=start + len(QUOTE),
                shown_on=seen.date(),
                provision_count=1,
                law=LAW,
            )
        )
        for mention in find_mentions(text, len(text)):
            opened.add(
                tables.Mention(
                    advertisement_id=number,
                    version="m",
                    kind=mention.kind,
                    text=mention.text,
                    start_at=mention.start,
                    end_at=mention.end,
                    value=mention.value,
                )
            )


def phone(number: int) -> str:
    """Words that carry a phone."""
    return f"ĐT: 028 7300 {number:04d}"


def build(engine: Engine) -> CaseChanges:
    """Build the cases as a run does."""
    return case_stage(engine, VERSIONS)


def add_capture(engine: Engine, number: int, **more: Any) -> int:
    """Store a capture of the run ``r`` and return its id."""
    row: dict[str, Any] = {"source": "mẫu", "captured_at": SEEN, "outcome": Outcome.CAPTURED, "status": 200} | more
    with session(engine) as opened:
        capture = tables.Capture(run_id="r", seq=number, entry_sha256=f"{number:064d}", **row)
        opened.add(capture)
        opened.flush()
        assert capture.id is not None
        return capture.id


def groups(engine: Engine) -> dict[int, list[int]]:
    """Return the advertisements of each case that has any."""
    found: dict[int, list[int]] = {}
    with Session(engine) as opened:
        query = select(tables.CaseLink).order_by(col(tables.CaseLink.case_id), col(tables.CaseLink.advertisement_id))
        for link in opened.exec(query):
            found.setdefault(link.case_id, []).append(link.advertisement_id)
    return found


def whole(engine: Engine) -> list[Any]:
    """Return everything that cases hold, so that two states can be compared."""
    shown: list[Any] = []
    kinds: Iterable[Any] = (tables.Case, tables.CaseKey, tables.CaseLink, tables.Decision)
    with Session(engine) as opened:
        for table in kinds:
            rows = [row.model_dump() for row in opened.exec(select(table))]
            for row in rows:
                row.pop("id" if table is tables.CaseKey else "", None)
            shown.append(sorted(map(str, rows)))
    return shown
