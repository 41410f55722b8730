"""Imported advertisements: evidence first, then rows with channel and details, then scores and cases like any other."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import ROOT, environment, medad
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from classifier.backends import DEFAULT
from crawler.imports.items import ImportFormat
from crawler.verify import verify
from models import tables
from models.errors import InputError
from models.vocabulary import Code, RunStatus
from pipeline.casework import list_cases
from pipeline.importing import ImportSummary, Order, import_file
from pipeline.ingest import evidence_head
from pipeline.whole import Whole, nothing_due, update

DEMO = ROOT / "data" / "demo" / "imports"
AD: dict[str, object] = {
    "id": "1001",
    "page_id": "77",
    "page_name": "Nha khoa Hạt Dẻ",
    "ad_creative_bodies": ["Cam kết chữa khỏi 100% viêm nha chu, không tái phát. Gọi 028 7300 0555 để đặt lịch khám."],
    "ad_delivery_start_time": "2026-09-02",
    "impressions": {"lower_bound": "1000", "upper_bound": "4999"},
}


@contextmanager
def quiet(_: str) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def brought(engine: Engine, folder: Path, path: Path, form: ImportFormat, *columns: str) -> ImportSummary:
    return import_file(engine, folder / "data", Order(path, form, columns, workers=1))


def library(folder: Path, *ads: dict[str, object]) -> Path:
    path = folder / "ads.json"
    path.write_text(json.dumps({"data": list(ads)}))
    return path


def refresh(engine: Engine, folder: Path) -> Whole:
    """Do what ``medad update`` does."""
    return update(engine, folder / "data", nothing_due(), workers=1, spec=DEFAULT, progress=quiet)


def ads(engine: Engine) -> list[tables.Advertisement]:
    with Session(engine) as opened:
        return list(opened.exec(select(tables.Advertisement).order_by(col(tables.Advertisement.id))))


def test_an_ad_of_the_library_becomes_evidence_an_advertisement_and_a_case(engine: Engine, tmp_path: Path) -> None:
    done = brought(engine, tmp_path, library(tmp_path, AD, {"id": "x"}), ImportFormat.META_AD_LIBRARY)
    assert (done.kept.new, done.kept.changed, done.kept.known, len(done.kept.rejects)) == (1, 0, 0, 1)
    error = json.loads((tmp_path / "ads.json.errors.jsonl").read_text())
    assert (error["line"], error["error"]) == (2, "Không có mã quảng cáo (id)")
    assert "1 mục mới, 0 thay đổi, 0 đã có từ trước" in done.describe()
    assert "dòng 2: Không có mã quảng cáo (id)" in done.describe()
    row = ads(engine)[0]
    assert (row.channel, row.source, row.site) == ("meta-ad-library", "meta-ad-library", "facebook.com/77")
    assert row.url == "https://www.facebook.com/ads/library/?id=1001"
    assert row.details["advertiser"] == "Nha khoa Hạt Dẻ"
    assert row.details["delivery_start"] == "2026-09-02"
    assert row.text[: row.main_end] == AD["ad_creative_bodies"][0]  # type: ignore[index]
    with Session(engine) as opened:
        run = opened.get(tables.Run, done.kept.run)
        assert run is not None
        assert (run.kind, run.status) == ("import", RunStatus.DONE)
        capture = opened.get(tables.Capture, row.capture_id)
        assert capture is not None
        assert capture.warc
        assert capture.payload_sha256
    report = verify(tmp_path / "data" / "evidence", expected_head=evidence_head(engine))
    assert report.ok

    after = refresh(engine, tmp_path)
    assert (after.scored, after.matched, after.cases.opened) == (1, 1, 1)
    assert Code.CURE_GUARANTEE.value in list_cases(engine)[0]["codes"]
    again = refresh(engine, tmp_path)
    assert not again.changed
    assert "Không có gì thay đổi" in again.describe_after()


def test_importing_again_adds_nothing_and_a_change_is_a_version(engine: Engine, tmp_path: Path) -> None:
    path = library(tmp_path, AD)
    brought(engine, tmp_path, path, ImportFormat.META_AD_LIBRARY)
    again = brought(engine, tmp_path, path, ImportFormat.META_AD_LIBRARY)
    assert again.kept.again
    assert again.ingested.events == 0
    assert "không có gì được thêm" in again.describe()

    shown_more = AD | {"impressions": {"lower_bound": "5000"}}
    done = brought(engine, tmp_path, library(tmp_path, shown_more), ImportFormat.META_AD_LIBRARY)
    assert (done.kept.changed, done.ingested.seen_again) == (1, 1)
    assert [ad.details["impressions"] for ad in ads(engine)] == [{"lower_bound": "5000"}]

    worded = shown_more | {"ad_creative_bodies": ["Khám và tư vấn nha chu."]}
    done = brought(engine, tmp_path, library(tmp_path, worded), ImportFormat.META_AD_LIBRARY)
    assert (done.kept.changed, done.ingested.changed) == (1, 1)
    old, new = ads(engine)
    assert old.superseded_at is not None
    assert new.superseded_at is None
    assert new.text.startswith("Khám và tư vấn")


def test_the_same_words_at_the_same_address_by_two_ways_are_one(engine: Engine, tmp_path: Path) -> None:
    line = {"id": "1", "text": "Trị nám cam kết khỏi", "url": "https://a.example/1"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    (tmp_path / "b.csv").write_text(
        "id,text,url\n1,Trị nám cam kết khỏi,https://a.example/1\n2,Khác,https://a.example/1\n"
    )
    brought(engine, tmp_path, tmp_path / "a.jsonl", ImportFormat.JSONL)
    done = brought(engine, tmp_path, tmp_path / "b.csv", ImportFormat.CSV)
    assert (done.ingested.seen_again, done.ingested.new) == (1, 1)
    assert [(ad.channel, ad.text, ad.superseded_at) for ad in ads(engine)] == [
        ("jsonl", "Trị nám cam kết khỏi", None),
        ("csv", "Khác", None),
    ]


def archive(path: Path, date: str, text: str) -> Path:
    import io

    body = f"<html><body><p>{text}</p></body></html>".encode()
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        record = writer.create_warc_record(
            "http://a.example/1",
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
            ),
            warc_headers_dict={"WARC-Date": date},
        )
        writer.write_record(record)
    return path


def test_an_older_archive_that_comes_late_stands_before_the_newer(engine: Engine, tmp_path: Path) -> None:
    for name, date, text in (
        ("b", "2026-06-01T00:00:00Z", "Trang tháng sáu"),
        ("a", "2026-02-01T00:00:00Z", "Trang tháng hai"),
        ("c", "2026-03-01T00:00:00Z", "Trang tháng sáu"),
    ):
        brought(engine, tmp_path, archive(tmp_path / f"{name}.warc.gz", date, text), ImportFormat.WARC)
    june, february = ads(engine)
    assert (june.superseded_at, june.first_seen_at.month, june.channel) == (None, 3, "warc")
    assert february.text == "Trang tháng hai"
    assert february.superseded_at is not None
    assert (february.first_seen_at.month, february.superseded_at.month) == (2, 6)
    with Session(engine) as opened:
        assert all(run.started_at.year >= 2026 and run.started_at.month > 6 for run in opened.exec(select(tables.Run)))


def test_hostile_words_reach_the_database_harmless(engine: Engine, tmp_path: Path) -> None:
    line = '{"id": "=cmd|x", "text": "nul\\u0000 \\ud800 <script>alert(1)</script>", "x": ["\\u0000", 1e999]}'
    (tmp_path / "a.jsonl").write_text(line)
    brought(engine, tmp_path, tmp_path / "a.jsonl", ImportFormat.JSONL)
    assert ads(engine)[0].text == "nul ? <script>alert(1)</script>"
    assert ads(engine)[0].details["other"] == {"x": ["", None]}


def test_what_cannot_be_imported_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.json").write_text("")
    for name, form, why in (
        ("a.csv", ImportFormat.CSV, "columns seen: a, b"),
        ("empty.json", ImportFormat.META_AD_LIBRARY, "is empty"),
        ("absent.json", ImportFormat.META_AD_LIBRARY, "cannot read"),
        ("absent.warc", ImportFormat.WARC, "cannot read"),
        ("a.csv", ImportFormat.IMAGES, "no folder"),
    ):
        with pytest.raises(InputError, match=why):
            brought(engine, tmp_path, tmp_path / name, form)
    log = tmp_path / "data" / "evidence" / "log.jsonl"
    assert not log.exists() or log.read_bytes() == b""
    with pytest.raises(InputError, match="would be replaced"):
        import_file(
            engine,
            tmp_path / "data",
            Order(library(tmp_path, AD, {}), ImportFormat.META_AD_LIBRARY, errors=tmp_path / "ads.json", workers=1),
        )


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
def test_the_demo_files_are_imported(engine: Engine, tmp_path: Path) -> None:
    for name, form, new in (
        ("meta-ad-library.json", ImportFormat.META_AD_LIBRARY, 3),
        ("bai-dang.csv", ImportFormat.CSV, 3),
        ("anh-chup", ImportFormat.IMAGES, 1),
    ):
        done = import_file(
            engine, tmp_path / "data", Order(DEMO / name, form, errors=tmp_path / "errors.jsonl", workers=1)
        )
        assert (done.kept.new, done.unreadable) == (new, ()), name
    shown = {ad.channel: ad for ad in ads(engine)}["images"]
    assert shown.details["text_from"] == "ocr"
    assert shown.details["ocr_confidence"] > 0.8
    assert "0900 000 471" in shown.text
    assert verify(tmp_path / "data" / "evidence").ok


@pytest.mark.slow
def test_killed_while_importing_it_loses_and_repeats_nothing(tmp_path: Path) -> None:
    count = 800
    lines = (json.dumps({"id": f"k{n}", "text": f"Bài quảng cáo số {n}"}) for n in range(count))
    (tmp_path / "ads.jsonl").write_text("\n".join(lines))
    log = tmp_path / "medad-data" / "evidence" / "log.jsonl"
    command = [sys.executable, "-m", "cli", "import", "ads.jsonl", "--format", "jsonl", "--workers", "1"]
    for wanted in (250,):  # two batches are on the disk by then
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if log.exists() and log.read_bytes().count(b"\n") > wanted:
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.01)
        process.wait()
        assert process.returncode == -signal.SIGKILL
    done = medad("--json", "import", "ads.jsonl", "--format", "jsonl", "--workers", "1", folder=tmp_path)
    assert done.code == 0, done.err
    assert (done.value["new"], done.value["changed"], done.value["known"]) == (count, 0, 0)
    assert medad("evidence", "verify", folder=tmp_path).code == 0
    from models.database import open_database

    engine = open_database(f"sqlite:///{tmp_path / 'medad.db'}")
    texts = [ad.text for ad in ads(engine)]
    engine.dispose()
    assert sorted(texts) == sorted(f"Bài quảng cáo số {n}" for n in range(count))
