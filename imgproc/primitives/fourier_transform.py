"""The discrete Fourier transform of images."""

from typing import Any

from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands, transform_threads
from imgproc.primitives._packed_spectra import half_by_packing, inverse_by_packing, is_packable
from imgproc.primitives.correlate import Axes

_COST = 20
"""Of a number that is transformed, in elements of other work."""


@dispatched
def fourier_transform(values: Any, axes: Axes, *, inverse: bool) -> Any:
    """Transform real or complex floating-point `values` along `axes`; only the inverse divides by the size."""
    xp = namespace(values)
    if not xp.isdtype(values.dtype, "complex floating"):
        values = xp.astype(values, xp.complex128 if values.dtype == xp.float64 else xp.complex64)
    return xp.fft.ifftn(values, axes=axes) if inverse else xp.fft.fftn(values, axes=axes)


@implements(fourier_transform, "numpy")
def _transform_scipy(values: Any, axes: Axes, *, inverse: bool) -> Any:
    from scipy import fft

    transform = fft.ifft2 if inverse else fft.fft2
    return transform(values, axes=axes, workers=transform_threads(values.size))


def as_complex(real: Any, imaginary: Any) -> Any:
    """Join two real arrays; their dtype says which complex one is made."""
    xp = namespace(real)
    dtype = xp.complex128 if real.dtype == xp.float64 else xp.complex64
    return xp.astype(real, dtype) + 1j * xp.astype(imaginary, dtype)


@dispatched
def half_transform(values: Any, axes: Axes) -> Any:
    """Transform real floating-point `values`; of the second axis, frequencies 0 to ½ only: the others mirror them."""
    return namespace(values).fft.rfftn(values, axes=axes)


@dispatched
def half_transforms(first: Any, second: Any, axes: Axes) -> tuple[Any, Any]:
    """Return the half transforms of two arrays of one shape."""
    return half_transform(first, axes), half_transform(second, axes)


@dispatched
def half_inverse(transform: Any, lengths: tuple[int, int], axes: Axes) -> Any:
    """Return the real values of `lengths` along `axes` that have this half transform."""
    return namespace(transform).fft.irfftn(transform, s=lengths, axes=axes)


@implements(half_transform, "numpy")
def _half_scipy(values: Any, axes: Axes) -> Any:
    from scipy import fft

    return fft.rfft2(values, axes=axes, workers=transform_threads(values.size))


@implements(half_transforms, "numpy")
def _both_numpy(first: Any, second: Any, axes: Axes) -> tuple[Any, Any]:
    """Do so one on each thread, where one alone is too small for two."""
    made = [first, second]
    is_small = transform_threads(first.size) == 1
    by_packing = is_small and axes == (-2, -1) and is_packable(first.dtype, *first.shape[-2:])

    def transform(start: int, stop: int) -> None:
        for i in range(start, stop):
            made[i] = half_by_packing(made[i]) if by_packing else _half_scipy(made[i], axes)

    if is_small:
        run_bands(transform, 2, _COST * 2 * first.size)
    else:  # bands must not wait for threads of their own
        transform(0, 2)
    return made[0], made[1]


@implements(half_inverse, "numpy")
def _half_inverse_numpy(transform: Any, lengths: tuple[int, int], axes: Axes) -> Any:
    from scipy import fft

    workers = transform_threads(2 * transform.size)
    if workers == 1 and axes == (-2, -1) and is_packable(transform.real.dtype, *lengths):
        return inverse_by_packing(transform)
    return fft.irfft2(transform, s=lengths, axes=axes, workers=workers)
