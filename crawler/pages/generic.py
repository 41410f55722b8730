"""Any page to its text: what promotes, then who answers for it. Never fetches, never fails on a hostile page."""

import re
from datetime import UTC, date, datetime
from itertools import pairwise

from lxml import etree

from crawler.items import Page
from crawler.pages.dates import plausible, visible_dates
from crawler.pages.decoding import decode
from crawler.pages.lines import Element, Line, lines_of, tidy
from crawler.pages.marks import RELATED_TITLE, Zone, has_contact, has_legal, names_company
from crawler.pages.metadata import Metadata, links_of

#: Fully linked lines in a row that make a list of other pages, within the text and outside of it.
_RUN = 4
_RUN_OUTSIDE = 2
_CRUMBS = re.compile(r"^(?:trang chủ|trang nhất|home|bạn đang (?:ở|xem))\b.{0,3}(?:[>»/›|:→\\-]|$)", re.I)
#: libxml2 stops at this depth; a page that nests deeper is read without its nesting.
_MAX_DEPTH = 2_047
_NESTING = re.compile(
    r"</?(?!(?:a|script|style|title|meta|head|body|html|noscript|template|base)\b)[a-z][\w:-]*(?:\s[^<>]*)?>", re.I
)


def read_page(
    body: bytes, url: str, content_type: str = "", fallback_encoding: str | None = None, today: date | None = None
) -> Page:
    """Return what a reader sees of the page in ``body`` (bytes without content-encoding).

    ``content_type`` is the response header. ``today`` (now, where absent) bounds ``published_on``. A page that holds no
    text (empty, JSON, an image) gives a ``Page`` with empty text; nothing is raised.
    """
    text = decode(body, content_type, fallback_encoding)
    kind = content_type.partition(";")[0].strip().lower()
    if not _is_html(kind, text):
        return _plain(url, text if _is_text(kind, text) else "")
    root = _parse(text)
    if root is None:
        return Page(url, "", "", 0)
    lines = lines_of(root)
    main, footer = compose(lines)
    metadata = Metadata(root)
    return Page(
        url=url,
        title=metadata.title(),
        text="\n\n".join(filter(None, (main, footer))),
        main_end=len(main),
        published_on=_published(metadata, lines, today or datetime.now(UTC).date()),
        language=metadata.language(main or footer),
        site_name=metadata.site_name(),
        links=links_of(root, url),
    )


def _is_html(kind: str, text: str) -> bool:
    head = text[:2_000].lstrip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return not head.startswith(("{", "["))
    return not _is_json(kind, head) and bool(
        re.search(r"<(?:!doctype html|html|head|body|div|p|meta|title|table|a)\b", head)
    )


def _is_json(kind: str, head: str) -> bool:
    return kind.endswith(("json", "javascript")) or head.startswith(('{"', "[{", "{'"))


def _is_text(kind: str, text: str) -> bool:
    return kind in ("", "text/plain") and not _is_json(kind, text[:100].lstrip()) and text[:2_000].count("\ufffd") < 20


def _plain(url: str, text: str) -> Page:
    lines = [line for given in text.splitlines() if (line := tidy(given))]
    text = "\n".join(lines)
    return Page(url, lines[0][:200] if lines else "", text, len(text))


def _parse(text: str) -> Element | None:
    """Parse as browsers do. Nesting beyond the parser's depth, which would lose text, is taken out first."""
    root = _tree(text)
    if root is not None and _stopped(root):
        root = _tree(_NESTING.sub("<br>", text))
    return root


def _tree(text: str) -> Element | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def _stopped(root: Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth >= _MAX_DEPTH - 1:
            return True
    return False


def compose(lines: list[Line]) -> tuple[str, str]:
    """Return the main text and the footer of a page, one line per block. Marks what it leaves out as ``dropped``."""
    _distrust_footer(lines)
    _drop_lists(lines)
    _drop_orphans(lines)
    footer = [line for line in lines if _is_footer(line)]
    if not any(line.zone is Zone.FOOTER for line in footer):
        footer += _closing(lines)
    main = [line for line in lines if not line.dropped and line not in footer and line.zone in (Zone.MAIN, Zone.HEADER)]
    popups = [line for line in lines if not line.dropped and line.zone is Zone.POPUP]
    if not main and not popups:
        main = [line for line in lines if line.zone is not Zone.FOOTER]
    closing = _once(footer, set())
    return "\n".join(
        _once(main + popups, {line for line in closing if has_contact(line) or has_legal(line)})
    ), "\n".join(closing)


def _once(lines: list[Line], seen: set[str]) -> list[str]:
    """Return the texts of ``lines``: long ones once, short ones ('Đăng ký ngay') not twice in a row."""
    seen = set(seen)
    kept: list[str] = []
    for line in lines:
        if line.text in seen or kept[-1:] == [line.text]:
            continue
        kept.append(line.text)
        if len(line.text.split()) > 3:
            seen.add(line.text)
    return kept


def _distrust_footer(lines: list[Line]) -> None:
    """Take a 'footer' for main text when it holds most of the page: then it is a wrapper with a footer's name."""
    inside = sum(len(line.text) for line in lines if line.zone is Zone.FOOTER)
    outside = sum(len(line.text) for line in lines if line.zone is Zone.MAIN)
    if inside > 2_000 and inside > 2 * outside:
        for line in lines:
            if line.zone is Zone.FOOTER:
                line.zone = Zone.MAIN


def _drop_lists(lines: list[Line]) -> None:
    """Mark menus, breadcrumbs and lists of other pages."""
    run: list[Line] = []
    for line in lines:
        if (
            (_CRUMBS.search(line.text) and len(line.text) < 200)
            or line.zone is Zone.NAV
            or line.zone is Zone.SIDE
            or (line.links >= 3 and line.linked >= 0.7)
        ):
            line.dropped = True
        if line.linked >= 0.8 and line.links and len(line.text) < 200:
            run.append(line)
        else:
            _end_run(run)
    _end_run(run)


def _end_run(run: list[Line]) -> None:
    if run and len(run) >= (_RUN if run[0].zone is Zone.MAIN else _RUN_OUTSIDE):
        for line in run:
            line.dropped = True
    run.clear()


def _drop_orphans(lines: list[Line]) -> None:
    """Mark the titles of what was dropped: a heading, or 'Bài viết liên quan', with nothing kept below it."""
    for line, below in pairwise(lines):
        if below.dropped and (line.is_heading or RELATED_TITLE.search(line.text)) and len(line.text) < 80:
            line.dropped = True


def _is_footer(line: Line) -> bool:
    if line.zone is Zone.FOOTER:
        return not line.dropped or has_legal(line.text) or has_contact(line.text)
    if line.zone in (Zone.HEADER, Zone.NAV, Zone.SIDE):
        return len(line.text) < 300 and (has_contact(line.text) or has_legal(line.text))
    return False


def _closing(lines: list[Line]) -> list[Line]:
    """Return the contact and legal block that ends a page without a marked footer."""
    kept = [line for line in lines if line.zone is Zone.MAIN and not line.dropped]
    start = len(kept)
    for position in range(len(kept) - 1, max(-1, len(kept) - 25), -1):
        text = kept[position].text
        if len(text) < 300 and (has_contact(text) or has_legal(text) or (start < len(kept) and names_company(text))):
            start = position
        elif start - position > 2:
            break
    return kept[start:] if any(has_contact(line.text) or has_legal(line.text) for line in kept[start:]) else []


def _published(metadata: Metadata, lines: list[Line], today: date) -> date | None:
    shown = [line.text for line in lines if line.zone is Zone.MAIN and not line.dropped]
    return (
        plausible(metadata.published(), today)
        or plausible(visible_dates(shown, updated=False), today)
        or plausible(metadata.modified(), today)
        or plausible(visible_dates(shown, updated=True), today)
    )
