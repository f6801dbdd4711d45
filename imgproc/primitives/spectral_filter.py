"""Filters that multiply the spectrum of an image by a real gain."""

from collections.abc import Callable
from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, saturate, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, transform_threads
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.borders import pad
from imgproc.primitives.correlate import Axes
from imgproc.primitives.frequency_gain import frequencies
from imgproc.typing import Border

_ELEMENTS_IN_CACHE = 1 << 15


@dispatched
def spectral_filter(
    image: Any, gain: Callable[[Any, Any], Any], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    """Multiply the spectrum by `gain(fy, fx)`, which is real and even; rounded once to `dtype`.

    A transform repeats the image for ever ("wrap"). Mirrored borders repeat after two images, "reflect" after two
    pixels less, so that they are exact too; "edge" and "constant" extend each side by half the image and repeat that.
    """
    xp = namespace(image)
    extended = pad(lift(image), axes, extension(image.shape, axes, border), border, fill)
    lengths = tuple(extended.shape[axis] for axis in axes)
    rows, columns = frequencies(image, lengths[0]), frequencies(image, lengths[1], half=True)
    shapes = [[-1 if k == axis else 1 for k in range(image.ndim)] for axis in axes]
    weights = gain(xp.reshape(rows, tuple(shapes[0])), xp.reshape(columns, tuple(shapes[1])))
    spectrum = xp.fft.rfftn(extended, axes=axes) * cast_to(weights, dtype_name(extended))
    filtered = xp.fft.irfftn(spectrum, s=lengths, axes=axes)
    return saturate(crop(filtered, image.shape, axes, border), dtype)


def extension(shape: tuple[int, ...], axes: Axes, border: Border) -> tuple[tuple[int, int], ...]:
    """Return how far (before, after) each axis is extended before it is repeated."""
    lengths = [shape[axis] for axis in axes]
    if border == "wrap":
        return tuple((0, 0) for _ in lengths)
    if border == "symmetric":
        return tuple((0, length) for length in lengths)
    if border == "reflect":
        return tuple((0, max(length - 2, 0)) for length in lengths)
    return tuple((-(-length // 2), -(-length // 2)) for length in lengths)


def crop(extended: Any, shape: tuple[int, ...], axes: Axes, border: Border) -> Any:
    """Take back what `extension` has added."""
    for axis, (before, _) in zip(axes, extension(shape, axes, border), strict=True):
        extended = extended[(slice(None),) * axis + (slice(before, before + shape[axis]), ...)]
    return extended


@implements(spectral_filter, "numpy")
def _filter_scipy(
    image: Any, gain: Callable[[Any, Any], Any], axes: Axes, border: Border, fill: float, dtype: str
) -> Any:
    """Filter plane by plane, in place: the spectrum is multiplied while its rows are in the cache."""
    from scipy import fft

    work = work_dtype(image)
    extended = stack_planes(pad(image, axes, extension(image.shape, axes, border), border, fill), axes)
    height, width = extended.shape[1:]
    threads = transform_threads(height * width)
    rows, columns = frequencies(extended, height)[:, None], frequencies(extended, width, half=True)[None]
    step = max(1, _ELEMENTS_IN_CACHE // columns.size)
    planes = []
    for plane in extended:
        spectrum = fft.rfft2(plane.astype(work, copy=False), workers=threads)

        def multiply(first: int, last: int, spectrum: np.ndarray = spectrum) -> None:
            for row in range(first, last, step):
                part = slice(row, min(row + step, last))
                spectrum[part] *= gain(rows[part], columns).astype(work)

        run_bands(multiply, height, 4 * spectrum.size)
        # irfft2 would copy the spectrum, which is not needed any more
        spectrum = fft.ifft(spectrum, axis=0, overwrite_x=True, workers=threads)
        planes.append(fft.irfft(spectrum, n=width, axis=1, overwrite_x=True, workers=threads))
    out = planes[0][None] if len(planes) == 1 else np.stack(planes)
    shape = list(image.shape)
    for axis, length in zip(axes, (height, width), strict=True):
        shape[axis] = length
    return saturate(crop(unstack_planes(out, tuple(shape), axes), image.shape, axes, border), dtype)
