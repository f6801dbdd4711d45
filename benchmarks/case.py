"""What is compared: one operation, its exact definition, and the calls of other libraries that do the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Layout = Literal["gray", "rgb"]
Result = Any
"""An array, or a tuple of arrays."""


def alone(image: np.ndarray) -> tuple[Any, ...]:
    """Take the photo as the only operand."""
    return (image,)


def greatest_difference(result: np.ndarray, exact: np.ndarray) -> float:
    """Return max |result - exact|, for masks the share of pixels that differ."""
    if result.dtype == bool:
        return float((result != exact).mean())
    return float(np.abs(result.astype(np.float64) - exact).max())


@dataclass(frozen=True)
class Peer:
    """A call of another library.

    Parameters
    ----------
    library : str
    call : function of the operands
        What is timed; where `on` is "torch", operands are contiguous float32 tensors (1, C, H, W).
    differs : str
        In what its definition is another one; such a peer is shown but not counted as exact.
    note : str
        What a reader should know otherwise.
    dtypes, layouts :
        Of the images it can take.
    finish : function of the result and of the image's dtype name
        Brings it to the unit of the definition; not timed.
    margin : pixels
        Left out of the error on every side, where its border is another one.
    """

    library: str
    call: Callable[..., Any]
    differs: str = ""
    note: str = ""
    dtypes: tuple[str, ...] = ("uint8", "float32")
    layouts: tuple[Layout, ...] = ("gray", "rgb")
    on: Literal["numpy", "torch"] = "numpy"
    finish: Callable[[Any, str], Any] = lambda result, dtype: result
    margin: int = 0


@dataclass(frozen=True)
class Case:
    """One operation.

    Parameters
    ----------
    name : str
    definition : str
        What the error is measured against.
    ours : function of the operands
    exact : function of the operands in float64, None where the definition has no independent code
    peers : tuple of Peer
    operands : function of the photo
        What the timed calls take; made once, not timed.
    with_memory : bool
        Whether its peak memory is measured at 4096².
    with_growth : bool
        Whether it is timed from 512² to 4096².
    outcome : function of the operands after a call, or None
        Fetches what a call that returns nothing has made.
    remark : function of the operands after a call, or None
        A word to stand beside the time, such as the size of the file written.
    sizes : sides of the photos, where the size of its input is the operation's own
    """

    name: str
    definition: str
    ours: Callable[..., Any]
    exact: Callable[..., Any] | None
    peers: tuple[Peer, ...]
    operands: Callable[[np.ndarray], tuple[Any, ...]] = alone
    dtypes: tuple[str, ...] = ("uint8", "float32")
    layouts: tuple[Layout, ...] = ("gray", "rgb")
    error: Callable[[np.ndarray, np.ndarray], float] = greatest_difference
    with_memory: bool = False
    with_growth: bool = False
    outcome: Callable[..., Any] | None = None
    remark: Callable[..., str] | None = None
    sizes: tuple[int, ...] = ()
