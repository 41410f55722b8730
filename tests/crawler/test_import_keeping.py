"""Items into the evidence: proved, once, and going on after a crash."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from import_files import other_tools_warc
from warcio.archiveiterator import ArchiveIterator

from crawler.captures import read_captures
from crawler.chain import read_log
from crawler.evidence import EvidenceStore
from crawler.history import History
from crawler.imports.archives import warc_items
from crawler.imports.items import ImportFormat, Item, Reject
from crawler.imports.keeping import Kept, Lot, keep
from crawler.imports.reading import read_imported
from crawler.imports.records import jsonl_items
from crawler.items import Page
from crawler.verify import verify

LOT = Lot(ImportFormat.JSONL, "ads.jsonl", "a" * 64, "jsonl")


def lines(*ads: tuple[str, str]) -> bytes:
    return "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in ads).encode()


def kept(evidence: Path, data: bytes, sha256: str = "a" * 64) -> Kept:
    lot = Lot(ImportFormat.JSONL, "ads.jsonl", sha256, "jsonl")
    return keep(evidence, lot, jsonl_items(data, {}))


def counts(result: Kept) -> tuple[int, int, int]:
    return result.new, result.changed, result.known


def test_items_are_resource_records_that_verify(tmp_path: Path) -> None:
    result = kept(tmp_path, lines(("1", "Một"), ("2", "Hai")))
    assert counts(result) == (2, 0, 0)
    report = verify(tmp_path)
    assert (report.problem, report.records) == ("", 3)
    captures = list(read_captures(tmp_path))
    assert [json.loads(capture.body)["text"] for capture in captures] == ["Một", "Hai"]
    assert captures[1].via_import["row"] == 2
    assert captures[1].url == "urn:medad:import:jsonl:2"
    warc = next(tmp_path.glob("*.warc.gz"))
    with warc.open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == ["warcinfo", "resource", "resource"]
    data = warc.read_bytes()
    warc.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert "altered" in verify(tmp_path).problem


def test_the_same_file_again_adds_nothing_and_a_changed_item_is_a_version(tmp_path: Path) -> None:
    first = kept(tmp_path, lines(("1", "Một"), ("2", "Hai")))
    size = (tmp_path / "log.jsonl").stat().st_size
    again = kept(tmp_path, lines(("1", "Một"), ("2", "Hai")))
    assert again.again
    assert (again.run, counts(again)) == (first.run, (0, 0, 2))
    assert (tmp_path / "log.jsonl").stat().st_size == size
    later = kept(tmp_path, lines(("1", "Một"), ("2", "Hai khác"), ("3", "Ba"), ("3", "Ba")), "b" * 64)
    assert counts(later) == (1, 1, 2)
    assert counts(kept(tmp_path, lines(("1", "Một"), ("2", "Hai")))) == (0, 0, 2)  # also after a later file
    assert verify(tmp_path).ok


class Killed(BaseException):
    """Stands for the end of the process."""


def dying(items: Iterable[Item | Reject], after: int) -> Iterator[Item | Reject]:
    for number, item in enumerate(items):
        if number == after:
            raise Killed
        yield item


@pytest.mark.parametrize("after", [0, 1, 250, 450])
def test_an_import_that_died_goes_on_without_loss_or_doubles(tmp_path: Path, after: int) -> None:
    data = lines(*((str(n), f"Bài {n}") for n in range(500)), ("7", "Bài 7 khác"))
    with pytest.raises(Killed):
        keep(tmp_path, LOT, dying(jsonl_items(data, {}), after))
    first = [event for event, _ in read_log(tmp_path)]
    result = kept(tmp_path, data)
    assert counts(result) == (500, 1, 0)
    assert result.continued == (after > 0)
    events = [event for event, _ in read_log(tmp_path)]
    assert events[: len(first)] == first
    texts = [json.loads(capture.body)["text"] for capture in read_captures(tmp_path)]
    assert sorted(texts) == sorted([*(f"Bài {n}" for n in range(500)), "Bài 7 khác"])
    assert verify(tmp_path).ok
    assert kept(tmp_path, data).again


def test_a_crawl_is_not_misled_by_imports(tmp_path: Path) -> None:
    kept(tmp_path, lines(("1", "Một")))
    history = History()
    with EvidenceStore(tmp_path, history.observe):
        assert history.known == {}
        assert len(history.runs) == 1


def test_a_page_of_an_archive_keeps_headers_moment_and_origin(tmp_path: Path) -> None:
    html = "<html><head><title>Nha khoa</title></head><body><p>Răng trắng sau một đêm.</p></body></html>".encode()
    path = other_tools_warc(tmp_path / "other.warc.gz", [{"url": "http://a.example/1", "body": html}])
    lot = Lot(ImportFormat.WARC, path.name, "c" * 64, "warc")
    evidence = tmp_path / "evidence"
    keep(evidence, lot, warc_items(path))
    capture = next(iter(read_captures(evidence)))
    assert (capture.status, capture.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert capture.captured_at.isoformat() == "2026-05-04T03:02:01+00:00"
    page = read_imported(capture)
    assert isinstance(page, Page)
    assert page.text == "Răng trắng sau một đêm."
    with next(evidence.glob("*.warc.gz")).open("rb") as file:
        record = list(ArchiveIterator(file))[1]
    assert record.rec_type == "response"
    assert record.rec_headers.get_header("X-Crawler-Copied-Record-ID") == page.details["copied_record"]
    assert verify(evidence).ok
