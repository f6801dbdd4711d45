"""Gradients, transforms and compilation of everything differentiable."""

import warnings

import numpy as np
import pytest

from imgproc._dispatch import explain, implementations
from tests.contracts.calls import call as call_function
from tests.contracts.calls import operand_shape, operands, picture, shapes_for
from tests.contracts.registry import EXAMPLES
from tests.libraries import Library

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, inside func
TORCH = Library("torch")
DIFFERENTIABLE = [name for name, example in EXAMPLES.items() if example.differentiable]
names = pytest.mark.parametrize("name", DIFFERENTIABLE)


def call(name: str, tensors: list) -> tuple:
    """Call; complex results as pairs of real numbers, which have sums, orders and Jacobians."""
    results = call_function(name, tensors)
    return tuple(torch.view_as_real(x) if isinstance(x, torch.Tensor) and x.is_complex() else x for x in results)


def small(name: str, seed: int = 0) -> list:
    """Distinct values in float64, so that no maximum, median or maximum along a gradient is tied."""
    example = EXAMPLES[name]
    shape = (5, 4, 3) if example.operands[0] == "rgb" else (5, 4)
    shapes = [operand_shape(kind, shape) for kind in example.operands]
    return [TORCH.make(picture("float64", one, seed + 7 * i) / 100) for i, one in enumerate(shapes)]


@names
def test_gradcheck_in_float64(name: str):
    tensors = [t.requires_grad_() for t in small(name)]
    assert torch.autograd.gradcheck(lambda *xs: call(name, list(xs)), tensors)


@names
def test_gradients_at_flat_places_are_finite(name: str):
    for value in (0.0, 1.0):
        tensors = [torch.full_like(t, value).requires_grad_() for t in small(name)]
        sum(result.sum() for result in call(name, tensors)).backward()
        assert all(torch.isfinite(t.grad).all() for t in tensors)


@names
def test_tracking_gradients_does_not_change_the_numbers(name: str):
    plain = call(name, [t.float() for t in small(name)])
    tracked = call(name, [t.float().requires_grad_() for t in small(name)])
    for got, wanted in zip(tracked, plain, strict=True):
        assert got.requires_grad
        range_of_result = max(1.0, float(wanted.float().abs().max()))
        np.testing.assert_allclose(got.detach(), wanted, rtol=0, atol=1e-5 * range_of_result)


@names
def test_jvp_equals_the_product_with_the_jacobian(name: str):
    tensors = small(name)
    tangents = [torch.roll(t, 1, dims=-1) for t in tensors]
    _, forward = torch.func.jvp(lambda *xs: call(name, list(xs)), tuple(tensors), tuple(tangents))
    jacobians = torch.func.jacrev(lambda *xs: call(name, list(xs)), argnums=tuple(range(len(tensors))))(*tensors)
    for got, rows in zip(forward, jacobians, strict=True):
        wanted = sum(torch.tensordot(j, t, dims=t.ndim) for j, t in zip(rows, tangents, strict=True))
        torch.testing.assert_close(got, wanted)


@names
def test_vmap_equals_the_loop(name: str):
    batches = [torch.stack(pair) for pair in zip(small(name), small(name, 3), strict=True)]
    mapped = torch.func.vmap(lambda *xs: call(name, list(xs)))(*batches)
    for i in range(2):
        for got, wanted in zip(mapped, call(name, [b[i] for b in batches]), strict=True):
            torch.testing.assert_close(got[i], wanted)


@names
def test_traced_graph_gives_the_numbers_of_the_call(name: str):
    tensors = small(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations while it traces
        compiled = torch.compile(lambda *xs: call(name, list(xs)), backend="eager", fullgraph=False)
        results = compiled(*tensors)
    for got, wanted in zip(results, call(name, tensors), strict=True):
        torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("name", EXAMPLES)
def test_plain_cpu_tensors_run_the_numpy_bodies(name: str):
    example = EXAMPLES[name]
    pictures = operands(example, "float32", shapes_for(example)[0])
    with explain() as on_numpy:
        call(name, pictures)
    with explain() as on_torch:
        call(name, [TORCH.make(x) for x in pictures])
    fast = {(i.operation, f"{i.body.__module__}.{i.body.__name__}") for i in implementations() if i.library == "numpy"}
    assert [operation for operation, _ in on_torch] == [operation for operation, _ in on_numpy]
    assert set(on_torch) <= fast | set(on_numpy)  # planes of a tensor may suit another of them
