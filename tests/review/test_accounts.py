"""Accounts by the command line and by themselves; the record of access on its way out."""

import csv
import io
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import here
from screen_rows import PASSWORD, account
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import tables
from models.errors import InputError
from models.vocabulary import Role
from pipeline import accounts
from pipeline.access import ACTION_VI, Via, about_vi, describe_access, record_access
from pipeline.access import access_rows as told_rows
from pipeline.access_export import access_csv, access_rows, write_access

pytestmark = pytest.mark.usefixtures("fast_hashes")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("lan", "ngắn"),
        ("lan", "x" * 300),
        ("lan", "aaaaaaaaaaaaaaaa"),
        ("lan", "mật khẩu của lan 1"),
        ("Lan Anh", PASSWORD),
        ("-lan", PASSWORD),
        ("x" * 40, PASSWORD),
        ("", PASSWORD),
    ],
)
def test_weak_passwords_and_odd_names_are_refused(name: str, password: str, engine: Engine) -> None:
    with pytest.raises(InputError):
        accounts.create_account(engine, name, password, Role.REVIEWER)
    assert not accounts.list_accounts(engine)


def test_of_a_password_only_a_hash_is_kept(engine: Engine) -> None:
    account(engine, "lan", Role.ADMIN)
    with Session(engine) as opened:
        row = opened.exec(select(tables.Account)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in row.password_hash


def test_letters_composed_otherwise_are_the_same_password(engine: Engine) -> None:
    import unicodedata

    account(engine, "lan", Role.ADMIN)
    assert accounts.authenticate(engine, " LAN ", unicodedata.normalize("NFD", PASSWORD)).name == "lan"


def test_a_name_is_given_once(engine: Engine) -> None:
    account(engine, "lan", Role.ADMIN)
    with pytest.raises(InputError, match="already"):
        accounts.create_account(engine, "LAN", "một mật khẩu khác 7", Role.REVIEWER)


def test_guesses_sent_at_once_are_all_counted(engine: Engine) -> None:
    account(engine, "lan", Role.REVIEWER)

    def guess(number: int) -> bool:
        try:
            accounts.authenticate(engine, "lan", f"đoán thử lần thứ {number}")
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert not any(pool.map(guess, range(accounts.MOST_FAILURES)))
    assert accounts.list_accounts(engine)[0].locked_until
    with pytest.raises(InputError):
        accounts.authenticate(engine, "lan", PASSWORD)


def test_a_new_password_ends_sessions_and_lifts_lock_and_ban(engine: Engine) -> None:
    row = account(engine, "lan", Role.REVIEWER)
    token = accounts.open_login(engine, row.account_id)
    assert accounts.who(engine, token)
    accounts.disable_account(engine, "lan")
    assert accounts.who(engine, token) is None
    accounts.set_password(engine, "lan", "một mật khẩu khác 7")
    assert accounts.who(engine, token) is None
    assert accounts.authenticate(engine, "lan", "một mật khẩu khác 7").disabled_at is None


class _Pipe(io.StringIO):
    def isatty(self) -> bool:
        return False


def _run(db_url: str, capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> object:
    done = here(capsys, "--db", db_url, "--json", *words)
    assert done.code == 0, done.err
    return done.value


def test_accounts_and_the_record_by_command(
    db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAD_USER", "ky-thuat")
    monkeypatch.setattr("sys.stdin", _Pipe(f"{PASSWORD}\n"))
    made = _run(db_url, capsys, ["accounts", "add", "lan", "--role", "inspector", "--display-name", "Nguyễn Lan"])
    assert made == {"account": "lan", "role": "inspector"}
    monkeypatch.setattr("sys.stdin", _Pipe("một mật khẩu khác 7\n"))
    _run(db_url, capsys, ["accounts", "password", "lan"])
    _run(db_url, capsys, ["accounts", "disable", "lan"])
    listed = here(capsys, "--db", db_url, "--json", "accounts", "list").value
    assert [(row["account"], row["name"], bool(row["disabled_at"])) for row in listed] == [("lan", "Nguyễn Lan", True)]
    out = tmp_path / "record.jsonl"
    assert _run(db_url, capsys, ["audit", "export", "-o", str(out)]) == {"rows": 4, "file": str(out)}
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["action"] for row in rows] == ["account_added", "password_changed", "account_disabled", "export_access"]
    assert {row["who"] for row in rows} == {"ky-thuat"}
    assert PASSWORD not in out.read_text()


def test_nobody_is_served_before_there_is_an_account(db_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "--db", db_url, "review")
    assert done.code == 1
    assert "medad accounts add" in done.err


def test_the_record_goes_out_whole_and_without_formulas(engine: Engine, tmp_path: Path) -> None:
    for number in range(1_005):
        record_access(engine, "=1+1", Via.WEB, "view_ad", subject=("advertisement", number))
    assert [row["subject_id"] for row in access_rows(engine)] == [str(number) for number in range(1_005)]
    assert [row["subject_id"] for row in access_rows(engine, newest=2)] == ["1004", "1003"]
    table = list(csv.reader(io.StringIO(access_csv(access_rows(engine, newest=1)).decode("utf-8-sig"))))
    assert table[1][2] == "'=1+1"
    assert write_access(engine, tmp_path / "record.csv") == 1_005


_ROOT = Path(__file__).resolve().parent.parent.parent
_RECORDED = re.compile(r'(?:\.saw\(|Via\.CLI, |_recorded\(engine, )"(\w+)"')


def test_whatever_is_recorded_has_a_vietnamese_name(engine: Engine) -> None:
    sources = [path.read_text() for part in ("review", "commands", "pipeline") for path in (_ROOT / part).glob("*.py")]
    recorded = {name for text in sources for name in _RECORDED.findall(text)}
    assert {"triage", "labels_export", "audit_draw", "evidence_export", "evidence_prune", "view_ad"} <= recorded
    assert recorded == set(ACTION_VI)
    record_access(engine, "an", Via.CLI, "triage", subject=("queue", "audit"))
    record_access(engine, "an", Via.CLI, "audit_draw", subject=("audit_sample", 4))
    told = describe_access(told_rows(engine, None, 5))
    assert "đọc tin theo hàng đợi  hàng đợi: Mẫu kiểm tra ngẫu nhiên" in told
    assert "rút mẫu kiểm tra ngẫu nhiên  mẫu kiểm tra số 4" in told


@pytest.mark.parametrize(
    ("kind", "subject", "said"),
    [
        ("labels", "", "nhãn từ kết quả đọc"),
        ("case", "", ""),
        ("", "", ""),
        ("path", "/{0.__class__}", "địa chỉ /{0.__class__}"),
        ("queue", "khác", "hàng đợi: khác"),
        ("other", "7", "other 7"),
    ],
)
def test_what_an_action_was_about(kind: str, subject: str, said: str) -> None:
    assert about_vi(kind, subject) == said
