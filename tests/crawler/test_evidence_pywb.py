"""The WARC files replay in pywb, an independent reader. Skipped where pywb is not installed (it is no dependency)."""

import gzip
import hashlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kept import DAY, SITE, body_of, capture, keep

from crawler.evidence import EvidenceStore
from crawler.signing import make_key
from crawler.wacz import Package, export
from crawler.warc import Exchange

pytest.importorskip("pywb", reason="pywb is not installed")
pytestmark = pytest.mark.slow

BODY = "<html><body><p>Nha khoa Hoa Sen Trắng</p></body></html>".encode()


@contextmanager
def replaying(directory: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from pywb.apps.cli import wayback; sys.exit(wayback())"
    command = [sys.executable, "-c", code, "-p", str(port)]
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own words
        try:
            for _ in range(100):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/proof"
        finally:
            process.terminate()


MANAGE = "import sys; from pywb.manager.manager import main; main(sys.argv[1:])"


def collect(folder: Path, *words: str) -> None:
    for step in (["init", "proof"], ["add", "proof", *words]):
        subprocess.run([sys.executable, "-c", MANAGE, *step], cwd=folder, check=True, capture_output=True)  # noqa: S603 - our own words


def test_an_exported_case_replays(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    first = keep(evidence, "a", "other")
    with EvidenceStore(evidence) as store:
        store.begin("r2", {})
        again = capture(store, "a", DAY + timedelta(days=30), original=first[0])
    key, _ = make_key(tmp_path / "keys")
    package = Package("vu-viec-1", "vụ việc số 1", {first[0]["seq"], again["seq"]}, [])
    export(evidence, package, key, tmp_path / "case.wacz")
    collect(tmp_path, "--unpack-wacz", "case.wacz")
    with replaying(tmp_path) as collection:
        for at in ("20260301083000", "20260331083000"):  # the second is a revisit record
            with urllib.request.urlopen(f"{collection}/{at}id_/{SITE}/a", timeout=20) as answer:  # noqa: S310 - loopback
                assert answer.read() == body_of("a")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{collection}/20260301083000id_/{SITE}/other", timeout=20)  # noqa: S310 - loopback


def test_captures_replay_byte_for_byte(tmp_path: Path) -> None:
    codings = {"plain": BODY, "gzip": gzip.compress(BODY)}
    with EvidenceStore(tmp_path / "evidence") as store:
        store.begin("r1", {})
        for name, body in codings.items():
            url = f"http://clinic.example/{name}"
            headers = (("Content-Type", "text/html"), *((("Content-Encoding", "gzip"),) if name == "gzip" else ()))
            exchange = Exchange(
                url, datetime(2026, 3, 1, tzinfo=UTC), (("Host", "clinic.example"),), 200, headers, body
            )
            store.record({"event": "capture", "url": url, "payload_sha256": hashlib.sha256(body).hexdigest()}, exchange)
    collect(tmp_path, str(next((tmp_path / "evidence").glob("*.warc.gz"))))
    with replaying(tmp_path) as collection:
        for name in codings:
            request = urllib.request.Request(f"{collection}/20260301000000id_/http://clinic.example/{name}")  # noqa: S310 - loopback
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                body = answer.read()
            assert (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body) == BODY
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{collection}/20260301000000id_/http://clinic.example/other", timeout=20)  # noqa: S310
