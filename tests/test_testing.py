"""The public strategies draw what they promise, all of it, and shrink to what a reader can see through."""

import math
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from imgproc import arrays
from imgproc.testing import (
    assert_same,
    boxes,
    cameras,
    homographies,
    images,
    kernels,
    masks,
    on_every_backend,
    points,
)

torch = pytest.importorskip("torch")
INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
DTYPES = ["bool", *INTEGERS, "float16", "float32", "float64"]
search = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
look = settings(search, phases=[Phase.generate])


def draws(strategy, condition):
    """Say whether the strategy ever draws such a value."""
    try:
        find(strategy, condition, settings=look, random=random.Random(0))
    except NoSuchExample:
        return False
    return True


# images and masks


@given(image=images())
def test_images_keep_to_their_sizes_and_ranges(image):
    assert 2 <= image.ndim <= 4
    rows, columns = arrays.spatial_axes(image)
    assert 1 <= image.shape[rows] <= 24
    assert 1 <= image.shape[columns] <= 24
    assert image.dtype.name in DTYPES
    assert image.dtype.kind != "f" or (image.min() >= 0 and image.max() <= 1)
    assert image.flags.c_contiguous
    assert image.flags.writeable


@pytest.mark.parametrize("dtype", DTYPES)
def test_images_draw_every_dtype(dtype):
    assert draws(images(), lambda image: image.dtype == dtype)


@pytest.mark.parametrize(
    ("layouts", "channels", "shape"),
    [(["HW"], [1], (1, 1)), (["HWC"], [1, 2], (1, 1, 1)), (["NHWC"], [3], (1, 1, 1, 3))],
)
def test_images_shrink_to_one_black_pixel(layouts, channels, shape):
    smallest = find(images(layouts=layouts, channels=channels), lambda image: True, settings=search)
    assert_same(smallest, np.zeros(shape, np.uint8))


def test_images_shrink_in_size_to_what_matters():
    image = find(images(), lambda image: image.shape[0] >= 5 and image.dtype == "float32", settings=search)
    assert_same(image, np.zeros((5, 1), np.float32))


@pytest.mark.parametrize(
    "condition",
    [
        lambda image: image.ndim == 4 and image.shape[0] > 1,
        lambda image: image.size > 1 and np.ptp(image) == 0 and image.flat[0] not in (0, 255),
        lambda image: len(np.unique(image)) > 50,
        lambda image: image.size > 16 and set(np.unique(image)) == {0, 255},
        lambda image: image.shape[0] == 24 and image.shape[1] == 1,
    ],
    ids=["batch", "flat", "noise", "extremes", "one column"],
)
def test_images_draw_all_kinds_of_content(condition):
    assert draws(images(dtype="uint8"), condition)


@given(data=st.data(), low=st.floats(-1e6, 1e6), span=st.floats(1, 1e6))
def test_images_stay_within_bounds_in_every_dtype(data, low, span):
    fitting = ["float32", "float64", "int32", "int64"]
    image = data.draw(images(dtype=fitting, low=low, high=low + span))
    assert low <= float(image.min())
    assert float(image.max()) <= low + span


@given(image=images(dtype="float64", low=-math.pi * 1e300, high=1.7e308))
def test_images_fill_the_widest_range_without_overflow(image):
    assert np.isfinite(image).all()


@pytest.mark.parametrize("test", [np.isnan, np.isposinf, np.isneginf])
def test_images_hold_nan_and_infinity_when_asked(test):
    assert draws(images(dtype="float32", with_nan=True, max_size=4), lambda image: test(image).any())


@pytest.mark.parametrize(
    "condition",
    [
        lambda image: not image.flags.writeable,
        lambda image: image.strides[0] < 0 and image.strides[1] < 0,
        lambda image: image.strides[1] == 2 * image.itemsize,
        lambda image: image.flags.f_contiguous and not image.flags.c_contiguous,
        lambda image: not image.dtype.isnative,
    ],
    ids=["read-only", "flipped", "every second", "Fortran", "foreign bytes"],
)
def test_images_draw_every_arrangement_of_memory_when_asked(condition):
    assert draws(images(dtype="uint16", layouts=["HW"], with_views=True), condition)


@given(image=images(kind="torch", layouts=["HWC", "NHWC"], channels=[5], max_size=4))
def test_tensors_come_channels_first(image):
    assert isinstance(image, torch.Tensor)
    assert image.shape[-3] == 5
    assert image.is_contiguous()


@pytest.mark.parametrize("dtype", [*DTYPES, "bfloat16"])
def test_tensors_come_in_every_dtype_and_arrangement(dtype):
    strategy = images(dtype=dtype, kind="torch", with_views=True, layouts=["HW", "HWC"], min_size=2)
    assert draws(strategy, lambda image: image.dtype == getattr(torch, dtype))
    assert draws(strategy, lambda image: image.stride(-1) == 2)
    assert draws(strategy, lambda image: image.ndim == 3 and image.shape[0] == 3 and image.stride(0) == 1)


@given(mask=masks(layouts=["HW", "HWC", "NHWC"]))
def test_masks_are_bool_and_of_one_channel(mask):
    assert mask.dtype == bool
    assert mask.ndim == 2 or mask.shape[-1] == 1


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_masks_are_empty_full_and_in_between(share):
    assert draws(masks(), lambda mask: mask.size > 40 and abs(mask.mean() - share) < 0.05)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dtype": "complex64"}, "dtype must be of .* got 'complex64'"),
        ({"dtype": "bfloat16"}, "dtype must be"),
        ({"layouts": "HW"}, "layouts must be a sequence"),
        ({"layouts": ["CHW"]}, "layouts must be of HW, HWC, NHWC, got 'CHW'"),
        ({"channels": [0]}, "channels must be from 1"),
        ({"min_size": 5, "max_size": 4}, "max_size must be at least min_size"),
        ({"min_size": 0}, "min_size must be from 1"),
        ({"low": 2.0}, "low and high must leave a value to float32, got 2.0 and None"),
        ({"dtype": "uint8", "low": 0.2, "high": 0.8}, "must leave a value to uint8"),
        ({"kind": "jax"}, "kind must be one of"),
    ],
)
def test_images_refuse_what_leaves_nothing_to_draw(arguments, words):
    with pytest.raises(ValueError, match=words):
        images(**arguments)


# geometry


@given(found=points(size=(7, 11), min_count=2, dtype="float32"))
def test_points_lie_inside(found):
    assert found.dtype == "float32"
    assert found.shape[0] >= 2
    assert (found >= 0).all()
    assert (found <= (10, 6)).all()


def test_points_lie_on_the_grid_off_it_and_at_the_far_corner():
    assert draws(points(size=(7, 11)), lambda found: (found == (10, 6)).all(1).any())
    assert draws(points(size=(7, 11)), lambda found: (found % 1 != 0).all(1).any())


@given(data=st.data(), side=st.floats(0, 5), dtype=st.sampled_from(["float32", "float64"]))
def test_boxes_lie_inside_and_are_large_enough(data, side, dtype):
    found = data.draw(boxes(size=(5, 9), min_side=side, dtype=dtype))
    assert found.shape[1] == 4
    assert found.min() >= 0
    assert (found[:, 2:] <= (9, 5)).all()
    assert (found[:, 2:] - found[:, :2] >= side).all()


def test_boxes_are_empty_whole_and_between_edges():
    assert draws(boxes(size=(5, 9)), lambda found: (found[:, 2:] == found[:, :2]).any())
    assert draws(boxes(size=(5, 9)), lambda found: (found == (0, 0, 9, 5)).all(1).any())
    assert draws(boxes(size=(5, 9)), lambda found: (found % 1 != 0).all(1).any())


@given(data=st.data(), shift=st.floats(0, 0.2499))
def test_homographies_move_corners_by_no_more_than_asked(data, shift):
    H = data.draw(homographies(size=(31, 51), max_shift=shift))
    corners = np.array([[0, 0, 1], [50, 0, 1], [0, 30, 1], [50, 30, 1]], float)
    moved = corners @ H.T
    # solved in float64 with a condition of some thousands near the limit
    assert (np.abs(moved[:, :2] / moved[:, 2:] - corners[:, :2]) <= np.array([50, 30]) * shift + 1e-9).all()
    assert H[2, 2] == 1
    assert (moved[:, 2] > 0).all()


def test_homographies_shrink_to_the_identity():
    assert_same(find(homographies(), lambda H: True, settings=search), np.eye(3))


@given(camera=cameras(size=(48, 64), max_angle=3.0), direction=st.tuples(*[st.floats(-1, 1)] * 3))
def test_cameras_see_the_unit_ball(camera, direction):
    K, R, t = camera
    point = np.array(direction) / max(1, np.linalg.norm(direction))
    x, y, depth = K @ (R @ point + t)
    assert depth > 0
    assert 0 <= x / depth <= 63
    assert 0 <= y / depth <= 47


@given(camera=cameras(max_angle=0.3))
def test_cameras_turn_by_no_more_than_asked(camera):
    _, R, _ = camera
    assert_same(R @ R.T, np.eye(3), absolute=1e-12)
    # acos near 1 turns an error of eps into sqrt(eps)
    assert math.acos(min(1, (np.trace(R) - 1) / 2)) <= 0.3 + 1e-7


@given(kernel=kernels(min_size=(2, 1), max_size=(6, 3), odd=True))
def test_kernels_have_odd_sides_when_asked(kernel):
    assert kernel.shape[0] in (3, 5)
    assert kernel.shape[1] in (1, 3)
    assert kernel.dtype == "float64"
    assert np.abs(kernel).max() <= 8


@pytest.mark.parametrize("sign", [1, -1])
def test_kernels_of_every_symmetry_are_drawn(sign):
    assert draws(kernels(min_size=3), lambda k: np.ptp(np.abs(k)) > 0 and (k[::-1, ::-1] == sign * k).all())
    assert draws(kernels(min_size=3), lambda k: np.linalg.matrix_rank(k) == 1 and np.count_nonzero(k) >= 9)
    with pytest.raises(ValueError, match="max_size must leave an odd side"):
        kernels(min_size=2, max_size=2, odd=True)


# assert_same


@given(image=images(with_nan=True, with_views=True))
def test_an_image_is_the_same_as_its_copy(image):
    assert_same(image, image.copy())
    assert_same(arrays.to_torch(image), image)


@given(image=images(dtype=["int64", "uint64", "uint8", "int8"]), data=st.data())
def test_integers_differ_by_one_however_large(image, data):
    other = image.copy()
    place = data.draw(st.integers(0, image.size - 1))
    other.flat[place] ^= 1
    with pytest.raises(AssertionError, match="1 of"):
        assert_same(image, other)
    assert_same(image, other, absolute=1)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), r"one shape, got \(2, 3\) and \(3, 2\)"),
        (np.zeros(2), np.zeros(2, "float32"), "one dtype, got float64 and float32"),
        (
            np.array([0.0, 1, 5]),
            np.array([0.0, 2, 3]),
            r"the same, got 2 of 3 that differ, most at \(2,\): 5.0 and 3.0",
        ),
        (np.array([1.0, np.nan]), np.array([2.0, 1.0]), r"2 of 2 that differ, most at \(1,\): nan and 1.0"),
        (np.array([np.inf]), np.array([-np.inf]), "inf and -inf"),
        (np.array([True]), np.array([False]), "True and False"),
        (np.array([-128, 127], "int8"), np.array([127, 127], "int8"), "-128 and 127"),
        (torch.zeros(2, 1, 1), torch.tensor([0.0, 1.0])[:, None, None], r"most at \(1, 0, 0\)"),
    ],
)
def test_differences_are_told_where_they_are_greatest(a, b, words):
    with pytest.raises(AssertionError, match=words):
        assert_same(a, b)


def test_tolerances_are_not_for_infinities():
    with pytest.raises(AssertionError, match=r"within 5 \+ 0.5 of the greater"):
        assert_same(np.array([np.inf]), np.array([1.0]), absolute=5, relative=0.5)


def test_numbers_have_no_dtype_and_lists_are_refused():
    assert_same(np.float32(0.5), 0.5)
    assert_same(torch.tensor(7), 7)
    with pytest.raises(TypeError, match="got list"):
        assert_same([1], np.array([1]))


# on_every_backend


@on_every_backend
@settings(deadline=None)
@given(image=images(dtype="float32", layouts=["HW"]))
def test_a_property_runs_on_each_library(xp, image):
    x = xp.asarray(image)
    assert_same(xp.sum(x), xp.sum(xp.flip(x)), absolute=1e-4)  # 576 terms of at most 1 in float32


@on_every_backend
def test_fixtures_pass_through(xp, tmp_path):
    assert tmp_path.exists()
    assert hasattr(xp, "asarray")


def test_each_library_is_tried_and_a_failure_names_its_own():
    seen = []

    @on_every_backend
    def fails_on_torch(xp):
        seen.append(xp.__name__)
        assert "torch" not in xp.__name__

    with pytest.raises(AssertionError) as caught:
        fails_on_torch()
    assert seen == ["array_api_compat.numpy", "array_api_compat.torch"]
    assert caught.value.__notes__ == ["with xp = array_api_compat.torch"]


def test_a_test_without_xp_is_refused():
    with pytest.raises(TypeError, match="test must have a parameter xp, got <lambda>"):
        on_every_backend(lambda: None)


def test_hypothesis_is_loaded_by_the_testing_theme_alone():
    code = "import sys, imgproc; assert 'hypothesis' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
