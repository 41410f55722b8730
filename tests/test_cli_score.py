"""`medad score` and `medad match` as their contract states them, through a process of their own."""

import json
import os
import pty
import subprocess
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from command import Done, environment, here, medad
from small_site import registry_dir

from models.vocabulary import TEXT_CODES, Domain, TextKind

GUARANTEE = (
    "Phòng khám Da liễu Mộc Lan Trắng cam kết chữa khỏi 100% nám da, dứt điểm, không tái phát. "
    "Gọi ngay 028 7300 0991 đặt lịch điều trị, ưu đãi 30%. Giấy phép hoạt động số 09911/HCM-GPHĐ."
)


def _write(path: Path, *rows: object) -> Path:
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    return path


def _score(capsys: pytest.CaptureFixture[str], path: Path) -> list[dict[str, Any]]:
    assert here(capsys, "score", "--input", path, "--output", path.with_suffix(".out"), "--workers", 1).code == 0
    return [json.loads(line) for line in path.with_suffix(".out").read_text(encoding="utf-8").splitlines()]


BAD: list[tuple[bytes, str]] = [
    (b"{not json", "not JSON"),
    (b'["a"]', "not a JSON object"),
    (b'{"text": "a"}', "no id"),
    (b'{"id": true, "text": "a"}', "no id"),
    (b'{"id": "", "text": "a"}', "no id"),
    (b'{"id": "x"}', "no text"),
    (b'{"id": "x", "text": null}', "no text"),
    (b'{"id": "x", "text": "  "}', "no text"),
    (b'{"id": "x", "text": 7}', "not a string"),
    (b'{"id": "x", "text": ["a"]}', "not a string"),
    (b'{"id": "x", "text": "a", "published_on": "13/01/2026"}', "published_on is not a date"),
    (b'{"id": "x", "text": "a", "published_on": 20260101}', "published_on is not a date"),
    (b'{"id": "x", "text": "\xff"}', "not UTF-8"),
    (b"[" * 5_000, "nested too deeply"),
]


def test_scores_in_order_and_keeps_every_bad_line_with_its_fault(tmp_path: Path) -> None:
    rows: list[object] = []
    for number, (bad, _) in enumerate(BAD):
        rows += [{"id": f"a{number}", "text": GUARANTEE, "unknown field": 1}, bad]
    source = _write(tmp_path / "ads.jsonl", *rows)
    done = medad("score", "--input", source, "--output", tmp_path / "scored.jsonl", folder=tmp_path)
    assert (done.code, done.out) == (0, "")
    assert "Traceback" not in done.err
    assert f"{len(BAD)} lines scored" in done.err
    found = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in found] == [f"a{number}" for number in range(len(BAD))]
    errors = [json.loads(line) for line in (tmp_path / "scored.errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["line"] for row in errors] == [2 * number + 2 for number in range(len(BAD))]
    for row, (_, fault) in zip(errors, BAD, strict=True):
        assert fault in row["error"]
    assert not list(tmp_path.glob("*.part"))


def test_an_output_line_holds_what_the_contract_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = _score(capsys, _write(tmp_path / "a.jsonl", {"id": 7, "text": GUARANTEE, "published_on": "2026-07-20"}))[0]
    assert row["id"] == "7"
    assert row["kind"]["label"] == "health_ad"
    assert set(row["kind"]["all"]) == set(TextKind)
    assert row["kind"]["probability"] == row["kind"]["all"]["health_ad"]
    assert sum(row["kind"]["all"].values()) == pytest.approx(1, abs=0.01)
    assert set(row["domains"]) == set(Domain)
    assert set(row["codes"]) == set(TEXT_CODES)
    assert 0 < row["risk"] <= 1
    guarantee = next(finding for finding in row["findings"] if finding["code"] == "cure_guarantee")
    assert guarantee["provisions"]
    assert {"instrument", "article", "verified"} <= set(guarantee["provisions"][0])
    assert {"min_vnd", "max_vnd", "applies_to"} <= set(guarantee["penalty"])
    assert {mention["kind"] for mention in row["mentions"]} >= {"facility", "phone", "licence_no"}
    assert {"name", "version"} <= set(row["model"])


@pytest.mark.parametrize(
    "text",
    [
        GUARANTEE,
        unicodedata.normalize("NFD", GUARANTEE),
        f"🌸👩‍⚕️ {GUARANTEE} 💯",
        GUARANTEE.replace(" ", "\0 ", 3),
        GUARANTEE.replace("cam kết", "c.a.m k.ế.t"),
        GUARANTEE.upper(),
        "\ud800" + GUARANTEE,
        "\ufeff" + GUARANTEE.replace(" ", "\u00a0"),
        GUARANTEE.replace("chữa", "chữa\u200b"),
    ],
    ids=["plain", "NFD", "emoji", "NUL", "dotted", "upper", "surrogate", "nbsp", "zero-width"],
)
def test_quotes_and_mentions_stand_where_they_are_said_to(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = _score(capsys, _write(tmp_path / "a.jsonl", {"id": "1", "text": text}))[0]
    quoted = [finding for finding in row["findings"] if finding["quote"]]
    assert quoted or row["mentions"]
    for finding in quoted:
        assert text[finding["start"] : finding["end"]] == finding["quote"]
    for mention in row["mentions"]:
        assert text[mention["start"] : mention["end"]] == mention["text"]
    for finding in row["findings"]:
        assert finding["quote"] or finding["sought"]
        assert finding["provisions"]


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-01", "2026-02-14", "2026-02-15", "2026-05-15", "2026-07-05"])
def test_the_law_is_that_of_the_day(day: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = _score(capsys, _write(tmp_path / "a.jsonl", {"id": "1", "text": GUARANTEE, "published_on": day}))[0]
    for finding in row["findings"]:
        for law in [*finding["provisions"], *filter(None, [finding["penalty"]])]:
            assert law["effective_from"] <= day <= (law["effective_to"] or "9999")


def test_csv_and_jsonl_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "c.csv"
    table.write_text(f'\ufeffid,text,published_on\nk,"{GUARANTEE}",2026-07-20\nz,,\n', encoding="utf-8")
    lines = _write(tmp_path / "j.jsonl", {"id": "k", "text": GUARANTEE, "published_on": "2026-07-20"})
    assert _score(capsys, table) == _score(capsys, lines)
    errors = (tmp_path / "c.errors.jsonl").read_text(encoding="utf-8")
    assert json.loads(errors) == {"line": 3, "error": "no text"}


def test_standard_input_to_standard_output(tmp_path: Path) -> None:
    stdin = json.dumps({"id": "1", "text": GUARANTEE}, ensure_ascii=False).encode() + b"\nbad\n"
    done = medad("score", "--input", "-", "--output", "-", "--workers", 1, folder=tmp_path, stdin=stdin)
    assert done.code == 0
    assert [row["id"] for row in done.lines] == ["1"]
    assert '{"line": 2, "error": "not JSON' in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_poor_locale_still_writes_utf8(tmp_path: Path) -> None:
    stdin = json.dumps({"id": "ả", "text": GUARANTEE}).encode()
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = medad("score", "--input", "-", "--output", "-", "--workers", 1, folder=tmp_path, stdin=stdin, **poor)
    assert done.lines[0]["id"] == "ả"


def test_several_processes_give_the_same_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _write(tmp_path / "a.jsonl", *({"id": str(n), "text": f"{GUARANTEE} Mã {n}."} for n in range(70)))
    one = here(capsys, "score", "--input", source, "--output", "-", "--workers", 1)
    two = medad("score", "--input", source, "--output", tmp_path / "two.jsonl", "--workers", 2, folder=tmp_path)
    assert two.code == 0
    assert (tmp_path / "two.jsonl").read_text(encoding="utf-8") == one.out


def test_nothing_in_nothing_out_and_no_stale_error_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _write(tmp_path / "a.jsonl", b"bad")
    assert _score(capsys, source) == []
    assert (tmp_path / "a.errors.jsonl").is_file()
    source.write_bytes(b"")
    assert _score(capsys, source) == []
    assert not (tmp_path / "a.errors.jsonl").exists()


def test_the_error_file_goes_where_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _write(tmp_path / "a.jsonl", b"bad")
    done = here(capsys, "--json", "score", "--input", source, "--output", tmp_path / "o", "--errors", tmp_path / "e")
    assert json.loads(done.err) == {"scored": 0, "bad": 1, "errors": str(tmp_path / "e")}
    assert json.loads((tmp_path / "e").read_text())["line"] == 1


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _write(tmp_path / "a.jsonl", {"id": "1", "text": GUARANTEE})
    assert here(capsys, "score", "--input", source, "--output", "/dev/null").code == 0
    full = here(capsys, "score", "--input", source, "--output", "/dev/full")
    assert (full.code, full.err.count("\n")) == (1, 1)
    assert "disk is full" in full.err
    assert here(capsys, "score", "--input", source, "--output", tmp_path / "o", "--errors", "/dev/null").code == 0
    source.write_bytes(b"bad\n")
    assert "not JSON" in here(capsys, "score", "--input", source, "--output", "/dev/null").err  # no file in /dev
    assert all(Path(device).is_char_device() for device in ("/dev/null", "/dev/full"))


@pytest.mark.parametrize("verb", ["score", "match"])
def test_bad_lines_never_replace_the_input_or_the_results(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _write(tmp_path / "a.errors.jsonl", {"id": "1", "text": GUARANTEE, "kind": "facility"})
    before, options = source.read_bytes(), ["--registry", registry_dir(tmp_path / "r")] if verb == "match" else []
    for output, errors in (("a.jsonl", []), ("o", ["--errors", tmp_path / "o"]), ("o", ["--errors", source])):
        done = here(capsys, verb, "--input", source, "--output", tmp_path / output, *errors, *options)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "--errors" in done.err
    assert source.read_bytes() == before


def test_a_link_stays_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _write(tmp_path / "a.jsonl", {"id": "1", "text": GUARANTEE})
    (tmp_path / "link").symlink_to(tmp_path / "real.jsonl")
    here(capsys, "score", "--input", source, "--output", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "real.jsonl").read_text(encoding="utf-8"))["id"] == "1"


def test_a_full_standard_output_ends_in_one_line(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.jsonl", {"id": "1", "text": GUARANTEE})
    command = [sys.executable, "-m", "cli", "score", "--input", str(source), "--output", "-"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)  # noqa: S603
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert "disk is full" in done.stderr.decode()


def test_a_reader_that_has_had_enough_is_no_error_to_print(tmp_path: Path) -> None:
    source = _write(tmp_path / "a.jsonl", *({"id": str(n), "text": GUARANTEE} for n in range(200)))
    command = [sys.executable, "-m", "cli", "score", "--input", str(source), "--output", "-", "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())  # noqa: S603
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 1
    assert "Traceback" not in err
    assert "Exception" not in err


def _stderr_on_a_terminal(command: list[str], stdin: bytes) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=theirs, env=environment()
    )
    os.close(theirs)
    process.communicate(stdin)
    seen = b""
    with suppress(OSError):  # the end of a terminal is an error on Linux
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    return seen.decode()


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    stdin = json.dumps({"id": "1", "text": GUARANTEE}).encode()
    options = ["score", "--input", "-", "--output", "-", "--workers", "1"]
    shown = _stderr_on_a_terminal([sys.executable, "-m", "cli", *options], stdin)
    assert "\rscored: 1\x1b[K" in shown
    assert shown.endswith("\r\x1b[K1 line scored.\r\n")
    done = medad(*options, folder=tmp_path, stdin=stdin)
    assert done.err == "1 line scored.\n"


# ── match ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _match(tmp_path: Path, *rows: object) -> Done:
    source = _write(tmp_path / "m.jsonl", *rows)
    registry = registry_dir(tmp_path / "registry")
    return medad("match", "--registry", registry, "--input", source, "--output", "-", folder=tmp_path)


def test_match_answers_in_order_and_names_what_is_wrong(tmp_path: Path) -> None:
    clinic = "Phòng khám Da liễu Mộc Lan Trắng, 17 đường Hoa Gạo, phường Tân Mẫu. GPHĐ 09911/HCM-GPHĐ"
    done = _match(
        tmp_path,
        {"id": "1", "kind": "facility", "text": clinic},
        {"id": "2", "kind": "practitioner", "text": "bác sĩ Lý Văn Mẫu"},
        {"id": "bad", "kind": "hospital", "text": "x"},
        {"id": "3", "kind": "practitioner", "text": "BS Nông Thị Không Có", "as_of": "2026-07-01"},
        {"id": "bad", "kind": "facility", "text": "x", "as_of": "hôm nay"},
        {"kind": "facility", "text": "x"},
        {"id": "bad", "kind": "facility", "text": ""},
    )
    assert done.code == 0
    clinic_row, twin, nobody = done.lines
    assert (clinic_row["decision"], clinic_row["registry_id"], clinic_row["licence_no"]) == (
        "matched",
        "F1",
        "09911/HCM-GPHĐ",
    )
    assert clinic_row["facts"]["exists"] == "yes"
    assert clinic_row["facts"]["in_force"] == "no"
    assert clinic_row["reasons"]
    assert (twin["decision"], twin["registry_id"]) == ("ambiguous", None)
    assert {candidate["registry_id"] for candidate in twin["candidates"]} >= {"P2", "P3"}
    assert (nobody["decision"], nobody["registry_id"], nobody["licence_no"]) == ("not_found", None, None)
    for row in done.lines:
        assert set(row["facts"]) == {"exists", "in_force", "at_place", "within_scope"}
        assert set(row["facts"].values()) <= {"yes", "no", "unknown"}
        assert 0 <= row["probability"] <= 1
    errors = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert [row["line"] for row in errors] == [3, 5, 6, 7]
