"""The vector that a matrix shortens most, whatever its shape."""

import numpy as np
import pytest

from imgproc._dispatch import reference_only
from imgproc.primitives.null_vector import null_vector
from tests.contracts.parameters import host, plain
from tests.libraries import Library

shapes = pytest.mark.parametrize("shape", [(8, 9), (9, 9), (20, 9), (100, 9), (3, 4), (4, 4), (7, 3)], ids=str)


def matrices(shape: tuple[int, int]) -> np.ndarray:
    """Forty random matrices, the last ten with a vector that they send to nothing."""
    rng = np.random.default_rng(sum(shape))
    stack = rng.normal(size=(40, *shape))
    stack[30:, :, -1] = stack[30:, :, :-1] @ rng.normal(size=shape[1] - 1)
    return stack


@shapes
def test_no_unit_vector_is_shortened_more(shape, library: Library):
    stack = matrices(shape)
    vectors, values = (host(x) for x in null_vector(plain(library, stack)))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-14)
    lengths = np.linalg.norm(stack @ vectors[:, :, None], axis=(1, 2))
    np.testing.assert_allclose(lengths, values[:, -1], rtol=0, atol=1e-14 * values.max())
    wanted = np.linalg.svd(stack, compute_uv=False)
    np.testing.assert_allclose(values[:, : wanted.shape[1]], wanted, rtol=0, atol=1e-14 * values.max())
    assert lengths[30:].max() < 1e-14 * values.max()


@shapes
def test_the_fast_body_shortens_no_less_than_the_reference_where_columns_differ_in_scale(shape):
    stack = matrices(shape) * 10.0 ** np.linspace(-6, 6, shape[1])
    vectors, _ = null_vector(stack)
    with reference_only():
        wanted, _ = null_vector(stack)
    lengths, longest = (np.linalg.norm(stack @ x[:, :, None], axis=(1, 2)) for x in (vectors, wanted))
    assert np.all(lengths <= longest * (1 + 1e-9) + 1e-16)


def test_the_fast_body_keeps_the_digits_of_a_vector_sent_to_nothing_where_columns_differ_in_scale():
    scales = 10.0 ** np.linspace(-6, 6, 9)
    rows = np.random.default_rng(0).normal(size=(20, 8))
    shares = np.arange(1.0, 9)
    vector, values = null_vector(np.column_stack((rows, rows @ shares)) * scales)
    exact = np.append(shares, -1) / scales
    np.testing.assert_allclose(abs(vector @ exact) / np.linalg.norm(exact), 1, rtol=1e-14)
    assert values[-1] < 1e-14 * values[-2]


def test_gradients_are_those_of_the_vector_and_finite_where_singular_values_agree():
    torch = pytest.importorskip("torch")
    stack = torch.from_numpy(matrices((20, 9))[:3]).requires_grad_()

    def outer(x):  # the vector is determined up to its sign
        vector, _ = null_vector(x)
        return vector[..., :, None] * vector[..., None, :]

    assert torch.autograd.gradcheck(outer, stack)
    same = torch.eye(4, dtype=torch.float64, requires_grad=True)
    null_vector(same)[0].sum().backward()
    assert torch.isfinite(same.grad).all()
