"""Spectra of images."""

from typing import Any

from imgproc._array.dtypes import lift
from imgproc._array.kinds import namespace
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_array, check_flag, check_image
from imgproc.primitives.fourier_transform import fourier_transform
from imgproc.primitives.gradient import direction, magnitude
from imgproc.typing import ArrayT


def fft2(image: ArrayT, *, centered: bool = False) -> ArrayT:
    """Compute the discrete Fourier transform of each channel.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    centered : bool
        Put frequency 0 at (H // 2, W // 2) instead of (0, 0).

    Returns
    -------
    complex64, shape of `image`
        complex128 for float64 and integers of 32 bits and more. Not normalised: the entry of frequency 0 is the sum of
        the pixels. Row k holds the frequency k / H cycles per pixel in y, of which 1 is taken away from ½ on.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `centered` no bool.
    ValueError
        `image` is empty or of another rank.

    Notes
    -----
    Differentiable. A NaN spreads everywhere.

    Examples
    --------
    >>> waves = np.cos(2 * np.pi * np.arange(8) / 4) * np.ones((2, 1))
    >>> np.abs(fft2(waves))[0].round(6).tolist()
    [0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 8.0, 0.0]
    """
    check_image(image)
    check_flag(centered, "centered")
    axes = spatial_axes(image)
    made = fourier_transform(lift(image), axes, inverse=False)
    return namespace(made).fft.fftshift(made, axes=axes) if centered else made  # type: ignore[no-any-return]


def ifft2(transform: ArrayT, *, centered: bool = False) -> ArrayT:
    """Return the image whose Fourier transform is given.

    Parameters
    ----------
    transform : complex (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W)
        What `fft2` gives; real dtypes are taken as complex numbers without imaginary part.
    centered : bool
        Whether frequency 0 is at (H // 2, W // 2).

    Returns
    -------
    complex64 or complex128, shape of `transform`
        Take `.real` of what came from an image.

    Raises
    ------
    TypeError
        `transform` is no array of numbers, or `centered` no bool.
    ValueError
        `transform` is empty or of another rank.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> image = np.arange(6.0).reshape(2, 3)
    >>> ifft2(fft2(image)).real.round(12).tolist()
    [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    """
    values = _checked(transform)
    check_flag(centered, "centered")
    axes = spatial_axes(values)
    if centered:
        values = namespace(values).fft.ifftshift(values, axes=axes)
    return fourier_transform(values, axes, inverse=True)  # type: ignore[no-any-return]


def _checked(transform: Any) -> Any:
    """Require an array with the shape of an image, complex or real; return it in floating point."""
    is_complex = str(getattr(transform, "dtype", "")).rpartition(".")[2] in ("complex64", "complex128")
    if not is_complex:
        check_array(transform, "transform")
    check_image(namespace(transform).real(transform) if is_complex else transform, "transform")
    return transform if is_complex else lift(transform)


def spectrum(image: ArrayT) -> tuple[ArrayT, ArrayT]:
    """Tell how strong each frequency is in each channel, and where its waves lie.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype

    Returns
    -------
    (magnitude, phase)
        Each float32, or float64 for float64 and integers of 32 bits and more, of the shape of `image`, with frequency 0
        at (H // 2, W // 2). The phase is in radians, in (-pi, pi], and 0 where the magnitude is 0.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is empty or of another rank.

    Notes
    -----
    Differentiable; both gradients are 0 where the magnitude is 0.

    Examples
    --------
    >>> strong, phase = spectrum(np.array([[1.0, -1.0, 1.0, -1.0]]))
    >>> strong.tolist(), phase.tolist()
    ([[4.0, 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, 0.0]])
    """
    transform: Any = fft2(image, centered=True)
    xp = namespace(transform)
    real, imaginary = xp.real(transform), xp.imag(transform)
    # these frequencies are their own mirrors: what is there but a real number is rounding, and would toss the phase of
    # a negative one between pi and -pi
    imaginary = xp.where(_is_its_mirror(imaginary), xp.zeros_like(imaginary), imaginary)
    return magnitude(real, imaginary), direction(real, imaginary)


def _is_its_mirror(centred: Any) -> Any:
    """Mark frequencies f with f = -f, to broadcast: 0, and ½ where the length is even."""
    xp, marks = namespace(centred), None
    for axis in spatial_axes(centred):
        length = centred.shape[axis]
        place = xp.arange(length, dtype=xp.int64, device=centred.device)
        own = (place == length // 2) | ((place == 0) & (length % 2 == 0))
        own = xp.reshape(own, tuple(-1 if k == axis else 1 for k in range(centred.ndim)))
        marks = own if marks is None else marks & own
    return marks
