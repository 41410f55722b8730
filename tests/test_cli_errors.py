"""Bad input: one clear line, exit code 1, no traceback, and nothing good lost. Wrong usage: exit code 2."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import environment, here, medad
from small_site import OFFER, html, registry_dir, small_site, sources_file

import models.database
from crawler.lock import hold

NOTHING = b'[[source]]\nname = "a"\nkind = "page-list"\nstart = ["http://127.0.0.1:9/"]\ndelay = 0.0\n'


def _file(name: str, content: bytes) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return write


def _nothing(_: Path) -> None:
    return


def _newer(folder: Path) -> None:
    with sqlite3.connect(folder / "new.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")


def _foreign(folder: Path) -> None:
    with sqlite3.connect(folder / "foreign.db") as connection:
        connection.execute("CREATE TABLE people (name TEXT)")


Case = tuple[str, Callable[[Path], object], tuple[str, ...]]

#: (command, what it finds, words of the one line that it prints)
CASES: list[Case] = [
    ("crawl nowhere.toml", _nothing, ("nowhere.toml", "cannot be read")),
    ("run nowhere.toml", _nothing, ("nowhere.toml", "cannot be read")),
    ("crawl .", _nothing, ("Is a directory",)),
    ("crawl s.toml", _file("s.toml", b"[[source]\n"), ("s.toml", "line 1", "not TOML")),
    ("crawl s.toml", _file("s.toml", NOTHING.replace(b"start", b"strat")), ("line 4", "'strat'", "'start'")),
    ("crawl s.toml", _file("s.toml", NOTHING.replace(b"page-list", b"pages")), ("line 3", "kind")),
    ("crawl s.toml", _file("s.toml", NOTHING.replace(b"0.0", b"-1")), ("line 5", "delay")),
    ("crawl s.toml", _file("s.toml", NOTHING + b"max_pages = -5\n"), ("line 6", "max_pages")),
    ("crawl s.toml", _file("s.toml", NOTHING + NOTHING), ("'a'",)),
    ("crawl s.toml", _file("s.toml", b""), ("s.toml",)),
    ("--data file crawl s.toml", lambda f: (_file("s.toml", NOTHING)(f), _file("file", b"")(f)), ("file", "folder")),
    ("--data /proc/none crawl s.toml", _file("s.toml", NOTHING), ("/proc/none",)),
    ("--db sqlite:///none/x.db cases list", _nothing, ("none/x.db", "folder exists")),
    ("--db sqlite:///. cases list", _nothing, ("cannot be opened",)),
    ("--db nonsense cases list", _nothing, ("'nonsense'… is no database URL",)),
    ("--db oracle://u:secret@h/x cases list", _nothing, ("no driver",)),
    ("--db postgresql+psycopg://u:secret@127.0.0.1:1/x cases list", _nothing, ("***", "the server runs")),
    ("--db sqlite:///text.db cases list", _file("text.db", b"this is no database at all, but text"), ("not a medad",)),
    ("--db sqlite:///new.db cases list", _newer, ("newer medad", "Nothing was changed")),
    ("--db sqlite:///foreign.db cases list", _foreign, ("not medad's", "Nothing was changed")),
    ("cases show 7", _nothing, ("no case 7",)),
    ("cases export 7 -o x.docx", _nothing, ("no case 7",)),
    ("evidence verify", _nothing, ("no evidence", "--data")),
    ("registry import nowhere.csv", _nothing, ("nowhere.csv", "cannot be read")),
    ("registry import .", _nothing, ("Is a directory",)),
    ("registry import r.csv", _file("r.csv", "Mã hàng,Đơn giá\n1,2\n".encode()), ("'Mã hàng'", "'Đơn giá'")),
    ("registry import r.csv", _file("r.csv", b""), ("empty",)),
    ("registry import r.xlsx", _file("r.xlsx", b"text"), ("r.xlsx", "not a workbook")),
    ("registry import r.xlsx", _file("r.xlsx", b"PK\3\4broken"), ("r.xlsx", "damaged")),
    ("registry show nobody", _nothing, ("no record nobody",)),
    ("registry diff 1 2", _nothing, ("no snapshot 1",)),
    ("registry diff -- -1 -2", _nothing, ("no snapshot -1",)),
    ("policy check nowhere.yaml", _nothing, ("nowhere.yaml", "cannot be read")),
    ("policy check .", _nothing, ("Is a directory",)),
    ("policy check p.yaml", _file("p.yaml", b"codes: [\n"), ("p.yaml", "line")),
    ("policy check p.yaml", _file("p.yaml", b"- a\n"), ("p.yaml, line 1",)),
    ("score --input nowhere.jsonl --output -", _nothing, ("nowhere.jsonl",)),
    ("score --input . --output -", _nothing, ("Is a directory",)),
    ("score --input a.jsonl --output none/o", _file("a.jsonl", b""), ("none/o", "folder exists")),
    ("score --input a.jsonl --output .", _file("a.jsonl", b""), ("cannot write .:",)),
    ("score --input a.jsonl --output o --errors none/e", _file("a.jsonl", b"bad"), ("none/e",)),
    ("score --input a.jsonl --output o --errors /dev/full", _file("a.jsonl", b"bad"), ("disk is full",)),
    ("score --input a.jsonl --output o --classifier oracle", _file("a.jsonl", b""), ("'oracle'", "rules")),
    ("match --input a.jsonl --output -", _file("a.jsonl", b""), ("no registry was imported", "--registry")),
    ("match --registry . --input a.jsonl --output -", _file("a.jsonl", b""), ("no practitioner and no facility",)),
    ("match --registry none --input a.jsonl --output -", _file("a.jsonl", b""), ("not a folder",)),
    ("evaluate classifier --samples none --out o", _nothing, ("cannot read none",)),
    ("evaluate classifier --samples e.jsonl --out o", _file("e.jsonl", b""), ("e.jsonl", "no labelled")),
    ("evaluate classifier --samples e.jsonl --out o", _file("e.jsonl", b'{"id": 1}'), ("e.jsonl, line 1",)),
    ("evaluate matcher --samples e.jsonl --registry . --out o", _file("e.jsonl", b""), ("e.jsonl", "no labelled")),
    ("demo --folder none", _nothing, ("none holds no demo",)),
]


@pytest.mark.parametrize(("command", "prepare", "words"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_bad_input_is_one_clear_line(
    command: str,
    prepare: Callable[[Path], object],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MEDAD_DB", "MEDAD_DATA"):
        monkeypatch.delenv(name, raising=False)
    prepare(tmp_path)
    done = here(capsys, *command.split())
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.startswith("medad: ")
    assert done.err.count("\n") == 1, done.err
    for word in words:
        assert word in done.err
    assert "secret" not in done.err
    assert not list(tmp_path.rglob("*.part"))


USAGE = [
    "nonsense",
    "",
    "score",
    "score --input a",
    "score --input a --output b --workers 0",
    "score --input a --output b --workers -1",
    "run s.toml --workers -2",
    "run s.toml --workers many",
    "cases list --limit -3",
    "cases show one",
    "cases show -1",
    "cases export 1 --format odt -o x",
    "cases takedown 1",
    "cases takedown 1 --ad 2 --all",
    "cases export 1",
    "registry search a --limit 0",
    "registry import f --kind doctors",
    "policy show no_such_code",
    "policy show cure_guarantee --on 31/12/2026",
    "policy show cure_guarantee --on 2026-02-30",
    "evaluate matcher --samples s --out o",
    "--unknown",
]


@pytest.mark.parametrize("command", USAGE)
def test_wrong_usage_is_exit_code_2(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = here(capsys, *command.split())
    assert done.code == 2, done
    assert "Usage" in done.err + done.out
    assert list(tmp_path.iterdir()) == []


def test_a_locked_database_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models.database, "BUSY_TIMEOUT_MS", 50)
    db = f"sqlite:///{tmp_path / 'm.db'}"
    roster = registry_dir(tmp_path / "registry") / "practitioners.csv"
    assert here(capsys, "--db", db, "cases", "list").code == 0
    holder = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path / "m.db")]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        done = here(capsys, "--db", db, "registry", "import", roster)
        other.kill()
    assert (done.code, done.out) == (1, "")
    assert "locked by another program" in done.err
    assert done.err.count("\n") == 1
    assert here(capsys, "--db", db, "registry", "import", roster).code == 0  # nothing was half done


def test_a_full_disk_under_the_database_is_said_so_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--db", f"sqlite:///{tmp_path / 'm.db'}")
    registry = registry_dir(tmp_path / "registry")
    assert here(capsys, *options, "registry", "import", registry / "facilities.csv").code == 0
    rows = "".join(f"Q{n},Lý Văn Mẫu {n},00{n:05d}/HCM-CCHN\n" for n in range(2_000))
    (tmp_path / "practitioners.csv").write_text(f"Mã,Họ và tên,Số CCHN\n{rows}", encoding="utf-8")
    usual = models.database._sqlite_pragmas

    def full(connection: sqlite3.Connection, record: object) -> None:
        usual(connection, record)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    with monkeypatch.context() as patched:
        patched.setattr(models.database, "_sqlite_pragmas", full)
        done = here(capsys, *options, "registry", "import", tmp_path / "practitioners.csv")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "the disk is full" in done.err
    stats = here(capsys, *options, "--json", "registry", "stats").value
    assert stats["records"] == {"facilities": {"suspended": 1, "valid": 1}}
    again = here(capsys, *options, "--json", "registry", "import", tmp_path / "practitioners.csv")
    assert again.value["accepted"] == 2_000


def test_a_second_run_over_the_same_folder_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _file("s.toml", NOTHING)(tmp_path)
    db, data = f"sqlite:///{tmp_path / 'm.db'}", tmp_path / "data"
    with hold(data):
        for verb in ("crawl", "run"):
            done = here(capsys, "--db", db, "--data", data, verb, tmp_path / "s.toml")
            assert (done.code, done.err.count("\n")) == (1, 1)
            assert f"in use by process {os.getpid()}" in done.err
    assert here(capsys, "--db", db, "--data", data, "crawl", tmp_path / "s.toml").code == 0


def test_an_unreachable_host_is_counted_and_the_run_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _file("s.toml", NOTHING)(tmp_path)
    options = ("--db", f"sqlite:///{tmp_path / 'm.db'}", "--data", tmp_path / "data")
    done = here(capsys, *options, "run", tmp_path / "s.toml", "--workers", 1)
    assert done.code == 0
    assert "http://127.0.0.1:9/: không kết nối được tới máy chủ" in done.out
    assert "Connection" not in done.out  # an inspector reads Vietnamese
    again = here(capsys, *options, "--json", "crawl", tmp_path / "s.toml")
    assert again.value["sources"]["a"]["failed"] == 1
    assert again.err == ""


@pytest.mark.slow
def test_a_full_disk_while_crawling_keeps_what_was_captured(tmp_path: Path) -> None:
    pages = {"/": html("Trang chủ", OFFER, links=tuple(f"/{n}" for n in range(30)))}
    pages |= {f"/{n}": html(f"Trang {n}", OFFER, os.urandom(2000).hex()) for n in range(30)}
    with small_site(pages) as site:
        limited = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, -1)); "
        limited += "sys.argv[0] = 'medad'; runpy.run_module('cli', run_name='__main__')"
        source = str(sources_file(tmp_path, site))
        command = [sys.executable, "-c", limited, "--data", "data", "crawl", source]
        full = subprocess.run(  # noqa: S603 - our own program
            command, cwd=tmp_path, capture_output=True, text=True, env=environment(), check=False
        )
        assert (full.returncode, full.stderr.count("\n")) == (1, 1), full.stderr
        assert "space" in full.stderr
        assert medad("--data", "data", "evidence", "verify", folder=tmp_path).code == 0
        done = medad("--data", "data", "--json", "crawl", source, folder=tmp_path)
    assert done.value["sources"]["moc-lan"]["captured"] == 31


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_stops_with_one_line(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "score", "--input", "-", "--output", "out.jsonl", "--workers", "1"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    with process:
        deadline = time.monotonic() + 30
        while not (tmp_path / "out.jsonl.part").exists():  # it is up, and waits for lines
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.Signals[name])
        assert process.stderr is not None
        err = process.stderr.read().decode()
    assert process.returncode == 1
    assert err == "medad: stopped. What was done is kept; run the same command again to continue.\n"
    assert list(tmp_path.iterdir()) == []
