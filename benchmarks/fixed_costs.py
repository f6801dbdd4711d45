"""What every program pays whatever it does: the import, and finding the body of each call."""

import os
import subprocess
import sys
import tempfile
import timeit
from typing import Any

import numpy as np
import torch

from imgproc._dispatch import Primitive, implements
from imgproc.pipeline import Pipeline, step

_STARTS = 15
_CALLS = 10_000


def measure_fixed_costs() -> list[dict[str, Any]]:
    """Return by cost its unit, figure and the bound that the project sets itself."""
    with tempfile.TemporaryDirectory() as cache:
        importing = min(_seconds_to_import(cache) for _ in range(_STARTS))
    image = np.zeros((2, 2), np.float32)
    return [
        {"cost": "import imgproc, beyond import numpy", "unit": "ms", "figure": 1e3 * importing, "bound": 200},
        {"cost": "dispatch of a call, NumPy", "unit": "µs", "figure": 1e6 * _seconds_to_dispatch(image), "bound": 10},
        {
            "cost": "dispatch of a call, torch on the CPU",
            "unit": "µs",
            "figure": 1e6 * _seconds_to_dispatch(torch.from_numpy(image)),
            "bound": 10,
        },
        {
            "cost": "step of a pipeline, NumPy and torch by turns",
            "unit": "µs",
            "figure": 1e6 * _seconds_for_a_step(image),
            "bound": 50,
        },
    ]


def _seconds_to_import(cache: str) -> float:
    """Time the import where numpy is there already; bytecode is kept in `cache`, as installed packages have it."""
    code = "import time, numpy; start = time.perf_counter(); import imgproc; print(time.perf_counter() - start)"
    about = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=about)
    return float(run.stdout)


def _seconds_to_dispatch(image: Any) -> float:
    """Time a primitive that does nothing, less its body."""

    def body(image: Any) -> Any:
        return image

    primitive = Primitive(body, differentiable=True)
    implements(primitive, "numpy")(body)
    through, direct = (
        min(timeit.repeat(lambda: call(image), number=_CALLS, repeat=5))  # noqa: B023
        for call in (primitive, body)
    )
    return (through - direct) / _CALLS


def _seconds_for_a_step(image: Any) -> float:
    """Time a pipeline of steps that do nothing, each handed what lies in the other library."""
    steps = [step(lambda x: x, on="torch"), lambda x: x] * 10
    pipe = Pipeline([(str(i), one) for i, one in enumerate(steps)])
    calls = _CALLS // len(steps)
    return min(timeit.repeat(lambda: pipe(image), number=calls, repeat=5)) / (calls * len(steps))
