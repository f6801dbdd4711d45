"""Images and masks: every dtype, layout, size and content that a function must take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._array.dtypes import cast_to, integer_range
from imgproc._checks import check_choice, check_flag, check_number
from imgproc.arrays import to_cupy, to_torch
from imgproc.testing._sizes import Size, sizes
from imgproc.typing import Array, Kind

Layout = Literal["HW", "HWC", "NHWC"]

_LAYOUTS: tuple[Layout, ...] = ("HW", "HWC", "NHWC")
_KINDS = ("numpy", "cupy", "torch")
# the first of each tuple is what Hypothesis shrinks to
_DTYPES = (
    *("uint8", "float32", "float64", "bool", "uint16", "float16"),
    *("int8", "int16", "int32", "int64", "uint32", "uint64"),
)
_CONTENTS = ("constant", "sparse", "noise", "extremes")
_VIEWS = ("contiguous", "read-only", "transposed", "every second", "flipped", "foreign bytes")
_MOST_IMAGES = 3


@dataclass(frozen=True)
class _Wanted:
    """The checked arguments of `images`."""

    dtypes: tuple[str, ...]
    sizes: st.SearchStrategy[tuple[int, int]]
    layouts: tuple[Layout, ...]
    channels: tuple[int, ...]
    low: float | None
    high: float | None
    with_nan: bool
    with_views: bool
    kind: Kind


def images(
    *,
    dtype: str | Sequence[str] | None = None,
    min_size: Size = 1,
    max_size: Size = 24,
    layouts: Sequence[Layout] = _LAYOUTS,
    channels: Sequence[int] = (1, 2, 3, 4),
    low: float | None = None,
    high: float | None = None,
    with_nan: bool = False,
    with_views: bool = False,
    kind: Kind = "numpy",
) -> st.SearchStrategy[Array]:
    """Draw images and batches: flat, nearly flat, noisy, and of extreme values only.

    Parameters
    ----------
    dtype : str or several of them, optional
        By default bool, every integer and every float of NumPy; for torch "bfloat16" too.
    min_size, max_size : int or (height, width)
    layouts : some of "HW", "HWC", "NHWC"
        Written NumPy's way; with ``kind="torch"`` they come as HW, CHW and NCHW. A batch has one to three images.
    channels : numbers of channels to choose from, where the layout has them
    low, high : optional
        Least and greatest value. By default 0 and 1 of floats and the whole range of integers.
    with_nan : bool
        Whether some pixels of some float images are NaN or infinite.
    with_views : bool
        Whether some images are read-only, Fortran ordered, flipped, every second pixel of a larger one, or of foreign
        byte order. Tensors are only ever channels last in memory or every second pixel.
    kind : "numpy", "cupy" or "torch"

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Shrinks towards one black uint8 pixel (the first of `dtype`, `layouts` and `channels`), then towards flat images
        and short noise seeds.

    Raises
    ------
    ValueError
        A choice is unknown, a range is empty, or no dtype holds a value from `low` to `high`.

    Examples
    --------
    >>> from hypothesis import given
    >>> from imgproc.testing import assert_same, images
    >>> @given(image=images(dtype=["uint8", "float32"], layouts=["HW"], with_nan=True))
    ... def flipping_twice_changes_nothing(image):
    ...     assert_same(image[::-1][::-1], image)
    >>> flipping_twice_changes_nothing()
    """
    check_choice(kind, _KINDS, "kind")
    known = (*_DTYPES, "bfloat16") if kind == "torch" else _DTYPES
    names = known if dtype is None else (dtype,) if isinstance(dtype, str) else tuple(dtype)
    wanted = _Wanted(
        dtypes=_each_of(names, known, "dtype"),
        sizes=sizes(min_size, max_size),
        layouts=_each_of(layouts, _LAYOUTS, "layouts"),
        channels=_each_of(channels, range(1, 4097), "channels"),
        low=None if low is None else check_number(low, "low"),
        high=None if high is None else check_number(high, "high"),
        with_nan=check_flag(with_nan, "with_nan"),
        with_views=check_flag(with_views, "with_views"),
        kind=kind,
    )
    for name in wanted.dtypes:
        _bounds(name, wanted)
    return _images(wanted)


def masks(
    *,
    min_size: Size = 1,
    max_size: Size = 24,
    layouts: Sequence[Layout] = ("HW",),
    with_views: bool = False,
    kind: Kind = "numpy",
) -> st.SearchStrategy[Array]:
    """Draw bool images of one channel: empty, full, dotted, and of random pixels.

    Parameters
    ----------
    min_size, max_size : int or (height, width)
    layouts : some of "HW", "HWC", "NHWC"
        The last two have a channel axis of 1.
    with_views, kind
        As of `images`.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Shrinks towards a single False.

    Raises
    ------
    ValueError
        A choice is unknown or a range is empty.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(mask=masks())
    ... def inside_and_outside_make_the_whole(mask):
    ...     assert mask.sum() + (~mask).sum() == mask.size
    >>> inside_and_outside_make_the_whole()
    """
    return images(
        dtype="bool",
        min_size=min_size,
        max_size=max_size,
        layouts=layouts,
        channels=(1,),
        with_views=with_views,
        kind=kind,
    )


def _each_of(values: Sequence[Any], choices: Sequence[Any], name: str) -> tuple[Any, ...]:
    if isinstance(values, str) or not len(values):
        raise ValueError(f"{name} must be a sequence of at least one choice, got {values!r}")
    for value in values:
        if value not in choices:
            known = f"from {choices[0]} to {choices[-1]}" if isinstance(choices, range) else f"of {', '.join(choices)}"
            raise ValueError(f"{name} must be {known}, got {value!r}")
    return tuple(values)


@st.composite
def _images(draw: st.DrawFn, wanted: _Wanted) -> Array:
    name = draw(st.sampled_from(wanted.dtypes))
    layout = draw(st.sampled_from(wanted.layouts))
    shape: tuple[int, ...] = draw(wanted.sizes)
    if layout != "HW":
        shape = (*shape, draw(st.sampled_from(wanted.channels)))
    if layout == "NHWC":
        shape = (draw(st.integers(1, _MOST_IMAGES)), *shape)
    dtype = np.dtype("float32" if name == "bfloat16" else name)
    image = _content(draw, dtype, shape, *_bounds(name, wanted))
    if wanted.with_nan and dtype.kind == "f":
        _spoil(draw, image)
    view = draw(st.sampled_from(_VIEWS)) if wanted.with_views else "contiguous"
    return _as_kind(image, view, name, wanted.kind)


def _bounds(name: str, wanted: _Wanted) -> tuple[Any, Any]:
    """Return the least and greatest value of the dtype within the bounds."""
    if name in ("float16", "float32", "float64", "bfloat16"):
        dtype = np.dtype("float32" if name == "bfloat16" else name).type
        low, high = 0.0 if wanted.low is None else wanted.low, 1.0 if wanted.high is None else wanted.high
        most = float(np.finfo(dtype).max)
        least, greatest = dtype(max(low, -most)), dtype(min(high, most))
        least = (
            np.nextafter(least, dtype(np.inf)) if float(least) < low else least
        )  # rounded outwards: one step back in
        greatest = np.nextafter(greatest, dtype(-np.inf)) if float(greatest) > high else greatest
        bounds = float(least), float(greatest)
    else:
        smallest, largest = integer_range(name)
        low = smallest if wanted.low is None else int(np.ceil(wanted.low))
        high = largest if wanted.high is None else int(np.floor(wanted.high))
        bounds = max(low, smallest), min(high, largest)
    if bounds[0] > bounds[1]:
        raise ValueError(f"low and high must leave a value to {name}, got {wanted.low} and {wanted.high}")
    return bounds


def _content(draw: st.DrawFn, dtype: np.dtype[Any], shape: tuple[int, ...], low: Any, high: Any) -> np.ndarray:
    content = draw(st.sampled_from(_CONTENTS))
    elements = _elements(dtype, low, high)
    if content == "constant":
        return np.full(shape, draw(elements), dtype)
    if content == "sparse":
        return draw(hnp.arrays(dtype, shape, elements=elements, fill=elements))
    rng = np.random.default_rng(draw(st.integers(0, 2**16 - 1)))
    if content == "extremes":
        return np.where(rng.random(shape) < 0.5, np.array(low, dtype), np.array(high, dtype))
    if dtype.kind == "b":
        share = draw(st.sampled_from((0.5, 0.1, 0.9)))
        return np.where(rng.random(shape) < share, np.array(high, dtype), np.array(low, dtype))
    if dtype.kind in "iu":
        return rng.integers(low, high, shape, dtype, endpoint=True)
    weights = rng.random(shape)
    mixed = low * (1 - weights) + high * weights  # high - low might overflow
    return np.asarray(np.clip(mixed.astype(dtype), dtype.type(low), dtype.type(high)))


def _elements(dtype: np.dtype[Any], low: Any, high: Any) -> st.SearchStrategy[Any]:
    if dtype.kind == "b":
        return st.sampled_from(sorted({bool(low), bool(high)}))
    if dtype.kind in "iu":
        return st.integers(low, high)
    return st.floats(low, high, width=8 * dtype.itemsize)  # type: ignore[arg-type]


def _spoil(draw: st.DrawFn, image: np.ndarray) -> None:
    """Put NaN and infinities at up to three places."""
    places = draw(st.lists(st.integers(0, image.size - 1), max_size=3))
    for place in places:
        image.flat[place] = draw(st.sampled_from((np.nan, np.inf, -np.inf)))


def _as_kind(image: np.ndarray, view: str, name: str, kind: Kind) -> Array:
    if kind == "torch":
        tensor = to_torch(image)
        contiguous = cast_to(tensor, name).contiguous()
        if view == "transposed":  # keeps the strides of channels last
            return cast_to(tensor, name)
        return contiguous.repeat_interleave(2, dim=-1)[..., ::2] if view == "every second" else contiguous
    if kind == "cupy":
        return _seen(to_cupy(image), "contiguous" if view in ("read-only", "foreign bytes") else view)
    return _seen(image, view)


def _seen(image: Any, view: str) -> Any:
    """Return the same values in another arrangement of memory."""
    rows = image.ndim - 2 if image.ndim < 4 else 1
    if image.ndim == 3:
        rows = 0
    flip = (slice(None),) * rows + (slice(None, None, -1),) * 2
    if view == "flipped":
        return image[flip].copy()[flip]
    if view == "transposed":
        return image.copy(order="F")
    if view == "every second":
        return image.repeat(2, axis=rows + 1)[(slice(None),) * (rows + 1) + (slice(None, None, 2),)]
    if view == "foreign bytes":
        return image.astype(image.dtype.newbyteorder())
    if view == "read-only":
        image.flags.writeable = False
    return image
