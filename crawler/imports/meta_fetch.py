"""Fetches what the Ad Library holds on a query, page after page, into a file that ``medad import`` reads."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from crawler.imports.meta_api import AdQuery, MetaClient
from models.errors import InputError


@dataclass(slots=True)
class Fetched:
    """What a fetch did: advertisements in the file, pages asked for in this call, seconds waited for the limits."""

    file: str
    ads: int = 0
    pages: int = 0
    waited: float = 0.0
    continued: bool = False
    finished: bool = False


def fetch(
    client: MetaClient,
    query: AdQuery,
    output: Path,
    *,
    limit: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Fetched:
    """Write what the library holds on ``query`` into ``output``, one advertisement a line; go on where it stopped.

    Each page is on the disk before the note of where to go on (``output`+ ``.state``), which says how long the file
    then was: what a crash left beyond that is cut off and asked for again. ``limit`` is of advertisements. Raises what
    ``MetaClient.ask`` raises, and ``InputError`` where the file is something else.
    """
    state = _State(output, client, query)
    done = Fetched(str(output), state.ads, continued=state.ads > 0)
    seen = {hashlib.sha256(urlencode(state.next).encode()).digest()}
    state.save(state.next, state.bytes, state.ads)
    with output.open("r+b" if output.exists() else "wb") as file:
        file.truncate(state.bytes)
        file.seek(state.bytes)
        while not done.finished:
            answer = client.ask(state.next)
            ads = answer.ads if limit is None else answer.ads[: limit - done.ads]
            file.write("".join(f"{ad}\n" for ad in ads).encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
            done.ads, done.pages, done.waited = done.ads + len(ads), done.pages + 1, client.waited
            mark = hashlib.sha256(urlencode(answer.next).encode()).digest()
            done.finished = not answer.next or mark in seen or (limit is not None and done.ads >= limit)
            seen.add(mark)
            state.save(answer.next, file.tell(), done.ads)
            if on_progress is not None:
                on_progress(done.ads)
    state.path.unlink(missing_ok=True)
    return done


class _State:
    """Where a fetch stands, in a file beside its output."""

    def __init__(self, output: Path, client: MetaClient, query: AdQuery) -> None:
        told = json.dumps({"address": client.address, **asdict(query)}, sort_keys=True)
        self.digest = hashlib.sha256(told.encode()).hexdigest()
        self.path = output.with_name(output.name + ".state")
        self.next: Mapping[str, str] = query.parameters()
        self.bytes = self.ads = 0
        if self.path.exists():
            self._load(output)
        elif output.exists() and output.stat().st_size:
            raise InputError(f"{output} is there already.", "Name another file, or remove it.")

    def _load(self, output: Path) -> None:
        try:
            kept = json.loads(self.path.read_bytes())
            same = kept["query"] == self.digest
            self.next, self.bytes, self.ads = dict(kept["next"]), int(kept["bytes"]), int(kept["ads"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.path} is no state of a fetch.", f"Remove it and {output} to begin anew."
            ) from error
        if not same:
            raise InputError(f"{output} is of another search that was not finished.", "Name another file.")
        if not output.exists() or output.stat().st_size < self.bytes:
            raise InputError(f"{output} is shorter than it was.", f"Remove {self.path} and it to begin anew.")

    def save(self, parameters: Mapping[str, str], size: int, ads: int) -> None:
        """Note where to go on, whole or not at all."""
        self.next = parameters
        part = self.path.with_name(self.path.name + ".part")
        with part.open("wb") as file:
            kept = {"query": self.digest, "next": dict(parameters), "bytes": size, "ads": ads}
            file.write(json.dumps(kept).encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
