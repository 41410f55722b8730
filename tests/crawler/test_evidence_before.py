"""Evidence of an earlier version (two digests in every record, the body's hash twice in the log) still reads."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.captures import decode_body, read_captures
from crawler.evidence import EvidenceStore
from crawler.history import History
from crawler.verify import verify
from crawler.warc import Exchange
from models.vocabulary import Outcome

BEFORE = Path(__file__).parent / "evidence_before"
SITE = "http://nhakhoabinhminh.example/"


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BEFORE, tmp_path / "evidence"))


def test_it_verifies_and_its_bodies_are_read(evidence: Path) -> None:
    report = verify(evidence, expected_head=(9, "1ee04cf718cb268a5348191202efdcc5c8dcfe187983816e9e1ffb71b7ac62c9"))
    assert (report.problem, report.records) == ("", 8)
    captures = list(read_captures(evidence))
    assert [c.outcome for c in captures] == [Outcome.CAPTURED, Outcome.CAPTURED, Outcome.UNCHANGED]
    assert [c.body[:2] for c in captures] == [b"<!", b"\x1f\x8b", b"<!"]
    assert {decode_body(c) for c in captures} == {captures[0].body}
    assert captures[0].body.decode().endswith("ưu đãi đến hết tháng 12.</p>")


def test_a_new_run_goes_on_after_it(evidence: Path) -> None:
    history = History()
    with EvidenceStore(evidence, history.observe) as store:
        known = history.known["mau", SITE]
        assert known.decoded_sha256 == known.original.payload_sha256
        assert history.known["mau", f"{SITE}nen"].decoded_sha256 == known.decoded_sha256
        store.begin("20261125T080000Z-cccc", {"isPartOf": "20261125T080000Z-cccc"})
        at = datetime(2026, 11, 25, 8, tzinfo=UTC)
        exchange = Exchange(SITE, at, (("Host", "nhakhoabinhminh.example"),), 304, (), b"")
        event = {"event": "capture", "source": "mau", "url": SITE, "depth": 0, "attempt": 0, "kind": "page"}
        event |= {"role": "page", "outcome": "unchanged", "status": 304, "headers": {}}
        original = known.original
        refers = {name: getattr(original, name) for name in original.__slots__}
        refers["content_headers"] = dict(known.content_headers)
        store.record(event | {"refers": refers, "payload_sha256": original.payload_sha256}, exchange, original)
    assert verify(evidence).problem == ""
    assert [c.body for c in read_captures(evidence)][-1] == next(read_captures(evidence)).body
