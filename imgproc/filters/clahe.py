"""Local contrast, limited."""

from imgproc._array.dtypes import image_dtype
from imgproc._array.layout import spatial_axes
from imgproc._checks import check_data_range, check_image, check_integer, check_number
from imgproc.primitives.tone_tables import is_counted_by_value, map_through_tables, tile_sides, tile_tables
from imgproc.typing import ArrayT


def clahe(
    image: ArrayT,
    *,
    clip_limit: float = 2.0,
    tiles: tuple[int, int] = (8, 8),
    bins: int = 256,
    data_range: tuple[float, float] | None = None,
) -> ArrayT:
    """Equalize the histogram around each pixel, no grey level being raised above a limit.

    Parameters
    ----------
    image : (H, W), (H, W, C) or (N, H, W, C); torch (H, W), (C, H, W) or (N, C, H, W); any real dtype
        Each channel is treated by itself.
    clip_limit : > 0
        Greatest count of a bin, in multiples of the mean; what is above is shared out among all bins. Slopes of the
        mapping stay below it.
    tiles : (down, across)
        How many tiles have a histogram of their own; the image is mirrored to fill the last ones.
    bins : int, 2 to 65536
        For floats and wide integers. 8- and 16-bit integers are counted by value.
    data_range : (low, high), optional
        Values of black and white; needed for integers other than uint8 and uint16. Values outside count as these.

    Returns
    -------
    shape and dtype of `image` (float32 for masks)
        Between the centres of tiles their mappings are blended linearly; rounded once for integers. NaN stays NaN.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype, or a parameter is no number.
    ValueError
        `image` is empty or of another rank; `clip_limit`, `tiles`, `bins` or `data_range` is out of range.

    Notes
    -----
    Not differentiable. Within one grey level of OpenCV's, which rounds each mapping before it blends them. Bins of
    floats are joined by straight lines, so that no steps appear.

    References
    ----------
    .. [1] K. Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994, VIII.5.

    Examples
    --------
    >>> dark = np.repeat(np.arange(16, dtype=np.uint8), 16).reshape(16, 16)
    >>> int(dark.max()), int(clahe(dark, tiles=(1, 1), clip_limit=1000).max())
    (15, 255)
    """
    check_image(image)
    limit = check_number(clip_limit, "clip_limit", above=0.0)
    grid = check_tiles(tiles)
    count = check_integer(bins, "bins", at_least=2, at_most=65536)
    low, high = check_data_range(data_range, image)
    if is_counted_by_value(image, low, high):
        count = int(high - low) + 1
    axes = spatial_axes(image)
    sides = tile_sides(image, axes, grid)
    area = sides[0] * sides[1]
    most = max(int(min(limit * area / count, area)), 1)
    tables = tile_tables(image, axes, grid, count, low, high, most)
    return map_through_tables(image, tables, axes, sides, low, high, image_dtype(image))  # type: ignore[no-any-return]


def check_tiles(tiles: object) -> tuple[int, int]:
    """Require (down, across), each at least 1."""
    if not isinstance(tiles, tuple | list) or len(tiles) != 2:
        raise ValueError(f"tiles must be (down, across), got {tiles!r}")
    down, across = (check_integer(n, "tiles", at_least=1, at_most=4096) for n in tiles)
    return down, across
