"""``make bench``: speed as ratios against something real in the same run, on this project's own pages.

Machines are noisy: quote the ratios, and the absolute figures only with the machine. Nothing here is a test.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process

from classifier.types import Document
from crawler.pages.sites import page_for
from evaluation.bench_crawl import bench_crawl, bench_memory
from evaluation.bench_model import bench_model
from evaluation.demo import read_expected
from models.vietnamese import folded
from models.vocabulary import MentionKind
from pipeline.demo_web import DemoSite
from pipeline.matching import registry_matcher
from pipeline.scoring import backend, judge
from registry.directory import read_registry_dir
from registry.mentions import find_mentions
from registry.types import Query

_DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"

#: The twelve phrases of the plainest keyword list: what one would do without a classifier.
KEYWORDS = (
    "cam kết", "dứt điểm", "khỏi hẳn", "khỏi hoàn toàn", "tận gốc", "100%",
    "số 1", "tốt nhất", "hàng đầu", "không tác dụng phụ", "an toàn tuyệt đối", "vĩnh viễn",
)  # fmt: skip


def timed(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median seconds of ``repeats`` runs, after one that is not counted."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def bench_text() -> dict[str, float]:
    """Read, judge and search the demo's pages; the yardstick is a plain search for twelve phrases in the same texts."""
    site = DemoSite(_DEMO / "web")
    raw = [(row.url, site.reply(*_split(row.url))) for row in read_expected(_DEMO)]
    pages = [page_for(url).read(reply.body, url, reply.content_type) for url, reply in raw]
    documents = [Document(p.text, date(2026, 11, 24), p.main_end, p.title, p.url, p.url) for p in pages if p.text]
    backend("rules")
    keyword = timed(lambda: [any(word in d.text.lower() for word in KEYWORDS) for d in documents])
    read = timed(lambda: [page_for(url).read(reply.body, url, reply.content_type) for url, reply in raw])
    rules = timed(lambda: judge(documents))
    mentions = timed(lambda: [find_mentions(d.text, d.main_end) for d in documents])
    count = len(documents)
    return {
        "pages_read_per_second": len(raw) / read,
        "texts_judged_per_second": count / rules,
        "texts_searched_for_mentions_per_second": count / mentions,
        "judging_costs_keyword_searches": rules / keyword,
    }


def _split(url: str) -> tuple[str, str]:
    host, _, path = url.removeprefix("http://").partition("/")
    return host, f"/{path}"


def bench_match(registry: Path, mentions: Path | None) -> dict[str, float]:
    """Match mentions; the yardstick is rapidfuzz's best WRatio over the folded names of the same registry."""
    held = read_registry_dir(registry)
    started = time.perf_counter()
    matcher = registry_matcher(held)
    ready = time.perf_counter() - started
    if mentions is None:
        facts = [fact for row in read_expected(_DEMO) for fact in row.facts]
        queries = [Query(str(n), MentionKind(f["kind"]), f["text"]) for n, f in enumerate(facts)]
    else:
        rows = map(json.loads, mentions.read_text(encoding="utf-8").splitlines()[:1000])
        queries = [Query(row["id"], MentionKind(row["kind"]), row["text"]) for row in rows]
    names = [folded(p.full_name) for p in held.practitioners] + [folded(f.legal_name) for f in held.facilities]
    some = [folded(query.text) for query in queries[:50]]
    ours = timed(lambda: [matcher.match(query) for query in queries]) / len(queries)
    theirs = timed(lambda: [process.extractOne(text, names, scorer=fuzz.WRatio) for text in some], 1) / len(some)
    return {
        "records": float(len(names)),
        "index_seconds": ready,
        "mentions_per_second": 1 / ours,
        "times_faster_than_extract_one": theirs / ours,
    }


def main() -> None:
    """Run every benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=3_000, help="pages to crawl")
    parser.add_argument("--repeats", type=int, default=3, help="turns of the crawl, each beside a bare spider")
    parser.add_argument("--bodies", type=Path, help="folder of pages (.html) to crawl, other than the demo's")
    parser.add_argument("--memory-pages", type=int, default=100_000, help="simulated pages to watch the memory over")
    parser.add_argument("--only", action="append", help="run only these: text, model, match, crawl, memory")
    parser.add_argument("--registry", type=Path, default=_DEMO / "registry", help="folder of registry files")
    parser.add_argument("--texts", type=Path, help="labelled texts (.jsonl) for the model, other than the project's")
    parser.add_argument("--stream", type=int, default=1000, help="texts of the day-like stream")
    parser.add_argument("--mentions", type=Path, help="mentions with gold, for a registry other than the demo's")
    options = parser.parse_args()
    originals = sorted((options.bodies or _DEMO / "web" / "nhakhoaanphuc.example").rglob("*.html"))
    benches: dict[str, Callable[[], dict[str, float]]] = {
        "text": bench_text,
        "model": lambda: bench_model(options.texts, options.stream),
        "match": lambda: bench_match(options.registry, options.mentions),
        "crawl": lambda: bench_crawl(originals, options.pages, options.repeats),
        "memory": lambda: bench_memory(options.memory_pages),
    }
    for title in options.only or benches:
        for name, value in benches[title]().items():
            sys.stdout.write(f"{title:6} {name:40} {value:12.3f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
