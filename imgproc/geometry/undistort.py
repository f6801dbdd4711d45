"""Images as a camera without distortion would have taken them."""

from typing import Any

import numpy as np

from imgproc._array.kinds import find_kind, namespace
from imgproc._array.layout import size_of, spatial_axes
from imgproc._checks import can_look, check_border, check_choice, check_image, check_matrix, check_size
from imgproc.geometry.distortion import coefficients_for, intrinsics_for
from imgproc.primitives.lens_distortion import distorted_grid
from imgproc.primitives.sample import sample
from imgproc.typing import Array, ArrayT, Border, Interpolation

_WORDS = ("linear", "nearest", "cubic", "lanczos")


def undistort(
    image: ArrayT,
    K: Array,
    distortion: Array,
    *,
    matrix: Array | None = None,
    size: tuple[int, int] | None = None,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0.0,
) -> ArrayT:
    """Take the distortion of a lens out of an image.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
    K : (3, 3)
        Intrinsics of the camera, last row (0, 0, 1).
    distortion : (D,), D 4, 5 or 8
        Of its lens, as in `distort_points`.
    matrix : (3, 3), optional
        Moves the result within the same resampling, as `warp` would: ``new_K @ inv(K)`` gives other intrinsics,
        `Rectification.H1` rectifies.
    size : (height, width), optional
        Of the result; that of `image` by default.
    interpolation : "linear", "nearest", "cubic" or "lanczos"
        What is read between pixels; "nearest" changes no value, and so keeps labels and masks.
    border, fill
        What lies beyond the edge; `fill` is the value of "constant".

    Returns
    -------
    `size`, with the channels and batch of `image`; the dtype of `image`
        Rounded once for integers. Masks give float32, but for "nearest", which keeps them.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype; `K`, `distortion` or `matrix` is of another library than it and NumPy;
        `size` is no pair of integers or `fill` no number.
    ValueError
        `image` is empty or of another rank; `K`, `distortion` or `matrix` has another shape, is singular, or holds NaN
        or infinity (not looked for on a device); `size` is out of range; `interpolation` or `border` is none of the
        words.

    Notes
    -----
    Differentiable with respect to the image, and to `K`, `distortion` and `matrix` where interpolation is smooth. Every
    pixel of the result reads the image once, where `distort_points` puts it, in float64.

    Examples
    --------
    >>> image = np.arange(25.0).reshape(5, 5)
    >>> K = [[2, 0, 2], [0, 2, 2], [0, 0, 1]]
    >>> undistort(image, K, [-0.25, 0, 0, 0])[2].tolist()  # what the barrel drew in moves out again
    [10.5, 11.0625, 12.0, 12.9375, 13.5]
    """
    check_image(image)
    exact, k = intrinsics_for(K, image), coefficients_for(distortion, image)
    back = _inverse(np.eye(3) if matrix is None else matrix, image)
    made = size_of(image) if size is None else check_size(size, image)
    check_choice(interpolation, _WORDS, "interpolation")
    outside = check_border(border, fill, image)
    x, y = distorted_grid(back, exact, k, made)
    return sample(image, x, y, spatial_axes(image), interpolation, border, outside)  # type: ignore[no-any-return]


def _inverse(matrix: Any, image: Any) -> Any:
    """Require an invertible (3, 3) of any scale; return its inverse, by cofactors, which no device has to wait for."""
    exact = check_matrix(matrix, "matrix", image)
    looked_at = np.asarray(matrix, np.float64) if find_kind(matrix) in (None, "numpy") else exact
    _, determinant = _cofactors(looked_at)
    if can_look(looked_at) and not bool(determinant != 0):
        raise ValueError(f"matrix must not be singular, got {matrix}")
    columns, determinant = _cofactors(exact)
    return columns / determinant


def _cofactors(matrix: Any) -> tuple[Any, Any]:
    """Return the transposed cofactors and the determinant."""
    xp = namespace(matrix)
    a, b, c = ([matrix[i, j] for j in range(3)] for i in range(3))

    def cross(u: list[Any], v: list[Any]) -> Any:
        return xp.stack((u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]))

    columns = xp.stack((cross(b, c), cross(c, a), cross(a, b)), axis=1)
    return columns, xp.sum(matrix[0, :] * columns[:, 0])
