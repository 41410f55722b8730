"""The addresses still to visit: breadth first, hosts in turn, within every source's budget. Pure and synchronous.

Every address enters once per source. A visit is *in flight* from ``next`` until ``settle``.
"""

import hashlib
import heapq
import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from crawler.sources import Source
from crawler.urls import host_key
from models.vocabulary import SourceKind

#: Requests under way at once, over all hosts and for one host (one where the source asks for a delay).
MAX_IN_FLIGHT = 16
MAX_PER_HOST = 4

#: Documents that only list pages (sitemaps, feeds, lists) have a budget of their own.
MAX_LISTS = 200


class VisitKind(StrEnum):
    """What an address is expected to be, which decides how its links are read."""

    PAGE = "page"
    SITEMAP = "sitemap"
    FEED = "feed"
    LIST = "list"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class Visit:
    """One address to ask for. ``via`` are the addresses that redirected here; ``attempt`` counts from 0."""

    source: str
    url: str
    kind: VisitKind = VisitKind.PAGE
    depth: int = 0
    via: tuple[str, ...] = ()
    attempt: int = 0

    @property
    def host(self) -> str:
        """Host with port, where it is not the usual one."""
        return host_key(self.url)


@dataclass(slots=True)
class _Budget:
    """What one source may still spend."""

    pages: int
    refunds: int
    lists: int
    room: int
    size: int
    seen: set[bytes] = field(default_factory=set)

    def exhausted(self, visit: Visit) -> bool:
        return self.size <= 0 or (_costs_a_page(visit) and self.pages <= 0)


def _costs_a_page(visit: Visit) -> bool:
    """Say whether a visit spends a page: neither a list, nor the target of a redirect, nor another attempt."""
    return visit.kind is VisitKind.PAGE and not visit.via and not visit.attempt


class Frontier:
    """See the module. ``now`` is a monotonic time in seconds."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.name: source for source in sources}
        self._budgets = {
            # Links far beyond the budget are never visited: they need not be remembered.
            s.name: _Budget(
                s.max_pages, s.max_pages, MAX_LISTS, max(1_000, 4 * s.max_pages) + len(s.start), s.max_bytes_total
            )
            for s in self._sources.values()
        }
        self._queues: dict[tuple[str, str], deque[Visit]] = {}
        self._turn: deque[tuple[str, str]] = deque()
        self._busy: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._later: list[tuple[float, int, Visit]] = []
        self._order = itertools.count()
        self._in_flight = 0

    def offer(self, visit: Visit) -> bool:
        """Add a visit unless its address is known already, too deep, or beyond what will ever be visited."""
        budget = self._budgets[visit.source]
        key = _fingerprint(visit.url)
        if key in budget.seen or visit.depth > self._sources[visit.source].max_depth or budget.room <= 0:
            return False
        if visit.kind is not VisitKind.PAGE and budget.lists <= 0:
            return False
        budget.lists -= visit.kind is not VisitKind.PAGE
        budget.seen.add(key)
        # The rest of a redirect comes before new pages: a spent budget must not leave it half done.
        self._enqueue(visit, first=bool(visit.via))
        return True

    def mark_done(self, visit: Visit, *, spent: int = 0, refund: bool = False) -> None:
        """Remember an address that an earlier session of this run settled, as ``settle`` does."""
        budget = self._budgets[visit.source]
        budget.seen.add(_fingerprint(visit.url))
        budget.size -= spent
        budget.pages -= _costs_a_page(visit) and not refund
        budget.lists -= visit.kind is not VisitKind.PAGE

    def _enqueue(self, visit: Visit, *, first: bool = False) -> None:
        key = (visit.source, visit.host)
        if key not in self._queues:
            self._queues[key] = deque()
            self._turn.append(key)
        self._budgets[visit.source].room -= 1
        (self._queues[key].appendleft if first else self._queues[key].append)(visit)

    def next(self, now: float) -> Visit | None:
        """Return the next visit that may start now, or None."""
        while self._later and self._later[0][0] <= now:
            self._enqueue(heapq.heappop(self._later)[2], first=True)
        if self._in_flight >= MAX_IN_FLIGHT:
            return None
        for _ in range(len(self._turn)):
            key = self._turn[0]
            self._turn.rotate(-1)
            if self._may_start(key, now):
                return self._start(key)
        return None

    def _may_start(self, key: tuple[str, str], now: float) -> bool:
        source, host = key
        limit = 1 if self._sources[source].delay else MAX_PER_HOST
        if self._busy.get(host, 0) >= limit or self._not_before.get(host, 0.0) > now:
            return False
        return not self._budgets[source].exhausted(self._queues[key][0])

    def _start(self, key: tuple[str, str]) -> Visit:
        queue = self._queues[key]
        visit = queue.popleft()
        if not queue:
            del self._queues[key]
            self._turn.remove(key)
        budget = self._budgets[visit.source]
        budget.room += 1
        budget.pages -= _costs_a_page(visit)
        self._busy[visit.host] = self._busy.get(visit.host, 0) + 1
        self._in_flight += 1
        return visit

    def settle(self, visit: Visit, *, spent: int = 0, refund: bool = False) -> None:
        """End a visit that cost ``spent`` bytes. ``refund`` gives its page back to the budget."""
        budget = self._budgets[visit.source]
        budget.size -= spent
        if refund and _costs_a_page(visit) and budget.refunds > 0:
            budget.refunds -= 1
            budget.pages += 1
        self._in_flight -= 1
        self._busy[visit.host] -= 1
        if not self._busy[visit.host]:
            del self._busy[visit.host]

    def again(self, visit: Visit, not_before: float, *, whole_host: bool = False) -> None:
        """Ask once more, not before a monotonic time; with ``whole_host`` the host is left alone until then."""
        if whole_host:
            self._not_before[visit.host] = max(self._not_before.get(visit.host, 0.0), not_before)
        heapq.heappush(self._later, (not_before, next(self._order), replace(visit, attempt=visit.attempt + 1)))

    def wake_at(self, now: float) -> float | None:
        """Return when something that waits may be asked (monotonic), or None where nothing waits for a time."""
        times = [self._not_before.get(host, 0.0) for _, host in self._queues] + [at for at, _, _ in self._later[:1]]
        return min((at for at in times if at > now), default=None)

    def finished(self) -> bool:
        """Say whether nothing is under way and nothing more can start."""
        if self._in_flight or self._later:
            return False
        return all(self._budgets[key[0]].exhausted(queue[0]) for key, queue in self._queues.items())

    def start_visits(self, source: Source) -> Iterable[Visit]:
        """Return the first visits of a source."""
        for url in source.start:
            yield Visit(source.name, url, _start_kind(source, url))


def _start_kind(source: Source, url: str) -> VisitKind:
    if source.kind is SourceKind.SITEMAP:
        return VisitKind.SITEMAP
    if source.kind is SourceKind.FEED:
        return VisitKind.FEED
    is_list = source.kind is SourceKind.PAGE_LIST and url.partition("?")[0].lower().endswith(".txt")
    return VisitKind.LIST if is_list else VisitKind.PAGE


def _fingerprint(url: str) -> bytes:
    return hashlib.blake2b(url.encode(), digest_size=10).digest()
