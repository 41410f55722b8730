"""Ingest while the crawl runs: the database follows the log a few pages behind, so that both cores work at once."""

import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from crawler.chain import LOG_NAME
from crawler.run import Progress
from pipeline.ingest import Ingested, ingest
from pipeline.runner import executor


class Following:
    """Use around a crawl; give ``note`` to it as its listener. ``done`` is what was ingested once the block has ended.

    Only lines that the crawler has reported are read, and only after the log was synced: the database never knows more
    than the evidence, whatever crashes. Where the block fails, reading stops at once, and the next ingest goes on.
    """

    def __init__(self, engine: Engine, evidence: Path) -> None:
        self.done = Ingested()
        self._engine = engine
        self._evidence = evidence
        self._told = self._synced = 0
        self._ended = self._given_up = False
        self._news = threading.Condition()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._ingest, name="ingest", daemon=True)

    def note(self, progress: Progress) -> None:
        """Take notice of a line that was written."""
        with self._news:
            self._told = max(self._told, progress.seq)
            self._news.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._news:
            self._ended, self._given_up = True, kind is not None
            self._news.notify()
        self._thread.join()
        if self._problem is not None and kind is None:
            raise self._problem

    def _ingest(self) -> None:
        try:
            with executor(1) as single:
                self.done = ingest(self._engine, self._evidence, single, wait=self._ready)
        except Exception as error:  # raised where the block ends: this thread has nobody to tell
            self._problem = error

    def _ready(self, seq: int) -> bool:
        """Wait until line ``seq`` may be read. False: read no more."""
        if seq <= self._synced and not self._given_up:
            return True
        with self._news:
            self._news.wait_for(lambda: self._told >= seq or self._ended)
            if self._given_up:
                return False
            self._synced = sys.maxsize if self._ended else self._told
        _sync(self._evidence / LOG_NAME)
        return True


def _sync(path: Path) -> None:
    """Put onto the disk what another process wrote to ``path``, if it wrote anything."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(fd)
    finally:
        os.close(fd)
