"""``medad init`` and ``medad evidence …`` as a user types them."""

import json
from pathlib import Path

import pytest
from command import here
from kept import keep


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDAD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEDAD_DB", f"sqlite:///{tmp_path / 'medad.db'}")
    monkeypatch.setenv("MEDAD_USER", "thanh-tra-an")
    monkeypatch.delenv("MEDAD_KEY_PASSPHRASE", raising=False)
    return tmp_path


def test_from_init_to_a_verified_signature(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = here(capsys, "--json", "init").value
    again = here(capsys, "--json", "init").value
    assert (first["made"], again["made"]) == (True, False)
    assert first["fingerprint"] == again["fingerprint"]
    assert "Vân tay SHA-256" in here(capsys, "init").out
    keep(folder / "data" / "evidence", "a", "b")
    unsigned = here(capsys, "evidence", "verify").out
    assert "Chưa có bản kê ký số" in unsigned
    signed = here(capsys, "--json", "evidence", "sign").value
    assert (signed["files"], signed["key"]) == (1, first["fingerprint"])
    key = folder / "data" / "keys" / "signing.pub.pem"
    report = here(capsys, "--json", "evidence", "verify", "--key", key).value
    assert (report["signatures"], report["given"], report["anchored"]) == (1, True, False)
    said = here(capsys, "evidence", "verify", "--key", key).out
    assert "Đã kiểm tra:" in said
    assert "Chưa có dấu thời gian của bên thứ ba" in said
    assert "--key" not in said
    assert "chưa có chữ ký hợp lệ" not in said
    keep(folder / "data" / "evidence", "c", run="r2")
    assert "từ dòng 6 đến dòng 10 chưa có chữ ký hợp lệ" in here(capsys, "evidence", "verify").out
    assert "--key" in here(capsys, "evidence", "verify").out


def test_what_cannot_be_done_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("evidence", "verify"),
        ("evidence", "sign"),
        ("evidence", "timestamp", "--url", "http://127.0.0.1:9/"),
        ("evidence", "export", 1, "-o", folder / "x.wacz"),
    ):
        done = here(capsys, *words)
        assert done.code == 1, words
        assert done.err.startswith("medad: there is no evidence in"), words
    keep(folder / "data" / "evidence", "a")
    done = here(capsys, "evidence", "sign")
    assert (done.code, done.err) == (1, f"medad: there is no signing key in {folder / 'data'}. Make one: medad init\n")
    assert here(capsys, "evidence", "prune", "--before", "soon").code == 2
    lost = here(capsys, "evidence", "verify", "--key", folder / "none.pem")
    assert lost.code == 1
    assert "cannot be read" in lost.err


def test_altered_evidence_ends_with_the_first_broken_record(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here(capsys, "init")
    keep(folder / "data" / "evidence", "a")
    here(capsys, "evidence", "sign")
    manifest = next((folder / "data" / "evidence" / "manifests").glob("*.json"))
    manifest.write_bytes(manifest.read_bytes().replace(b"MedAdWatch", b"medadwatch"))
    done = here(capsys, "--json", "evidence", "verify")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("medad: manifests/")
    assert "was altered" in done.err


def test_pruning_is_counted_first_and_recorded_then(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here(capsys, "init")
    keep(folder / "data" / "evidence", "a")
    counted = here(capsys, "--json", "evidence", "prune", "--before", "2026-06-01", "--dry-run").value
    assert (counted["removed"], counted["kept_unknown"], counted["dry_run"]) == (0, 1, True)
    assert here(capsys, "--json", "evidence", "access").value == []
    done = here(capsys, "evidence", "prune", "--before", "2026-06-01", "--reason", "thử")
    assert "chưa được nhập vào cơ sở dữ liệu" in done.out
    (row,) = here(capsys, "--json", "evidence", "access").value
    assert (row["who"], row["action"], row["details"]["reason"]) == ("thanh-tra-an", "evidence_prune", "thử")
    assert json.loads(here(capsys, "--json", "evidence", "access", "--case", 1).out) == []
    assert "xóa nội dung theo thời hạn lưu giữ" in here(capsys, "evidence", "access").out


def test_an_import_ends_with_a_signature_where_a_key_was_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ads = folder / "ads.jsonl"
    ads.write_text(
        json.dumps({"id": "1", "text": "Phòng khám Mộc Lan Trắng khám da liễu.", "url": "http://a.example/"})
    )
    words = ("--json", "import", ads, "--format", "jsonl", "--workers", 1)
    assert here(capsys, *words).code == 0
    assert not (folder / "data" / "evidence" / "manifests").exists()
    here(capsys, "init")
    ads.write_text(ads.read_text().replace("da liễu", "da"))
    assert here(capsys, *words).code == 0
    report = here(capsys, "--json", "evidence", "verify").value
    assert (report["manifests"], report["signed"], report["anchored"]) == (1, report["lines"] - 1, True)
    (folder / "data" / "keys" / "signing.pem").chmod(0o644)
    ads.write_text(ads.read_text().replace("khám da", "khám"))
    done = here(capsys, *words)
    assert done.code == 0
    assert "The evidence was not signed" in done.err
