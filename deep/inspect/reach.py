"""Which pixels each value of a row sees: the arithmetic of windows, along one axis."""

import math
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["PIXELS", "Reach", "adaptive", "convolved", "resampled", "transposed"]

Span = tuple[int, int]


@dataclass(frozen=True)
class Reach:
    """The first and the last of what each value sees along one axis, on a row without ends.

    Parameters
    ----------
    spans : (first, last) of the values 0, 1, …
        One of them in most networks; several where upsampled values see by turns more and less.
    advance : what a turn of `spans` moves by
    """

    spans: tuple[Span, ...]
    advance: int

    def __getitem__(self, index: int) -> Span:
        turns, phase = divmod(index, len(self.spans))
        first, last = self.spans[phase]
        return first + turns * self.advance, last + turns * self.advance

    @property
    def stride(self) -> Fraction:
        """What neighbouring values lie apart, in the mean."""
        return Fraction(self.advance, len(self.spans))

    def through(self, windows: "Reach") -> "Reach":
        """Give what values see that look through `windows` at values that see this.

        Examples
        --------
        Three 3×3 convolutions see what one 7×7 sees:

        >>> once = convolved(3, 1, 1, 1)
        >>> once.through(once).through(once) == convolved(7, 1, 3, 1)
        True
        """
        turn = len(self.spans)  # behind that many values all is as it was, further on
        turns = turn // math.gcd(turn, windows.advance)
        seen = [windows[index] for index in range(turns * len(windows.spans))]
        spans = tuple(
            (
                min(self[index][0] for index in range(first, min(first + turn, last + 1))),
                max(self[index][1] for index in range(max(last + 1 - turn, first), last + 1)),
            )
            for first, last in seen
        )
        return Reach(spans, turns * windows.advance * self.advance // turn)

    def __or__(self, other: "Reach") -> "Reach":
        """Give what the sum of two values sees that stand at the same place; their strides must be equal."""
        turn = math.lcm(len(self.spans), len(other.spans))
        pairs = [(self[index], other[index]) for index in range(turn)]
        spans = tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs)
        return Reach(spans, turn // len(self.spans) * self.advance)


PIXELS = Reach(((0, 0),), 1)
"""Each sees itself."""


def convolved(size: int, stride: int, before: int, dilation: int) -> Reach:
    """Windows of a convolution or a pooling with `before` places of padding."""
    return Reach(((-before, dilation * (size - 1) - before),), stride)


def transposed(size: int, stride: int, before: int, dilation: int) -> Reach:
    """Windows of a transposed convolution: all whose taps fall on an output (its nearest, where none do)."""
    spans = []
    for at in range(before, before + stride):
        falls = [(at - dilation * tap) // stride for tap in range(size) if (at - dilation * tap) % stride == 0]
        spans.append((min(falls), max(falls)) if falls else (at // stride,) * 2)
    return Reach(tuple(spans), 1)


def adaptive(inputs: int, outputs: int) -> Reach:
    """Windows of a pooling that makes `outputs` of `inputs`, whatever their ratio."""
    ratio = Fraction(inputs, outputs)
    turn = ratio.denominator
    spans = tuple((math.floor(o * ratio), math.ceil((o + 1) * ratio) - 1) for o in range(turn))
    return Reach(spans, ratio.numerator)


def resampled(inputs: int, outputs: int, taps: int) -> Reach:
    """Windows of a resize by the nearest (`taps` 1), by lines (2) or by cubics (4) between pixel centres."""
    ratio = Fraction(inputs, outputs)
    turn = ratio.denominator
    if taps == 1:
        return Reach(tuple((math.floor(o * ratio),) * 2 for o in range(turn)), ratio.numerator)
    spans = []
    for o in range(turn):
        at = (o + Fraction(1, 2)) * ratio - Fraction(1, 2)
        first = math.floor(at) - taps // 2 + 1
        spans.append((math.floor(at),) * 2 if at == math.floor(at) else (first, first + taps - 1))
    return Reach(tuple(spans), ratio.numerator)
