"""``python -m evaluation.extraction --pages DIR``: the page reader against other extractors, on pages read by hand.

The gold names no page and holds no text: a page is known by the SHA-256 of its file, a line by its number among the
page's visible lines as ``visible_lines`` cuts them, which knows no zones. Each marked line is *body* (what the page
says or offers), *legal* (who answers for it: legal name, licence, registration, copyright) or *contact* (address,
telephone, e-mail, hours, website); a line may be both of the last two. All other lines are furniture.

Figures are means over pages of the F1 of tokens; a line that repeats on a page counts once. Other extractors give no
footer: for *legal* and *contact* they are judged by their whole output, from which the lines of the other two kinds are
set aside, so that only furniture counts against them. The house is judged by its footer part alone, from which the
lines of the other of these two kinds are set aside.
"""

import argparse
import hashlib
import importlib
import importlib.util
import json
import logging
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import lxml.etree

from crawler.pages.decoding import decode
from crawler.pages.generic import read_page

#: Marks of the pages, beside the labelled texts.
GOLD = Path(__file__).resolve().parent.parent / "data" / "extraction" / "gold.json"

#: The kinds of marked lines.
KINDS = ("body", "legal", "contact")

_SKIPPED = frozenset({"script", "style", "head", "noscript", "template", "select", "textarea"})
_BLOCKS = frozenset(
    {
        "html", "body", "main", "article", "section", "div", "center", "form", "fieldset",
        "legend", "address", "aside", "header", "footer", "nav", "p", "pre", "blockquote",
        "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li",
        "dl", "dt", "dd", "table", "tr", "td", "th", "caption", "figure",
        "figcaption", "button", "br", "hr", "iframe", "input", "label",
    }
)  # fmt: skip
_DAY = date(2026, 11, 24)


@dataclass(frozen=True, slots=True)
class Marked:
    """One page with its marks: ``lines[kind]`` are the texts marked so."""

    body: bytes
    group: str
    lines: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Output:
    """What an extractor gives of a page. ``footer`` is ``None`` where it has no such part."""

    main: str
    footer: str | None = None


def visible_lines(body: bytes) -> list[str]:
    """Return the lines of a page: the text of every block element, cut at every other; nothing is left out but code."""
    parser = lxml.etree.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=True)
    root = lxml.etree.fromstring(decode(body).encode(), parser)
    lines: list[str] = []
    buffer: list[str] = []

    def cut() -> None:
        if line := " ".join("".join(buffer).split()):
            lines.append(line)
        buffer.clear()

    if root is None:
        return lines
    walk = lxml.etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        if event == "start" and node.tag in _SKIPPED:
            walk.skip_subtree()
            continue
        if node.tag in _BLOCKS:
            cut()
        if event == "start":
            # A link alone on its line is a line, even where it holds no text but a picture.
            buffer.append((" " if node.tag == "a" else "") + (node.text or ""))
        else:
            buffer.append(node.tail or "")
    cut()
    return lines


def read_gold(pages: Iterable[Path], gold: Path = GOLD) -> list[Marked]:
    """Return the marked pages found under ``pages`` (folders), in the order of the gold."""
    marks = json.loads(gold.read_text(encoding="utf-8"))["pages"]
    files = {
        hashlib.sha256(content).hexdigest(): content
        for folder in pages
        for path in sorted(folder.rglob("*.htm*"))
        if (content := path.read_bytes())
    }
    return [_marked(files[entry["sha256"]], entry) for entry in marks if entry["sha256"] in files]


def _marked(body: bytes, entry: Mapping[str, Any]) -> Marked:
    lines = visible_lines(body)
    if len(lines) != entry["lines"]:
        raise ValueError(f"page {entry['sha256'][:12]} has {len(lines)} lines, but {entry['lines']} when it was marked")
    return Marked(body, entry["set"], {kind: tuple(lines[n] for n in _numbers(entry.get(kind, ""))) for kind in KINDS})


def _numbers(ranges: str) -> list[int]:
    found: list[int] = []
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())


def _once(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key for line in lines if (key := " ".join(_tokens(line)))))


def _bag(lines: Iterable[str]) -> Counter[str]:
    return Counter(" ".join(_once(lines)).split())


def f1(found: Counter[str], gold: Counter[str]) -> float:
    """Return the F1 of two bags of tokens; 1 where both are empty."""
    if not gold or not found:
        return float(not gold and not found)
    both = (found & gold).total()
    return 2 * both / (found.total() + gold.total())


def score(page: Marked, output: Output) -> dict[str, float]:
    """Return the F1 by kind, for the kinds that the page has (*body* always)."""
    scores = {"body": f1(_bag(output.main.split("\n")), _bag(page.lines["body"]))}
    text = output.main if output.footer is None else output.footer
    whole = f" {' '.join(_tokens(text))} "
    for kind in KINDS[1:]:
        if page.lines[kind]:
            others = [other for other in (KINDS if output.footer is None else KINDS[1:]) if other != kind]
            aside = (line for other in others for line in page.lines[other] if line not in page.lines[kind])
            explained = _bag(line for line in aside if f" {' '.join(_tokens(line))} " in whole)
            scores[kind] = f1(_bag(text.split("\n")) - explained, _bag(page.lines[kind]))
    return scores


def _house(body: bytes) -> Output:
    page = read_page(body, "http://page.example/", "text/html", today=_DAY)
    return Output(page.text[: page.main_end], page.text[page.main_end :])


def _text(body: bytes) -> str:
    return decode(body)


def _trafilatura(**options: Any) -> Callable[[bytes], Output]:
    extract = importlib.import_module("trafilatura").extract
    return lambda body: Output(extract(_text(body), **options) or "")


def _resiliparse(main: bool) -> Callable[[bytes], Output]:
    extract = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    options = {"main_content": main, "list_bullets": False, "form_fields": False, "noscript": False}
    return lambda body: Output(extract(_text(body), **options))


def _readability() -> Callable[[bytes], Output]:
    document = importlib.import_module("readability").Document

    def read(body: bytes) -> Output:
        return Output("\n".join(visible_lines(document(_text(body)).summary().encode())))

    return read


def _justext() -> Callable[[bytes], Output]:
    module = importlib.import_module("justext")
    words = module.get_stoplist("Vietnamese")

    def read(body: bytes) -> Output:
        found = module.justext(_text(body), words, length_low=40, length_high=120)
        return Output("\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate))

    return read


#: Name, package needed, and how to make the reader.
METHODS: tuple[tuple[str, str, Callable[[], Callable[[bytes], Output]]], ...] = (
    ("read_page", "", lambda: _house),
    ("trafilatura", "trafilatura", _trafilatura),
    ("trafilatura, favor_recall", "trafilatura", lambda: _trafilatura(favor_recall=True)),
    ("resiliparse, main content", "resiliparse", lambda: _resiliparse(main=True)),
    ("resiliparse, all text", "resiliparse", lambda: _resiliparse(main=False)),
    ("readability-lxml", "readability", _readability),
    ("jusText, Vietnamese", "justext", _justext),
)


def measure(pages: Sequence[Marked], read: Callable[[bytes], Output]) -> dict[str, float]:
    """Return mean F1 by kind, and pages a second of processor time. A page that breaks a reader counts as empty."""
    scores: dict[str, list[float]] = {kind: [] for kind in KINDS}
    spent = 0.0
    for page in pages:
        began = time.process_time()
        try:
            output = read(page.body)
        except Exception:  # whatever a library raises on a page is its result for that page
            output = Output("")
        spent += time.process_time() - began
        for kind, value in score(page, output).items():
            scores[kind].append(value)
    means = {kind: statistics.fmean(values) if values else 0.0 for kind, values in scores.items()}
    return means | {"pages_per_second": len(pages) / spent if spent else 0.0}


def main() -> None:
    """Print one line per method and set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--pages", type=Path, action="append", required=True, help="folder of stored pages (repeatable)"
    )
    parser.add_argument("--gold", type=Path, default=GOLD)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = read_gold(options.pages, options.gold)
    for group in ("", *dict.fromkeys(page.group for page in pages)):
        chosen = [page for page in pages if not group or page.group == group]
        having = {kind: sum(bool(page.lines[kind]) for page in chosen) for kind in KINDS}
        sys.stdout.write(
            f"\n{group or 'all'}: {len(chosen)} pages, of which legal {having['legal']}, contact {having['contact']}\n"
        )
        for name, package, make in METHODS:
            if package and importlib.util.find_spec(package) is None:
                sys.stdout.write(f"{name:28} not installed\n")
                continue
            figures = measure(chosen, make())
            shown = "  ".join(f"{key} {value:7.3f}" for key, value in figures.items())
            sys.stdout.write(f"{name:28} {shown}\n")


if __name__ == "__main__":
    main()
