"""Fundamental and essential matrices of pairs of which many are wrong."""

from functools import partial

import cv2
import numpy as np
import pytest

from imgproc import geometry
from imgproc._dispatch import reference_only
from imgproc.primitives.epipolar_step import refit_essentials, refit_fundamentals
from imgproc.primitives.sampson_moments import sampson_moments
from imgproc.testing import on_every_backend
from tests.test_fundamental import cross_matrix, difference

K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])


def scene_with_outliers(seed: int = 0, count: int = 2000, noise: float = 0.5, wrong: float = 0.4):
    """Points of a scene seen twice, the pose between, and which pairs are right."""
    rng = np.random.default_rng(seed)
    scene = rng.uniform([-2, -1.5, 4], [2, 1.5, 8], (count, 3))
    R = cv2.Rodrigues(rng.normal(0, 0.12, 3))[0]
    t = rng.normal([-1, 0, 0], 0.2)
    right = rng.random(count) >= wrong
    x1, x2 = ((X @ K.T)[:, :2] / X[:, 2:] + rng.normal(0, noise, (count, 2)) for X in (scene, scene @ R.T + t))
    x2[~right] = rng.uniform([0, 0], [640, 480], (count, 2))[~right]
    return x1, x2, R, t / np.linalg.norm(t), right


def degrees_off(R: np.ndarray, t: np.ndarray, wanted_R: np.ndarray, wanted_t: np.ndarray) -> tuple[float, float]:
    turned = np.linalg.norm(cv2.Rodrigues(R @ wanted_R.T)[0])
    return float(np.degrees(turned)), float(np.degrees(np.arccos(np.clip(t @ wanted_t, -1, 1))))


def root_sampson(F: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return np.sqrt(geometry.sampson_distance(F, x1, x2))


@pytest.mark.parametrize("seed", range(12))
def test_noise_of_half_a_pixel_and_forty_percent_outliers_leave_the_pose(seed: int):
    x1, x2, R, t, right = scene_with_outliers(seed)
    E, inliers = geometry.ransac_essential(x1, x2, K, K)
    np.testing.assert_allclose(np.linalg.svd(E)[1], [1, 1, 0], atol=1e-14)
    turned, aside = degrees_off(*geometry.recover_pose(E, x1[inliers], x2[inliers], K, K)[:2], R, t)
    assert turned < 0.5
    assert aside < 3
    F, inliers = geometry.ransac_fundamental(x1, x2)
    E = geometry.essential_from_fundamental(F, K, K)
    turned, aside = degrees_off(*geometry.recover_pose(E, x1[inliers], x2[inliers], K, K)[:2], R, t)
    assert turned < 0.5
    assert aside < 3
    assert (inliers & right).sum() > 0.9 * right.sum()


@pytest.mark.parametrize("seed", range(4))
def test_without_noise_outliers_leave_the_matrix_exact(seed: int):
    x1, x2, R, t, right = scene_with_outliers(seed, count=500, noise=0)
    E, inliers = geometry.ransac_essential(x1, x2, K, K)
    assert difference(E, cross_matrix(t) @ R) < 1e-9
    assert inliers[right].all()
    F, inliers = geometry.ransac_fundamental(x1, x2)
    assert difference(F, geometry.fundamental_from_essential(cross_matrix(t) @ R, K, K)) < 1e-9
    assert inliers[right].all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_inliers_are_those_of_the_matrix_that_is_returned(dtype: str):
    x1, x2 = (x.astype(dtype) for x in scene_with_outliers(count=500)[:2])
    F, inliers = geometry.ransac_fundamental(x1, x2, threshold=0.8)
    assert F.dtype == dtype
    wide1, wide2 = x1.astype(np.float64), x2.astype(np.float64)
    np.testing.assert_array_equal(inliers, root_sampson(F, wide1, wide2) <= 0.8)
    E, inliers = geometry.ransac_essential(x1, x2, K, K, threshold=0.8)
    back = np.linalg.inv(K).T @ E.astype(np.float64) @ np.linalg.inv(K)
    disagreeing = inliers != (root_sampson(back, wide1, wide2) <= 0.8)
    assert disagreeing.sum() == 0


@on_every_backend
def test_one_seed_gives_one_answer_on_every_library(xp):
    x1, x2, *_ = scene_with_outliers(3, count=300)
    for search in (geometry.ransac_fundamental, lambda a, b: geometry.ransac_essential(a, b, K, K)):
        wanted, inliers = search(x1, x2)
        matrix, mask = search(xp.asarray(x1), xp.asarray(x2))
        np.testing.assert_allclose(np.asarray(matrix), wanted, atol=1e-9)
        np.testing.assert_array_equal(np.asarray(mask), inliers)


def test_reference_bodies_give_the_same_answer():
    x1, x2, *_ = scene_with_outliers(4, count=200)
    wanted, inliers = geometry.ransac_essential(x1, x2, K, K)
    with reference_only():
        E, mask = geometry.ransac_essential(x1, x2, K, K)
    np.testing.assert_allclose(E, wanted, atol=1e-9)
    np.testing.assert_array_equal(mask, inliers)


def test_the_essential_matrix_of_a_plane_is_found():
    rng = np.random.default_rng(0)
    plane = np.column_stack((rng.uniform(-2, 2, (200, 2)), np.full(200, 5.0)))
    plane[:, 2] += 0.4 * plane[:, 0]
    R, t = cv2.Rodrigues(np.array([0.1, -0.15, 0.0]))[0], np.array([0.8, 0, 0.6])
    x1, x2 = ((X @ K.T)[:, :2] / X[:, 2:] for X in (plane, plane @ R.T + t))
    E, inliers = geometry.ransac_essential(x1, x2, K, K)
    assert inliers.all()
    F = geometry.fundamental_from_essential(E, K, K)
    assert root_sampson(F, x1, x2).max() < 1e-6


def test_what_does_not_determine_the_matrix_is_degenerate():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 500, (50, 2))
    H = K @ cv2.Rodrigues(np.array([0.1, -0.1, 0.05]))[0] @ np.linalg.inv(K)
    turned = geometry.transform_points(H, x)  # as a camera sees that turns where it stands
    for x1, x2 in ((x, turned), (x, x), (x[[0] * 50], x[[1] * 50]), (x[:4], turned[:4])):
        with pytest.raises(geometry.DegenerateError):
            geometry.ransac_fundamental(x1, x2)
        with pytest.raises(geometry.DegenerateError):
            geometry.ransac_essential(x1, x2, K, K)


def test_not_slower_searches_end_early_on_good_pairs():
    x1, x2, *_ = scene_with_outliers(count=100, wrong=0.0)
    few = geometry.ransac_fundamental(x1, x2, max_trials=10)[1]
    assert few.mean() > 0.8


def test_moments_are_those_of_numeric_derivatives():
    rng = np.random.default_rng(0)
    x1, x2, F = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)), rng.normal(size=(3, 3))
    weights = np.maximum(rng.normal(size=30), 0)

    def residuals(f: np.ndarray) -> np.ndarray:
        a, b = (np.column_stack((x, np.ones(30))) for x in (x1, x2))
        l2, l1 = a @ f.T, b @ f
        return (b * l2).sum(1) / np.sqrt((l2[:, :2] ** 2).sum(1) + (l1[:, :2] ** 2).sum(1))

    steps = 1e-6 * np.eye(9).reshape(9, 3, 3)
    J = np.column_stack([(residuals(F + s) - residuals(F - s)) / 2e-6 for s in steps] + [residuals(F)])
    wanted = (J * weights[:, None]).T @ J
    np.testing.assert_allclose(sampson_moments(x1, x2, weights, F), wanted, rtol=1e-6, atol=1e-7)
    with reference_only():
        np.testing.assert_allclose(sampson_moments(x1, x2, weights, F), wanted, rtol=1e-6, atol=1e-7)


def test_steps_of_both_bodies_agree_and_stay_among_matrices_of_their_kind():
    x1, x2, R, t, right = scene_with_outliers(5, count=300)
    x1, x2, inverse = x1[right], x2[right], np.linalg.inv(K)
    near1, near2, scale = (x1 - 300) / 200, (x2 - 300) / 200, np.array([[200, 0, 300], [0, 200, 300], [0, 0, 1.0]])
    start = inverse.T @ cross_matrix(t + 0.02) @ R @ inverse
    essentials = partial(refit_essentials, K1=K, K2=K, inverse1=inverse, inverse2=inverse)
    for refit, operands, model, threshold in (
        (refit_fundamentals, (near1, near2), scale.T @ start @ scale, 1.0),
        (essentials, (x1, x2), start, 200.0),
    ):
        for thresholds in ((threshold,), (threshold, threshold / 40)):  # every pair counts, then some do
            with reference_only():
                wanted = refit(np.stack((model, model)), *operands, thresholds)
            found = refit(np.stack((model, model)), *operands, thresholds)
            np.testing.assert_allclose(found, wanted, atol=1e-10 * np.abs(wanted).max())
        found = refit(model[None], *operands, (threshold,))[0]
        assert sum_of_squares(found, *operands) < sum_of_squares(model, *operands)
    np.testing.assert_allclose(np.linalg.svd(K.T @ found @ K)[1], [1, 1, 0], atol=1e-12)


def sum_of_squares(F: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> float:
    return float(geometry.sampson_distance(F, x1, x2).sum())
