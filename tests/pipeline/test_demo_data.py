"""The bundled demo: labels quote their pages, every code has a lawful look-alike, the registry is messy as declared."""

import json
import re
import tomllib
import unicodedata
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from models.vocabulary import (
    ABSENCE_CODES,
    REGISTRY_CODES,
    TEXT_CODES,
    Answer,
    Code,
    Domain,
    LicenceStatus,
    RegistryKind,
    TextKind,
    Verdict,
)
from pipeline.demo_web import PLACEHOLDER_PROXY, DemoSite, DemoWeb
from registry.roster import read_roster
from registry.types import Facility, Practitioner

DEMO = Path(__file__).parents[2] / "data" / "demo"
SITE = DemoSite(DEMO / "web")
GOLD: list[dict[str, Any]] = [json.loads(line) for line in (DEMO / "expected.jsonl").read_text("utf-8").splitlines()]
BY_URL = {gold["url"]: gold for gold in GOLD}


@cache
def visible(url: str) -> str:
    """The text that a reader sees on the page: NFC, white space collapsed, blocks apart."""
    host, _, target = url.removeprefix("http://").partition("/")
    reply = SITE.reply(host, f"/{target}")
    assert reply.status == 200, url
    declared = re.search(rb"charset=[\"']?([\w-]+)", reply.body[:1500])
    markup = reply.body.decode(declared[1].decode() if declared else "utf-8")
    tree = etree.fromstring(markup.encode(), etree.HTMLParser(encoding="utf-8", remove_comments=True))
    for hidden in tree.iter("script", "style", "head"):
        etree.strip_elements(hidden, "*")
        hidden.text = None
    for block in tree.iter("p", "br", "td", "th", "tr", "li", "div", "h1", "h2", "h3", "dt", "dd", "blockquote"):
        block.tail = f"\n{block.tail or ''}"
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(map(str, tree.itertext()))))


def pages() -> set[str]:
    """The path of every page file, as host/path."""
    return {file.relative_to(SITE.root).as_posix() for file in SITE.root.rglob("*") if file.suffix in {".html", ".htm"}}


def test_every_page_is_labelled_and_every_label_has_its_page() -> None:
    aliases = {f"{host}{asked}": path for host, rules in SITE.hosts.items() for asked, path in rules.aliases.items()}
    labelled = set()
    for url in BY_URL:
        place = url.removeprefix("http://")
        file = f"{place.partition('/')[0]}{aliases[place]}" if place in aliases else place
        labelled.add(
            next((f"{file}{name}" for name in ("index.html", "index.htm") if f"{file}{name}" in pages()), file)
        )
    assert labelled == pages()
    assert len(BY_URL) == len(GOLD) >= 66


@pytest.mark.parametrize("gold", GOLD, ids=[gold["url"] for gold in GOLD])
def test_a_label_is_of_the_codebook_and_quotes_its_page(gold: dict[str, Any]) -> None:
    assert gold["url"].split("/")[2].endswith(".example")
    kind, codes = TextKind(gold["kind"]), {Code(code): proof for code, proof in gold["codes"].items()}
    assert bool(gold["domains"]) == (kind is TextKind.HEALTH_AD)
    assert all(Domain(domain) for domain in gold["domains"])
    assert kind is TextKind.HEALTH_AD or not codes
    text = visible(gold["url"])
    for code, proof in codes.items():
        quotes = proof if code in TEXT_CODES and code is not Code.BEYOND_SCOPE else []
        assert isinstance(proof, list) == bool(quotes), code
        assert [quote for quote in quotes if quote not in text] == []
    assert gold["published_on"] is None or date(2024, 1, 1) <= date.fromisoformat(gold["published_on"]) <= date(
        2026, 11, 24
    )


@pytest.mark.parametrize("gold", [gold for gold in GOLD if gold["published_on"]], ids=lambda gold: gold["url"])
def test_a_dated_page_states_its_date(gold: dict[str, Any]) -> None:
    day = date.fromisoformat(gold["published_on"])
    stated = {int(number) for number in re.findall(r"\d+", visible(gold["url"]))}
    assert {day.day, day.month, day.year} <= stated


@pytest.mark.parametrize("code", list(Code))
def test_every_code_occurs_twice_and_has_a_lawful_near_twin(code: Code) -> None:
    assert sum(code in gold["codes"] for gold in GOLD) >= 2
    twins = [gold for gold in GOLD if code in gold.get("twin_for", ())]
    assert twins
    for twin in twins:
        assert code not in twin["codes"]


@pytest.mark.parametrize("twin", [gold for gold in GOLD if "twin_of" in gold], ids=lambda gold: gold["url"])
def test_a_twin_is_lawful_where_its_model_is_not(twin: dict[str, Any]) -> None:
    assert set(twin["twin_for"]) <= set(BY_URL[twin["twin_of"]]["codes"]) | {"*"}


def test_absence_codes_follow_the_law_clock() -> None:
    for gold in GOLD:
        day = date.fromisoformat(gold["published_on"] or "2026-11-24")
        domains = set(gold["domains"])
        service_only = domains <= {Domain.SERVICE, Domain.COSMETIC_SURGERY}
        if Code.MISSING_CONFIRMATION_NUMBER in gold["codes"] and service_only:
            assert day <= date(2025, 6, 30), gold["url"]
        if Code.MISSING_CONFIRMATION_NUMBER in gold["codes"] and domains == {Domain.COSMETIC}:
            assert day <= date(2026, 2, 14), gold["url"]
        if Code.MISSING_MANDATORY_NOTICE in gold["codes"] and Domain.DRUG not in domains:
            assert day >= date(2026, 2, 15) or domains == {Domain.DEVICE}, gold["url"]


def test_facts_name_words_of_the_page_and_records_of_the_registry() -> None:
    ids = {record.id for name in ("practitioners.xlsx", "facilities.csv") for record in _records(name)}
    facts = [(gold["url"], fact) for gold in GOLD for fact in gold.get("facts", ())]
    assert len(facts) >= 60
    for url, fact in facts:
        assert fact["text"] in visible(url), (url, fact["text"])
        decision = Verdict(fact["decision"])
        assert (decision is Verdict.MATCHED) == (fact.get("registry_id") in ids)
        assert all(Answer(answer) for answer in fact["facts"].values())
    assert {fact["decision"] for _, fact in facts} == set(Verdict)


def test_registry_codes_rest_on_a_fact_of_the_page() -> None:
    negative = {
        Code.UNLICENSED_FACILITY: lambda f: (
            f["kind"] == "facility" and "no" in (f["facts"]["exists"], f["facts"]["in_force"])
        ),
        Code.UNLICENSED_PRACTITIONER: lambda f: (
            f["kind"] == "practitioner"
            and "no" in (f["facts"]["exists"], f["facts"]["in_force"], f["facts"]["at_place"])
        ),
        Code.BEYOND_SCOPE: lambda f: f["facts"]["within_scope"] == "no",
    }
    for gold in GOLD:
        for code in REGISTRY_CODES:
            assert (code in gold["codes"]) == any(map(negative[code], gold.get("facts", ()))), (gold["url"], code)


def _records(name: str) -> list[Practitioner | Facility]:
    roster = read_roster(DEMO / "registry" / name)
    return [record for record in roster.records if isinstance(record, Practitioner | Facility)]


@pytest.mark.parametrize("name", ["practitioners.xlsx", "facilities.csv", "confirmations.csv"])
def test_the_registry_is_read_with_its_bad_rows_told(name: str) -> None:
    roster = read_roster(DEMO / "registry" / name)
    expected = json.loads((DEMO / "expected_registry.json").read_text("utf-8"))[roster.kind.value]
    assert {str(rejection.row) for rejection in roster.rejections} == set(expected["rejected"])
    assert len(roster.records) == expected["rows"] - len(expected["rejected"])


def test_the_registry_holds_what_the_pages_need() -> None:
    people = [record for record in _records("practitioners.xlsx") if isinstance(record, Practitioner)]
    places = [record for record in _records("facilities.csv") if isinstance(record, Facility)]
    assert len(people) >= 150
    assert len(places) >= 40
    assert {LicenceStatus.EXPIRED, LicenceStatus.SUSPENDED, LicenceStatus.REVOKED} <= {one.status for one in people}
    assert {LicenceStatus.EXPIRED, LicenceStatus.SUSPENDED, LicenceStatus.REVOKED} <= {one.status for one in places}
    names = Counter(one.full_name.upper() for one in people)
    assert names["NGUYỄN THỊ BÍCH VÂN"] == 3
    absent = {"HOÀNG VĨNH KỲ", "TRƯƠNG THỊ LỆ KHUYÊN", "ĐỖ MINH TRÍ", "VŨ THÀNH LONG"}
    assert not absent & set(names)
    assert any(len(one.workplaces) > 1 for one in people)


def test_the_sources_walk_every_host_and_name_the_placeholder_proxy() -> None:
    sources = tomllib.loads((DEMO / "sources.toml").read_text("utf-8"))["source"]
    assert {source["proxy"] for source in sources} == {PLACEHOLDER_PROXY}
    assert {source["kind"] for source in sources} == {"site", "page-list", "sitemap"}
    hosts = {url.split("/")[2] for source in sources for url in source["start"]}
    assert hosts == set(SITE.hosts)
    with DemoWeb(SITE.root) as web:
        assert f'proxy = "{web.url}"' in web.sources(DEMO / "sources.toml")


def test_advertisers_are_many_and_no_real_phone_is_used() -> None:
    assert len({gold["advertiser"] for gold in GOLD if gold["kind"] == "health_ad"}) >= 14
    shape = re.compile(r"(?<!\d)\(?0(?:28|274|[35789]\d\d?)\)?[\d ._-]{5,12}\d(?!\d)")
    phones = {re.sub(r"\D", "", found) for url in BY_URL for found in shape.findall(visible(url))}
    invented = re.compile(r"0900000\d{3}|02873000\d{3}|028730019\d\d|02747300\d{3}")
    assert len(phones) >= 20
    assert {phone for phone in phones if not invented.fullmatch(phone)} == set()


def test_absence_codes_are_those_of_whole_pages() -> None:
    told = [proof for gold in GOLD for code, proof in gold["codes"].items() if Code(code) in ABSENCE_CODES]
    assert told
    assert all(proof.endswith(".") for proof in told)
    assert RegistryKind.CONFIRMATIONS in {read_roster(DEMO / "registry" / "confirmations.csv").kind}
