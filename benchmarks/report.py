"""The page that people read: docs/benchmarks.md."""

import datetime
import importlib.metadata
import math
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.case import Case
from benchmarks.run import PATIENCE

_LIBRARIES = (
    *("numpy", "scipy", "opencv-python", "scikit-image", "torch", "torchvision", "kornia"),
    *("numba", "pillow", "imageio", "tifffile"),
)
_HOW = """\
Each line times one operation on a photo: scikit-image's camera and gravel in gray, astronaut in RGB, tiled to size.
Ours and a peer take turns in one process (ours, peer, peer, ours, …), each for 5 ms or one call, as a loop over images
would call them; a ratio is the median over the turns of ours / peer, so **below 1 we are faster**. The *first call* of
each turn, which finds caches full of the other's data and threads asleep, is also compared alone. Everything has run
once before, threads are at their defaults, nothing is tuned.
float32 images are in [0, 1]. NumPy arrays meet OpenCV, scikit-image, SciPy, NumPy and Pillow; torch tensors on the CPU
(C, H, W) meet kornia, in lines of their own. A call of more than 0.5 s is timed once; one expected to take more than
{patience:g} s is left out.

*err* is the greatest difference from the same definition in float64, in units of the result (grey levels for uint8
images), measured at the smallest size. A peer is *as exact* if it has the same definition and comes within rounding of
it (0.5 for integers, 1e-5 of the range for floats, no pixel for masks) or within 1.05 of our own error. A dagger (†)
marks a peer of another definition, an asterisk (\\*) one less exact; neither counts in the summary."""


def environment() -> dict[str, str]:
    """Describe the machine and the libraries."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": f"{model}, {cores} cores, {platform.system()} {platform.machine()}",
        "versions": f"Python {platform.python_version()}, {versions}",
    }


def as_markdown(
    themes: dict[str, tuple[Case, ...]],
    records: Sequence[dict[str, Any]],
    others: dict[str, Sequence[dict[str, Any]]],
    about: dict[str, str],
) -> str:
    """Write the page; `others` are the records of memory, growth and fixed costs."""
    blocks = [
        "# Benchmarks",
        f"Written by `make bench` on {about['date']}: {about['machine']}; {about['versions']}. {about['load']}",
        _HOW.format(patience=PATIENCE),
        "## Summary",
        *_summary(records),
    ]
    for theme, cases in themes.items():
        tables = [table for case in cases for table in _case_table(case, records)]
        blocks += [f"## {theme}", *tables] if tables else []
    blocks += _growth_table(others["growth"]) + _memory_table(others["memory"]) + _fixed_table(others["fixed"])
    return "\n\n".join(blocks) + "\n"


def _summary(records: Sequence[dict[str, Any]]) -> list[str]:
    """Compare with the fastest peer that is as exact, picture by picture."""
    best: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in records:
        place = _place(record)
        if record["ratio"] and record["is_as_exact"] and record["ratio"] > best.get(place, {"ratio": 0})["ratio"]:
            best[place] = record
    if not best:
        return ["No peer is as exact on any line."]
    ratios, firsts = ([record[key] for record in best.values()] for key in ("ratio", "first_ratio"))
    slower = sorted((r for r in best.values() if r["ratio"] > 1), key=lambda r: -r["ratio"])
    lines = [
        f"Of {len(ratios)} lines that have a peer as exact, we are faster than the fastest of them on "
        f"{len(ratios) - len(slower)}; geometric mean of the ratios **{_mean(ratios):.2f}**. By the first call alone: "
        f"{sum(ratio <= 1 for ratio in firsts)}, **{_mean(firsts):.2f}**."
    ]
    if slower:
        rows = []
        for r in slower:
            figures = f"{r['ours_ms']:.3g}", f"{r['peer_ms']:.3g}", f"{r['ratio']:.2f}", f"{r['first_ratio']:.2f}"
            rows.append((r["case"], _picture(r), r["peer"], *figures))
        lines += ["Slower than the fastest peer as exact:"]
        header = ("operation", "image", "fastest", "ours, ms", "its, ms", "ratio", "first call")
        lines += [_table(header, rows)]
    return lines


def _mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _place(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(record[key] for key in ("case", "size", "dtype", "layout", "kind"))


def _picture(record: dict[str, Any]) -> str:
    tensor = ", torch" if record["kind"] == "torch" else ""
    return f"{record['size']}² {record['layout']} {record['dtype']}{tensor}"


def _case_table(case: Case, records: Iterable[dict[str, Any]]) -> list[str]:
    """Return heading, table and notes of a case: a line per picture, a column per peer."""
    mine = [record for record in records if record["case"] == case.name]
    if not mine:
        return []
    libraries = list(dict.fromkeys(peer.library for peer in case.peers if any(r["peer"] == peer.library for r in mine)))
    rows = []
    for place in dict.fromkeys(map(_place, mine)):
        here = {record["peer"]: record for record in mine if _place(record) == place}
        first = next((record for record in here.values() if record["ours_ms"]), next(iter(here.values())))
        ours = _cell(first["ours_ms"], None, first["ours_error"], first["ours_remark"], "")
        rows.append((_picture(first), ours, *(_peer_cell(here.get(library)) for library in libraries)))
    notes = []
    for peer in case.peers:
        said = "; ".join(filter(None, (peer.differs and f"† {peer.differs}", peer.note)))
        notes += [f"{peer.library}: {said}."] if said and peer.library in libraries else []
    table = _table(("image", "ours", *libraries), rows)
    return [f"### {case.name}", f"Exact: {case.definition}.", table, *([" ".join(notes)] if notes else [])]


def _peer_cell(record: dict[str, Any] | None) -> str:
    if record is None:
        return "–"
    if record["failed"]:
        return str(record["failed"])
    mark = "†" if record["differs"] else "" if record["is_as_exact"] else "\\*"
    return _cell(record["peer_ms"], record["ratio"], record["peer_error"], record["peer_remark"], mark)


def _cell(ms: float, ratio: float | None, error: float | None, remark: str, mark: str) -> str:
    parts = [f"{ms:.3g} ms"]
    parts += [f"**{ratio:.2f}**{mark}"] if ratio is not None else []
    parts += [f"err {error:.1g}"] if error is not None else []
    return " · ".join([*parts, *([remark] if remark else [])])


def _growth_table(growth: Sequence[dict[str, Any]]) -> list[str]:
    if not growth:
        return []
    rows = []
    for record in growth:
        cells = (f"{1e3 * s:.3g} ms · {1e9 * s / n**2:.0f} ns a pixel" for n, s in record["seconds"].items())
        rows.append((record["case"], record["layout"], *cells))
    header = ("operation", "layout", *(f"{n}²" for n in growth[0]["seconds"]))
    about = (
        "The least of up to three calls on uint8. Where cost grows as n log n, nanoseconds a pixel grow by a ninth for "
        "four times the pixels; what leaves the caches costs more besides."
    )
    return ["## Growth", about, _table(header, rows)]


def _memory_table(memory: Sequence[dict[str, Any]]) -> list[str]:
    if not memory:
        return []
    rows = []
    for record in memory:
        share = record["besides"] / record["operands"]
        figures = (f"{record[key]:.0f}" for key in ("operands", "results", "besides"))
        rows.append((record["case"], record["dtype"], *figures, f"{share:.2f}"))
    header = ("operation", "dtype", "operands, MiB", "results, MiB", "besides, MiB", "besides / operands")
    about = (
        "Each operation once on a gray image of 4096² in a process of its own, warmed on 256². *Besides* is how far "
        "the peak of resident memory grew during the call, less its results."
    )
    return ["## Memory", about, _table(header, rows)]


def _fixed_table(fixed: Sequence[dict[str, Any]]) -> list[str]:
    if not fixed:
        return []
    rows = [(r["cost"], f"{r['figure']:.3g} {r['unit']}", f"{r['bound']} {r['unit']}") for r in fixed]
    return ["## Fixed costs", _table(("cost", "least of several runs", "at most"), rows)]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
