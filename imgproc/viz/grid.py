"""Several images side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgproc._checks import check_integer, check_number
from imgproc.typing import Array
from imgproc.viz.show import DataRange, draw_pixels, to_pixels

if TYPE_CHECKING:
    import matplotlib.figure


def grid(
    images: Sequence[Array],
    *,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    data_range: DataRange = None,
    panel_inches: float = 3.0,
) -> matplotlib.figure.Figure:
    """Draw images in rows and columns of one figure, each as `show` draws it.

    Parameters
    ----------
    images : sequence of images of any kind, or a batch
        They may differ in kind, size and dtype.
    titles : as many as images, optional
    columns : int, optional
        By default as many as make the grid nearly square.
    data_range : (low, high) or "auto", optional
        As of `show`; "auto" looks at each image on its own.
    panel_inches : inches, > 0
        Width and height of a panel.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        One of `images` is no array of a real dtype.
    ValueError
        There are no images, not as many titles as images, or one cannot be shown.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> figure = grid([np.eye(4), torch.zeros(3, 4, 5), np.eye(4) > 0], titles=["a", "b", "c"])
    >>> [ax.get_title() for ax in figure.axes]
    ['a', 'b', 'c']
    """
    panels = list(images)
    if not panels:
        raise ValueError("images must not be empty, got none")
    if titles is not None and len(titles) != len(panels):
        raise ValueError(f"titles must be as many as images, got {len(titles)} and {len(panels)}")
    across = math.ceil(math.sqrt(len(panels))) if columns is None else check_integer(columns, "columns", at_least=1)
    side = check_number(panel_inches, "panel_inches", above=0.0)
    pixels = [to_pixels(image, data_range) for image in panels]  # all, before a figure is made
    from matplotlib import pyplot

    down = math.ceil(len(panels) / across)
    figure = pyplot.figure(figsize=(side * across, side * down), layout="constrained")
    for index, panel in enumerate(pixels):
        draw_pixels(panel, None if titles is None else titles[index], figure.add_subplot(down, across, index + 1))
    return figure
