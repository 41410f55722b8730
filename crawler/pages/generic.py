"""Any page to its text: what promotes, then who answers for it. Never fetches, never fails on a hostile page."""

import re
from collections.abc import Callable
from datetime import date, datetime

from lxml import etree

from crawler.items import Page
from crawler.pages.dates import VIETNAM, plausible, stamp_below, visible_dates
from crawler.pages.decoding import decode
from crawler.pages.lines import Element, Line, lines_of, tidy
from crawler.pages.marks import CONTACT_TITLE, MENU_TITLE, RELATED_TITLE, Zone, has_contact, has_legal, names_company
from crawler.pages.metadata import Metadata, links_of
from crawler.pages.structured import structured

#: Fully linked lines in a row that make a list of other pages, within the text and outside of it.
_RUN = 4
_RUN_OUTSIDE = 2
#: Characters from which a line is prose, and up to which a line can be nothing but a way to reach somebody.
_PROSE = 80

_HEADING = re.compile(r"h[1-6]")
_CONTACT_LINE = 160
#: Characters up to which the very last line may be a whole footer in one.
_SIGNATURE = 450
#: Opening hours: they stay in a footer even beside its menus.
_HOURS = re.compile(r"\d{1,2}\s?[h:]\s?\d{0,2}\s?[-–]\s?\d{1,2}\s?[h:]", re.I)
#: Lines at the end of the main text among which a contact block is sought.
_CLOSING_LINES = 25
_MAIN = (Zone.MAIN, Zone.HEADER)
#: Read after the main text: what opens over the page, and what visitors ask and the advertiser answers below it.
_ASIDE = (Zone.POPUP, Zone.COMMENTS)
_CONTROLS = ("label", "button")
_CRUMBS = re.compile(r"^\W{0,3}(?:trang chủ|trang nhất|home)\b.{0,3}(?:[>»/›|:→\\-]|$)|^bạn đang (?:ở|xem)\b", re.I)
_MARKUP = re.compile(r"<(?:!doctype html|html|head|body|div|p|meta|title|table|frameset|h1|a)\b", re.I)
_JSON = re.compile(r"\s{0,9}(?:\{\s{0,99}[\"}]|\[\s{0,99}[\"\[{\]])")
#: Browsers break the line here; libxml2 passes it over.
_CLOSED_BREAK = re.compile(r"</br\s{0,9}/?>", re.I)
#: libxml2 stops at this depth; a page that nests deeper is read without its nesting.
_MAX_DEPTH = 2_047
_KEPT = "a|script|style|title|meta|head|body|html|noscript|template|base"
_NESTING = re.compile(rf"(?:</?(?!(?:{_KEPT})\b)[a-z][\w:-]*(?:\s[^<>]*)?>\s*)++", re.I)


def read_page(
    body: bytes, url: str, content_type: str = "", fallback_encoding: str | None = None, today: date | None = None
) -> Page:
    """Return what a reader sees of the page in ``body`` (bytes without content-encoding).

    ``content_type`` is the response header. ``today`` (Vietnam's day, where absent) bounds ``published_on``. A page
    that holds no text (empty, JSON, an image) gives a ``Page`` with empty text; nothing is raised.
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
    declared = structured(root, metadata.meta, metadata.objects)
    return Page(
        url=url,
        title=metadata.title(),
        text="\n\n".join(filter(None, (main, footer))),
        main_end=len(main),
        published_on=_published(metadata, lines, today or datetime.now(VIETNAM).date()),
        language=metadata.language(main or footer),
        site_name=metadata.site_name(),
        links=links_of(root, url),
        details={"structured": declared} if declared else {},
    )


def _is_html(kind: str, text: str) -> bool:
    head = text[:2_000].lstrip().lower()
    if _is_json(kind, head):
        return False
    return kind in ("text/html", "application/xhtml+xml") or bool(_MARKUP.search(head))


def _is_json(kind: str, head: str) -> bool:
    return kind.endswith(("json", "javascript")) or bool(_JSON.match(head))


def _is_text(kind: str, text: str) -> bool:
    return kind in ("", "text/plain") and not _is_json(kind, text[:100].lstrip()) and text[:2_000].count("\ufffd") < 20


def _plain(url: str, text: str) -> Page:
    lines = [line for given in text.splitlines() if (line := tidy(given))]
    text = "\n".join(lines)
    return Page(url, lines[0][:200] if lines else "", text, len(text))


def _parse(text: str) -> Element | None:
    """Parse as browsers do. Nesting beyond the parser's depth, which would lose text, is taken out first."""
    root = _tree(_CLOSED_BREAK.sub("<br>", text))
    if root is not None and text.count("<") >= _MAX_DEPTH and _stopped(root):
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
    _distrust_names(lines)
    _drop_lists(lines)
    _drop_related(lines)
    _drop_orphans(lines)
    footer = [line for line in lines if _is_footer(line)]
    taken = {id(line) for line in footer}
    closing = [line for line in _closing(lines) if id(line) not in taken]
    taken.update(map(id, closing))
    main = [line for line in lines if not line.dropped and id(line) not in taken and line.zone in _MAIN]
    aside = [
        line for zone in _ASIDE for line in lines if line.zone is zone and not line.dropped and id(line) not in taken
    ]
    for zone in (Zone.MAIN, Zone.SIDE):  # a page of nothing but a list, or of nothing but a column: that is its text
        if not main and not aside:
            main = [line for line in lines if line.zone is zone and id(line) not in taken]
    below = _once(closing + footer, set(), _may_repeat_below)
    stated = {text for text in below if has_contact(text) or has_legal(text)}
    return "\n".join(_once(main + aside, stated, _may_repeat_above)), "\n".join(below)


def _once(lines: list[Line], seen: set[str], repeats: Callable[[str], bool]) -> list[str]:
    """Return the texts of ``lines``, each once, but for those that may repeat, though not twice in a row."""
    kept: list[str] = []
    for line in lines:
        if line.text in seen or kept[-1:] == [line.text]:
            continue
        kept.append(line.text)
        if not repeats(line.text):
            seen.add(line.text)
    return kept


def _may_repeat_above(text: str) -> bool:
    """Tell whether a line of the main text may stand twice: a call ('Đăng ký ngay'), a price below several services."""
    words = len(text.split())
    return words <= 3 or (words <= 8 and any(map(str.isdigit, text)))


def _may_repeat_below(text: str) -> bool:
    """Tell whether a line of the footer may stand twice: the label ('Địa chỉ:') of another branch."""
    return text.endswith(":")


def _distrust_names(lines: list[Line]) -> None:
    """Take parts for main text when their names lie: a 'footer' or 'sidebar' that holds most of the page's prose."""
    prose = dict.fromkeys(Zone, 0)
    for line in lines:
        prose[line.zone] += len(line.text) if _is_prose(line) else 0
    outside = prose[Zone.MAIN] + prose[Zone.HEADER]
    lying = {zone for zone in (Zone.FOOTER, Zone.SIDE) if prose[zone] > max(2_000, 3 * outside)}
    for line in lines:
        if line.zone in lying or (line.zone is Zone.NAV and _is_misnamed(line)):
            line.zone = Zone.MAIN


def _is_misnamed(line: Line) -> bool:
    """Tell whether a line in a 'menu' is none of its entries: prose, or the page's title beside the breadcrumbs."""
    return _is_prose(line) or (line.linked < 0.3 and line.tag == "h1")


def _is_prose(line: Line) -> bool:
    return line.linked < 0.3 and len(line.text) >= _PROSE


def _drop_lists(lines: list[Line]) -> None:
    """Mark menus, breadcrumbs, side columns, form labels, and runs of lines that only lead to other pages."""
    run: list[Line] = []
    for line in lines:
        line.dropped = (
            line.zone in (Zone.NAV, Zone.SIDE)
            or line.tag == "label"
            or (line.zone is Zone.POPUP and line.tag == "button")
            or (line.zone is Zone.COMMENTS and not _is_prose(line))
            or (line.links >= 3 and line.linked >= 0.7)
            or (len(line.text) < 200 and bool(_CRUMBS.search(line.text)))
        )
        if _leads_away(line):
            run.append(line)
        else:
            _end_run(run)
    _end_run(run)


def _leads_away(line: Line) -> bool:
    """Tell whether a line can be an entry of a menu or list of pages. A linked title in the text names an offer."""
    is_title = line.tag == "h1" or (line.is_heading and line.zone is Zone.MAIN)
    return (
        line.links > 0 and line.linked >= 0.8 and len(line.text) < 200 and not is_title and not has_contact(line.text)
    )


def _end_run(run: list[Line]) -> None:
    if run and len(run) >= (_RUN if run[0].zone is Zone.MAIN else _RUN_OUTSIDE):
        for line in run:
            line.dropped = True
    run.clear()


def _drop_related(lines: list[Line]) -> None:
    """Mark what 'Bài viết liên quan' announces, up to the next heading or paragraph."""
    announced = False
    for line in lines:
        if line.zone is Zone.MAIN and len(line.text) < 60 and RELATED_TITLE.search(line.text):
            announced = line.dropped = True
        elif line.is_heading or line.zone is not Zone.MAIN or _is_prose(line):
            announced = False
        elif announced and not has_contact(line.text):
            line.dropped = True


def _drop_orphans(lines: list[Line]) -> None:
    """Mark the titles of what was dropped: a heading, or 'Danh mục', with nothing kept below it."""
    for line, below in zip(reversed(lines[:-1]), reversed(lines[1:]), strict=True):
        if line.dropped or not below.dropped or below.tag in _CONTROLS:
            continue
        if len(line.text) >= _PROSE or line.tag == "h1":
            continue
        if has_contact(line.text) or has_legal(line.text) or names_company(line.text) or _HOURS.search(line.text):
            continue
        in_text = line.zone in (Zone.MAIN, Zone.POPUP)
        if not in_text or (below.linked >= 0.5 and (line.is_heading or MENU_TITLE.search(line.text))):
            line.dropped = True


def _is_footer(line: Line) -> bool:
    if line.zone is Zone.FOOTER:
        return not line.dropped or (len(line.text) < 300 and (has_legal(line.text) or has_contact(line.text)))
    if line.zone in (Zone.HEADER, Zone.NAV, Zone.SIDE):
        return len(line.text) <= _CONTACT_LINE and (has_contact(line.text) or has_legal(line.text))
    return False


def _closing(lines: list[Line]) -> list[Line]:
    """Return the contact and legal block that ends the main text, whether or not a marked footer follows."""
    kept = [line for line in lines if line.zone is Zone.MAIN and not line.dropped]
    first = last = len(kept)
    for position in range(len(kept) - 1, max(-1, len(kept) - _CLOSING_LINES), -1):
        text = kept[position].text
        if position == len(kept) - 1 and len(text) > _CONTACT_LINE and _signs(text):
            first = last = position
            break
        if _identifies(text) or (first - position == 1 and names_company(text)):
            last = position if first == len(kept) else last
            first = position
        elif first - position > 2:
            break
    while 0 < first < len(kept) and CONTACT_TITLE.search(kept[first - 1].text):
        first -= 1
    block = kept[first : last + 1]
    if all(_HEADING.fullmatch(line.tag) or line.linked > 0.5 for line in kept[:first] + kept[last + 1 :]):
        return []  # a page of a few lines: what promises and who answers for it stand in one place
    return block if any(has_contact(line.text) or has_legal(line.text) for line in block) else []


def _identifies(text: str) -> bool:
    """Tell whether a line says who advertises and where, and little else."""
    if has_legal(text):
        return len(text) < 300
    return len(text) <= _CONTACT_LINE and has_contact(text)


def _signs(text: str) -> bool:
    """Tell whether the last line of a page is its whole footer: name, address, licence and telephone in one."""
    return len(text) <= _SIGNATURE and has_contact(text) and (has_legal(text) or names_company(text[:120]))


def _published(metadata: Metadata, lines: list[Line], today: date) -> date | None:
    """Return the day of publication: stated for machines, else to readers, else that of the last change."""
    shown = [line for line in lines if line.zone in _MAIN and not line.dropped]
    texts = [line.text for line in shown]
    title = next((number for number, line in enumerate(shown) if line.tag == "h1"), None)
    return (
        plausible(metadata.published(), today)
        or plausible(visible_dates(texts, updated=False), today)
        or (plausible(stamp_below(title, texts), today) if title is not None else None)
        or plausible(metadata.modified(), today)
        or plausible(visible_dates(texts, updated=True), today)
    )
