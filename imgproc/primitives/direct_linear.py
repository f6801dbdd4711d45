"""The equations of the direct linear transform: homographies of least algebraic error, many problems at once."""

from typing import Any

import numpy as np

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives.null_vector import null_vector

_COST = 10_000
"""Elementary operations that a problem takes besides those of its pairs."""


@dispatched
def direct_linear(x: Any, y: Any, u: Any, v: Any, factors: Any) -> tuple[Any, Any]:
    """Return the unit vector (B, 9) of the rows of H with (u, v, 1) ~ H (x, y, 1) in the mean over pairs (B, N).

    Each pair's two equations are multiplied by its factor (B, N). With it the singular values (B, 9) of the equations,
    greatest first, which tell how well it is determined. float64 in and out.
    """
    xp = namespace(x)
    # each row of three times the columns (x, y, 1): 1, 0 and -u, then 0, 1 and -v
    column = xp.stack([x, y, xp.ones_like(x)], axis=-1) * factors[..., None]
    none = xp.zeros_like(column)
    first = xp.concat([column, none, -u[..., None] * column], axis=-1)
    second = xp.concat([none, column, -v[..., None] * column], axis=-1)
    return null_vector(xp.concat([first, second], axis=-2))


@implements(direct_linear, "numpy")
def _direct_linear_numba(x: Any, y: Any, u: Any, v: Any, factors: Any) -> tuple[Any, Any]:
    """Do so without the equations in memory."""
    from imgproc.primitives import _direct_linear_numba

    count, pairs = x.shape
    operands = [np.ascontiguousarray(a) for a in (x, y, u, v, factors)]
    made, values = np.empty((count, 9)), np.empty((count, 9))
    kernel = compiled(
        _direct_linear_numba.direct_linear,
        f"{'in2(float64), ' * len(operands)}out2(float64), out2(float64), int64, int64",
    )
    cost = count * (_COST + 200 * pairs)
    run_bands(lambda first, last: kernel(*operands, made, values, first, last), count, cost)
    return made, values
