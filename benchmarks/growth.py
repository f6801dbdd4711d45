"""How the time of an operation grows with its picture: 0.25, 1, 4 and 16 megapixels."""

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.case import Case
from benchmarks.photos import photo

SIZES = (512, 1024, 2048, 4096)
_PATIENCE = 5.0
"""Seconds within which a call is timed again, three times in all."""


def measure_growth(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return by case the least of a few times on the last of its layouts in uint8, in seconds by the picture's side."""
    records = []
    for case in cases:
        if case.with_growth:
            layout = case.layouts[-1]
            case.ours(*case.operands(photo(256, "uint8", layout)))  # kernels compiled, threads started
            seconds = {size: _least_time(case, case.operands(photo(size, "uint8", layout))) for size in SIZES}
            records.append({"case": case.name, "layout": layout, "seconds": seconds})
    return records


def _least_time(case: Case, operands: tuple[Any, ...]) -> float:
    times: list[float] = []
    while len(times) < 3 and sum(times) < _PATIENCE:
        start = time.perf_counter()
        case.ours(*operands)
        times.append(time.perf_counter() - start)
    return min(times)
