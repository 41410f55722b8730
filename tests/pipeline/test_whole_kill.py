"""`medad run` killed at random moments, or asked to stop: it goes on where it stood, and loses and repeats nothing."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import environment, medad
from small_site import GUARANTEE, OFFER, SmallSite, html, registry_dir, small_site, sources_file
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.database import open_database
from models.vocabulary import Outcome

pytestmark = pytest.mark.slow

PAGES = 16
KILLS = 6


def _pages() -> dict[str, str]:
    front = html("Phòng khám Da liễu Mộc Lan Trắng", OFFER, links=tuple(f"/{n}" for n in range(PAGES - 1)))
    text = "Phòng khám tốt nhất Việt Nam, số 1 về điều trị mụn."
    return {"/": front} | {
        f"/{n}": html(f"Dịch vụ {n} của Phòng khám", GUARANTEE if n % 3 else text, OFFER, f"Gói số {n}.")
        for n in range(PAGES - 1)
    }


def _command(folder: Path, site: SmallSite, db: str) -> list[str]:
    source = sources_file(folder, site)
    return [
        sys.executable,
        "-m",
        "cli",
        "--db",
        db,
        "--data",
        str(folder / "data"),
        "run",
        str(source),
        "--workers",
        "2",
    ]


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())  # noqa: S603


def _prepared(folder: Path, db: str) -> Path:
    folder.mkdir(exist_ok=True)
    registry = registry_dir(folder / "registry")
    for kind in ("practitioners", "facilities"):
        assert medad("--db", db, "registry", "import", registry / f"{kind}.csv", folder=folder).code == 0
    return folder


def _world(engine: Engine) -> dict[str, list[Any]]:
    """Return what a run leaves behind, without its moments and numbers; a list, so that a duplicate shows."""
    with Session(engine) as opened:
        urls = {ad.id: (ad.url, ad.text_sha256) for ad in opened.exec(select(tables.Advertisement))}
        subjects = {case.id: case.subject for case in opened.exec(select(tables.Case))}
        captures = [c.url for c in opened.exec(select(tables.Capture)) if c.outcome is Outcome.CAPTURED]
        return {
            "captures": sorted(captures),
            "advertisements": sorted(urls.values()),
            "assessments": sorted(
                (urls[a.advertisement_id], a.version, a.risk) for a in opened.exec(select(tables.Assessment))
            ),
            "findings": sorted(
                (urls[f.advertisement_id], f.stage, f.version, f.code, f.start_at, f.quote)
                for f in opened.exec(select(tables.Finding))
            ),
            "answers": sorted(
                (urls[a.advertisement_id], a.query_id) for a in opened.exec(select(tables.RegistryAnswer))
            ),
            "mentions": sorted(
                (urls[m.advertisement_id], m.start_at, m.kind) for m in opened.exec(select(tables.Mention))
            ),
            "stages": sorted(
                (urls[s.advertisement_id], s.stage, s.version) for s in opened.exec(select(tables.StageResult))
            ),
            "cases": sorted(subjects.values()),
            "links": sorted(
                (subjects[link.case_id], urls[link.advertisement_id]) for link in opened.exec(select(tables.CaseLink))
            ),
        }


def test_killed_at_random_moments_it_ends_as_if_undisturbed(db_url: str, tmp_path: Path) -> None:
    draw = random.Random(20261124)  # noqa: S311 - repeatable moments
    with small_site(_pages(), pause=0.05) as site:
        calm = f"sqlite:///{tmp_path / 'calm.db'}"
        started = time.monotonic()
        process = _start(_command(_prepared(tmp_path / "calm", calm), site, calm))
        assert process.communicate()[1] == b""
        length = time.monotonic() - started
        command = _command(_prepared(tmp_path / "killed", db_url), site, db_url)
        killed = 0
        while killed < KILLS:
            process = _start(command)
            time.sleep(draw.uniform(0.1, 0.7) * length)
            killed += process.poll() is None  # one that had ended already was no kill
            process.kill()
            process.communicate()
        done = _start(command)
        out, err = done.communicate()
        assert (done.returncode, err) == (0, b"")
        again = _start(command)
        assert "Không có gì thay đổi so với lần chạy trước." in again.communicate()[0].decode()
    assert out
    worlds = []
    for url in (calm, db_url):
        engine = open_database(url)
        worlds.append(_world(engine))
        engine.dispose()
    undisturbed, disturbed = worlds
    assert len(undisturbed["captures"]) == PAGES
    assert undisturbed["findings"]
    for name, rows in undisturbed.items():
        assert disturbed[name] == rows, name
    verified = medad("--db", db_url, "--data", tmp_path / "killed" / "data", "evidence", "verify", folder=tmp_path)
    assert verified.code == 0


def test_sigterm_stops_cleanly_and_the_next_run_continues(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'm.db'}"
    options = ("--db", db, "--data", tmp_path / "data")
    with small_site(_pages(), pause=0.2) as site:
        command = _command(tmp_path, site, db)
        process = _start(command)
        log = tmp_path / "data" / "evidence" / "log.jsonl"
        _until(lambda: log.is_file() and log.read_bytes().count(b'"captured"') >= 3)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        assert process.returncode == 1
        assert err.decode() == (
            "medad: the run was interrupted; what was done is kept. Run the same command again to continue.\n"
        )
        assert "Đã dừng giữa chừng" in out.decode()
        site.pause = 0.0
        ended = medad(*options, "--json", "run", tmp_path / "sources.toml", "--workers", 1, folder=tmp_path)
    assert ended.value["run"] in out.decode()  # the same run, continued
    assert ended.value["sources"]["moc-lan"]["captured"] == PAGES
    engine = open_database(db)  # the database follows the crawl: the run that was stopped had stored some already
    try:
        assert len(_world(engine)["advertisements"]) == PAGES
    finally:
        engine.dispose()


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pipeline.runner import executor\n"
        "import os\n"
        "if __name__ == '__main__':\n"
        "    with executor(2) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True)\n"
        "        time.sleep(60)\n"
    )
    (tmp_path / "parent.py").write_text(script, encoding="utf-8")
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, env=environment()
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert _alive(worker)
    parent.kill()
    parent.communicate()
    _until(lambda: not _alive(worker))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _until(reached: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.03)
