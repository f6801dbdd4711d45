"""Masks without specks and without holes."""

from typing import Literal

from imgproc._array.layout import drop_channel, spatial_axes
from imgproc._checks import check_choice, check_integer, check_mask
from imgproc.primitives.component_size import keep_components
from imgproc.typing import ArrayT

_NEVER = 2**31 - 1
"""More pixels than a plane has."""


def fill_holes(mask: ArrayT, *, max_size: int | None = None, connectivity: Literal[4, 8] = 8) -> ArrayT:
    """Fill the holes of a mask: background that does not reach the edge of the image.

    Parameters
    ----------
    mask : bool (H, W), or an image or batch of one channel
    max_size : pixels, optional
        Holes of more pixels stay; by default all are filled.
    connectivity : 4 or 8
        Of the foreground; the background is joined the other way, by sides alone where corners join the foreground.

    Returns
    -------
    bool (H, W), or (N, H, W, 1) of a batch

    Raises
    ------
    TypeError
        `mask` is no bool array; `max_size` is no integer.
    ValueError
        `mask` is empty, of a wrong rank, or has several channels; `max_size` is negative; `connectivity` is neither 4
        nor 8.

    Notes
    -----
    Not differentiable. Background at the edge of the image is no hole, however small (scikit-image's
    `remove_small_holes` fills that too).

    References
    ----------
    .. [1] A. Rosenfeld, "Connectivity in digital pictures", Journal of the ACM 17(1), 1970.

    Examples
    --------
    >>> ring = np.ones((3, 3), bool); ring[1, 1] = False
    >>> bool(fill_holes(ring).all()), bool(fill_holes(ring, max_size=0).all())
    (True, False)
    """
    check_mask(mask)
    largest = _NEVER - 1 if max_size is None else check_integer(max_size, "max_size", at_least=0, at_most=_NEVER - 1)
    check_choice(connectivity, (4, 8), "connectivity")
    plane = drop_channel(mask)
    return ~keep_components(~plane, spatial_axes(plane), 12 - connectivity, largest + 1, True)  # type: ignore[no-any-return]


def remove_small(mask: ArrayT, min_size: int = 64, *, connectivity: Literal[4, 8] = 8) -> ArrayT:
    """Remove the small components of a mask.

    Parameters
    ----------
    mask : bool (H, W), or an image or batch of one channel
    min_size : pixels, >= 0
        Components of fewer pixels go.
    connectivity : 4 or 8
        Whether pixels are joined by sides alone, or by corners too.

    Returns
    -------
    bool (H, W), or (N, H, W, 1) of a batch

    Raises
    ------
    TypeError
        `mask` is no bool array; `min_size` is no integer.
    ValueError
        `mask` is empty, of a wrong rank, or has several channels; `min_size` is negative; `connectivity` is neither 4
        nor 8.

    Notes
    -----
    Not differentiable.

    References
    ----------
    .. [1] A. Rosenfeld, "Connectivity in digital pictures", Journal of the ACM 17(1), 1970.

    Examples
    --------
    >>> remove_small(np.array([[1, 0, 1, 1]]) > 0, 2).astype(int).tolist()
    [[0, 0, 1, 1]]
    """
    check_mask(mask)
    smallest = check_integer(min_size, "min_size", at_least=0)
    check_choice(connectivity, (4, 8), "connectivity")
    plane = drop_channel(mask)
    return keep_components(plane, spatial_axes(plane), connectivity, smallest, False)  # type: ignore[no-any-return]
