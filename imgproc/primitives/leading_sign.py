"""Which of x and -x is meant, where both solve the same equations."""

from typing import Any

from imgproc._array.kinds import kind, namespace

TIE = 1e-6
"""Entries whose sizes are this near, relatively, are equally large: the first of them decides the sign."""


def towards_positive(x: Any, axes: int) -> Any:
    """Turn the sign so that the entry of greatest size over the last `axes` is positive."""
    xp = namespace(x)
    flat = xp.reshape(x, (*x.shape[: x.ndim - axes], -1))
    held = flat.detach() if kind(x) == "torch" else flat
    sizes = xp.abs(held)
    is_large = sizes >= (1 - TIE) * xp.max(sizes, axis=-1, keepdims=True)
    first = xp.argmax(xp.astype(is_large, xp.int8), axis=-1)[..., None]
    is_leading = xp.arange(flat.shape[-1], device=x.device) == first
    leading = xp.sum(xp.where(is_leading, held, xp.zeros_like(held)), axis=-1, keepdims=True)
    return xp.reshape(xp.where(leading < 0, -flat, flat) + 0.0, x.shape)  # no negative zeros
