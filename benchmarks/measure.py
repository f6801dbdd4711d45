"""Times by turns: ours, peer, peer, ours, … in one process, so that both meet the same machine."""

import gc
import operator
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

_SHORTEST = 5e-3
"""Seconds of a turn; shorter calls are repeated within it, as in the loop of a script."""
_MOST_REPEATS = 200
_LONGEST = 0.5
"""Seconds; a call that takes longer is timed once, and that is its first run."""
_LONG = 0.1
"""Seconds; a call that takes longer needs no second look to tell how often to repeat it."""
_MOST_ROUNDS = 25
_FEWEST_ROUNDS = 3

Call = Callable[[], Any]


@dataclass
class Turns:
    """Seconds of a call of ours and of the peer's, turn by turn; and those of the first call of each turn."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    first_ours: list[float] = field(default_factory=list)
    first_peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over the turns of ours / peer."""
        return statistics.median(self.ratios)

    @property
    def first_ratio(self) -> float:
        """The same of the first calls, which find caches full of the other's data and threads asleep."""
        return statistics.median(map(operator.truediv, self.first_ours, self.first_peer))

    @property
    def ratios(self) -> list[float]:
        return list(map(operator.truediv, self.ours, self.peer))

    def take(self, ours: Call, repeats: int, peer: Call, times: int) -> None:
        """Time a turn of each, the peer's first in every second round: who comes after whom shifts times by 10 %."""
        sides = [(ours, repeats, self.first_ours, self.ours), (peer, times, self.first_peer, self.peer)]
        for call, count, firsts, means in sides[:: -1 if len(self.ours) % 2 else 1]:
            first = clock(call)
            firsts.append(first)
            means.append((first + clock(call, count - 1) * (count - 1)) / count if count > 1 else first)


def clock(call: Call, repeats: int = 1) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def take_turns(ours: Call, peers: Sequence[Call], budget: float) -> list[Turns]:
    """Time `ours` beside every call of every peer, round by round, for about `budget` seconds in all.

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
            turn.ours, turn.first_ours = [before], [before]
            turn.peer, turn.first_peer = [first], [first]
        else:
            waiting.append((call, _repeats(first if first > _LONG else min(first, clock(call))), turn))
    gc.disable()
    try:
        end = time.perf_counter() + budget
        for done in range(_MOST_ROUNDS):
            for call, times, turn in waiting:
                turn.take(ours, repeats, call, times)
            if time.perf_counter() > end and done + 1 >= _FEWEST_ROUNDS:
                break
    finally:
        gc.enable()
    return turns


def _repeats(seconds: float) -> int:
    return min(_MOST_REPEATS, max(1, round(_SHORTEST / max(seconds, 1e-7))))
