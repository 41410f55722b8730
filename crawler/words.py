"""A page with the words of its pictures: its text, then what was read in each picture, line by line, marked as such."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crawler.bodies import BodyError, decode_body
from crawler.captures import picture_bytes
from crawler.imports.ocr import PictureError, Recognised, read_picture
from crawler.items import Capture, Page, StoredPicture
from crawler.pages.sites import page_for
from crawler.pictures import MAX_PICTURE_BYTES, MIN_SIZE

logger = logging.getLogger(__name__)

#: Lines that were read with less confidence are left out. Measured 2026-11 on nine drawn pictures: lines that stand in
#: one are read at .93 and above, patterns without words give no line; half-read words of photographs lie between.
MIN_CONFIDENCE = 0.6

#: Letters of one line, and characters of one page, that come from pictures.
_MIN_LETTERS = 3
MAX_WORDS = 20_000

#: Pictures that were read lately, by hash: one banner stands on many pages.
_READ: dict[str, Recognised] = {}
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    confidence: float
    sha256: str
    url: str


def read_as_shown(captured: Capture) -> Page | str:
    """Return the page that a ``reading`` closes: text as rendered (or transferred), then the words in its pictures.

    ``Page.details['ocr']`` says which parts of the text come from pictures: ``start``, ``end`` (offsets in the text),
    ``confidence`` in [0, 1], ``sha256`` of the picture, ``url`` of the picture. Where the page cannot be read, returns
    why. Raises what ``read_picture`` raises where Tesseract is missing.
    """
    try:
        body = decode_body(captured)
    except BodyError as error:
        return error.what
    page = page_for(captured.about).read(body, captured.about, captured.headers.get("content-type", ""))
    return with_words(page, list(_lines(captured.pictures))) if captured.pictures else page


def _lines(pictures: Sequence[StoredPicture]) -> Iterator[_Line]:
    # The same picture twice on one page is read once.
    first = {picture.payload_sha256: picture for picture in reversed(pictures)}
    for picture in (picture for picture in pictures if first[picture.payload_sha256] is picture):
        found = _read(picture)
        if found is not None:
            yield from _lines_of(found, picture)


def _read(picture: StoredPicture) -> Recognised | None:
    if (known := _READ.get(picture.payload_sha256)) is not None:
        return known
    try:
        data = picture_bytes(picture, MAX_PICTURE_BYTES)
        found = read_picture(data) if data else None
    except (BodyError, PictureError) as error:
        logger.info("%s: %s", picture.url, error.what)
        return None
    if found is None or found.size[0] < MIN_SIZE[0] or found.size[1] < MIN_SIZE[1]:
        return None
    if len(_READ) >= _REMEMBERED:
        _READ.clear()
    _READ[picture.payload_sha256] = found
    return found


def _lines_of(found: Recognised, picture: StoredPicture) -> Iterator[_Line]:
    """Yield the lines of a picture with the mean confidence of their words, each weighing as many as its letters."""
    words = iter(found.words)
    for text in found.text.splitlines():
        mine = [word for word, _ in zip(words, text.split(), strict=False)]
        letters = sum(len(word.text) for word in mine)
        confidence = sum(word.confidence * len(word.text) for word in mine) / letters if letters else 0.0
        if confidence >= MIN_CONFIDENCE and sum(map(str.isalpha, text)) >= _MIN_LETTERS:
            yield _Line(text, round(confidence, 3), picture.payload_sha256, picture.url)


def with_words(page: Page, lines: Sequence[_Line]) -> Page:
    """Return the page with the lines read in pictures after its main text, before its footer."""
    main, rest = page.text[: page.main_end], page.text[page.main_end :]
    seen = set(page.text.splitlines())
    marks: list[dict[str, Any]] = []
    added = 0
    for line in lines:
        if line.text in seen or added + len(line.text) > MAX_WORDS:
            continue
        seen.add(line.text)
        added += len(line.text) + 1
        main += ("\n" if main else "") + line.text
        start = len(main) - len(line.text)
        mark = {"start": start, "end": len(main), "confidence": line.confidence, "sha256": line.sha256, "url": line.url}
        marks.append(mark)
    if not marks:
        return page
    return replace(page, text=main + rest, main_end=len(main), details={**page.details, "ocr": marks})
