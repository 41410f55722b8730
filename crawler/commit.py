"""Waiting for the disk without stopping the crawl: one sync serves all responses that came meanwhile."""

import asyncio
import os

from crawler.evidence import EvidenceStore
from models.errors import EvidenceError


class GroupCommit:
    """Use from one event loop: ``stage`` a record in the store, then await ``durable`` with its number."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._round: asyncio.Task[None] | None = None

    async def durable(self, seq: int) -> None:
        """Return when line ``seq`` is in the log and its records on the disk. Raises what kept it from there."""
        while self._store.durable.seq < seq:
            if seq > self._store.head.seq:
                raise EvidenceError("A record was taken back, because one before it could not be written.")
            if self._round is None or self._round.done():
                self._round = asyncio.ensure_future(self._sync())
            await asyncio.shield(self._round)

    async def _sync(self) -> None:
        written = self._store.head.seq
        handle = self._store.handle()
        try:
            await asyncio.to_thread(os.fdatasync, handle)
        except OSError:
            self._store.commit()  # tries once more, and takes back what cannot be kept
        finally:
            os.close(handle)
        self._store.release(written)
