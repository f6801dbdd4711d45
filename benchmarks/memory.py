"""Peak memory of operations at 4096², each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.case import Case

SIZE = 4096
_MEBIBYTE = 2**20


def measure_memory(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return by case and dtype the mebibytes of operands, of results, and of what the call took besides.

    A child process imports every library once and forks before each measurement, so that none inherits another's
    buffers or threads.
    """
    wanted = [case for case in cases if case.with_memory]
    if not wanted or not Path("/proc/self/clear_refs").exists():
        return []
    command = [sys.executable, "-m", "benchmarks.memory", *(case.name for case in wanted)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _main(names: Sequence[str]) -> None:
    import numba  # noqa: F401  once, not in every fork

    from benchmarks.cases import CASES

    for case in CASES:
        for dtype in case.dtypes if case.name in names else ():
            child = os.fork()
            if child == 0:
                print(json.dumps(_measure(case, dtype)), flush=True)
                os._exit(0)
            if os.waitpid(child, 0)[1] != 0:
                raise RuntimeError(f"{case.name} must run on {dtype} at {SIZE}², got a crash")


def _measure(case: Case, dtype: str) -> dict[str, Any]:
    from benchmarks.photos import photo

    case.ours(*case.operands(photo(256, dtype, case.layouts[0])))  # kernels compiled, threads started
    operands = case.operands(photo(SIZE, dtype, case.layouts[0]))
    photo.cache_clear()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _resident("VmRSS")
    result = case.ours(*operands)
    growth = _resident("VmHWM") - before
    results = result if isinstance(result, tuple) else (result,)
    made, given = (sum(x.nbytes for x in arrays if hasattr(x, "nbytes")) for arrays in (results, operands))
    return {
        "case": case.name,
        "dtype": dtype,
        "operands": round(given / _MEBIBYTE, 1),
        "results": round(made / _MEBIBYTE, 1),
        "besides": round((growth - made) / _MEBIBYTE, 1),
    }


def _resident(word: str) -> int:
    """Read a line of /proc/self/status, in bytes."""
    status = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in status if line.startswith(word)).split()[1])


if __name__ == "__main__":
    _main(sys.argv[1:])
