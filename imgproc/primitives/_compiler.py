"""How numba compiles kernels and what they call: without the steps that neither needs.

Each function would be looked through for what kernels do without: closures, `with`, branches that types decide. (That
it is optimised alone before it is optimised with all that it calls looks needless, too: but without, semi-global
matching takes twice as long, and resizing that enlarges a third longer.)

Of functions that only kernels call, numba would make three (for kernels, for Python and for C) and machine code of all.
But kernels link the instructions of the first into machine code of their own: a third of the time. Arrays that
they are given they borrow, since the kernel holds them: owners are counted where arrays are made or returned alone.
"""

# mypy: ignore-errors
# what is built on are numba's private classes

from typing import Any

from numba.core import types


def _define_compilers():
    """Return what is ours of the options: nothing if this numba has not the (private) classes for it."""
    try:
        from numba.core.codegen import JITCodeLibrary
        from numba.core.compiler import Compiler
        from numba.core.compiler_machinery import PassManager
        from numba.core.options import DefaultOptions
        from numba.core.typed_passes import (
            AnnotateTypes,
            IRLegalization,
            NativeLowering,
            NoPythonBackend,
            NopythonRewrites,
            NopythonTypeInference,
            PreLowerStripPhis,
        )
        from numba.core.untyped_passes import (
            FixupArgs,
            GenericRewrites,
            IRProcessing,
            ReconstructSSA,
            TranslateByteCode,
        )

        finish, _ = JITCodeLibrary._finalize_dynamic_globals, DefaultOptions._nrt
    except (ImportError, AttributeError):
        return {}

    steps = (
        TranslateByteCode, FixupArgs, IRProcessing, GenericRewrites, ReconstructSSA, NopythonTypeInference,
        PreLowerStripPhis, NopythonRewrites, IRLegalization, AnnotateTypes, NativeLowering, NoPythonBackend,
    )  # fmt: skip

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

    class KernelCompiler(Compiler):
        def define_pipelines(self):
            manager = PassManager("kernel")
            for step in steps:
                manager.add_pass(step, step.__name__)
            manager.finalize()
            return [manager]

    class CalleeCompiler(KernelCompiler):
        def compile_extra(self, function):
            state = self.state
            state.library = Instructions(state.targetctx.codegen(), function.__qualname__)
            compiled = super().compile_extra(function)
            if not state.flags.nrt:
                _refuse_owners(function, state)
            return compiled

    return {"kernel": {"pipeline_class": KernelCompiler}, "callee": {"pipeline_class": CalleeCompiler, "_nrt": False}}


def _refuse_owners(function, state):
    """Raise an error if a function that counts no owners is given or returns an array that somebody must free."""
    returned = [state.return_type] + [
        made.return_type
        for call, made in state.calltypes.items()
        if getattr(call, "op", None) == "call" and isinstance(state.typemap[call.func.name], types.Dispatcher)
    ]
    for kind in returned:
        if state.targetctx.data_model_manager[kind].contains_nrt_meminfo():
            raise TypeError(f"{function.__qualname__} holds a new {kind}: it must be @allocating")


_ours = _define_compilers()

KERNEL: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True} | _ours.get("kernel", {})
"""The options of numba for a kernel."""

CALLEE: dict[str, Any] = KERNEL | {"no_cpython_wrapper": True} | _ours.get("callee", {})
"""Those for a function that only kernels call."""

ALLOCATING: dict[str, Any] = CALLEE | ({"_nrt": True} if "_nrt" in CALLEE else {})
"""Those for one that makes arrays, or returns one."""
