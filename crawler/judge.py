"""What a response means: captured, unchanged, withdrawn, blocked, failed, or not final. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler.bodies import BodyError, decode
from crawler.frontier import Visit, VisitKind
from crawler.history import Known
from crawler.items import MOVED
from crawler.sources import Source
from crawler.urls import canonical, within
from crawler.walls import says_gone, wall
from models.vocabulary import Outcome, SourceKind

#: How often one address is asked at most, and how long a server may make us wait for the next time (seconds).
MAX_ATTEMPTS = 3
MAX_WAIT = 120.0

#: Redirects followed from one address.
MAX_HOPS = 8

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_BLOCKING_STATUS = frozenset({401, 403, 407, 429, 451})

#: Answers that name another address, and those that name it for good.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})

#: Words of a challenge page (Cloudflare, DDoS-Guard, Sucuri, generic captchas) in a 503 or a mitigated response.
_CHALLENGE = (b"captcha", b"cf-chl", b"challenge-platform", b"ddos-guard", b"sucuri_cloudproxy", b"just a moment")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``role`` is "page", "redirect", "retry", or the kind of list. ``wait``: seconds until the next attempt."""

    role: str
    outcome: Outcome
    note: str = ""
    original: Known | None = None
    decoded_sha256: str = ""
    redirect_to: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to judge: header names in lower case, body as transferred."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def judge(visit: Visit, source: Source, answer: Answer, known: Known | None) -> Verdict:
    """Say what the answer to a visit means, given the last capture of the address."""
    role = visit.kind.value
    if visit.kind is VisitKind.ROBOTS:
        return Verdict(role, Outcome.CAPTURED)
    if answer.status in REDIRECTS and (location := answer.headers.get("location")):
        moved = known is not None and not known.gone and answer.status in _FOR_GOOD
        return _redirect(visit, source, location, MOVED if moved else "")
    if known and not known.gone and answer.status == 304:
        return Verdict(role, Outcome.UNCHANGED, original=known, decoded_sha256=known.decoded_sha256)
    if 200 <= answer.status < 300 and not _mitigated(answer):
        return _success(role, answer, known, source.max_bytes)
    if answer.status in _PASSING_STATUS and visit.attempt + 1 < MAX_ATTEMPTS:
        wait = retry_wait(answer.headers, visit.attempt)
        if wait <= MAX_WAIT:
            return Verdict(
                "retry", Outcome.BLOCKED if answer.status == 429 else Outcome.FAILED, f"HTTP {answer.status}", wait=wait
            )
    return Verdict(role, *_refusal(answer, known))


def _success(role: str, answer: Answer, known: Known | None, max_bytes: int) -> Verdict:
    try:
        decoded = decode(answer.body, answer.headers, max_bytes)
    except BodyError as error:
        return Verdict(role, Outcome.FAILED, str(error))
    if role == VisitKind.PAGE and (kind := wall(decoded, answer.headers.get("content-type", ""))):
        return Verdict(role, Outcome.BLOCKED, kind)
    digest = hashlib.sha256(decoded).hexdigest()
    changed = known is not None and (known.gone or known.decoded_sha256 != digest)
    # Only of a page that showed something else before: what a page has always said is what it shows.
    if role == VisitKind.PAGE and changed and (words := says_gone(decoded, answer.headers.get("content-type", ""))):
        return Verdict(role, Outcome.WITHDRAWN, f"the page says that it is gone: {words}")
    if known is None or known.gone or known.decoded_sha256 != digest:
        return Verdict(role, Outcome.CAPTURED, decoded_sha256=digest)
    # Same text in another packing is unchanged too, but only identical bytes may point to the old record.
    same = known.original.payload_sha256 == hashlib.sha256(answer.body).hexdigest()
    return Verdict(role, Outcome.UNCHANGED, original=known if same else None, decoded_sha256=digest)


def _refusal(answer: Answer, known: Known | None) -> tuple[Outcome, str]:
    note = f"HTTP {answer.status}"
    if answer.status in (404, 410):
        return (Outcome.WITHDRAWN if known else Outcome.FAILED), note
    if answer.status in _BLOCKING_STATUS or _mitigated(answer):
        return Outcome.BLOCKED, note
    return Outcome.FAILED, note


def _mitigated(answer: Answer) -> bool:
    if answer.headers.get("cf-mitigated"):
        return True
    if answer.status != 503:
        return False
    try:
        text = decode(answer.body, answer.headers, 1_000_000).lower()
    except BodyError:
        return False
    return any(word in text for word in _CHALLENGE)


def _redirect(visit: Visit, source: Source, location: str, note: str) -> Verdict:
    target = canonical(location, visit.url)
    problem = ""
    if not target:
        problem = f"redirects to '{location[:200]}', which is no http(s) address"
    elif target == visit.url or target in visit.via:
        problem = f"redirects in a circle ({target})"
    elif len(visit.via) >= MAX_HOPS:
        problem = f"redirects more than {MAX_HOPS} times"
    elif source.kind is not SourceKind.PAGE_LIST and not within(target, source.hosts):
        problem = f"redirects out of the source's domains, to {target}"
    if problem:
        return Verdict(visit.kind.value, Outcome.FAILED, problem)
    return Verdict("redirect", Outcome.CAPTURED, note, redirect_to=target)


def retry_wait(headers: Mapping[str, str], attempt: int, now: datetime | None = None) -> float:
    """Return the seconds until the next attempt: what ``Retry-After`` asks (seconds or a date), else 1, 2, 4 …"""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return float(2**attempt)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
