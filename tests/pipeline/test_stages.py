"""The stages go on where they stood: per batch all or nothing, each advertisement once per version."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from classifier.policy import load_policy
from classifier.types import Document
from models import tables
from models.vocabulary import Stage
from pipeline import stages
from pipeline.leads import Checker
from pipeline.runner import executor
from pipeline.scoring import Judgement, backend_version, judge

TEXT = (
    "Phòng khám Da liễu Mộc Lan Trắng cam kết chữa khỏi 100% nám da, không tái phát. Gọi 028 7300 0991 đặt lịch ngay."
)


def _ad(
    number: int, *, published_on: date | None = date(2026, 7, 20), seen: datetime | None = None
) -> tables.Advertisement:
    moment = seen or datetime(2026, 7, 21, 3, 0, tzinfo=UTC)
    return tables.Advertisement(
        url=f"http://phongkham.example/{number}",
        text=f"{TEXT} Mã {number}.",
        main_end=len(TEXT),
        text_sha256=str(number),
        published_on=published_on,
        first_seen_at=moment,
        last_seen_at=moment,
    )


def _fill(engine: Engine, count: int) -> None:
    with Session(engine) as opened:
        opened.add_all(_ad(number) for number in range(count))
        opened.commit()


def _count(
    engine: Engine, table: type[tables.Finding | tables.StageResult | tables.Assessment | tables.Mention]
) -> int:
    with Session(engine) as opened:
        return opened.exec(select(func.count()).select_from(table)).one()


def _score(engine: Engine) -> int:
    with executor(1) as single:
        return stages.score_stage(engine, single, "rules")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_stage_that_was_stopped_goes_on_where_it_stood(
    stop: type[BaseException], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(engine, 70)
    calls = 0

    def stopping(documents: Sequence[Document], spec: str) -> list[Judgement]:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise stop
        return judge(documents, spec)

    with monkeypatch.context() as patched:
        patched.setattr(stages, "judge", stopping)
        with pytest.raises(stop):
            _score(engine)
    assert _count(engine, tables.StageResult) == _count(engine, tables.Assessment) == 64
    assert _score(engine) == 6
    assert _score(engine) == 0
    assert _count(engine, tables.StageResult) == _count(engine, tables.Assessment) == 70
    with Session(engine) as opened:
        per_ad = Counter(opened.exec(select(tables.Finding.advertisement_id)))
    assert len(per_ad) == 70
    assert len(set(per_ad.values())) == 1  # the same text has the same findings: none lost, none twice


def test_a_batch_that_cannot_be_stored_leaves_nothing_behind(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(engine, 5)
    stored = 0
    usual = stages._store_judgement

    def failing(opened: Session, document: Document, judgement: Judgement, spec: str, version: str) -> None:
        nonlocal stored
        stored += 1
        usual(opened, document, judgement, spec, version)
        if stored == 3:
            raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(stages, "_store_judgement", failing)
        with pytest.raises(RuntimeError):
            _score(engine)
    assert _count(engine, tables.StageResult) == _count(engine, tables.Finding) == 0
    assert _score(engine) == 5


def test_matching_waits_for_the_score_and_is_done_once(engine: Engine) -> None:
    _fill(engine, 3)
    checker = Checker(None, load_policy(), "none")
    with executor(1) as single:
        assert stages.match_stage(engine, checker, single, "rules") == 0
        assert stages.score_stage(engine, single, "rules") == 3
        assert stages.match_stage(engine, checker, single, "rules") == 3
        assert stages.match_stage(engine, checker, single, "rules") == 0
    mentions = _count(engine, tables.Mention)
    assert mentions >= 3
    with Session(engine) as opened:
        versions = {(row.stage, row.version) for row in opened.exec(select(tables.StageResult))}
    assert versions == {
        (Stage.SCORE, backend_version("rules")),
        (Stage.MATCH, stages.match_version(checker, "rules")),
    }


def test_stored_findings_quote_the_text_and_the_law_of_their_day(engine: Engine) -> None:
    _fill(engine, 1)
    _score(engine)
    with Session(engine) as opened:
        text = opened.exec(select(tables.Advertisement)).one().text
        found = opened.exec(select(tables.Finding)).all()
    assert any(row.quote for row in found)
    for row in found:
        assert row.quote == text[row.start_at : row.end_at] if row.quote else row.absence and row.sought
        assert row.shown_on == date(2026, 7, 20)
        assert row.provision_count == len(row.law["provisions"]) > 0
        assert all(provision["text"] for provision in row.law["provisions"])


def test_the_day_is_that_of_publication_else_of_first_sight_in_vietnam() -> None:
    evening = datetime(2026, 7, 4, 18, 30, tzinfo=UTC)  # 01:30 on the 5th in Hà Nội: another law
    assert stages.document_of(_ad(1, published_on=None, seen=evening)).shown_on == date(2026, 7, 5)
    assert stages.document_of(_ad(1, published_on=date(2026, 1, 2), seen=evening)).shown_on == date(2026, 1, 2)
