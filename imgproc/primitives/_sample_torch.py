"""Sampling of CPU tensors that record gradients: read by the NumPy bodies, with kernels of its own for the way back.

Where the gradients must themselves be differentiable, or many are asked for at once, the reference body gives them.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from imgproc._array.dtypes import image_dtype, lift, saturate
from imgproc._dispatch import Primitive, can_share_memory
from imgproc.primitives._bands import run_bands
from imgproc.primitives._cuda import border_code
from imgproc.primitives._planes import compiled
from imgproc.primitives._recorded_torch import by_reference, is_many, tensor_planes
from imgproc.primitives.borders import fill_value


def sample_recorded(
    primitive: Primitive[..., Any], image: Any, places: tuple[Any, ...], options: tuple[Any, ...]
) -> Any:
    """Read `image` by `primitive(image, *places, *options)`, or return NotImplemented.

    `places` are x and y, or a matrix; `options` end with axes, interpolation, border and fill value.
    """
    axes, interpolation, _, fill = options[-4:]
    is_nearest = interpolation == "nearest"
    dtype = str(image.dtype).removeprefix("torch.") if is_nearest else image_dtype(image)
    if is_nearest:
        places = tuple(place.detach() for place in places)  # it passes nothing on to where it reads
    if not image.is_floating_point() and (is_nearest or image.dtype != torch.bool):
        with torch.no_grad():
            return primitive(image, *places, *options)
    exact = lift(image)
    if sorted(axis % image.ndim for axis in axes) != [image.ndim - 2, image.ndim - 1]:
        return NotImplemented
    if not can_share_memory(exact, *places):
        return NotImplemented
    options = (*options[:-1], fill_value(fill, image))
    made = _Sampled.apply(exact, primitive, options, *places)  # type: ignore[no-untyped-call]
    return saturate(made, dtype)


class _Sampled(torch.autograd.Function):
    """A primitive that samples, whose gradients are taken by kernels."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, primitive: Any, options: tuple[Any, ...], *places: Tensor) -> Any:
        ctx.save_for_backward(image, *places)
        ctx.primitive, ctx.options = primitive, options
        return primitive(image, *places, *options)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        image, *places = ctx.saved_tensors
        is_wanted = (ctx.needs_input_grad[0], *ctx.needs_input_grad[3:])
        if torch.is_grad_enabled() or not can_share_memory(upstream) or is_many(upstream):
            to_image, *to_places = by_reference(ctx, upstream, [image, *places], is_wanted)
        else:
            to_image, *to_places = _by_kernels(ctx, upstream, image, places, is_wanted)
        return to_image, None, None, *to_places


def _by_kernels(
    ctx: Any, upstream: Tensor, image: Tensor, places: list[Tensor], is_wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    passed, source = tensor_planes(upstream), tensor_planes(image)
    lines = [place.detach().numpy().reshape(place.shape[:-2].numel(), -1) for place in places]
    is_map = len(lines) == 2
    where = (_UNUSED, True, *map(np.ascontiguousarray, lines)) if is_map else (lines[0], False, _UNUSED, _UNUSED)
    to_image = _pass_to_image(passed, source.shape, where, ctx.options) if is_wanted[0] else None
    to_places = _pass_to_places(passed, source, where, ctx.options) if any(is_wanted[1:]) else [None] * len(places)
    gradients = zip((to_image, *to_places), (image, *places), is_wanted, strict=True)
    return [torch.from_numpy(x).reshape(like.shape) if is_one else None for x, like, is_one in gradients]


_UNUSED = np.zeros((1, 9))
_WHERE = "in2(float64), boolean, in2(float64), in2(float64), int64"
_COST = {"nearest": 4, "linear": 16, "cubic": 64, "lanczos": 128}


def _pass_to_image(passed: np.ndarray, shape: tuple[int, ...], where: tuple[Any, ...], options: Any) -> np.ndarray:
    """Add up what each pixel was read for; planes are worked on side by side."""
    from imgproc.primitives import _sample_gradient_numba as kernels

    interpolation, border, _ = options[-3:]
    made = np.zeros(shape, passed.dtype)
    kernel = compiled(
        getattr(kernels, f"{interpolation}_to_image"),
        f"in3({passed.dtype}), out3({passed.dtype}), {_WHERE}, int64, int64",
    )
    code = int(border_code(border))
    cost = passed.size * _COST[interpolation]
    run_bands(lambda first, last: kernel(passed, made, *where, code, first, last), len(made), cost)
    return made


def _pass_to_places(passed: np.ndarray, source: np.ndarray, where: tuple[Any, ...], options: Any) -> list[np.ndarray]:
    """Return what x and y, or matrices, are passed; rows are worked on side by side, and summed in their order."""
    from imgproc.primitives import _sample_gradient_numba as kernels

    interpolation, border, fill = options[-3:]
    matrices, is_map, xs, _ = where
    height = passed.shape[1]
    images = len(xs) if is_map else len(matrices)
    made = np.zeros((2, *xs.shape) if is_map else (images, height, 9))
    kernel = compiled(
        getattr(kernels, f"{interpolation}_to_places"),
        f"in3({passed.dtype}), in3({passed.dtype}), out3(float64), {_WHERE}, {passed.dtype}, int64, int64",
    )
    code, outside = int(border_code(border)), passed.dtype.type(fill)
    cost = passed.size * _COST[interpolation]
    run_bands(
        lambda first, last: kernel(passed, source, made, *where, code, outside, first, last), images * height, cost
    )
    return list(made) if is_map else [made.sum(axis=1)]
