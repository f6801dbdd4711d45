"""An affine matrix taken apart into the numbers that make it."""

from dataclasses import dataclass
from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import describe_type, find_kind, namespace
from imgproc._checks import can_look, check_matrix
from imgproc.typing import Array, ArrayT

_NOTHING = 1e-12
"""A share of the matrix this small is rounding."""


@dataclass(frozen=True)
class AffineParts:
    """The arguments of `affine`: `affine(**vars(parts))` is the matrix again.

    Attributes
    ----------
    scale : (2,) or (B, 2)
        Along x, positive, and along y, negative for a mirror image.
    angle : () or (B,)
        Radians in [-pi, pi], from +x towards +y.
    shear : () or (B,)
        Pixels per pixel along x, before the turn.
    translation : (2,) or (B, 2)
        Pixels.
    """

    scale: Array
    angle: Array
    shear: Array
    translation: Array


def decompose_affine(matrix: ArrayT) -> AffineParts:
    """Take an affine matrix apart into scale, angle, shear and translation.

    Parameters
    ----------
    matrix : (3, 3) or (B, 3, 3); any real dtype
        Last row (0, 0, h): all of it is divided by h.

    Returns
    -------
    AffineParts
        The arguments of `affine`, each with a leading (B,) for a batch; float32, or float64 for float64 and wide
        integers.

    Raises
    ------
    TypeError
        `matrix` is no array of a real dtype.
    ValueError
        `matrix` has another shape, holds NaN or infinity, is singular, or has another last row. On a device nothing is
        looked at: the parts of a singular matrix are inf or NaN there.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> parts = decompose_affine(np.array([[0.0, -3.0, 10.0], [2.0, 0.0, 20.0], [0.0, 0.0, 1.0]]))
    >>> parts.scale.tolist(), round(float(parts.angle), 4), parts.translation.tolist()
    ([2.0, 3.0], 1.5708, [10.0, 20.0])
    """
    if find_kind(matrix) is None:
        raise TypeError(f"matrix must be a NumPy, CuPy or torch array, got {describe_type(matrix)}")
    exact = check_matrix(matrix, "matrix", matrix, batch=True)
    xp = namespace(exact)
    _check_affine(exact, xp)
    exact = exact / exact[..., 2:, 2:]
    a, b, c, d = (exact[..., i, j] for i in range(2) for j in range(2))
    sx = xp.sqrt(a * a + c * c)
    determinant = a * d - b * c
    scale = xp.stack([sx, determinant / sx], axis=-1)
    parts = scale, xp.atan2(c, a), (a * b + c * d) / determinant, exact[..., :2, 2]
    # arithmetic on NumPy arrays () makes scalars
    whole = (part if find_kind(part) else xp.asarray(part) for part in parts)
    return AffineParts(*(cast_to(part, parameter_dtype(matrix)) for part in whole))


def _check_affine(matrix: Any, xp: Any) -> None:
    if not can_look(matrix):
        return
    linear, bottom = matrix[..., :2, :2], matrix[..., 2, :]
    greatest = xp.max(xp.abs(matrix))
    if bool(xp.any(xp.abs(bottom[..., :2]) > _NOTHING * greatest)) or bool(xp.any(bottom[..., 2] == 0)):
        raise ValueError(f"matrix must be affine, with a last row (0, 0, h), got {matrix}")
    size = xp.sum(linear * linear, axis=(-2, -1))
    determinant = linear[..., 0, 0] * linear[..., 1, 1] - linear[..., 0, 1] * linear[..., 1, 0]
    if bool(xp.any(xp.abs(determinant) <= _NOTHING * size)):
        raise ValueError(f"matrix must not be singular, got {matrix}")
