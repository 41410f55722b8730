"""An odd site can have a reader of its own; every other page has the generic one."""

from collections.abc import Iterator
from datetime import date

import pytest

from crawler.items import Page
from crawler.pages import sites
from crawler.pages.sites import AdPage, GenericPage, page_for, register


class OddPage:
    def read(
        self,
        body: bytes,
        url: str,
        content_type: str = "",
        fallback_encoding: str | None = None,
        today: date | None = None,
    ) -> Page:
        return Page(url, "odd", body.decode(), len(body.decode()))


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sites, "_readers", {})
    yield


def test_generic_by_default() -> None:
    page = page_for("https://may-trang.example/a").read(b"<h1>A b</h1>", "https://may-trang.example/a", "text/html")
    assert (page.title, page.text) == ("A b", "A b")


def test_a_registered_domain_covers_its_hosts_and_no_other() -> None:
    odd: AdPage = OddPage()
    register("Odd.Example", odd)
    assert page_for("https://odd.example/x") is odd
    assert page_for("http://www.odd.example:8080/x") is odd
    assert isinstance(page_for("https://notodd.example/x"), GenericPage)


def test_the_longest_domain_decides() -> None:
    outer, inner = OddPage(), OddPage()
    register("odd.example", outer)
    register("shop.odd.example", inner)
    assert page_for("https://shop.odd.example/") is inner


@pytest.mark.parametrize("url", ["", "nonsense", "http://[bad", "mailto:a@b.example"])
def test_an_address_without_host_is_generic(url: str) -> None:
    assert isinstance(page_for(url), GenericPage)
