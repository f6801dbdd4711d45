"""One image on one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from imgproc._array.dtypes import dtype_name, is_float
from imgproc._array.layout import channels_of, is_batch
from imgproc._checks import check_choice, check_image
from imgproc.arrays import to_numpy, to_uint8
from imgproc.typing import Array
from imgproc.viz.palette import label_colors

if TYPE_CHECKING:
    import matplotlib.axes

DataRange = tuple[float, float] | Literal["auto"] | None


def show(
    image: Array,
    *,
    title: str | None = None,
    data_range: DataRange = None,
    ax: matplotlib.axes.Axes | None = None,
) -> matplotlib.axes.Axes:
    """Draw an image with matplotlib, pixel by pixel, without axes.

    Parameters
    ----------
    image : one image of any kind: gray, RGB or RGBA
        Tensors and device arrays are copied to the host. Masks are black and white; floats mean [0, 1], uint8 and
        uint16 their full range; other integers are taken for labels, each with the colour of `overlay_labels`.
    title : str, optional
    data_range : (low, high) or "auto", optional
        Values that become black and white; "auto" takes the least and greatest finite ones. Integers of any dtype are
        then shown in gray.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Of what lies beyond the range, black or white. NaN is black.

    Raises
    ------
    TypeError
        `image` is no array of a real dtype.
    ValueError
        `image` is a batch (`grid` shows one), or has neither 1, 3 nor 4 channels; `data_range` is not increasing.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = show(np.eye(4), title="identity")
    >>> ax.get_title(), ax.images[0].get_array().shape
    ('identity', (4, 4, 3))
    """
    pixels = to_pixels(image, data_range)
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots()[1]
    draw_pixels(pixels, title, ax)
    return ax


def draw_pixels(pixels: np.ndarray, title: str | None, ax: matplotlib.axes.Axes) -> None:
    """Draw what `to_pixels` returned."""
    ax.imshow(pixels, interpolation="nearest")
    ax.set_axis_off()
    if title is not None:
        ax.set_title(title)


def to_pixels(image: Any, data_range: DataRange = None) -> np.ndarray:
    """Return what a screen shows of an image: uint8 (H, W, 3) or (H, W, 4), on the host."""
    check_image(image)
    if is_batch(image) or channels_of(image) not in (1, 3, 4):
        raise ValueError(f"image must be one image of 1, 3 or 4 channels, got shape {tuple(image.shape)}")
    if isinstance(data_range, str):
        check_choice(data_range, ("auto",), "data_range")
    host = to_numpy(image)
    flat = host[..., 0] if host.ndim == 3 and host.shape[2] == 1 else host
    if data_range is None and not is_float(flat) and dtype_name(flat) not in ("bool", "uint8", "uint16"):
        if flat.ndim == 3:
            raise ValueError(f"data_range must be given for {dtype_name(flat)} images of several channels, got None")
        palette = to_uint8(np.array(label_colors()))
        return np.asarray(palette[flat.astype(np.int64) % len(palette)])
    shown = to_uint8(flat, data_range=_finite_range(flat) if data_range == "auto" else data_range)
    return np.asarray(shown if shown.ndim == 3 else np.stack((shown,) * 3, axis=-1))


def _finite_range(x: np.ndarray) -> tuple[float, float]:
    finite = x[np.isfinite(x)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if low < high else (low, low + 1)
