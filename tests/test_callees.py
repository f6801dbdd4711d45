"""How functions that only kernels call are compiled: once, without machine code, or as numba itself would."""

import importlib.util

import numba
import pytest
from numba.core import codegen, registry

from imgproc.primitives import _callees_numba


def _add(x, n):
    return x + n


def _has_machine_code(callee):
    (compiled,) = callee.overloads.values()
    engine = registry.cpu_target.target_context.codegen()._engine
    return engine.is_symbol_defined(compiled.fndesc.mangled_name)


def _eight(add):
    return numba.njit(lambda x: add(add(x, 1), 2))(5)


def _loaded_again():
    spec = importlib.util.spec_from_file_location("_callees_again", _callees_numba.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


@pytest.mark.parametrize("missing", ["JITCodeLibrary", "JITCodeLibrary._finalize_dynamic_globals"])
def test_a_numba_without_the_private_classes_compiles_callees_its_own_way(monkeypatch, missing):
    holder, _, name = missing.rpartition(".")
    if holder:
        monkeypatch.delattr(codegen.CPUCodeLibrary, name)
    else:
        monkeypatch.delattr(codegen, name)
    again = _loaded_again()
    monkeypatch.undo()
    callee = again.inline(_add)
    assert "pipeline_class" not in again.CALLEE
    assert _eight(callee) == 8
    assert _has_machine_code(callee)


def test_callees_are_plain_functions_where_numba_is_switched_off(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert _callees_numba.inline(_add) is _add
