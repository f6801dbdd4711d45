"""How kernels and what only they call are compiled: without what neither needs, or as numba itself would."""

import importlib.util
import sys

import numba
import numpy as np
import pytest
from numba.core import codegen, compiler_machinery, registry

from imgproc.primitives import _arrays_numba, _callees_numba, _compiler


def _add(x, n):
    return x + n


def _has_machine_code(callee):
    (compiled,) = callee.overloads.values()
    engine = registry.cpu_target.target_context.codegen()._engine
    return engine.is_symbol_defined(compiled.fndesc.mangled_name)


def _eight(add):
    return numba.njit(lambda x: add(add(x, 1), 2))(5)


def _load_again(monkeypatch, module):
    spec = importlib.util.spec_from_file_location(module.__name__, module.__file__)
    again = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, module.__name__, again)
    spec.loader.exec_module(again)
    return again


def _with_a_local(x):
    made = np.empty(2)
    made[0] = x
    return made[0] + 1


def _returned(x):
    return x


def test_a_callee_is_compiled_once_for_all_numbers_that_calls_spell_out():
    ours, theirs = _callees_numba.inline(_add), numba.njit(_add)
    assert _eight(ours) == _eight(theirs) == 8
    assert (len(ours.overloads), len(theirs.overloads)) == (1, 2)


def test_a_callee_has_no_machine_code_of_its_own():
    ours, theirs = _callees_numba.inline(_add), numba.njit(_add)
    kernel = numba.njit(lambda add: add(5, 3))
    assert kernel(ours) == kernel(theirs) == 8
    assert not _has_machine_code(ours)
    assert _has_machine_code(theirs)


def test_a_callee_that_makes_an_array_is_allocating():
    assert numba.njit(lambda f: f(1.0))(_callees_numba.allocating(_with_a_local)) == 2
    with pytest.raises(numba.TypingError, match="empty"):
        numba.njit(lambda f: f(1.0))(_callees_numba.inline(_with_a_local))


def test_a_callee_that_returns_an_array_is_allocating():
    kernel = numba.njit(lambda f, x: f(x)[1])
    assert kernel(_callees_numba.allocating(_returned), np.arange(3.0)) == 1
    with pytest.raises(TypeError, match="_returned holds a new array"):
        kernel(_callees_numba.inline(_returned), np.arange(3.0))


def test_a_callee_that_is_given_a_new_array_is_allocating():
    returned = _callees_numba.allocating(_returned)

    def first(x):
        return returned(x)[0]

    kernel = numba.njit(lambda f, x: f(x))
    assert kernel(_callees_numba.allocating(first), np.ones(3)) == 1
    with pytest.raises(TypeError, match="first holds a new array"):
        kernel(_callees_numba.inline(first), np.ones(3))


def test_a_kernel_goes_through_none_of_the_steps_that_numba_looks_after(monkeypatch):
    steps = []
    run = compiler_machinery.PassManager._runPass
    monkeypatch.setattr(
        compiler_machinery.PassManager, "_runPass", lambda manager, *rest: steps.append(manager) or run(manager, *rest)
    )
    assert numba.njit(**_compiler.KERNEL)(_add)(5, 3) == 8
    assert not steps
    assert numba.njit(_add)(5, 3) == 8
    assert steps


@pytest.mark.parametrize("missing", ["JITCodeLibrary", "JITCodeLibrary._finalize_dynamic_globals"])
def test_a_numba_without_the_private_classes_compiles_its_own_way(monkeypatch, missing):
    with monkeypatch.context() as patch:
        holder, _, name = missing.rpartition(".")
        patch.delattr(codegen.CPUCodeLibrary if holder else codegen, name)
        patch.delitem(sys.modules, "imgproc.primitives._pipelines")
        compiler = _load_again(monkeypatch, _compiler)
    again = _load_again(monkeypatch, _callees_numba)
    assert "pipeline_class" not in compiler.CALLEE | compiler.KERNEL
    callee = again.inline(_add)
    assert _eight(callee) == 8
    assert _has_machine_code(callee)
    assert numba.njit(lambda f: f(1.0))(again.allocating(_with_a_local)) == 2


def test_callees_are_plain_functions_where_numba_is_switched_off(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert _callees_numba.inline(_add) is _add


def _scale(x, n, out):
    for i in range(n):
        out[i] = 2 * x[i]


def _weighted(x, n):
    weights = np.array([1.0, 2.0, 4.0])
    return x[:n] * weights[:n] + 1


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, np.bool_])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_new_arrays_are_those_that_numpy_makes(rank, dtype):
    shape = (5, 3, 2)[:rank] if rank > 1 else 5
    made = numba.njit(lambda shape: (_arrays_numba.zeros(shape, dtype), _arrays_numba.empty(shape, dtype)))(shape)
    expected = np.zeros(shape, dtype)
    np.testing.assert_array_equal(made[0], expected, strict=True)
    for array in made:
        assert (array.shape, array.dtype, array.strides) == (expected.shape, expected.dtype, expected.strides)


def test_new_arrays_are_of_float64_unless_told():
    like = np.float32(0)
    zeros, empty, typed = numba.njit(
        lambda n: (_arrays_numba.zeros(n), _arrays_numba.empty((n, 2)), _arrays_numba.zeros(n, type(like)))
    )(np.uint8(3))
    np.testing.assert_array_equal(zeros, np.zeros(3), strict=True)
    assert (empty.shape, empty.dtype, typed.dtype) == ((3, 2), np.float64, np.float32)


@pytest.mark.parametrize("make", [_arrays_numba.empty, _arrays_numba.zeros])
@pytest.mark.parametrize(
    "shape", [1 << 59, 1 << 61, 1 << 62, -1, (-3, -4), (0, -1), (1 << 32, 1 << 32), (1 << 62, 2, 2)]
)
def test_no_array_is_made_of_a_shape_that_no_memory_holds(make, shape):
    with pytest.raises(MemoryError):
        numba.njit(lambda shape: make(shape).size)(shape)


def test_a_kernel_computes_with_arrays_as_numba_does():
    ours, theirs = numba.njit(**_compiler.KERNEL)(_weighted), numba.njit(_weighted)
    x = np.arange(5.0)
    np.testing.assert_array_equal(ours(x, 3), theirs(x, 3), strict=True)
    np.testing.assert_array_equal(ours(x, 3), [1, 3, 9])


def test_loops_of_a_callee_are_vectorised_before_a_kernel_links_them():
    scale = _callees_numba.inline(_scale)
    x, out = np.arange(100.0), np.zeros(100)
    numba.njit(lambda f, x, out: f(x, 100, out))(scale, x, out)
    np.testing.assert_array_equal(out, 2 * x)
    (compiled,) = scale.overloads.values()
    assert "vector.body" in compiled.library.get_llvm_str()
