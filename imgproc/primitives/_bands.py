"""Bands of rows on one pool of threads.

The pool belongs to a process: a forked child starts its own, since threads do not survive a fork. Work on a band must
release the GIL. Bands of work that is itself done on a band run in its thread, so that threads never wait for one
another.
"""

import contextlib
import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from imgproc._dispatch import loan

_SERIAL_BELOW = 1 << 20
"""Elements of work, each some tenth of a nanosecond, for which another thread pays: to wake one costs 20 µs, and where
others keep the machine busy nothing is won."""

_BESIDE_TORCH = 4
"""Times as much work for which it pays beside torch, whose own threads keep the cores for milliseconds after a call."""

_SERIAL_TRANSFORM = 1 << 19

_BANDS_A_THREAD = 4
_WORTH_A_BAND = 1 << 21
_LEAST_ROWS = 64
"""Rows of a band below which the rows it shares with its neighbours would cost too much."""


class _Pool:
    """Threads that wait for calls to help with; a bare queue wakes one in half the time that an executor takes."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.size = 0

    def ask(self, help_out: Callable[[], None], helpers: int) -> None:
        with self.lock:
            while self.size < helpers:
                self.size += 1
                threading.Thread(target=_serve, args=(self.calls,), name=f"imgproc_{self.size}", daemon=True).start()
        for _ in range(helpers):
            self.calls.put(help_out)


class _Place(threading.local):
    """Whether this thread works on a band."""

    is_band = False


_here = _Place()


def _serve(calls: "SimpleQueue[Callable[[], None]]") -> None:
    _here.is_band = True
    while True:
        calls.get()()


_pool = _Pool()
os.register_at_fork(after_in_child=_pool.forget)


def thread_count() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def transform_threads(elements: int) -> int:
    """Count the threads that pay for a Fourier transform of so many numbers: on few, to start them costs more."""
    return 1 if elements < _SERIAL_TRANSFORM else thread_count()


def run_bands(work: Callable[[int, int], object], rows: int, cost: int, least_rows: int = _LEAST_ROWS) -> None:
    """Call `work(first, last)` on bands that cover range(rows), on as many threads as there are cores.

    Large images are cut into more bands than threads: a thread that is done early takes another.

    Parameters
    ----------
    work : function of (first, last)
        Handles rows first <= row < last; must release the GIL to run beside the others.
    rows : int
    cost : int
        Of the whole call, in elements read, added or written; small calls run in the caller's thread.
    least_rows : int
        Of a band.
    """
    enough = _SERIAL_BELOW * (_BESIDE_TORCH if loan.is_taken else 1)
    threads = 1 if _here.is_band or cost < enough else min(thread_count(), rows, 1 + cost // _SERIAL_BELOW)
    if threads <= 1:
        work(0, rows)
        return
    count = threads * max(1, min(_BANDS_A_THREAD, rows // (threads * least_rows), cost // (threads * _WORTH_A_BAND)))
    waiting = deque(itertools.pairwise(rows * i // count for i in range(count + 1)))
    finished: SimpleQueue[BaseException | None] = SimpleQueue()

    def help_out() -> None:
        for band in _take(waiting):
            try:
                work(*band)
                finished.put(None)
            except BaseException as error:  # the caller raises it
                finished.put(error)

    _pool.ask(help_out, threads - 1)
    taken = 0
    _here.is_band = True
    try:
        for band in _take(waiting):
            taken += 1
            work(*band)
    finally:
        _here.is_band = False
        taken += sum(1 for _ in _take(waiting))  # left over after an error
        errors = [finished.get() for _ in range(count - taken)]
    for error in errors:
        if error is not None:
            raise error


def _take(waiting: "deque[tuple[int, int]]") -> Iterator[tuple[int, int]]:
    """Take bands until another thread has taken the last one."""
    with contextlib.suppress(IndexError):
        while True:
            yield waiting.popleft()
