"""What citizens' reports belong to: advertisements and cases, by what both name; and what was never captured."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from cases.bonds import SHARED_HOSTS
from cases.types import KeyKind
from crawler.urls import canonical
from models import tables
from models.database import session
from models.vocabulary import MentionKind
from registry.mentions import find_mentions

#: Names of hosts that are not on the internet.
_LOCAL = (".local", ".internal", ".lan", ".localhost", ".home", ".test", ".invalid")


@dataclass(frozen=True, slots=True)
class Linked:
    """What tying did: reports that gained an advertisement or a case; all that have one; all reports."""

    gained: int = 0
    with_ad: int = 0
    with_case: int = 0
    total: int = 0

    def describe(self) -> str:
        """Return the counts in Vietnamese."""
        gained = f"; {self.gained} phản ánh vừa được gắn thêm" if self.gained else ""
        return f"Phản ánh của người dân: {self.total}, đã gắn với vụ việc {self.with_case}{gained}."


@dataclass(frozen=True, slots=True)
class Uncaptured:
    """Addresses that were reported and never captured: ``crawlable``; on ``platforms`` that forbid crawling; and
    ``refused``, which are not on the public internet."""

    crawlable: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def link_reports(engine: Engine) -> Linked:
    """Tie reports to advertisements and cases where they are not yet: by address, phone, site or licence number.

    What is tied stays as it is. Repeating it changes nothing.
    """
    gained = 0
    with session(engine) as opened:
        loose = opened.exec(
            select(tables.Report).where(
                or_(col(tables.Report.advertisement_id).is_(None), col(tables.Report.case_id).is_(None))
            )
        ).all()
        for report in loose:
            gained += _link(opened, report)
        opened.flush()
        rows = opened.execute(select(tables.Report.advertisement_id, tables.Report.case_id)).all()
    return Linked(gained, sum(ad is not None for ad, _ in rows), sum(case is not None for _, case in rows), len(rows))


def _link(opened: Session, report: tables.Report) -> bool:
    before = (report.advertisement_id, report.case_id)
    addresses, numbers = _clues(report)
    if report.advertisement_id is None:
        report.advertisement_id = _ad_at(opened, addresses) or _ad_with(opened, numbers)
    if report.case_id is None:
        report.case_id = _case_of(opened, report.advertisement_id) or _case_by(opened, addresses, numbers)
    if (report.advertisement_id, report.case_id) == before:
        return False
    opened.add(report)
    return True


_Numbers = list[tuple[MentionKind, str]]


def _clues(report: tables.Report) -> tuple[list[str], _Numbers]:
    """Return the addresses that a report names, the stated one first, and its phone and licence numbers."""
    mentions = find_mentions(report.content)
    given = [report.url, *(m.text for m in mentions if m.kind is MentionKind.URL)]
    numbers = [(m.kind, m.value) for m in mentions if m.kind in (MentionKind.PHONE, MentionKind.LICENCE_NO)]
    if report.phone:
        numbers.insert(0, (MentionKind.PHONE, report.phone))
    return list(dict.fromkeys(url for text in given if (url := _address(text)))), list(dict.fromkeys(numbers))


def _address(text: str) -> str:
    text = text.strip().rstrip(".,;)")
    if not text or any(letter.isspace() for letter in text):
        return ""
    return canonical(text if "://" in text else f"https://{text}")


def _spellings(url: str) -> set[str]:
    """Return the ways in which the same address is commonly written."""
    scheme, _, rest = url.partition("://")
    rests = {rest, rest.removeprefix("www."), f"www.{rest.removeprefix('www.')}"}
    rests |= {r.rstrip("/") for r in rests} | {r.rstrip("/") + "/" for r in rests if "?" not in r}
    return {f"{s}://{r}" for s in {scheme, "http", "https"} for r in rests}


def _ad_at(opened: Session, addresses: Sequence[str]) -> int | None:
    for url in addresses:
        if urlsplit(url).path in ("", "/") and not urlsplit(url).query and _host(url) in SHARED_HOSTS:
            continue
        found = opened.exec(
            select(tables.Advertisement.id)
            .where(col(tables.Advertisement.url).in_(_spellings(url)))
            .order_by(col(tables.Advertisement.superseded_at).is_(None).desc(), col(tables.Advertisement.id).desc())
        ).first()
        if found is not None:
            return found
    return None


def _ad_with(opened: Session, numbers: _Numbers) -> int | None:
    for kind, value in numbers:
        found = opened.exec(
            select(tables.Mention.advertisement_id)
            .join(tables.Advertisement, col(tables.Advertisement.id) == col(tables.Mention.advertisement_id))
            .where(tables.Mention.kind == kind, tables.Mention.value == value)
            .order_by(col(tables.Advertisement.superseded_at).is_(None).desc(), col(tables.Advertisement.id).desc())
        ).first()
        if found is not None:
            return found
    return None


def _case_of(opened: Session, ad_id: int | None) -> int | None:
    if ad_id is None:
        return None
    found = opened.exec(
        select(tables.CaseLink.case_id)
        .where(tables.CaseLink.advertisement_id == ad_id)
        .order_by(col(tables.CaseLink.case_id).desc())
    ).first()
    return _standing(opened, found)


_KEY_OF = {MentionKind.PHONE: KeyKind.PHONE, MentionKind.LICENCE_NO: KeyKind.LICENCE}


def _case_by(opened: Session, addresses: Sequence[str], numbers: _Numbers) -> int | None:
    """Return the case that shows one of these keys, if it is one and no other."""
    keys = [(_KEY_OF[kind], value) for kind, value in numbers]
    keys += [(KeyKind.SITE, host) for url in addresses if (host := _host(url)) not in SHARED_HOSTS]
    for kind, value in keys:
        found = set(
            opened.exec(
                select(tables.CaseKey.case_id).where(tables.CaseKey.kind == kind.value, tables.CaseKey.value == value)
            )
        )
        standing = {case for each in found if (case := _standing(opened, each)) is not None}
        if len(standing) == 1:
            return standing.pop()
    return None


def _standing(opened: Session, case_id: int | None) -> int | None:
    """Follow a case that was merged to the one that it is now part of."""
    for _ in range(20):
        case = opened.get(tables.Case, case_id) if case_id is not None else None
        if case is None or case.merged_into_id is None:
            return case_id
        case_id = case.merged_into_id
    return case_id


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.").removeprefix("m.")


def uncaptured(engine: Engine) -> Uncaptured:
    """Return the addresses in all reports that no crawl asked for and no import brought, each once, oldest first."""
    wanted: dict[str, None] = {}
    with session(engine) as opened:
        for report in opened.exec(select(tables.Report).order_by(col(tables.Report.id))):
            wanted |= dict.fromkeys(_clues(report)[0])
        missing = [url for url in wanted if not _known(opened, url)]
    refused = [url for url in missing if not _public(url)]
    platforms = [url for url in missing if url not in refused and _on_platform(url)]
    left = [url for url in missing if url not in refused and url not in platforms]
    return Uncaptured(tuple(left), tuple(platforms), tuple(refused))


def _known(opened: Session, url: str) -> bool:
    spellings = _spellings(url)
    captured = select(tables.Capture.id).where(col(tables.Capture.url).in_(spellings)).limit(1)
    imported = select(tables.Advertisement.id).where(col(tables.Advertisement.url).in_(spellings)).limit(1)
    return opened.exec(captured).first() is not None or opened.exec(imported).first() is not None


def _on_platform(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == each or host.endswith(f".{each}") for each in SHARED_HOSTS)


def _public(url: str) -> bool:
    """Say whether an address may be of the public internet: a report must not lead a crawl into the own network."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        # A number in another notation (127.1, 0x7f000001) is an address too, for those who look it up.
        return "." in host and not host.endswith(_LOCAL) and host.rpartition(".")[2].isalpha()
