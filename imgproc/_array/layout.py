"""Where rows, columns and channels are: told by array library and rank, never by size."""

from typing import Any

from imgproc._array.kinds import kind


def spatial_axes(x: Any) -> tuple[int, int]:
    """Return the axes of rows and columns of an image or a batch.

    NumPy and CuPy images are (H, W), (H, W, C) or (N, H, W, C); torch images are (H, W), (C, H, W) or (N, C, H, W).

    Parameters
    ----------
    x : image or batch

    Returns
    -------
    (int, int)
        Non-negative axes of rows and of columns.

    Raises
    ------
    TypeError
        `x` is no array of a supported library.
    ValueError
        Its rank is not 2, 3 or 4.

    Examples
    --------
    >>> spatial_axes(np.zeros((480, 640, 3))), spatial_axes(np.zeros((8, 480, 640, 3)))
    ((0, 1), (1, 2))
    """
    rank = _rank(x)
    if kind(x) == "torch":
        return rank - 2, rank - 1
    return (1, 2) if rank == 4 else (0, 1)


def channel_axis(x: Any) -> int | None:
    """Return the axis of channels, or None for an image (H, W).

    Parameters
    ----------
    x : image or batch

    Returns
    -------
    int or None
        Non-negative.

    Raises
    ------
    TypeError, ValueError
        As `spatial_axes`.

    Examples
    --------
    >>> channel_axis(np.zeros((480, 640, 3))), channel_axis(np.zeros((480, 640)))
    (2, None)
    """
    rank = _rank(x)
    if rank == 2:
        return None
    return rank - 3 if kind(x) == "torch" else rank - 1


def _rank(x: Any) -> int:
    kind(x)
    rank = x.ndim
    if rank not in (2, 3, 4):
        raise ValueError(f"image must have 2, 3 or 4 axes, got shape {tuple(x.shape)}")
    return int(rank)


def channels_of(x: Any) -> int:
    """Count the channels of an image or batch; (H, W) has one."""
    axis = channel_axis(x)
    return 1 if axis is None else int(x.shape[axis])


def size_of(x: Any) -> tuple[int, int]:
    """Return (height, width)."""
    row, column = spatial_axes(x)
    return int(x.shape[row]), int(x.shape[column])


def is_batch(x: Any) -> bool:
    """Say whether `x` has an axis of images."""
    return _rank(x) == 4


def drop_channel(x: Any) -> Any:
    """Return an image of one channel as (H, W); a batch keeps its axis of channels."""
    axis = channel_axis(x)
    return x if axis is None or is_batch(x) else x[(slice(None),) * axis + (0, ...)]
