"""The nearest code, and gradients that pass it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.vq import vq

from deep.blocks.vector_quantizer import VectorQuantizer

few = st.integers(1, 5)


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def quantizer(num_codes, dim, seed=1, **words):
    made = VectorQuantizer(num_codes, dim, **words)
    made.codebook.data.copy_(noise(num_codes, dim, seed=seed))
    return made


@given(num_codes=few, dim=few, shape=st.lists(few, min_size=0, max_size=3), batch=few)
def test_every_vector_becomes_its_nearest_code(num_codes, dim, shape, batch):
    layer, x = quantizer(num_codes, dim), noise(batch, dim, *shape)
    quantized, codes, _ = layer(x)
    assert quantized.shape == x.shape
    assert codes.shape == (batch, *shape)
    vectors = x.movedim(1, -1).reshape(-1, dim)
    expected, _ = vq(vectors.double().numpy(), layer.codebook.detach().double().numpy())
    assert np.array_equal(codes.flatten(), expected)
    assert torch.equal(quantized, layer.look_up(codes))  # the codes to the last bit


@given(num_codes=few, dim=few)
def test_what_is_quantized_stays(num_codes, dim):
    layer = quantizer(num_codes, dim)
    quantized, codes, _ = layer(noise(6, dim))
    again, codes_again, loss = layer(quantized.detach())
    assert torch.equal(again, quantized)
    assert torch.equal(codes_again, codes)
    assert loss == 0


@given(commitment=st.floats(0, 2), dim=few)
def test_gradients_pass_through_and_the_loss_pulls_both_sides(commitment, dim):
    layer, x = quantizer(3, dim, commitment=commitment), noise(7, dim).requires_grad_()
    weights = noise(7, dim, seed=2)
    quantized, codes, loss = layer(x)
    (passed,) = torch.autograd.grad((weights * quantized).sum(), x)
    assert torch.equal(passed, weights)
    to_x, to_codes = torch.autograd.grad(loss, (x, layer.codebook))
    difference = (x - layer.codebook[codes]).detach()
    torch.testing.assert_close(to_x, commitment * 2 * difference / x.numel())
    expected = torch.zeros(3, dim).index_add_(0, codes, -2 * difference / x.numel())
    torch.testing.assert_close(to_codes, expected)


def test_with_decay_codes_become_the_running_means_of_their_vectors():
    layer = quantizer(4, 2, decay=0.9)
    assert [name for name, _ in layer.named_parameters()] == []
    counts, sums = np.zeros(4), np.zeros((4, 2))
    for seed in range(20):
        x, before = noise(50, 2, seed=seed), layer.codebook.clone()
        codes = layer(x)[1].numpy()
        assert np.array_equal(codes, vq(x.double().numpy(), before.double().numpy())[0])
        ones = np.eye(4)[codes]
        counts, sums = 0.9 * counts + 0.1 * ones.sum(0), 0.9 * sums + 0.1 * ones.T @ x.numpy()
    np.testing.assert_allclose(layer.codebook, sums / counts[:, None], rtol=1e-5, atol=1e-6)


def test_a_code_that_is_never_chosen_stays_and_nothing_moves_in_evaluation():
    layer = VectorQuantizer(2, 1, decay=0.5)
    layer.codebook.copy_(torch.tensor([[0.0], [100.0]]))
    for _ in range(300):
        layer(torch.tensor([[1.0], [3.0]]))
    assert layer.codebook.tolist() == [[2.0], [100.0]]
    layer.eval()(torch.tensor([[10.0]]))
    assert layer.codebook.tolist() == [[2.0], [100.0]]


def test_a_code_that_is_left_keeps_its_last_mean():
    layer = VectorQuantizer(2, 1, decay=0.5)
    layer.codebook.copy_(torch.tensor([[0.0], [100.0]]))
    layer(torch.tensor([[1.0], [90.0]]))
    for _ in range(300):
        layer(torch.tensor([[1.0]]))
    assert layer.codebook.tolist() == [[1.0], [90.0]]


@pytest.mark.parametrize("decay", [None, 0.9])
def test_a_codebook_learns_the_centres_of_four_clouds(decay):
    centres = torch.tensor([[-2.0, -2.0], [-2.0, 2.0], [2.0, -2.0], [2.0, 2.0]])
    layer = VectorQuantizer(4, 2, decay=decay)
    layer.codebook.data.copy_(centres / 4)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0) if decay is None else None
    for seed in range(60):
        loss = layer((centres[:, None] + 0.1 * noise(4, 25, 2, seed=seed)).reshape(-1, 2))[2]
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    # the mean of 25 draws of deviation 0.1 has 0.02; five of these
    torch.testing.assert_close(layer.codebook.detach(), centres, rtol=0, atol=0.1)


def test_a_state_dict_brings_the_averages():
    first, second = quantizer(4, 2, decay=0.9), VectorQuantizer(4, 2, decay=0.9)
    first(noise(20, 2))
    second.load_state_dict(first.state_dict())
    for layer in (first, second):
        layer(noise(20, 2, seed=5))
    assert torch.equal(first.codebook, second.codebook)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_keep_theirs(dtype):
    quantized, codes, loss = quantizer(3, 2)(noise(5, 2, 4).to(dtype))
    assert quantized.dtype == loss.dtype == dtype
    assert codes.dtype == torch.int64


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match="num_codes must be at least 1, got 0"):
        VectorQuantizer(0, 2)
    with pytest.raises(ValueError, match="decay must be at least 0 and below 1, got 1"):
        VectorQuantizer(3, 2, decay=1)
    with pytest.raises(ValueError, match="commitment must be at least 0, got -1"):
        VectorQuantizer(3, 2, commitment=-1)
    with pytest.raises(ValueError, match=r"x must be \(N, 2, …\), got shape \(5, 3\)"):
        VectorQuantizer(3, 2)(torch.zeros(5, 3))
