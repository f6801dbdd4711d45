"""Bands of rows on one pool of threads.

The pool belongs to a process: a forked child starts its own, since threads do not survive a fork. Work on a band must
release the GIL and never submit work itself, so that callers in many threads cannot wait for one another.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_SERIAL_BELOW = 1 << 15
"""Elements of work below which handing over to a thread (some 30 µs) costs more than it saves."""


class _Pool:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.executor: ThreadPoolExecutor | None = None

    def get(self, threads: int) -> ThreadPoolExecutor:
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
    bounds = [rows * i // threads for i in range(threads + 1)]
    executor = _pool.get(thread_count())
    waiting = [executor.submit(work, bounds[i], bounds[i + 1]) for i in range(1, threads)]
    try:
        work(bounds[0], bounds[1])
    finally:
        for future in waiting:
            future.exception()
    for future in waiting:
        future.result()
