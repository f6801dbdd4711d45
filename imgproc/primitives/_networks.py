"""Sorting networks that find the median of a rectangular window for a whole vector of pixels.

Columns are sorted, neighbours merged two by two (a merge of columns x, x + 1 serves every x, shifted), and the last two
groups are searched. Values nobody asks for are never computed, which is what makes a selection cheaper than a sort.
"""

import functools
from typing import NamedTuple

import numpy as np


class Wire(NamedTuple):
    """A value of every pixel: an end of the comparator `node`, `shift` columns further on."""

    node: int
    is_greater: bool
    shift: int


class _Network:
    """Comparators, each kept once however often it is asked for; the first nodes are the rows of the window."""

    def __init__(self, rows: int) -> None:
        self.comparators: list[tuple[Wire, Wire] | None] = [None] * rows
        self.known: dict[tuple[Wire, Wire], int] = {}

    def sort_pair(self, first: Wire, second: Wire) -> tuple[Wire, Wire]:
        shift = min(first.shift, second.shift)
        pair = first._replace(shift=first.shift - shift), second._replace(shift=second.shift - shift)
        if pair not in self.known:
            self.known[pair] = len(self.comparators)
            self.comparators.append(pair)
        node = self.known[pair]
        return Wire(node, False, shift), Wire(node, True, shift)

    def sort(self, wires: list[Wire]) -> list[Wire]:
        if len(wires) < 2:
            return wires
        half = len(wires) // 2
        return self.merge(self.sort(wires[:half]), self.sort(wires[half:]))

    def merge(self, first: list[Wire], second: list[Wire]) -> list[Wire]:
        """Merge two sorted lists: Batcher's odd-even merge for any lengths (Knuth, TAOCP 3, 5.3.4)."""
        if not first or not second:
            return first + second
        if len(first) == len(second) == 1:
            return list(self.sort_pair(first[0], second[0]))
        odd, even = self.merge(first[::2], second[::2]), self.merge(first[1::2], second[1::2])
        merged = odd[:1]
        for a, b in zip(even, odd[1:], strict=False):
            merged += self.sort_pair(a, b)
        return merged + even[len(odd) - 1 :] + odd[len(even) + 1 :]

    def select(self, first: list[Wire], second: list[Wire], k: int) -> Wire:
        """Return value `k` of two sorted lists together: the least, over all ways to take k + 1, of the greater end."""
        found: Wire | None = None
        for taken in range(max(0, k + 1 - len(second)), min(k + 1, len(first)) + 1):
            ends = ([first[taken - 1]] if taken else []) + ([second[k - taken]] if taken <= k else [])
            end = ends[0] if len(ends) == 1 else self.sort_pair(*ends)[1]
            found = end if found is None else self.sort_pair(found, end)[0]
        if found is None:
            raise IndexError(k)
        return found


@functools.lru_cache(maxsize=64)
def median_program(size: tuple[int, int], channels: int) -> tuple[np.ndarray, int]:
    """Return the program of `_rank_numba.run_network` for a window, and how many slots it needs.

    Line 0 is (rows, result); the others are (operation, a, shift a, b, shift b, to, second to).
    """
    rows, columns = size
    network = _Network(rows)
    column = network.sort([Wire(row, False, 0) for row in range(rows)])

    def sorted_columns(start: int, count: int) -> list[Wire]:
        if count == 1:
            return [wire._replace(shift=wire.shift + start) for wire in column]
        half = 1 << (count - 1).bit_length() - 1  # powers of two, so that the halves of neighbours coincide
        return network.merge(sorted_columns(start, half), sorted_columns(start + half, count - half))

    half = 1 << (columns - 1).bit_length() - 1 if columns > 1 else 0
    left, right = (sorted_columns(0, half), sorted_columns(half, columns - half)) if half else ([], column)
    result = network.select(left, right, rows * columns // 2)
    return _allocate(network, result, rows, channels)


def _allocate(network: _Network, result: Wire, rows: int, channels: int) -> tuple[np.ndarray, int]:
    """Keep the comparators that `result` needs, and give their ends slots that are free again after the last use."""
    last_use: dict[tuple[int, bool], int] = {(result.node, result.is_greater): len(network.comparators)}
    for node in range(len(network.comparators) - 1, rows - 1, -1):
        if (node, False) in last_use or (node, True) in last_use:
            for wire in network.comparators[node] or ():
                last_use.setdefault((wire.node, wire.is_greater), node)
    place = {(row, False): row for row in range(rows)}
    free: list[int] = []
    used = rows
    lines = []
    for node in range(rows, len(network.comparators)):
        wanted = [end for end in ((node, False), (node, True)) if end in last_use]
        pair = network.comparators[node]
        if not wanted or pair is None:
            continue
        for end in wanted:
            if not free:
                free.append(used)
                used += 1
            place[end] = free.pop()
        a, b = pair
        to = [place[end] for end in wanted]
        lines.append([
            2 if len(wanted) == 2 else int(wanted[0][1]),
            place[a[:2]], a.shift * channels, place[b[:2]], b.shift * channels, to[0], to[-1],
        ])  # fmt: skip
        for end in {a[:2], b[:2]}:
            if last_use[end] == node and end[0] >= rows:
                free.append(place[end])
    program = np.array([[rows, place[result[:2]], 0, 0, 0, 0, 0], *lines], np.int64)
    program.flags.writeable = False
    return program, used - rows
