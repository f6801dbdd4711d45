"""Connected components."""

from typing import Literal

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_choice, check_mask
from imgproc.primitives.label import connected_components
from imgproc.typing import ArrayT


def label(mask: ArrayT, *, connectivity: Literal[4, 8] = 8) -> ArrayT:
    """Number the connected components of a mask.

    Parameters
    ----------
    mask : bool (H, W), or an image or batch of one channel
    connectivity : 4 or 8
        Whether pixels are joined by sides alone, or by corners too.

    Returns
    -------
    int32 (H, W), or (N, H, W, 1) of a batch
        0 outside; components are 1, 2, ... in the order of their first pixel, row by row, anew in every image.

    Raises
    ------
    TypeError
        `mask` is no bool array.
    ValueError
        `mask` is empty, of a wrong rank, or has several channels; `connectivity` is neither 4 nor 8.

    Notes
    -----
    Not differentiable. On NumPy, runs of pixels are joined [1]_, on CuPy pixels [2]_; the numbers are the same.

    References
    ----------
    .. [1] L. He, Y. Chao and K. Suzuki, "A run-based two-scan labeling algorithm", IEEE Transactions on Image
       Processing 17(5), 2008.
    .. [2] D. P. Playne and K. Hawick, "A new algorithm for parallel connected-component labelling on GPUs", IEEE
       Transactions on Parallel and Distributed Systems 29(6), 2018.

    Examples
    --------
    >>> label(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]) > 0).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 2]]
    """
    check_mask(mask)
    check_choice(connectivity, (4, 8), "connectivity")
    plane = drop_channel(mask)
    return connected_components(plane, spatial_axes(plane), connectivity)  # type: ignore[no-any-return]
