"""Decorators of the functions that only kernels call; see `_compiler.py`.

Python must not call these functions, which would crash it (a test calls a kernel that calls them), and no two of them
may call each other. One that makes an array, or returns one, is `allocating`.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba
from numba import types

from imgproc.primitives._compiler import ALLOCATING, CALLEE


def _callee(**options):
    """Return a decorator: compile for whole numbers, whichever a call spells out."""

    def decorate(function):
        compiled = numba.njit(**CALLEE | options)(function)
        choose = getattr(compiled, "get_call_template", None)
        if choose is not None:
            compiled.get_call_template = lambda positional, named: choose(
                [_any_integer(kind) for kind in positional], {name: _any_integer(kind) for name, kind in named.items()}
            )
        return compiled

    return decorate


def _any_integer(kind):
    return types.unliteral(kind) if isinstance(kind, types.Integer) else kind


inline = _callee()
"""Of any function that kernels call. Whether the calls stay is for the compiler to judge."""

allocating = _callee(**ALLOCATING)
"""Of a function that makes arrays, or returns one."""

inlined = _callee(forceinline=True)
"""Of functions of vectors: a call would hand them over in memory."""

in_any_order = _callee(fastmath={"reassoc"})
"""Of functions whose sums the processor may make in whatever order it likes."""
