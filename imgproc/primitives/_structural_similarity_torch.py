"""Structural similarity of CPU tensors that record gradients: NumPy's body, with a kernel of its own for the way back.

Where the gradients must themselves be differentiable, or many are asked for at once, the reference body gives them.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from imgproc._array.dtypes import lift
from imgproc._dispatch import Primitive, can_share_memory
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import compiled
from imgproc.primitives._recorded_torch import by_reference, is_many, tensor_planes
from imgproc.primitives.correlate import correlate_separable

_COST = 50
"""Of a pixel, in tenths of a nanosecond."""


def similarity_recorded(primitive: Primitive[..., Any], first: Any, second: Any, options: tuple[Any, ...]) -> Any:
    """Return what `primitive(first, second, *options)` does, or NotImplemented; `options` begin with the window."""
    pair = lift(first), lift(second)
    if min(first.shape[-2:]) < len(options[0]) or not can_share_memory(*pair):
        return NotImplemented
    return _Similarity.apply(*pair, primitive, options)  # type: ignore[no-untyped-call]


class _Similarity(torch.autograd.Function):
    """The primitive, whose gradients are taken by a kernel."""

    @staticmethod
    def forward(ctx: Any, first: Tensor, second: Tensor, primitive: Any, options: tuple[Any, ...]) -> Any:
        ctx.save_for_backward(first, second)
        ctx.primitive, ctx.options = primitive, options
        return primitive(first, second, *options)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> Any:
        is_wanted = ctx.needs_input_grad[:2]
        if torch.is_grad_enabled() or not can_share_memory(*upstream) or any(map(is_many, upstream)):
            found = by_reference(ctx, upstream, ctx.saved_tensors, is_wanted)
        else:
            found = _by_kernel(upstream, ctx.saved_tensors, ctx.options, is_wanted)
        return *found, None, None


def _by_kernel(
    upstream: tuple[Tensor, ...], pair: tuple[Tensor, ...], options: tuple[Any, ...], is_wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Make what the means of s, d, s² and d² of each window pass on, and give it to the pixels they weigh."""
    from imgproc.primitives import _structural_similarity_numba as kernels

    weights, _, middle, c1, c2 = options
    firsts, seconds = map(tensor_planes, pair)
    work, (height, width) = str(firsts.dtype), firsts.shape[1:]
    rows, columns = height - len(weights) + 1, width - len(weights) + 1
    slopes = np.zeros((len(firsts), 4, height, width), work)
    shares = [(x / (rows * columns)).tolist() for x in upstream]
    kernel = compiled(
        kernels.similarity_slopes,
        f"in2({work}), in2({work}), out3({work}), in1({work}), {', '.join([work] * 5)}, int64, int64",
    )
    taps, numbers = np.array(weights, work), (middle, 2 * c1, 2 * c2)
    for first, second, out, *own in zip(firsts, seconds, slopes, *shares, strict=True):
        run_bands(
            lambda a, b: kernel(first, second, out, taps, *numbers, *own, a, b),  # noqa: B023
            rows, first.size * _COST,
        )  # fmt: skip
    passed = correlate_separable(slopes, weights, weights, (2, 3), "constant", 0.0, work)
    to_s = passed[:, 0] + (firsts - middle + (seconds - middle)) * passed[:, 2]
    to_d = passed[:, 1] + (firsts - seconds) * passed[:, 3]
    gradients = zip((np.add, np.subtract), pair, is_wanted, strict=True)
    return [
        torch.from_numpy(add(to_s, to_d)).reshape(like.shape) if is_one else None for add, like, is_one in gradients
    ]
