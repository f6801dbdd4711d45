"""Rectification: one row for both images, no pixel from outside at alpha 0, all of them at alpha 1."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc.geometry import DegenerateError, rectify, rectify_uncalibrated, reproject

K1 = np.array([[536.0, 0.0, 342.0], [0.0, 536.0, 235.0], [0.0, 0.0, 1.0]])
K2 = np.array([[540.0, 0.0, 330.0], [0.0, 539.0, 245.0], [0.0, 0.0, 1.0]])
SIZE = (480, 640)
R = cv2.Rodrigues(np.array([0.02, -0.03, 0.01]))[0]
T = np.array([-3.3, 0.1, 0.05])
CORNERS = np.array([[0, 0, 1], [639, 0, 1], [639, 479, 1], [0, 479, 1]], dtype=float)
angles = st.floats(-0.2, 0.2)


def scene(count: int = 60) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 3)) * [3, 2, 3] + [0, 0, 20]


def seen(P: np.ndarray, points: np.ndarray) -> np.ndarray:
    lifted = points @ P[:, :3].T + P[:, 3]
    return lifted[:, :2] / lifted[:, 2:]


def both_views(R: np.ndarray = R, t: np.ndarray = T) -> tuple[np.ndarray, np.ndarray]:
    return seen(np.column_stack((K1, np.zeros(3))), scene()), seen(K2 @ np.column_stack((R, t)), scene())


def moved(H: np.ndarray, points: np.ndarray) -> np.ndarray:
    return seen(np.column_stack((H[:, :2], np.zeros(3), H[:, 2])), np.column_stack((points, np.zeros(len(points)))))


def fundamental() -> np.ndarray:
    cross = np.cross(np.eye(3), -T)
    return np.linalg.inv(K2).T @ cross @ R @ np.linalg.inv(K1)


@given(turn=st.tuples(angles, angles, angles), up=angles, ahead=angles, alpha=st.floats(0, 1))
def test_partners_come_to_lie_on_one_row(turn, up: float, ahead: float, alpha: float):
    rotation, t = cv2.Rodrigues(np.array(turn))[0], np.array([-3.0, 3 * up, 3 * ahead])
    found = rectify(K1, K2, rotation, rotation @ t, SIZE, alpha=alpha)
    points1, points2 = both_views(rotation, rotation @ t)
    left, right = moved(found.H1, points1), moved(found.H2, points2)
    # points of a thousand pixels, a few dozen roundings, and divided by depths that vary by a factor of two
    np.testing.assert_allclose(left[:, 1], right[:, 1], rtol=0, atol=1e-9)
    assert (left[:, 0] > right[:, 0]).all()


def test_cameras_of_the_result_see_what_the_matrices_make():
    found = rectify(K1, K2, R, T, SIZE)
    points1, points2 = both_views()
    d = moved(found.H1, points1)[:, 0] - moved(found.H2, points2)[:, 0]
    baseline = -found.P2[0, 3] / found.P2[0, 0]
    assert baseline == pytest.approx(np.linalg.norm(T))
    homogeneous = np.column_stack((moved(found.H1, points1), d, np.ones(len(d)))) @ found.Q.T
    space = homogeneous[:, :3] / homogeneous[:, 3:]
    np.testing.assert_allclose(np.linalg.norm(space, axis=1), np.linalg.norm(scene(), axis=1), rtol=1e-12)
    np.testing.assert_allclose(seen(found.P1, space), moved(found.H1, points1), atol=1e-9)
    np.testing.assert_allclose(seen(found.P2, space), moved(found.H2, points2), atol=1e-9)


def test_reproject_puts_a_pixel_where_its_point_is():
    found = rectify(K1, K2, R, T, SIZE)
    disparity = np.full(SIZE, 70.0)
    points = reproject(disparity, found.Q)
    np.testing.assert_allclose(seen(found.P1, points[[10, 200], [30, 400]]), [[30, 10], [400, 200]], atol=1e-9)
    assert points[..., 2].min() == pytest.approx(found.P1[0, 0] * np.linalg.norm(T) / 70)


def test_alpha_0_looks_at_nothing_outside_and_touches_the_frame():
    found = rectify(K1, K2, R, T, SIZE, alpha=0)
    looked_at = np.concatenate([moved(np.linalg.inv(H), CORNERS[:, :2]) for H in (found.H1, found.H2)])
    margins = np.concatenate((looked_at, [639, 479] - looked_at)).min(axis=0)
    assert margins.min() == pytest.approx(0, abs=1e-9)


def test_alpha_1_keeps_every_pixel_and_touches_the_frame():
    found = rectify(K1, K2, R, T, SIZE, alpha=1)
    reached = np.concatenate([moved(H, CORNERS[:, :2]) for H in (found.H1, found.H2)])
    margins = np.concatenate((reached, [639, 479] - reached)).min(axis=0)
    assert margins.min() == pytest.approx(0, abs=1e-9)


def test_focal_lengths_are_about_those_of_opencv():
    for alpha in (0, 1):
        wanted = cv2.stereoRectify(K1, np.zeros(5), K2, np.zeros(5), SIZE[::-1], R, T[:, None], alpha=alpha)[2]
        # OpenCV fits upright rectangles around a grid of points, rather than the quadrilaterals themselves
        assert rectify(K1, K2, R, T, SIZE, alpha=alpha).P1[0, 0] == pytest.approx(wanted[0, 0], rel=0.01)


def test_cameras_side_by_side_stay_as_they_are():
    found = rectify(K1, K1, np.eye(3), np.array([-1.0, 0.0, 0.0]), SIZE)
    np.testing.assert_allclose(
        found.H1, np.eye(3) + (found.H1 - np.eye(3)) * [[0, 0, 1], [0, 0, 1], [0, 0, 0]], atol=1e-12
    )
    np.testing.assert_allclose(found.H1, found.H2, atol=1e-12)


def test_cameras_at_one_place_or_behind_one_another_are_refused():
    with pytest.raises(DegenerateError, match="t must not be zero"):
        rectify(K1, K2, R, np.zeros(3), SIZE)
    with pytest.raises(DegenerateError, match="epipole"):
        rectify(K1, K2, np.eye(3), np.array([-0.1, 0.0, -3.0]), SIZE)
    with pytest.raises(ValueError, match="swap"):
        rectify(K1, K2, R, -T, SIZE)


def test_without_intrinsics_rows_agree_too_and_no_disparity_is_negative():
    points1, points2 = both_views()
    H1, H2 = rectify_uncalibrated(fundamental(), points1, points2, SIZE)
    left, right = moved(H1, points1), moved(H2, points2)
    np.testing.assert_allclose(left[:, 1], right[:, 1], rtol=0, atol=1e-9)
    d = left[:, 0] - right[:, 0]
    assert d.min() == pytest.approx(0, abs=1e-9)
    assert H1[2, 2] == H2[2, 2] == 1


def test_without_intrinsics_the_result_is_opencvs_but_for_the_shift():
    points1, points2 = both_views()
    H1, H2 = rectify_uncalibrated(fundamental(), points1, points2, SIZE)
    _, other1, other2 = cv2.stereoRectifyUncalibrated(points1, points2, fundamental(), SIZE[::-1])
    # OpenCV takes width / 2 for the middle, half a pixel further, and works in float32 in places
    np.testing.assert_allclose(moved(H2, points2), moved(other2, points2), atol=0.05)
    np.testing.assert_allclose(np.ptp(moved(H1, points1), axis=0), np.ptp(moved(other1, points1), axis=0), atol=0.5)


def test_an_epipole_in_the_image_or_points_on_a_line_are_refused():
    points1, points2 = both_views()
    forward = np.linalg.inv(K2).T @ np.cross(np.eye(3), [0.1, 0.0, -1.0]) @ np.linalg.inv(K1)
    with pytest.raises(DegenerateError, match="epipoles outside"):
        rectify_uncalibrated(forward, points1, points2, SIZE)
    line = np.column_stack((np.arange(9.0), 2 * np.arange(9.0)))
    with pytest.raises(DegenerateError, match="line"):
        rectify_uncalibrated(fundamental(), line, line, SIZE)
