"""From an imported item in the evidence to the page that it is: the same whenever it is read."""

import json
from typing import Any

from crawler.bodies import BodyError, decode_body
from crawler.imports.items import ImportFormat
from crawler.imports.meta import meta_page
from crawler.imports.pictures import picture_page
from crawler.imports.records import record_page
from crawler.items import Capture, Page
from crawler.pages import EXTRACTOR_VERSION
from crawler.pages.sites import page_for
from models.errors import MedadError, MissingPackageError
from models.vocabulary import Outcome


def read_imported(captured: Capture) -> Page | str | None:
    """Return the page of an imported item, why it cannot be read, or ``None`` where there is nothing to read.

    Raises ``MedadError`` where it could be read with packages that are not installed: nothing is passed over for that.
    """
    if captured.outcome is not Outcome.CAPTURED:
        return None
    return _read(captured) if captured.body else "the imported item is empty, or was removed under the retention rule"


def _read(captured: Capture) -> Page | str | None:
    told = captured.via_import
    match told.get("format"):
        case ImportFormat.META_AD_LIBRARY:
            return meta_page(captured.url, _object(captured.body))
        case ImportFormat.CSV | ImportFormat.JSONL:
            columns = {field: tuple(names) for field, names in told.get("columns", {}).items()}
            return record_page(captured.url, _object(captured.body), columns)
        case ImportFormat.IMAGES:
            return _picture(captured)
        case ImportFormat.WARC:
            return _archived(captured)
    return "imported in a format that this version does not know"


def _object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    return value if isinstance(value, dict) else {}


def _picture(captured: Capture) -> Page | str:
    try:
        return picture_page(captured.url, captured.body, captured.via_import)
    except MissingPackageError as error:  # as its base: an error that crosses processes is built from its message alone
        raise MedadError(error.what, error.remedy) from None


def _archived(captured: Capture) -> Page | str | None:
    try:
        body = decode_body(captured)
    except BodyError as error:
        return error.what
    page = page_for(captured.url).read(body, captured.url, captured.headers.get("content-type", ""))
    if not page.text.strip():
        return None
    original = captured.via_import.get("original", {})
    details = {**page.details, "reader": EXTRACTOR_VERSION, "copied_record": original.get("record_id", "")}
    return Page(page.url, page.title, page.text, page.main_end, page.published_on, page.language, details=details)
