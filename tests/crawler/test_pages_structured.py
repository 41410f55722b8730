"""What pages declare to machines, in four notations, hostile ones too; compared with extruct where it is installed."""

import json
import time
import warnings

import pytest

from crawler.pages.generic import read_page
from crawler.pages.structured import MAX_ITEMS, MAX_VALUE

URL = "http://maihoa.example/"
CLINIC = {
    "type": "MedicalClinic",
    "name": "Phòng khám Mai Hoa",
    "telephone": "028 7300 0991",
    "address": "17 Hoa Gạo, Tân Mẫu",
}

MICRODATA = """<div itemscope itemtype="https://schema.org/MedicalClinic">
<h1 itemprop="name">Phòng khám <b>Mai Hoa</b></h1><span itemprop="telephone">028 7300 0991</span>
<div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">
<span itemprop="streetAddress">17 Hoa Gạo</span>, <span itemprop="addressLocality">Tân Mẫu</span></div></div>"""
RDFA = """<div vocab="https://schema.org/" typeof="MedicalClinic"><h1 property="name">Phòng khám Mai Hoa</h1>
<span property="telephone">028 7300 0991</span><div property="address" typeof="PostalAddress">
<span property="streetAddress">17 Hoa Gạo</span>, <span property="addressLocality">Tân Mẫu</span></div></div>"""
OBJECT = {
    "@context": "https://schema.org",
    "@type": ["MedicalClinic", "LocalBusiness"],
    "name": "Phòng khám Mai Hoa",
    "telephone": "028 7300 0991",
    "address": {"@type": "PostalAddress", "streetAddress": "17 Hoa Gạo", "addressLocality": "Tân Mẫu"},
}


def json_ld(*values: object) -> str:
    scripts = (f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)
    return "".join(scripts)


def declared(body: str, head: str = "") -> list[dict[str, str]]:
    page = read_page(f"<html><head>{head}</head><body>{body}<p>Nội dung</p></body></html>".encode(), URL, "text/html")
    found = page.details.get("structured", [])
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("body", [MICRODATA, RDFA, json_ld(OBJECT), json_ld({"@graph": [OBJECT]})])
def test_one_clinic_in_each_notation(body: str) -> None:
    assert declared(body) == [CLINIC]


def test_the_same_item_twice_is_kept_once() -> None:
    assert declared(MICRODATA + RDFA + json_ld(OBJECT, OBJECT)) == [CLINIC]


def test_products_and_their_prices() -> None:
    offer = {"@type": "Product", "name": "Viên uống Mây Hồng", "offers": [{"@type": "Offer", "price": 450000}]}
    product = {"type": "Product", "name": "Viên uống Mây Hồng", "price": "450000"}
    assert declared(json_ld(offer)) == [product]
    marked = """<div itemscope itemtype="http://schema.org/Product"><a itemprop="name" content="Viên uống Mây Hồng"></a>
    <div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
    <meta itemprop="price" content="450000"></div></div>"""
    assert declared(marked) == [product]


def test_open_graph_says_who_and_what() -> None:
    head = (
        '<meta property="og:site_name" content="Mai Hoa"><meta property="og:url" content="http://maihoa.example/x">'
        '<meta property="business:contact_data:phone_number" content="028 7300 0991">'
        '<meta property="product:price:amount" content="450000">'
    )
    assert declared("", head) == [
        {
            "type": "OpenGraph",
            "name": "Mai Hoa",
            "telephone": "028 7300 0991",
            "price": "450000",
            "url": "http://maihoa.example/x",
        }
    ]
    assert declared("", '<meta property="og:url" content="http://maihoa.example/x">') == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        json_ld(1, None, [], "x", {"@type": "WebSite", "name": "Mai Hoa"}, {"@type": {"a": 1}}, {"@type": "Physician"}),
        '<script type="application/ld+json">{"@type": "Physician", "name": </script>',
        json_ld({"@type": "Physician", "name": {"a": ["b"]}, "address": [[[1]]], "offers": 3, "telephone": True}),
        "<div itemscope><span itemprop='name'>Không có kiểu</span></div>",
        "<span itemprop='name'>ngoài mọi mục</span><span property='name'>cũng vậy</span>",
    ],
)
def test_what_says_nothing_of_an_advertiser_is_passed_over(body: str) -> None:
    assert declared(body) == []


def test_hostile_declarations_are_bounded() -> None:
    nested = "<div itemscope itemtype='http://schema.org/Person' itemprop='name'>" * 1_500
    many = "<p itemscope itemtype='http://schema.org/Person'><b itemprop='name'>{}</b></p>"
    deep = "[" * 50_000 + "]" * 50_000
    wide = json_ld(
        [{"@type": "Person", "name": f"{n} " + "x" * 5_000, "address": ["y" * 5_000] * 50} for n in range(40)]
    )
    started = time.process_time()
    for body in (
        nested,
        "".join(map(many.format, range(20_000))),
        f'<script type="application/ld+json">{deep}</script>',
        wide,
        "<i itemprop='a'>" * 20_000,
        "<div itemscope itemtype='http://schema.org/Person'>" + "<i itemprop='name'>" * 2_000,
    ):
        found = declared(body)
        assert len(found) <= MAX_ITEMS
        assert all(len(value) <= MAX_VALUE for item in found for value in item.values())
    assert time.process_time() - started < 20


def test_extruct_reads_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        extruct = pytest.importorskip("extruct")
        (theirs,) = extruct.extract(f"<html><body>{MICRODATA}</body></html>", syntaxes=["microdata"])["microdata"]
    mine = declared(MICRODATA)[0]
    told = theirs["properties"]
    assert " ".join(told["name"].split()) == mine["name"]
    assert told["telephone"] == mine["telephone"]
    assert ", ".join(told["address"]["properties"].values()) == mine["address"]
