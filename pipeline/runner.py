"""Runs work over batches on any ``concurrent.futures.Executor``, keeping only a few batches in flight.

A thread pool of one is the plain loop; a process pool uses all cores; a cluster's executor fits the same seam.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run(
    work: Callable[[list[Item]], Result], items: Iterable[Item], executor: Executor, *, batch: int = 32, ahead: int = 4
) -> Iterator[tuple[list[Item], Result]]:
    """Yield (batch, result of ``work``) in order, with at most ``ahead`` batches in flight (memory stays flat)."""
    source = iter(items)
    waiting: deque[tuple[list[Item], Future[Result]]] = deque()
    while True:
        while len(waiting) < ahead and (chunk := list(islice(source, batch))):
            waiting.append((chunk, executor.submit(work, chunk)))
        if not waiting:
            return
        chunk, future = waiting.popleft()
        yield chunk, future.result()


@contextmanager
def executor(workers: int | None = None) -> Iterator[Executor]:
    """Open a pool: processes for several workers (default: one per core), one thread for a single worker."""
    count = workers or os.cpu_count() or 1
    if count == 1:
        with ThreadPoolExecutor(1) as single:
            yield single
        return
    # 'spawn' starts clean: a fork would copy the database connections and Scrapy's signal handlers.
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the parent, which stops its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker holds both ends of its queue, so the death of a killed parent would leave it waiting for ever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def stops_cleanly() -> Iterator[None]:
    """Make SIGTERM stop the block as Ctrl-C does: by ``KeyboardInterrupt`` between two transactions."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
