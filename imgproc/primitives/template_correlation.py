"""Correlation coefficients of a template with every window of its size.

Products are summed by transforms, windows by sums of their own values, all in float64 about the mean of the image: a
window of low contrast in a bright corner keeps its digits.
"""

import math
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, thread_count
from imgproc.primitives._planes import compiled, kernel_dtype
from imgproc.primitives.window_mean import window_sum

_FLAT = 1e-12
"""Share of a window's squares, about the mean of the image, below which its variance is rounding."""

_LEAST_BLOCK = 256
"""Sides of blocks whose transform stays in the second-level cache."""


@dispatched
def template_correlation(images: Any, template: Any) -> Any:
    """Return the coefficient of `template` (C, h, w) at every place (N, H - h + 1, W - w + 1) of `images` (N, C, H, W).

    The mean of each channel is taken away, and sums run over all channels. 0 where the window or the template is flat,
    NaN where the window holds what is not finite, and everywhere if the template does.
    """
    xp = namespace(images)
    height, width = template.shape[1:]
    exact = cast_to(images, "float64")
    is_known = xp.isfinite(exact)
    held = xp.where(is_known, exact, xp.zeros_like(exact))
    centered = held - xp.mean(held, axis=(2, 3), keepdims=True)
    centered = xp.where(is_known, centered, xp.zeros_like(centered))
    pattern = _without_mean(template)

    def windows(values: Any) -> Any:
        return window_sum(window_sum(values, height, 2), width, 3)

    sums, squares = windows(centered), windows(centered * centered)
    variance = xp.sum(squares - sums * sums / (height * width), axis=1)
    own = xp.sum(pattern * pattern)
    is_flat = (variance <= _FLAT * xp.sum(squares, axis=1)) | (own == 0)
    power = xp.where(is_flat, xp.ones_like(variance), variance * own)
    made = xp.where(is_flat, xp.zeros_like(variance) + 0 * own, _products(centered, pattern) / xp.sqrt(power))
    made = xp.where(made > 1, xp.ones_like(made), xp.where(made < -1, -xp.ones_like(made), made))
    unknown = xp.sum(windows(xp.astype(~is_known, xp.float64)), axis=1) > 0
    return cast_to(
        xp.where(unknown, xp.full_like(made, math.nan), made),
        parameter_dtype(images, template),
    )


def _without_mean(template: Any) -> Any:
    """Return the template in float64, each channel without its mean: exactly 0 where it is flat."""
    xp = namespace(template)
    exact = cast_to(template, "float64")
    moved = exact - exact[:, :1, :1]
    return moved - xp.mean(moved, axis=(1, 2), keepdims=True)


def _products(images: Any, pattern: Any) -> Any:
    """Sum the products of the pattern with every window, over channels, by transforms of the whole images.

    As a convolution with the flipped pattern, since torch cannot map conjugation over batches. No sum that is asked for
    reaches round the edge, so that nothing need be padded.
    """
    xp = namespace(images)
    sides = tuple(images.shape[2:])
    flipped = xp.fft.rfftn(xp.flip(pattern, axis=(1, 2)), s=sides, axes=(1, 2))
    spectrum = xp.sum(xp.fft.rfftn(images, axes=(2, 3)) * flipped[None, ...], axis=1)
    return xp.fft.irfftn(spectrum, s=sides, axes=(1, 2))[:, pattern.shape[1] - 1 :, pattern.shape[2] - 1 :]


@implements(template_correlation, "numpy")
def _correlation_numba(images: Any, template: Any) -> Any:
    from imgproc.primitives import _template_numba

    if not (np.isfinite(images).all() and np.isfinite(template).all()):
        return NotImplemented
    pattern = _without_mean(np.ascontiguousarray(template))  # whose strides would change the order of its sums
    own = float((pattern * pattern).sum())
    word, dtype = kernel_dtype(images), parameter_dtype(images, template)
    height, width = (n - m + 1 for n, m in zip(images.shape[2:], pattern.shape[1:], strict=True))
    out = np.zeros((len(images), height, width), dtype)
    if own == 0:
        return out
    divide = compiled(
        _template_numba.divide,
        f"in3({word}), in1(float64), in2(float64), int64, int64, float64, float64, out2({dtype}), int64, int64",
    )
    band = min(pattern.shape[1], -(-height // thread_count()))  # whole blocks of the sums down the columns
    for image, made in zip(images, out, strict=True):
        planes = np.ascontiguousarray(cast_to(image, word))
        means = planes.mean(axis=(1, 2), dtype=np.float64)
        products = _products_on_host(planes, means, pattern)
        arguments = planes, means, products, *pattern.shape[1:], own, _FLAT, made

        def divide_band(first: int, last: int) -> None:
            divide(*arguments, first * band, min(last * band, height))  # noqa: B023

        run_bands(divide_band, -(-height // band), planes.size * 8)
    return out


def _products_on_host(planes: np.ndarray, means: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """Sum the products of the pattern with every window, over channels, by transforms of blocks.

    Even a template of 5 × 5 costs less so than directly. OpenCV's transforms of real numbers take a third of SciPy's
    time; the spectra are packed.
    """
    import cv2

    shape = pattern.shape[1:]
    height, width = (n - m + 1 for n, m in zip(planes.shape[1:], shape, strict=True))
    (step_y, side_y), (step_x, side_x) = (_cut(n, m) for n, m in zip((height, width), shape, strict=True))
    spectra = [cv2.dft(_padded(kernel, (side_y, side_x))) for kernel in pattern]
    total = np.empty((height, width))
    starts = [(y, x) for y in range(0, height, step_y) for x in range(0, width, step_x)]

    def make(first: int, last: int) -> None:
        for y, x in starts[first:last]:
            spectrum: Any = None
            for plane, mean, other in zip(planes, means, spectra, strict=True):
                block = _padded(plane[y : y + side_y, x : x + side_x] - mean, (side_y, side_x))
                cv2.dft(block, dst=block)
                cv2.mulSpectrums(block, other, 0, c=block, conjB=True)
                spectrum = block if spectrum is None else np.add(spectrum, block, out=spectrum)
            made = cv2.dft(spectrum, dst=spectrum, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
            target = total[y : y + step_y, x : x + step_x]
            target[...] = made[: target.shape[0], : target.shape[1]]

    run_bands(make, len(starts), planes.size * 64)
    return total


def _cut(length: int, side: int) -> tuple[int, int]:
    """Return how many of `length` results to make at a time, and how many values to transform for them."""
    import cv2

    count = -(-length // (max(6 * side, _LEAST_BLOCK) - side + 1))
    step = -(-length // count)
    return step, cv2.getOptimalDFTSize(step + side - 1)


def _padded(values: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    if values.shape == sides:
        return values
    padded = np.zeros(sides)
    padded[: values.shape[0], : values.shape[1]] = values
    return padded
