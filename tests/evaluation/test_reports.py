"""Reports are self-contained, escape what they quote, and say what was measured."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evaluation import classifier, matcher
from models.errors import DiskFullError, InputError

EVIL = '<script>alert("x")</script><img src=http://evil.example/x onerror=alert(1)>'
_PAIRS = Path(__file__).parents[2] / "data" / "labelled" / "rules-pairs.jsonl"
AD = "Phòng khám cam kết chữa khỏi 100% nám da. Gọi 028 7300 0991 đặt lịch điều trị tại phòng khám, giảm 30%."


class _Tags(HTMLParser):
    """Collects every tag and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def _harmless(report: str) -> None:
    parser = _Tags()
    parser.feed(report)
    assert not parser.tags & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
    assert not [name for name, _ in parser.attributes if name.startswith("on")]
    assert not [value for name, value in parser.attributes if name in ("src", "href") and not value.startswith("#")]
    assert not re.search(r"url\(|@import", report)


def _samples(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_classifier_report_shows_its_errors_and_runs_nothing(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": EVIL, "text": f"{AD} {EVIL}", "kind": "health_ad", "codes": {"false_authority": [EVIL]}, "group": "g"},
        {"id": "2", "text": "Lịch chiếu phim cuối tuần này.", "kind": "other", "group": "h"},
    ]
    found = classifier.evaluate(_samples(tmp_path, *rows), tmp_path / "out")
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    _harmless(report)
    assert "&lt;script&gt;" in report  # the missed quote is shown, as text
    assert json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8")) == found
    assert found["groups"] == found["data"]["texts"] == 2
    assert len(found["data"]["sha256"]) == 64
    assert found["codes"]["false_authority"]["recall"] == 0.0
    assert found["any_code"]["positives"] == 1


def test_a_report_of_two_classifiers_on_hostile_texts(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": f"{EVIL}{n}",
            "text": f"{AD} {EVIL} {n}",
            "kind": "health_ad",
            "domains": ["service"],
            "codes": {"cure_guarantee": ["chữa khỏi 100% nám da"]} if n % 2 else {"patient_testimonial": [EVIL]},
            "group": f"{EVIL}{n % 9}",
            "channel": EVIL[:40],
            "pair": EVIL,
        }
        for n in range(18)
    ]
    rows += [{"id": f"info {n}", "text": f"Tin số {n}: {EVIL}", "kind": "health_info", "codes": {}} for n in range(18)]
    heard: list[int] = []
    samples = _samples(tmp_path, *rows)
    classifier.evaluate(samples, tmp_path / "one", times=20)
    kept = tmp_path / "one" / "scored.jsonl"
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    other = tmp_path / "other.jsonl"
    for line in lines:
        line |= {"findings": [], "risk": 0.1, "model": {"name": EVIL, "version": EVIL}}
    other.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = classifier.evaluate(
        samples,
        tmp_path / "two",
        str(kept),
        against=str(other),
        budgets=(0.25,),
        times=20,
        on_progress=heard.append,
    )
    report = (tmp_path / "two" / "report.html").read_text(encoding="utf-8")
    _harmless(report)
    assert json.loads((tmp_path / "two" / "metrics.json").read_text(encoding="utf-8")) == found
    assert heard == []  # nothing was asked: the answers were read
    assert not (tmp_path / "two" / "scored.jsonl").exists()
    assert found["model"]["file"] == "scored.jsonl"
    assert found["comparison"]["with"]["file"] == "other.jsonl"
    assert found["comparison"]["figures"]["any_code.f1"]["theirs"] == 0.0
    assert found["comparison"]["mcnemar"]["only_ours_right"] == found["any_code"]["flagged"]
    assert found["budget"]["0.25"]["texts"] == 9
    assert set(found["budget"]) == {"0.25"}
    assert found["intervals"]["too_few_groups"] is False


def test_answers_read_back_give_the_same_figures(tmp_path: Path) -> None:
    heard: list[int] = []
    first = classifier.evaluate(_PAIRS, tmp_path / "a", times=20, on_progress=heard.append)
    again = classifier.evaluate(_PAIRS, tmp_path / "b", str(tmp_path / "a" / "scored.jsonl"), times=20)
    assert heard[-1] == first["data"]["texts"]
    assert len(heard) > 1
    assert {**again, "model": None} == {**first, "model": None}


def test_a_report_is_readable_in_vietnamese_where_texts_are(tmp_path: Path) -> None:
    text = "Thẩm mỹ viện Lá Khế nâng mũi đẹp tự nhiên. Chị Mít kể: “Tôi thở dễ hẳn ra”. Đặt lịch 0900 000 402."
    row: dict[str, object] = {
        "id": "m1",
        "text": text,
        "kind": "health_ad",
        "codes": {"patient_testimonial": ["Tôi thở dễ hẳn ra"]},
    }
    classifier.evaluate(_samples(tmp_path, row), tmp_path / "out", spec="rules", times=20)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Bỏ sót" in report
    assert "Lời chứng, thư cảm ơn, hình ảnh người bệnh" in report
    assert "“<mark>Tôi thở dễ hẳn ra</mark>”" in report


@pytest.mark.parametrize("budget", [0.0, -0.1, 1.5, 30.0])
def test_a_budget_that_is_no_share_is_refused(budget: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a review budget is a share of the queue"):
        classifier.evaluate(_PAIRS, tmp_path / "out", budgets=(budget,))


def test_a_matcher_report_escapes_what_it_quotes(tmp_path: Path) -> None:
    registry = tmp_path / "registry"
    registry.mkdir()
    (registry / "facilities.csv").write_text(
        "Mã,Tên cơ sở,Số giấy phép,Tình trạng\nF2,Phòng khám Cây Đa,09912/HCM-GPHĐ,Hoạt động\n", encoding="utf-8"
    )
    rows: list[dict[str, object]] = [
        {"id": "1", "kind": "facility", "text": f"Phòng khám Lá Khế {EVIL}", "gold": "F2"},
        {"id": "2", "kind": "facility", "text": "Phòng khám Cây Đa, số 09912/HCM-GPHĐ", "gold": "F2"},
        {"id": "3", "kind": "facility", "text": "Phòng khám Bông Trang", "gold": "NONE", "impostor": EVIL},
    ]
    found = matcher.evaluate(_samples(tmp_path, *rows), registry, tmp_path / "out")
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    _harmless(report)
    assert "&lt;script&gt;" in report
    assert (found["recall_places"]["share"], found["recall_places"]["n"]) == (0.5, 2)
    assert found["recall_places"]["interval"] == [0.0945, 0.9055]  # Wilson, 1 of 2
    assert (found["impostor_false_links"]["share"], found["impostor_false_links"]["n"]) == (0.0, 1)
    assert found["recall_people"]["n"] == 0


def test_a_report_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    samples = _samples(tmp_path, {"id": "1", "text": "Xin chào.", "kind": "other", "group": "g"})
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot write"):
        classifier.evaluate(samples, tmp_path / "file")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "metrics.json").symlink_to("/dev/full")
    with pytest.raises(DiskFullError, match="disk is full"):
        classifier.evaluate(samples, tmp_path / "full")
