"""Gradients of warps: to the image, to the matrix, and to the map, as a spatial transformer needs them."""

import numpy as np
import pytest

from imgproc.geometry import remap, rotation, scaling, warp

torch = pytest.importorskip("torch")
MATRIX = torch.tensor([[0.93, 0.11, 0.37], [-0.07, 0.88, 0.61], [0.013, -0.017, 1.0]], dtype=torch.float64)
smooth = pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])


def picture(*shape: int) -> "torch.Tensor":
    return torch.from_numpy(np.random.default_rng(0).random(shape))


@smooth
@pytest.mark.parametrize("border", ["constant", "reflect", "wrap"])
def test_gradcheck_to_image_and_matrix(interpolation, border):
    options = {"interpolation": interpolation, "border": border, "fill": 0.3, "size": (4, 5)}
    inputs = (picture(2, 5, 6).requires_grad_(), MATRIX.clone().requires_grad_())
    assert torch.autograd.gradcheck(lambda image, matrix: warp(image, matrix, **options), inputs)


@pytest.mark.parametrize("inverse", [False, True])
def test_gradcheck_through_the_stretch_of_antialiasing(inverse):
    matrix = (MATRIX @ torch.from_numpy(scaling(2.3, 1.7) if inverse else scaling(0.4, 0.7))).requires_grad_()
    call = lambda image, m: warp(image, m, inverse=inverse, antialias=True, size=(3, 4), border="edge")  # noqa: E731
    assert torch.autograd.gradcheck(call, (picture(7, 8).requires_grad_(), matrix))


@smooth
def test_gradcheck_to_image_and_map(interpolation):
    xy = (picture(2, 3, 4) * 7 - 1.01).requires_grad_()
    call = lambda image, xy: remap(image, xy, interpolation=interpolation)  # noqa: E731
    assert torch.autograd.gradcheck(call, (picture(5, 6).requires_grad_(), xy))


def test_a_transformer_that_starts_at_the_identity_has_the_forward_difference_as_gradient():
    image = picture(6, 7)
    matrix = torch.eye(3, dtype=torch.float64, requires_grad=True)
    moved = warp(image, matrix, inverse=True, border="edge")
    moved[2, 3].backward()
    assert matrix.grad[0, 2] == pytest.approx(float(image[2, 4] - image[2, 3]), rel=1e-12)
    assert matrix.grad[1, 2] == pytest.approx(float(image[3, 3] - image[2, 3]), rel=1e-12)


def test_gradient_descent_on_the_matrix_finds_the_shift():
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    target = torch.exp(-((x - 17.5) ** 2 + (y - 14.0) ** 2) / 40)
    start = torch.exp(-((x - 15.0) ** 2 + (y - 16.0) ** 2) / 40)
    shift = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([shift], max_iter=50, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        matrix = torch.eye(3) + torch.nn.functional.pad(shift[:, None], (2, 0, 0, 1))
        difference = ((warp(start, matrix, interpolation="cubic") - target) ** 2).sum()
        difference.backward()
        return difference

    optimizer.step(loss)
    np.testing.assert_allclose(shift.detach(), [2.5, -2.0], atol=1e-3)


def test_positions_that_are_not_finite_leave_finite_gradients():
    xy = torch.tensor([[[1.5, float("nan"), float("inf")]], [[0.5, 1.0, 1.0]]], dtype=torch.float64, requires_grad=True)
    image = picture(4, 5).requires_grad_()
    remap(image, xy, fill=2.0).sum().backward()
    assert torch.isfinite(image.grad).all()
    assert torch.isfinite(xy.grad).all()


def test_vmap_over_matrices_is_the_batch():
    matrices = torch.stack([MATRIX, torch.from_numpy(rotation(0.3, (3, 2)))])
    images = picture(2, 1, 5, 6)
    mapped = torch.func.vmap(warp)(images, matrices)
    torch.testing.assert_close(mapped, warp(images, matrices))


def test_gradients_of_unsigned_16_bit_labels_do_not_stand_in_the_way():
    labels = torch.tensor([[1, 65535], [7, 40000]], dtype=torch.int32).to(torch.uint16)
    moved = warp(labels, MATRIX.clone().requires_grad_(), interpolation="nearest", border="edge")
    assert moved.dtype is torch.uint16
    assert set(moved.to(torch.int32).flatten().tolist()) <= {1, 65535, 7, 40000}


def test_float32_matrices_move_as_their_float64_values():
    image = picture(3, 20, 21)
    np.testing.assert_array_equal(warp(image, MATRIX.float()), warp(image, MATRIX.float().double()))
