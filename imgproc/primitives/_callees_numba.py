"""How functions that only kernels call are compiled: for kernels alone.

numba would make three functions of each (for kernels, for Python and for C) and machine code of all, and do so again
for each number that a call spells out. But kernels link the instructions of the first into machine code of their own,
where such numbers count as well; the rest took a third of the time. Python must not call these functions, which would
crash it (a test calls a kernel that calls them), and no two of them may call each other.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numba
from numba import types


def _compile_instructions():
    """Return the options of numba to make no machine code: none if this numba has not the (private) classes for it."""
    try:
        from numba.core.codegen import JITCodeLibrary
        from numba.core.compiler import Compiler

        finish = JITCodeLibrary._finalize_dynamic_globals
    except (ImportError, AttributeError):
        return {}

    class Instructions(JITCodeLibrary):
        """The optimised instructions of a function, for the kernels that link them."""

        def _finalize_final_module(self):
            finish(self)
            self._finalized = True

        def get_pointer_to_function(self, name):
            return 0  # of the function for Python, which numba asks for and there is not

        @property
        def codegen(self):
            return self

        def set_env(self, name, environment):
            """Drop what machine code would print with: kernels from the disk have none either."""

    class InstructionsCompiler(Compiler):
        def compile_extra(self, function):
            self.state.library = Instructions(self.state.targetctx.codegen(), function.__qualname__)
            return super().compile_extra(function)

    return {"pipeline_class": InstructionsCompiler}


CALLEE = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    **_compile_instructions(),
}
"""The options of numba for such a function, to add others to."""


def _callee(**options):
    """Return a decorator: compile for whole numbers, whichever a call spells out."""

    def decorate(function):
        compiled = numba.njit(**CALLEE, **options)(function)
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

inlined = _callee(forceinline=True)
"""Of functions of vectors: a call would hand them over in memory."""

in_any_order = _callee(fastmath={"reassoc"})
"""Of functions whose sums the processor may make in whatever order it likes."""
