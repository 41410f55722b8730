"""The runner: order kept, few batches in flight, any executor."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.runner import executor, run, stops_cleanly


def _double(items: list[int]) -> list[int]:
    time.sleep(0.001 * (5 - len(items)))
    return [2 * item for item in items]


def test_results_come_in_order_with_their_items() -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(run(_double, range(11), pool, batch=4))
    assert [items for items, _ in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert [value for _, values in found for value in values] == [2 * n for n in range(11)]


def test_no_more_is_read_than_is_in_flight() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    with ThreadPoolExecutor(1) as pool:
        results = run(_double, source(), pool, batch=2, ahead=3)
        next(results)
        assert len(read) <= 8


def test_processes_give_the_same_as_a_thread() -> None:
    with executor(1) as one, executor(2) as two:
        assert list(run(_double, range(7), one, batch=2)) == list(run(_double, range(7), two, batch=2))


def test_sigterm_stops_a_block_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stops_cleanly():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert signal.getsignal(signal.SIGTERM) is before
