"""How numba compiles kernels and what they call: without the steps that neither needs (`_pipelines.py`).

numba looks functions through for what kernels do without: closures, `with`, branches that types decide; and it resolves
calls anew until nothing changes. Of functions that only kernels call it would make three (for kernels, for Python and
for C) and machine code of all. But kernels link the instructions of the first into machine code of their own. Only
functions with loops are optimised as a whole before that: linked as they are, loops are vectorised worse, and resizing
that enlarges takes a third longer. (That every function goes through the passes over single ones looks needless, too:
but without, semi-global matching takes twice as long.)

Arrays that functions are given they borrow, since the kernel holds them: owners are counted where arrays are made or
returned alone.
"""

from typing import Any

KERNEL: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""The options of numba for a kernel."""

CALLEE: dict[str, Any] = KERNEL | {"no_cpython_wrapper": True}
"""Those for a function that only kernels call."""

ALLOCATING: dict[str, Any] = dict(CALLEE)
"""Those for one that makes arrays, or returns one."""

try:
    from imgproc.primitives._pipelines import CalleeCompiler, KernelCompiler
except (ImportError, AttributeError):
    pass  # a numba without the private classes: it compiles its own way
else:
    KERNEL |= {"pipeline_class": KernelCompiler}
    CALLEE |= {"pipeline_class": CalleeCompiler, "_nrt": False}
    ALLOCATING |= {"pipeline_class": CalleeCompiler, "_nrt": True}
