"""``medad triage`` by a script on standard input, and the labels that come of it: a whole day of a reviewer."""

import json
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from command import Done, here
from sqlmodel import Session, select

sys.path.insert(0, str(Path(__file__).parent / "pipeline"))

from reading_world import FIRST, LIKELY, QUOTE, TEXT, VERSIONS, flagged, store, unflagged

from commands.triage_desk import find_quote
from models import tables
from models.database import open_database
from models.errors import InputError
from models.vocabulary import Code, Queue, ReadingOutcome, Role, RunStatus

CODES = list(Code)
CURE, ABSOLUTE = (CODES.index(code) + 1 for code in (Code.CURE_GUARANTEE, Code.ABSOLUTE_CLAIM))


@pytest.fixture
def world(db_url: str) -> list[int]:
    """Four advertisements with signs in cases, and a run that says in which versions."""
    engine = open_database(db_url)
    ads = flagged(engine, 4, LIKELY)
    store(engine, tables.Run(id="r1", kind="crawl", status=RunStatus.DONE, summary=_basis()))
    engine.dispose()
    return list(ads)


def _basis() -> dict[str, object]:
    return {"versions": list(VERSIONS), "registry": "không có"}


class Terminal:
    """Runs the command line with the given lines as its input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db_url: str) -> None:
        self._monkeypatch, self._capsys, self._db_url = monkeypatch, capsys, db_url

    def __call__(self, *arguments: object, keys: Sequence[object] = ()) -> Done:
        """Run ``medad`` against the test's database."""
        self._monkeypatch.setattr("sys.stdin", StringIO("".join(f"{key}\n" for key in keys)))
        return here(self._capsys, "--db", self._db_url, *arguments)


@pytest.fixture
def medad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db_url: str) -> Terminal:
    """Give the command line on the test's database."""
    return Terminal(monkeypatch, capsys, db_url)


def _keys(*lines: object) -> Sequence[object]:
    return lines


def _readings(db_url: str) -> list[tables.Reading]:
    engine = open_database(db_url)
    with Session(engine) as opened:
        found = list(opened.exec(select(tables.Reading).order_by(tables.Reading.id)).all())  # type: ignore[arg-type]
    engine.dispose()
    return found


def test_a_day_at_the_terminal(medad: Terminal, db_url: str, world: list[int]) -> None:
    keys = _keys(
        "?", "x", "c",  # help, a key that means nothing, confirmed
        "r",  # the second is rejected
        "u", "e", ABSOLUTE, "m", ABSOLUTE, "khong co trong bai", "m", ABSOLUTE, "SO MOT", "c",  # undone, and edited
        "s", "2", "c", "q",  # the third skipped, the fourth for another reader; nothing is left
    )  # fmt: skip
    done = medad("triage", "--reader", "an", keys=keys)
    assert done.code == 0, done.err
    assert "Chép đúng những từ" in done.out
    assert "Không tìm thấy những từ này" in done.out
    assert "Phím không dùng" in done.out
    assert "Hàng đợi không còn quảng cáo nào." in done.out
    assert f"[{TEXT[slice(*QUOTE)]}]" in done.out
    assert done.out.splitlines()[-1] == ("Đã lưu: xác nhận 2, loại bỏ 1, đọc lần hai 1, bỏ qua 1, hoàn tác 1.")
    stored = _readings(db_url)
    assert [(row.advertisement_id, row.outcome.value) for row in stored] == [
        (world[0], "confirmed"),
        (world[1], "rejected"),
        (world[1], "undone"),
        (world[1], "confirmed"),
        (world[2], "skipped"),
        (world[3], "second_reading"),
    ]
    assert stored[3].codes == {"cure_guarantee": [list(QUOTE)], "absolute_claim": [list(FIRST)]}
    assert {row.reader for row in stored} == {"an"}


def test_what_needs_a_reason_asks_for_one(medad: Terminal, db_url: str, world: list[int]) -> None:
    keys = _keys("e", f"{CURE} {ABSOLUTE}", "m", ABSOLUTE, "số một", "c", "", "c", "Chỉ là tự nhận số một.", "q")
    done = medad("--json", "triage", "--reader", "an", keys=keys)
    assert done.code == 0, done.err
    assert done.value["confirmed"] == 1  # the screen is on standard error
    assert "cần nêu lý do" in done.err
    [row] = _readings(db_url)
    assert (list(row.codes), row.reason) == (["absolute_claim"], "Chỉ là tự nhận số một.")


def test_blind_shows_nothing_of_the_machine_before_the_answer(medad: Terminal, db_url: str, world: list[int]) -> None:
    keys = _keys("c", "m", CURE, "cam kết chữa khỏi", "c")
    done = medad("triage", "--reader", "an", "--blind", "--limit", 1, keys=keys)
    assert done.code == 0, done.err
    before, after = done.out.split("Đã đánh dấu")
    assert "chưa hiển thị kết quả của máy" in before
    assert "70%" not in before
    assert "Xác nhận nhưng chưa chọn dấu hiệu nào" in before
    assert "70%" in after
    [row] = _readings(db_url)
    assert row.blind


def test_the_end_of_input_leaves_and_gives_back(medad: Terminal, db_url: str, world: list[int]) -> None:
    done = medad("triage", "--reader", "an")
    assert (done.code, _readings(db_url)) == (0, [])
    engine = open_database(db_url)
    with Session(engine) as opened:
        assert not opened.exec(select(tables.Claim)).all()
        [seen] = opened.exec(select(tables.AccessRecord)).all()
        assert (seen.who, seen.action, seen.via) == ("an", "triage", "cli")
    engine.dispose()


def test_where_accounts_are_kept_a_password_is_asked(medad: Terminal, db_url: str, world: list[int]) -> None:
    accounts = pytest.importorskip("pipeline.accounts")
    engine = open_database(db_url)
    accounts.create_account(engine, "binh", "mật khẩu thử nghiệm 1", Role.REVIEWER)
    engine.dispose()
    wrong = medad("triage", "--reader", "binh", keys=_keys("sai", "c"))
    assert wrong.code == 1
    assert "mật khẩu không đúng" in wrong.err
    right = medad("triage", "--reader", "binh", keys=_keys("mật khẩu thử nghiệm 1", "c", "q"))
    assert right.code == 0, right.err
    assert [row.reader for row in _readings(db_url)] == ["binh"]


def test_an_audit_is_drawn_and_its_bound_told(medad: Terminal, db_url: str, world: list[int]) -> None:
    engine = open_database(db_url)
    unflagged(engine, [0.05] * 6)
    engine.dispose()
    command = ("triage", "--reader", "an", "--queue", "audit")
    done = medad(*command, "--draw", 3, keys=_keys("r", "r", "r"))
    assert done.code == 0, done.err
    assert "đã đọc 3 trong 3, 0 có dấu hiệu mà máy bỏ sót (0,0 %; với độ tin cậy 95 %, không quá 63,2 %)" in done.out
    assert [row.weight for row in _readings(db_url)] == [2.0] * 3
    assert medad(*command[:-1], "priority", "--draw", 3).code == 2


def test_hostile_text_moves_no_cursor(medad: Terminal, db_url: str) -> None:
    engine = open_database(db_url)
    [ad_id] = unflagged(engine, [0.5])
    with Session(engine) as opened:
        ad = opened.get_one(tables.Advertisement, ad_id)
        ad.title, ad.url = "tiêu đề\x1b[2J", "http://x.example/\x1b]0;a\x07"
        ad.text = "chữ \x1b[31mđỏ\x07 \u202eđảo\u2028 hết"
        ad.main_end = len(ad.text)
        opened.commit()
    store(engine, tables.Run(id="r1", kind="crawl", status=RunStatus.DONE, summary=_basis()))
    engine.dispose()
    done = medad("triage", "--queue", "uncertainty", keys=_keys("q"))
    assert done.code == 0, done.err
    assert "đỏ" in done.out
    assert not set(done.out) & set("\x1b\x07\u202e\u2028")


def test_a_quote_is_found_as_it_is_typed() -> None:
    text = "Cam  kết\nCHỮA khỏi"
    assert find_quote(text, "CHỮA") == (9, 13)
    start, end = find_quote(text, "cam ket chua")
    assert text[start:end] == "Cam  kết\nCHỮA"
    for words in ("", "  ", "không có"):
        with pytest.raises(InputError, match="Không tìm thấy"):
            find_quote(text, words)


def test_labels_come_out_as_samples(
    tmp_path: Path, db_url: str, world: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.readings import Answer, answer

    engine = open_database(db_url)
    for ad_id, codes in zip(world, ([Code.CURE_GUARANTEE], [], [Code.CURE_GUARANTEE], []), strict=True):
        outcome = ReadingOutcome.CONFIRMED if codes else ReadingOutcome.REJECTED
        marks = {code: [QUOTE] for code in codes}
        answer(engine, Answer(ad_id, "an", Queue.PRIORITY, outcome, codes=marks, versions=VERSIONS))
    answer(engine, Answer(world[3], "bình", Queue.SECOND, ReadingOutcome.CONFIRMED,
                          codes={Code.CURE_GUARANTEE: [QUOTE]}, versions=VERSIONS))  # fmt: skip
    engine.dispose()
    out = tmp_path / "labels.jsonl"
    done = here(capsys, "--db", db_url, "--json", "export", "labels", "-o", out)
    assert done.value == {"written": 3, "unsettled": 1, "file": str(out)}
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [f"ad-{ad_id}" for ad_id in world[:3]]
    first, second, _ = lines
    assert first["text"] == TEXT
    assert first["codes"] == {"cure_guarantee": [TEXT[slice(*QUOTE)]]}
    assert (first["kind"], first["kind_by"], first["reader"], first["group"]) == (
        "health_ad", "reader", "an", "laxanh.example",
    )  # fmt: skip
    assert (second["codes"], second["kind_by"], second["weight"]) == ({}, "model", 1.0)
    later = here(capsys, "--db", db_url, "--json", "export", "labels", "-o", out, "--since", "2099-01-01")
    assert later.value["written"] == 0
    assert out.read_text() == ""
