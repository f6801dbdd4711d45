"""Images of another size."""

from typing import Any, get_args

from imgproc._array.convert import copied
from imgproc._array.dtypes import cast_to, image_dtype
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import check_choice, check_flag, check_image, check_number, check_size
from imgproc.primitives.resample import Spacing, resample, select
from imgproc.typing import ArrayT, Interpolation


def resize(
    image: ArrayT, size: tuple[int, int], *, interpolation: Interpolation = "linear", antialias: bool = True
) -> ArrayT:
    """Lay the picture out on another number of pixels.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    size : (height, width), each at least 1
    interpolation : "linear", "nearest", "cubic", "area" or "lanczos"
        What a new pixel is made of: "linear" of the two old ones beside it on either axis, "cubic" of four (Keys,
        a = -1/2), "lanczos" of six; "area" is the mean over the area of the new pixel; "nearest" takes the old pixel
        that holds the new centre, as it is, and so keeps labels and masks.
    antialias : bool
        Where an axis shrinks, widen the kernel of "linear", "cubic" and "lanczos" by the factor, so that what is too
        fine for the new size is averaged away and not folded into false patterns. The others are not affected.

    Returns
    -------
    (height, width), with the channels and batch of `image`; the dtype of `image`
        Rounded half to even once. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `size` no pair of integers.
    ValueError
        `image` is empty or of another rank; a side is less than 1, or the result larger than the machine's memory;
        `interpolation` is none of the words.

    Notes
    -----
    Differentiable. Pixels are squares: new x lies at old (x + 1/2) * W / width - 1/2. Beyond the image there is
    nothing: the weights of what lies inside are scaled to sum to 1, as in Pillow and `torch.nn.functional.interpolate`
    with antialiasing, of which both results are these (Pillow rounds between the axes). At equal size the image returns
    bit for bit.

    References
    ----------
    .. [1] R. Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on Acoustics,
       Speech, and Signal Processing 29(6), 1981, equation 15.
    .. [2] K. Turkowski, "Filters for common resampling tasks", in Graphics Gems, 1990: kernels scaled for shrinking.

    Examples
    --------
    >>> stripes = np.array([[0, 240] * 4], np.uint8)
    >>> resize(stripes, (1, 4)).tolist()
    [[103, 120, 120, 137]]
    >>> resize(stripes, (1, 4), interpolation="nearest").tolist()
    [[240, 240, 240, 240]]
    """
    check_image(image)
    height, width = check_size(size, image)
    check_choice(interpolation, get_args(Interpolation), "interpolation")
    return _resize(image, (height, width), interpolation, check_flag(antialias, "antialias"))  # type: ignore[no-any-return]


def rescale(
    image: ArrayT,
    factor: float | tuple[float, float],
    *,
    interpolation: Interpolation = "linear",
    antialias: bool = True,
) -> ArrayT:
    """Resize by a factor.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    factor : > 0
        New size over old, or the two for (height, width). The new sides are rounded to whole pixels, halves to even,
        and at least 1; what happens then is exactly `resize` to that size.
    interpolation, antialias
        As of `resize`.

    Returns
    -------
    (round(factor * H), round(factor * W)), with the channels and batch of `image`; the dtype of `image`
        As of `resize`.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or `factor` no number or pair of numbers.
    ValueError
        `image` is empty or of another rank; `factor` is not above 0 or the result larger than the machine's memory;
        `interpolation` is none of the words.

    Notes
    -----
    Differentiable in the image.

    Examples
    --------
    >>> rescale(np.zeros((10, 7, 3)), 0.5).shape
    (5, 4, 3)
    """
    check_image(image)
    factors = factor if isinstance(factor, tuple | list) else (factor, factor)
    if len(factors) != 2:
        raise ValueError(f"factor must be a number or a pair (height, width), got {factor!r}")
    sides = [
        max(1, round(check_number(number, "factor", above=0.0) * side))
        for number, side in zip(factors, size_of(image), strict=True)
    ]
    check_choice(interpolation, get_args(Interpolation), "interpolation")
    is_smooth = check_flag(antialias, "antialias")
    return _resize(image, check_size(sides, image, "factor times size"), interpolation, is_smooth)  # type: ignore[no-any-return]


def _resize(image: Any, size: tuple[int, int], interpolation: Interpolation, antialias: bool) -> Any:
    old, axes = size_of(image), spatial_axes(image)
    if interpolation == "nearest":
        return select(image, (old[0], size[0]), (old[1], size[1]), axes)
    dtype = image_dtype(image)
    if size == old:
        return cast_to(copied(image), dtype)
    rows, columns = (Spacing(*sides, interpolation, antialias) for sides in zip(old, size, strict=True))
    return resample(image, rows, columns, axes, dtype)
