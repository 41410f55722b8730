"""The measurement of the page reader: lines, marks, scores."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from evaluation.extraction import GOLD, KINDS, Marked, Output, f1, measure, read_gold, score, visible_lines

PAGE = """<!DOCTYPE html><title>Trang</title><body><nav><a href="/">Trang chủ</a></nav>
<main><h1>Tẩy trắng răng</h1><p>Giá 1.200.000 đồng, <b>một</b> buổi.</p><script>var a = "ẩn"</script></main>
<footer><p>Công ty TNHH Răng Xinh</p><p>Địa chỉ: 12 Hàng Mơ</p></footer>""".encode()


def marked(tmp_path: Path, **more: object) -> list[Marked]:
    (tmp_path / "trang.html").write_bytes(PAGE)
    entry = {"sha256": hashlib.sha256(PAGE).hexdigest(), "set": "a", "lines": 5, "body": "1-2", "legal": "3"}
    gold = tmp_path / "gold.json"
    gold.write_text(json.dumps({"pages": [entry | {"contact": "4"} | more, entry | {"sha256": "0" * 64}]}))
    return read_gold([tmp_path], gold)


def test_lines_know_no_zones_and_no_code() -> None:
    assert visible_lines(PAGE) == [
        "Trang chủ",
        "Tẩy trắng răng",
        "Giá 1.200.000 đồng, một buổi.",
        "Công ty TNHH Răng Xinh",
        "Địa chỉ: 12 Hàng Mơ",
    ]
    assert visible_lines(b"<p></p>") == []


def test_pages_are_found_by_their_bytes_and_absent_ones_left_out(tmp_path: Path) -> None:
    (page,) = marked(tmp_path)
    assert page.lines["body"] == ("Tẩy trắng răng", "Giá 1.200.000 đồng, một buổi.")
    assert page.lines["contact"] == ("Địa chỉ: 12 Hàng Mơ",)
    with pytest.raises(ValueError, match="has 5 lines, but 6 when it was marked"):
        marked(tmp_path, lines=6)


def test_scores_by_kind(tmp_path: Path) -> None:
    (page,) = marked(tmp_path)
    text = "\n".join(visible_lines(PAGE)[1:3])
    assert score(page, Output(text, "Công ty TNHH Răng Xinh\nĐịa chỉ: 12 Hàng Mơ")) == dict.fromkeys(KINDS, 1.0)
    assert score(page, Output(text)) == {"body": 1.0, "legal": 0.0, "contact": 0.0}
    whole = score(page, Output("\n".join(visible_lines(PAGE))))
    assert whole["legal"] == pytest.approx(10 / 12)  # 'Trang chủ' is furniture
    assert 0.5 < whole["body"] < 1.0
    assert f1(Counter(), Counter()) == 1.0
    assert f1(Counter("a"), Counter()) == 0.0


def test_a_reader_that_breaks_is_counted_as_empty(tmp_path: Path) -> None:
    def broken(_: bytes) -> Output:
        raise RuntimeError

    figures = measure(marked(tmp_path), broken)
    assert [figures[kind] for kind in KINDS] == [0.0, 0.0, 0.0]


def test_the_projects_own_marked_pages_are_found() -> None:
    pages = read_gold([GOLD.parents[1] / "demo" / "web"])
    assert len(pages) == 29
    assert all(page.group == "demo" and page.lines["body"] for page in pages)
    marks = json.loads(GOLD.read_text(encoding="utf-8"))["pages"]
    assert all(set(entry) <= {"sha256", "set", "lines", *KINDS} for entry in marks)
