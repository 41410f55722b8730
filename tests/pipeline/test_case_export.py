"""What leaves the house: PDF, lists for a sweep, pictures, and the commands around cases."""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from case_world import SEEN, VERSIONS, add_ad, add_capture, add_run, build, groups, phone
from command import here
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.errors import InputError, MedadError
from models.vocabulary import Outcome
from pipeline.case_pictures import with_pictures
from pipeline.casework import dossier, export, export_sweep
from pipeline.printing import print_pdf


@pytest.fixture
def world(engine: Engine) -> Engine:
    """Case 1 with advertisements 1 and 2, case 2 with 3."""
    add_run(engine)
    for number, line in ((1, 1), (2, 1), (3, 2)):
        add_ad(engine, number, phone(line))
    build(engine)
    return engine


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 900), "white").save(out, "PNG")
    return out.getvalue()


def keep(evidence: Path, content: bytes) -> dict[str, object]:
    """Write one packed record and say where it lies."""
    evidence.mkdir()
    head = f"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    packed = gzip.compress(head + content + b"\r\n\r\n")
    (evidence / "a.warc.gz").write_bytes(packed)
    return {
        "warc": "a.warc.gz",
        "warc_offset": 0,
        "warc_length": len(packed),
        "payload_sha256": hashlib.sha256(content).hexdigest(),
    }


def test_a_screenshot_in_the_evidence_stands_in_the_dossier(world: Engine, tmp_path: Path) -> None:
    place = keep(tmp_path / "evidence", png())
    shot = {"url": "about:x", "about": "https://mau1.example/", "content_type": "image/png", "role": "screenshot"}
    add_capture(world, 7, captured_at=SEEN, **shot, **place)
    add_capture(world, 8, captured_at=SEEN, outcome=Outcome.FAILED, **shot)
    file = with_pictures(world, dossier(world, 1, VERSIONS, "mẫu"), tmp_path / "evidence")
    (picture,) = file.pictures
    assert (picture.ad_id, picture.seq, picture.width, picture.sha256) == (1, 7, 320, place["payload_sha256"])
    assert export(file, "html", tmp_path / "a.html").read_text("utf-8").count("<figure>") == 1
    warc = tmp_path / "evidence" / "a.warc.gz"
    warc.write_bytes(gzip.compress(gzip.decompress(warc.read_bytes()).replace(b"IHDR", b"IHDX")))
    assert with_pictures(world, dossier(world, 1, VERSIONS, "mẫu"), tmp_path / "evidence").pictures == ()
    warc.unlink()
    assert with_pictures(world, dossier(world, 1, VERSIONS, "mẫu"), tmp_path / "evidence").pictures == ()


def test_the_dossier_says_where_an_import_comes_from(engine: Engine) -> None:
    add_run(engine)
    add_ad(engine, 1, phone(1), channel="csv", details={"platform": "Zalo", "advertiser": "Spa"})
    add_ad(engine, 2, phone(1))
    build(engine)
    origins = {lead.ad_id: lead.origin for lead in dossier(engine, 1, VERSIONS, "mẫu").leads}
    assert origins == {1: "Nhập từ tệp dữ liệu (Zalo, Spa)", 2: ""}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium") or not shutil.which("pdftotext"), reason="needs chromium and poppler")
def test_a_dossier_is_printed_with_its_words_and_page_numbers(world: Engine, tmp_path: Path) -> None:
    written = export(dossier(world, 1, VERSIONS, "mẫu"), "pdf", tmp_path / "a.pdf")
    assert written.read_bytes().startswith(b"%PDF-")
    done = subprocess.run(["pdftotext", written, "-"], capture_output=True, check=True)  # noqa: S603, S607
    text = done.stdout.decode()
    for words in ("HỒ SƠ DẤU HIỆU VI PHẠM QUẢNG CÁO", "cam kết khỏi hẳn", "Vụ việc số 1 – trang 1/"):
        assert words in text
    assert "file://" not in text


def test_without_chromium_one_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("MEDAD_CHROMIUM", raising=False)
    with pytest.raises(MedadError, match="printed by Chromium, which is not found here") as told:
        print_pdf("<p>x</p>")
    assert "--format docx" in told.value.remedy


@pytest.mark.parametrize("script", ["exit 3", "echo broken >&2; exit 1", "exit 0"])
def test_a_browser_that_fails_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("MEDAD_CHROMIUM", str(program))
    with pytest.raises(MedadError, match=r"broken|code 3|wrote no PDF"):
        print_pdf("<p>x</p>")


def test_a_sweep_is_written_as_its_name_ends(world: Engine, tmp_path: Path) -> None:
    files = [dossier(world, number, VERSIONS, "mẫu") for number in (1, 2)]
    book = openpyxl.load_workbook(export_sweep(files, tmp_path / "a.XLSX"))
    assert [row[1].value for row in book.worksheets[0].iter_rows(min_row=5)] == ["1", "2"]
    assert len(export_sweep(files, tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == 3
    with pytest.raises(InputError, match=r"neither \.xlsx nor \.csv"):
        export_sweep(files, tmp_path / "a.doc")


def test_the_commands_do_every_step_and_write_down_who(
    world: Engine, db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAD_DB", db_url)
    monkeypatch.setenv("MEDAD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEDAD_USER", "lan")

    def run(*words: object) -> object:
        done = here(capsys, "--json", "cases", *words)
        assert (done.code, done.err) == (0, "")
        return done.value

    assert [row["case"] for row in run("list", "--code", "cure_guarantee", "--limit", 5)] == [1, 2]  # type: ignore[attr-defined]
    run("move", 1, "confirmed", "--why", "rõ")
    run("assign", 1, "hung", "--by", "mai")
    run("note", 1, "đã gọi")
    assert run("list", "--status", "assigned", "--assignee", "hung")[0]["case"] == 1  # type: ignore[index]
    assert run("split", 1, 2, "--why", "chủ khác")["new_case"] == 3  # type: ignore[index]
    assert run("merge", 3, "into", 2)["details"] == {"into": 2, "ads": [2]}  # type: ignore[index]
    assert groups(world) == {1: [1], 2: [2, 3]}
    assert len(run("takedown", 2, "--ad", 3, "--addressee", "Nền tảng")) == 1  # type: ignore[arg-type]
    assert [each["ad_id"] for each in run("takedowns", "--case", 2)] == [3]  # type: ignore[attr-defined]
    assert run("takedowns", "--overdue") == []
    run("move", 1, "inspected")
    run("move", 1, "decided", "--why", "b", "--outcome", "fined", "--fine", 5, "--number", "1/QĐ")
    run("close", 1, "--why", "xong")
    shown = json.loads(json.dumps(run("show", 1)))
    assert [step["by"] for step in shown["history"]] == ["lan", "mai", "lan", "lan", "lan", "lan", "lan"]
    assert run("sweep", "-o", tmp_path / "s.csv")["cases"] == [2]  # type: ignore[index]
    assert run("export", 1, "-o", tmp_path / "a.xlsx", "--format", "xlsx")["format"] == "xlsx"  # type: ignore[index]
    with Session(world) as opened:
        records = [(row.who, row.action, row.subject_id) for row in opened.exec(select(tables.AccessRecord))]
    assert ("lan", "export_dossier", "1") in records
    assert ("lan", "export_dossier", "2") in records


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("move 1 decided --why x", "From there: confirmed"),
        ("merge 1 onto 2", "stands where 'into' should"),
        ("note 9 x", "there is no case 9"),
        ("split 1 3", "not of case 1: 3"),
        ("sweep -o x.pdf", "neither .xlsx nor .csv"),
    ],
)
def test_a_wrong_step_is_one_clear_line(
    world: Engine,
    db_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    told: str,
) -> None:
    monkeypatch.setenv("MEDAD_DB", db_url)
    done = here(capsys, "cases", *words.split())
    assert done.code == 1
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
