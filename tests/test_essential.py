"""Essential matrices and the poses in them."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings

from imgproc import geometry
from imgproc._dispatch import reference_only
from imgproc.primitives.epipolar_basis import epipolar_basis, epipolar_design
from imgproc.primitives.five_point import five_point
from imgproc.primitives.seven_point import seven_point
from imgproc.testing import on_every_backend
from tests.test_fundamental import cross_matrix, difference, relative_pose, two_views


def essential_of(one, two) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    R, t = relative_pose(one, two)
    t = t / np.linalg.norm(t)
    return cross_matrix(t) @ R, R, t


@settings(deadline=None, max_examples=60)
@given(views=two_views(count=5))
def test_five_points_give_the_true_matrix_among_truly_essential_ones(views):
    one, two, x1, x2, _ = views
    found = geometry.essential_5point(x1, x2, one[0], two[0])
    assert 1 <= len(found) <= 10
    for E in found:
        np.testing.assert_allclose(np.linalg.svd(E)[1], [1, 1, 0], atol=1e-14)
        F = geometry.fundamental_from_essential(E, one[0], two[0])
        assert geometry.sampson_distance(F, x1, x2).max() < 1e-12
    assert min(difference(E, essential_of(one, two)[0]) for E in found) < 1e-7  # shallow scenes are ill conditioned


def test_ten_thousand_random_problems_have_the_true_matrix_among_their_solutions():
    rng = np.random.default_rng(0)
    scene = rng.uniform([-1, -1, 3], [1, 1, 5], (10_000, 5, 3))
    turns = np.stack([cv2.Rodrigues(v)[0] for v in rng.uniform(-0.3, 0.3, (10_000, 3))])
    t = [0, 0, 4] - turns @ [0, 0, 4.0] + rng.normal(0, 0.5, (10_000, 3))
    moved = np.einsum("nij,nkj->nki", turns, scene) + t[:, None]
    found = five_point(epipolar_basis(*(x[..., :2] / x[..., 2:] for x in (scene, moved))))
    wanted = np.cross(np.eye(3)[None], -t[:, None]) @ turns / np.linalg.norm(t, axis=1)[:, None, None]
    off = np.minimum(np.abs(found - wanted[:, None]).max((2, 3)), np.abs(found + wanted[:, None]).max((2, 3)))
    least = np.nanmin(off, axis=1)
    assert np.median(least) < 1e-14
    assert least.max() < 1e-9


def test_more_than_five_points_are_fitted_together():
    rng = np.random.default_rng(1)
    scene = rng.uniform([-2, -2, 4], [2, 2, 8], (40, 3))
    turn, t = cv2.Rodrigues(np.array([0.1, 0.2, 0.0]))[0], np.array([-0.8, 0.0, 0.6])
    moved = scene @ turn.T + t
    x1, x2 = scene[:, :2] / scene[:, 2:], moved[:, :2] / moved[:, 2:]
    wanted = cross_matrix(t) @ turn
    assert min(difference(E, wanted) for E in geometry.essential_5point(x1, x2)) < 1e-12


def test_the_solutions_of_five_points_are_those_of_opencv():
    rng = np.random.default_rng(5)
    for _ in range(20):
        x1, x2 = rng.uniform(-0.5, 0.5, (2, 5, 2))
        wanted = cv2.findEssentialMat(x1, x2, np.eye(3), method=cv2.RANSAC, maxIters=1)[0]
        found = geometry.essential_5point(x1, x2)
        assert len(found) >= (0 if wanted is None else 1)
        for E in [] if wanted is None else wanted.reshape(-1, 3, 3):
            assert min(difference(E * 2**0.5, G) for G in found) < 1e-5


def test_bodies_of_the_minimal_solvers_agree():
    rng = np.random.default_rng(2)
    x1, x2 = rng.uniform(-1, 1, (2, 40, 7, 2))
    fast, slow = epipolar_basis(x1, x2), None
    with reference_only():
        slow = epipolar_basis(x1, x2)
    for basis in (fast, slow):  # bases differ, their spans do not
        rows = basis.reshape(40, 2, 9)
        np.testing.assert_allclose(epipolar_design(x1, x2) @ rows.transpose(0, 2, 1), 0, atol=1e-14)
        np.testing.assert_allclose(rows @ rows.transpose(0, 2, 1), np.broadcast_to(np.eye(2), (40, 2, 2)), atol=1e-14)
    for solve, basis in ((seven_point, fast), (five_point, epipolar_basis(x1[:, :5], x2[:, :5]))):
        with reference_only():
            wanted = solve(basis)
        found = solve(basis)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
        same = np.abs(np.minimum(np.abs(found - wanted), np.abs(found + wanted)))
        assert np.nanmax(same) < 1e-7  # neighbouring roots are ill conditioned


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_the_pose_that_made_the_views_is_recovered(views):
    one, two, x1, x2, _ = views
    E, R, t = essential_of(one, two)
    for sign in (1, -1):
        found_R, found_t, mask = geometry.recover_pose(sign * E, x1, x2, one[0], two[0])
        np.testing.assert_allclose(found_R, R, atol=1e-13)
        np.testing.assert_allclose(found_t, t, atol=1e-13)
        assert mask.all()


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_a_decomposed_matrix_is_put_together_again(views):
    one, two, *_ = views
    E, R, t = essential_of(one, two)
    R1, R2, found = geometry.decompose_essential(E)
    for rotation in (R1, R2):
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)
        assert np.linalg.det(rotation) > 0
        assert difference(cross_matrix(found) @ rotation, E) < 1e-13
    assert min(np.abs(R1 - R).max(), np.abs(R2 - R).max()) < 1e-13
    assert min(np.abs(found - t).max(), np.abs(found + t).max()) < 1e-13


def test_points_behind_a_camera_are_not_in_the_mask():
    scene = np.array([[0.0, 0, 4], [1, 0.5, 5], [-1, 1, 3], [0.5, 0.2, -3]])
    moved = scene - [1, 0, 0]
    E = np.array([[0, 0, 0], [0, 0, 1], [0, -1, 0]])
    x1, x2 = scene[:, :2] / scene[:, 2:], moved[:, :2] / moved[:, 2:]
    _, t, mask = geometry.recover_pose(E, x1, x2, np.eye(3), np.eye(3))
    assert t.tolist() == [-1, 0, 0]
    assert mask.tolist() == [True, True, True, False]


def test_the_pose_of_noisy_points_is_that_of_opencv():
    rng = np.random.default_rng(0)
    scene = rng.uniform([-2, -2, 4], [2, 2, 8], (50, 3))
    K, t = np.diag([500.0, 500, 1]), np.array([-0.8, 0.0, 0.6])
    x1, x2 = ((x @ K)[:, :2] / x[:, 2:] + rng.normal(0, 0.5, (50, 2)) for x in (scene, scene + t))
    E = cross_matrix(t + 0.01)
    _, R, direction, _ = cv2.recoverPose(E, x1, x2, K)
    found_R, found_t, _ = geometry.recover_pose(E, x1, x2, K, K)
    np.testing.assert_allclose(found_R, R, atol=1e-12)
    np.testing.assert_allclose(found_t, direction[:, 0], atol=1e-12)


def test_the_nearest_essential_matrix_is_essential():
    rng = np.random.default_rng(0)
    K = np.array([[300.0, 0, 160], [0, 310, 120], [0, 0, 1]])
    E = geometry.essential_from_fundamental(rng.normal(size=(50, 3, 3)), K, K)
    np.testing.assert_allclose(np.linalg.svd(E)[1], np.tile([1, 1, 0], (50, 1)), atol=1e-14)
    again = geometry.essential_from_fundamental(geometry.fundamental_from_essential(E, K, K), K, K)
    np.testing.assert_allclose(again, E, atol=1e-10)  # K enters four times


def test_degenerate_input_is_refused_by_name():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (6, 2))
    with pytest.raises(geometry.DegenerateError, match="repeat"):
        geometry.essential_5point(x[[0, 0, 1, 2, 3]], x[[0, 0, 1, 2, 3]])
    with pytest.raises(geometry.DegenerateError, match="at least 5"):
        geometry.essential_5point(x[:4], x[:4])
    with pytest.raises(ValueError, match="both or neither"):
        geometry.essential_5point(x, x, np.eye(3))
    for F in (np.zeros((3, 3)), np.diag([1.0, 0, 0])):
        with pytest.raises(geometry.DegenerateError, match="rank 2"):
            geometry.decompose_essential(F)
    with pytest.raises(ValueError, match="K2 must be invertible"):
        geometry.recover_pose(cross_matrix(np.array([1.0, 0, 0])), x, x, np.eye(3), np.diag([1, 0, 1]))


@on_every_backend
def test_batches_of_matrices_are_taken_apart_at_once(xp):
    rng = np.random.default_rng(0)
    E = rng.normal(size=(20, 3, 3))
    R1, R2, t = (np.asarray(x) for x in geometry.decompose_essential(xp.asarray(E)))
    alone = [geometry.decompose_essential(one) for one in E]
    for got, wanted in zip((R1, R2, t), zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(got, np.stack(wanted), atol=1e-12)
