"""A client of Meta's Ad Library API (``ads_archive``): asks for a page, waits where it must, hides the token.

The token comes from the environment and goes nowhere else: not into an answer, a message or another host.
Documentation: https://developers.facebook.com/docs/graph-api/reference/ads_archive/ (read 2026-11).
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from crawler.imports.meta import source_texts, without_token
from models.errors import InputError, MedadError

TOKEN_VARIABLE = "MEDAD_META_TOKEN"  # noqa: S105 - the name of the variable
BASE_URL = "https://graph.facebook.com"
API_VERSION = "v23.0"

FIELDS = (
    *("id", "page_id", "page_name", "ad_creation_time", "ad_delivery_start_time", "ad_delivery_stop_time"),
    *("ad_creative_bodies", "ad_creative_link_titles", "ad_creative_link_descriptions", "ad_creative_link_captions"),
    *("ad_snapshot_url", "languages", "publisher_platforms", "bylines", "currency", "impressions", "spend"),
    *("estimated_audience_size", "eu_total_reach", "beneficiary_payers"),
)

#: Error codes of the Graph API that mean 'too many calls' (application, user, page, custom limits).
_LIMITED = frozenset({4, 17, 32, 613})
#: … that pass by themselves, and those of a token that is no use.
_PASSING = frozenset({1, 2})
_TOKEN_BAD = frozenset({102, 190})
_FORBIDDEN = frozenset({10, 200})

#: Share of the allowance from which we wait before we are told to (per cent), and for how long (seconds).
_NEARLY_USED = 90.0
_BREATHER = 60.0
_FIRST_WAIT = 30.0
_LONGEST_WAIT = 3600.0
_TRIES = 5
_MAX_BODY = 64_000_000
_TIMEOUT = 60


class LimitReachedError(MedadError):
    """The allowance of calls is used up for longer than was to be waited. What was fetched is kept."""


@dataclass(frozen=True, slots=True)
class AdQuery:
    """What is asked of the library. ``since`` and ``until`` are days (ISO) between which the ads were delivered."""

    terms: str = ""
    page_ids: tuple[str, ...] = ()
    countries: tuple[str, ...] = ("VN",)
    ad_type: str = "ALL"
    status: str = "ALL"
    since: str = ""
    until: str = ""
    page_size: int = 100
    fields: tuple[str, ...] = FIELDS

    def parameters(self) -> dict[str, str]:
        """Return the query string's parameters, without the token. Raises ``InputError`` for a query without aim."""
        if not self.terms.strip() and not self.page_ids:
            raise InputError("nothing is searched for.", "Give --search WORDS or --page-id ID.")
        if len(self.page_ids) > 10:
            raise InputError("the library takes ten pages at the most.", "Ask for the others in a second call.")
        found = {
            "search_terms": self.terms,
            "search_page_ids": json.dumps(self.page_ids) if self.page_ids else "",
            "ad_reached_countries": json.dumps(self.countries),
            "ad_type": self.ad_type,
            "ad_active_status": self.status,
            "ad_delivery_date_min": self.since,
            "ad_delivery_date_max": self.until,
            "fields": ",".join(self.fields),
            "limit": str(self.page_size),
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: the source texts of its advertisements, and the parameters of the next page (none: it is the last)."""

    ads: tuple[str, ...]
    next: Mapping[str, str]


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(slots=True)
class MetaClient:
    """Asks the API. ``sleep`` and ``tell`` (a message on waiting) can be replaced; ``max_wait`` bounds all waiting.

    Raises ``InputError`` for a base address to which a token may not be sent: https, or http on this machine.
    """

    token: str
    base_url: str = BASE_URL
    version: str = API_VERSION
    max_wait: float = _LONGEST_WAIT
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = lambda _: None
    waited: float = 0.0
    _opener: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise InputError(f"'{self.base_url}' is no https address.", "A token is sent over https only.")
        handlers = [_NoRedirects(), ProxyHandler({})] if local else [_NoRedirects()]
        self._opener = build_opener(*handlers)

    def __repr__(self) -> str:
        return f"MetaClient({self.base_url})"  # never the token

    @property
    def address(self) -> str:
        """The address of the library."""
        return f"{self.base_url.rstrip('/')}/{self.version}/ads_archive"

    def ask(self, parameters: Mapping[str, str]) -> Answer:
        """Return one page. Waits where the API wants that; raises ``LimitReachedError`` rather than wait too long.

        Raises ``InputError`` for a token or query that the API refuses, ``MedadError`` for what else went wrong.
        """
        asked = dict(parameters)
        for attempt in range(1, _TRIES + 1):
            status, headers, body = self._get(asked)
            error = _error(body) if status != 200 or b'"error"' in body[:200] else None
            if status == 200 and error is None:
                answer = self._answer(body)
                self._breathe(headers)
                return answer
            self._after_error(status, headers, error or {}, attempt, asked)
        raise MedadError("the Ad Library does not answer usefully.", "What was fetched is kept; try again later.")

    def _get(self, parameters: Mapping[str, str]) -> tuple[int, Message, bytes]:
        query = urlencode({**parameters, "access_token": self.token})
        request = Request(f"{self.address}?{query}", headers={"Accept": "application/json"})  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                body = response.read(_MAX_BODY + 1)
                status, headers = response.status, response.headers
        except HTTPError as error:
            with error:
                return error.code, error.headers, error.read(_MAX_BODY)
        except (URLError, OSError, HTTPException) as error:
            return 0, Message(), self._hidden(str(getattr(error, "reason", error))).encode()
        if len(body) > _MAX_BODY:
            raise MedadError(
                f"the answer is larger than {_MAX_BODY // 1_000_000} MB.", "Ask with a smaller --page-size."
            )
        return status, headers, body

    def _after_error(
        self, status: int, headers: Message, error: Mapping[str, Any], attempt: int, asked: dict[str, str]
    ) -> None:
        """Wait, or ask for less; raise where neither would help."""
        code, said = error.get("code"), self._hidden(str(error.get("message", "")))[:300]
        if status == 429 or code in _LIMITED:
            self._wait(_told_wait(headers) or _FIRST_WAIT * 2**attempt, "the limit of calls is reached")
        elif code in _TOKEN_BAD:
            raise InputError(f"Meta does not accept the token ({said}).", f"Put a valid one into {TOKEN_VARIABLE}.")
        elif code in _FORBIDDEN:
            raise InputError(f"Meta does not let this account use the library ({said}).", "See docs/operations.md.")
        elif code == 1 and "reduce" in said.lower() and int(asked.get("limit", "1")) > 1:
            asked["limit"] = str(int(asked["limit"]) // 2)
        elif status == 0 or status >= 500 or code in _PASSING:
            if attempt == _TRIES:
                why = said or f"status {status or 'none: no connection'}"
                raise MedadError(f"the Ad Library cannot be reached ({why}).", "What was fetched is kept; try again.")
            self._wait(2.0**attempt, "the library does not answer")
        else:
            shown = said or f"HTTP {status}"
            raise InputError(f"Meta refuses the query ({shown}).", "Check the options; a stopped fetch may be too old.")

    def _answer(self, body: bytes) -> Answer:
        try:
            value = json.loads(body)
            paging = value.get("paging") or {}
            data = value["data"]
        except (ValueError, RecursionError, KeyError, AttributeError) as error:
            raise MedadError("the answer is not that of the Ad Library.", "Check --base-url.") from error
        ads = tuple(_one_line(text) for text in source_texts(body.decode("utf-8", "replace"))) if data else ()
        return Answer(ads, self._next(paging.get("next")) if data else {})

    def _next(self, address: object) -> dict[str, str]:
        if not isinstance(address, str) or not address:
            return {}
        ours, theirs = urlsplit(self.address), urlsplit(address)
        if (theirs.scheme, theirs.netloc, theirs.path) != (ours.scheme, ours.netloc, ours.path):
            where = f"{theirs.scheme}://{theirs.netloc}"[:100]
            raise MedadError(f"the next page would lie elsewhere ({where}): it was not asked for.", "Check --base-url.")
        return {name: value for name, value in parse_qsl(theirs.query) if name != "access_token"}

    def _breathe(self, headers: Message) -> None:
        if _used(headers) >= _NEARLY_USED:
            self._wait(_BREATHER, "the limit of calls is near")

    def _wait(self, seconds: float, why: str) -> None:
        seconds = min(seconds, _LONGEST_WAIT)
        if self.waited + seconds > self.max_wait:
            raise LimitReachedError(
                f"{why}: {seconds:.0f} more seconds of waiting would be needed.",
                "What was fetched is kept: run the same command later, or allow more with --max-wait.",
            )
        self.tell(f"{why}: waiting {seconds:.0f} s")
        self.waited += seconds
        self.sleep(seconds)

    def _hidden(self, text: str) -> str:
        return without_token(text.replace(self.token, "REMOVED") if self.token else text)


def token_from_environment() -> str:
    """Return the token. Raises ``InputError`` where the environment holds none."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise InputError(f"the environment variable {TOKEN_VARIABLE} is not set.", "Put the token of the API into it.")
    return token


def _error(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body).get("error")
    except (ValueError, RecursionError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


def _told_wait(headers: Message) -> float:
    """Return how long the API says to wait (seconds); 0 where it does not say."""
    after = str(headers.get("Retry-After") or "")
    if after.isdigit():
        return float(after)
    minutes = [
        entry.get("estimated_time_to_regain_access", 0)
        for entries in _json_header(headers, "x-business-use-case-usage").values()
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return 60.0 * max((m for m in minutes if isinstance(m, int | float)), default=0)


def _used(headers: Message) -> float:
    """Return the greatest share of an allowance that is used, in per cent."""
    usage = _json_header(headers, "x-app-usage")
    return max((float(v) for v in usage.values() if isinstance(v, int | float)), default=0.0)


def _json_header(headers: Message, name: str) -> dict[str, Any]:
    try:
        value = json.loads(str(headers.get(name) or "{}"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _one_line(text: str) -> str:
    text = without_token(text)
    return text if "\n" not in text and "\r" not in text else json.dumps(json.loads(text), ensure_ascii=False)
