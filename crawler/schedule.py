"""Which sources are due: those whose last finished run began longer ago than they ask for (``every``).

What ran when is read from the evidence log: the folder that a crawl writes to is the only witness it needs.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.captures import REPORTING
from crawler.chain import LOG_NAME, read_log
from crawler.sources import Source
from models.vocabulary import RunStatus

#: A source may start this share of its interval early, and this much at the most: a timer that rings every night at
#: the same hour must not find a source some seconds short of its day and skip the night.
_EARLY, _EARLY_AT_MOST = 0.1, timedelta(hours=1)

#: A run that only took pictures of pages did not ask for the pages.
_PICTURES = frozenset({"screenshot", "image"})


def last_runs(evidence: Path) -> dict[str, datetime]:
    """Return when the last finished run over each source began (aware), by the source's name.

    The last one is that which stands last in the log, whatever its clock said. Raises ``EvidenceError`` where the log
    was altered.
    """
    if not (evidence / LOG_NAME).exists():
        return {}
    began: dict[str, datetime] = {}
    asked: dict[str, set[str]] = {}
    found: dict[str, datetime] = {}
    for event, _ in read_log(evidence):
        run = event.get("run", "")
        match event.get("event"):
            case "run_started" | "run_continued":
                began.setdefault(run, datetime.fromisoformat(event["at"]))
                asked.setdefault(run, set())
            case "run_finished" if event.get("status") == RunStatus.DONE and run in began:
                found.update(dict.fromkeys(asked[run], began[run]))
            case kind if kind in REPORTING and run in asked and event.get("role") not in _PICTURES:
                asked[run].add(str(event.get("source", "")))
    return found


def due_sources(
    sources: Sequence[Source], last: Mapping[str, datetime], now: datetime | None = None
) -> tuple[Source, ...]:
    """Return the sources that are due at ``now``, in their order.

    Due is what was never crawled to its end, what names no ``every``, and what was last crawled in the future: the
    clock was set back since, and waiting for it to come round again could take years.
    """
    moment = now or datetime.now(UTC)
    return tuple(source for source in sources if _is_due(source, last.get(source.name), moment))


def _is_due(source: Source, last: datetime | None, now: datetime) -> bool:
    every = source.interval
    if every is None or last is None or last > now:
        return True
    return now - last >= every - min(every * _EARLY, _EARLY_AT_MOST)
