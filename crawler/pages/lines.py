"""The tree of a page to its lines: one per block that a browser would set on lines of its own, in reading order."""

import re
import unicodedata
from dataclasses import dataclass, field

from lxml import etree

from crawler.pages.marks import CLONED, HIDDEN, OPENS, UNSEEN, Zone, zone_named


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


#: Elements and characters of one page that are read. The largest of the pages tuned on has 3,000 elements.
MAX_ELEMENTS = 300_000
MAX_CHARACTERS = 2_000_000

_SKIPPED = _tags(
    "head script style noscript noframes template title svg math object embed canvas iframe audio video map"
    " select option datalist textarea progress meter"
)
_BLOCKS = _tags(
    "html body main article section session div center form fieldset legend address aside header footer nav hgroup"
    " p pre blockquote h1 h2 h3 h4 h5 h6 hr ul ol li dl dt dd dir menu table caption thead tbody tfoot tr"
    " details summary dialog figure figcaption marquee button label optgroup"
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))
#: Elements whose class names speak of the page or the subject, not of a part of the page.
_NAMELESS = frozenset(("html", "body", "main", "article", *_HEADINGS))
#: What belongs to the letter before it: m², CO₂.
_SCRIPTS = frozenset(("sub", "sup"))
_SPACED = frozenset(("img", "input", "a"))
_HIDDEN = re.compile(
    r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|(?:left|top|text-indent)\s{0,4}:\s{0,4}-\d{4}", re.I
)
#: Characters of an id and class names that are looked at.
_NAMES = 200
#: A table row of at most so many elements and characters is read across; a larger one is page layout.
_ROW_ELEMENTS = 60
_ROW_CHARACTERS = 400
_OUTSIZE = _tags("table form ul ol dl h1 h2 h3 h4 h5 h6 article section")

Element = etree._Element


@dataclass(slots=True)
class Line:
    """One line of a page. ``linked`` is the share of its characters inside links; ``links`` counts them.

    ``dropped`` is set by ``generic`` while it decides what the page's text is.
    """

    text: str
    zone: Zone
    tag: str
    linked: float
    links: int
    dropped: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether the line is marked up as a heading."""
        return self.tag in _HEADINGS


@dataclass(slots=True)
class _Walk:
    """What is being gathered while the tree is walked."""

    lines: list[Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=lambda: [Zone.MAIN])
    tags: list[str] = field(default_factory=lambda: ["body"])
    rows: list[bool] = field(default_factory=list)
    room: int = MAX_CHARACTERS
    link_depth: int = 0
    boundary: bool = False
    linked: int = 0
    links: int = 0

    def add(self, text: str | None) -> None:
        if text and self.room > 0:
            text = text[: self.room]
            self.room -= len(text)
            if self.boundary and self.parts and _is_seam(self.parts[-1][-1], text[0]):
                self.parts.append(" ")
            self.boundary = False
            self.parts.append(text)
            if self.link_depth:
                self.linked += len(text.strip())

    def flush(self) -> None:
        """End the line, and keep it if it says anything."""
        if not self.parts:
            return
        zone, tag, joined = self.zones[-1], self.tags[-1], "".join(self.parts)
        for part in joined.split("\n") if tag == "pre" else (joined,):
            text = tidy(part).strip("| ")
            if len(text) > 2 or any(map(str.isalnum, text)):
                self.lines.append(Line(text, zone, tag, min(1.0, self.linked / max(1, len(text))), self.links))
        self.parts.clear()
        self.linked = self.links = 0


def _is_seam(before: str, after: str) -> bool:
    """Tell whether two elements that no space parts are two texts: 'Hà Nội' + 'Hotline', not 'T' + 'rị nám'."""
    if after.isdigit():
        return before.islower()
    return after.isupper() and (before.islower() or before.isdigit() or before in ".,:;!?%)")


def tidy(text: str) -> str:
    """Collapse white space and compose letters (NFC): the one place where stored text is normalised."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def lines_of(root: Element) -> list[Line]:
    """Return the lines of a parsed page that a visitor can read, each with the zone it stands in."""
    walk = _Walk()
    events = etree.iterwalk(root, events=("start", "end"))
    seen = 0
    skipped: Element | None = None
    for event, element in events:
        if event == "start":
            seen += 1
            if seen > MAX_ELEMENTS or walk.room <= 0:
                break
            if _is_skipped(element):
                skipped = element
                events.skip_subtree()
            else:
                _open(walk, element)
        elif skipped is not None and element is skipped:
            skipped = None
            walk.add(" ")
            walk.add(element.tail)
        else:
            _close(walk, element)
            walk.add(element.tail)
    walk.flush()
    return walk.lines


def _names(element: Element) -> str:
    """Return an element's id and classes, by which parts of a page are known; '' where it has none."""
    given = element.get("class", "")
    if name := element.get("id"):
        given = f"{name} {given}"
    return given[:_NAMES].lower()


def _is_skipped(element: Element) -> bool:
    if element.tag in _SKIPPED:
        return True
    names = _names(element)
    if names and (CLONED.search(names) or UNSEEN.search(names)):
        return True
    style = element.get("style")
    hidden = element.get("hidden") is not None or HIDDEN.search(names) or (style and _HIDDEN.search(style[:500]))
    return bool(hidden) and not OPENS.search(names) and zone_named(str(element.tag), "", names) is not Zone.POPUP


def _open(walk: _Walk, element: Element) -> None:
    tag = str(element.tag)
    if tag == "tr":
        walk.flush()
        walk.rows.append(_is_data_row(element))
    elif tag in _CELLS:
        _separate(walk)
    elif tag in _BLOCKS or tag == "br":
        _break(walk)
    elif tag in _SPACED:
        walk.add(" ")
    if tag == "a":
        walk.links += 1
        walk.link_depth += 1
    walk.tags.append(tag if tag in _BLOCKS or tag in _CELLS else walk.tags[-1])
    walk.zones.append(_zone(walk.zones[-1], element, tag))
    walk.boundary = tag not in _SCRIPTS
    walk.add(element.text)


def _close(walk: _Walk, element: Element) -> None:
    tag = str(element.tag)
    if tag == "tr":
        walk.flush()
        walk.rows.pop()
    elif tag in _BLOCKS or tag in _CELLS:
        _break(walk)
    if tag == "a":
        walk.link_depth -= 1
    walk.boundary = tag not in _SCRIPTS
    walk.tags.pop()
    walk.zones.pop()


def _break(walk: _Walk) -> None:
    """End the line, but within a row of data, which is one line whatever its cells hold."""
    if walk.rows and walk.rows[-1]:
        walk.add(" ")
    else:
        walk.flush()


def _separate(walk: _Walk) -> None:
    """Begin a cell: on the same line within a row of data, on a new line within a row of layout."""
    if walk.rows and walk.rows[-1]:
        walk.add(" | " if walk.parts else None)
    else:
        walk.flush()


def _is_data_row(row: Element) -> bool:
    """Tell whether a table row is read across: a few short cells that hold no lists, titles or tables of their own."""
    room = _ROW_CHARACTERS
    for elements, descendant in enumerate(row.iter()):
        room -= len((descendant.text or "").strip()) + len((descendant.tail or "").strip())
        if elements > _ROW_ELEMENTS or room < 0 or descendant.tag in _OUTSIZE:
            return False
    return sum(any(map(str.strip, map(str, cell.itertext()))) for cell in row) > 1


def _zone(outer: Zone, element: Element, tag: str) -> Zone:
    """Return the zone of an element: its own where it names one, else the outer one."""
    if tag in _NAMELESS or (tag not in _BLOCKS and tag not in _CELLS):
        return outer
    own = zone_named(tag, element.get("role", ""), _names(element))
    if own is Zone.MAIN:
        return Zone.MAIN if outer in (Zone.NAV, Zone.HEADER) else outer
    if own is None or (outer in (Zone.FOOTER, Zone.NAV) and own is not Zone.NAV):
        return outer
    if own is Zone.HEADER and outer is not Zone.MAIN:
        return outer
    return own
