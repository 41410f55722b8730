"""The client of the Ad Library API, against a server on this machine that behaves as the API is documented to."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Reply, Site, serving

from crawler.imports.items import Item
from crawler.imports.meta import meta_items
from crawler.imports.meta_api import AdQuery, LimitReachedError, MetaClient, token_from_environment
from crawler.imports.meta_fetch import fetch
from models.errors import InputError, MedadError

TOKEN = "EAAtoken123"  # noqa: S105 - nobody's
QUERY = AdQuery(terms="trị nám", page_size=10)
JSON = {"Content-Type": "application/json"}


def ad(number: int) -> dict[str, object]:
    link = f"https://www.facebook.com/ads/archive/render_ad/?id={number}&access_token={TOKEN}"
    return {"id": str(number), "page_name": "PK Lá", "ad_creative_bodies": [f"Bài\n{number}"], "ad_snapshot_url": link}


def error(code: int, message: str = "no", status: int = 400, usage: str = "{}") -> Reply:
    body = {"error": {"message": message, "type": "OAuthException", "code": code}}
    return Reply(json.dumps(body).encode(), status, JSON | {"x-business-use-case-usage": usage})


class Library:
    """Holds ``total`` advertisements. ``before`` are answers given in place of the next ones, in order."""

    def __init__(self, total: int = 25, *before: Reply) -> None:
        self.total = total
        self.before = list(before)
        self.asked: list[dict[str, str]] = []
        self.headers: dict[str, str] = {}
        self.next_base = ""
        self.site: Site | None = None

    def __call__(self, path: str, _: Mapping[str, str]) -> Reply:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append({"path": parts.path} | query)
        if query.pop("access_token", "") != TOKEN:
            return error(190, "Invalid OAuth access token.")
        if self.before:
            return self.before.pop(0)
        start, limit = int(query.get("after", "0")), int(query["limit"])
        ads = [ad(number) for number in range(start, min(start + limit, self.total))]
        answer: dict[str, object] = {"data": ads}
        if start + limit < self.total:
            assert self.site is not None
            base = self.next_base or self.site.url
            rest = f"limit={limit}&search_terms=x&access_token={TOKEN}&after={start + limit}"
            answer["paging"] = {"next": f"{base}{parts.path}?{rest}", "cursors": {"after": str(start + limit)}}
        return Reply(json.dumps(answer).encode(), 200, JSON | self.headers)


@pytest.fixture
def library() -> Iterator[Library]:
    answers = Library()
    with serving(answers) as site:
        answers.site = site
        yield answers


def client(library: Library, waits: list[float] | None = None, **more: float) -> MetaClient:
    assert library.site is not None
    sleep = (waits if waits is not None else []).append
    return MetaClient(TOKEN, library.site.url, sleep=sleep, **more)  # type: ignore[arg-type]


def ids(file: Path) -> list[str]:
    return [json.loads(line)["id"] for line in file.read_text().splitlines()]


def test_pages_follow_until_the_last_and_the_token_stays_here(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "ads.jsonl"
    done = fetch(client(library), QUERY, out)
    assert (done.ads, done.pages, done.finished, done.waited) == (25, 3, True, 0)
    assert ids(out) == [str(n) for n in range(25)]
    assert TOKEN not in out.read_text()
    assert list(tmp_path.iterdir()) == [out]
    asked = library.asked[0]
    assert asked["path"] == "/v23.0/ads_archive"
    assert (asked["search_terms"], asked["ad_reached_countries"]) == ("trị nám", '["VN"]')
    assert "ad_delivery_start_time" in asked["fields"]
    assert [each.get("after") for each in library.asked] == [None, "10", "20"]
    found = [item for item in meta_items(out.read_bytes()) if isinstance(item, Item)]
    assert len(found) == 25


def test_a_limit_of_advertisements(library: Library, tmp_path: Path) -> None:
    done = fetch(client(library), QUERY, tmp_path / "ads.jsonl", limit=12)
    assert (done.ads, done.pages, len(ids(tmp_path / "ads.jsonl"))) == (12, 2, 12)


def test_an_empty_page_is_the_end(library: Library, tmp_path: Path) -> None:
    empty = {"data": [], "paging": {"next": f"{library.site.url}/v23.0/ads_archive?after=9"}}  # type: ignore[union-attr]
    library.before = [Reply(json.dumps(empty).encode(), 200, JSON)]
    assert fetch(client(library), QUERY, tmp_path / "ads.jsonl").ads == 0
    assert len(library.asked) == 1


BUC = json.dumps({"1": [{"type": "ads_archive", "estimated_time_to_regain_access": 7}]})


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Reply(b"", 429, {"Retry-After": "17"}), 17),
        (error(4), 60),
        (error(17), 60),
        (error(613, status=200), 60),
        (error(32, usage=BUC), 420),
        (Reply(b"<html>", 503), 2),
        (error(2, status=500), 2),
        (Reply(reset=True), 2),
    ],
)
def test_it_waits_where_the_api_wants_it(library: Library, tmp_path: Path, answer: Reply, wait: float) -> None:
    library.before = [answer]
    waits: list[float] = []
    done = fetch(client(library, waits), QUERY, tmp_path / "ads.jsonl")
    assert (waits, done.ads, done.waited) == ([wait], 25, wait)


def test_waits_grow_and_end(library: Library, tmp_path: Path) -> None:
    library.before = [error(4)] * 20
    waits: list[float] = []
    with pytest.raises(LimitReachedError, match="same command later"):
        fetch(client(library, waits, max_wait=500), QUERY, tmp_path / "ads.jsonl")
    assert waits == [60, 120, 240]


def test_a_nearly_used_allowance_slows_it_down(library: Library, tmp_path: Path) -> None:
    library.headers = {"x-app-usage": '{"call_count":12,"total_cputime":91,"total_time":5}'}
    waits: list[float] = []
    assert fetch(client(library, waits), QUERY, tmp_path / "ads.jsonl").ads == 25
    assert waits == [60, 60, 60]


def test_too_much_data_is_asked_for_in_smaller_pages(library: Library, tmp_path: Path) -> None:
    library.before = [error(1, "Please reduce the amount of data you're asking for, then retry your request", 500)]
    waits: list[float] = []
    assert fetch(client(library, waits), QUERY, tmp_path / "ads.jsonl").ads == 25
    assert (waits, [each["limit"] for each in library.asked][:2]) == ([], ["10", "5"])


@pytest.mark.parametrize(
    ("answer", "kind", "why"),
    [
        (error(190, f"Error validating {TOKEN}: expired"), InputError, r"token \(Error validating REMOVED"),
        (error(10, "Application does not have permission"), InputError, "does not let this account"),
        (error(100, "Invalid parameter"), InputError, "refuses the query"),
        (Reply(b"[]", 200, JSON), MedadError, "not that of the Ad Library"),
        (Reply(b"", 302, {"Location": "http://127.0.0.1:1/"}), InputError, "HTTP 302"),
    ],
)
def test_what_waiting_does_not_mend_is_said_at_once(
    library: Library, tmp_path: Path, answer: Reply, kind: type[MedadError], why: str
) -> None:
    library.before = [answer]
    with pytest.raises(kind, match=why):
        fetch(client(library), QUERY, tmp_path / "ads.jsonl")
    assert len(library.asked) == 1


def test_a_next_page_elsewhere_is_not_asked_for(library: Library, tmp_path: Path) -> None:
    with serving(Library()) as other:
        library.next_base = other.url
        with pytest.raises(MedadError, match="would lie elsewhere"):
            fetch(client(library), QUERY, tmp_path / "ads.jsonl")
        assert not other.hits


def test_it_goes_on_where_it_stopped(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "ads.jsonl"
    asking = client(library)
    real = asking.ask
    calls = 0

    def dying(parameters: Mapping[str, str]) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(parameters)

    class Dying(MetaClient):
        ask = staticmethod(dying)  # type: ignore[assignment]

    with pytest.raises(KeyboardInterrupt):
        fetch(Dying(TOKEN, asking.base_url), QUERY, out)
    with out.open("a") as file:
        file.write('{"id": "half')  # what a crash may leave beyond the noted length
    assert TOKEN not in (tmp_path / "ads.jsonl.state").read_text()
    with pytest.raises(InputError, match="another search"):
        fetch(client(library), AdQuery(terms="khác"), out)
    done = fetch(client(library), QUERY, out)
    assert (done.ads, done.pages, done.continued) == (25, 1, True)
    assert ids(out) == [str(n) for n in range(25)]
    with pytest.raises(InputError, match="there already"):
        fetch(client(library), QUERY, out)


def test_tokens_come_from_the_environment_and_go_over_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDAD_META_TOKEN", raising=False)
    with pytest.raises(InputError, match="MEDAD_META_TOKEN is not set"):
        token_from_environment()
    monkeypatch.setenv("MEDAD_META_TOKEN", f" {TOKEN}\n")
    assert token_from_environment() == TOKEN
    for address in ("http://graph.example", "ftp://127.0.0.1", "graph.facebook.com", "http://127.0.0.1.example"):
        with pytest.raises(InputError, match="no https address"):
            MetaClient(TOKEN, address)
    assert TOKEN not in repr(MetaClient(TOKEN))


def test_a_search_for_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is searched for"):
        AdQuery().parameters()
    with pytest.raises(InputError, match="ten pages"):
        AdQuery(page_ids=tuple("12345678901")).parameters()
