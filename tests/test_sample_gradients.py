"""Gradients of sampling on the CPU are taken by kernels: they equal those of the reference body."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.geometry import remap, warp

torch = pytest.importorskip("torch")
INTERPOLATIONS = ["nearest", "linear", "cubic", "lanczos"]
BORDERS = ["constant", "edge", "reflect", "symmetric", "wrap"]
SHAPES = [(1, 1), (5, 6), (3, 5, 6), (2, 3, 5, 6), (2, 1, 1, 7)]
MATRIX = torch.tensor([[0.93, 0.11, 0.37], [-0.07, 0.88, 0.61], [0.013, -0.017, 1.0]], dtype=torch.float64)
sampling = st.fixed_dictionaries(
    {
        "interpolation": st.sampled_from(INTERPOLATIONS),
        "border": st.sampled_from(BORDERS),
        "fill": st.floats(-1, 1),
    }
)
seeds = st.integers(0, 2**32 - 1)


def picture(seed, shape):
    return torch.from_numpy(np.random.default_rng(seed).random(shape))


def gradients(call, image, place):
    """Return the result and the gradients of a weighted sum of it to image and place; None where there is none."""
    image, place = image.clone().requires_grad_(), place.clone().requires_grad_()
    made = call(image, place)
    weights = torch.linspace(-1, 1, made.numel(), dtype=made.dtype).reshape(made.shape)
    return made.detach(), *torch.autograd.grad(made, (image, place), weights, allow_unused=True)


def compare(call, image, place, tolerances):
    with explain() as bodies:
        got = gradients(call, image, place)
    with reference_only():
        wanted = gradients(call, image, place)
    assert any(body.endswith("_recorded") for _, body in bodies)
    for one, other, tolerance in zip(got, wanted, tolerances, strict=True):
        assert (one is None) == (other is None)
        if other is not None:
            torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance, equal_nan=True)


@given(sampling, st.sampled_from(SHAPES), seeds, st.booleans())
def test_gradients_to_image_and_matrix_are_those_of_the_reference(options, shape, seed, one_each):
    noise = picture(seed, (2, 3, 3)) - 0.5
    matrices = MATRIX + noise * torch.tensor([[0.5, 0.5, 4.0], [0.5, 0.5, 4.0], [0.02, 0.02, 0.2]])
    matrix = matrices if len(shape) == 4 and one_each else matrices[0]
    call = lambda image, m: warp(image, m, inverse=True, size=(4, 7), **options)  # noqa: E731
    # up to 336 terms of at most 1e3, by coordinates and by distances near a horizon: 336 * 1e3 * 2.2e-16
    compare(call, picture(seed, shape), matrix, (1e-13, 1e-12, 1e-10))


@given(sampling, st.sampled_from(SHAPES), seeds)
def test_gradients_to_image_and_map_are_those_of_the_reference(options, shape, seed):
    xy = picture(seed, (2, 6, 7)) * 24 - 8
    xy[:, :2] = xy[:, :2].round()
    xy[0, 2, :3] = torch.tensor([torch.nan, torch.inf, 1e300])
    xy = torch.stack([xy, xy.flip(2)]) if len(shape) == 4 else xy
    call = lambda image, xy: remap(image, xy, **options)  # noqa: E731
    compare(call, picture(seed, shape), xy, (1e-13, 1e-12, 1e-12))
    # float32: 84 terms added up in a pixel, in any order, each to 6e-8 of a sum of at most 84; 36 weights in a position
    compare(call, picture(seed, shape).float(), xy, (1e-5, 84 * 84 * 6e-8, 1e-4))


@given(sampling, st.sampled_from([torch.float32, torch.float64]), seeds)
def test_what_is_not_finite_spreads_to_gradients_no_farther_than_in_the_reference(options, dtype, seed):
    image = picture(seed, (5, 6)).to(dtype)
    image[1, 2], image[3, 4] = torch.nan, torch.inf
    xy = (picture(seed, (2, 6, 7)) * 10 - 2).mul(2).round().div(2)
    call = lambda image, xy: remap(image, xy, **options)  # noqa: E731
    got = gradients(call, image, xy)
    with reference_only():
        wanted = gradients(call, image, xy)
    for one, other in zip(got, wanted, strict=True):
        if other is not None:  # a row without weight: 0 * NaN on the way back through the reference, nothing here
            is_finite = torch.isfinite(other)
            torch.testing.assert_close(one[is_finite], other[is_finite], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])
def test_what_is_not_finite_and_has_a_weight_reaches_the_gradient_to_the_map(interpolation):
    image = picture(0, (5, 6))
    image[2, 3] = torch.nan
    xy = torch.tensor([[[2.5, 2.0]], [[2.5, 0.0]]], dtype=torch.float64)  # beside the NaN, and where it has no weight
    _, _, to_map = gradients(lambda image, xy: remap(image, xy, interpolation=interpolation), image, xy)
    assert torch.isnan(to_map[:, 0, 0]).all()
    assert torch.isfinite(to_map[:, 0, 1]).all()


def test_gradients_of_a_position_by_hand():
    image = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    xy = torch.tensor([[[0.25]], [[0.5]]], requires_grad=True)
    remap(image, xy).sum().backward()
    assert image.grad.tolist() == [[0.375, 0.125], [0.375, 0.125]]
    assert xy.grad.flatten().tolist() == [0.5 * (2 - 1) + 0.5 * (5 - 3), 0.75 * (3 - 1) + 0.25 * (5 - 2)]


@pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])
def test_gradients_of_gradients(interpolation):
    call = lambda image, matrix: warp(image, matrix, interpolation=interpolation, size=(3, 4))  # noqa: E731
    inputs = (picture(0, (2, 4, 5)).requires_grad_(), MATRIX.clone().requires_grad_())
    assert torch.autograd.gradgradcheck(call, inputs)


def test_many_gradients_at_once_are_those_one_by_one():
    image, matrix = picture(0, (4, 5)).requires_grad_(), MATRIX.clone().requires_grad_()
    made = warp(image, matrix)
    many = picture(1, (3, 4, 5))
    at_once = torch.autograd.grad(made, (image, matrix), many, is_grads_batched=True, retain_graph=True)
    for i in range(3):
        for got, wanted in zip(
            at_once, torch.autograd.grad(made, (image, matrix), many[i], retain_graph=True), strict=True
        ):
            torch.testing.assert_close(got[i], wanted)


@pytest.mark.parametrize("is_reference", [False, True])
def test_a_pixel_at_the_horizon_passes_nothing_on(is_reference):
    matrix = torch.tensor([[1.0, 0, 0], [0, 1, 0], [-0.5, 0, 1]], dtype=torch.float64)  # third coordinate 0 at u = 2
    left, right = matrix.clone().requires_grad_(), matrix.clone().requires_grad_()
    image = picture(0, (5, 6))
    call = lambda m: warp(image, m, inverse=True, border="reflect", fill=3.0)  # noqa: E731
    if is_reference:
        with reference_only():
            made = call(left)
    else:
        made = call(left)
    assert (made[:, 2] == 3).all()
    made.sum().backward()
    others = call(right)
    (others[:, :2].sum() + others[:, 3:].sum()).backward()
    assert torch.isfinite(left.grad).all()
    torch.testing.assert_close(left.grad, right.grad)


def test_strides_do_not_matter():
    image = picture(0, (2, 5, 6, 3)).permute(0, 3, 1, 2).flip(3)
    call = lambda image, matrix: warp(image, matrix) * image.new_ones(())  # noqa: E731
    for got, wanted in zip(
        gradients(call, image, MATRIX.T), gradients(call, image.contiguous(), MATRIX.T), strict=True
    ):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_rounded_once(dtype):
    image = picture(0, (3, 5, 6)).to(dtype)
    for got, wanted in zip(gradients(warp, image, MATRIX), gradients(warp, image.float(), MATRIX), strict=True):
        torch.testing.assert_close(got, wanted.to(got.dtype), rtol=torch.finfo(dtype).eps, atol=0.01)


def test_whole_numbers_record_nothing_and_are_those_without_gradients():
    image = (picture(0, (3, 5, 6)) * 255).to(torch.uint8)
    moved = warp(image, MATRIX.clone().requires_grad_())
    assert not moved.requires_grad
    assert torch.equal(moved, warp(image, MATRIX))


def test_masks_pass_gradients_to_the_matrix():
    mask = picture(0, (5, 6)) > 0.5
    matrix, other = MATRIX.clone().requires_grad_(), MATRIX.clone().requires_grad_()
    warp(mask, matrix).sum().backward()
    warp(mask.float(), other).sum().backward()
    assert torch.equal(matrix.grad, other.grad)


def test_an_image_changed_before_the_way_back_is_an_error():
    image = picture(0, (5, 6)).requires_grad_()
    copied = image * 1
    moved = warp(copied, MATRIX.clone().requires_grad_())
    copied.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        moved.sum().backward()
