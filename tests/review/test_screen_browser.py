"""The screen in a real browser: twenty advertisements by keyboard, a difference settled, a case exported, the figures.

The system's Chromium is used; without one the tests are skipped.
"""

import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screen_rows import PASSWORD, QUOTE, account, text_of, world
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import tables
from models.vocabulary import ReadingOutcome, Role
from pipeline.readings import settled

playwright = pytest.importorskip("playwright.sync_api", reason="needs the browser extra")
uvicorn = pytest.importorskip("uvicorn", reason="needs the review extra")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on the PATH"),
]

COUNT = 20


@pytest.fixture
def address(engine: Engine, tmp_path: Path, fast_hashes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the screen over twenty advertisements and four people."""
    from review.app import create_app

    monkeypatch.setenv("MEDAD_SECOND_SHARE", "1")
    world(engine, COUNT)
    for name, role in (
        ("lan", Role.REVIEWER),
        ("minh", Role.REVIEWER),
        ("thanh", Role.INSPECTOR),
        ("quan", Role.ADMIN),
    ):
        account(engine, name, role)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(engine, tmp_path)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Window:
    """One person at one window; what the page complains of is kept (a breach of the policy is among it)."""

    def __init__(self, browser: Any, address: str, name: str, **look: Any) -> None:
        self.context = browser.new_context(**look)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._ours(request.url, address))
        self.address = address
        self.open("/sign-in")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.leads_on(lambda: self.page.keyboard.press("Enter"))

    def _ours(self, url: str, address: str) -> None:
        if not url.startswith(address):
            self.complaints.append(f"a request to {url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path, wait_until="load")

    def leads_on(self, action: Any) -> None:
        with self.page.expect_navigation(wait_until="load"):
            action()

    def press(self, key: str) -> None:
        self.leads_on(lambda: self.page.keyboard.press(key))

    def shown(self) -> int:
        found = re.search(r"Tin số (\d+)", self.page.inner_text(".crumb"))
        return int(found[1]) if found else 0

    def reject(self, reason: str) -> None:
        """Press b; where the machine is sure, the page asks why, and the cursor stands where to say it."""
        self.press("b")
        assert "cần nêu lý do" in self.page.inner_text("[role=alert]")
        assert self.page.evaluate("document.activeElement.id") == "reason"
        self.page.keyboard.type(reason)
        self.press("Control+Enter")


def _standing(engine: Engine, reader: str) -> list[tables.Reading]:
    with Session(engine) as opened:
        rows = opened.exec(
            select(tables.Reading).where(tables.Reading.reader == reader).order_by(col(tables.Reading.id))
        ).all()
    replaced = {row.supersedes_id for row in rows}
    return [row for row in rows if row.id not in replaced and row.outcome is not ReadingOutcome.UNDONE]


def _select(page: Any, words: str) -> None:
    """Select words of the advertisement as a mouse would."""
    page.evaluate(
        """words => {
          const walker = document.createTreeWalker(document.querySelector("#text"), NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode());) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + words.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            return;
          }
          throw new Error("not there");
        }""",
        words,
    )


def test_a_day_at_the_screen(engine: Engine, browser: Any, address: str, tmp_path: Path) -> None:
    lan = Window(browser, address, "lan")
    lan.open("/read/priority")
    rejected = []
    for number in range(COUNT):
        ad = lan.shown()
        if number == 1:  # a quote of one's own, beyond a character that takes two UTF-16 units
            _select(lan.page, "không tái phát")
            lan.page.keyboard.press("t")
            assert lan.page.input_value("[name=quote_text]") == "không tái phát"
            lan.page.select_option("[name=quote_code]", "absolute_claim")
            lan.page.keyboard.press("Enter")
            marked = ad
        if number == 3:  # a slip, taken back
            lan.press("j")
            lan.press("u")
            assert lan.shown() == ad
        if number % 5 == 4:
            rejected.append(ad)
            lan.reject("câu trích thuộc phần hỏi đáp")
        else:
            lan.press("x")
    assert "không còn tin" in lan.page.inner_text("main")
    answers = {row.advertisement_id: row for row in _standing(engine, "lan")}
    assert len(answers) == COUNT
    assert {ad for ad, row in answers.items() if row.outcome is ReadingOutcome.REJECTED} == set(rejected)
    start, end = answers[marked].codes["absolute_claim"][0]
    assert text_of(marked)[start:end] == "không tái phát"
    assert answers[marked].codes["cure_guarantee"]

    minh = Window(browser, address, "minh")
    minh.open("/read/second")
    differed = minh.shown()
    if differed in rejected:
        minh.press("x")
    else:
        minh.reject("không rõ ai cam kết")
    assert settled(engine, differed) is None

    thanh = Window(browser, address, "thanh")
    thanh.open("/adjudicate")
    assert thanh.shown() == differed
    assert thanh.page.locator(".opinion").count() == 2
    thanh.page.keyboard.press("1")
    thanh.page.keyboard.type("câu trích nêu rõ cam kết")
    thanh.press("Control+Enter")
    standing = settled(engine, differed)
    assert standing
    assert standing.adjudicated
    assert standing.outcome is answers[differed].outcome

    thanh.open("/cases")
    thanh.leads_on(lambda: thanh.page.click("tbody a >> nth=0"))
    with thanh.page.expect_download() as saving:
        thanh.page.click("a[href$='/dossier/json']")
    saved = tmp_path / "saved.json"
    saving.value.save_as(saved)
    assert saving.value.suggested_filename == "vu-viec-1.json"
    assert QUOTE in json.dumps(json.loads(saved.read_text()), ensure_ascii=False)

    thanh.open("/dashboard")
    words = thanh.page.inner_text("main")
    assert "Câu trả lời theo ngày" in words
    assert thanh.page.locator("svg[role=img] rect").count() >= 2
    assert "1 cặp ý kiến" in words
    for window in (lan, minh, thanh):
        expected = [line for line in window.complaints if "422" not in line]
        assert not expected


PAGES = ("/", "/read/priority", "/read/priority?blind=1", "/cases", "/cases/1", "/dashboard", "/accounts", "/access")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_have_no_serious_fault_of_accessibility(
    width: int, scheme: str, browser: Any, address: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    window = Window(browser, address, "quan", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in (*PAGES, "/help", "/password"):
        window.open(path)
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width, path
        faults = axe.run(window.page).response["violations"]
        serious = [
            (fault["id"], [node["target"] for node in fault["nodes"]][:3])
            for fault in faults
            if fault["impact"] in ("serious", "critical")
        ]
        assert not serious, path
    assert not window.complaints


def test_keys_can_be_switched_off_and_leave_typing_alone(engine: Engine, browser: Any, address: str) -> None:
    lan = Window(browser, address, "lan")
    lan.open("/read/priority")
    lan.page.focus("#reason")
    lan.page.keyboard.type("xbj2u")
    assert lan.page.input_value("#reason") == "xbj2u"
    lan.page.keyboard.press("Escape")
    lan.page.keyboard.press("?")
    assert lan.page.locator("#keys").is_visible()
    lan.page.uncheck("#keys-on")
    lan.page.click("#keys button")
    lan.page.keyboard.press("x")
    lan.page.wait_for_timeout(200)
    assert lan.page.url.endswith("/read/priority")
    assert not _standing(engine, "lan")


def test_numbers_and_heads_of_the_list_of_cases_are_not_broken(browser: Any, address: str) -> None:
    window = Window(browser, address, "quan", viewport={"width": 1280, "height": 900})
    window.open("/cases")
    lines = window.page.evaluate(
        """() => {
          for (const signs of document.querySelectorAll('[data-head="Dấu hiệu"]')) signs.append(" dài".repeat(90));
          const row = document.querySelector(".grid tbody tr"), number = row.querySelector('[data-head="Số"] a');
          number.textContent = "12345";
          const told = { number: number.getClientRects().length };
          for (const head of document.querySelectorAll(".grid th")) {
            const words = document.createRange();
            words.selectNodeContents(head);
            told[head.textContent] = new Set(Array.from(words.getClientRects(), rect => rect.top)).size;
          }
          return told;
        }"""
    )
    assert (lines["number"], lines["Số"], lines["Tin"]) == (1, 1, 1)
    assert lines["Phụ trách"] <= 2
