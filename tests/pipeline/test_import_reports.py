"""Citizens' reports: rows tied to what they speak of; who reported is in one table and nowhere else."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import ROOT
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from crawler.chain import read_log
from crawler.imports.items import ImportFormat
from crawler.sources import load_sources
from crawler.verify import verify
from models import tables
from models.errors import InputError
from models.vocabulary import MentionKind
from pipeline.importing import Order, import_file
from pipeline.report_links import link_reports
from pipeline.reports import ReportSummary, import_reports

DEMO = ROOT / "data" / "demo" / "imports"
HEADER = "received_on,content,url,subject,phone,reporter_name,reporter_phone,reporter_email,reporter_address\n"


def reported(engine: Engine, folder: Path, *rows: Sequence[str], urls: Path | None = None) -> ReportSummary:
    path = folder / "phan-anh.csv"
    lines = (",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    path.write_text(HEADER + "".join(lines))
    return import_reports(engine, folder / "data", Order(path, ImportFormat.CITIZEN_REPORTS, urls=urls))


def row(content: str, url: str = "", phone: str = "", name: str = "") -> tuple[str, ...]:
    return ("2026-11-05", content, url, "PK Lá", phone, name, "0911 222 333" if name else "", "", "")


def reports(engine: Engine) -> list[tables.Report]:
    with Session(engine) as opened:
        return list(opened.exec(select(tables.Report).order_by(col(tables.Report.id))))


def reporters(engine: Engine) -> list[tables.Reporter]:
    with Session(engine) as opened:
        return list(opened.exec(select(tables.Reporter)))


def an_ad(engine: Engine, folder: Path, url: str, text: str = "Cam kết khỏi bệnh") -> int:
    path = folder / f"ad{abs(hash(url))}.jsonl"
    path.write_text(json.dumps({"id": url, "text": text, "url": url}))
    import_file(engine, folder / "data", Order(path, ImportFormat.JSONL, workers=1))
    with Session(engine) as opened:
        found = opened.exec(select(tables.Advertisement.id).where(tables.Advertisement.url == url)).one()
        assert found is not None
        return found


def a_case(engine: Engine, ad: int | None, **keys: str) -> int:
    with Session(engine) as opened:
        case = tables.Case(subject="PK Lá", subject_kind="facility")
        opened.add(case)
        opened.flush()
        assert case.id is not None
        if ad is not None:
            opened.add(tables.CaseLink(case_id=case.id, advertisement_id=ad))
        for kind, value in keys.items():
            opened.add(tables.CaseKey(case_id=case.id, kind=kind, value=value))
        opened.commit()
        return case.id


def test_who_reported_is_nowhere_but_in_its_table(engine: Engine, tmp_path: Path) -> None:
    done = reported(engine, tmp_path, row("Quảng cáo sai", name="Nguyễn Thị Mẫu"), ("x", "y", *[""] * 7))
    assert (done.new, done.with_reporter, len(done.kept.rejects)) == (1, 1, 1)
    assert [(each.name, each.phone) for each in reporters(engine)] == [("Nguyễn Thị Mẫu", "0911 222 333")]
    told = json.dumps(done.to_json(), ensure_ascii=False) + done.describe()
    with Session(engine) as opened:
        told += "".join(json.dumps(run.summary, ensure_ascii=False) for run in opened.exec(select(tables.Run)))
    for path in [*(tmp_path / "data").rglob("*"), tmp_path / "phan-anh.csv.errors.jsonl"]:
        told += path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    assert "Nguyễn Thị Mẫu" not in told
    assert "0911" not in told
    assert "Quảng cáo sai" not in told
    events = [event["event"] for event, _ in read_log(tmp_path / "data" / "evidence")]
    assert events == ["run_started", "run_finished"]
    assert verify(tmp_path / "data" / "evidence").ok
    with Session(engine) as opened:
        assert opened.exec(select(tables.Advertisement)).first() is None


def test_the_same_file_again_adds_nothing_nor_brings_back_who_was_deleted(engine: Engine, tmp_path: Path) -> None:
    twice = (row("Giống nhau", name="A"), row("Giống nhau", name="B"))
    assert reported(engine, tmp_path, *twice).new == 2
    with Session(engine) as opened:
        opened.execute(delete(tables.Reporter))
        opened.commit()
    again = reported(engine, tmp_path, *twice)
    assert (again.new, again.known, len(reports(engine)), reporters(engine)) == (0, 2, 2, [])
    later = reported(engine, tmp_path, *twice, row("Thêm"))
    assert (later.new, later.known) == (1, 2)


@pytest.mark.parametrize(
    "url",
    [
        "https://phongkhamla.example/tri-nam",
        "http://www.phongkhamla.example/tri-nam/?utm_source=zalo#gia",
        "PhongKhamLa.example/tri-nam",
    ],
)
def test_a_report_finds_its_advertisement_by_address(engine: Engine, tmp_path: Path, url: str) -> None:
    ad = an_ad(engine, tmp_path, "https://phongkhamla.example/tri-nam")
    case = a_case(engine, ad)
    done = reported(engine, tmp_path, row("Sai sự thật", url))
    assert (done.linked.gained, done.linked.with_ad, done.linked.with_case) == (1, 1, 1)
    assert [(each.advertisement_id, each.case_id) for each in reports(engine)] == [(ad, case)]
    assert done.uncaptured.crawlable == ()


def test_a_report_finds_its_advertisement_by_phone_and_its_case_by_key(engine: Engine, tmp_path: Path) -> None:
    ad = an_ad(engine, tmp_path, "https://a.example/1", "Gọi 0903 555 777")
    with Session(engine) as opened:
        mention = tables.Mention(
            advertisement_id=ad, version="1", kind=MentionKind.PHONE, text="x", start_at=0, end_at=1, value="0903555777"
        )
        opened.add(mention)
        opened.commit()
    by_site = a_case(engine, None, site="phongkhamla.com")
    by_phone = a_case(engine, None, phone="02873000555")
    reported(
        engine,
        tmp_path,
        row("x", phone="+84 903 555 777"),
        row("Số 028.7300.0555 gọi mời"),
        row("Trang www.phongkhamla.com/moi lừa"),
        row("Trang facebook.com/ai-do lừa"),
    )
    found = [(each.advertisement_id, each.case_id) for each in reports(engine)]
    assert found == [(ad, None), (None, by_phone), (None, by_site), (None, None)]


def test_a_key_of_two_cases_ties_to_none_and_a_merged_case_to_its_heir(engine: Engine, tmp_path: Path) -> None:
    first, second = a_case(engine, None, phone="0903555777"), a_case(engine, None, phone="0903555777")
    reported(engine, tmp_path, row("x", phone="0903555777"))
    assert reports(engine)[0].case_id is None
    with Session(engine) as opened:
        case = opened.get(tables.Case, second)
        assert case is not None
        case.merged_into_id = first
        opened.commit()
    assert link_reports(engine).gained == 1
    assert reports(engine)[0].case_id == first
    assert link_reports(engine).gained == 0


def test_addresses_never_captured_are_listed_for_a_crawl(engine: Engine, tmp_path: Path) -> None:
    an_ad(engine, tmp_path, "https://da-co.example/1")
    inside = ("http://127.0.0.1:8080/x", "http://169.254.169.254/meta", "http://10.0.0.1/", "http://2130706433/")
    done = reported(
        engine,
        tmp_path,
        row("a", "https://phongkhamla.vn/tri-nam"),
        row("b", "https://phongkhamla.vn/tri-nam"),
        row("c", "https://da-co.example/1"),
        row("d", "https://www.facebook.com/la.pk"),
        *(row("e", url) for url in (*inside, "http://localhost/", "http://printer.local/", "javascript:alert(1)")),
        row("Xem tại phongkhamla.com.vn/moi nhé"),
        urls=tmp_path / "chua-thu.txt",
    )
    wanted = ["https://phongkhamla.vn/tri-nam", "https://phongkhamla.com.vn/moi"]
    assert (tmp_path / "chua-thu.txt").read_text().splitlines() == wanted
    assert done.uncaptured.platforms == ("https://www.facebook.com/la.pk",)
    assert len(done.uncaptured.refused) == 6
    assert "2 địa chỉ được phản ánh mà chưa thu thập" in done.describe()
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "phan-anh"\nkind = "page-list"\nstart = ["chua-thu.txt"]\n'
    )
    assert list(load_sources(tmp_path / "sources.toml")[0].start) == wanted


def test_a_file_without_reports_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="columns seen: a, b"):
        import_reports(engine, tmp_path / "data", Order(path, ImportFormat.CITIZEN_REPORTS))


def test_the_demo_reports_are_imported(engine: Engine, tmp_path: Path) -> None:
    order = Order(DEMO / "phan-anh.csv", ImportFormat.CITIZEN_REPORTS, errors=tmp_path / "errors.jsonl")
    done = import_reports(engine, tmp_path / "data", order)
    assert (done.new, done.with_reporter, len(done.kept.rejects)) == (4, 2, 1)
