"""How functions that only kernels call are compiled: for kernels alone.

numba would also make a function of each for Python and one for C, which take it a fifth of the time. Python must
therefore not call them, which would crash it: a test calls a kernel that calls them.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba

CALLEE = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""The options of numba for such a function, to add others to."""

inline = numba.njit(**CALLEE)
"""Of any function that kernels call. Whether the calls stay is for the compiler to judge."""

inlined = numba.njit(forceinline=True, **CALLEE)
"""Of functions of vectors: a call would hand them over in memory."""

in_any_order = numba.njit(fastmath={"reassoc"}, **CALLEE)
"""Of functions whose sums the processor may make in whatever order it likes."""
