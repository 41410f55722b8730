"""The evidence by itself: whatever is altered is found, whatever a crash leaves is mended."""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.captures import original_of, read_captures
from crawler.chain import GENESIS, Head, canonical_json, read_log
from crawler.commit import GroupCommit
from crawler.evidence import EvidenceStore
from crawler.lock import hold
from crawler.verify import verify
from crawler.warc import Exchange
from models.errors import BusyError, DiskFullError, EvidenceError
from models.vocabulary import Outcome

BODY = "<p>Nha khoa Hoa Sen Trắng</p>".encode()


def exchange(url: str, body: bytes = BODY, status: int = 200, **headers: str) -> Exchange:
    pairs = tuple((name.replace("_", "-").title(), value) for name, value in headers.items())
    return Exchange(
        url=url,
        at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        request_headers=(("Host", "clinic.example"), ("User-Agent", "MedAdWatch")),
        status=status,
        response_headers=(("Content-Type", "text/html"), *pairs),
        body=body,
        ip="192.0.2.1",
    )


def event(url: str, body: bytes = BODY, outcome: Outcome = Outcome.CAPTURED) -> dict[str, object]:
    visit = {"source": "s", "url": url, "role": "page", "kind": "page", "depth": 0, "attempt": 0}
    answer = {"status": 200, "outcome": outcome.value, "headers": {"content-type": "text/html"}}
    return {"event": "capture", **visit, **answer, "payload_sha256": hashlib.sha256(body).hexdigest()}


def fill(directory: Path, pages: int = 4, part_bytes: int = 3_000, run: str = "r1") -> Head:
    with EvidenceStore(directory) as store:
        store.begin(run, {"robots": "obeyed"}, part_bytes)
        store.append({"event": "run_started", "sources_sha256": "", "sources": []})
        for number in range(pages):
            url = f"http://clinic.example/{number}"
            body = BODY + hashlib.shake_256(bytes([number])).digest(1_000)
            store.record(event(url, body), exchange(url, body))
        store.append({"event": "run_finished", "status": "done"})
        return store.head


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("whole") / "evidence"
    fill(directory)
    return directory


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file() and path.name != ".lock")


def test_whole_evidence_verifies_and_reads_back(whole: Path) -> None:
    report = verify(whole)
    assert (report.problem, report.records, report.files) == ("", 2 + 2 * 4, 2)
    captures = list(read_captures(whole))
    assert [c.url for c in captures] == [f"http://clinic.example/{n}" for n in range(4)]
    assert all(c.body.startswith(BODY) and hashlib.sha256(c.body).hexdigest() == c.payload_sha256 for c in captures)
    assert captures[0].captured_at == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def test_other_readers_open_it_and_its_digests_hold(whole: Path) -> None:
    kinds: list[str] = []
    for path in whole.glob("*.warc.gz"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                record.content_stream().read()
                kinds.append(record.rec_type)
                assert record.rec_headers.protocol == "WARC/1.1"
                if record.rec_type in ("response", "revisit"):
                    assert record.rec_headers.get_header("WARC-Payload-Digest").startswith("sha256:")
    assert sorted(set(kinds)) == ["request", "response", "warcinfo"]
    assert kinds.count("response") == kinds.count("request") == 4


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_is_found(whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(whole)))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    altered = tmp_path_factory.mktemp("flip") / "evidence"
    shutil.copytree(whole, altered)
    (altered / path.name).write_bytes(content)
    problem = verify(altered).problem
    assert problem, f"a flipped bit at {at} of {path.name} was not found"
    assert "line" in problem.lower() or path.name in problem
    shutil.rmtree(altered)


def lines(copy: Path) -> list[bytes]:
    return (copy / "log.jsonl").read_bytes().splitlines(keepends=True)


ALTERATIONS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "removed": lambda rows: rows[:3] + rows[4:],
    "removed first": lambda rows: rows[1:],
    "removed last": lambda rows: rows[:-2],
    "swapped": lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]],
    "doubled": lambda rows: [*rows[:3], rows[2], *rows[3:]],
    "blank line": lambda rows: [*rows[:3], b"\n", *rows[3:]],
    "spaced": lambda rows: [rows[0].replace(b'":"', b'": "', 1), *rows[1:]],
    "number as NaN": lambda rows: [rows[0].replace(b'"seq":1', b'"seq":NaN'), *rows[1:]],
    "torn": lambda rows: [*rows[:-1], rows[-1][:-5]],
    "emptied": lambda _: [],
}


@pytest.mark.parametrize("how", ALTERATIONS)
def test_any_altered_log_is_found(copy: Path, how: str) -> None:
    head = verify(copy).head
    (copy / "log.jsonl").write_bytes(b"".join(ALTERATIONS[how](lines(copy))))
    assert not verify(copy, expected_head=(head.seq, head.hash)).ok


def test_a_cut_off_log_is_found_by_unlogged_bytes_and_by_the_noted_head(copy: Path, tmp_path: Path) -> None:
    head = verify(copy).head
    (copy / "log.jsonl").write_bytes(b"".join(lines(copy)[:-2]))
    assert "the log accounts for" in verify(copy).problem
    bare = tmp_path / "bare"
    with EvidenceStore(bare) as store:
        store.append({"event": "note"})
        first = store.head
        store.append({"event": "note"})
    (bare / "log.jsonl").write_bytes(lines(bare)[0])
    assert verify(bare).ok
    assert verify(bare, expected_head=(first.seq, first.hash)).ok
    assert "lines are missing" in verify(bare, expected_head=(head.seq, head.hash)).problem
    assert "written anew" in verify(bare, expected_head=(1, "0" * 64)).problem


def test_missing_and_added_files_are_found(copy: Path) -> None:
    part = next(copy.glob("*-0001.warc.gz"))
    content = part.read_bytes()
    part.unlink()
    assert part.name in verify(copy).problem
    part.write_bytes(content + b"x")
    assert f"{part.name} has" in verify(copy).problem
    part.write_bytes(content)
    assert verify(copy).ok
    (copy / "extra.warc.gz").write_bytes(b"")
    assert "extra.warc.gz is not in the log" in verify(copy).problem


def test_a_chain_forged_whole_is_found_by_the_records_and_by_strange_events(copy: Path) -> None:
    forged = [json.loads(line) for line in lines(copy)]
    forged[2]["sha256"] = "0" * 64
    rewrite(copy, forged)
    assert "SHA-256 does not fit" in verify(copy).problem
    rewrite(copy, [{"event": "capture", "warc": 3}])
    assert "Line 1" in verify(copy).problem


def rewrite(directory: Path, events: list[dict[str, object]]) -> None:
    """Write a log whose chain holds, as a forger would."""
    prev, out = GENESIS, []
    for number, one in enumerate(events, 1):
        body = {key: value for key, value in one.items() if key not in ("prev", "hash")} | {"seq": number}
        digest = hashlib.sha256(prev.encode() + canonical_json(body)).hexdigest()
        out.append(canonical_json(body | {"prev": prev, "hash": digest}) + b"\n")
        prev = digest
    (directory / "log.jsonl").write_bytes(b"".join(out))


def crashes(directory: Path) -> Iterator[tuple[int, int]]:
    """Yield every (log bytes, bytes of the last WARC) that a kill can leave: the WARC is never behind the log."""
    logged = lines(directory)
    ends = [
        event.get("request", event)
        for event, _ in read_log(directory)
        if event.get("warc", "").endswith("0001.warc.gz")
    ]
    last = next(directory.glob("*-0001.warc.gz")).stat().st_size
    for cut in range(len(logged) - len(ends) - 1, len(logged)):
        size = sum(map(len, logged[:cut]))
        done = [e for e, _ in read_log(directory) if e["seq"] <= cut and e.get("warc", "").endswith("0001.warc.gz")]
        end = (done[-1].get("request") or done[-1]) if done else {"offset": 0, "length": 0}
        for extra in (0, 1, 17, len(logged[cut]) - 1):
            for warc in {end["offset"] + end["length"], min(last, end["offset"] + end["length"] + 100), last}:
                if end["offset"] + end["length"] > 0 or extra == 0:
                    yield size + extra, warc


def test_whatever_a_kill_leaves_is_mended_and_logged(whole: Path, tmp_path: Path) -> None:
    cases = list(crashes(whole))
    assert len(cases) > 10
    for number, (log_size, warc_size) in enumerate(cases):
        torn = Path(shutil.copytree(whole, tmp_path / str(number)))
        os.truncate(torn / "log.jsonl", log_size)
        os.truncate(next(torn.glob("*-0001.warc.gz")), warc_size)
        before = [e for e, _ in read_log(torn)]
        fill(torn, pages=2, run="r2")
        after = [e for e, _ in read_log(torn)]
        assert after[: len(before)] == before
        assert verify(torn).problem == "", (log_size, warc_size)
        moved = sum(e["bytes"] for e in after if e["event"] == "recovered")
        lost = log_size + warc_size - sum(len(canonical_json(e)) + 1 for e in before) - accounted(before)
        assert moved == lost


def accounted(events: list[dict[str, object]]) -> int:
    total = 0
    for one in events:
        if str(one.get("warc", "")).endswith("0001.warc.gz"):
            last = one.get("request") or one
            assert isinstance(last, dict)
            total = last["offset"] + last["length"]
    return total


def test_a_damaged_log_or_a_short_file_is_not_written_on(copy: Path) -> None:
    part = next(copy.glob("*-0001.warc.gz"))
    os.truncate(part, 100)
    with pytest.raises(EvidenceError, match="shorter than the log says"):
        EvidenceStore(copy)
    rows = lines(copy)
    (copy / "log.jsonl").write_bytes(b"".join([rows[0], b"{}\n", *rows[2:]]))
    with pytest.raises(EvidenceError, match="Line 2"):
        EvidenceStore(copy)
    with pytest.raises(EvidenceError, match="Line 2"):
        list(read_captures(copy))


WRITER = """
import sys, test_evidence_chain as t
from pathlib import Path
from crawler.evidence import EvidenceStore
store = EvidenceStore(Path(sys.argv[1]))
store.begin(sys.argv[2], {}, 20_000)
print("ready", flush=True)
for n in range(100_000):
    url = f"http://clinic.example/{n}"
    store.record(t.event(url), t.exchange(url))
"""


def test_kill_9_in_the_middle_of_writing(tmp_path: Path) -> None:
    here = Path(__file__)
    env = os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here.parents[2]}"}
    for turn in range(3):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "evidence"), f"run{turn}"]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own code
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.05 + 0.031 * turn)
            process.send_signal(signal.SIGKILL)
    with EvidenceStore(tmp_path / "evidence"):
        pass
    report = verify(tmp_path / "evidence")
    assert report.problem == ""
    assert report.records > 10
    urls = [(c.run, c.url) for c in read_captures(tmp_path / "evidence")]
    assert len(urls) == len(set(urls))


def test_a_full_disk_leaves_nothing_half_written(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in files(copy)}
    with EvidenceStore(copy) as store:
        store.begin("r2", {}, 10_000)
        store.record(event("http://clinic.example/a"), exchange("http://clinic.example/a"))
        real, room = os.write, [0]

        def full(fd: int, data: bytes) -> int:
            if room[0] <= 0:
                raise OSError(28, "No space left on device")
            room[0] -= 50
            return real(fd, bytes(data)[:50])

        for space in (0, 50, 700, 1_000, 1_300):
            room[0] = space
            monkeypatch.setattr(os, "write", full)
            with pytest.raises(DiskFullError):
                store.record(event("http://clinic.example/b"), exchange("http://clinic.example/b"))
            monkeypatch.setattr(os, "write", real)
            assert verify(copy).problem == ""
        store.record(event("http://clinic.example/c"), exchange("http://clinic.example/c"))
    assert verify(copy).problem == ""
    assert [c.url[-1] for c in read_captures(copy)][-2:] == ["a", "c"]
    for name, content in before.items():
        assert (copy / name).read_bytes().startswith(content)


def test_one_sync_serves_many_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    real = os.fdatasync
    with EvidenceStore(tmp_path) as store:
        store.begin("r1", {})
        store.record(event("http://clinic.example/first"), exchange("http://clinic.example/first"))
        logged = store.durable.seq

        def slow(fd: int) -> None:
            syncs.append(store.durable.seq)
            time.sleep(0.02)
            real(fd)

        monkeypatch.setattr(os, "fdatasync", slow)

        async def keep(number: int) -> None:
            await asyncio.sleep(number / 1_000)
            url = f"http://clinic.example/{number}"
            await commit.durable(store.stage(event(url), exchange(url))["seq"])
            assert store.durable.seq >= logged + 1

        async def all_of_them() -> None:
            await asyncio.gather(*(keep(number) for number in range(40)))

        commit = GroupCommit(store)
        asyncio.run(all_of_them())
        assert syncs[0] == logged  # no line was in the log before its records were on the disk
        assert 2 <= len(syncs) <= 20
        assert store.durable == store.head
    assert verify(tmp_path).problem == ""
    assert len(list(read_captures(tmp_path))) == 41


@pytest.mark.parametrize("fails", ["fdatasync", "write"])
def test_what_the_disk_refuses_is_taken_back_for_all_who_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    async def keep(store: EvidenceStore, commit: GroupCommit, number: int) -> None:
        url = f"http://clinic.example/{number}"
        seq = store.stage(event(url), exchange(url))["seq"]
        monkeypatch.setattr(os, fails, refuse)
        await commit.durable(seq)

    async def both(store: EvidenceStore) -> list[BaseException | None]:
        commit = GroupCommit(store)
        waiting = [keep(store, commit, number) for number in range(1 if fails == "write" else 2)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    with EvidenceStore(tmp_path) as store:
        store.begin("r1", {})
        store.record(event("http://clinic.example/first"), exchange("http://clinic.example/first"))
        before = store.head
        errors = asyncio.run(both(store))
        assert all(isinstance(error, DiskFullError) for error in errors), errors
        assert store.head == store.durable == before
        monkeypatch.undo()
        store.record(event("http://clinic.example/last"), exchange("http://clinic.example/last"))
    assert verify(tmp_path).problem == ""
    assert [c.url[-5:] for c in read_captures(tmp_path)] == ["first", "/last"]


def test_a_revisit_refers_to_the_body_it_repeats(tmp_path: Path) -> None:
    url = "http://clinic.example/"
    with EvidenceStore(tmp_path) as store:
        store.begin("r1", {})
        first = store.record(event(url), exchange(url))
        refers = {
            name: first[name]
            for name in ("warc", "offset", "length", "sha256", "record_id", "url", "at", "payload_sha256")
        }
        again = event(url, outcome=Outcome.UNCHANGED) | {
            "refers": refers | {"content_headers": {"content-type": "text/html"}},
            "status": 304,
        }
        store.record(again, exchange(url, b"", 304), original_of(first))
    captures = list(read_captures(tmp_path))
    assert [c.body for c in captures] == [BODY, BODY]
    assert captures[1].record_id != captures[0].record_id
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        revisit = next(r for r in ArchiveIterator(file) if r.rec_type == "revisit")
        assert revisit.rec_headers.get_header("WARC-Profile").endswith("/server-not-modified")
        assert revisit.rec_headers.get_header("WARC-Refers-To") == first["record_id"]
    assert verify(tmp_path).problem == ""


def test_chunked_transfers_replay(tmp_path: Path) -> None:
    url = "http://clinic.example/"
    with EvidenceStore(tmp_path) as store:
        store.begin("r1", {})
        store.record(event(url), exchange(url, transfer_encoding="chunked"))
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        record = next(r for r in ArchiveIterator(file) if r.rec_type == "response")
        assert record.http_headers.get_header("X-Crawler-Transfer-Encoding") == "chunked"
        assert record.content_stream().read() == BODY


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(BusyError, match=rf"process {os.getpid()} since 20\d\d-"), hold(tmp_path):
        pass
    with hold(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_reading_after_a_line_trusts_only_what_was_read_before(copy: Path) -> None:
    assert [c.url[-1] for c in read_captures(copy, after_seq=4)] == ["2", "3"]
    rows = lines(copy)
    (copy / "log.jsonl").write_bytes(b"".join([*rows[:4], rows[4].replace(b'"', b"'", 1), *rows[5:]]))
    assert len(list(read_captures(copy, after_seq=6))) == 1
    with pytest.raises(EvidenceError, match="Line 6"):
        list(read_captures(copy, after_seq=5))


def test_an_empty_directory_has_no_captures_and_no_log(tmp_path: Path) -> None:
    assert list(read_captures(tmp_path)) == []
    assert "log.jsonl is missing" in verify(tmp_path).problem


def test_odd_headers_and_addresses_keep_records_whole(tmp_path: Path) -> None:
    url = "http://clinic.example/" + "a" * 1500
    odd = Exchange(
        url, datetime.now(UTC), (("Host", "x"),), 299, (("X-Tên", "phòng khám ½"), ("X-Empty", "")), b"", ip="::1"
    )
    with EvidenceStore(tmp_path) as store:
        store.begin("r1", {"robots": "vâng"})
        store.record(event(url, b""), odd)
    assert verify(tmp_path).problem == ""
    assert next(read_captures(tmp_path)).body == b""
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        assert any(
            "phòng khám ½".encode("latin-1") in r.raw_stream.read() for r in ArchiveIterator(file, no_record_parse=True)
        )
