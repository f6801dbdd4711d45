"""Circles by gradient voting."""

import tracemalloc

import numpy as np
import pytest
import skimage.data
import skimage.transform
from hypothesis import given
from hypothesis import strategies as st

from imgproc import edges, hough
from imgproc._dispatch import reference_only
from imgproc.filters import gaussian


def disks(size: tuple[int, int], *items: tuple[float, float, float, float], blur: float = 1.0) -> np.ndarray:
    """Paint disks x, y, radius, intensity over gray, one over the other, then blur."""
    y, x = np.mgrid[: size[0], : size[1]]
    image = np.full(size, 0.2)
    for cx, cy, radius, value in items:
        inside = np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1)
        image = image * (1 - inside) + value * inside
    return gaussian(image, blur)


def nearest(circles: hough.Circles, x: float, y: float) -> int:
    return int(np.hypot(circles.x - x, circles.y - y).argmin())


@given(
    x=st.floats(45, 55),
    y=st.floats(40, 60),
    radius=st.floats(6, 30),
    blur=st.floats(0.5, 2.0),
    value=st.sampled_from([0.0, 0.9]),
)
def test_a_blurred_disk_is_found_once_to_a_twentieth_of_a_pixel(x, y, radius, blur, value):
    found = hough.hough_circles(disks((100, 100), (x, y, radius, value), blur=blur), range(5, 32))
    assert len(found.x) == 1
    assert np.hypot(found.x[0] - x, found.y[0] - y) <= 0.05  # symmetric but for the grid; the bar is 0.3
    # the steepest place of a blurred disk lies (sigma² + blur²) / 2r further in, to first order
    assert abs(found.radius[0] - (radius - (1 + blur**2) / (2 * radius))) <= 0.1
    assert found.score[0] == pytest.approx(1, abs=0.06)


def test_a_sharp_disk_on_the_grid_is_found_without_bias():
    y, x = np.mgrid[:121, :121]
    image = ((x - 60) ** 2 + (y - 60) ** 2 <= 25**2).astype(np.float64)
    found = hough.hough_circles(image, range(20, 31))
    np.testing.assert_allclose([found.x, found.y], [[60], [60]], atol=0.02)
    assert abs(found.radius[0] - 25) <= 0.3  # pixels within 25 of a centre fill a disk of 25 to 25.5


@pytest.mark.parametrize(
    ("turn", "back"),
    [
        (np.flipud, lambda x, y: (x, 89 - y)),
        (np.fliplr, lambda x, y: (109 - x, y)),
        (np.transpose, lambda x, y: (y, x)),
    ],
)
def test_a_turned_image_has_the_turned_circles(turn, back):
    image = disks((90, 110), (30.3, 40.7, 14, 0.9), (75.2, 50.1, 20, 0.0))
    found, turned = hough.hough_circles(image, range(10, 25)), hough.hough_circles(turn(image), range(10, 25))
    assert len(found.x) == len(turned.x) == 2
    for i, (x, y) in enumerate(zip(*back(turned.x, turned.y), strict=True)):
        k = nearest(found, x, y)
        # ties of canny go towards -x, -y, so that single edges differ
        assert np.hypot(found.x[k] - x, found.y[k] - y) <= 0.02
        assert abs(found.radius[k] - turned.radius[i]) <= 0.02


def test_touching_and_overlapping_circles_are_both_found():
    touching = disks((120, 160), (50, 60, 25, 0.9), (101, 60, 25, 0.9))
    overlapping = disks((120, 160), (60, 60, 25, 0.9), (90, 65, 25, 0.5))
    for image, first, second in ((touching, (50, 60), (101, 60)), (overlapping, (60, 60), (90, 65))):
        found = hough.hough_circles(image, range(20, 31))
        assert len(found.x) == 2
        for x, y in (first, second):
            i = nearest(found, x, y)
            assert np.hypot(found.x[i] - x, found.y[i] - y) <= 0.3


def test_the_score_is_the_share_of_the_outline_in_the_image():
    half = disks((100, 100), (50, 0, 30, 0.9))  # its centre on the first row
    found = hough.hough_circles(half, range(25, 36))
    assert len(found.x) == 1
    assert found.score[0] == pytest.approx(0.5, abs=0.03)
    assert len(hough.hough_circles(half, range(25, 36), threshold=0.6).x) == 0


def test_circles_centred_outside_are_not_looked_for():
    image = disks((100, 100), (50, -4, 30, 0.9))
    assert len(hough.hough_circles(image, range(25, 36), threshold=0.2).x) == 0


def test_only_radii_asked_for_are_found_to_within_a_pixel():
    image = disks((120, 260), (40, 60, 16, 0.9), (100, 60, 20, 0.9), (190, 60, 24, 0.9))
    found = hough.hough_circles(image, [24, 16])
    assert sorted(np.round(found.radius).tolist()) == [16, 24]
    assert np.round(hough.hough_circles(image, np.array([20.5])).radius).tolist() == [20]


def test_of_concentric_circles_one_is_given_unless_they_are_asked_for():
    image = disks((120, 120), (60, 60, 40, 0.9), (60, 60, 20, 0.4))
    assert len(hough.hough_circles(image, range(15, 46)).x) == 1
    both = hough.hough_circles(image, range(15, 46), min_distance=0)
    assert {20, 40} <= set(np.round(both.radius).tolist())


def test_all_coins_of_the_photo_are_found_and_nothing_else():
    found = hough.hough_circles(skimage.data.coins(), range(15, 35), sigma=2.0)
    assert len(found.x) == 24
    assert found.x.dtype == np.float32
    assert (np.diff(found.score) <= 0).all()
    np.testing.assert_array_equal(
        hough.hough_circles(skimage.data.coins(), range(15, 35), sigma=2.0, max_circles=5).x, found.x[:5]
    )


def test_centres_agree_with_the_slow_transform_of_scikit_image():
    image = disks((100, 130), (40, 50, 18, 0.9), (90, 40, 14, 0.0))
    radii = np.arange(12, 21)
    votes = skimage.transform.hough_circle(edges.canny(image), radii)
    _, x, y, _ = skimage.transform.hough_circle_peaks(votes, radii, 10, 10, total_num_peaks=2)
    found = hough.hough_circles(image, radii)
    for cx, cy in zip(x, y, strict=True):
        i = nearest(found, cx, cy)
        assert np.hypot(found.x[i] - cx, found.y[i] - cy) <= 1.0  # it is on whole pixels


def test_every_body_and_library_finds_the_same_circles(library):
    rng = np.random.default_rng(0)
    image = disks((70, 80), (25, 30, 12, 0.9), (55, 40, 15, 0.0)) + rng.normal(0, 0.03, (70, 80))
    with reference_only():
        wanted = hough.hough_circles(image, range(8, 20))
    found = hough.hough_circles(library.make(image), range(8, 20))
    assert len(wanted.x) >= 2
    for name in ("x", "y", "radius", "score"):
        np.testing.assert_allclose(library.back(getattr(found, name)), getattr(wanted, name), atol=1e-6)


def test_memory_does_not_grow_with_the_number_of_radii():
    image = np.random.default_rng(0).random((300, 300))
    image = gaussian(image, 2.0)
    hough.hough_circles(image, range(10, 100))  # compiles

    def peak(radii: range) -> int:
        tracemalloc.start()
        hough.hough_circles(image, radii)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    # more candidates, not the plane of each of 97 radii
    assert peak(range(10, 110)) - peak(range(10, 13)) <= 3 * image.nbytes


@pytest.mark.parametrize("image", [np.zeros((1, 1)), np.zeros((30, 30)), np.full((20, 20), np.nan)], ids=str)
def test_flat_images_and_those_of_nan_have_no_circles(library, image):
    found = hough.hough_circles(library.make(image), [3, 4])
    assert {library.back(x).shape for x in (found.x, found.y, found.radius, found.score)} == {(0,)}


def test_a_nan_hides_the_edges_around_it_alone():
    image = disks((100, 100), (50, 50, 30, 0.9))
    image[50, 20] = np.nan
    found = hough.hough_circles(image, range(25, 36), low=0.02, high=0.05)
    np.testing.assert_allclose([found.x[0], found.y[0]], 50, atol=0.1)
    # five pixels around, and the two beyond, of an outline of 188
    assert found.score[0] == pytest.approx(1 - 13 / 188, abs=0.03)


def test_radii_and_thresholds_out_of_range_say_so():
    image = np.zeros((9, 9))
    for radii in ([], [0.0], [float("nan")], [[3.0]]):
        with pytest.raises(ValueError, match="radii must"):
            hough.hough_circles(image, radii)
    for bad in ({"threshold": 0.0}, {"min_distance": -1.0}, {"max_circles": 0}, {"low": 2.0, "high": 1.0}):
        with pytest.raises(ValueError, match="must"):
            hough.hough_circles(image, [3], **bad)
    with pytest.raises(TypeError, match="radii must"):
        hough.hough_circles(image, "three")
