"""Where labels change."""

from typing import Any, Literal

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched
from imgproc.primitives.correlate import Axes


@dispatched(differentiable=False)
def label_boundaries(labels: Any, axes: Axes, connectivity: Literal[4, 8], *, thick: bool) -> Any:
    """Mark pixels beside one of another label, both sides if `thick`, else the one towards -x, -y."""
    xp = namespace(labels)
    marks = None
    steps = [(0, 1), (1, 0)] if connectivity == 4 else [(0, 1), (1, 0), (1, 1), (1, -1)]
    for down, across in steps:
        first, second = _window(labels, axes, -down, -across), _window(labels, axes, down, across)
        differs = first != second
        before = _placed(differs, axes, (0, down), (max(-across, 0), max(across, 0)))
        after = _placed(differs, axes, (down, 0), (max(across, 0), max(-across, 0)))
        here = before | after if thick else before
        marks = here if marks is None else marks | here
    return marks if marks is not None else xp.zeros(labels.shape, dtype=xp.bool, device=labels.device)


def _window(x: Any, axes: Axes, down: int, across: int) -> Any:
    """Return `x` without the lines that have no partner `down` rows and `across` columns before (after: negative)."""
    index: list[Any] = [slice(None)] * x.ndim
    for axis, step in zip(axes, (down, across), strict=True):
        index[axis] = slice(max(step, 0), x.shape[axis] + min(step, 0))
    return x[tuple(index)]


def _placed(marks: Any, axes: Axes, rows: tuple[int, int], columns: tuple[int, int]) -> Any:
    """Add lines of False around."""
    xp = namespace(marks)
    for axis, widths in zip(axes, (rows, columns), strict=True):
        for width, at_start in zip(widths, (True, False), strict=True):
            if width:
                shape = tuple(width if k == axis else n for k, n in enumerate(marks.shape))
                none = xp.zeros(shape, dtype=xp.bool, device=marks.device)
                marks = xp.concat([none, marks] if at_start else [marks, none], axis=axis)
    return marks
