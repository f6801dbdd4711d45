"""Kernels to correlate with."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._checks import check_flag
from imgproc.testing._sizes import Size, check_size, sizes

_SYMMETRIES = ("none", "even", "odd", "separable")


def kernels(*, min_size: Size = 1, max_size: Size = 7, odd: bool = False) -> st.SearchStrategy[np.ndarray]:
    """Draw kernels of whole and broken weights of either sign: without symmetry, even, odd, and separable.

    Parameters
    ----------
    min_size, max_size : int or (height, width)
    odd : bool
        Whether both sides must be odd.

    Returns
    -------
    hypothesis.strategies.SearchStrategy of (h, w) float64
        NumPy, as kernels may be for an image of any kind; weights from -8 to 8. Shrinks towards a single 0.

    Raises
    ------
    ValueError
        A range is empty, or holds no odd number where one is wanted.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(kernel=kernels(odd=True))
    ... def a_kernel_has_a_middle(kernel):
    ...     assert kernel.shape[0] % 2 == kernel.shape[1] % 2 == 1
    >>> a_kernel_has_a_middle()
    """
    shapes = sizes(min_size, max_size)
    if check_flag(odd, "odd"):
        (low_rows, low_columns), (rows, columns) = check_size(min_size, "min_size"), check_size(max_size, "max_size")
        if any(low == high and high % 2 == 0 for low, high in ((low_rows, rows), (low_columns, columns))):
            raise ValueError(f"max_size must leave an odd side, got {min_size!r} to {max_size!r}")
        shapes = st.tuples(_odd(low_rows, rows), _odd(low_columns, columns))
    return st.tuples(shapes, st.sampled_from(_SYMMETRIES)).flatmap(lambda drawn: _kernel(*drawn))


def _odd(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // 2, (high - 1) // 2).map(lambda half: 2 * half + 1)


def _kernel(shape: tuple[int, int], symmetry: str) -> st.SearchStrategy[np.ndarray]:
    greatest = 8.0 if symmetry != "separable" else 2.5  # whose square is within 8
    weights = st.one_of(st.integers(-int(greatest), int(greatest)).map(float), st.floats(-greatest, greatest))
    if symmetry == "separable":
        down, across = (hnp.arrays(np.float64, side, elements=weights) for side in shape)
        return st.tuples(down, across).map(lambda pair: np.outer(*pair))
    any_kernel = hnp.arrays(np.float64, shape, elements=weights)
    if symmetry == "none":
        return any_kernel
    sign = 1.0 if symmetry == "even" else -1.0
    return any_kernel.map(lambda kernel: (kernel + sign * kernel[::-1, ::-1]) / 2)
