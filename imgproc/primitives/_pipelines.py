"""The steps from the bytecode of a kernel to its machine code, from numba's private classes; see `_compiler.py`."""

# mypy: ignore-errors
# what is built on are numba's private classes

import operator

from numba.core import analysis, errors, ir, ir_utils, postproc, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.options import DefaultOptions
from numba.core.rewrites import rewrite_registry
from numba.core.ssa import reconstruct_ssa
from numba.core.typed_passes import NativeLowering, NoPythonBackend, PreLowerStripPhis
from numba.core.typeinfer import TypeInferer
from numba.core.untyped_passes import FixupArgs, IRProcessing, TranslateByteCode

# what is used inside functions, so that a numba without it is known at import
_finish, _strip_phis, _ = (
    JITCodeLibrary._finalize_dynamic_globals,
    PreLowerStripPhis()._strip_phi_nodes,
    DefaultOptions._nrt,
)

_OPERATORS = frozenset(getattr(operator, name) for name in operator.__all__)
_known_operators = {}


class Inferer(TypeInferer):
    """Infer types, each call of the same types once (numba resolves all calls again until nothing is new)."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.known = {}

    def resolve_call(self, function, positional, named):
        known = _known_operators if getattr(function, "typing_key", None) in _OPERATORS else self.known
        call = function, tuple(positional), tuple(named.items())
        if known.get(call) is None:  # what fails now may be defined later
            known[call] = super().resolve_call(function, positional, named)
        return known[call]


def _rewrite_untyped(state):
    rewrite_registry.apply("before-inference", state)


def _assign_once(state):
    state.func_ir = reconstruct_ssa(state.func_ir)
    state.func_ir._definitions = ir_utils.build_definitions(state.func_ir.blocks)


def _infer_types(state):
    warnings = errors.WarningsFixer(errors.NumbaWarning)
    inferer = Inferer(state.typingctx, state.func_ir, warnings)
    target = state.targetctx.target
    with state.typingctx.callstack.register(target, inferer, state.func_ir.func_id, state.args), warnings:
        for index, (name, kind) in enumerate(zip(state.func_ir.arg_names, state.args, strict=True)):
            inferer.seed_argument(name, index, kind)
        if state.return_type is not None:
            inferer.seed_return(state.return_type)
        inferer.build_constraint()
        inferer.propagate()
        state.typemap, state.return_type, state.calltypes = inferer.unify()


def _merge_assignments(state):
    state.func_ir = _strip_phis(state.func_ir)
    state.func_ir._definitions = ir_utils.build_definitions(state.func_ir.blocks)


def _rewrite_arrays(state):
    """Fuse expressions of arrays, and fill those of constants; most functions have none."""
    computed = [
        state.typemap[assignment.target.name]
        for block in state.func_ir.blocks.values()
        for assignment in block.find_insts(ir.Assign)
        if getattr(assignment.value, "op", "") in ("unary", "binop", "call", "build_list")
    ]
    if any(isinstance(kind, types.Array | types.List) for kind in computed):
        lives = postproc.PostProcessor(state.func_ir)
        lives.run(True)
        rewrite_registry.apply("after-inference", state)
        lives.remove_dels()


def _end_lives(state):
    state.library.has_loops = bool(analysis.compute_cfg_from_blocks(state.func_ir.blocks).loops())
    postproc.PostProcessor(state.func_ir).run(True)


_STEPS = (
    TranslateByteCode().run_pass,
    FixupArgs().run_pass,
    IRProcessing().run_pass,
    _rewrite_untyped,
    _assign_once,
    _infer_types,
    _merge_assignments,
    _rewrite_arrays,
    _end_lives,
    NativeLowering().run_pass,
    NoPythonBackend().run_pass,
)


class Steps:
    """What numba's compiler runs; one function at a time."""

    pipeline_name = "kernel"
    exec_times = ()

    @staticmethod
    @global_compiler_lock
    def run(state):
        for step in _STEPS:
            step(state)


class MachineCode(JITCodeLibrary):
    """The machine code of a kernel with all that it calls."""

    has_loops = False

    def _optimize_final_module(self):
        made = self._codegen._module_pass_manager()
        passes, *builder = made if isinstance(made, tuple) else (made,)  # alone before numba 0.62
        passes.run(self._final_module, *builder)


class Instructions(MachineCode):
    """The instructions of a function, by itself optimised, for the kernels that link them."""

    def _optimize_final_module(self):
        """Vectorise loops alone; what else spans functions is left to the kernel, which sees them all."""
        if self.has_loops:
            super()._optimize_final_module()

    def _finalize_final_module(self):
        _finish(self)
        self._finalized = True

    def get_pointer_to_function(self, name):
        return 0  # of the function for Python, which numba asks for and there is not

    @property
    def codegen(self):
        return self

    def set_env(self, name, environment):
        """Drop what machine code would print with: kernels from the disk have none either."""


class KernelCompiler(Compiler):
    """Compiles what Python calls."""

    library_class = MachineCode

    def define_pipelines(self):
        return [Steps]

    def compile_extra(self, function):
        self.state.library = self.library_class(self.state.targetctx.codegen(), function.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(function)


class CalleeCompiler(KernelCompiler):
    """Compiles what only kernels call."""

    library_class = Instructions

    def compile_extra(self, function):
        compiled = super().compile_extra(function)
        if not self.state.flags.nrt:
            _refuse_owners(function, self.state)
        return compiled


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
