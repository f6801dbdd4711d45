"""Fundamental matrices, and what follows from them: epipoles, lines, distances."""

import cv2
import numba
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from imgproc import geometry
from imgproc.primitives._real_roots_numba import roots_of
from imgproc.primitives.real_roots import real_roots
from imgproc.testing import cameras, on_every_backend

ROUNDING = 1e-9
"""Of a matrix of norm 1: 1e-16 of rounding, times conditions of up to some 1e4, squared where scenes are shallow."""


def seen(camera, scene: np.ndarray) -> np.ndarray:
    K, R, t = camera
    x = (scene @ R.T + t) @ K.T
    return x[:, :2] / x[:, 2:]


def relative_pose(one, two) -> tuple[np.ndarray, np.ndarray]:
    R = two[1] @ one[1].T
    return R, two[2] - R @ one[2]


def cross_matrix(t: np.ndarray) -> np.ndarray:
    return np.cross(np.eye(3), -t)


def true_fundamental(one, two) -> np.ndarray:
    R, t = relative_pose(one, two)
    F = np.linalg.inv(two[0]).T @ cross_matrix(t) @ R @ np.linalg.inv(one[0])
    return F / np.linalg.norm(F) * np.sign(F.flat[np.abs(F).argmax()])


def difference(F: np.ndarray, G: np.ndarray) -> float:
    """Largest entry of the difference but for the sign, which ties of the largest entry leave open."""
    return min(np.abs(F - G).max(), np.abs(F + G).max())


def pixels_off(F: np.ndarray, x1: np.ndarray, x2: np.ndarray) -> float:
    return float(np.sqrt(geometry.sampson_distance(F, x1, x2).max()))


@st.composite
def two_views(draw, count: int = 30):
    """Two cameras well apart and points of a scene with depth."""
    one, two = draw(cameras(max_angle=0.4)), draw(cameras(max_angle=0.4))
    _, t = relative_pose(one, two)
    assume(np.linalg.norm(t[:2]) > 0.2 * abs(t[2]) and np.linalg.norm(t) > 0.1)
    scene = np.random.default_rng(draw(st.integers(0, 1000))).uniform(-0.57, 0.57, (count, 3))
    return one, two, seen(one, scene), seen(two, scene), scene


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_exact_points_obey_the_matrix_of_eight_points(views):
    _, _, x1, x2, _ = views
    F = geometry.fundamental_8point(x1, x2)
    assert pixels_off(F, x1, x2) < 1e-9
    assert np.linalg.svd(F)[1][2] < 1e-15
    assert abs(np.linalg.norm(F) - 1) < 1e-14
    assert F.max() >= -F.min() * (1 - 1e-6)


def test_an_ordinary_scene_gives_the_true_matrix_to_nine_digits():
    rng = np.random.default_rng(0)
    K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
    turn = cv2.Rodrigues(np.array([0.1, -0.2, 0.05]))[0]
    one, two = (K, np.eye(3), np.zeros(3)), (K, turn, np.array([-1.0, 0.1, 0.3]))
    scene = rng.uniform([-2, -1.5, 4], [2, 1.5, 8], (50, 3))
    x1, x2 = seen(one, scene), seen(two, scene)
    F = true_fundamental(one, two)
    assert difference(geometry.fundamental_8point(x1, x2), F) < ROUNDING
    assert min(difference(G, F) for G in geometry.fundamental_7point(x1[:7], x2[:7])) < ROUNDING
    P1, P2 = (geometry_camera(c) for c in (one, two))
    assert difference(geometry.fundamental_from_cameras(P1, P2), F) < 1e-13


def geometry_camera(camera) -> np.ndarray:
    K, R, t = camera
    return K @ np.column_stack((R, t))


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_cameras_and_essential_matrices_give_the_same_matrix(views):
    one, two, x1, x2, _ = views
    from_cameras = geometry.fundamental_from_cameras(geometry_camera(one), geometry_camera(two))
    R, t = relative_pose(one, two)
    from_essential = geometry.fundamental_from_essential(cross_matrix(t) @ R, one[0], two[0])
    assert difference(from_cameras, from_essential) < 1e-11
    assert pixels_off(from_cameras, x1, x2) < 1e-8


@settings(deadline=None, max_examples=60)
@given(views=two_views(count=7))
def test_seven_points_obey_each_of_one_to_three_singular_matrices(views):
    _, _, x1, x2, _ = views
    found = geometry.fundamental_7point(x1, x2)
    assert 1 <= len(found) <= 3
    for F in found:
        assert pixels_off(F, x1, x2) < 1e-7
        assert np.linalg.svd(F)[1][2] < 1e-12


def test_seven_points_give_the_matrices_of_opencv():
    rng = np.random.default_rng(3)
    for _ in range(20):
        x1, x2 = rng.uniform(0, 500, (2, 7, 2))
        wanted = cv2.findFundamentalMat(x1, x2, cv2.FM_7POINT)[0].reshape(-1, 3, 3)
        found = geometry.fundamental_7point(x1, x2)
        assert len(found) == len(wanted)
        for F in wanted:  # OpenCV works in float64 here, but does not centre the points
            assert min(difference(F / np.linalg.norm(F), G) for G in found) < 1e-6


def test_weights_of_zero_leave_wrong_pairs_out():
    rng = np.random.default_rng(1)
    x1, x2 = rng.uniform(0, 100, (2, 20, 2))
    x2[:12] = x1[:12] * [1, 1] + np.column_stack((rng.uniform(5, 20, 12), np.zeros(12)))  # moved along rows
    weights = np.where(np.arange(20) < 12, 1.0, 0.0)
    sideways = np.array([[0, 0, 0], [0, 0, 1], [0, -1, 0]]) * 0.5**0.5
    assert difference(geometry.fundamental_8point(x1, x2, weights=weights), sideways) < 1e-12
    with pytest.raises(ValueError, match="weights must be one for each pair"):
        geometry.fundamental_8point(x1, x2, weights=weights[1:])
    with pytest.raises(ValueError, match="weights must be at least 0"):
        geometry.fundamental_8point(x1, x2, weights=-weights)


def test_points_of_a_plane_repeated_points_and_cameras_at_one_place_are_degenerate():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 100, (20, 2))
    moved = geometry.transform_points([[1, 0.1, 3], [0, 1.1, 5], [1e-4, 0, 1]], x)
    for x1, x2 in ((x, moved), (x, x), (x[[0] * 20], moved[[0] * 20]), (x[:7], moved[:7])):
        with pytest.raises(geometry.DegenerateError):
            geometry.fundamental_8point(x1, x2)
    with pytest.raises(geometry.DegenerateError):
        geometry.fundamental_7point(x[[0, 0, 1, 2, 3, 4, 5]], moved[[0, 0, 1, 2, 3, 4, 5]])
    P = np.column_stack((np.eye(3), [1.0, 2, 3]))
    with pytest.raises(geometry.DegenerateError, match="two places"):
        geometry.fundamental_from_cameras(P, 2 * P)


@on_every_backend
def test_a_thousand_problems_are_solved_in_one_call(xp):
    rng = np.random.default_rng(0)
    scene = np.concatenate((rng.uniform(-1, 1, (1000, 12, 2)), rng.uniform(2, 4, (1000, 12, 1))), axis=2)
    shift = rng.uniform(-1, 1, (1000, 1, 3))
    x1, x2 = (s[..., :2] / s[..., 2:] for s in (scene, scene + shift))
    F = np.asarray(geometry.fundamental_8point(xp.asarray(x1), xp.asarray(x2)))
    wanted = np.cross(np.eye(3)[None], -shift / np.linalg.norm(shift, axis=2, keepdims=True) / 2**0.5)
    assert np.minimum(np.abs(F - wanted), np.abs(F + wanted)).max() < ROUNDING * 10


@settings(deadline=None, max_examples=60)
@given(views=two_views())
def test_epipolar_lines_go_through_the_partners_and_the_epipole(views):
    one, two, x1, x2, _ = views
    F = true_fundamental(one, two)
    e1, e2 = geometry.epipoles(F)
    for of, points, partners, epipole in ((1, x1, x2, e2), (2, x2, x1, e1)):
        lines = geometry.epipolar_lines(F, points, of=of)
        np.testing.assert_allclose(np.hypot(lines[:, 0], lines[:, 1]), 1, rtol=1e-14)
        assert np.abs((lines[:, :2] * partners).sum(1) + lines[:, 2]).max() < 1e-7
        assert np.abs(lines @ epipole).max() < 1e-7
    np.testing.assert_allclose([F @ e1, F.T @ e2], 0, atol=1e-14)


def test_lines_are_those_of_opencv():
    rng = np.random.default_rng(0)
    F, x = rng.normal(size=(3, 3)), rng.uniform(0, 100, (50, 2))
    for of in (1, 2):
        wanted = cv2.computeCorrespondEpilines(x[:, None], of, F)[:, 0]
        np.testing.assert_allclose(geometry.epipolar_lines(F, x, of=of), wanted, rtol=1e-12)


def test_the_sampson_distance_is_that_of_opencv_and_nearly_the_least_correction():
    rng = np.random.default_rng(0)
    x1 = rng.uniform(0, 100, (30, 2))
    x2 = x1 + np.column_stack((rng.uniform(5, 20, 30), rng.normal(0, 1, 30)))
    sideways = np.array([[0.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    distances = geometry.sampson_distance(sideways, x1, x2)
    np.testing.assert_allclose(distances, (x1[:, 1] - x2[:, 1]) ** 2 / 2, rtol=1e-12)  # here it is exact
    F = rng.normal(size=(3, 3))
    lifted = [np.column_stack((x, np.ones(30))) for x in (x1, x2)]
    wanted = [cv2.sampsonDistance(a, b, F) for a, b in zip(*lifted, strict=True)]
    np.testing.assert_allclose(geometry.sampson_distance(F, x1, x2), wanted, rtol=1e-9)


def test_gradients_reach_matrices_weights_and_both_kinds_of_lines():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    F, x1, x2 = (torch.tensor(rng.normal(size=s), requires_grad=True) for s in ((3, 3), (9, 2), (9, 2)))
    weights = torch.tensor(rng.uniform(0.5, 1, 9), requires_grad=True)
    check = torch.autograd.gradcheck
    assert check(lambda f, x: geometry.epipolar_lines(f, x, of=2), (F, x1))
    assert check(geometry.sampson_distance, (F, x1, x2))
    assert check(lambda a, b, w: geometry.fundamental_8point(a, b, weights=w), (x1, x2, weights))


@settings(deadline=None, max_examples=100)
@given(roots=st.lists(st.floats(-30, 30), min_size=1, max_size=10), degree=st.integers(1, 10))
@example(roots=[1.0, 4.0, 16.0, -22.0, -23.0, -24.0, -25.0], degree=9)  # Newton's first steps are long
@example(roots=[-9.0, -1.0, 2.0, 4.0], degree=4)  # a root is an extremum of a derivative, too
def test_real_roots_are_found_by_both_bodies_as_far_as_they_are_apart(roots, degree):
    chosen = np.unique(np.round(roots, 0))[:degree]
    polynomial = np.poly(np.concatenate((chosen, [0.3 + 2j, 0.3 - 2j][: 2 * (len(chosen) < degree - 1)]))).real[None]
    wanted = np.arctan(chosen)
    for find in (real_roots, roots_by_numba):
        found = find(polynomial, 1e-15)[0]
        assert np.isnan(found[len(chosen) :]).all()
        np.testing.assert_allclose(found[: len(chosen)], wanted, atol=1e-7)  # ten roots in a row are ill conditioned


@numba.njit(error_model="numpy")
def call_roots_of(polynomial, degree, tolerance, scratch, found, angles):
    roots_of(polynomial, degree, tolerance, scratch[0], scratch[1], scratch[2], found, angles)


def roots_by_numba(polynomial: np.ndarray, tolerance: float) -> np.ndarray:
    degree = polynomial.shape[1] - 1
    angles = np.empty((1, degree))
    scratch = np.empty((3, degree + 2))
    call_roots_of(polynomial[0], degree, tolerance, scratch, np.zeros(degree + 2, bool), angles[0])
    return angles
