"""The whole way on a small site, again and again: what changes is followed, what a human said stays."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_site import GUARANTEE, LINKS, OFFER, SOBER, SmallSite, html, registry_dir, small_site, sources_file
from sqlalchemy import Engine
from sqlmodel import Session, col, select

import pipeline.scoring
from classifier.types import Classifier, Document, Prediction
from crawler.sources import load_sources
from models import tables
from models.errors import EvidenceError
from models.vocabulary import CaseStatus, Code, RunStatus, Stage
from pipeline.casework import list_cases
from pipeline.registers import import_registry
from pipeline.whole import Whole, dossier_of, run_whole


@contextmanager
def quiet(_: str) -> Iterator[Callable[[int], None]]:
    """Show no progress."""
    yield lambda _: None


def go(engine: Engine, site: SmallSite, folder: Path) -> Whole:
    """Run everything once."""
    sources = load_sources(sources_file(folder, site))
    return run_whole(engine, sources, folder / "data", workers=1, progress=quiet)


def ads(engine: Engine, path: str) -> list[tables.Advertisement]:
    """Return every text that the page has had, oldest first."""
    with Session(engine) as opened:
        query = select(tables.Advertisement).where(col(tables.Advertisement.url).endswith(path))
        return list(opened.exec(query.order_by(col(tables.Advertisement.id))))


def findings(engine: Engine, ad: tables.Advertisement) -> list[tuple[str, str, str]]:
    """Return (version, code, quote) of every finding on a text."""
    with Session(engine) as opened:
        query = select(tables.Finding).where(tables.Finding.advertisement_id == ad.id)
        return sorted((row.version, row.code.value, row.quote) for row in opened.exec(query))


@pytest.mark.slow
def test_a_site_is_followed_and_what_a_human_said_stays(engine: Engine, tmp_path: Path) -> None:
    for kind in ("practitioners", "facilities"):
        import_registry(engine, registry_dir(tmp_path / "registry") / f"{kind}.csv")
    with small_site() as site:
        first = go(engine, site, tmp_path)
        assert first.ingested.new == first.scored == first.matched == len(LINKS) + 1
        assert (first.cases.opened, first.cases.total) == (1, 1)
        old = ads(engine, "/tri-nam")[0]
        found = findings(engine, old)
        assert Code.CURE_GUARANTEE.value in {code for _, code, _ in found}
        case = list_cases(engine)[0]["case"]
        _decide(engine, case)

        still = go(engine, site, tmp_path)
        assert not still.changed
        assert still.ingested.seen_again == len(LINKS) + 1
        assert "Không có gì thay đổi so với lần chạy trước." in still.describe()

        site.pages["/tri-nam"] = html("Dịch vụ trị nám", SOBER, OFFER)
        site.pages["/"] = site.pages["/"].replace("</ul>", '<li><a href="/moi">mới</a></li></ul>')
        site.pages["/moi"] = html("Liệu trình mới của Phòng khám Mộc Lan Trắng", GUARANTEE, OFFER)
        gone = site.pages.pop("/san-pham")
        second = go(engine, site, tmp_path)
        counts = second.crawl.sources["moc-lan"]
        # the front page differs in its menu: captured again, though its text did not change
        assert (counts["captured"], counts["withdrawn"], counts["failed"]) == (3, 1, 0)
        assert (second.ingested.new, second.ingested.changed, second.ingested.withdrawn) == (1, 1, 1)
        assert second.scored == second.matched == 2
        assert second.changed
        texts = ads(engine, "/tri-nam")
        assert [text.superseded_at is None for text in texts] == [False, True]
        assert findings(engine, texts[0]) == found
        assert ads(engine, "/san-pham")[0].withdrawn_at is not None
        assert "1 đã gỡ" in second.describe()
        _is_decided(engine, case)

        site.pages["/san-pham"] = gone
        site.pages["/tri-nam"] = html(
            "Dịch vụ trị nám tại Phòng khám Mộc Lan Trắng", GUARANTEE, OFFER, "Đặt lịch khám ngay hôm nay!"
        )
        third = go(engine, site, tmp_path)
        assert ads(engine, "/san-pham")[0].withdrawn_at is None
        texts = ads(engine, "/tri-nam")
        assert [text.superseded_at is None for text in texts] == [True, False]  # it shows its first text again
        assert findings(engine, texts[0]) == found
        assert third.scored == 0
        _is_decided(engine, case)
    with Session(engine) as opened:
        assert {run.status for run in opened.exec(select(tables.Run))} == {RunStatus.DONE}
        assert len(opened.exec(select(tables.Run)).all()) == 4


def _decide(engine: Engine, case: int) -> None:
    with Session(engine) as opened:
        row = opened.get(tables.Case, case)
        assert row is not None
        row.status = CaseStatus.CONFIRMED
        opened.add(tables.Decision(case_id=case, decided_by="kiem-tra-vien-mau", action="confirmed", reason="Đã đọc"))
        opened.commit()


def _is_decided(engine: Engine, case: int) -> None:
    with Session(engine) as opened:
        row = opened.get(tables.Case, case)
        assert row is not None
        assert row.status is CaseStatus.CONFIRMED
        decisions = opened.exec(select(tables.Decision)).all()
        assert [(d.case_id, d.decided_by, d.reason) for d in decisions] == [(case, "kiem-tra-vien-mau", "Đã đọc")]
        assert len(opened.exec(select(tables.Case)).all()) == 1
    assert [(d.after, d.why) for d in dossier_of(engine, case).history] == [(CaseStatus.CONFIRMED, "Đã đọc")]


class _Newer:
    """The rules under another version, which sees nothing at all any more."""

    name = "rules"
    version = "99"

    def __init__(self, base: Classifier) -> None:
        self._base = base

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        return [Prediction(p.kind, p.domains, p.codes) for p in self._base.predict(documents)]


def test_a_new_classifier_judges_again_and_the_old_judgement_stays(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_site() as site:
        go(engine, site, tmp_path)
        before = findings(engine, ads(engine, "/tri-nam")[0])
        assert before
        newer = _Newer(pipeline.scoring.backend("rules"))
        monkeypatch.setattr(pipeline.scoring, "backend", lambda _: newer)
        again = go(engine, site, tmp_path)
    assert again.ingested.new == again.ingested.changed == 0
    assert again.scored == len(LINKS) + 1
    assert findings(engine, ads(engine, "/tri-nam")[0]) == before
    with Session(engine) as opened:
        judged = opened.exec(
            select(tables.Assessment.version).where(tables.Assessment.advertisement_id == ads(engine, "/tri-nam")[0].id)
        ).all()
        done = opened.exec(select(tables.StageResult.version).where(tables.StageResult.stage == Stage.SCORE)).all()
    assert len(judged) == len(set(judged)) == 2
    assert len(done) == 2 * (len(LINKS) + 1)
    row = list_cases(engine)[0]
    assert row["priority"] == 0.0  # nothing supports it in the new version; a human closes it
    assert row["status"] == "new"


def test_letters_that_no_database_takes_are_survived(engine: Engine, tmp_path: Path) -> None:
    page = html("Phòng khám\0 Mộc Lan", GUARANTEE.replace(" ", "\0", 2) + " &#0; &#xD800; \ufffe", OFFER)
    with small_site({"/": page, "/&#0;": page}) as site:
        done = go(engine, site, tmp_path)
        again = go(engine, site, tmp_path)
    assert done.ingested.new == done.scored == 1
    assert not again.changed
    text = ads(engine, "/")[0]
    assert findings(engine, text)
    assert "\0" not in text.text + text.title


def test_a_database_refuses_evidence_that_it_was_not_built_from(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with small_site() as site:
        go(engine, site, tmp_path)
        with pytest.raises(EvidenceError, match="not the one this database was built from"):
            go(engine, site, tmp_path / "other")
    with Session(engine) as opened:
        assert len(opened.exec(select(tables.Advertisement)).all()) == len(LINKS) + 1
