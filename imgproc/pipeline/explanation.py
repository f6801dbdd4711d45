"""What each step of a pipeline gave, and how long it took."""

import sys
from dataclasses import dataclass
from typing import Any

from imgproc._array.dtypes import dtype_name
from imgproc._array.kinds import find_kind
from imgproc.pipeline.borders import device_of


@dataclass(frozen=True)
class StepReport:
    """What one step gave.

    Attributes
    ----------
    name : str
    kind : "numpy", "torch", "cupy", or what else the result is, such as `tuple of 2`
    shape, dtype, device : of an array, else None
    seconds : with the hand-over to the step, and the device waited for
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    dtype: str | None
    device: str | None
    seconds: float


class Explanation(tuple[StepReport, ...]):
    """The reports of all steps in their order; its text is a table."""

    __slots__ = ()

    def __str__(self) -> str:
        head = ("step", "kind", "shape", "dtype", "time")
        rows = [head, *(_cells(report) for report in self)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        left, right = widths[:-1], widths[-1]
        lines = [
            "  ".join([*(cell.ljust(width) for cell, width in zip(cells, left, strict=True)), seconds.rjust(right)])
            for *cells, seconds in rows
        ]
        return "\n".join([*lines, f"{len(self)} steps, {_milliseconds(sum(report.seconds for report in self))}"])

    __repr__ = __str__


def report(name: str, result: Any, seconds: float) -> StepReport:
    """Describe the result of a step."""
    which = find_kind(result)
    if which is None:
        words = type(result).__name__ + (f" of {len(result)}" if isinstance(result, tuple | list) else "")
        return StepReport(name, words, None, None, None, seconds)
    return StepReport(name, which, tuple(result.shape), dtype_name(result), device_of(result), seconds)


def wait_for_devices(result: Any = None) -> None:
    """Let the work end that has been given to the device of `result`, or else to the current one; start none."""
    which = find_kind(result)
    torch, cupy = sys.modules.get("torch"), sys.modules.get("cupy")
    if which == "torch" and result.device.type not in ("cpu", "meta"):
        torch.accelerator.synchronize(result.device)  # type: ignore[union-attr]
    elif which == "cupy":
        with result.device:
            cupy.cuda.get_current_stream().synchronize()  # type: ignore[union-attr]
    elif torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def _cells(report: StepReport) -> tuple[str, ...]:
    kind = report.kind if report.device in (None, "cpu") else f"{report.kind}, {report.device}"
    shape = "" if report.shape is None else "×".join(map(str, report.shape)) or "()"
    return report.name, kind, shape, report.dtype or "", _milliseconds(report.seconds)


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"
