"""Cameras: what is projected, distorted and calibrated comes back, and agrees with OpenCV where that is exact."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc import io
from imgproc.geometry import (
    DegenerateError,
    calibrate_camera,
    camera_matrix,
    disparity_to_depth,
    distort_points,
    project_points,
    reproject,
    undistort,
    undistort_points,
)
from tests.libraries import LIBRARIES, Library
from tests.test_io_formats import DATA

K = np.array([[536.0, 0.0, 342.0], [0.0, 530.0, 235.0], [0.0, 0.0, 1.0]])
LENSES = {
    "barrel": [-0.2651, -0.0467, 0.0018, -0.0003, 0.2523],
    "cushion": [0.1, 0.02, 0.001, 0.002],
    "rational": [-0.3, 0.1, 0.001, 0.001, 0.05, 0.02, 0.01, 0.005],
    "none": [],
}
lenses = pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES)
pixels = st.lists(st.tuples(st.floats(0, 640), st.floats(0, 480)), min_size=1, max_size=20).map(np.array)
BOARD = np.array([[x, y, 0.0] for y in range(6) for x in range(9)])


def turn(*vector: float) -> np.ndarray:
    return cv2.Rodrigues(np.array(vector))[0]


@lenses
@given(points=pixels)
def test_undistorting_is_the_inverse_of_distorting_to_rounding(lens, points: np.ndarray):
    # pixels of a thousand have an ulp of 1.1e-13; the lens bends by less than a factor of two
    np.testing.assert_allclose(distort_points(undistort_points(points, K, lens), K, lens), points, rtol=0, atol=2e-12)
    np.testing.assert_allclose(undistort_points(distort_points(points, K, lens), K, lens), points, rtol=0, atol=2e-12)


@lenses
def test_projection_is_that_of_opencv(lens):
    points = np.random.default_rng(0).normal((0, 0, 6), 1, (50, 3))
    R, t = turn(0.1, 0.2, 0.3), np.array([0.1, 0.2, 0.3])
    wanted = cv2.projectPoints(points, R, t, K, np.array(lens))[0].reshape(-1, 2)
    # both are a few dozen operations on numbers below 1e4
    np.testing.assert_allclose(project_points(points, K, R, t, distortion=lens), wanted, rtol=1e-13, atol=1e-11)


def test_a_point_at_twice_the_distance_is_half_as_far_from_the_middle():
    points = np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 8.0]])
    assert (project_points(points, K) - K[:2, 2]).tolist() == [[134.0, 265.0], [67.0, 132.5]]


def test_points_behind_the_camera_and_in_its_plane_are_nan():
    found = project_points(
        np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]), K, distortion=LENSES["barrel"]
    )
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True]


def test_points_beyond_the_fold_of_a_barrel_have_no_inverse():
    # r (1 - r² / 4) has its greatest value at r = sqrt(4 / 3)
    edge = 536 * np.sqrt(4 / 3) * 2 / 3
    found = undistort_points(np.array([[342 + edge - 0.1, 235.0], [342 + edge + 0.1, 235.0]]), K, [-0.25, 0, 0, 0])
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_camera_matrix_projects_as_project_points_does():
    points = np.random.default_rng(1).normal((0, 0, 6), 1, (20, 3))
    R, t = turn(0.1, -0.2, 0.3), [0.5, 0.1, 0.2]
    lifted = np.column_stack((points, np.ones(20))) @ camera_matrix(K, R, t).T
    np.testing.assert_allclose(lifted[:, :2] / lifted[:, 2:], project_points(points, K, R, t), rtol=1e-13)


def test_gradients_reach_every_parameter_of_the_camera():
    torch = pytest.importorskip("torch")
    if Library("torch") not in LIBRARIES:
        return
    shape, bottom = torch.tensor(K[:2]), torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    lens, R, t = torch.tensor(LENSES["rational"]), torch.tensor(turn(0.1, 0.2, 0.3)), torch.tensor([0.1, 0.2, 0.3])
    points = torch.tensor([[0.3, 0.4, 3.0], [-0.5, 0.2, 4.0]], dtype=torch.float64)
    operands = [x.double().requires_grad_() for x in (points, shape, R, t, lens)]

    def there_and_back(points, shape, R, t, lens):
        matrix = torch.cat((shape, bottom))
        seen = project_points(points, matrix, R, t, distortion=lens)
        return distort_points(seen, matrix, 0.5 * lens), undistort_points(seen, matrix, 0.9 * lens)

    assert torch.autograd.gradcheck(there_and_back, operands)


# images


def scene(size: tuple[int, int] = (480, 640)) -> np.ndarray:
    y, x = np.mgrid[: size[0], : size[1]]
    return np.sin(x / 17) * np.cos(y / 23) + x / 640


@lenses
def test_undistort_reads_the_image_where_distort_points_says(lens):
    image = scene()
    y, x = np.mgrid[:480, :640]
    there = distort_points(np.stack((x, y), axis=-1).reshape(-1, 2).astype(float), K, lens).reshape(480, 640, 2)
    exact = np.sin(there[..., 0] / 17) * np.cos(there[..., 1] / 23) + there[..., 0] / 640
    found = undistort(image, K, lens, interpolation="cubic", border="edge")
    inside = ((there >= 2) & (there <= [637, 477])).all(axis=-1)
    assert inside.mean() > 0.9
    # cubic interpolation of a sine of period 2π 17: its error is about 1e-5
    np.testing.assert_allclose(found[inside], exact[inside], rtol=0, atol=1e-4)


def test_the_matrix_moves_the_result_in_the_same_resampling():
    image = scene()
    moved = undistort(image, K, LENSES["barrel"], matrix=[[1, 0, 40], [0, 1, -30], [0, 0, 1]])
    still = undistort(image, K, LENSES["barrel"])
    np.testing.assert_allclose(moved[:-30, 40:], still[30:, :-40], rtol=0, atol=1e-12)


def test_without_distortion_nothing_moves():
    image = (255 * np.random.default_rng(0).random((40, 50, 3))).astype(np.uint8)
    # the middle as a power of two keeps positions whole
    np.testing.assert_array_equal(undistort(image, [[64, 0, 16], [0, 64, 16], [0, 0, 1]], [0.0] * 4), image)


def test_gradients_of_undistort_reach_image_and_camera():
    torch = pytest.importorskip("torch")
    if Library("torch") not in LIBRARIES:
        return
    image = torch.tensor(scene((7, 9)), requires_grad=True)
    lens = torch.tensor([-0.1, 0.02, 0.01, 0.01], dtype=torch.float64, requires_grad=True)
    # off whole pixels, where linear interpolation has a corner
    matrix = torch.tensor(
        [[1.0, 0.1, 0.33], [0.0, 0.9, 0.21], [0.001, 0.0, 1.0]], dtype=torch.float64, requires_grad=True
    )
    camera = [[8.0, 0.0, 4.1], [0.0, 8.0, 3.2], [0.0, 0.0, 1.0]]
    assert torch.autograd.gradcheck(lambda i, k, m: undistort(i, camera, k, matrix=m), (image, lens, matrix))


def test_depth_of_a_plane_and_the_points_of_its_pixels():
    disparity = np.full((3, 4), 10.0)
    disparity[0, 0] = np.nan
    depth = disparity_to_depth(disparity, focal=100, baseline=0.5)
    assert depth[1, 1] == 5
    Q = np.array([[1, 0, 0, -1.5], [0, 1, 0, -1], [0, 0, 0, 100], [0, 0, 2, 0]])
    points = reproject(disparity, Q)
    np.testing.assert_allclose(points[..., 2], depth)
    np.testing.assert_allclose(points[2, 3], [1.5 / 20, 1 / 20, 5])
    assert np.isnan(points[0, 0]).all()


# calibration


def chessboards(side: str) -> list[np.ndarray]:
    if DATA is None:
        pytest.skip("the photos lie outside the repository")
    views = []
    for path in sorted((DATA / "calibration_chessboard_opencv").glob(f"{side}[0-9][0-9].jpg")):
        image = io.imread(path, color="gray")
        is_found, corners = cv2.findChessboardCorners(image, (9, 6))
        if is_found:
            views.append(cv2.cornerSubPix(image, corners, (11, 11), (-1, -1), (3, 30, 0.001)).reshape(-1, 2))
    return views


@pytest.mark.parametrize(("side", "rms"), [("left", 0.4087), ("right", 0.4586)])
def test_calibration_of_real_chessboards(side: str, rms: float):
    views = chessboards(side)
    found = calibrate_camera([BOARD] * len(views), views, (480, 640))
    assert found.rms == pytest.approx(rms, abs=1e-4)
    if side == "left":  # to the digits that data/calibration_chessboard_opencv/SOURCES.md gives
        np.testing.assert_allclose(found.K[[0, 1, 0, 1], [0, 1, 2, 2]], [536.07, 536.02, 342.37, 235.54], atol=0.01)
        np.testing.assert_allclose(found.distortion, [-0.2651, -0.0467, 0.0018, -0.0003, 0.2523], atol=1e-4)
    residuals = [
        view - project_points(BOARD, found.K, R, t, distortion=found.distortion)
        for view, R, t in zip(views, found.rotations, found.translations, strict=True)
    ]
    assert found.rms == pytest.approx(np.sqrt(np.mean(np.sum(np.square(residuals), axis=-1))), rel=1e-9)


TURNS = [(0.3, 0.1, 0.0), (-0.2, 0.4, 0.1), (0.1, -0.5, 0.3), (0.5, 0.3, -0.2)]


def views_of_board(lens: list[float], turns=TURNS) -> list[np.ndarray]:
    return [project_points(BOARD, K, turn(*v), [-4, -2 + i, 14 + i], distortion=lens) for i, v in enumerate(turns)]


@pytest.mark.parametrize("count", [0, 4, 5])
def test_exact_views_give_back_the_camera(count: int):
    lens = LENSES["barrel"][:count] if count else []
    found = calibrate_camera([BOARD] * 4, views_of_board(lens), (480, 640), coefficients=count)
    assert found.rms < 1e-9
    np.testing.assert_allclose(found.K, K, rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.distortion, lens, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.rotations, [turn(*v) for v in TURNS], rtol=0, atol=1e-7)


def test_a_solid_object_needs_a_first_guess():
    corners = np.array([[x, y, z] for x in (0.0, 3.0) for y in (0.0, 2.0, 4.0) for z in (0.0, 2.0)])
    views = [project_points(corners, K, turn(*v), [-1, -2, 14 + i]) for i, v in enumerate(TURNS)]
    with pytest.raises(ValueError, match="K must be given"):
        calibrate_camera([corners] * 4, views, (480, 640))
    guess = [[500, 0, 320], [0, 500, 240], [0, 0, 1]]
    found = calibrate_camera([corners] * 4, views, (480, 640), K=guess, coefficients=0)
    np.testing.assert_allclose(found.K, K, rtol=0, atol=1e-5)


@pytest.mark.parametrize("turns", [TURNS[:1], [TURNS[0]] * 3, [(0.0, 0.0, 0.0), (0.0, 0.0, 1.0)]], ids=len)
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_views_that_do_not_determine_the_camera_are_refused(turns, noise: float):
    views = [x + noise * np.random.default_rng(0).normal(size=x.shape) for x in views_of_board(LENSES["barrel"], turns)]
    with pytest.raises(DegenerateError, match="do not determine"):
        calibrate_camera([BOARD] * len(views), views, (480, 640))


def test_points_on_a_line_are_refused():
    with pytest.raises(DegenerateError, match="line"):
        calibrate_camera([BOARD[:9]] * 4, [x[:9] for x in views_of_board([])], (480, 640))
