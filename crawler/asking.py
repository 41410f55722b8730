"""How a visit becomes a request, and how a request names its visit in the log."""

from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawler.frontier import Visit
from crawler.job import user_agent
from crawler.sources import Source

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"


def visit_of(request: Request) -> Visit:
    """Return the visit a request was made for."""
    visit: Visit = request.meta["visit"]
    return visit


def visit_fields(visit: Visit) -> dict[str, Any]:
    """Return what every event says of its visit."""
    fields: dict[str, Any] = {name: getattr(visit, name) for name in ("source", "url", "depth", "attempt")}
    return fields | {"kind": visit.kind.value} | ({"via": list(visit.via)} if visit.via else {})


def build_request(visit: Visit, source: Source, encoding: str) -> Request:
    """Return the request of a visit: our own headers and nothing else, the source's limits, the host's queue."""
    headers = {
        "Host": visit.host,
        "User-Agent": user_agent(source),
        "Accept": _ACCEPT,
        "Accept-Language": "vi,en;q=0.5",
        "Accept-Encoding": encoding,
    }
    meta = {
        "visit": visit,
        "proxy": source.proxy or None,
        "download_timeout": source.timeout,
        "download_maxsize": source.max_bytes,
        "download_slot": visit.host,
        "autothrottle_dont_adjust_delay": source.delay == 0,
    }
    return Request(visit.url, headers=headers, meta=meta, dont_filter=True)


def not_text(headers: Any) -> str:
    """Return the media type of a response that holds no text, or ``""`` (also where it does not say)."""
    kind = (headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    wanted = not kind or kind.startswith("text/") or any(word in kind for word in ("html", "xml", "json", "unknown"))
    return "" if wanted and kind not in ("text/css", "text/javascript") else kind


def headers_of(message: Request | Response) -> dict[str, str]:
    """Return headers by lower-case name; of a repeated one the values joined by commas, as HTTP means them."""
    return {
        name.decode("latin-1").lower(): ", ".join(value.decode("latin-1") for value in values)
        for name, values in message.headers.items()
    }
