"""detect: OpenCV's keypoints where they really are, in our points, angles and scales."""

import functools

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from imgproc import arrays
from imgproc.features import detect

METHODS = ("sift", "orb")


@functools.cache
def photo():
    return np.ascontiguousarray(skimage.data.camera()[100:340, 80:380])


def blob(x0, y0, sigma, size=96):
    y, x = np.mgrid[:size, :size]
    return np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma**2))


def paired(first, second):
    """Differences of each keypoint to that of the other set which is nearest in place, scale and angle."""
    points, scales, angles = first
    others, other_scales, other_angles = second
    apart = ((points[:, None] - others[None]) ** 2).sum(-1)
    apart += 9 * np.log2(scales[:, None] / other_scales[None]) ** 2
    apart += 4 * (1 - np.cos(angles[:, None] - other_angles[None]))
    nearest = apart.argmin(axis=1)
    close = apart[np.arange(len(points)), nearest] < 1
    turn = np.angle(np.exp(1j * (angles - other_angles[nearest])))
    return (points - others[nearest])[close], turn[close], close.mean()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("turn", "move", "rotate"),
    [
        (lambda x: x[:, ::-1], lambda p, h, w: np.stack([w - 1 - p[:, 0], p[:, 1]], 1), lambda a: np.pi - a),
        (lambda x: x[::-1], lambda p, h, w: np.stack([p[:, 0], h - 1 - p[:, 1]], 1), lambda a: -a),
        (lambda x: x.T, lambda p, h, w: p[:, ::-1], lambda a: np.pi / 2 - a),
    ],
    ids=["mirrored", "upside down", "transposed"],
)
def test_keypoints_of_a_turned_photo_are_the_turned_keypoints(method, turn, move, rotate):
    here, there = (detect(x, method=method, max_points=5000) for x in (photo(), turn(photo())))
    moved = move(there.points, *photo().shape), there.scales, rotate(there.angles)
    steps, turns, share = paired((here.points, here.scales, here.angles), moved)
    assert share > 0.9
    # OpenCV's own SIFT is off by 0.25, its ORB by up to (1.2**7 - 1) / 2 = 1.3
    np.testing.assert_allclose(np.median(steps, axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(steps.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.median(turns), 0, atol=1e-5)


@pytest.mark.parametrize("center", [(40.0, 50.0), (40.5, 50.25), (40.75, 50.9)])
@pytest.mark.parametrize("sigma", [3.0, 6.0])
def test_sift_finds_a_blob_at_its_centre_and_scale(center, sigma):
    found = detect(blob(*center, sigma), max_points=1)
    np.testing.assert_allclose(found.points[0], center, rtol=0, atol=0.05)
    # the difference of Gaussians with the ratio 2**(1/3) answers a Gaussian blob most at sigma / 2**(1/6)
    assert found.scales[0] == pytest.approx(sigma / 2 ** (1 / 6), rel=0.05)


def test_an_angle_points_towards_brighter_pixels_from_x_to_y():
    y, x = np.mgrid[:96, :96]
    for slope, angle in [((1, 0), 0.0), ((0, 1), np.pi / 2), ((-1, 0), np.pi), ((0, -1), -np.pi / 2)]:
        ramp = 0.3 + 0.003 * (slope[0] * (x - 48) + slope[1] * (y - 48)) + 0.3 * blob(48, 48, 5)
        angles = detect(ramp, max_points=4).angles
        assert np.abs(np.angle(np.exp(1j * (angles - angle)))).min() < 0.2
        assert (np.abs(angles) <= np.pi).all()


@pytest.mark.parametrize("method", METHODS)
def test_points_are_the_strongest_in_order_and_no_more_than_asked_for(method):
    every = detect(photo(), method=method, max_points=10_000)
    some = detect(photo(), method=method, max_points=50)
    assert len(some.points) == 50
    assert (np.diff(every.responses) <= 0).all()
    if method == "sift":  # ORB shares the points out among its levels
        np.testing.assert_array_equal(some.responses, every.responses[:50])


@pytest.mark.parametrize("method", METHODS)
def test_a_mask_says_where_points_lie_and_does_not_eat_into_their_number(method):
    mask = np.zeros(photo().shape, bool)
    mask[60:180, 60:240] = True
    found = detect(photo(), method=method, max_points=40, mask=mask)
    assert len(found.points) == 40
    assert (found.points > [58, 58]).all()
    assert (found.points < [241, 181]).all()


@pytest.mark.parametrize("method", METHODS)
def test_every_dtype_of_one_picture_gives_the_same_keypoints(method):
    wanted = detect(photo(), method=method)
    for dtype, scale in (("uint16", 257), ("float32", 1 / 255), ("float64", 1 / 255)):
        found = detect((photo() * np.float64(scale)).astype(dtype), method=method)
        np.testing.assert_allclose(found.points, wanted.points, rtol=0, atol=1e-4)
        np.testing.assert_array_equal(found.descriptors, wanted.descriptors)
    found = detect(photo().astype(np.int32) - 1000, method=method, data_range=(-1000, -745))
    np.testing.assert_array_equal(found.descriptors, wanted.descriptors)


def test_descriptors_are_opencvs():
    sift = cv2.SIFT_create(nfeatures=100, enable_precise_upscale=True)
    keypoints, descriptors = sift.detectAndCompute(photo(), None)
    strongest = np.argsort([-p.response for p in keypoints])[:100]
    found = detect(photo(), max_points=100)
    assert found.descriptors.dtype == np.float32
    assert set(map(bytes, found.descriptors)) == set(map(bytes, descriptors[strongest]))


def test_orb_describes_by_32_bytes():
    found = detect(photo(), method="orb")
    assert found.descriptors.dtype == np.uint8
    assert found.descriptors.shape == (len(found.points), 32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (2, 2), (3, 16383), (30, 30), (64, 64)], ids=str)
def test_flat_and_tiny_images_have_keypoints_none(method, shape):
    found = detect(np.full(shape, 90, np.uint8), method=method)
    assert found.points.shape == (0, 2)
    assert found.descriptors.shape == (0, 128 if method == "sift" else 32)
    detect(np.random.default_rng(0).integers(0, 256, shape, np.uint8), method=method)


def test_a_photo_in_colour_is_taken_to_gray():
    found = detect(np.stack([photo()] * 3, axis=-1))
    np.testing.assert_array_equal(found.points, detect(photo()).points)


def test_a_tensor_gives_tensors():
    found = detect(arrays.to_torch(photo()))
    assert all(isinstance(x, torch.Tensor) for x in vars(found).values())
    np.testing.assert_array_equal(found.points.numpy(), detect(photo()).points)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(value):
    image = np.zeros((20, 20))
    image[3, 4] = value
    with pytest.raises(ValueError, match="must be finite"):
        detect(image)


def test_sides_that_opencv_cannot_address_are_refused():
    with pytest.raises(ValueError, match="at most 16383"):
        detect(np.zeros((2, 16384), np.uint8))
