"""Points of space from two images."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings

from imgproc import geometry
from imgproc._dispatch import reference_only
from imgproc.testing import on_every_backend
from tests.test_fundamental import geometry_camera, seen, two_views

K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
ONE = K, np.eye(3), np.zeros(3)
TWO = K, cv2.Rodrigues(np.array([0.05, -0.2, 0.02]))[0], np.array([-1.2, 0.1, 0.3])
P1, P2 = geometry_camera(ONE), geometry_camera(TWO)


def noisy(count: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scene = rng.uniform([-2, -1.5, 4], [2, 1.5, 8], (count, 3))
    x1, x2 = (seen(c, scene) + rng.normal(0, noise, (count, 2)) for c in (ONE, TWO))
    return x1, x2


def image_error(X: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return ((seen(ONE, X) - x1) ** 2).sum(1) + ((seen(TWO, X) - x2) ** 2).sum(1)


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_exact_points_come_back(views):
    one, two, x1, x2, scene = views
    found = geometry.triangulate(geometry_camera(one), geometry_camera(two), x1, x2)
    np.testing.assert_allclose(found, scene, atol=1e-9)


@pytest.mark.parametrize("noise", [0.5, 3.0, 20.0])
def test_the_image_error_is_the_least_there_is(noise: float):
    x1, x2 = noisy(300, noise)
    X = geometry.triangulate(P1, P2, x1, x2)
    error = image_error(X, x1, x2)
    F = geometry.fundamental_from_cameras(P1, P2)
    least = sum(
        ((a[0] - x) ** 2).sum(1) for a, x in zip(cv2.correctMatches(F, x1[None], x2[None]), (x1, x2), strict=True)
    )
    assert (error - least).max() < 1e-9 * noise**2  # of Hartley and Sturm, all roots of a polynomial
    linear = cv2.triangulatePoints(P1, P2, x1.T, x2.T)
    assert (image_error((linear[:3] / linear[3]).T, x1, x2) - error).min() > -1e-9


def test_no_small_move_lessens_the_error():
    x1, x2 = noisy(100, 2.0)
    X = geometry.triangulate(P1, P2, x1, x2)
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = X + rng.normal(0, 1e-3, X.shape)
        assert (image_error(moved, x1, x2) >= image_error(X, x1, x2) - 1e-12).all()


@on_every_backend
def test_many_pairs_of_cameras_are_served_at_once(xp):
    sets = [noisy(30, 1.0, seed) for seed in range(4)]
    x1, x2 = (np.stack(x) for x in zip(*sets, strict=True))
    turned = np.stack([P2 + np.outer([10.0 * k, 0, 0], [0, 0, 0, 1]) for k in range(4)])
    found = np.asarray(geometry.triangulate(P1, turned, xp.asarray(x1), xp.asarray(x2)))
    for k in range(4):
        np.testing.assert_allclose(found[k], geometry.triangulate(P1, turned[k], x1[k], x2[k]), rtol=1e-11)


def test_both_bodies_agree_near_an_epipole_too():
    forward = K @ np.column_stack((np.eye(3), [0.01, 0.02, -1.0]))
    rng = np.random.default_rng(0)
    x1 = rng.uniform([250, 180], [390, 300], (400, 2))
    x2 = x1 + 0.1 * (x1 - [320, 240]) + rng.normal(0, 2, (400, 2))
    found = geometry.triangulate(K @ np.eye(3, 4), forward, x1, x2)
    with reference_only():
        wanted = geometry.triangulate(K @ np.eye(3, 4), forward, x1, x2)
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


def test_parallel_rays_meet_at_infinity_and_rays_that_are_one_nowhere():
    one, two = np.eye(3, 4), np.eye(3, 4)
    two[0, 3] = -1
    x = np.array([[0.5, 0.25], [0.0, 0.0]])
    assert np.isinf(geometry.triangulate(one, two, x, x)).all()
    ahead = np.column_stack((np.eye(3), [0, 0, -1.0]))
    assert np.isnan(geometry.triangulate(one, ahead, x[1:], x[1:])).all()


def test_nan_stays_in_its_point():
    x1, x2 = noisy(5, 0.5)
    x1[2, 0] = np.nan
    found = geometry.triangulate(P1, P2, x1, x2)
    assert np.isnan(found).any(axis=1).tolist() == [False, False, True, False, False]


def test_cameras_at_one_place_are_degenerate():
    x1, x2 = noisy(5, 0.5)
    with pytest.raises(geometry.DegenerateError, match="two places"):
        geometry.triangulate(P1, np.diag([2.0, 2, 1]) @ P1, x1, x2)
    with pytest.raises(ValueError, match="P2 must be"):
        geometry.triangulate(P1, np.stack((P2, P2)), x1, x2)


def test_gradients_reach_cameras_and_points():
    torch = pytest.importorskip("torch")
    x1, x2 = noisy(4, 2.0)
    # in units of the image, so that steps of gradcheck are small for all
    scale = np.diag([1 / 800, 1 / 800, 1])
    inputs = [torch.tensor(x, requires_grad=True) for x in (scale @ P1, scale @ P2, x1 / 800, x2 / 800)]
    assert torch.autograd.gradcheck(geometry.triangulate, inputs)
