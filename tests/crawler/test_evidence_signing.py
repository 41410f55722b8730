"""Keys and manifests: made once, checkable with openssl, and nothing can be altered behind a signature."""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from authority import openssl
from kept import deaths, keep

from crawler.attested import trust
from crawler.chain import LOG_NAME, Head, read_log
from crawler.manifest import Manifest, latest, manifests, sign, sign_after
from crawler.merkle import EMPTY, Tree, climb, leaf, proofs, root_of
from crawler.signing import PASSPHRASE, PRIVATE_NAME, PUBLIC_NAME, SigningKey, load_key, load_public, make_key
from crawler.verify import verify
from models.errors import EvidenceError, InputError


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return make_key(tmp_path_factory.mktemp("key"))[0]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    keep(tmp_path / "evidence", "a", "b", "c", "d")
    return tmp_path / "evidence"


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, made = make_key(folder)
    before = (folder / PRIVATE_NAME).read_bytes()
    again, made_again = make_key(folder)
    assert (made, made_again) == (True, False)
    assert again.public == first.public
    assert (folder / PRIVATE_NAME).read_bytes() == before
    assert stat.S_IMODE((folder / PRIVATE_NAME).stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == [PRIVATE_NAME, PUBLIC_NAME]
    der = openssl("pkey", "-pubin", "-in", PUBLIC_NAME, "-outform", "DER", folder=folder)
    assert hashlib.sha256(der).hexdigest() == first.public.fingerprint


def test_a_lost_public_half_comes_back_and_a_strange_one_is_refused(tmp_path: Path, key: SigningKey) -> None:
    mine, _ = make_key(tmp_path)
    (tmp_path / PUBLIC_NAME).unlink()
    assert make_key(tmp_path)[0].public == mine.public
    assert load_public(tmp_path / PUBLIC_NAME).fingerprint == mine.public.fingerprint
    (tmp_path / PUBLIC_NAME).write_bytes(key.public.pem)
    with pytest.raises(InputError, match="not the public half"):
        make_key(tmp_path)


def test_a_passphrase_protects_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "một câu dài")
    made, _ = make_key(tmp_path)
    assert b"ENCRYPTED" in (tmp_path / PRIVATE_NAME).read_bytes()
    opened = load_key(tmp_path)
    assert opened is not None
    assert opened.public == made.public
    monkeypatch.setenv(PASSPHRASE, "một câu khác")
    with pytest.raises(InputError, match="cannot be opened"):
        load_key(tmp_path)
    monkeypatch.delenv(PASSPHRASE)
    with pytest.raises(InputError, match="protected by a passphrase"):
        load_key(tmp_path)


def test_a_key_that_others_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path)
    path = tmp_path / PRIVATE_NAME
    path.chmod(0o644)
    with pytest.raises(InputError, match="other users"):
        load_key(tmp_path)
    path.chmod(0o600)
    openssl("genpkey", "-algorithm", "X25519", "-out", PRIVATE_NAME, folder=tmp_path)
    path.chmod(0o600)
    with pytest.raises(InputError, match="no Ed25519 key"):
        load_key(tmp_path)
    path.write_text("nothing")
    with pytest.raises(InputError, match="cannot be opened"):
        load_key(tmp_path)
    with pytest.raises(InputError, match="no Ed25519 public key"):
        load_public(path)
    assert load_key(tmp_path / "elsewhere") is None


def test_killed_while_the_key_is_made_it_is_whole_or_absent(tmp_path: Path) -> None:
    for step in deaths(lambda: make_key(tmp_path / "keys")):
        found = load_key(tmp_path / "keys")
        made, fresh = make_key(tmp_path / "keys")
        assert fresh == (found is None)
        assert found is None or found.public == made.public
        assert load_public(tmp_path / "keys" / PUBLIC_NAME).fingerprint == made.public.fingerprint
        shutil.rmtree(tmp_path / "keys")
        assert step < 50


# ── the tree over the lines ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_line_climbs_to_the_root_and_no_other_does() -> None:
    hashes = [hashlib.sha256(bytes([number])).hexdigest() for number in range(40)]
    leaves, tree = [leaf(each) for each in hashes], Tree()
    assert tree.root() == root_of([]) == EMPTY
    for size in range(1, 41):
        tree.add(hashes[size - 1])
        root = root_of(leaves[:size])
        assert tree.root() == root
        ways = proofs(leaves[:size], range(size))
        for index, way in ways.items():
            assert climb(hashes[index], index, size, way) == root
            assert climb(hashes[(index + 1) % 40], index, size, way) != root
            assert climb(hashes[index], index, size, [*way, "00" * 32]) == ""
            assert not way or climb(hashes[index], index, size, way[:-1]) != root
    three = hashlib.sha256(b"\x01" + hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest() + leaves[2]).hexdigest()
    assert root_of(leaves[:3]) == three


# ── manifests ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_manifest_states_everything_and_openssl_confirms_it(evidence: Path, key: SigningKey) -> None:
    manifest = sign(evidence, key)
    stated = json.loads(manifest.data)
    lines = (evidence / LOG_NAME).read_bytes().splitlines()
    assert manifest.head == Head(len(lines) - 1, json.loads(lines[-2])["hash"])
    for file in stated["files"]:
        content = (evidence / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert {file["name"] for file in stated["files"]} == {path.name for path in evidence.glob("*.warc.gz")}
    public = f"key-{key.public.fingerprint[:16]}.pem"
    words = ("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", manifest.path.name)
    said = openssl(*words, "-sigfile", manifest.signature_path.name, folder=manifest.path.parent)
    assert b"Verified Successfully" in said
    report = verify(evidence)
    assert (report.problem, report.manifests, report.signatures, report.signed) == ("", 1, 1, manifest.head.seq)
    assert report.keys == (key.public.fingerprint,)


def test_nothing_new_is_not_signed_again_and_a_chain_of_manifests_grows(evidence: Path, key: SigningKey) -> None:
    first = sign(evidence, key)
    assert sign(evidence, key).data == first.data
    keep(evidence, "e", run="r2")
    second = sign(evidence, key)
    assert json.loads(second.data)["previous"] == first.sha256
    assert second.files[: len(first.files)] == first.files
    assert [m.sha256 for m in manifests(evidence)] == [first.sha256, second.sha256]
    assert verify(evidence).manifests == 2


def test_what_is_altered_is_not_signed(evidence: Path, key: SigningKey) -> None:
    path = next(evidence.glob("*-0000.warc.gz"))
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match="not as the log says: it is not signed"):
        sign(evidence, key)
    assert latest(evidence, key.public) is None


def test_a_later_signature_does_not_whitewash(evidence: Path, key: SigningKey) -> None:
    sign(evidence, key)
    path = next(evidence.glob("*-0000.warc.gz"))
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    keep(evidence, "e", run="r2")
    stated = {file.name: file.sha256 for file in sign(evidence, key).files}
    assert stated[path.name] != hashlib.sha256(content).hexdigest()
    assert path.name in verify(evidence).problem or "is broken" in verify(evidence).problem


def _respell(manifest: Manifest) -> None:
    manifest.path.write_bytes(manifest.data.replace(b'"bytes":', b'"bytes":1'))


ALTERATIONS: dict[str, tuple[Callable[[Manifest], object], str]] = {
    "manifest": (_respell, "is not the one in line"),
    "not json": (lambda m: m.path.write_bytes(b"{}"), "not a manifest"),
    "signature": (lambda m: m.signature_path.write_bytes(bytes(64)), "its signature does not hold"),
    "no signature": (lambda m: m.signature_path.unlink(), "its signature does not hold"),
    "no manifest": (lambda m: m.path.unlink(), "cannot be read"),
    "key": (lambda m: next(m.path.parent.glob("key-*")).write_text("x"), "no public key"),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_altered_proofs_are_found(evidence: Path, key: SigningKey, what: str) -> None:
    spoil, words = ALTERATIONS[what]
    manifest = sign(evidence, key)
    (evidence.parent / "keys").mkdir()
    (evidence.parent / "keys" / PUBLIC_NAME).write_bytes(key.public.pem)
    assert verify(evidence).problem == ""
    spoil(manifest)
    assert words in verify(evidence).problem


def test_the_key_that_the_verifier_names_must_have_signed(evidence: Path, key: SigningKey, tmp_path: Path) -> None:
    other, _ = make_key(tmp_path / "other")
    sign(evidence, other)
    assert "not by the key that was given" in verify(evidence, key=_public(tmp_path, key)).problem
    report = verify(evidence, key=tmp_path / "other" / PUBLIC_NAME)
    assert (report.problem, report.given, report.signatures) == ("", True, 1)
    next((evidence / "manifests").glob("key-*")).unlink()
    unknown = verify(evidence)
    assert (unknown.problem, unknown.signatures, unknown.unknown_keys) == ("", 0, (other.public.fingerprint,))
    assert trust(evidence).keys == {}


def _public(folder: Path, key: SigningKey) -> Path:
    path = folder / "given.pem"
    path.write_bytes(key.public.pem)
    return path


def test_a_log_cut_below_a_signed_manifest_is_found(evidence: Path, key: SigningKey) -> None:
    sign(evidence, key)
    lines = (evidence / LOG_NAME).read_bytes().splitlines(keepends=True)
    (evidence / LOG_NAME).write_bytes(b"".join(lines[:-2]))
    assert "The log has no line" in verify(evidence).problem


def test_killed_while_signing_nothing_becomes_invalid(evidence: Path, key: SigningKey, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(evidence, tmp_path / "whole"))
    steps = 0
    for steps in deaths(lambda: sign(evidence, key)):  # noqa: B007 - asserted below
        assert verify(evidence).problem == ""
        manifest = sign(evidence, key)
        report = verify(evidence)
        assert (report.problem, report.signed) == ("", manifest.head.seq)
        logged = [event["name"] for event, _ in read_log(evidence) if event["event"] == "manifest"]
        assert logged == [manifest.name]
        shutil.rmtree(evidence)
        shutil.copytree(whole, evidence)
    assert steps >= 8


def test_crawls_sign_where_a_key_was_made_and_never_fail_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = tmp_path / "evidence"
    assert (sign_after(evidence).manifest, sign_after(evidence).problem, evidence.exists()) == ("", "", False)
    keep(evidence, "a")
    assert sign_after(evidence).manifest == ""
    monkeypatch.setenv(PASSPHRASE, "một câu dài")
    make_key(tmp_path / "keys")
    assert sign_after(evidence).manifest.startswith("manifests/")
    monkeypatch.delenv(PASSPHRASE)
    assert "protected by a passphrase" in sign_after(evidence).problem
    os.truncate(next(evidence.glob("*.warc.gz")), 10)
    assert sign_after(evidence).problem
