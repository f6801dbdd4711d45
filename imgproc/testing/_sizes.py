"""Sizes as the strategies take them: one number for both sides, or (height, width)."""

from hypothesis import strategies as st

from imgproc._checks import check_integer

Size = int | tuple[int, int]


def check_size(size: Size, name: str) -> tuple[int, int]:
    """Require a positive integer or a pair of them; return (height, width)."""
    pair = tuple(size) if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"{name} must be an integer or (height, width), got {size!r}")
    return check_integer(pair[0], name, at_least=1), check_integer(pair[1], name, at_least=1)


def sizes(min_size: Size, max_size: Size) -> st.SearchStrategy[tuple[int, int]]:
    """Draw (height, width), the two sides apart."""
    least, greatest = check_size(min_size, "min_size"), check_size(max_size, "max_size")
    if least[0] > greatest[0] or least[1] > greatest[1]:
        raise ValueError(f"max_size must be at least min_size, got {max_size!r} and {min_size!r}")
    height, width = (st.integers(low, high) for low, high in zip(least, greatest, strict=True))
    return st.tuples(height, width)


def counts(min_count: int, max_count: int) -> tuple[int, int]:
    """Require 0 <= min_count <= max_count."""
    least = check_integer(min_count, "min_count", at_least=0)
    return least, check_integer(max_count, "max_count", at_least=least)
