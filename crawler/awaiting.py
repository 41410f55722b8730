"""What a captured page still awaits before it is read: pure."""

from collections.abc import Mapping

from crawler.asking import not_text
from crawler.judge import Verdict
from crawler.sources import Source
from models.vocabulary import Outcome

RENDER, SCREENSHOT, PICTURES, TEXT = "render", "screenshot", "pictures", "text"


def awaited(source: Source, verdict: Verdict, headers: Mapping[str, str], *, unread: bool) -> list[str]:
    """Return what a page just captured still awaits. ``unread``: an earlier run captured it and was cut short."""
    if verdict.role != "page" or verdict.outcome not in (Outcome.CAPTURED, Outcome.UNCHANGED):
        return []
    kind = headers.get("content-type") or (verdict.original.content_headers if verdict.original else {}).get(
        "content-type", ""
    )
    if not_text({"Content-Type": kind.encode("latin-1", "replace")}) or (kind and "html" not in kind.lower()):
        return []
    wanted = {RENDER: source.render, SCREENSHOT: source.screenshots == "all", PICTURES: source.ocr}
    found = [name for name, wants in wanted.items() if wants]
    return found or ([TEXT] if unread and verdict.outcome is Outcome.UNCHANGED else [])
