"""Moves to draw: each step holds ranges, and draws from them where one sample goes."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deep.data.augment.motion import Affine, Field, Size, window_to
from imgproc._checks import check_integer, check_number

__all__ = ["Crop", "LocalWarp", "Mirror", "OverlapCrop", "ResizedCrop", "Rotate", "Shear", "Step", "View"]

Random = np.random.Generator
Boxes = NDArray[np.float64]
Range = tuple[float, float]

_TRIES = 10
"""Windows drawn before the middle of the image is taken, as in Inception's cropping."""
_TRIES_A_RULE = 50
"""Windows drawn for one overlap before another is drawn, as in SSD's code."""


@dataclass(frozen=True)
class View:
    """What a step sees of a sample: where it is after the steps before.

    Parameters
    ----------
    size : (height, width)
    boxes : function
        Gives the boxes (N, 4) of the sample, moved so far; none where it has none.
    """

    size: Size
    boxes: Callable[[], Boxes]


class Step(Protocol):
    """A range of moves."""

    def draw(self, view: View, rng: Random) -> Affine | Field | None:
        """Draw one move; None leaves the sample where it is."""
        ...


@dataclass(frozen=True)
class Mirror:
    """Exchange left and right.

    Parameters
    ----------
    probability : 0 to 1
    vertical : bool
        Exchange top and bottom instead.

    Raises
    ------
    ValueError
        `probability` is out of range.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> image = np.array([[1, 2, 3]], np.uint8)
    >>> Compose(Mirror(probability=1))(image).tolist()
    [[3, 2, 1]]
    """

    probability: float = 0.5
    vertical: bool = False

    def __post_init__(self) -> None:
        check_number(self.probability, "probability", at_least=0, at_most=1)

    def draw(self, view: View, rng: Random) -> Affine | None:
        """Draw whether to mirror."""
        if rng.random() >= self.probability:
            return None
        return Affine(_reflection(view.size, self.vertical).copy(), view.size)


@functools.lru_cache(maxsize=64)
def _reflection(size: Size, vertical: bool) -> NDArray[np.float64]:
    """Exchange left and right, or top and bottom, of an image (height, width)."""
    height, width = size
    x, y = (1.0, -1.0) if vertical else (-1.0, 1.0)
    return np.array([[x, 0, (width - 1) * (x < 0)], [0, y, (height - 1) * (y < 0)], [0, 0, 1]])


@dataclass(frozen=True)
class Crop:
    """Cut out a window of fixed size, anywhere.

    Parameters
    ----------
    size : pixels, a number for a square or (height, width)
    padding : pixels, >= 0
        How far the window may reach beyond the image on every side; what lies there is the border of `Compose`.

    Raises
    ------
    ValueError
        A number is out of range; on drawing, the window is larger than the padded image.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(Crop(2))(np.arange(16, dtype=np.uint8).reshape(4, 4)).shape
    (2, 2)
    """

    size: int | Size
    padding: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_sides(self.size))
        check_integer(self.padding, "padding", at_least=0)

    def draw(self, view: View, rng: Random) -> Affine:
        """Draw a corner."""
        made = self.size if isinstance(self.size, tuple) else check_sides(self.size)
        (height, width), padding = view.size, self.padding
        down, across = height + 2 * padding - made[0], width + 2 * padding - made[1]
        if down < 0 or across < 0:
            raise ValueError(f"size must be at most that of the padded image, got {made} for {view.size}")
        return window_to(_draw_corner(down, across, padding, rng), made, made)


@dataclass(frozen=True)
class ResizedCrop:
    """Cut out a window of any size and shape, and lay it out on a fixed one.

    Parameters
    ----------
    size : pixels, a number for a square or (height, width)
        Of the result.
    area : (low, high), 0 < low <= high <= 1
        Share of the image; drawn evenly.
    ratio : (low, high), 0 < low <= high
        Width over height; its logarithm is drawn evenly.

    Raises
    ------
    ValueError
        A range is empty or out of bounds.

    References
    ----------
    .. [1] C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 6; the logarithm as in torchvision.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(ResizedCrop(8))(np.zeros((30, 40, 3), np.uint8)).shape
    (8, 8, 3)
    """

    size: int | Size
    area: Range = (0.08, 1.0)
    ratio: Range = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_sides(self.size))
        _check_range(self.area, "area", at_most=1.0)
        _check_range(self.ratio, "ratio")

    def draw(self, view: View, rng: Random) -> Affine:
        """Draw a window that fits; after ten that do not, take the middle of the image, as large as `ratio` allows."""
        made = self.size if isinstance(self.size, tuple) else check_sides(self.size)
        for _ in range(_TRIES):
            corner, sides = _draw_window(view.size, self.area, self.ratio, rng)
            if corner is not None:
                return window_to(corner, sides, made)
        height, width = view.size
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        sides = max(1, min(height, round(width / ratio))), max(1, min(width, round(height * ratio)))
        return window_to(((height - sides[0]) // 2, (width - sides[1]) // 2), sides, made)


@dataclass(frozen=True)
class OverlapCrop:
    """Cut out a window that overlaps some box by at least a drawn IoU; SSD's patches.

    Parameters
    ----------
    size : pixels, a number for a square or (height, width), optional
        Of the result; that of the window where None.
    overlaps : least IoU of the window with one box; 0 allows any window, 1 the whole image
        One is drawn; where no window of fifty fits, another.
    area, ratio
        As of `ResizedCrop`.

    Raises
    ------
    ValueError
        A range is empty or out of bounds.

    Notes
    -----
    Take it with `Compose(..., keep="center")`, which drops the boxes whose centres are outside, as the paper does.

    References
    ----------
    .. [1] W. Liu et al., "SSD: single shot multibox detector", ECCV 2016, section 2.2, data augmentation.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> sample = {"image": np.zeros((40, 40, 3), np.uint8), "boxes": np.array([[10.0, 10.0, 30.0, 30.0]])}
    >>> Compose(OverlapCrop(16, overlaps=(0.5,)), keep="center")(sample)["boxes"].shape
    (1, 4)
    """

    size: int | Size | None = None
    overlaps: tuple[float, ...] = (1.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.0)
    area: Range = (0.1, 1.0)
    ratio: Range = (0.5, 2.0)

    def __post_init__(self) -> None:
        if self.size is not None:
            object.__setattr__(self, "size", check_sides(self.size))
        if not self.overlaps:
            raise ValueError("overlaps must hold at least one number, got none")
        for overlap in self.overlaps:
            check_number(overlap, "overlaps", at_least=0, at_most=1)
        _check_range(self.area, "area", at_most=1.0)
        _check_range(self.ratio, "ratio")

    def draw(self, view: View, rng: Random) -> Affine:
        """Draw an overlap and a window that has it."""
        boxes = view.boxes()
        for overlap in rng.permutation(self.overlaps):
            if overlap == 1 or not len(boxes):
                break
            for _ in range(_TRIES_A_RULE):
                corner, sides = _draw_window(view.size, self.area, self.ratio, rng)
                if corner is not None and (overlap == 0 or _greatest_iou(corner, sides, boxes) >= overlap):
                    return window_to(corner, sides, sides if self.size is None else check_sides(self.size))
        return window_to((0, 0), view.size, view.size if self.size is None else check_sides(self.size))


@dataclass(frozen=True)
class Rotate:
    """Turn about the middle.

    Parameters
    ----------
    degrees : >= 0
        The angle is drawn evenly between -degrees and degrees.

    Raises
    ------
    ValueError
        `degrees` is negative.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(Rotate(10))(np.zeros((4, 6), np.uint8)).shape
    (4, 6)
    """

    degrees: float

    def __post_init__(self) -> None:
        check_number(self.degrees, "degrees", at_least=0)

    def draw(self, view: View, rng: Random) -> Affine:
        """Draw an angle."""
        angle = math.radians(rng.uniform(-self.degrees, self.degrees))
        cosine, sine = math.cos(angle), math.sin(angle)
        return _about_middle(((cosine, -sine), (sine, cosine)), view.size)


@dataclass(frozen=True)
class Shear:
    """Slide rows along x and columns along y; the middle stays.

    Parameters
    ----------
    x, y : pixels per pixel, >= 0, x * y < 1
        The factors are drawn evenly between -x and x, -y and y.

    Raises
    ------
    ValueError
        A factor is negative, or the two could fold the image into a line.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(Shear(0.2))(np.zeros((4, 6), np.uint8)).shape
    (4, 6)
    """

    x: float
    y: float = 0.0

    def __post_init__(self) -> None:
        check_number(self.x, "x", at_least=0)
        check_number(self.y, "y", at_least=0)
        if self.x * self.y >= 1:
            raise ValueError(f"x * y must be below 1, got {self.x} * {self.y}")

    def draw(self, view: View, rng: Random) -> Affine:
        """Draw two factors."""
        x, y = rng.uniform(-self.x, self.x), rng.uniform(-self.y, self.y)
        return _about_middle(((1.0, x), (y, 1.0)), view.size)


@dataclass(frozen=True)
class LocalWarp:
    """Bend the image smoothly, as a picture on rubber.

    Parameters
    ----------
    amplitude : pixels, >= 0
        No pixel comes from farther away than this along x or y.
    spacing : pixels, >= 8 * amplitude
        Between the knots that are moved; the smaller, the finer the bends. The bound keeps the image from folding.

    Raises
    ------
    ValueError
        A number is out of range.

    References
    ----------
    .. [1] P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied to visual
       document analysis", ICDAR 2003, section 2: elastic distortions, there smoothed by a Gaussian instead of splines.

    Examples
    --------
    >>> from deep.data.augment import Compose
    >>> Compose(LocalWarp(2, 16))(np.zeros((40, 60), np.uint8)).shape
    (40, 60)
    """

    amplitude: float = 4.0
    spacing: float = 32.0

    def __post_init__(self) -> None:
        check_number(self.amplitude, "amplitude", at_least=0)
        check_number(self.spacing, "spacing", above=0, at_least=8 * self.amplitude)

    def draw(self, view: View, rng: Random) -> Field:
        """Draw a displacement for each knot."""
        rows, columns = (math.ceil(side / self.spacing) + 3 for side in view.size)
        return Field(rng.uniform(-self.amplitude, self.amplitude, (2, rows, columns)), float(self.spacing), view.size)


def check_sides(size: int | Size, name: str = "size") -> Size:
    """Require a number of pixels or (height, width); return the pair."""
    sides = size if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2:
        raise ValueError(f"{name} must be a number or (height, width), got {size!r}")
    return check_integer(sides[0], name, at_least=1), check_integer(sides[1], name, at_least=1)


def _check_range(pair: Range, name: str, *, at_most: float = math.inf) -> None:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{name} must be (low, high), got {pair!r}")
    low = check_number(pair[0], name, above=0, at_most=at_most)
    check_number(pair[1], name, at_least=low, at_most=at_most)


def _draw_window(size: Size, area: Range, ratio: Range, rng: Random) -> tuple[tuple[int, int] | None, Size]:
    """Draw a window; its corner is None where it does not fit."""
    share, shape = rng.uniform(*area), math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1])))
    pixels = share * size[0] * size[1]
    height, width = round(math.sqrt(pixels / shape)), round(math.sqrt(pixels * shape))
    if not (1 <= height <= size[0] and 1 <= width <= size[1]):
        return None, (height, width)
    return _draw_corner(size[0] - height, size[1] - width, 0, rng), (height, width)


def _draw_corner(down: int, across: int, padding: int, rng: Random) -> tuple[int, int]:
    """Draw (top, left), each from -padding to its room less that; NumPy's integers take six times as long."""
    y, x = rng.random(2).tolist()
    return int(y * (down + 1)) - padding, int(x * (across + 1)) - padding


def _greatest_iou(corner: tuple[int, int], sides: Size, boxes: Boxes) -> float:
    (top, left), (height, width) = corner, sides
    overlap_x = np.minimum(boxes[:, 2], left + width) - np.maximum(boxes[:, 0], left)
    overlap_y = np.minimum(boxes[:, 3], top + height) - np.maximum(boxes[:, 1], top)
    shared = np.maximum(overlap_x, 0) * np.maximum(overlap_y, 0)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return float((shared / (areas + height * width - shared)).max())


def _about_middle(linear: tuple[tuple[float, float], tuple[float, float]], size: Size) -> Affine:
    """Make a move that keeps the middle; `imgproc.geometry`'s makers check for 50 µs what is known here."""
    (a, b), (c, d) = linear
    x, y = (size[1] - 1) / 2, (size[0] - 1) / 2
    return Affine(np.array([[a, b, x - a * x - b * y], [c, d, y - c * x - d * y], [0, 0, 1]]), size)
