"""What to watch: ``sources.toml``, validated. A mistake is reported with file, line, key and the nearest valid key."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from crawler.urls import canonical, host_key
from models.errors import SourcesError
from models.vocabulary import SourceKind

#: A list of pages larger than this is not a list of pages (bytes).
_MAX_LIST_BYTES = 10_000_000

_Seconds = Annotated[float, Field(strict=True, ge=0, le=3600)]
_Count = Annotated[int, Field(strict=True)]


class Source(BaseModel):
    """One entry of ``sources.toml``. Times are seconds, sizes bytes; ``start`` and ``proxy`` are http(s) addresses.

    ``every`` is how often the source is due (30m, 6h, 1d, 1w).

    ``domains`` are hosts, with port where it is not the usual one; a host covers its subdomains. Private addresses are
    refused unless their host is named in ``start`` or ``domains``, or the source goes through ``proxy``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[StrictStr, Field(pattern=r"^\w[\w .:-]{0,79}$")]
    kind: SourceKind
    start: Annotated[tuple[StrictStr, ...], Field(min_length=1)]
    domains: tuple[StrictStr, ...] = ()
    max_pages: Annotated[_Count, Field(ge=1, le=1_000_000)] = 500
    max_depth: Annotated[_Count, Field(ge=0, le=100)] = 5
    delay: _Seconds = 1.0
    obey_robots: StrictBool = True
    reason: StrictStr = ""
    render: StrictBool = False
    screenshots: Literal["none", "flagged", "all"] = "none"
    ocr: StrictBool = False
    max_bytes: Annotated[_Count, Field(ge=1_000, le=1_000_000_000)] = 10_000_000
    timeout: Annotated[float, Field(strict=True, gt=0, le=3600)] = 30.0
    max_bytes_total: Annotated[_Count, Field(ge=1_000)] = 2_000_000_000
    proxy: StrictStr = ""
    contact: Annotated[StrictStr, Field(max_length=200)] = ""
    every: StrictStr = ""

    @field_validator("start")
    @classmethod
    def _start_are_addresses(cls, start: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_address(url) for url in start)

    @field_validator("proxy")
    @classmethod
    def _proxy_is_http(cls, proxy: str) -> str:
        if proxy and not re.fullmatch(r"http://[^\s/@]+:\d{1,5}/?", proxy):
            raise ValueError(f"'{proxy}' is no proxy address; write http://host:port")
        return proxy

    @field_validator("every")
    @classmethod
    def _every_is_an_interval(cls, every: str) -> str:
        if every and not re.fullmatch(r"[1-9]\d{0,3}[mhdw]", every, re.ASCII):
            raise ValueError(f"'{every[:40]}' is no interval; write 30m, 6h, 1d or 1w")
        return every

    @field_validator("domains")
    @classmethod
    def _domains_are_hosts(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_host(domain) for domain in domains)

    @field_validator("contact", "reason")
    @classmethod
    def _one_line(cls, value: str) -> str:
        # The contact goes into a request header: a line break there would forge headers.
        if not value.isprintable():
            raise ValueError("must be one line of printable characters")
        return value

    @model_validator(mode="after")
    def _robots_need_a_reason(self) -> Self:
        if not self.obey_robots and not self.reason.strip():
            raise ValueError("obey_robots = false needs a 'reason' (it is written into the evidence)")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts whose links are followed: ``domains``, or those of ``start``."""
        return self.domains or tuple(dict.fromkeys(host_key(url) for url in self.start))

    @property
    def interval(self) -> timedelta | None:
        """How often the source is due, or ``None``: whenever asked."""
        units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
        return int(self.every[:-1]) * units[self.every[-1]] if self.every else None

    @property
    def named_hosts(self) -> frozenset[str]:
        """The hosts the user named himself: these may be private addresses."""
        return frozenset(self.domains) | {host_key(url) for url in self.start}


def load_sources(path: Path) -> tuple[Source, ...]:
    """Read and check a sources file. Text files in ``start`` of a page-list are replaced by the addresses in them.

    Raises ``SourcesError`` naming file, line and key.
    """
    text = _read(path)
    tables = _tables(path, text)
    sources = tuple(_source(path, text, number, table) for number, table in enumerate(tables))
    _refuse_duplicates(path, text, sources)
    return sources


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourcesError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a sources.toml file."
        ) from None
    except UnicodeDecodeError as error:
        raise SourcesError(f"{path} is not UTF-8 (byte {error.start}).", "Save it as UTF-8.") from None


def _tables(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourcesError(f"{path} is not TOML: {error}.", "Mend that line.") from None
    for key in document:
        if key != "source":
            hint = _nearest(key, ["source"]) or "Only [[source]] tables are known here."
            line = next((n for n, row in enumerate(text.splitlines(), 1) if key in row), 1)
            raise SourcesError(f"{path}, line {line}: '{key}' is not known.", hint)
    tables = document.get("source")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise SourcesError(f"{path} names no source.", "Add a [[source]] table with name, kind and start.")
    return tables


def _source(path: Path, text: str, number: int, table: dict[str, Any]) -> Source:
    try:
        return Source.model_validate(_with_lists(path, text, number, table))
    except ValidationError as error:
        raise _explain(path, text, number, table, error) from None


def _explain(path: Path, text: str, number: int, table: dict[str, Any], error: ValidationError) -> SourcesError:
    # A word that is not known comes first: what is missing is often that very word, mistyped.
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    key = str(first["loc"][0]) if first["loc"] else ""
    where = f"{path}, line {_line(text, number, key)}: source '{table.get('name', number + 1)}'"
    if first["type"] == "extra_forbidden":
        known = ", ".join(Source.model_fields)
        return SourcesError(
            f"{where}: key '{key}' is not known.", _nearest(key, Source.model_fields) or f"Known keys: {known}."
        )
    if first["type"] == "missing":
        return SourcesError(f"{where}: key '{key}' is missing.", f"Add {key} = …")
    if key == "kind":
        kinds = [kind.value for kind in SourceKind]
        hint = _nearest(str(table.get("kind")), kinds) or f"Use one of: {', '.join(kinds)}."
        return SourcesError(f"{where}: kind '{table.get('kind')}' is not known.", hint)
    what = first["msg"].removeprefix("Value error, ")
    return SourcesError(f"{where}: {key + ': ' if key else ''}{what}.", "Mend that value.")


def _refuse_duplicates(path: Path, text: str, sources: Sequence[Source]) -> None:
    seen: set[str] = set()
    for number, source in enumerate(sources):
        if source.name in seen:
            line = _line(text, number, "name")
            raise SourcesError(
                f"{path}, line {line}: the name '{source.name}' is used twice.", "Give each source its own name."
            )
        seen.add(source.name)


def _with_lists(path: Path, text: str, number: int, table: dict[str, Any]) -> dict[str, Any]:
    """Replace text files named in ``start`` of a page-list by the addresses in them."""
    start = table.get("start")
    if table.get("kind") != SourceKind.PAGE_LIST or not isinstance(start, list):
        return table
    urls: list[Any] = []
    for entry in start:
        is_file = isinstance(entry, str) and not re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*:", entry)
        urls.extend(_list_file(path, _line(text, number, "start"), entry) if is_file else [entry])
    return {**table, "start": urls}


def _list_file(path: Path, line: int, entry: str) -> list[str]:
    file = path.parent / entry
    try:
        if file.stat().st_size > _MAX_LIST_BYTES:
            raise SourcesError(
                f"{path}, line {line}: {entry} is larger than {_MAX_LIST_BYTES} bytes.", "Split the list."
            )
        lines = file.read_bytes().decode("utf-8-sig", "replace").splitlines()
    except OSError as error:
        raise SourcesError(
            f"{path}, line {line}: the list {entry} cannot be read: {error.strerror}.",
            "start holds addresses (https://…) or text files of addresses, relative to the sources file.",
        ) from None
    urls = [row.strip() for row in lines if row.strip() and not row.lstrip().startswith("#")]
    for at, url in enumerate(urls, 1):
        if not canonical(url):
            raise SourcesError(f"{file}, address {at}: '{url[:100]}' is no http(s) address.", "Mend or remove it.")
    return urls


def _address(url: str) -> str:
    if not (clean := canonical(url)):
        raise ValueError(f"'{url[:100]}' is no http(s) address")
    return clean


def _host(domain: str) -> str:
    clean = canonical(f"http://{domain}/")
    if not clean or "/" in domain or "@" in domain:
        raise ValueError(f"'{domain[:100]}' is no host (write it without http:// and without a path)")
    return host_key(clean)


def _nearest(word: str, words: Sequence[str] | dict[str, Any]) -> str:
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return f"Did you mean '{close[0]}'?" if close else ""


def _line(text: str, number: int, key: str) -> int:
    """Return the 1-based line of ``key`` in the ``number``-th [[source]] table, or of the table itself."""
    table = -1
    at = 1
    for line_no, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*source\s*\]\]", line):
            table += 1
            at = line_no if table == number else at
        elif key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line) and table in (number, -1):
            return line_no
    return at
