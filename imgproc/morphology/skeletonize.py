"""Skeletons of masks."""

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_mask
from imgproc.primitives.skeleton import thin_mask
from imgproc.typing import ArrayT


def skeletonize(mask: ArrayT) -> ArrayT:
    """Thin a mask to lines one pixel wide that are connected as it was.

    Parameters
    ----------
    mask : bool (H, W), or an image or batch of one channel
        Beyond the edge lies background.

    Returns
    -------
    bool (H, W), or (N, H, W, 1) of a batch
        As many components (of eight neighbours) and holes as `mask`. No pixel could go without joining two holes,
        parting or losing a component, or shortening a line.

    Raises
    ------
    TypeError
        `mask` is no bool array.
    ValueError
        `mask` is empty, of a wrong rank, or has several channels.

    Notes
    -----
    Not differentiable. Contours are removed in turn from two sides [1]_, where a pixel has at least three neighbours,
    so that slanted lines keep their length [2]_; a square of 2 x 2 pixels, which that would erase, leaves one. What is
    still two pixels wide is then thinned from four sides [3]_. scikit-image's skeletons are much alike, but keep the
    corners of stairs.

    References
    ----------
    .. [1] T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", CACM 27(3), 1984.
    .. [2] H. E. Lü and P. S. P. Wang, "A comment on 'A fast parallel algorithm for thinning digital patterns'", CACM
       29(3), 1986.
    .. [3] A. Rosenfeld, "A characterization of parallel thinning algorithms", Information and Control 29, 1975.

    Examples
    --------
    >>> bar = np.zeros((5, 9), bool); bar[1:4, 1:8] = True
    >>> skeletonize(bar)[2].astype(int).tolist()
    [0, 1, 1, 1, 1, 1, 0, 0, 0]
    """
    check_mask(mask)
    plane = drop_channel(mask)
    return thin_mask(plane, spatial_axes(plane))  # type: ignore[no-any-return]
