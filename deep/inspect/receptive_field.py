"""Which part of the image a layer sees, by arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from torch import nn

from deep.inspect.follow import follow, follow_last
from deep.inspect.reach import Reach
from deep.inspect.shapes import input_shape

__all__ = ["ReceptiveField", "receptive_field"]

Number = int | float
ValueT = TypeVar("ValueT")


@dataclass(frozen=True)
class ReceptiveField:
    """What one value of a layer sees of the image; one number where rows and columns agree, else (rows, columns).

    Parameters
    ----------
    size : pixels, side of the field
    stride : pixels between the fields of neighbouring values
    offset : pixels from the centre of the image's first pixel to the centre of the first field
        Negative where padding lies before; 0 if the first field has the first pixel in its middle.
    """

    size: int | tuple[int, ...]
    stride: Number | tuple[Number, ...]
    offset: Number | tuple[Number, ...]

    def spans(self, *index: int) -> tuple[tuple[float, float], ...]:
        """Give the field of one value in edge coordinates, (start, end) along rows, columns.

        Parameters
        ----------
        index : row, column of the value

        Returns
        -------
        ((top, bottom), (left, right)) for images
            It may reach beyond the image, into the padding.

        Examples
        --------
        >>> ReceptiveField(3, 1, 0).spans(0, 5)
        ((-1.0, 2.0), (4.0, 7.0))
        """
        sides = []
        for k, at in enumerate(index):
            size, stride, offset = (v[k] if isinstance(v, tuple) else v for v in (self.size, self.stride, self.offset))
            centre = offset + stride * at + 0.5  # of the pixel whose edges are whole numbers
            sides.append((centre - size / 2, centre + size / 2))
        return tuple(sides)


def receptive_field(
    model: nn.Module, layer: str | None = None, *, size: int | tuple[int, ...] | None = None
) -> ReceptiveField:
    """Tell which part of the image one value of a layer sees, without computing anything.

    Parameters
    ----------
    model : nn.Module
        Any; what it calls on the way is followed operation by operation, in evaluation mode. Left as it is.
    layer : dotted name
        The last module that keeps places where None: what stands before the global mean or the dense layers.
    size : side of a square, (H, W) or (C, H, W) of the image
        The network's own size where None. TensorFlow's SAME padding, and pooling to a fixed size, depend on it.

    Returns
    -------
    ReceptiveField

    Raises
    ------
    ValueError
        There is no such layer, it is not called, or its values see the whole image or cannot be followed (the operation
        in which places are lost is told).

    Notes
    -----
    Padding counts as image: the field is that of a value in the middle of a large image. The field is the rectangle
    around all that is seen; dilated kernels have holes in it. Behind upsampling values see by turns more and less:
    `size` is the largest, and `stride` the mean.

    A gate of squeeze and excitation is one number for a channel, which sees the whole image; it weighs what the
    channel sees, and is left out. So are the statistics of group and instance norm.

    References
    ----------
    .. [1] A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks", Distill,
       2019, section "Solving receptive field size".

    Examples
    --------
    Three 3×3 see as much as one 7×7:

    >>> three = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3))
    >>> receptive_field(three)
    ReceptiveField(size=7, stride=1, offset=3)
    >>> receptive_field(three, "1").size
    5
    """
    shape = input_shape(model, size)
    if layer is None:
        return field_of(follow_last(model, shape)[1].reaches)
    places = follow(model, shape, layer)
    if len(places.axes) < len(shape) - 2:
        raise ValueError(f"layer must see a part of the image, got {layer!r}, whose places are lost in {places.lost}")
    return field_of(places.reaches)


def field_of(reaches: Sequence[Reach]) -> ReceptiveField:
    """Say in size, stride and offset what is seen along each axis."""
    sizes = tuple(max(last - first + 1 for first, last in reach.spans) for reach in reaches)
    strides = tuple(_plain(reach.stride) for reach in reaches)
    offsets = tuple(_plain(Fraction(sum(reach[0]), 2)) for reach in reaches)
    return ReceptiveField(_one(sizes), _one(strides), _one(offsets))


def _plain(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else float(value)


def _one(values: tuple[ValueT, ...]) -> ValueT | tuple[ValueT, ...]:
    return values[0] if len(set(values)) == 1 else values
