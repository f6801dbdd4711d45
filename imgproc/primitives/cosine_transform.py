"""The orthonormal cosine transform (type II) of images of any size, and its inverse (type III)."""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, dtype_name, lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import transform_threads
from imgproc.primitives._stack import stack_planes, unstack_planes
from imgproc.primitives.correlate import Axes
from imgproc.primitives.fourier_transform import as_complex


@dispatched
def cosine_transform(image: Any, axes: Axes, *, inverse: bool) -> Any:
    """Transform along both axes by one Fourier transform of the same length each (Makhoul 1980)."""
    made = lift(image)
    for axis in axes:
        made = _inverse(made, axis) if inverse else _forward(made, axis)
    return made


def _forward(x: Any, axis: int) -> Any:
    xp, length = namespace(x), x.shape[axis]
    place = xp.arange(length, dtype=xp.int64, device=x.device)
    # the even samples in order, then the odd ones backwards
    order = xp.where(place < (length + 1) // 2, 2 * place, 2 * (length - place) - 1)
    folded = xp.take(x, order, axis=axis)
    spectrum = xp.fft.fft(as_complex(folded, xp.zeros_like(folded)), axis=axis)
    cosine, sine, scale = _twiddles(x, axis)
    return scale * (xp.real(spectrum) * cosine + xp.imag(spectrum) * sine)


def _inverse(coefficients: Any, axis: int) -> Any:
    xp, length = namespace(coefficients), coefficients.shape[axis]
    cosine, sine, scale = _twiddles(coefficients, axis)
    even = coefficients / scale
    place = xp.arange(length, dtype=xp.int64, device=coefficients.device)
    mirrored = xp.take(even, xp.where(place == 0, place, length - place), axis=axis)
    odd = xp.where(xp.reshape(place == 0, _along(axis, coefficients.ndim)), xp.zeros_like(mirrored), mirrored)
    spectrum = as_complex(even * cosine + odd * sine, even * sine - odd * cosine)
    folded = xp.real(xp.fft.ifft(spectrum, axis=axis))
    order = xp.where(place % 2 == 0, place // 2, length - 1 - place // 2)
    return xp.take(folded, order, axis=axis)


def _twiddles(x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return cos and sin of pi k / 2N and the scale of each coefficient, to broadcast along `axis`."""
    xp, length, shape = namespace(x), x.shape[axis], _along(axis, x.ndim)
    place = xp.arange(length, dtype=xp.float64, device=x.device)
    angle = place * (xp.pi / (2 * length))
    scale = xp.where(place == 0, xp.full_like(place, length**-0.5), xp.full_like(place, (2 / length) ** 0.5))
    cosine, sine, scale = (cast_to(xp.reshape(v, shape), dtype_name(x)) for v in (xp.cos(angle), xp.sin(angle), scale))
    return cosine, sine, scale


def _along(axis: int, rank: int) -> tuple[int, ...]:
    return tuple(-1 if k == axis else 1 for k in range(rank))


@implements(cosine_transform, "numpy")
def _transform_opencv(image: Any, axes: Axes, *, inverse: bool) -> Any:
    if work_dtype(image) != "float32" or any(image.shape[axis] % 2 for axis in axes):
        return NotImplemented
    import cv2

    planes = np.ascontiguousarray(stack_planes(lift(image), axes))
    made = np.empty_like(planes) if np.may_share_memory(planes, image) else planes  # a copy is transformed in place
    for plane, out in zip(planes, made, strict=True):
        cv2.dct(plane, out, cv2.DCT_INVERSE if inverse else 0)
    return unstack_planes(made, image.shape, axes)


@implements(cosine_transform, "numpy")
def _transform_scipy(image: Any, axes: Axes, *, inverse: bool) -> Any:
    from scipy import fft

    transform = fft.idctn if inverse else fft.dctn
    return transform(lift(image), type=2, axes=axes, norm="ortho", workers=transform_threads(image.size))
