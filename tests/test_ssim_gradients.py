"""Gradients of structural similarity on the CPU are taken by a kernel: they equal those of the reference body."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc import metrics
from imgproc._dispatch import explain, reference_only

torch = pytest.importorskip("torch")
SHAPES = [(11, 11), (12, 43), (2, 30, 13), (2, 3, 17, 18), (5, 20)]
SMALL = {"sigma": 0.5}  # a window of 5 × 5
seeds = st.integers(0, 2**32 - 1)


def pictures(seed, shape, dtype=torch.float64):
    rng = np.random.default_rng(seed)
    image = rng.random(shape)
    return tuple(torch.from_numpy(x).to(dtype) for x in (image, image + rng.normal(0, 0.1, shape)))


def gradients(measure, pair):
    """Return what a weighted sum of the measures passes to both images."""
    pair = [x.clone().requires_grad_() for x in pair]
    made = measure(*pair)
    return torch.autograd.grad((made * torch.arange(1, made.numel() + 1).reshape(made.shape)).sum(), pair)


@pytest.mark.parametrize("measure", [metrics.ssim, lambda *pair: metrics.ms_ssim(*pair, weights=(0.4, 0.6), **SMALL)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(shape=st.sampled_from(SHAPES), seed=seeds)
def test_gradients_are_those_of_the_reference(measure, dtype, shape, seed):
    pair = pictures(seed, shape, dtype)
    got = gradients(measure, pair)
    with reference_only():
        wanted = gradients(measure, pair)
    for one, other in zip(got, wanted, strict=True):
        # the slopes of ratios over constants of 9e-4 cancel: some hundred roundings of the greatest
        tolerance = 100 * torch.finfo(dtype).eps * float(other.abs().max())
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def test_the_kernel_serves_where_windows_fit():
    for shape, is_served in (((11, 12), True), ((10, 12), False)):
        one, other = pictures(0, shape)
        with explain() as bodies:
            metrics.ssim(one.requires_grad_(), other)
        names = [body.rpartition(".")[2] for _, body in bodies]
        assert ("_similarity_recorded" in names) == is_served


def test_only_the_image_that_asks_for_a_gradient_gets_one():
    one, other = pictures(0, (12, 13), torch.float16)
    metrics.ssim(one, other.requires_grad_()).backward()
    assert one.grad is None
    assert other.grad.dtype == torch.float16
    assert other.grad.abs().max() > 0


def test_gradients_by_differences():
    one, other = (x.requires_grad_() for x in pictures(0, (2, 6, 7)))
    assert torch.autograd.gradcheck(lambda *pair: metrics.ssim(*pair, **SMALL), (one, other))


def test_gradients_of_gradients():
    one, other = (x.requires_grad_() for x in pictures(0, (6, 5)))
    assert torch.autograd.gradgradcheck(lambda *pair: metrics.ssim(*pair, **SMALL), (one, other))


def test_many_gradients_at_once_are_those_one_by_one():
    one, other = (x.requires_grad_() for x in pictures(0, (3, 1, 12, 12)))
    made = metrics.ssim(one, other)
    each = torch.eye(3, dtype=made.dtype)
    at_once = torch.autograd.grad(made, (one, other), each, is_grads_batched=True, retain_graph=True)
    for i in range(3):
        alone = torch.autograd.grad(made, (one, other), each[i], retain_graph=True)
        for got, wanted in zip(at_once, alone, strict=True):
            torch.testing.assert_close(got[i], wanted)
