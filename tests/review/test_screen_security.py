"""The gate of the screen: who comes in, what a form must carry, what an answer says to a browser."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from screen_person import ORIGIN, Person
from screen_rows import PASSWORD, account, world
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from models import tables
from models.vocabulary import Role
from review.routes import ROUTES
from review.security import HEADERS
from review.seen import Route

People = Callable[[Role], Person]
Screen = Callable[[], Person]


def _path(route: Route) -> str:
    values = {"queue": "priority", "ad": "1", "case": "1", "form": "json", "name": "x", "capture": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], route.path)


def _served(app: Any) -> set[tuple[str, str]]:
    return {(method, route.path) for route in app.routes for method in route.methods}


def test_the_table_of_routes_is_all_that_is_served(screen: Screen) -> None:
    assert _served(screen.app) == {(route.method, route.path) for route in ROUTES}  # type: ignore[attr-defined]


def test_only_the_door_is_open_to_everybody() -> None:
    assert {(route.method, route.path) for route in ROUTES if not route.roles} == {
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/static/{name}"),
    }


def test_no_address_answers_who_is_not_signed_in(screen: Screen) -> None:
    stranger = screen()
    for route in ROUTES:
        if not route.roles:
            continue
        if route.method == "GET":
            answer = stranger.get(_path(route))
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), route.path
        else:
            assert stranger.post(_path(route), page="/sign-in").status_code == 401, route.path


@pytest.mark.parametrize("role", list(Role))
def test_each_address_takes_its_roles_and_no_other(role: Role, engine: Engine, people: People) -> None:
    world(engine, 2)
    person = people(role)
    asked = [route for route in ROUTES if route.roles and route.path != "/sign-out"]
    for route in asked:
        answer = person.get(_path(route)) if route.method == "GET" else person.post(_path(route))
        refused = "Vai trò của bạn không được dùng chức năng này" in answer.text
        assert refused == (role not in route.roles), (route.method, route.path, answer.status_code)
        assert answer.status_code < 500, (route.path, answer.text)


def test_a_form_needs_its_token_and_our_origin(people: People) -> None:
    person = people(Role.ADMIN)
    token = person.csrf()
    fields = {"name": "nguoi-moi", "role": "reviewer", "password": "một câu rất dài 9"}
    good = {"csrf": token, **fields}
    client = person.client
    for data, headers in (
        (fields, {"origin": ORIGIN}),
        ({"csrf": "0" * 64, **fields}, {"origin": ORIGIN}),
        (good, {}),
        (good, {"origin": "null"}),
        (good, {"origin": "http://khac.example"}),
        (good, {"origin": "https://testserver"}),
        (good, {"origin": ORIGIN, "sec-fetch-site": "cross-site"}),
    ):
        assert client.post("/accounts", data=data, headers=headers).status_code == 403
    assert "nguoi-moi" not in person.get("/accounts").text
    assert person.post("/accounts", fields).status_code == 303
    assert "nguoi-moi" in person.get("/accounts").text


def test_the_token_of_one_session_is_nothing_to_another(people: People) -> None:
    other = people(Role.REVIEWER).csrf()
    client = people(Role.ADMIN).client
    assert client.post("/audit", data={"csrf": other, "size": "5"}, headers={"origin": ORIGIN}).status_code == 403


def test_no_post_is_taken_as_json_multipart_or_too_large(people: People) -> None:
    client = people(Role.ADMIN).client
    assert client.post("/undo", json={"csrf": "x"}, headers={"origin": ORIGIN}).status_code == 400
    assert client.post("/undo", files={"a": b"x"}, headers={"origin": ORIGIN}).status_code == 400
    assert client.post("/undo", data={"a": "x" * 300_000}, headers={"origin": ORIGIN}).status_code == 413
    many = "&".join(f"a{n}=1" for n in range(3000))
    form = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    assert client.post("/undo", content=many, headers=form).status_code == 400
    assert client.post("/undo", content=iter([b"a=" + b"x" * 100_000] * 4), headers=form).status_code == 400
    assert client.post("/undo", content=b"a=%ff%fe", headers=form).status_code == 400


def test_sign_in_gives_a_token_that_nobody_knew(engine: Engine, screen: Screen) -> None:
    account(engine, "lan", Role.REVIEWER)
    victim = screen()
    victim.client.cookies.set("medad-session", "chosen-by-another", domain="testserver.local", path="/")
    answer = victim.sign_in("lan")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("medad-session="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    given = cookie.split("=", 1)[1].split(";")[0]
    assert given != "chosen-by-another"
    thief = screen()
    thief.client.cookies.set("medad-session", "chosen-by-another")
    assert thief.get("/").status_code == 303
    with Session(engine) as opened:
        assert given not in {login.token_sha256 for login in opened.exec(select(tables.Login))}


def test_signing_in_again_ends_the_session_before(engine: Engine, people: People) -> None:
    person = people(Role.REVIEWER)
    old = person.client.cookies["medad-session"]
    data = {"csrf": person.csrf(), "name": "reviewer-1", "password": PASSWORD}
    assert person.client.post("/sign-in", data=data, headers={"origin": ORIGIN}, follow_redirects=False).is_redirect
    assert person.client.cookies["medad-session"] != old
    with Session(engine) as opened:
        assert len(opened.exec(select(tables.Login)).all()) == 1


def test_behind_https_the_cookie_is_bound_to_the_host(engine: Engine, screen: Screen) -> None:
    account(engine, "lan", Role.REVIEWER)
    client = screen().client
    client.base_url = "https://testserver"
    token = re.search(r'name="csrf" value="(\w+)"', client.get("/sign-in").text)
    assert token
    data = {"csrf": token[1], "name": "lan", "password": PASSWORD}
    answer = client.post("/sign-in", data=data, headers={"origin": "https://testserver"}, follow_redirects=False)
    cookies = answer.headers.get_list("set-cookie")
    assert any(c.startswith("__Host-medad-session=") and "Secure" in c and "Path=/" in c for c in cookies)


def test_after_sign_out_the_cookie_opens_nothing(people: People) -> None:
    person = people(Role.REVIEWER)
    token = person.client.cookies["medad-session"]
    assert person.post("/sign-out").headers["location"] == "/sign-in"
    person.client.cookies.set("medad-session", token)
    assert person.get("/").headers["location"] == "/sign-in"


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(engine: Engine, screen: Screen) -> None:
    account(engine, "lan", Role.REVIEWER)
    person = screen()
    for _ in range(5):
        assert person.sign_in("lan", "không phải mật khẩu").status_code == 401
    locked, unknown = person.sign_in("lan"), person.sign_in("khong-ai")
    assert locked.status_code == unknown.status_code == 401
    assert "medad-session" not in person.client.cookies
    message = re.search(r'role="alert">([^<]+)', locked.text)
    assert message
    assert message[1] in unknown.text  # nothing tells which names there are
    with Session(engine) as opened:
        row = opened.exec(select(tables.Account)).one()
        assert row.locked_until
        row.locked_until -= timedelta(minutes=16)
        opened.add(row)
        opened.commit()
    assert person.sign_in("lan").status_code == 303


@pytest.mark.parametrize("column", ["seen_at", "expires_at"])
def test_a_session_ends_by_idling_and_by_age(column: str, engine: Engine, people: People) -> None:
    person = people(Role.REVIEWER)
    assert person.get("/help").status_code == 200
    with Session(engine) as opened:
        opened.execute(update(tables.Login).values({column: tables.now() - timedelta(hours=2)}))
        opened.commit()
    assert person.get("/help").headers["location"] == "/sign-in"


def test_a_disabled_account_is_out_at_once(engine: Engine, people: People) -> None:
    reader, admin = people(Role.REVIEWER), people(Role.ADMIN)
    assert admin.post("/accounts/reviewer-1/disable").status_code == 303
    assert reader.get("/").headers["location"] == "/sign-in"
    assert reader.sign_in("reviewer-1").status_code == 401
    assert "chính mình" in admin.post("/accounts/admin-1/disable").text


def test_every_answer_carries_the_headers(people: People) -> None:
    person = people(Role.REVIEWER)
    for path in ("/sign-in", "/", "/nowhere", "/static/review.css", "/cases/1", "/help"):
        answer = person.get(path)
        for name, value in HEADERS.items():
            wanted = "public, max-age=86400" if name == "Cache-Control" and path.startswith("/static/") else value
            assert answer.headers[name] == wanted, (path, name)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(engine: Engine, people: People) -> None:
    world(engine, 2)
    person = people(Role.ADMIN)
    for path in ("/", "/read/priority", "/cases", "/cases/1", "/dashboard", "/accounts", "/access", "/help"):
        page = person.get(path)
        assert page.status_code == 200, path
        assert not re.search(r"<script(?![^>]* src=\"/static/)|<style|\sstyle=|\son\w+=|javascript:", page.text), path
        assert not re.search(r"(?:src|href|action)=\"(?!/|#)", page.text), path


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"


def test_nothing_out_of_an_advertisement_is_live(engine: Engine, people: People) -> None:
    text = f"{EVIL}\r\nxin chào\u202e\x01 {EVIL} hết"
    world(engine, 2, title=EVIL, url=f"javascript:{EVIL}", named=EVIL, text=text, quote=EVIL, reason=EVIL)
    person = people(Role.ADMIN)
    for path in ("/read/priority", "/ads/2", "/cases", "/cases/1", "/cases?q=" + "%3Cscript%3E&assignee=%22%3E%3Cb%3E"):
        page = person.get(path)
        assert page.status_code == 200, path
        assert "alert(1)" in page.text or path.startswith("/cases?"), path
        assert "<script>" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "<svg/onload" not in page.text, path
        assert "\u202e" not in page.text, path
        assert 'href="javascript' not in page.text, path


def test_what_a_reader_types_is_not_live_either(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.ADMIN)
    person.post("/cases/1/note", {"text": EVIL})
    person.post("/accounts", {"name": EVIL, "role": "reviewer", "password": "x"})
    for path in ("/cases/1", "/accounts", "/access", f"/nowhere/{EVIL}", f"/read/priority?done={EVIL}&outcome={EVIL}"):
        assert "<script>" not in person.get(path).text, path
    error = person.post("/accounts", {"name": EVIL, "role": "reviewer", "password": "một câu rất dài 9"})
    assert "<script>" not in error.text


ODD = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/cases/1/dossier/..%2f..%2fetc",
    "/cases/1/dossier/exe",
    "/cases/-1",
    "/cases/99999999999999999999",
    "/cases/" + "9" * 5000,
    "/ads/٣",
    "/screenshots/1.png",
    "/read/disagreement",
    "/read/../accounts",
)


def test_odd_paths_lead_nowhere(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.INSPECTOR)
    for path in ODD:
        answer = person.get(path)
        assert answer.status_code in (403, 404), path
        assert "import " not in answer.text


def test_nul_characters_reach_no_database(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.ADMIN)
    assert person.post("/cases/1/note", {"text": "a\0b"}).status_code == 303
    assert "ab" in person.get("/cases/1").text
    for path in ("/cases?assignee=%00x&q=%00", "/read/priority?done=%00", "/ads/%00", "/accounts%00"):
        assert person.get(path).status_code in (200, 404), path
    assert person.post("/accounts/%00x/disable").status_code == 400
    person.post("/sign-in", {"name": "\0", "password": "\0"}, page="/help")


def test_a_fault_of_ours_tells_nothing(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    from review import desk

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(desk, "queue_sizes", broken)
    answer = people(Role.REVIEWER).get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_refusals_are_written_down(engine: Engine, people: People) -> None:
    people(Role.REVIEWER).get("/accounts")
    people(Role.ADMIN).client.get("/access.csv")
    with Session(engine) as opened:
        rows = opened.exec(select(tables.AccessRecord).order_by(col(tables.AccessRecord.id))).all()
    assert ("reviewer-1", "refused", "/accounts") in {(row.who, row.action, row.subject_id) for row in rows}
    assert rows[-1].action == "export_access"


def test_the_source_marks_nothing_as_safe() -> None:
    folder = Path(__file__).resolve().parents[2] / "review"
    for file in folder.rglob("*.html"):
        assert "|safe" not in file.read_text().replace(" ", ""), file.name
        assert "autoescape" not in file.read_text(), file.name
