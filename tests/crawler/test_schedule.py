"""Which sources are due: by their last finished run, whatever the clock did meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback import Reply, page, serving
from pydantic import ValidationError

from crawler.chain import LOG_NAME, Head, sealed
from crawler.job import sources_digest
from crawler.run import crawl
from crawler.schedule import due_sources, last_runs
from crawler.sources import Source

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)


def source(name: str = "a", every: str = "1d") -> Source:
    return Source.model_validate(
        {"name": name, "kind": "site", "start": ("http://h.example/",), "delay": 0, "every": every}
    )


@pytest.mark.parametrize(
    ("every", "seconds"), [("30m", 1_800), ("6h", 21_600), ("1d", 86_400), ("2w", 1_209_600), ("", None)]
)
def test_intervals(every: str, seconds: int | None) -> None:
    interval = source(every=every).interval
    assert (interval.total_seconds() if interval else None) == seconds


@pytest.mark.parametrize("every", ["0d", "1", "d", "1 d", "-1d", "1y", "1.5h", "١d", "99999d", "1d\n"])
def test_what_is_no_interval_is_refused(every: str) -> None:
    with pytest.raises(ValidationError, match="is no interval; write 30m, 6h, 1d or 1w"):
        source(every=every)


@pytest.mark.parametrize(
    ("every", "ago", "due"),
    [
        ("1d", timedelta(hours=23, minutes=59), True),  # a nightly timer some seconds early
        ("1d", timedelta(hours=22, minutes=59), False),
        ("30m", timedelta(minutes=27), True),
        ("30m", timedelta(minutes=26), False),
        ("1w", timedelta(days=6), False),
        ("1w", timedelta(days=7), True),
        ("1d", timedelta(0), False),
        ("1d", -timedelta(seconds=1), True),  # the clock was set back
        ("1d", -timedelta(days=900), True),
        ("", timedelta(0), True),
    ],
)
def test_due(every: str, ago: timedelta, due: bool) -> None:
    assert bool(due_sources([source(every=every)], {"a": NOW - ago}, NOW)) is due


def test_a_source_never_crawled_is_due() -> None:
    sources = [source("a"), source("b"), source("c", "")]
    assert [one.name for one in due_sources(sources, {"a": NOW, "c": NOW}, NOW)] == ["b", "c"]


def log(folder: Path, *events: dict[str, object]) -> Path:
    head, lines = Head(), []
    for event in events:
        for one in (event, *_asked(event)):
            line, head = sealed(one, head)
            lines.append(line)
    (folder / LOG_NAME).write_bytes(b"".join(lines))
    return folder


def _asked(event: dict[str, object]) -> list[dict[str, object]]:
    """One page asked for in each source of a run that begins."""
    names = event.get("names", ())
    assert isinstance(names, tuple | list)
    role = event.get("role", "page")
    return [{"event": "capture", "run": event["run"], "source": name, "role": role} for name in names]


def begun(run: str, hours: float, *names: str, event: str = "run_started") -> dict[str, object]:
    at = (NOW + timedelta(hours=hours)).isoformat()
    return {"event": event, "run": run, "at": at, "names": list(names)}


def ended(run: str, hours: float, status: str = "done") -> dict[str, object]:
    return {"event": "run_finished", "run": run, "at": (NOW + timedelta(hours=hours)).isoformat(), "status": status}


def test_only_runs_that_came_to_their_end_count_from_their_beginning(tmp_path: Path) -> None:
    evidence = log(
        tmp_path,
        begun("r1", 0, "a", "b"),
        ended("r1", 1),
        begun("r2", 10, "b", "c"),
        ended("r2", 11, "interrupted"),
        begun("r3", 20, "d"),
        ended("r3", 20, "interrupted"),
        begun("r3", 30, "d", event="run_continued"),
        ended("r3", 31),
        begun("r4", 40, "a"),
        {**begun("r5", 50, "b"), "role": "screenshot"},  # pictures of what was captured: no page was asked for
        ended("r5", 50),
    )
    assert last_runs(evidence) == {"a": NOW, "b": NOW, "d": NOW + timedelta(hours=20)}


def test_after_the_clock_was_set_back_the_last_run_in_the_log_counts(tmp_path: Path) -> None:
    evidence = log(tmp_path, begun("r1", 9_000, "a"), ended("r1", 9_001), begun("r2", 0, "a"), ended("r2", 1))
    assert last_runs(evidence) == {"a": NOW}
    assert not due_sources([source()], last_runs(evidence), NOW + timedelta(hours=2))


def test_no_evidence_no_runs(tmp_path: Path) -> None:
    assert last_runs(tmp_path / "none") == {}


def test_a_real_crawl_is_seen_and_a_changed_interval_continues_it(tmp_path: Path) -> None:
    with serving(lambda path, _: Reply(page()) if path == "/" else Reply(status=404)) as site:
        watched = source().model_copy(update={"start": (f"{site.url}/",)})
        crawl([watched], tmp_path / "evidence")
    began = last_runs(tmp_path / "evidence")["a"]
    assert timedelta(0) <= datetime.now(UTC) - began < timedelta(minutes=2)
    assert due_sources([watched], {"a": began}) == ()
    assert sources_digest([watched]) == sources_digest([watched.model_copy(update={"every": ""})])
    assert "every" in json.loads(watched.model_dump_json())
