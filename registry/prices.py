"""Advertised prices beside the ones that the facility declared: a remark for the inspector, never a violation.

A price belongs to the words before it on its line. It is compared only where these words name the declared service
well; instalments, deposits and reductions are no prices of a service.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from models.vietnamese import folded
from models.vocabulary import MentionKind
from registry.facts import day
from registry.techniques import technique_of
from registry.types import DeclaredPrice, Mention

#: Under half of the declared price a bait or another service is likelier than a promotion; over one and a half times
#: it a package or another unit is not likely any more. Judgements made on no data: no declared prices were at hand
#: (2026-11-24). A remark costs an inspector a glance, so both lean towards silence.
FAR_UNDER, FAR_OVER = 0.5, 1.5

#: Prices read in one text, and characters before each: what a page shows to a reader is less.
_MOST_PRICES, _LINE = 200, 300
#: The share of a declared service's words that the advertisement must name.
_SAME = 0.75
#: Words before or after an amount that make it no price of a service.
_OTHER_AMOUNT = re.compile(
    r"(?:tra gop|tra truoc|dat coc|coc|giam(?: den| toi| ngay| them)?|tiet kiem|tang|voucher|uu dai(?: den| toi)?|"
    r"hoa don tu|don tu|tri gia|ho tro|giao hang|phi ship)\s{0,2}:?\s{0,2}$"
)
_PER = re.compile(r"\s{0,2}/\s{0,2}(?:thang|tuan|ngay|nam|cc|ml|don vi|unit|rang|cai|buoi)(?![a-z])|\s?moi thang")
_EMPTY = frozenset(
    {
        "gia",
        "chi",
        "tu",
        "con",
        "phi",
        "dich",
        "vu",
        "goi",
        "combo",
        "co",
        "va",
        "cho",
        "mot",
        "lan",
        "la",
        "den",
        "toi",
    }
)


@dataclass(frozen=True, slots=True)
class PriceRemark:
    """One advertised price that is far from the declared one. ``said`` is the remark in Vietnamese."""

    price: Mention
    declared: DeclaredPrice
    said: str


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", folded(text)) if word not in _EMPTY]


class PriceRegister:
    """The declared prices, by the facility's licence number."""

    def __init__(self, records: Iterable[DeclaredPrice]) -> None:
        self._by_licence: dict[str, list[DeclaredPrice]] = defaultdict(list)
        for record in records:
            self._by_licence[record.facility_licence].append(record)

    def __bool__(self) -> bool:
        """Whether anything was imported."""
        return bool(self._by_licence)

    def remarks(self, licence_no: str, text: str, mentions: Sequence[Mention], on: date) -> list[PriceRemark]:
        """Compare the prices of a text with those that the facility declared by ``on``; each service is said once."""
        declared = [d for d in self._by_licence.get(licence_no, ()) if d.declared_on is None or d.declared_on <= on]
        if not declared:
            return []
        found: dict[str, PriceRemark] = {}
        before = 0
        for price in [m for m in mentions if m.kind is MentionKind.PRICE][:_MOST_PRICES]:
            service = _service(text, price, before)
            before = price.end
            best = None if _no_price(text, price) else _declared(service, declared)
            remark = _remark(price, service, best) if best else None
            if remark:
                found.setdefault(remark.declared.service, remark)
        return list(found.values())


def _no_price(text: str, price: Mention) -> bool:
    before, after = folded(text[max(0, price.start - 24) : price.start]), folded(text[price.end : price.end + 16])
    return _OTHER_AMOUNT.search(before) is not None or _PER.match(after) is not None


def _service(text: str, price: Mention, before: int) -> str:
    """The words that a price belongs to: on its line, after the price before it (which ends at ``before``), or above.

    At most ``_LINE`` characters are read: a list without line breaks is one line.
    """
    start = max(text.rfind("\n", 0, price.start) + 1, price.start - _LINE)
    words = text[max(start, before) : price.start]
    if not _words(words) and before <= start and start > 1:
        above = text.rfind("\n", 0, start - 1) + 1
        words = text[above : start - 1]
    return re.split(r"[.;!?•|]\s|\n", words.strip())[-1].strip(" :–-,.•+*")[-90:]


def _declared(service: str, declared: Sequence[DeclaredPrice]) -> DeclaredPrice | None:
    """The declared price of the service that these words name, the latest and fullest; ``None`` where none is."""
    said = set(_words(service))
    technique = technique_of(service)
    fitting = []
    for record in declared:
        words = set(_words(record.service))
        share = len(words & said) / len(words) if words else 0.0
        same = technique is not None and technique_of(record.service) is technique
        if words and said and (share >= _SAME or same) and len(said - words) <= max(2, len(words)):
            fitting.append((share, record.declared_on or date.min, record))
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def _remark(price: Mention, service: str, declared: DeclaredPrice) -> PriceRemark | None:
    low, _, high = price.value.partition("-")
    least, most = int(low), int(high or low)
    if declared.price_vnd <= 0:
        return None
    if most < FAR_UNDER * declared.price_vnd:
        how = "thấp hơn nhiều so với"
    elif least > FAR_OVER * declared.price_vnd:
        how = "cao hơn nhiều so với"
    else:
        return None
    when = f", kê khai ngày {day(declared.declared_on)}" if declared.declared_on else ""
    said = (
        f"Ghi chú về giá (không phải dấu hiệu vi phạm): quảng cáo nêu giá {_money(least, most)} cho «{service}», {how} "
        f"giá kê khai {_money(declared.price_vnd)} của dịch vụ «{declared.service}»{when}."
    )
    return PriceRemark(price, declared, said)


def _money(least: int, most: int | None = None) -> str:
    shown = f"{least:,}".replace(",", ".")
    if most is not None and most != least:
        shown += "–" + f"{most:,}".replace(",", ".")
    return f"{shown} đồng"
