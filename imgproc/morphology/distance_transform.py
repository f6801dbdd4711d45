"""Distances to the background."""

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_mask
from imgproc.primitives.distance import euclidean_distance
from imgproc.typing import ArrayT


def distance_transform(mask: ArrayT) -> ArrayT:
    """Measure the distance from each True pixel to the nearest False one.

    Parameters
    ----------
    mask : bool (H, W), or an image or batch of one channel

    Returns
    -------
    float32 (H, W), or (N, H, W, 1) of a batch
        Pixels, between centres: 0 at False pixels, 1 beside them; inf in an image without any. Squares of distances are
        whole numbers, and computed so: each distance is the exact root, rounded once.

    Raises
    ------
    TypeError
        `mask` is no bool array.
    ValueError
        `mask` is empty, of a wrong rank, or has several channels.

    Notes
    -----
    Not differentiable. Time grows with the number of pixels alone [1]_ [2]_. Distances to a shape are those of
    ``~shape``.

    References
    ----------
    .. [1] A. Meijster, J. Roerdink and W. Hesselink, "A general algorithm for computing distance transforms in linear
       time", Mathematical Morphology and its Applications to Image and Signal Processing, 2000.
    .. [2] P. Felzenszwalb and D. Huttenlocher, "Distance transforms of sampled functions", Theory of Computing 8, 2012.

    Examples
    --------
    >>> distance_transform(np.array([[False, True, True, True]])).tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    """
    check_mask(mask)
    plane = drop_channel(mask)
    return euclidean_distance(plane, spatial_axes(plane))  # type: ignore[no-any-return]
