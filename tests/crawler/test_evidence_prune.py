"""Retention: old bodies go, what is cited or young stays, and the chain is as checkable as before."""

import gzip
import hashlib
import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import DAY, SITE, body_of, capture, deaths, keep
from warcio.archiveiterator import ArchiveIterator

from crawler.captures import read_captures
from crawler.chain import LOG_NAME, Head, read_log, sealed
from crawler.evidence import EvidenceStore
from crawler.history import History
from crawler.ledger import Ledger
from crawler.manifest import sign
from crawler.prune import Cited, PruneReport, choose, prune
from crawler.signing import SigningKey, make_key
from crawler.tombstones import Order, tombstone
from crawler.verify import verify
from models.errors import EvidenceError

ORDER = Order("2026-06-01", "thanh-tra-an", "hết thời hạn lưu giữ", "2026-11-24T03:00:00+00:00")
BEFORE = datetime(2026, 6, 1, tzinfo=UTC)
YOUNG = datetime(2026, 9, 1, tzinfo=UTC)
RID = "<urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8>"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return make_key(tmp_path_factory.mktemp("key"))[0]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    keep(tmp_path / "evidence", "a", "b", "c", "d")
    return tmp_path / "evidence"


def nothing_cited() -> Cited:
    return Cited(frozenset(), frozenset(), 10**9)


def pruned(evidence: Path, key: SigningKey, cited: Cited | None = None) -> PruneReport:
    return prune(evidence, BEFORE, cited or nothing_cited(), ORDER, key)


# ── tombstones ──────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.integers(0, 3_000), st.integers(65_000, 67_000), st.integers(130_000, 133_000)))
def test_a_tombstone_is_a_record_of_exactly_the_wanted_length(length: int) -> None:
    stone = tombstone(RID, "ab" * 32, ORDER, length)
    if stone is None:
        assert length < 400
        return
    assert len(stone) == length
    assert gzip.decompress(stone).startswith(b"WARC/1.1\r\nWARC-Type: metadata\r\n")
    records = list(_records(stone + stone))
    assert [(kind, refers) for kind, refers, _ in records] == [("metadata", RID)] * 2
    assert length < 2_000 or f"SHA-256 of the removed record: {'ab' * 32}".encode() in records[0][2]


def _records(data: bytes) -> list[tuple[str, str, bytes]]:
    return [
        (record.rec_type, record.rec_headers.get_header("WARC-Refers-To"), record.raw_stream.read())
        for record in ArchiveIterator(io.BytesIO(data))
    ]


# ── what goes and what stays ────────────────────────────────────────────────────────────────────────────────────────


def test_old_bodies_go_and_everything_still_verifies(evidence: Path, key: SigningKey) -> None:
    sign(evidence, key)
    before = {path.name: path.stat().st_size for path in evidence.glob("*.warc.gz")}
    report = pruned(evidence, key, Cited(frozenset(), {f"{SITE}/b"}, 10**9))
    assert (report.removed, report.kept_cited, report.kept_young, report.kept_small) == (3, 1, 0, 0)
    bodies = {capture.url: capture.body for capture in read_captures(evidence)}
    assert bodies == {f"{SITE}/{name}": body_of(name) if name == "b" else b"" for name in "abcd"}
    for name in "acd":
        assert body_of(name) not in b"".join(_everything(evidence))
    assert {path.name: path.stat().st_size for path in evidence.glob("*.warc.gz")} == before
    seen = verify(evidence)
    assert (seen.problem, seen.tombstones, seen.pending, seen.superseded) == ("", 3, 0, len(before))
    sign(evidence, key)
    assert verify(evidence).problem == ""
    assert pruned(evidence, key, Cited(frozenset(), {f"{SITE}/b"}, 10**9)).removed == 0


def _everything(evidence: Path) -> list[bytes]:
    return [record for path in evidence.glob("*.warc.gz") for _, _, record in _records(path.read_bytes())]


def test_other_readers_pass_over_tombstones(evidence: Path, key: SigningKey) -> None:
    pruned(evidence, key)
    kinds = []
    for path in sorted(evidence.glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                record.content_stream().read()
                kinds.append(record.rec_type)
    assert kinds.count("metadata") == kinds.count("request") == 4
    assert "response" not in kinds


def test_a_body_seen_again_later_stays_and_so_does_what_a_cited_repeat_rests_on(
    tmp_path: Path, key: SigningKey
) -> None:
    evidence = tmp_path / "evidence"
    first = keep(evidence, "a", "b", "c", "d")
    with EvidenceStore(evidence) as store:
        store.begin("r2", {})
        capture(store, "a", YOUNG, original=first[0])
        repeated = capture(store, "b", DAY + timedelta(days=1), original=first[1])
        store.append({**_reading(first[2]), "at": YOUNG.isoformat()})
    gone, report = choose(evidence, BEFORE, Cited({repeated["seq"]}, frozenset(), 10**9))
    assert [body.url for body in gone] == [f"{SITE}/d"]
    assert (report.kept_young, report.kept_cited) == (2, 1)


def _reading(page: dict[str, Any]) -> dict[str, Any]:
    """Return an event that has no record of its own and rests on that of ``page``."""
    return {"event": "reading", "role": "reading", "url": f"urn:reading:{page['url']}", "about": page["url"],
            "of": page["seq"], "refers": page}  # fmt: skip


def test_redirects_to_what_is_cited_pictures_of_it_and_what_no_database_knows_stay(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    with EvidenceStore(evidence) as store:
        store.begin("r1", {})
        capture(store, "short", role="redirect", redirect_to=f"{SITE}/a")
        capture(store, "a", via=[f"{SITE}/short"])
        capture(store, "shot", role="screenshot", about=f"{SITE}/a")
        capture(store, "shot2", role="screenshot", of=3)
        other = capture(store, "b")
        capture(store, "c")
    gone, report = choose(evidence, BEFORE, Cited({3}, {f"{SITE}/a"}, other["seq"]))
    assert [body.url for body in gone] == [f"{SITE}/b"]
    assert (report.kept_cited, report.kept_unknown) == (4, 1)
    assert choose(evidence, datetime(2026, 2, 1, tzinfo=UTC), nothing_cited())[1].kept_young == 6


def test_what_was_altered_is_not_removed(evidence: Path, key: SigningKey) -> None:
    path = next(evidence.glob("*-0000.warc.gz"))
    content = bytearray(path.read_bytes())
    content[800] ^= 1
    path.write_bytes(content)
    lines = (evidence / LOG_NAME).read_bytes()
    with pytest.raises(EvidenceError, match="was altered"):
        pruned(evidence, key)
    assert (evidence / LOG_NAME).read_bytes() == lines


def test_a_later_crawl_does_not_refer_to_what_is_gone(evidence: Path, key: SigningKey) -> None:
    pruned(evidence, key, Cited(frozenset(), {f"{SITE}/b"}, 10**9))
    history = History()
    for event, _ in read_log(evidence):
        history.observe(event)
    assert [url for _, url in history.known] == [f"{SITE}/b"]


# ── nobody else can remove, and nothing can hide behind a removal ───────────────────────────────────────────────────


def test_a_removal_without_the_signature_is_found(evidence: Path, key: SigningKey, tmp_path: Path) -> None:
    sign(evidence, key)
    stranger, _ = make_key(tmp_path / "stranger")
    other = Path(shutil.copytree(evidence, tmp_path / "other"))
    pruned(other, stranger)
    public = tmp_path / "mine.pem"
    public.write_bytes(key.public.pem)
    assert "not by the key that was given" in verify(other, key=public).problem
    forged = other / LOG_NAME
    forged.write_bytes(_resigned(forged.read_bytes(), stranger, key))
    assert "its signature does not hold" in verify(other, key=public).problem


def _resigned(log: bytes, stranger: SigningKey, key: SigningKey) -> bytes:
    """Return a log whose last line claims to be signed by ``key``, chained anew as anybody can."""
    *rest, last = log.splitlines(keepends=True)
    event = json.loads(last)
    head = Head(event["seq"] - 1, event["prev"])
    body = {name: value for name, value in event.items() if name not in ("prev", "hash", "seq")}
    line, _ = sealed(body | {"key": key.public.fingerprint}, head)
    return b"".join([*rest, line])


def test_other_bytes_in_the_place_of_a_removed_record_are_found(evidence: Path, key: SigningKey) -> None:
    pruned(evidence, key)
    event = next(event for event, _ in read_log(evidence) if event["event"] == "pruned")
    record = event["records"][0]
    path = evidence / record["warc"]
    content = bytearray(path.read_bytes())
    content[record["offset"] + record["length"] - 12] ^= 1
    path.write_bytes(content)
    assert "neither what was kept nor the tombstone" in verify(evidence).problem
    with pytest.raises(EvidenceError, match="neither what was kept nor its tombstone"):
        pruned(evidence, key)


# ── killed at any moment ────────────────────────────────────────────────────────────────────────────────────────────


def test_killed_while_pruning_nothing_becomes_invalid_and_the_next_call_finishes(
    evidence: Path, key: SigningKey, tmp_path: Path
) -> None:
    sign(evidence, key)
    whole = Path(shutil.copytree(evidence, tmp_path / "whole"))
    seen: set[tuple[int, int]] = set()
    for step in deaths(lambda: pruned(evidence, key)):
        report = verify(evidence)
        assert report.problem == "", step
        seen.add((report.tombstones, report.pending))
        if step % 2:
            pruned(evidence, key)
        else:
            sign(evidence, key)  # signing finishes it as well
        mended = verify(evidence)
        assert (mended.problem, mended.pending, mended.leftovers) == ("", 0, ()), step
        assert mended.tombstones == (4 if step % 2 or report.tombstones + report.pending else 0)
        shutil.rmtree(evidence)
        shutil.copytree(whole, evidence)
    assert {(0, 0), (0, 4)} < seen
    assert any(done and pending for done, pending in seen), "killed between two files"


def test_a_signature_after_an_unfinished_removal_states_the_files_as_they_then_are(
    evidence: Path, key: SigningKey
) -> None:
    sign(evidence, key)
    assert any(verify(evidence).pending for _ in deaths(lambda: pruned(evidence, key)))
    stated = {file.name: file.sha256 for file in sign(evidence, key).files}
    for name, digest in stated.items():
        assert hashlib.sha256((evidence / name).read_bytes()).hexdigest() == digest
    ledger = Ledger()
    for event, _ in read_log(evidence):
        ledger.observe(event)
    assert ledger.settle(evidence) == 0
