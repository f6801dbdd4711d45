"""Times by turns: ours, peer, ours, peer, … in one process, so that both meet the same machine."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

_SHORTEST = 2e-4
"""Seconds; shorter calls are repeated within a turn so that the clock does not show."""
_LONGEST = 0.5
"""Seconds; a call that takes longer is timed once, and that is its first run."""
_LONG = 0.1
"""Seconds; a call that takes longer needs no second look to tell how often to repeat it."""
_MOST_ROUNDS = 25
_FEWEST_ROUNDS = 3

Call = Callable[[], Any]


@dataclass
class Turns:
    """Seconds of our calls and of the peer's, turn by turn."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over the turns of ours / peer."""
        return statistics.median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]


def clock(call: Call, repeats: int = 1) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def take_turns(ours: Call, peers: Sequence[Call], budget: float) -> list[Turns]:
    """Time `ours` before every call of every peer, round by round, for about `budget` seconds in all.

    Both sides have run before (compiling and first allocations are not timed), unless a peer is so slow that a second
    run would say nothing more.
    """
    ours()
    repeats = _repeats(min(clock(ours) for _ in range(3)))
    turns = [Turns() for _ in peers]
    waiting = []
    for call, turn in zip(peers, turns, strict=True):
        before = clock(ours, repeats)
        first = clock(call)
        if first > _LONGEST:
            turn.ours.append(before)
            turn.peer.append(first)
        else:
            waiting.append((call, _repeats(first if first > _LONG else min(first, clock(call))), turn))
    gc.disable()
    try:
        end = time.perf_counter() + budget
        for done in range(_MOST_ROUNDS):
            for call, times, turn in waiting:
                turn.ours.append(clock(ours, repeats))
                turn.peer.append(clock(call, times))
            if time.perf_counter() > end and done + 1 >= _FEWEST_ROUNDS:
                break
    finally:
        gc.enable()
    return turns


def _repeats(seconds: float) -> int:
    return min(50, max(1, round(_SHORTEST / max(seconds, 1e-7))))
