"""Bands of rows on one pool of threads.

The pool belongs to a process: a forked child starts its own, since threads do not survive a fork. Work on a band must
release the GIL and never submit work itself, so that callers in many threads cannot wait for one another.
"""

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

_SERIAL_BELOW = 1 << 15
"""Elements of work below which handing over to a thread (some 30 µs) costs more than it saves."""

_BANDS_A_THREAD = 4
_WORTH_A_BAND = 1 << 21
_LEAST_ROWS = 64
"""Rows of a band below which the rows it shares with its neighbours would cost too much."""


class _Pool:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.executor: Any = None

    def get(self, threads: int) -> Any:
        from concurrent.futures import ThreadPoolExecutor

        with self.lock:
            if self.executor is None:
                self.executor = ThreadPoolExecutor(max(1, threads - 1), thread_name_prefix="imgproc")
            return self.executor


_pool = _Pool()
os.register_at_fork(after_in_child=_pool.forget)


def thread_count() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def run_bands(work: Callable[[int, int], object], rows: int, cost: int) -> None:
    """Call `work(first, last)` on bands that cover range(rows), on as many threads as there are cores.

    Large images are cut into more bands than threads: a thread that is done early takes another.

    Parameters
    ----------
    work : function of (first, last)
        Handles rows first <= row < last; must release the GIL to run beside the others.
    rows : int
    cost : int
        Elements touched by the whole call; small calls run in the caller's thread.
    """
    threads = min(thread_count(), rows, 1 + cost // _SERIAL_BELOW)
    if threads <= 1:
        work(0, rows)
        return
    count = threads * max(1, min(_BANDS_A_THREAD, rows // (threads * _LEAST_ROWS), cost // (threads * _WORTH_A_BAND)))
    bounds = [rows * i // count for i in range(count + 1)]
    waiting = deque(itertools.pairwise(bounds))

    def take_bands() -> None:
        while waiting:
            try:
                first, last = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            work(first, last)

    executor = _pool.get(thread_count())
    helpers = [executor.submit(take_bands) for _ in range(threads - 1)]
    try:
        take_bands()
    finally:
        waiting.clear()
        for helper in helpers:
            # one that has not started has nothing left to do
            if not helper.cancel():
                helper.exception()
    for helper in helpers:
        if not helper.cancelled():
            helper.result()
