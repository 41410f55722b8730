"""The commands themselves: what they print, how they end."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from command import here

AD = {"id": "1001", "page_name": "Nha khoa Hạt Dẻ", "ad_creative_bodies": ["Cam kết khỏi viêm nha chu."]}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MEDAD_DB", "MEDAD_DATA", "MEDAD_META_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_import_prints_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ads.json").write_text(json.dumps([AD, {}]))
    done = here(capsys, "--json", "import", "ads.json", "--format", "meta-ad-library", "--workers", "1")
    assert done.code == 0, done.err
    told = done.value
    assert (told["new"], told["rejected"], told["errors"]) == (1, 1, str(Path("ads.json.errors.jsonl").resolve()))
    again = here(capsys, "import", "ads.json", "--format", "meta-ad-library", "--workers", "1")
    assert "Tệp này đã được nhập trước đây" in again.out


def test_columns_are_mapped_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("Cột A;Cột B\nCam kết khỏi;Spa\n")
    refused = here(capsys, "import", "a.csv", "--format", "csv", "--workers", "1")
    assert (refused.code, refused.out) == (1, "")
    assert "--map" in refused.err
    columns = ("--map", "text=Cột A", "--map", "advertiser=Cột B")
    done = here(
        capsys, "--json", "import", "a.csv", "--format", "csv", "--workers", "1", *columns, "--source", "so-ttt"
    )
    assert done.value["new"] == 1


def test_an_import_is_signed_where_a_key_was_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert here(capsys, "init").code == 0
    Path("ads.json").write_text(json.dumps([AD]))
    done = here(capsys, "--json", "import", "ads.json", "--format", "meta-ad-library", "--workers", "1")
    assert done.value["manifest"]
    assert here(capsys, "evidence", "verify").code == 0


def test_reports_name_what_was_never_captured(capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.csv").write_text("received_on,content,url\n2026-11-05,Sai sự thật,https://phongkhamla.vn/1\n")
    done = here(capsys, "import", "r.csv", "--format", "citizen-reports", "--urls", "urls.txt")
    assert done.code == 0, done.err
    assert "1 phản ánh mới" in done.out
    assert Path("urls.txt").read_text() == "https://phongkhamla.vn/1\n"
    wrong = here(capsys, "import", "r.csv", "--format", "csv", "--urls", "urls.txt")
    assert wrong.code == 2


def test_a_fetch_needs_a_token_and_never_shows_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = here(capsys, "fetch", "meta-ad-library", "--search", "nám", "-o", "ads.jsonl")
    assert missing.code == 1
    assert "MEDAD_META_TOKEN is not set" in missing.err
    monkeypatch.setenv("MEDAD_META_TOKEN", "EAAof-nobody")

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [AD]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        done = here(
            capsys, "--json", "fetch", "meta-ad-library", "--search", "nám", "-o", "ads.jsonl", "--base-url", base
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert done.code == 0, done.err
    assert (done.value["ads"], done.value["finished"]) == (1, True)
    assert "EAAof-nobody" not in done.out + done.err + Path("ads.jsonl").read_text()
    assert here(capsys, "fetch", "meta-ad-library", "-o", "b.jsonl").code == 1


def test_update_says_that_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "update", "--workers", "1")
    assert done.code == 0, done.err
    assert "Không có gì thay đổi" in done.out
    assert "Chưa có nguồn nào đến hạn" not in done.out
