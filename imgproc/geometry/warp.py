"""Images moved by a matrix."""

from typing import Any

import numpy as np

from imgproc._array.kinds import find_kind, namespace
from imgproc._array.layout import is_batch, size_of, spatial_axes
from imgproc._checks import can_look, check_border, check_choice, check_flag, check_image, check_matrix, check_size
from imgproc.primitives.interpolation import TAPS
from imgproc.primitives.sample import sample_projected
from imgproc.primitives.sample_antialiased import sample_antialiased
from imgproc.typing import Array, ArrayT, Border, Interpolation

_SIDE = range(3)
_ROUNDING = 16 * float(np.finfo(np.float64).eps)


def warp(
    image: ArrayT,
    matrix: Array,
    *,
    size: tuple[int, int] | None = None,
    inverse: bool = False,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
    antialias: bool = False,
) -> ArrayT:
    """Move an image by an affine or projective matrix.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    matrix : (3, 3), invertible; or (N, 3, 3), one for each image of a batch
        Takes the source position (x, y, 1) to the target; of any scale. NumPy arrays and lists serve images of any
        library; gradients flow to a tensor.
    size : (height, width), optional
        Of the result, by default that of `image`.
    inverse : bool
        Whether `matrix` takes the target position to the source instead.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        What a result is made of: "linear" of the four pixels about its source position, "cubic" (Keys, a = -1/2) of 16,
        "lanczos" (three lobes) of 36; "nearest" takes one as it is, that of greater x or y if two are as near, and so
        keeps labels of any integer dtype, and masks.
    border, fill
        What lies beyond the edge. `fill` is the value of "constant", taken to the dtype of `image`; a pixel half
        outside blends with it. It also stands where the source is at infinity, whatever the border.
    antialias : bool
        Where the result is smaller than the source, widen the kernel to the size of its pixels, so that what is too
        fine is averaged away and not folded into false patterns. "nearest" is not affected.

    Returns
    -------
    `size`, with the channels and batch of `image`; the dtype of `image`
        Rounded half to even once. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` or `matrix` is no array of a real dtype, or `matrix` is of a third library.
    ValueError
        `image` is empty or of another rank; `matrix` has another shape, or is not finite or not invertible; a side of
        the result is less than 1 or the result is larger than the machine's memory; `interpolation`, `border` or `fill`
        is none of the words.

    Notes
    -----
    Differentiable with respect to the image and to the matrix; for "nearest" to the image alone. At whole positions the
    gradient of "linear" to the matrix is that towards +x, +y.

    Positions are float64 for every dtype, so that moves by whole pixels and quarter turns are exact bit for bit. A NaN
    spreads to the pixels in whose mean it has a weight. A homography takes every point to one point, also those beyond
    its horizon: nothing is cut off there. A matrix on a device, or under a transform of torch, is not looked at: if it
    is singular, the result is `fill`.

    With `antialias`, let J be the derivative of the source by the target position and J = U S Vᵀ. The kernel
    k(dx) k(dy) is stretched by U max(S, 1) Uᵀ, at most 256 times, and its weights are scaled to sum to 1. A plain
    reduction equals `resize` with antialiasing, but at the border, where that leaves out what is outside. A matrix on a
    device must then be waited for, but on CuPy and CUDA without gradients.

    References
    ----------
    .. [1] R. Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on Acoustics,
       Speech, and Signal Processing 29(6), 1981, equation 15.
    .. [2] P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 3.5: resampling filters
       stretched by the Jacobian, of which the kernels here are the separable kind.

    Examples
    --------
    >>> image = np.array([[10, 20, 30]], np.uint8)
    >>> warp(image, [[1, 0, 1], [0, 1, 0], [0, 0, 1]]).tolist()
    [[0, 10, 20]]
    >>> warp(image, [[1, 0, 0.5], [0, 1, 0], [0, 0, 1]], border="edge").tolist()
    [[10, 15, 25]]
    """
    check_image(image)
    outside = check_sampling(image, interpolation, border, fill)
    to_source = _matrix_to_source(image, matrix, is_inverse=check_flag(inverse, "inverse"))
    made = size_of(image) if size is None else check_size(size, image)
    is_smooth = check_flag(antialias, "antialias") and interpolation != "nearest"
    read = sample_antialiased if is_smooth else sample_projected
    return read(image, to_source, made, spatial_axes(image), interpolation, border, outside)  # type: ignore[no-any-return]


def check_sampling(image: Any, interpolation: Any, border: Any, fill: Any) -> float:
    """Require an interpolation between positions and a border; return the fill value."""
    check_choice(interpolation, tuple(TAPS), "interpolation")
    return check_border(border, fill, image)


def _matrix_to_source(image: Any, matrix: Any, *, is_inverse: bool) -> Any:
    """Return the float64 matrix from target to source; that of an affine map ends with exactly (0, 0, 1)."""
    is_host = find_kind(matrix) in (None, "numpy")
    exact = check_matrix(matrix, "matrix", np.empty(0) if is_host else image, batch=True)
    if exact.ndim == 3 and (not is_batch(image) or len(exact) != image.shape[0]):
        raise ValueError(
            f"matrix must be (3, 3), or (N, 3, 3) for a batch of N images, got {tuple(exact.shape)} for an image of "
            f"shape {tuple(image.shape)}"
        )
    entries = (
        exact.ravel().tolist() if is_host and exact.ndim == 2 else [exact[..., i, j] for i in _SIDE for j in _SIDE]
    )
    determinant, greatest = _determinant(entries)
    if can_look(exact) and _any(abs(determinant) <= _ROUNDING * greatest):
        raise ValueError(f"matrix must be invertible, got determinant {_first(determinant):g}")
    if not is_inverse:
        exact = np.linalg.inv(exact) if is_host else _adjugate(entries) / determinant[..., None, None]
    return _with_last_row_of_affine(exact)


def _with_last_row_of_affine(matrix: Any) -> Any:
    """Scale matrices whose last row is (0, 0, w) to end with exactly 1."""
    if isinstance(matrix, np.ndarray) and matrix.ndim == 2:
        first, second, last = matrix[2].tolist()
        return matrix / last if first == 0 == second else matrix
    xp = namespace(matrix)
    is_affine = (matrix[..., 2:, 0:1] == 0) & (matrix[..., 2:, 1:2] == 0)
    return matrix / xp.where(is_affine, matrix[..., 2:, 2:], xp.ones_like(matrix[..., 2:, 2:]))


def _any(claims: Any) -> bool:
    return claims if isinstance(claims, bool) else bool(namespace(claims).any(claims))


def _first(determinants: Any) -> float:
    one = determinants[0] if getattr(determinants, "ndim", 0) else determinants
    return float(one.detach() if hasattr(one, "detach") else one)


def _determinant(entries: list[Any]) -> tuple[Any, Any]:
    """Return the determinant of nine entries, row by row, and what it would be if no products cancelled."""
    a, b, c, d, e, f, g, h, i = entries
    products = (a * e * i, -a * f * h, -b * d * i, b * f * g, c * d * h, -c * e * g)
    return sum(products[1:], products[0]), sum((abs(x) for x in products[1:]), abs(products[0]))


def _adjugate(entries: list[Any]) -> Any:
    """Return (..., 3, 3)."""
    a, b, c, d, e, f, g, h, i = entries
    xp = namespace(a)
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
