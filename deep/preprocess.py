"""How images become what a network was trained on; it belongs to the weights and travels with them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

__all__ = ["IMAGENET_MEAN", "IMAGENET_STD", "Preprocess"]

Filter = Literal["linear", "nearest", "cubic", "area", "lanczos"]
ChannelOrder = Literal["rgb", "bgr", "gray"]
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocess:
    """The way from an image to a network's input.

    Parameters
    ----------
    size : (height, width) that the network sees; a number stands for a square
    resize : pixels of the shorter side before the centre is cut out; the whole image is laid out on `size` where None
    interpolation : "linear", "nearest", "cubic", "area" or "lanczos"
    antialias : bool
        Average away what is too fine for the smaller image; without it predictions change.
    mean, std : one number a channel
        Subtracted and divided by, after black has become range[0] and white range[1].
    range : (black, white)
        (0, 255) for the networks of Caffe, (-1, 1) for some of TensorFlow's.
    channel_order : "rgb", "bgr" or "gray"

    Raises
    ------
    ValueError
        A value is out of range, or `mean` and `std` have not one number a channel.

    Examples
    --------
    >>> Preprocess(size=224, resize=256).size
    (224, 224)
    """

    size: int | tuple[int, int] = (224, 224)
    resize: int | None = None
    interpolation: Filter = "linear"
    antialias: bool = True
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    range: tuple[float, float] = (0.0, 1.0)
    channel_order: ChannelOrder = "rgb"

    def __post_init__(self) -> None:
        size = (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)
        if len(size) != 2 or not all(isinstance(side, int) and side >= 1 for side in size):
            raise ValueError(f"size must be (height, width) of at least 1, got {self.size!r}")
        if self.resize is not None and self.resize < max(size):
            raise ValueError(f"resize must be at least the longer side of size {size}, got {self.resize!r}")
        if self.interpolation not in get_args(Filter):
            raise ValueError(f"interpolation must be one of {get_args(Filter)}, got {self.interpolation!r}")
        if self.channel_order not in get_args(ChannelOrder):
            raise ValueError(f"channel_order must be one of {get_args(ChannelOrder)}, got {self.channel_order!r}")
        for name in ("mean", "std", "range"):
            values = tuple(float(value) for value in getattr(self, name))
            if not all(math.isfinite(value) for value in values):
                raise ValueError(f"{name} must be finite, got {values}")
            object.__setattr__(self, name, values)
        if len(self.mean) != len(self.std) or min(self.std) <= 0:
            raise ValueError(f"std must have {len(self.mean)} positive numbers, as mean has, got {self.std}")
        if len(self.range) != 2 or self.range[0] >= self.range[1]:
            raise ValueError(f"range must be (black, white) with black < white, got {self.range}")
        object.__setattr__(self, "size", size)

    @property
    def height_width(self) -> tuple[int, int]:
        """What the network sees, as (height, width)."""
        return self.size if isinstance(self.size, tuple) else (self.size, self.size)

    def placement(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Tell where the network looks: the size an image is resized to, and the first row and column it sees."""
        if self.resize is None:
            return self.height_width, (0, 0)
        short = min(height, width)
        size = (self.resize * height // short, self.resize * width // short)
        seen = self.height_width
        return size, (round((size[0] - seen[0]) / 2), round((size[1] - seen[1]) / 2))

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, for a checkpoint's header."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> "Preprocess":
        """Read what `as_dict` gave, or a table of weights.toml."""
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return Preprocess(**plain)
