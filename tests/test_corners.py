"""harris, shi_tomasi and corners: responses by their definition, and points where the corners are."""

import cv2
import numpy as np
import pytest
import skimage.feature
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from imgproc._dispatch import reference_only
from imgproc.features import corners, harris, shi_tomasi
from imgproc.primitives import _bands
from imgproc.testing import images

BORDERS = {"reflect": "mirror", "symmetric": "reflect", "edge": "nearest", "wrap": "wrap", "constant": "constant"}
floats = images(dtype=["float32", "float64"], layouts=["HW"], max_size=20)


def averaged_tensor(image, sigma, border):
    """Products of Sobel's derivatives at unit slope, each under a Gaussian, in float64 by SciPy."""
    mode = BORDERS[border]
    gx, gy = (ndimage.sobel(image.astype(np.float64), axis, mode=mode) / 8 for axis in (1, 0))
    return [ndimage.gaussian_filter(p, sigma, mode=mode) for p in (gx * gx, gx * gy, gy * gy)]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_responses_are_those_of_the_averaged_tensor(border, dtype):
    image = (np.random.default_rng(0).random((33, 41)) * 200).astype(dtype)
    xx, xy, yy = averaged_tensor(image, 1.3, border)
    trace, determinant = xx + yy, xx * yy - xy**2
    lesser = np.linalg.eigvalsh(np.stack([xx, xy, xy, yy], -1).reshape(33, 41, 2, 2))[..., 0]
    # float32: some 30 roundings of products of two squares, relative to the square of the greatest trace
    tolerance = (1e-13 if dtype == "float64" else 1e-6) * trace.max()
    np.testing.assert_allclose(shi_tomasi(image, 1.3, border=border), lesser, rtol=0, atol=tolerance)
    wanted = determinant - 0.05 * trace**2
    np.testing.assert_allclose(harris(image, 1.3, border=border), wanted, rtol=0, atol=tolerance * trace.max())


@given(image=floats)
def test_responses_commute_with_mirroring_and_transposing(image):
    for response in (harris, shi_tomasi):
        made = response(image)
        scale = max(1e-30, np.abs(made).max())
        for turn in (lambda x: x[::-1], lambda x: x[:, ::-1], lambda x: x.T):
            np.testing.assert_allclose(turn(made), response(turn(image)), rtol=0, atol=1e-5 * scale)


def test_a_photo_twice_as_bright_answers_four_and_sixteen_times_as_much():
    image = np.random.default_rng(0).random((20, 20))
    np.testing.assert_allclose(shi_tomasi(2 * image), 4 * shi_tomasi(image), rtol=1e-12)
    np.testing.assert_allclose(harris(2 * image), 16 * harris(image), rtol=1e-12)


def test_a_straight_edge_at_any_angle_is_no_corner():
    y, x = np.mgrid[:60, :60]
    for angle in np.linspace(0, np.pi, 9):
        edge = 1 / (1 + np.exp(-((x - 30) * np.cos(angle) + (y - 30) * np.sin(angle)) / 2))
        inside = (slice(12, -12),) * 2
        steepness = sum(averaged_tensor(edge, 1.0, "reflect")[::2])[inside].max()
        assert shi_tomasi(edge)[inside].max() <= 0.005 * steepness
        assert harris(edge)[inside].max() <= 1e-4 * steepness**2


def test_harris_follows_from_the_eigenvalues_in_a_worked_example():
    # a saddle x y has gx = y and gy = x; at its centre both squares average to sigma² and their product to 0
    y, x = np.mgrid[-20.0:21, -20:21]
    variance = 1.0
    assert shi_tomasi(x * y, 1.0)[20, 20] == pytest.approx(variance, rel=2e-3)
    assert harris(x * y, 1.0, k=0.04)[20, 20] == pytest.approx(variance**2 * (1 - 4 * 0.04), rel=4e-3)


def test_scikit_image_agrees_up_to_its_scale():
    image = np.random.default_rng(0).random((40, 50))
    inside = (slice(6, -6),) * 2  # its borders repeat the edge
    wanted = skimage.feature.corner_harris(image, k=0.05, sigma=1) / 4096
    np.testing.assert_allclose(harris(image)[inside], wanted[inside], rtol=0, atol=1e-12)
    wanted = skimage.feature.corner_shi_tomasi(image, sigma=1) / 64
    np.testing.assert_allclose(shi_tomasi(image)[inside], wanted[inside], rtol=0, atol=1e-12)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (70, 90)])
def test_reference_body_and_bands_agree(monkeypatch, border, shape):
    image = np.random.default_rng(0).random(shape)
    with reference_only():
        wanted = harris(image, 2.0, border=border, fill=3.0)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_allclose(harris(image, 2.0, border=border, fill=3.0), wanted, rtol=0, atol=1e-12)


def test_the_gradient_of_the_lesser_eigenvalue_is_finite_where_both_agree():
    y, x = np.mgrid[-4.0:5, -4:5]
    for picture in (x * y, x * x + y * y, 0 * x):
        image = torch.from_numpy(picture).requires_grad_()
        shi_tomasi(image).sum().backward()
        assert torch.isfinite(image.grad).all()


# corners


def soft_square(x0, y0, softness=1.0, size=40):
    y, x = np.mgrid[:size, :size]
    return 1 / (1 + np.exp(-(x - x0) / softness)) / (1 + np.exp(-(y - y0) / softness))


def test_the_corners_of_a_square_are_found_where_they_are():
    image = np.zeros((40, 50), np.uint8)
    image[10:20, 15:33] = 200
    found = corners(harris(image), relative_threshold=0.3, subpixel=False)
    assert sorted(map(tuple, found.tolist())) == [(15, 10), (15, 19), (32, 10), (32, 19)]


def test_a_corner_moved_by_a_fraction_of_a_pixel_moves_the_point_as_far():
    shifts = np.linspace(0, 1, 11)
    for along in ((1, 0), (1, 0.3)):
        wanted = shifts[:, None] * along
        found = [corners(harris(soft_square(15 + dx, 17 + dy), 2.0), max_points=1)[0] for dx, dy in wanted]
        # the top of the response is not quite a quadratic: off by up to 0.02 in both places
        np.testing.assert_allclose(np.array(found) - found[0], wanted, rtol=0, atol=0.04)
    whole = [corners(harris(soft_square(15 + dx, 17), 2.0), max_points=1)[0] for dx in (0, 1)]
    np.testing.assert_allclose(whole[1] - whole[0], [1, 0], rtol=0, atol=1e-6)


@given(x=st.floats(-0.45, 0.45), y=st.floats(-0.45, 0.45), twist=st.floats(-0.9, 0.9))
def test_the_top_of_a_quadratic_is_found_exactly(x, y, twist):
    row, column = np.mgrid[-4.0:5, -4:5]
    top = 50 - (column - x) ** 2 - (row - y) ** 2 + twist * (column - x) * (row - y)
    top[4, 4] += 1e-9  # its pixel wins any tie
    (found,) = corners(top, max_points=1)
    if found.round().tolist() == [4, 4]:
        np.testing.assert_allclose(found, [4 + x, 4 + y], rtol=0, atol=1e-7)


@given(response=images(dtype=["uint8", "float32"], layouts=["HW"], min_size=3, max_size=20), distance=st.floats(0.5, 9))
def test_points_are_maxima_in_order_and_apart(response, distance):
    found = corners(response, min_distance=distance, relative_threshold=0.1, subpixel=False).astype(int)
    values = [float(response[y, x]) for x, y in found]
    assert values == sorted(values, reverse=True)
    gaps = np.linalg.norm(found[:, None] - found[None], axis=-1) + 1e9 * np.eye(len(found))
    assert gaps.min(initial=np.inf) >= distance
    for x, y in found:
        assert response[y, x] == response[y - 1 : y + 2, x - 1 : x + 2].max()
        assert float(response[y, x]) > 0.1 * float(response.max()) * (1 - 1e-6)


@given(
    response=images(dtype="float32", layouts=["HW"], max_size=24), distance=st.floats(0.5, 30), limit=st.integers(1, 9)
)  # fmt: skip
def test_the_rounds_of_the_reference_body_end_where_the_loop_does(response, distance, limit):
    options = {"min_distance": distance, "max_points": limit, "relative_threshold": 0.0}
    with reference_only():
        wanted = corners(response, **options)
    np.testing.assert_array_equal(corners(response, **options), wanted)


def test_the_strongest_are_those_that_no_limit_gives_first():
    response = shi_tomasi(np.random.default_rng(0).random((60, 60)))
    np.testing.assert_array_equal(corners(response, max_points=7), corners(response)[:7])


def test_a_mask_says_where_corners_and_the_greatest_are_looked_for():
    response = np.zeros((9, 20))
    response[4, 4], response[4, 14] = 100, 0.5
    mask = np.ones((9, 20), bool)
    mask[:, :10] = False
    assert corners(response, subpixel=False).tolist() == [[4, 4]]
    assert corners(response, mask=mask, subpixel=False).tolist() == [[14, 4]]


def test_thresholds_are_exclusive_and_flat_images_have_no_corner():
    response = np.zeros((9, 9))
    response[4, 4] = 2
    assert len(corners(response, threshold=2.0)) == 0
    assert len(corners(response, threshold=1.99)) == 1
    assert corners(np.full((9, 9), 7.0)).shape == (0, 2)
    assert corners(np.zeros((1, 1))).shape == (0, 2)


def test_what_lies_beside_a_nan_or_the_edge_is_no_corner():
    response = np.zeros((9, 12))
    response[4, 3], response[4, 8], response[4, 9], response[0, 5] = 5, 5, np.nan, 9
    assert corners(response, relative_threshold=0.5, subpixel=False).tolist() == [[3, 4]]


def test_opencv_finds_the_same_corners_in_its_own_response():
    image = cv2.GaussianBlur(np.random.default_rng(0).random((80, 90)).astype(np.float32), (0, 0), 2)
    response = cv2.cornerMinEigenVal(image, 5, ksize=3)
    wanted = cv2.goodFeaturesToTrack(image, 0, 0.05, 6.5, blockSize=5).reshape(-1, 2)
    found = corners(response, relative_threshold=0.05, min_distance=6.5, subpixel=False)
    np.testing.assert_array_equal(found, wanted)


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="size"):
        corners(np.zeros((5, 5)), mask=np.ones((4, 5), bool))
