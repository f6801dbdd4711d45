"""Measure cases into records: one per case, picture and peer."""

import functools
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.case import Case, Layout, Peer
from benchmarks.measure import Turns, clock, take_turns
from benchmarks.photos import photo
from imgproc.arrays import kind, to_numpy, to_torch

_EXACT_INTEGERS = 0.5 + 1e-4
"""Grey levels: a result rounded to the nearest integer, of float32 arithmetic."""
_EXACT_FLOATS = 1e-5
"""Of the range."""
PATIENCE = 6.0
"""Seconds that a call may be expected to take, judged from the size before."""


@dataclass
class Record:
    """One peer beside us, on one picture."""

    case: str
    size: int
    dtype: str
    layout: str
    kind: str
    peer: str
    ours_ms: float | None = None
    peer_ms: float | None = None
    ratio: float | None = None
    quartiles: tuple[float, float] | None = None
    first_ratio: float | None = None
    turns: int = 0
    ours_error: float | None = None
    peer_error: float | None = None
    is_as_exact: bool = False
    ours_remark: str = ""
    peer_remark: str = ""
    differs: str = ""
    note: str = ""
    failed: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_case(case: Case, sizes: list[int], budget: float) -> Iterator[Record]:
    """Measure a case on every picture it takes; errors are those of the smallest size."""
    for dtype in case.dtypes:
        for layout in case.layouts:
            for on in ("numpy", "torch"):
                peers = [p for p in case.peers if p.on == on and dtype in p.dtypes and layout in p.layouts]
                if peers:
                    yield from _measure_sizes(case, peers, sorted(case.sizes or sizes), dtype, layout, budget)


def _measure_sizes(
    case: Case, peers: list[Peer], sizes: list[int], dtype: str, layout: Layout, budget: float
) -> Iterator[Record]:
    errors: dict[str, tuple[float | None, bool]] = {}
    last: dict[str, tuple[int, float]] = {}
    for size in sizes:
        operands = case.operands(photo(size, dtype, layout))
        on = peers[0].on
        theirs = tuple(_tensor(x) for x in operands) if on == "torch" else operands
        mine = tuple(x[0] if isinstance(x, torch.Tensor) else x for x in theirs)
        run = [p for p in peers if p.library not in last or _expected(size, *last[p.library]) < PATIENCE]
        if not errors:
            errors = _errors(case, run, operands, mine, theirs, dtype)
        calls = [functools.partial(peer.call, *theirs) for peer in run]
        with torch.no_grad():
            turns = take_turns(functools.partial(case.ours, *mine), calls, budget)
            alone = [] if len(run) == len(peers) else [clock(functools.partial(case.ours, *mine)) for _ in range(5)]
        for peer in peers:
            record = Record(case.name, size, dtype, layout, on, peer.library, differs=peer.differs, note=peer.note)
            record.ours_error, _ = errors["ours"]
            record.peer_error, record.is_as_exact = errors[peer.library]
            if peer in run:
                _fill(record, turns[run.index(peer)])
                last[peer.library] = size, (record.peer_ms or 0) / 1000
                if case.remark is not None:
                    record.ours_remark, record.peer_remark = _remarks(case, peer, mine, theirs)
            else:
                at, seconds = last[peer.library]
                record.failed = f"left out: {seconds:.2g} s at {at}²"
                record.ours_ms = 1000 * statistics.median(alone)
            yield record


def _expected(size: int, at: int, seconds: float) -> float:
    return seconds * (size / at) ** 2


def _tensor(x: Any) -> Any:
    """A contiguous tensor (1, C, H, W) of an image, other operands as they are."""
    if not isinstance(x, np.ndarray):
        return x
    tensor = to_torch(x).contiguous()
    return tensor[None] if tensor.ndim == 3 else tensor[None, None]


def _fill(record: Record, turns: Turns) -> None:
    record.ours_ms, record.peer_ms = (1000 * statistics.median(times) for times in (turns.ours, turns.peer))
    record.ratio, record.first_ratio, record.turns = turns.ratio, turns.first_ratio, len(turns.ratios)
    low, high = np.percentile(turns.ratios, (25, 75))
    record.quartiles = float(low), float(high)


def _remarks(case: Case, peer: Peer, mine: Any, theirs: Any) -> tuple[str, str]:
    assert case.remark is not None
    case.ours(*mine)
    ours = case.remark(*mine)
    peer.call(*theirs)
    return ours, case.remark(*theirs)


def _errors(
    case: Case, peers: list[Peer], operands: Any, mine: Any, theirs: Any, dtype: str
) -> dict[str, tuple[float | None, bool]]:
    """Return by library the error, and whether it counts as exact: one definition, and as near as rounding allows."""
    exact = None if case.exact is None else _parts(case.exact(*operands))
    if exact is None:
        return dict.fromkeys(("ours", *(p.library for p in peers)), (None, False))
    result = case.ours(*mine)
    ours = _parts(case.outcome(*mine) if case.outcome else result)
    error = max(case.error(_shaped(part, like), like) for part, like in zip(ours, exact, strict=True))
    errors: dict[str, tuple[float | None, bool]] = {"ours": (error, True)}
    for peer in peers:
        result = peer.call(*theirs)
        made = _parts(peer.finish(case.outcome(*theirs) if case.outcome else result, dtype))
        pairs = [(_cut(_shaped(a, b), peer.margin), _cut(b, peer.margin)) for a, b in zip(made, exact, strict=True)]
        found = max(case.error(a, b) for a, b in pairs)
        bound = 0.0 if made[0].dtype == bool else _EXACT_INTEGERS if made[0].dtype.kind == "u" else _EXACT_FLOATS
        scale = 255 if dtype == "uint8" and made[0].dtype.kind == "f" else 1
        errors[peer.library] = found, not peer.differs and found <= max(bound * scale, 1.05 * error)
    return errors


def _parts(result: Any) -> tuple[np.ndarray, ...]:
    parts = result if isinstance(result, tuple | list) else (result,)
    return tuple(_on_host(part) for part in parts)


def _on_host(x: Any) -> np.ndarray:
    if kind(x) == "torch":
        return to_numpy(x[0] if x.ndim == 4 else x)
    return np.asarray(x)


def _shaped(x: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """(H, W, 1) as (H, W)."""
    return x.reshape(exact.shape)


def _cut(x: np.ndarray, margin: int) -> np.ndarray:
    return x[margin : x.shape[0] - margin, margin : x.shape[1] - margin]
