"""A case as WACZ: it validates with py-wacz, its own checker and openssl agree, and whatever is altered is found."""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from authority import openssl
from kept import DAY, SITE, body_of, capture, keep
from warcio.archiveiterator import ArchiveIterator

from crawler import wacz_check
from crawler.cdx import surt
from crawler.evidence import EvidenceStore
from crawler.manifest import sign
from crawler.prune import Cited, prune
from crawler.signing import SigningKey, make_key
from crawler.tombstones import Order
from crawler.wacz import Exported, Package, PageEntry, export
from models.errors import EvidenceError


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return make_key(tmp_path_factory.mktemp("key"))[0]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: a redirect to a page, a page that is unchanged later, pictures, pages of others."""
    directory = tmp_path_factory.mktemp("kept") / "evidence"
    first = keep(directory, "a", "other", "b", part_bytes=3_000)
    with EvidenceStore(directory) as store:
        store.begin("r2", {})
        capture(store, "short", role="redirect", redirect_to=f"{SITE}/c")
        page = capture(store, "c", via=[f"{SITE}/short"])
        capture(store, "shot-of-c", role="screenshot", about=page["url"], of=page["seq"])
        capture(store, "a", original=first[0])
        capture(store, "secret")
        store.append({"event": "failed", "url": f"{SITE}/b", "source": "s", "role": "page", "outcome": "failed"})
    return directory


def seqs(evidence: Path, *names: str) -> frozenset[int]:
    rows = map(json.loads, (evidence / "log.jsonl").read_text().splitlines())
    return frozenset(row["seq"] for row in rows if row.get("url") in {f"{SITE}/{name}" for name in names})


def write(evidence: Path, key: SigningKey, folder: Path, *names: str) -> tuple[Path, Exported]:
    pages = [PageEntry(f"{SITE}/{name}", f"Trang {name}", DAY) for name in names]
    package = Package("vu-viec-7", "vụ việc số 7 (Phòng khám Mộc Lan Trắng)", seqs(evidence, *names), pages)
    return folder / "case.wacz", export(evidence, package, key, folder / "case.wacz")


@pytest.fixture(scope="module")
def package(evidence: Path, key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(evidence, key, tmp_path_factory.mktemp("out"), "a", "b", "c")[0]


def unpacked(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as file:
        file.extractall(folder)
    return folder


def test_it_holds_the_records_of_the_case_byte_for_byte_and_no_others(package: Path) -> None:
    with zipfile.ZipFile(package) as file:
        warc = file.read("archive/vu-viec-7.warc.gz")
        lines = file.read("proof/log-lines.jsonl").decode()
        assert file.getinfo("archive/vu-viec-7.warc.gz").compress_type == zipfile.ZIP_STORED
    found = []
    for record in ArchiveIterator(io.BytesIO(warc), check_digests="raise"):
        url = record.rec_headers.get_header("WARC-Target-URI") or ""
        found.append((record.rec_type, url.removeprefix(SITE)))
        if record.rec_type == "response":
            assert record.content_stream().read() == body_of(url.rsplit("/", 1)[1])
    wanted = [("response", f"/{name}") for name in ("a", "b", "c", "short", "shot-of-c")] + [("revisit", "/a")]
    assert sorted(each for each in found if each[0] in ("response", "revisit")) == wanted
    assert [kind for kind, _ in found].count("request") == 6
    assert "secret" not in lines
    assert "/other" not in lines
    assert '"event":"failed"' in lines


def by(module: str, code: str, *words: object) -> "subprocess.CompletedProcess[bytes]":
    """Run another project's tool in a process of its own (it leaves files open, and warns); skip where it is not."""
    pytest.importorskip(module, reason=f"{module} is not installed")
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own words


VALIDATE = "import sys; from wacz.main import main; print([main(['validate', '-f', p]) for p in sys.argv[1:]])"
INDEX = (
    "import sys; from cdxj_indexer.main import CDXJIndexer as C; C(sys.stdout, sys.argv[1:], sort=True).process_all()"
)


def test_py_wacz_finds_it_valid_and_would_find_an_altered_one(package: Path, tmp_path: Path) -> None:
    altered = rewritten(package, tmp_path / "altered.wacz", "archive/vu-viec-7.warc.gz", lambda data: data + b"x")
    said = by("wacz", VALIDATE, package, altered).stdout.decode()
    assert "the passed WACZ is valid" in said
    assert said.endswith("[0, 1]\n")


def test_the_index_is_the_one_that_others_make(package: Path, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path)
    done = by("cdxj_indexer", INDEX, folder / "archive" / "vu-viec-7.warc.gz")
    theirs = [_index_row(line) for line in done.stdout.decode().splitlines()]
    mine = [_index_row(line) for line in (folder / "indexes" / "index.cdx").read_text().splitlines()]
    assert mine == theirs
    assert len(mine) == 6


def _index_row(line: str) -> tuple[str, str, dict[str, str]]:
    key, at, fields = line.split(" ", 2)
    row = json.loads(fields)
    return key, at, {name: row[name] for name in ("url", "mime", "length", "offset", "filename")}


@pytest.mark.parametrize(
    "url",
    [
        "http://moclan.example/a/../b/./c?x=1&a=",
        "http://moclan.example/a?sid=00112233445566778899AABBCCDDEEFF&b=1",
        "http://phòngkhám.example./á?á=é&a&b=2&b=1",
        "http://www.moclan.example/",
        "https://Moclan.Example:443/Tri-Nam/?b=2&a=1#x",
        "http://moclan.example:8080/a//b/",
        "http://moclan.example/tr%E1%BB%8B-n%C3%A1m?q=%C3%A1&p=",
        "http://127.0.0.1:8801/kham/",
        "http://moclan.example/a?",
        "http://www2.moclan.example/A%2520B",
    ],
)
def test_keys_of_addresses_are_those_of_web_archives(url: str) -> None:
    theirs: Any = pytest.importorskip("surt", reason="surt is not installed")
    assert surt(url) == theirs.surt(url)


def test_the_checker_that_travels_with_it_agrees_on_any_python(package: Path, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path)
    script = folder / "proof" / "kiem_tra.py"
    assert script.read_bytes() == Path(wacz_check.__file__).read_bytes()
    words = [sys.executable, "-I", "-S", str(script), str(package)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert "đều thuộc bản kê đã ký" in done.stdout.decode()


def rewritten(package: Path, target: Path, name: str, change: Callable[[bytes], bytes], *, follow: int = 0) -> Path:
    """Copy a package with one file changed; ``follow`` > 0 mends the hashes above it, as a forger would."""
    with zipfile.ZipFile(package) as old:
        files = {info.filename: old.read(info) for info in old.infolist()}
    files[name] = change(files[name])
    if follow:
        described = json.loads(files["datapackage.json"])
        for resource in described["resources"]:
            resource["hash"] = "sha256:" + hashlib.sha256(files[resource["path"]]).hexdigest()
        files["datapackage.json"] = json.dumps(described).encode()
        digest = json.loads(files["datapackage-digest.json"])
        digest["hash"] = "sha256:" + hashlib.sha256(files["datapackage.json"]).hexdigest()
        files["datapackage-digest.json"] = json.dumps(digest).encode()
    with zipfile.ZipFile(target, "w") as new:
        for each, data in files.items():
            new.writestr(each, data)
    return target


FORGERIES: dict[str, tuple[str, Callable[[bytes], bytes], int, str]] = {
    "a file": ("pages/pages.jsonl", lambda data: data + b"{}\n", 0, "pages.jsonl đã bị sửa"),
    "a record": ("archive/vu-viec-7.warc.gz", lambda d: d[:700] + bytes([d[700] ^ 1]) + d[701:], 1, "đã bị sửa"),
    "a further record": ("archive/vu-viec-7.warc.gz", lambda data: data + b"x", 1, "phần thừa"),
    "a line": (
        "proof/log-lines.jsonl",
        lambda data: data.replace(b'"status":200', b'"status":201', 1),
        1,
        "dòng nhật ký",
    ),
    "the manifest": ("proof/manifest.json", lambda d: d.replace(b'"tree":"', b'"tree":"0'), 1, "không thuộc nhật ký"),
    "a way": ("proof/inclusion.jsonl", lambda data: data.replace(b'"path": ["', b'"path": ["00'), 1, "không thuộc"),
    "a way less": ("proof/inclusion.jsonl", lambda data: data.split(b"\n", 1)[1], 1, "thừa hoặc thiếu"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_the_checker_finds_what_was_forged(
    package: Path, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, change, follow, words = FORGERIES[what]
    forged = rewritten(package, tmp_path / "forged.wacz", name, change, follow=follow)
    assert wacz_check.main(str(forged)) == 1
    said = capsys.readouterr().out
    assert said.startswith("KHÔNG HỢP LỆ")
    assert words in said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_confirms_both_signatures_as_the_guide_says(package: Path, tmp_path: Path, key: SigningKey) -> None:
    proof = unpacked(package, tmp_path) / "proof"
    guide = (proof / "HUONG-DAN-KIEM-TRA.txt").read_text(encoding="utf-8")
    assert key.public.fingerprint in guide
    assert "vụ việc số 7 (Phòng khám Mộc Lan Trắng)" in guide
    assert max(map(len, guide.splitlines())) <= 90
    check = ("pkeyutl", "-verify", "-pubin", "-inkey", "public-key.pem", "-rawin")
    signed = openssl(*check, "-in", "manifest.json", "-sigfile", "manifest.json.sig", folder=proof)
    assert b"Verified Successfully" in signed
    digest = json.loads((proof.parent / "datapackage-digest.json").read_text())
    (proof / "h").write_text(digest["hash"])
    (proof / "s").write_bytes(base64.b64decode(digest["signedData"]["signature"]))
    assert b"Verified Successfully" in openssl(*check, "-in", "h", "-sigfile", "s", folder=proof)


def test_an_older_manifest_proves_it_where_it_covers_the_lines(evidence: Path, key: SigningKey, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(evidence, tmp_path / "evidence"))
    name = sign(copy, key).name
    keep(copy, "later", run="r3")
    _, done = write(copy, key, tmp_path, "a")
    assert done.manifest == name
    _, later = write(copy, key, tmp_path, "later")
    assert later.manifest > name


def test_removed_records_travel_as_tombstones(evidence: Path, key: SigningKey, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(evidence, tmp_path / "evidence"))
    order = Order("2026-06-01", "an", "hết thời hạn lưu giữ", "2026-11-24T03:00:00+00:00")
    prune(copy, datetime(2026, 6, 1, tzinfo=UTC), Cited(frozenset(), {f"{SITE}/c"}, 10**9), order, key)
    path, done = write(copy, key, tmp_path, "a", "c")
    assert done.removed == 1
    assert wacz_check.main(str(path)) == 0
    with zipfile.ZipFile(path) as package:
        assert "1 bản ghi đã được xóa nội dung" in package.read("proof/HUONG-DAN-KIEM-TRA.txt").decode()


def test_what_was_altered_is_not_exported_and_no_half_file_stays(
    evidence: Path, key: SigningKey, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(evidence, tmp_path / "evidence"))
    sign(copy, key)
    path = next(copy.glob("r2-*.warc.gz"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (tmp_path / "case.wacz").write_text("the one before")
    with pytest.raises(EvidenceError, match="was altered"):
        write(copy, key, tmp_path, "c", "short", "secret", "a")
    assert (tmp_path / "case.wacz").read_text() == "the one before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["case.wacz", "evidence"]
    with pytest.raises(EvidenceError, match="The log has no line"):
        export(copy, Package("x", "x", frozenset({9_999}), []), key, tmp_path / "x.wacz")
