"""Measures how long each action of the screen takes on 100,000 advertisements: ``PYTHONPATH=.:tests/review python
tests/review/measure_screen.py [COUNT] [DATABASE]``.

Rows are made up and written straight into an SQLite file; times are of the whole request inside the server process
(no network), by the wall clock and in processor time, since other work may share the machine. With DATABASE the file
is kept and used again. Not a test: run by hand, figures are quoted in ``docs/review.md``.
"""

import random
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from screen_person import ORIGIN, Person
from screen_rows import LAW, QUOTE, SEEN, VERSIONS, account, text_of
from sqlalchemy import insert
from starlette.testclient import TestClient

from models import tables
from models.database import open_database
from models.vocabulary import CaseStatus, Code, Method, Role, RunStatus, Stage, TextKind
from review.app import create_app

#: For each action the (seconds by the clock, seconds of processor) of every time it was done.
Times = dict[str, list[tuple[float, float]]]

CODES = [code.value for code in Code][:11]


def fill(engine: Any, count: int) -> None:
    """Write ``count`` advertisements, a third of them flagged, eight flagged ones to a case, 5,000 readings."""
    draw = random.Random(7)  # noqa: S311 - made-up rows
    flagged = range(1, count // 3)
    with engine.begin() as connection:
        connection.execute(
            insert(tables.Run),
            [
                {
                    "id": "run-1",
                    "kind": "crawl",
                    "status": RunStatus.DONE,
                    "started_at": SEEN,
                    "finished_at": SEEN,
                    "summary": {"versions": list(VERSIONS), "registry": "danh bạ mẫu"},
                }
            ],
        )
        for start in range(1, count + 1, 10_000):
            numbers = range(start, min(start + 10_000, count + 1))
            connection.execute(insert(tables.Advertisement), [_ad(n) for n in numbers])
            connection.execute(insert(tables.Assessment), [_assessment(n, n in flagged, draw) for n in numbers])
        cases = len(flagged) // 8 + 1
        connection.execute(insert(tables.Case), [_case(n, draw) for n in range(1, cases + 1)])
        for start in range(0, len(flagged), 10_000):
            numbers = flagged[start : start + 10_000]
            connection.execute(insert(tables.Finding), [_finding(n, draw) for n in numbers])
            links = [{"case_id": n // 8 + 1, "advertisement_id": n, "reasons": ["cùng trang web"]} for n in numbers]
            connection.execute(
                insert(tables.CaseLink), [{**link, "linked_at": SEEN, "placed_by": ""} for link in links]
            )
        connection.execute(insert(tables.Reading), [_reading(n, draw) for n in list(flagged)[-5_000:]])


def _ad(n: int) -> dict[str, Any]:
    text = text_of(n) + " Nội dung giới thiệu dịch vụ." * 40
    return {
        "id": n,
        "url": f"http://s{n % 900}.example/{n}",
        "site": f"s{n % 900}.example",
        "source": f"nguồn {n % 9}",
        "title": f"Tin mẫu {n}",
        "text": text,
        "main_end": len(text),
        "text_sha256": f"{n:064d}",
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
        "extractor": "x",
        "part": 0,
        "channel": "web",
        "text_group": n - n % 3 if n > 3 else n,
        "details": {},
    }


def _assessment(n: int, flagged: bool, draw: random.Random) -> dict[str, Any]:
    return {
        "advertisement_id": n,
        "classifier": "test",
        "version": VERSIONS[0],
        "kind": TextKind.HEALTH_AD,
        "kind_probability": 0.9,
        "domains": {"service": 0.9},
        "codes": {"cure_guarantee": 0.9 if flagged else 0.1},
        "risk": draw.random() * (1 if flagged else 0.5),
        "shown_on": date(2026, 11, 20),
        "assessed_at": SEEN,
    }


def _case(n: int, draw: random.Random) -> dict[str, Any]:
    return {
        "id": n,
        "subject": f"Phòng khám mẫu {n}",
        "subject_kind": "facility",
        "status": CaseStatus.NEW,
        "priority": draw.random(),
        "priority_parts": [],
        "codes": draw.sample(CODES, 2),
        "registry_summary": "",
        "notes": [],
        "opened_at": SEEN,
        "updated_at": SEEN,
        "assignee": "",
    }


def _finding(n: int, draw: random.Random) -> dict[str, Any]:
    start = text_of(n).index(QUOTE)
    return {
        "advertisement_id": n,
        "stage": Stage.SCORE,
        "version": VERSIONS[0],
        "code": Code.CURE_GUARANTEE,
        "method": Method.MODEL,
        "probability": 0.5 + draw.random() / 2.1,
        "quote": QUOTE,
        "start_at": start,
        "end_at": start + len(QUOTE),
        "absence": False,
        "sought": [],
        "looked_in": [],
        "reason": "",
        "shown_on": date(2026, 11, 20),
        "provision_count": 2,
        "law": LAW,
    }


def _reading(n: int, draw: random.Random) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=draw.randrange(1, 600))
    confirmed = draw.random() < 0.8
    return {
        "advertisement_id": n,
        "version": VERSIONS[0],
        "reader": draw.choice(["an", "binh", "chi"]),
        "queue": "priority",
        "outcome": "confirmed" if confirmed else "rejected",
        "blind": False,
        "kind": "health_ad",
        "domains": ["service"],
        "codes": {"cure_guarantee": [[0, 5]]} if confirmed else {},
        "proposed": {"cure_guarantee": 0.8},
        "reason": "",
        "weight": 1.0,
        "opened_at": at - timedelta(seconds=20),
        "read_at": at,
    }


def _answer(person: Person, times: Times, queue: str, outcome: str) -> None:
    page = _timed(times, f"show next ({queue})", lambda: person.client.get(f"/read/{queue}"))
    form = page.text[page.text.index('<form id="answer"') :]
    fields: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', form):
        fields.setdefault(name, []).append(value)
    found = re.search(r'action="(/ads/\d+/answer)"', page.text)
    assert found
    data = {**fields, "outcome": outcome, "reason": "vì ví dụ"}
    post = {"data": data, "headers": {"origin": ORIGIN}, "follow_redirects": False}
    _timed(times, f"answer ({outcome})", lambda: person.client.post(found[1], **post))


def _timed(times: Times, name: str, action: Any) -> Any:
    begun, used = time.perf_counter(), time.process_time()
    answer = action()
    times.setdefault(name, []).append((time.perf_counter() - begun, time.process_time() - used))
    assert answer.status_code in (200, 303), (name, answer.status_code, answer.text[:500])
    return answer


def main(count: int, kept: str) -> None:
    """Fill a database, act on the screen, print what each action took in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(kept or f"{folder}/medad.db")
        fresh = not file.exists()
        engine = open_database(f"sqlite:///{file}")
        if fresh:
            fill(engine, count)
            account(engine, "quan", Role.ADMIN)
        with TestClient(create_app(engine, Path(folder))) as client:
            _act(Person(client), 1 if len(sys.argv) > 3 else 20)
        engine.dispose()


def _act(person: Person, rounds: int) -> None:
    warm: Times = {}
    times: Times = {}
    _timed(warm, "sign in (argon2 included)", lambda: person.sign_in("quan"))
    for path in ("/", "/cases", "/dashboard"):
        _timed(warm, f"first {path}", lambda path=path: person.client.get(path))
    for _ in range(rounds):
        for outcome in ("confirmed", "rejected", "second_reading", "skipped"):
            _answer(person, times, "priority", outcome)
        _answer(person, times, "uncertainty", "confirmed")
        post = {"data": {"csrf": person.csrf(), "queue": "priority"}, "headers": {"origin": ORIGIN}}
        _timed(times, "undo", lambda post=post: person.client.post("/undo", **post, follow_redirects=False))
        for name, path in PATHS:
            _timed(times, name, lambda path=path: person.client.get(path))
    for name, each in (warm | times).items():
        clock, used = zip(*each, strict=True)
        print(
            f"{name:28} clock {1000 * statistics.median(clock):6.0f} ms (slowest {1000 * max(clock):6.0f})"
            f"   processor {1000 * statistics.median(used):6.0f} ms (most {1000 * max(used):6.0f})"
        )


PATHS = (
    ("queues", "/"),
    ("cases", "/cases"),
    ("cases, filtered", "/cases?code=absolute_claim"),
    ("cases, searched", "/cases?q=mau+77"),
    ("one case", "/cases/77"),
    ("dossier (html)", "/cases/77/dossier/html"),
    ("dashboard", "/dashboard"),
    ("record of access", "/access"),
)

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else "")
