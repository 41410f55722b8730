"""Time-stamps, with an authority made of openssl on loopback: what is kept holds, what does not hold is refused."""

import shutil
from pathlib import Path

import pytest
from authority import Authority, make_authority, openssl, serving_stamps
from kept import keep

from crawler import timestamp
from crawler.chain import read_log
from crawler.der import in_order, request_parts
from crawler.manifest import Manifest, covering, sign
from crawler.signing import SigningKey, make_key
from crawler.timestamp import ask, load_roots, read_stamp, request_for, stamp
from crawler.verify import verify
from models.errors import EvidenceError, InputError, MissingPackageError
from pipeline.proof import unchecked

pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed")
if shutil.which("openssl") is None:
    pytest.skip("openssl is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(make_authority(tmp_path_factory.mktemp("tsa") / "a"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("tsa") / "b", "Don vi khac") / "root.pem"


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Manifest, SigningKey]:
    evidence = tmp_path / "evidence"
    keep(evidence, "a", "b")
    key, _ = make_key(tmp_path / "keys")
    return evidence, sign(evidence, key), key


def test_a_manifest_is_stamped_and_checked_offline(
    signed: tuple[Path, Manifest, SigningKey], authority: Authority, stranger: Path
) -> None:
    evidence, manifest, key = signed
    with serving_stamps(authority):
        stated = stamp(evidence, manifest, authority.url, load_roots(authority.root))
        stamp(evidence, manifest, authority.url)
    assert stated.chain
    assert "thu nghiem" in stated.authority
    files = sorted(path.name for path in manifest.path.parent.glob("*.ts?"))
    assert files == [f"{manifest.path.name}.{n}.{kind}" for n in (1, 2) for kind in ("tsq", "tsr")]
    said = openssl("ts", "-verify", "-data", manifest.path, "-in", manifest.path.parent / files[1], "-CAfile",
                   authority.root, folder=authority.folder)  # fmt: skip
    assert b"Verification: OK" in said
    report = verify(evidence, roots=authority.root)
    assert (report.problem, len(report.stamps), all(s.chain for s in report.stamps)) == ("", 2, True)
    untrusting = verify(evidence)
    assert (untrusting.problem, [(s.signature, s.chain) for s in untrusting.stamps]) == ("", [(True, False)] * 2)
    assert "signature does not hold" in verify(evidence, roots=stranger).problem
    assert sign(evidence, key).name == manifest.name  # a time-stamp is nothing new to sign
    assert covering(evidence, key.public, 1) is not None


def test_without_the_package_stamps_are_told_as_not_checked(
    signed: tuple[Path, Manifest, SigningKey], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, manifest, _ = signed
    with serving_stamps(authority):
        stamp(evidence, manifest, authority.url)
    monkeypatch.setattr(timestamp, "available", lambda: False)
    report = verify(evidence)
    assert (report.problem, report.unread_stamps, report.stamps) == ("", 1, ())
    assert any("medad[timestamp]" in line for line in unchecked(report, anchored=True))
    with pytest.raises(MissingPackageError, match="not installed"):
        stamp(evidence, manifest, authority.url)


def test_only_the_hash_is_sent(signed: tuple[Path, Manifest, SigningKey], authority: Authority) -> None:
    evidence, manifest, _ = signed
    with serving_stamps(authority):
        stamp(evidence, manifest, authority.url)
    digest, nonce = request_parts(authority.asked[-1])
    assert digest.hex() == manifest.sha256
    assert nonce is not None
    assert len(authority.asked[-1]) < 100


@pytest.mark.parametrize("ending", [".1.tsr", ".1.tsq"])
@pytest.mark.parametrize("gone", [True, False])
def test_altered_or_lost_stamps_are_found(
    signed: tuple[Path, Manifest, SigningKey], authority: Authority, ending: str, gone: bool
) -> None:
    evidence, manifest, _ = signed
    with serving_stamps(authority):
        stamp(evidence, manifest, authority.url)
    path = manifest.path.with_name(manifest.path.name + ending)
    if gone:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "altered or is missing" in verify(evidence).problem


def test_replies_that_do_not_hold_are_refused_and_not_kept(
    signed: tuple[Path, Manifest, SigningKey], authority: Authority, stranger: Path
) -> None:
    evidence, manifest, _ = signed
    before = [event for event, _ in read_log(evidence)]
    with serving_stamps(authority) as here:
        first, ask_again = (ask(here.url, request_for(data)) for data in (b"something else", manifest.data))
        spoiled = {
            "other data": lambda _: first,
            "another request": lambda _: ask_again,
            "no time-stamp reply": lambda _: b"<html>not found</html>",
            "signature does not hold": lambda reply: reply[:-10] + bytes([reply[-10] ^ 1]) + reply[-9:],
            "too long": lambda reply: reply + bytes(300_000),
        }
        for words, change in spoiled.items():
            here.change = change
            with pytest.raises(InputError, match=words):
                stamp(evidence, manifest, here.url)
        here.change = lambda reply: reply
        with pytest.raises(InputError, match="signature does not hold"):
            stamp(evidence, manifest, here.url, load_roots(stranger))
        here.status = 503
        with pytest.raises(InputError, match="answered 503"):
            stamp(evidence, manifest, here.url)
        here.status = 200
    with pytest.raises(InputError, match="gave no time-stamp"):
        stamp(evidence, manifest, authority.url)
    for wrong in ("ftp://127.0.0.1/x", "file:///etc/passwd", "no address"):
        with pytest.raises(InputError, match="no address of"):
            ask(wrong, b"")
    assert [event for event, _ in read_log(evidence)] == before
    assert list(manifest.path.parent.glob("*.ts?")) == []


def test_a_refusal_says_why(authority: Authority) -> None:
    with serving_stamps(authority) as here:
        request = request_for(b"x").replace(bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040202"))
        reply = here.answer(request)
    with pytest.raises(EvidenceError, match="the authority refused"):
        read_stamp(reply, b"x")


def test_a_stamp_without_a_root_is_told_as_such(authority: Authority) -> None:
    with serving_stamps(authority) as here:
        request = request_for(b"x")
        reply = here.answer(request)
    config = (here.folder / "tsa.cnf").read_text()
    (here.folder / "lone.cnf").write_text(config.replace(f"certs = {here.folder}/root.pem\n", ""))
    (here.folder / "x.tsq").write_bytes(request)
    openssl("ts", "-reply", "-config", "lone.cnf", "-queryfile", "x.tsq", "-out", "x.tsr", folder=here.folder)
    lone = (here.folder / "x.tsr").read_bytes()
    assert len(lone) < len(reply)
    assert read_stamp(lone, b"x", request, load_roots(here.root)).chain
    assert read_stamp(lone, b"x", request).chain is False


def test_hostile_bytes_are_no_reply() -> None:
    for data in (b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x30\x01\x00" * 50, bytes(1000)):
        assert in_order(data) == data
        with pytest.raises(ValueError, match=r"."):
            request_parts(data)
        with pytest.raises(EvidenceError):
            read_stamp(data, b"x")


def test_certificates_are_read_or_refused(tmp_path: Path, authority: Authority) -> None:
    assert len(load_roots(authority.root)) == 1
    (tmp_path / "none.pem").write_text("none")
    with pytest.raises(InputError, match="holds no certificates"):
        load_roots(tmp_path / "none.pem")
    with pytest.raises(InputError, match="cannot be read"):
        load_roots(tmp_path / "absent.pem")
