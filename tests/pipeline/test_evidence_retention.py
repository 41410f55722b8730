"""What the database adds to the evidence: which records a case rests on, what an open case keeps, who did what."""

import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from kept import DAY, SITE, body_of, capture, keep
from sqlalchemy import Engine
from sqlmodel import select

from crawler.captures import read_captures
from crawler.evidence import EvidenceStore
from crawler.verify import verify
from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import CaseStatus
from pipeline.access import Via, access_rows, accesses, add_access, describe_access, local_user, record_access
from pipeline.clock import today
from pipeline.proof import export_case, set_up, sign_evidence
from pipeline.prune import describe_prune, prune_evidence

BEFORE = date(2026, 6, 1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a data folder with four pages of one run and a key."""
    keep(tmp_path / "data" / "evidence", "a", "b", "c", "d")
    set_up(tmp_path / "data")
    return tmp_path / "data"


def stored(engine: Engine, data: Path, **cases: CaseStatus) -> None:
    """Take the evidence in: a capture and an advertisement per page, a case for each page that is named."""
    with session(engine) as opened:
        opened.add(tables.Run(id="r1", kind="crawl"))
        opened.flush()
        for found in read_captures(data / "evidence"):
            row = tables.Capture(
                run_id="r1",
                source="s",
                url=found.url,
                captured_at=found.captured_at,
                outcome=found.outcome,
                seq=found.seq,
                entry_sha256=found.entry_sha256,
            )
            opened.add(row)
            opened.flush()
            name = found.url.rsplit("/", 1)[1]
            ad = tables.Advertisement(
                url=found.url,
                title=f"Trang {name}",
                text=name,
                main_end=1,
                text_sha256=name * 64,
                first_seen_at=DAY,
                last_seen_at=DAY,
                capture_id=row.id,
            )
            opened.add(ad)
            opened.flush()
            if name in cases:
                case = tables.Case(subject="Phòng khám Mộc Lan Trắng", subject_kind="facility", status=cases[name])
                opened.add(case)
                opened.flush()
                assert case.id is not None
                assert ad.id is not None
                opened.add(tables.CaseLink(case_id=case.id, advertisement_id=ad.id))


def left(data: Path) -> str:
    """Return the names of the pages whose bodies are still there."""
    return "".join(found.url[-1] for found in read_captures(data / "evidence") if found.body)


def prune(engine: Engine, data: Path, before: date = BEFORE, *, dry_run: bool = False) -> tuple[int, int]:
    done = prune_evidence(engine, data, before, by="an", reason="hết thời hạn", dry_run=dry_run)
    return done.removed, done.kept_cited


def test_what_an_open_case_cites_stays_and_what_is_over_goes(engine: Engine, data: Path) -> None:
    stored(engine, data, a=CaseStatus.NEW, b=CaseStatus.DISMISSED, c=CaseStatus.DECIDED, d=CaseStatus.CLOSED)
    assert prune(engine, data, dry_run=True) == (2, 2)
    assert (left(data), accesses(engine)) == ("abcd", [])
    assert prune(engine, data) == (2, 2)
    assert left(data) == "ac"
    report = verify(data / "evidence")
    assert (report.problem, report.tombstones, report.manifests) == ("", 2, 1)
    assert prune(engine, data) == (0, 2)


@pytest.mark.parametrize("status", [s for s in CaseStatus if s not in (CaseStatus.DISMISSED, CaseStatus.CLOSED)])
def test_every_other_state_is_open(engine: Engine, data: Path, status: CaseStatus) -> None:
    stored(engine, data, a=status)
    assert prune(engine, data, dry_run=True) == (3, 1)


def test_takedowns_and_merged_cases_keep_what_they_name(engine: Engine, data: Path) -> None:
    stored(engine, data, a=CaseStatus.CLOSED, b=CaseStatus.NEW)
    with session(engine) as opened:
        closed, new = opened.exec(select(tables.Case).order_by(tables.Case.id)).all()  # type: ignore[arg-type]  # a column
        closed.merged_into_id = new.id
        assert new.id is not None
        moment = datetime(2026, 4, 1, tzinfo=UTC)
        opened.add(
            tables.Takedown(
                case_id=new.id, url=f"{SITE}/c", requested_at=moment, due_at=moment + timedelta(5), requested_by="an"
            )
        )
    prune(engine, data)
    assert left(data) == "abc"


def test_the_database_must_be_that_of_the_evidence_and_know_it(engine: Engine, data: Path, tmp_path: Path) -> None:
    assert prune(engine, data)[0] == 0  # nothing was taken in: nobody can say what is cited
    assert left(data) == "abcd"
    stored(engine, data)
    with EvidenceStore(data / "evidence") as store:
        store.begin("r2", {})
        capture(store, "e")
    prune(engine, data)
    assert left(data) == "e"
    keep(tmp_path / "other" / "evidence", "x", "y", "z", "w", run="other")
    set_up(tmp_path / "other")
    with pytest.raises(InputError, match="not the one that this database was built from"):
        prune(engine, tmp_path / "other")


def test_days_are_those_of_vietnam_and_lie_in_the_past(engine: Engine, data: Path) -> None:
    stored(engine, data)
    assert datetime(2026, 3, 1, 8, 30, tzinfo=UTC) == DAY
    assert prune(engine, data, date(2026, 3, 1), dry_run=True)[0] == 0
    assert prune(engine, data, date(2026, 3, 2), dry_run=True)[0] == 4
    with pytest.raises(InputError, match="in the future"):
        prune(engine, data, today() + timedelta(days=1))


def test_without_a_key_nothing_is_removed(engine: Engine, tmp_path: Path) -> None:
    keep(tmp_path / "evidence", "a")
    stored(engine, tmp_path)
    with pytest.raises(InputError, match="no signing key"):
        prune(engine, tmp_path)
    assert left(tmp_path) == "a"


def test_a_case_is_exported_with_what_it_rests_on_and_it_is_recorded(
    engine: Engine, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAD_USER", "thanh-tra-an")
    stored(engine, data, b=CaseStatus.NEW)
    signed = sign_evidence(data)
    done = export_case(engine, data, 1, tmp_path / "case.wacz")
    assert (done.records, done.manifest) == (3, signed.name)  # the file's warcinfo, request and response
    with zipfile.ZipFile(tmp_path / "case.wacz") as package:
        lines = package.read("proof/log-lines.jsonl").decode()
        assert "Trang b" in package.read("pages/pages.jsonl").decode()
    assert f"{SITE}/b" in lines
    assert f"{SITE}/a" not in lines
    assert len(body_of("b")) > 0
    prune(engine, data)
    rows = access_rows(engine, None, 10)
    assert [(row["who"], row["via"], row["action"]) for row in rows] == [
        ("an", "cli", "evidence_prune"),
        ("thanh-tra-an", "cli", "evidence_export"),
    ]
    assert rows[0]["details"]["records"] == 3
    assert access_rows(engine, ("case", 1), 10) == rows[1:]
    said = describe_access(rows)
    assert "xóa nội dung theo thời hạn lưu giữ" in said
    assert "vụ việc số 1" in said


def test_cases_without_captures_are_told(engine: Engine, data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no case 5"):
        export_case(engine, data, 5, tmp_path / "x.wacz")
    with session(engine) as opened:
        opened.add(tables.Case(subject="x", subject_kind="facility"))
    with pytest.raises(InputError, match="no captured page"):
        export_case(engine, data, 1, tmp_path / "x.wacz")
    assert not (tmp_path / "x.wacz").exists()
    assert accesses(engine) == []


def test_records_of_access_are_added_with_what_they_record_or_not_at_all(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_access(engine, "", Via.WEB, "case_view", role="reviewer", subject=("case", 3), details={"a": [1]})
    with pytest.raises(RuntimeError), session(engine) as opened:
        add_access(opened, "an", "cli", "case_export")
        raise RuntimeError
    (row,) = accesses(engine)
    assert (row.who, row.via, row.subject_id, row.details) == ("unknown", "web", "3", {"a": [1]})
    assert describe_access([]) == "Chưa có lượt truy cập nào được ghi."
    hostile = access_rows(engine, None, 1)[0] | {"who": "an\x1b[2J\nb"}
    assert "\x1b" not in describe_access([hostile])
    monkeypatch.setenv("MEDAD_USER", " Nguyễn An ")
    assert local_user() == "Nguyễn An"
    monkeypatch.delenv("MEDAD_USER")
    assert local_user()


def test_what_was_done_is_told_in_vietnamese(engine: Engine, data: Path) -> None:
    stored(engine, data, a=CaseStatus.NEW)
    report = prune_evidence(engine, data, BEFORE, by="an", reason="x", dry_run=True)
    said = describe_prune(report, BEFORE, dry_run=True)
    assert said.startswith("Sẽ xóa nội dung của 3 bản ghi")
    assert "trước ngày 01/06/2026" in said
    assert "Giữ lại: 1 bản ghi do vụ việc đang mở viện dẫn" in said
    done = prune_evidence(engine, data, BEFORE, by="an", reason="x")
    assert describe_prune(done, BEFORE, dry_run=False).startswith("Đã xóa nội dung của 3 bản ghi")
