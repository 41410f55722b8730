"""What a page declares to machines about who advertises: JSON-LD, microdata, RDFa Lite and Open Graph as one list.

One walk over the tree that was parsed anyway, linear and bounded; nothing is fetched (RDFa vocabularies are names here,
not addresses). ``itemref`` is not followed. The ``extruct`` package reads the same from ordinary pages, as a test
compares. It is not used: measured 2026-11-24 on 113 real pages, its RDFa part alone takes three times as long as the
whole reading of a page (16.6 against 5.4 ms of processor time), this module .24 ms; 1,500 nested items end it in a
``RecursionError``, and 20,000 flat ones kept it busy for minutes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from lxml import etree

from crawler.pages.lines import Element, tidy

#: Items kept of one page, and characters of one value. A page may declare any number.
MAX_ITEMS = 20
MAX_VALUE = 300

#: Declared items and properties looked at, nodes whose text makes a value, values of one property.
_LOOKED_AT = 400
_PROPERTIES = 4_000
_NODES = 60
_VALUES = 5

#: Types of schema.org (and a few of older vocabularies) that say who advertises or what; others are passed over.
_TYPES = frozenset(
    {
        *("MedicalClinic", "MedicalBusiness", "MedicalOrganization", "Physician", "Dentist", "Hospital", "Pharmacy"),
        *("Optician", "DiagnosticLab", "BeautySalon", "HealthAndBeautyBusiness", "DaySpa", "LocalBusiness", "Store"),
        *("Organization", "Corporation", "Person", "Product", "Service", "MedicalProcedure", "MedicalTherapy", "Drug"),
        *("DietarySupplement", "IndividualProduct", "ProfessionalService", "Dermatology", "PlasticSurgery"),
    }
)

_MARKED = ("itemscope", "typeof")
_LINKING = {"a": "href", "area": "href", "link": "href", "img": "src", "iframe": "src"}
_LOCAL = re.compile(r"[#/:]([^#/:]+)$")
_ADDRESS = ("streetAddress", "addressLocality", "addressRegion")
_PRICES = ("price", "lowPrice", "priceRange")

_OPEN_GRAPH = {
    "name": ("og:site_name", "og:title"),
    "telephone": ("business:contact_data:phone_number", "og:phone_number"),
    "address": ("business:contact_data:street_address", "og:street-address", "og:street_address"),
    "price": ("product:price:amount", "og:price:amount"),
    "url": ("og:url",),
}

Item = dict[str, str]


def structured(root: Element, meta: Mapping[str, str], objects: Iterable[Mapping[str, object]]) -> list[Item]:
    """Return what a page declares, at most ``MAX_ITEMS``: ``type`` and, where stated, name, telephone, address, price …

    ``meta`` are its meta elements by name, ``objects`` its JSON-LD objects (see ``metadata.Metadata``). Values are
    plain text of at most ``MAX_VALUE`` characters. Nothing is raised for what is malformed.
    """
    found: list[Item] = []
    declared = islice(objects, _LOOKED_AT)
    for item in (*map(_of_object, declared), *map(_of_object, _marked(root)), _of_open_graph(meta)):
        if item and item not in found:
            found.append(item)
            if len(found) == MAX_ITEMS:
                break
    return found


def _marked(root: Element) -> Iterator[Mapping[str, object]]:
    """Yield the items of microdata and RDFa Lite, in the form of JSON-LD objects: outer before inner."""
    items: list[dict[str, Any]] = []
    scopes: list[tuple[Element, dict[str, Any]]] = []
    room = _PROPERTIES
    if next(root.iterfind(".//*[@itemscope]"), None) is None and next(root.iterfind(".//*[@typeof]"), None) is None:
        return iter(())
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            if scopes and scopes[-1][0] is element:
                scopes.pop()
            continue
        names = (element.get("itemprop") or element.get("property") or "").split()[:3] if scopes else []
        opens = any(element.get(name) is not None for name in _MARKED) and len(items) < _LOOKED_AT
        room -= bool(names)
        if room < 0:
            break
        value: object = None
        if opens:
            value = {"@type": (element.get("itemtype") or element.get("typeof") or "").split()[:3]}
            items.append(value)
        elif names:
            value = _value_of(element)
        for name in names:
            scopes[-1][1].setdefault(_local(name), []).append(value)
        if opens:
            scopes.append((element, value))  # type: ignore[arg-type]  # the same
    return iter(items)


def _value_of(element: Element) -> str:
    stated = element.get("content") or element.get(_LINKING.get(str(element.tag), "value"), "")
    if stated:
        return stated[: 4 * MAX_VALUE]
    parts: list[str] = []
    for node in islice(element.iter(), _NODES):
        parts.append((node.text or "")[:MAX_VALUE] if node.tag not in ("script", "style") else "")
        if node is not element:
            parts.append((node.tail or "")[:MAX_VALUE])
    return " ".join(parts)


def _local(name: object) -> str:
    """Return the last part of a name of a vocabulary: 'Dentist' of 'https://schema.org/Dentist'."""
    text = str(name)[:MAX_VALUE]
    found = _LOCAL.search(text)
    return found[1] if found else text


def _of_object(given: Mapping[str, object]) -> Item:
    """Return what is kept of one object, or nothing where it neither is nor names an advertiser or an offer."""
    kind = next((name for name in map(_local, _many(given.get("@type"))) if name in _TYPES), "")
    if not kind:
        return {}
    item = {
        "type": kind,
        "name": _text(given.get("name") or given.get("legalName")),
        "telephone": _text(given.get("telephone") or _inner(given.get("contactPoint"), "telephone")),
        "address": _address(given.get("address")),
        "price": _text(_price(given) or _price_of_offers(given.get("offers"))),
        "speciality": _text(_local(given.get("medicalSpecialty") or "")),
        "url": _text(given.get("url")),
    }
    kept = {name: value for name, value in item.items() if value}
    return kept if len(kept) > 1 else {}


def _of_open_graph(meta: Mapping[str, str]) -> Item:
    item = {name: next((meta[key] for key in keys if meta.get(key)), "") for name, keys in _OPEN_GRAPH.items()}
    kept = {name: _text(value) for name, value in item.items() if value}
    return {"type": "OpenGraph"} | kept if kept.keys() - {"url"} else {}


def _many(value: object) -> list[Any]:
    """Return the values of a property, which may stand alone or in a list."""
    if value is None:
        return []
    return list(value[:_VALUES]) if isinstance(value, list) else [value]


def _text(value: object) -> str:
    """Return plain values side by side; of an object its name or value."""
    parts = []
    for one in _many(value):
        plain = (
            next((one[key] for key in ("@value", "name", "value") if key in one), "") if isinstance(one, dict) else one
        )
        if isinstance(plain, str | int | float) and not isinstance(plain, bool):
            parts.append(tidy(str(plain)[: 2 * MAX_VALUE]))
    return "; ".join(filter(None, dict.fromkeys(parts)))[:MAX_VALUE]


def _inner(value: object, name: str) -> object:
    return next((one[name] for one in _many(value) if isinstance(one, dict) and one.get(name)), None)


def _address(value: object) -> str:
    told = []
    for one in _many(value):
        if isinstance(one, dict):
            told.append(", ".join(filter(None, (_text(one.get(name)) for name in _ADDRESS))) or _text(one))
        else:
            told.append(_text(one))
    return "; ".join(filter(None, dict.fromkeys(told)))[:MAX_VALUE]


def _price(given: Mapping[str, object]) -> object:
    return next((given[name] for name in _PRICES if given.get(name)), None)


def _price_of_offers(value: object) -> object:
    return next((price for one in _many(value) if isinstance(one, dict) and (price := _price(one))), None)
