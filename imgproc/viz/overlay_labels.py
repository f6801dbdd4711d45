"""Labels and masks in colour over the image they belong to."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from imgproc._array.convert import value_range
from imgproc._array.dtypes import cast_to, dtype_name, is_float, lift, restore
from imgproc._array.kinds import describe_type, kind, namespace
from imgproc._array.layout import channels_of, is_batch, size_of
from imgproc._checks import check_array, check_image, check_integer, check_number, check_same_kind
from imgproc.color.gray import gray_to_rgb
from imgproc.typing import ArrayT
from imgproc.viz.palette import label_colors

Color = tuple[float, float, float]


def overlay_labels(
    image: ArrayT,
    labels: ArrayT,
    *,
    alpha: float = 0.4,
    colors: Sequence[Color] | None = None,
    background: int | None = 0,
) -> ArrayT:
    """Colour the regions of a label image or a mask, with the image shining through.

    Parameters
    ----------
    image : one gray or RGB image; (H, W), (H, W, 1) or (H, W, 3); torch (H, W), (1, H, W) or (3, H, W)
        Floats mean [0, 1], uint8 and uint16 their full range, bool 0 and 1.
    labels : (H, W), integers or bool, of the library of `image`
    alpha : 0 to 1
        Share of the colour; 1 hides the image.
    colors : RGB triples in [0, 1], optional
        Label k has ``colors[k % len(colors)]``. By default a fixed palette of 256 in which labels near in number differ
        in hue, and 0 is black.
    background : int or None
        Pixels of this label stay as they are; None colours all.

    Returns
    -------
    (H, W, 3), torch (3, H, W); the dtype of `image`
        Rounded half to even once; float32 for masks.

    Raises
    ------
    TypeError
        `image` or `labels` is no array of a real dtype, they are of different libraries, or `labels` are floats.
    ValueError
        `image` is a batch, has neither one nor three channels, or is of integers that tell no range; `labels` have not
        its height and width; `alpha` or `colors` is out of range.

    Notes
    -----
    Not differentiable.

    Examples
    --------
    >>> image = np.full((1, 3), 100, np.uint8)
    >>> overlay_labels(image, np.array([[0, 1, 2]]), alpha=0.5, colors=[(0, 0, 0), (1, 0, 0), (0, 0, 1)]).tolist()
    [[[100, 100, 100], [178, 50, 50], [50, 50, 178]]]
    """
    _check_operands(image, labels)
    share = check_number(alpha, "alpha", at_least=0.0, at_most=1.0)
    table = label_colors() if colors is None else check_colors(colors)
    if background is not None:
        check_integer(background, "background", at_least=-(2**63), at_most=2**63 - 1)
    xp = namespace(image)
    rgb = gray_to_rgb(image) if channels_of(image) == 1 else image
    exact = lift(rgb)
    low, high = value_range(image)
    codes = cast_to(labels, "int64")
    shades = [[share * (low + component * (high - low)) for component in color] for color in table]
    palette = xp.asarray(shades, dtype=exact.dtype, device=exact.device)
    tint = xp.reshape(xp.take(palette, xp.reshape(codes % len(table), (-1,)), axis=0), (*size_of(image), 3))
    if kind(image) == "torch":
        tint = xp.permute_dims(tint, (2, 0, 1))
    tinted = restore((1 - share) * exact + tint, rgb)
    if background is None:
        return tinted  # type: ignore[no-any-return]
    stays = xp.expand_dims(codes == background, axis=0 if kind(image) == "torch" else -1)
    return xp.where(stays, cast_to(rgb, dtype_name(tinted)), tinted)  # type: ignore[no-any-return]


def _check_operands(image: Any, labels: Any) -> None:
    check_image(image)
    if is_batch(image) or channels_of(image) not in (1, 3):
        raise ValueError(f"image must be one image of one or three channels, got shape {tuple(image.shape)}")
    if not is_float(image) and dtype_name(image) not in ("bool", "uint8", "uint16"):
        raise ValueError(f"image must be bool, uint8, uint16 or float to be drawn on, got dtype {dtype_name(image)}")
    check_array(labels, "labels")
    if is_float(labels):
        raise TypeError(f"labels must be integers or bool, got dtype {dtype_name(labels)}")
    check_same_kind(image=image, labels=labels)
    if tuple(labels.shape) != size_of(image):
        raise ValueError(
            f"labels must have the height and width of image, got {tuple(labels.shape)} and {size_of(image)}"
        )


def check_colors(colors: Any) -> tuple[Color, ...]:
    """Require a sequence of RGB triples in [0, 1]."""
    rows = colors.tolist() if isinstance(colors, np.ndarray) else colors
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        raise TypeError(f"colors must be a sequence of RGB triples, got {describe_type(colors)}")
    if not rows or any(isinstance(row, str) or not isinstance(row, Sequence) or len(row) != 3 for row in rows):
        raise ValueError(f"colors must be RGB triples, got {colors!r}")
    red, green, blue = ([check_number(row[k], "colors", at_least=0.0, at_most=1.0) for row in rows] for k in range(3))
    return tuple(zip(red, green, blue, strict=True))
