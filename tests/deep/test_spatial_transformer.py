"""Images warped as a network says: torch's grid, our warp."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from deep.blocks.spatial_transformer import SpatialTransformer
from imgproc import geometry

sides = st.integers(1, 9)


class Fixed(nn.Module):
    """A localisation that always finds the same maps."""

    def __init__(self, theta: Tensor) -> None:
        super().__init__()
        self.theta = nn.Parameter(theta)

    def forward(self, x: Tensor) -> Tensor:
        return self.theta.expand(len(x), -1, -1)


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape))


def maps(count, seed):
    """Affine maps near the identity."""
    return torch.eye(3, dtype=torch.float64)[:2] + 0.3 * noise(count, 2, 3, seed=seed)


def grid_sample(x, theta, size):
    grid = functional.affine_grid(theta, [len(x), x.shape[1], *size], align_corners=False)
    return functional.grid_sample(x, grid, align_corners=False)


def heads(channels, side):
    dense = nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, 8), nn.ReLU(), nn.Linear(8, 6))
    convolutional = nn.Sequential(nn.Conv2d(channels, 6, side), nn.Flatten())
    single = nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, 6))
    return [dense, convolutional, single]


@pytest.mark.parametrize("localisation", heads(3, 7))
def test_it_starts_as_the_identity_and_can_learn(localisation):
    transformer = SpatialTransformer(localisation)
    x = torch.rand(2, 3, 7, 7)
    assert torch.equal(transformer(x), x)
    transformer(x).square().sum().backward()
    assert localisation[-1 if isinstance(localisation[-1], nn.Linear) else 0].bias.grad.abs().max() > 0


@given(seed=st.integers(0, 99), size=st.tuples(sides, sides), made=st.tuples(sides, sides))
def test_it_is_torchs_grid_sample(seed, size, made):
    x, theta = noise(2, 3, *size, seed=seed), maps(2, seed)
    found = SpatialTransformer(Fixed(theta), size=made)(x)
    torch.testing.assert_close(found, grid_sample(x, theta, made), rtol=1e-9, atol=1e-9)


def test_its_gradients_are_torchs():
    x, theta = noise(2, 3, 6, 8), maps(2, 4)
    transformer, weights = SpatialTransformer(Fixed(theta), size=(5, 7)), noise(2, 3, 5, 7, seed=1)
    ours = torch.autograd.grad((weights * transformer(x.requires_grad_())).sum(), (x, transformer.localisation.theta))
    theirs_x, theirs_theta = x.detach().requires_grad_(), theta.clone().requires_grad_()
    theirs = torch.autograd.grad(
        (weights * grid_sample(theirs_x, theirs_theta, (5, 7))).sum(), (theirs_x, theirs_theta)
    )
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_gradients_to_the_maps_are_those_of_differences():
    x = noise(1, 1, 5, 5)

    def warped(theta):
        localisation = Fixed(torch.zeros(1))
        localisation.forward = lambda x: theta
        return SpatialTransformer(localisation)(x)

    assert torch.autograd.gradcheck(warped, maps(1, 3).reshape(1, 6).requires_grad_())


def test_a_shift_of_two_over_the_width_is_a_pixel():
    x = noise(1, 1, 4, 8)
    theta = torch.tensor([[[1, 0, 2 / 8], [0, 1, 0]]], dtype=torch.float64)
    found = SpatialTransformer(Fixed(theta))(x)
    torch.testing.assert_close(found, geometry.warp(x, geometry.translation(-1, 0)))


def test_a_map_belongs_to_its_image():
    x, theta = noise(3, 1, 5, 5), maps(3, 7)
    together = SpatialTransformer(Fixed(theta))(x)
    apart = [SpatialTransformer(Fixed(theta[i : i + 1]))(x[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(apart))


def test_an_exported_program_still_looks_at_its_image():
    localisation = nn.Sequential(nn.Flatten(), nn.Linear(36, 6))
    transformer = SpatialTransformer(localisation).eval()
    nn.init.normal_(localisation[1].weight, std=0.05, generator=torch.Generator().manual_seed(0))
    first, second = noise(2, 1, 1, 6, 6).float()
    program = torch.export.export(transformer, (first,)).module()
    assert torch.equal(program(second), transformer(second))


def test_it_learns_to_undo_a_shift():
    square = torch.zeros(1, 1, 16, 16)
    square[..., 5:11, 5:11] = 1
    target = geometry.warp(square, geometry.translation(2, 1))
    smooth = nn.AvgPool2d(5, 1, 2)
    transformer = SpatialTransformer(Fixed(torch.eye(3)[None, :2].clone()))
    optimizer = torch.optim.Adam(transformer.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        functional.mse_loss(smooth(transformer(square)), smooth(target)).backward()
        optimizer.step()
    shift = transformer.localisation.theta[0, :, 2].detach() * 8  # half of 16 pixels
    torch.testing.assert_close(shift, torch.tensor([-2.0, -1.0]), rtol=0, atol=0.1)


def test_what_cannot_be_is_told():
    with pytest.raises(ValueError, match="border must be one of"):
        SpatialTransformer(nn.Flatten(), border="zeros")
    with pytest.raises(ValueError, match=r"localisation must give \(1, 6\) numbers, got shape \(1, 9\)"):
        SpatialTransformer(nn.Flatten())(torch.zeros(1, 1, 3, 3))
    with pytest.raises(ValueError, match="matrix must be invertible, got determinant 0"):
        SpatialTransformer(Fixed(torch.zeros(1, 2, 3)))(torch.zeros(1, 1, 3, 3))
