"""delta_e: CIEDE2000 against its published table; pca_color: the axes of a known distribution."""

import numpy as np
import pytest
import skimage.color
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc.color import delta_e, pca_color

# Sharma, Wu and Dalal (2005), table 1: L1 a1 b1, L2 a2 b2, difference
TABLE = np.fromstring(
    """
    50 2.6772 -79.7751  50 0 -82.7485  2.0425
    50 3.1571 -77.2803  50 0 -82.7485  2.8615
    50 2.8361 -74.0200  50 0 -82.7485  3.4412
    50 -1.3802 -84.2814  50 0 -82.7485  1.0000
    50 -1.1848 -84.8006  50 0 -82.7485  1.0000
    50 -0.9009 -85.5211  50 0 -82.7485  1.0000
    50 0 0  50 -1 2  2.3669
    50 -1 2  50 0 0  2.3669
    50 2.4900 -0.0010  50 -2.4900 0.0009  7.1792
    50 2.4900 -0.0010  50 -2.4900 0.0010  7.1792
    50 2.4900 -0.0010  50 -2.4900 0.0011  7.2195
    50 2.4900 -0.0010  50 -2.4900 0.0012  7.2195
    50 -0.0010 2.4900  50 0.0009 -2.4900  4.8045
    50 -0.0010 2.4900  50 0.0010 -2.4900  4.8045
    50 -0.0010 2.4900  50 0.0011 -2.4900  4.7461
    50 2.5 0  50 0 -2.5  4.3065
    50 2.5 0  73 25 -18  27.1492
    50 2.5 0  61 -5 29  22.8977
    50 2.5 0  56 -27 -3  31.9030
    50 2.5 0  58 24 15  19.4535
    50 2.5 0  50 3.1736 0.5854  1.0000
    50 2.5 0  50 3.2972 0  1.0000
    50 2.5 0  50 1.8634 0.5757  1.0000
    50 2.5 0  50 3.2592 0.3350  1.0000
    60.2574 -34.0099 36.2677  60.4626 -34.1751 39.4387  1.2644
    63.0109 -31.0961 -5.8663  62.8187 -29.7946 -4.0864  1.2630
    61.2901 3.7196 -5.3901  61.4292 2.2480 -4.9620  1.8731
    35.0831 -44.1164 3.7933  35.0232 -40.0716 1.5901  1.8645
    22.7233 20.0904 -46.6940  23.0331 14.9730 -42.5619  2.0373
    36.4612 47.8580 18.3852  36.2715 50.5065 21.2231  1.4146
    90.8027 -2.0831 1.4410  91.1528 -1.6435 0.0447  1.4441
    90.9257 -0.5406 -0.9208  88.6381 -0.8985 -0.7239  1.5381
    6.7747 -0.2908 -2.4247  5.8714 -0.0985 -2.2286  0.6377
    2.0776 0.0795 -1.1350  0.9033 -0.0636 -0.5514  0.9082
    """,
    sep=" ",
).reshape(34, 7)
FIRST, SECOND, PUBLISHED = TABLE[None, :, :3], TABLE[None, :, 3:6], TABLE[None, :, 6]
seeds = st.integers(0, 2**32 - 1)


def colours(seed: int, shape=(12, 11, 3)) -> np.ndarray:
    return np.random.default_rng(seed).uniform([0, -110, -110], [100, 110, 110], shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_34_pairs_of_the_published_table(library, dtype):
    got = library.back(delta_e(library.make(FIRST.astype(dtype)), library.make(SECOND.astype(dtype))))
    np.testing.assert_allclose(got, PUBLISHED, rtol=0, atol=5.1e-5 if dtype == np.float64 else 7e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_order_of_the_two_does_not_matter(library, dtype):
    one, two = (library.make(colours(seed).astype(dtype)) for seed in (1, 2))
    tolerance = 2e-4 if dtype == np.float32 else 1e-11
    np.testing.assert_allclose(library.back(delta_e(one, two)), library.back(delta_e(two, one)), rtol=0, atol=tolerance)


@given(seed=seeds, spread=st.sampled_from([1e-6, 0.01, 1.0, 30.0]))
def test_scikit_image_gives_the_same_numbers(seed: int, spread: float):
    lab = colours(seed)
    other = lab + np.random.default_rng(seed + 1).normal(0, spread, lab.shape)
    lab[0, :, 1:] = 0  # grays have no hue
    other[0, 3:6, 1:] = 0
    wanted = skimage.color.deltaE_ciede2000(lab, other)
    np.testing.assert_allclose(delta_e(lab, other), wanted, rtol=0, atol=1e-6)  # its root of a difference of squares


@pytest.mark.parametrize("seed", range(4))
def test_float32_of_close_colours_keeps_six_digits(library, seed: int):
    lab = colours(seed).astype(np.float32)
    other = lab + np.float32(0.125) * np.random.default_rng(seed).integers(-3, 4, lab.shape).astype(np.float32)
    exact = delta_e(lab.astype(np.float64), other.astype(np.float64))
    got = library.back(delta_e(library.make(lab), library.make(other)))
    np.testing.assert_allclose(got, exact, rtol=5e-5, atol=1e-6)


def test_equal_colours_differ_by_zero_with_a_finite_gradient(library):
    lab = colours(3).astype(np.float32)
    lab[0, :, 1:] = 0
    assert (library.back(delta_e(library.make(lab), library.make(lab))) == 0).all()
    one = torch.from_numpy(lab.transpose(2, 0, 1).copy()).requires_grad_()
    delta_e(one, one.detach().clone()).sum().backward()
    assert torch.isfinite(one.grad).all()


def test_gradient_at_gray_is_finite():
    gray = torch.tensor([50.0, 0, 0], dtype=torch.float64).reshape(3, 1, 1).requires_grad_()
    for other in ([50.0, 0, 0], [60.0, 0, 0], [50.0, 5, 1], [50.0, -1, 2]):
        (gradient,) = torch.autograd.grad(delta_e(gray, torch.tensor(other).double().reshape(3, 1, 1)).sum(), gray)
        assert torch.isfinite(gradient).all()


def along_axes(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An image whose covariance has known axes (columns) and variances, greatest first."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    axes *= np.sign(axes[np.abs(axes).argmax(0), range(3)])
    scores = rng.normal(size=(40, 30, 3))
    scores -= scores.mean((0, 1))
    flat = np.linalg.qr(scores.reshape(-1, 3))[0] * np.sqrt(1200 * np.array([0.04, 0.01, 0.001]))
    return (flat @ axes.T + 0.5).reshape(40, 30, 3), axes, np.array([0.04, 0.01, 0.001])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pca_moves_along_the_axes_by_weight_times_variance(library, dtype):
    image, axes, variances = along_axes()
    alphas = np.array([0.5, -1.0, 20.0])
    moved = library.back(pca_color(library.make(image.astype(dtype)), alphas))
    step = np.broadcast_to(axes @ (alphas * variances), image.shape)
    np.testing.assert_allclose(moved - image.astype(dtype), step, atol=2e-6)


def test_pca_takes_weights_for_each_image_and_a_covariance_of_a_data_set(library):
    images = np.stack([along_axes(seed)[0] for seed in (0, 1)])
    alphas = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    both = library.back(pca_color(library.make(images), alphas))
    for i in range(2):
        np.testing.assert_allclose(both[i], library.back(pca_color(library.make(images[i]), alphas[i])), atol=1e-12)
    shared = library.back(pca_color(library.make(images), (1.0, 0, 0), covariance=np.diag([0.0, 0.2, 0.1])))
    np.testing.assert_allclose(shared - images, np.broadcast_to([0, 0.2, 0], images.shape), atol=1e-12)


def test_pca_of_a_flat_image_changes_nothing_and_nan_takes_its_image(library):
    images = np.stack([np.full((4, 4, 3), 0.3), np.full((4, 4, 3), 0.3)])
    images[1, 2, 2, 0] = np.nan
    result = library.back(pca_color(library.make(images), (1.0, 1.0, 1.0)))
    np.testing.assert_allclose(result[0], 0.3, atol=1e-15)
    assert np.isnan(result[1]).all()


def test_pca_gradients_reach_image_weights_and_covariance():
    image = torch.from_numpy(along_axes()[0][:4, :3].transpose(2, 0, 1).copy()).requires_grad_()
    alphas = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(pca_color, (image, alphas))
    root = torch.tensor([[0.3, 0.1, 0], [0.1, 0.2, 0.05], [0, 0.05, 0.4]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda r: pca_color(image.detach(), alphas.detach(), covariance=r @ r.mT), (root,))
