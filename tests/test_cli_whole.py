"""The commands around one watched site, each in a process of its own: what they print, and what proves it."""

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import ROOT, Done, here, medad
from small_site import LINKS, registry_dir, small_site, sources_file

from crawler.chain import LOG_NAME
from models.vocabulary import CaseStatus, Code

OUTCOMES = {"captured", "unchanged", "failed", "blocked", "withdrawn", "excluded_by_robots"}


@dataclass(frozen=True)
class Watched:
    """A finished run: its folder, what it printed, and the site's address."""

    folder: Path
    imported: list[Done]
    ran: Done
    url: str

    def ask(self, *arguments: object) -> Done:
        """Run a command on this run's database and data."""
        return medad("--db", "sqlite:///m.db", "--data", "data", *arguments, folder=self.folder)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Import the registry and run everything once; the tests of this module read the result."""
    folder = tmp_path_factory.mktemp("watched")
    registry = registry_dir(folder / "registry")
    options = ("--db", "sqlite:///m.db", "--data", "data", "--json")
    imported = [
        medad(*options, "registry", "import", registry / f"{kind}.csv", folder=folder)
        for kind in ("practitioners", "facilities")
    ]
    with small_site() as site:
        ran = medad(*options, "run", sources_file(folder, site), "--workers", 1, folder=folder)
        yield Watched(folder, imported, ran, site.url)


def test_run_sums_up_as_crawl_does_and_more(watched: Watched) -> None:
    assert (watched.ran.code, watched.ran.err) == (0, "")
    summary = watched.ran.value
    assert set(summary["sources"]["moc-lan"]) == OUTCOMES
    assert summary["sources"]["moc-lan"]["captured"] == len(LINKS) + 1
    assert summary["run"]
    assert summary["scored"] == summary["matched"] == summary["ingested"]["new"] == len(LINKS) + 1
    assert summary["cases"] == {"opened": 1, "extended": 0, "total": 1}


def test_the_registry_commands_answer(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    assert [(done.code, done.value["accepted"], done.value["fresh"]) for done in watched.imported] == [
        (0, 3, True),
        (0, 2, True),
    ]
    options = ("--db", f"sqlite:///{watched.folder / 'm.db'}")
    again = here(capsys, *options, "registry", "import", watched.folder / "registry" / "facilities.csv")
    assert "không có gì thay đổi" in again.out
    found = here(capsys, *options, "--json", "registry", "search", "mau don").value
    assert [(row["id"], row["licence_no"]) for row in found] == [("P1", "0099101/HCM-CCHN")]
    line = here(capsys, *options, "registry", "search", "cay da").out
    assert "cơ sở · Phòng khám Cây Đa · F2 · số 09912/HCM-GPHĐ · hiệu lực" in line
    shown = here(capsys, *options, "registry", "show", "09911/HCM-GPHĐ")
    assert "Tình trạng: đình chỉ" in shown.out
    assert "Ngày cấp: 01/02/2019" in shown.out
    states = here(capsys, *options, "--json", "registry", "show", "F1").value
    assert [(state["registry"], state["status"], state["until"]) for state in states] == [
        ("facilities", "suspended", None)
    ]
    assert here(capsys, *options, "--json", "registry", "diff", 1, 1).value == {"new": [], "changed": [], "gone": []}
    assert "different kinds" in here(capsys, *options, "registry", "diff", 1, 2).err
    stats = here(capsys, *options, "--json", "registry", "stats").value
    assert stats["records"]["facilities"] == {"suspended": 1, "valid": 1}
    assert "cơ sở: 2 (" in here(capsys, *options, "registry", "stats").out


def test_cases_are_listed_by_priority(watched: Watched) -> None:
    rows = watched.ask("--json", "cases", "list").value
    assert [row["priority"] for row in rows] == sorted((row["priority"] for row in rows), reverse=True)
    row = rows[0]
    assert {"case", "subject", "status", "priority", "advertisements", "codes", "registry"} <= set(row)
    assert "Mộc Lan Trắng" in row["subject"]
    assert CaseStatus(row["status"]) is CaseStatus.NEW
    assert 0 < row["priority"] <= 1
    assert {Code.CURE_GUARANTEE, Code.UNLICENSED_FACILITY} <= set(row["codes"])
    table = watched.ask("cases", "list").out
    assert "Ưu tiên" in table
    assert "Phòng khám chuyên khoa Da liễu Mộc" in table  # a long cell is cut


def test_a_dossier_is_written_in_four_forms(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--db", f"sqlite:///{watched.folder / 'm.db'}")
    case = here(capsys, *options, "--json", "cases", "list").value[0]["case"]
    head = watched.ask("--json", "evidence", "verify").value["head"]["hash"]
    texts = {}
    for form in ("html", "docx", "json", "csv"):
        path = watched.folder / f"dossier.{form}"
        done = here(capsys, *options, "--json", "cases", "export", case, "--format", form, "-o", path)
        assert done.value == {"case": case, "format": form, "file": str(path)}
        texts[form] = _text_of(path)
    texts["show"] = here(capsys, *options, "cases", "show", case).out
    for form, text in texts.items():
        assert "chữa khỏi 100%" in " ".join(text.split()), form
        assert form == "csv" or ("09911/HCM-GPHĐ" in text and "đình chỉ" in text), form
    assert head in texts["html"]
    assert "<script" not in texts["html"]
    shown = here(capsys, *options, "--json", "cases", "show", case).value
    assert _without_moment(json.loads(texts["json"])) == _without_moment(shown)
    assert len(list(csv.reader(io.StringIO(texts["csv"].lstrip("\ufeff"))))) > 4


def _text_of(path: Path) -> str:
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            return re.sub(r"<[^>]+>", "", parts.read("word/document.xml").decode())
    text = path.read_text(encoding="utf-8")
    return re.sub(r"<(?!script)[^>]+>", "", text) if path.suffix == ".html" else text


def test_a_dossier_that_cannot_be_written_is_said_so(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--db", f"sqlite:///{watched.folder / 'm.db'}")
    for output, words in (("/dev/full", "disk is full"), ("/proc/none/x", "cannot write"), ("/", "cannot write")):
        done = here(capsys, *options, "cases", "export", 1, "-o", output)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert words in done.err
    assert Path("/dev/full").is_char_device()


def test_a_new_registry_does_not_empty_the_dossier_before_the_next_run(
    watched: Watched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(watched.folder / "m.db", tmp_path / "m.db")
    options = ("--db", f"sqlite:///{tmp_path / 'm.db'}")
    roster = registry_dir(tmp_path / "new") / "facilities.csv"
    roster.write_text(roster.read_text(encoding="utf-8").replace("Đình chỉ", "Hoạt động"), encoding="utf-8")
    before = here(capsys, *options, "--json", "cases", "show", 1).value
    assert "1 thay đổi" in here(capsys, *options, "registry", "import", roster).out
    after = here(capsys, *options, "--json", "cases", "show", 1).value
    assert _without_moment(after) == _without_moment(before)


def _without_moment(dossier: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in dossier.items() if name != "generated_at"}


def test_match_works_against_the_database(watched: Watched) -> None:
    line = {"id": "1", "kind": "facility", "text": "Phòng khám Da liễu Mộc Lan Trắng, GPHĐ số 09911/HCM-GPHĐ"}
    (watched.folder / "m.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = watched.ask("match", "--input", "m.jsonl", "--output", "-")
    assert [(row["decision"], row["registry_id"]) for row in done.lines] == [("matched", "F1")]


def test_evidence_verifies_and_the_environment_names_the_places(watched: Watched) -> None:
    done = medad("--json", "evidence", "verify", folder=watched.folder, MEDAD_DB="sqlite:///m.db", MEDAD_DATA="data")
    assert (done.code, done.value["problem"], done.err) == (0, "", "")
    assert done.value["records"] >= 2 * (len(LINKS) + 1)
    assert "Chứng cứ nguyên vẹn" in watched.ask("evidence", "verify").out
    run = watched.ran.value["run"]
    assert watched.ask("evidence", "verify", run).code == 0
    assert run not in watched.ask("evidence", "verify", "no-such-run").err


def _copied(watched: Watched, tmp_path: Path) -> Path:
    shutil.copytree(watched.folder / "data", tmp_path / "data")
    return tmp_path / "data" / "evidence"


def test_one_flipped_byte_is_found_and_its_record_named(
    watched: Watched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = _copied(watched, tmp_path)
    warc = next(evidence.rglob("*.warc.gz"))
    content = bytearray(warc.read_bytes())
    content[len(content) // 2] ^= 1
    warc.write_bytes(content)
    done = here(capsys, "--data", tmp_path / "data", "--db", f"sqlite:///{tmp_path / 'no.db'}", "evidence", "verify")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert warc.name in done.err
    assert not (tmp_path / "no.db").exists()


def test_a_log_cut_off_at_its_end_is_seen_through_the_database(
    watched: Watched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = _copied(watched, tmp_path)
    log = evidence / LOG_NAME
    kept = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(kept[:1]))
    for warc in evidence.rglob("*.warc.gz"):
        warc.unlink()
    alone = here(capsys, "--data", tmp_path / "data", "--db", "sqlite:////nowhere/m.db", "evidence", "verify")
    assert alone.code == 0  # consistent in itself: only an anchor outside shows that it was cut
    db = f"sqlite:///{watched.folder / 'm.db'}"
    anchored = here(capsys, "--data", tmp_path / "data", "--db", db, "evidence", "verify")
    assert (anchored.code, anchored.err.count("\n")) == (1, 1)
    assert "lines are missing" in anchored.err
    refused = here(capsys, "--data", tmp_path / "data", "--db", db, "run", watched.folder / "sources.toml")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "evidence" in refused.err


def test_crawl_again_is_unchanged(watched: Watched, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _copied(watched, tmp_path)
    done = here(capsys, "--data", tmp_path / "data", "--json", "crawl", watched.folder / "sources.toml")
    counts = done.value["sources"]["moc-lan"]
    assert (counts["captured"], counts["unchanged"]) == (0, len(LINKS) + 1)
    assert done.value["run"] != watched.ran.value["run"]
    text = here(capsys, "--data", tmp_path / "data", "crawl", watched.folder / "sources.toml").out
    assert f"moc-lan: không đổi {len(LINKS) + 1}" in text


# ── the rest of the command line ────────────────────────────────────────────────────────────────────────────────────


def test_version_help_and_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = medad("--version", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("medad ")
    for verb in ((), ("registry",), ("policy",), ("evidence",), ("cases",), ("evaluate",)):
        assert here(capsys, *verb, "--help").code == 0
    for code in Code:
        value = here(capsys, "--json", "policy", "show", code, "--on", "2026-07-20").value
        assert (value["code"], value["on"]) == (code.value, "2026-07-20")
        assert "Ngày xét: 20/7/2026" in here(capsys, "policy", "show", code, "--on", "2026-07-20").out
    checked = here(capsys, "--json", "policy", "check", ROOT / "classifier" / "policy.yaml").value
    assert checked["codes"] == len(Code)


def test_evaluate_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Phòng khám cam kết chữa khỏi 100% nám da. Gọi 028 7300 0991 đặt lịch điều trị tại phòng khám."
    sample = {"id": "1", "text": text, "kind": "health_ad", "domains": ["service"], "group": "g"}
    labelled = tmp_path / "s.jsonl"
    labelled.write_text(json.dumps(sample | {"codes": {"cure_guarantee": ["chữa khỏi 100%"]}}), encoding="utf-8")
    done = here(capsys, "--json", "evaluate", "classifier", "--samples", labelled, "--out", tmp_path / "c")
    assert done.value == json.loads((tmp_path / "c" / "metrics.json").read_text(encoding="utf-8"))
    assert done.value["data"]["texts"] == 1
    mention = {"id": "1", "kind": "facility", "text": "Phòng khám Cây Đa, số 09912/HCM-GPHĐ", "gold": "F2"}
    labelled.write_text(json.dumps(mention), encoding="utf-8")
    registry = registry_dir(tmp_path / "registry")
    options = ("--samples", labelled, "--registry", registry, "--out", tmp_path / "m")
    done = here(capsys, "--json", "evaluate", "matcher", *options)
    assert done.value == json.loads((tmp_path / "m" / "metrics.json").read_text(encoding="utf-8"))
    assert done.value["recall_places"]["share"] == 1.0
    for folder in ("c", "m"):
        assert "<script" not in (tmp_path / folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_demo_goes_the_whole_way_and_says_when_nothing_changed(tmp_path: Path) -> None:
    options = ("demo", "--folder", ROOT / "data" / "demo", "--out", tmp_path / "out", "--workers", 1)
    first = medad("--json", *options, folder=tmp_path)
    assert first.code == 0
    assert len(first.value["cases"]) >= 12
    assert [Path(path).suffix for path in first.value["dossiers"]] == [".html", ".docx"]
    second = medad(*options, folder=tmp_path)
    assert "Không có gì thay đổi so với lần chạy trước." in second.out
    assert str(tmp_path / "out" / "medad.db") in second.out


def test_the_same_commands_on_the_test_server(db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry = registry_dir(tmp_path / "registry")
    options = ("--db", db_url, "--data", tmp_path / "data")
    for kind in ("practitioners", "facilities"):
        assert here(capsys, *options, "registry", "import", registry / f"{kind}.csv").code == 0
    with small_site() as site:
        source = sources_file(tmp_path, site)
        ran = here(capsys, *options, "--json", "run", source, "--workers", 1).value
        again = here(capsys, *options, "run", source, "--workers", 1).out
    assert ran["cases"]["opened"] == 1
    assert "Không có gì thay đổi so với lần chạy trước." in again
    assert here(capsys, *options, "--json", "evidence", "verify").value["problem"] == ""
    assert len(here(capsys, *options, "--json", "cases", "list").value) == 1
    assert here(capsys, *options, "cases", "export", 1, "-o", tmp_path / "d.docx").code == 0
