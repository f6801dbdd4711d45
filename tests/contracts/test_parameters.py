"""The law for functions of points, matrices and cameras, on every library."""

import contextlib
import threading
from typing import Any

import numpy as np
import pytest

from imgproc import arrays
from tests.contracts.calls import function
from tests.contracts.parameters import PARAMETERS, host, parts, plain
from tests.libraries import LIBRARIES, Library

names = pytest.mark.parametrize("name", PARAMETERS)


def good(name: str, seed: int = 0) -> list[np.ndarray]:
    return PARAMETERS[name].operands(np.random.default_rng(seed))


def call(name: str, operands: list[Any], **options: Any) -> list[Any]:
    example = PARAMETERS[name]
    return parts(function(name)(*example.leading, *operands, **(example.options | options)))


def call_on(library: Library, name: str, operands: list[np.ndarray], **options: Any) -> list[np.ndarray]:
    results = call(name, [plain(library, x) for x in operands], **options)
    arrays_of_result = [x for x in results if not isinstance(x, int | float)]
    assert {arrays.kind(x) for x in arrays_of_result} <= {library.name}
    return [host(x) for x in results]


def assert_near(got: np.ndarray, wanted: np.ndarray, units: float) -> None:
    """Equal within so many units of rounding of the result's dtype, relative to its greatest value."""
    assert got.shape == wanted.shape
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, wanted)
        return
    finite = np.abs(wanted[np.isfinite(wanted)])
    tolerance = units * np.finfo(got.dtype).eps * max(1.0, finite.max(initial=0.0))
    np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=0, atol=tolerance)


def here(name: str) -> list[Library]:
    """Libraries that a function takes."""
    return [x for x in LIBRARIES if not (PARAMETERS[name].host_only and x.name == "cupy") and x.name != "strict"]


@names
def test_every_library_gives_the_numbers_of_numpy(name: str):
    wanted = [np.asarray(x) for x in call(name, good(name))]
    for library in here(name):
        results = call_on(library, name, good(name))
        assert [x.dtype for x in results] == [x.dtype for x in wanted]
        for got, reference in zip(results, wanted, strict=True):
            assert_near(got, reference, PARAMETERS[name].nearness)


@names
def test_float32_in_gives_float32_out_and_everything_else_float64(name: str):
    for library in here(name):
        exact = call_on(library, name, good(name))
        rounded = call_on(library, name, [x.astype(np.float32) for x in good(name)])
        for got, wide in zip(rounded, exact, strict=False):
            if wide.dtype.kind == "f" and wide.ndim:
                assert wide.dtype == np.float64
                assert got.dtype == np.float32


@names
def test_host_only_functions_refuse_device_arrays_by_name(name: str):
    if not PARAMETERS[name].host_only or Library("cupy") not in LIBRARIES:
        return
    with pytest.raises(TypeError, match="to_numpy"):
        call(name, [plain(Library("cupy"), x) for x in good(name)])


@names
def test_stacked_problems_give_the_stacked_results(name: str):
    if not PARAMETERS[name].batched:
        return
    problems = [good(name, seed) for seed in range(3)]
    for library in here(name):
        together = call_on(library, name, [np.stack(several) for several in zip(*problems, strict=True)])
        for i, problem in enumerate(problems):
            for got, wanted in zip(together, call_on(library, name, problem), strict=True):
                if got.ndim:  # one number, such as the greatest count of iterations, stands for all
                    assert_near(got[i], wanted, PARAMETERS[name].nearness)


@names
def test_any_strides_give_the_same_and_inputs_stay(name: str):
    wanted = [np.asarray(x) for x in call(name, good(name))]
    for view in (
        lambda x: np.asfortranarray(x),
        lambda x: np.stack((x, x), axis=-1)[..., 0],
        lambda x: np.ascontiguousarray(x[::-1])[::-1],
        lambda x: x.astype(">f8"),
        lambda x: _frozen(x),
    ):
        operands = [view(x) for x in good(name)]
        for got, reference in zip(call(name, operands), wanted, strict=True):
            assert_near(np.asarray(got), reference, PARAMETERS[name].nearness)
        for x, before in zip(operands, good(name), strict=True):
            np.testing.assert_array_equal(x, before)


def _frozen(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


@names
def test_eight_threads_give_the_serial_result(name: str):
    wanted = [np.asarray(x) for x in call(name, good(name))]
    results: list[Any] = [None] * 8

    def run(i: int) -> None:
        results[i] = call(name, good(name))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        for got, reference in zip(result, wanted, strict=True):
            np.testing.assert_array_equal(got, reference)


@names
@pytest.mark.parametrize("dtype", ["complex64", "object", "U4"])
def test_operands_that_are_not_real_raise_type_error(name: str, dtype: str):
    for i in range(len(good(name))):
        bad = [x if k != i else np.zeros(x.shape, dtype) for k, x in enumerate(good(name))]
        with pytest.raises(TypeError, match="must be"):
            call(name, bad)


@names
@pytest.mark.parametrize("shape", [(), (7,), (0, 0), (4, 5), (2, 3, 4, 5)], ids=str)
def test_operands_of_another_shape_raise_value_error_that_shows_it(name: str, shape: tuple[int, ...]):
    if PARAMETERS[name].any_rows and len(shape) == 2 and shape[0] > 0:
        return
    for i in range(len(good(name))):
        bad = [x if k != i else np.zeros(shape) for k, x in enumerate(good(name))]
        with pytest.raises(ValueError, match=r"got (shape )?.*\("):
            call(name, bad)


@names
def test_nan_is_refused_or_stays_where_it_is(name: str):
    for i in range(len(good(name))):
        bad = good(name)
        bad[i][(0,) * bad[i].ndim] = np.nan
        expected = (
            contextlib.nullcontext()
            if PARAMETERS[name].takes_nan
            else pytest.raises(ValueError, match=r"must .*(finite|NaN)")
        )
        with expected:
            results = call(name, bad)
            assert any(np.isnan(x).any() for x in results)


@names
def test_operands_of_two_libraries_raise_type_error_that_names_both(name: str):
    torch = pytest.importorskip("torch")
    operands = good(name)
    if len(operands) < 2:
        return
    with pytest.raises(TypeError, match=r"numpy.*torch|torch.*numpy"):
        call(name, [torch.from_numpy(operands[0]), *operands[1:]])


@names
def test_what_is_no_array_raises_type_error(name: str):
    for value in (None, "points.txt", object()):
        with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
            call(name, [value, *good(name)[1:]])


@names
def test_bad_values_raise_value_error(library: Library, name: str):
    if PARAMETERS[name].host_only and library.name == "cupy":
        return
    for spoil in PARAMETERS[name].bad:
        operands, options = spoil(good(name))
        made = [plain(library, x) for x in operands]
        if library.name == "cupy":  # nothing waits there to look at values: NaN may stand for the error
            with contextlib.suppress(ValueError):
                assert any(np.isnan(host(x)).any() for x in call(name, made, **options))
            continue
        with pytest.raises(ValueError, match=r"must|do not determine"):
            call(name, made, **options)


@names
def test_gradcheck_in_float64(name: str):
    torch = pytest.importorskip("torch")
    if not PARAMETERS[name].differentiable or PARAMETERS[name].constrained:
        return
    tensors = [torch.from_numpy(x).requires_grad_() for x in good(name)]
    assert torch.autograd.gradcheck(
        lambda *xs: tuple(x for x in call(name, list(xs)) if x.is_floating_point()), tensors
    )


@names
def test_tracking_gradients_does_not_change_the_numbers(name: str):
    torch = pytest.importorskip("torch")
    if not PARAMETERS[name].differentiable:
        return
    plain_results = call_on(Library("torch"), name, good(name))
    tracked = call(name, [torch.from_numpy(x).requires_grad_() for x in good(name)])
    for got, wanted in zip(tracked, plain_results, strict=True):
        assert got.requires_grad == got.is_floating_point()
        assert_near(host(got), wanted, PARAMETERS[name].nearness)


@names
def test_gradients_of_batches_are_those_of_the_single_problems(name: str):
    torch = pytest.importorskip("torch")
    if not (PARAMETERS[name].differentiable and PARAMETERS[name].batched):
        return
    stacked = [np.stack(several) for several in zip(good(name), good(name, 1), strict=True)]
    tensors = [torch.from_numpy(x).requires_grad_() for x in stacked]
    sum(x.sum() for x in call(name, tensors)).backward()
    alone = [torch.from_numpy(x).requires_grad_() for x in good(name, 1)]
    sum(x.sum() for x in call(name, alone)).backward()
    for batch, one in zip(tensors, alone, strict=True):
        torch.testing.assert_close(batch.grad[1], one.grad, rtol=1e-6, atol=1e-8)


@names
def test_nothing_moves_and_nothing_waits_inside_on_a_device(name: str):
    if Library("cupy") not in LIBRARIES or PARAMETERS[name].host_only or PARAMETERS[name].syncs is None:
        return
    guard = pytest.importorskip("cupy_on_cpu.guard")
    operands = [plain(Library("cupy"), x) for x in good(name)]
    with guard.no_transfers(explicit_bytes=1 << 16, synchronise=PARAMETERS[name].syncs > 0):
        call(name, operands)
