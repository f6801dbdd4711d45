"""Values kept between two limits, without the look at the device that `clip` takes in array_api_compat's CuPy."""

from typing import Any

from imgproc._array.kinds import namespace


def limit(x: Any, low: float, high: float) -> Any:
    """Return `x` with what lies below `low` or above `high` put there; `low` and `high` are taken to its dtype."""
    xp = namespace(x)
    least, most = (xp.full((), value, dtype=x.dtype, device=x.device) for value in (low, high))
    return xp.maximum(xp.minimum(x, most), least)
