"""Which of the four poses of an essential matrix has the scene in front of both cameras."""

from typing import Any

from imgproc._array.dtypes import cast_to, parameter_dtype
from imgproc._array.kinds import namespace
from imgproc._checks import check_finite
from imgproc.geometry.epipolar import check_pairs, line_of, matrix_for
from imgproc.geometry.essential import check_rank, cross, rotations_and_translation
from imgproc.geometry.fundamental import inverse_intrinsics
from imgproc.typing import Array, ArrayT


def recover_pose(E: Array, points1: ArrayT, points2: ArrayT, K1: Array, K2: Array) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Find the pose of the second camera that puts most points in front of both.

    Parameters
    ----------
    E : (3, 3), or (B, 3, 3) for a batch of point sets
        Essential matrix; of another one the nearest is taken.
    points1, points2 : (N, 2) or (B, N, 2), N at least 1; any real dtype
        (x, y) in pixels, row by row the same point of the scene; best the inliers alone.
    K1, K2 : (3, 3)
        Intrinsics of the cameras.

    Returns
    -------
    R : (3, 3) or (B, 3, 3); float32, or float64 for float64 and wide integers
        Rotation from camera 1 to camera 2: X2 = R X1 + t.
    t : (3,) or (B, 3)
        Translation, of norm 1: its length cannot be seen.
    mask : bool (N,) or (B, N)
        True for points in front of both cameras.

    Raises
    ------
    TypeError
        Points are no arrays of a real dtype and one library, or a matrix is of another library than they and NumPy.
    ValueError
        Shapes do not fit; NaN, infinity, or a singular `K1` or `K2` (not looked for on a device).
    DegenerateError
        No points, or `E` of rank 1 or 0 (the latter is not looked for on a device).

    Notes
    -----
    Not differentiable. A point is in front where the nearest points of its two rays are.

    References
    ----------
    .. [1] R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd ed., 2004, section 9.6.3.

    Examples
    --------
    >>> scene = np.array([[0.0, 0.0, 4.0], [1.0, 0.5, 5.0], [-1.0, 1.0, 3.0]])
    >>> moved = scene - (1, 0, 0)  # the second camera stands to the right
    >>> E = np.array([[0, 0, 0], [0, 0, 1], [0, -1, 0]])
    >>> R, t, mask = recover_pose(E, scene[:, :2] / scene[:, 2:], moved[:, :2] / moved[:, 2:], np.eye(3), np.eye(3))
    >>> np.diag(R).tolist(), t.tolist(), mask.tolist()
    ([1.0, 1.0, 1.0], [-1.0, 0.0, 0.0], [True, True, True])
    """
    check_pairs(points1, points2, batch=True, least=1)
    check_finite(points1=points1, points2=points2)
    exact = matrix_for(E, "E", points1)
    inverse1, inverse2 = inverse_intrinsics(K1, "K1", points1), inverse_intrinsics(K2, "K2", points1)
    unknown = check_rank(exact, "E")
    xp = namespace(points1)
    R1, R2, t = rotations_and_translation(exact)
    rays1 = line_of(inverse1, cast_to(points1, "float64"))
    rays2 = line_of(inverse2, cast_to(points2, "float64"))
    signs = [_signs_of_depths(R, t, rays1, rays2) for R in (R1, R2)]
    masks = [(z1 * s > 0) & (z2 * s > 0) for z1, z2 in signs for s in (1, -1)]  # -t turns both depths around
    mask = xp.stack(masks, axis=-2)
    counts = xp.sum(xp.astype(mask, xp.int64), axis=-1)
    best = xp.argmax(counts, axis=-1)
    R = xp.where((best < 2)[..., None, None], R1, R2) + unknown[..., None, None]
    t = xp.where((best % 2 == 0)[..., None], t, 0 - t) + unknown[..., None]
    is_best = xp.arange(4, device=R1.device) == best[..., None]
    mask = xp.any(mask & is_best[..., None], axis=-2)
    dtype = parameter_dtype(points1, points2)
    return cast_to(R, dtype), cast_to(t, dtype), mask


def _signs_of_depths(R: Any, t: Any, rays1: Any, rays2: Any) -> tuple[Any, Any]:
    """Return numbers (..., N) with the signs of both depths: of z2 rays2 = z1 R rays1 + t in the least squares."""
    xp = namespace(R)
    turned = xp.stack([sum(R[..., i, j, None] * rays1[j] for j in range(3)) for i in range(3)], axis=-1)
    second = xp.stack(rays2, axis=-1)
    normal = cross(turned, second)
    t = t[..., None, :]
    return xp.sum(cross(second, t) * normal, axis=-1), xp.sum(cross(turned, t) * normal, axis=-1)
