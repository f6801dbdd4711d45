"""Hysteresis: what is strong, and what hangs on to it, on every body."""

import contextlib
import importlib
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from imgproc._dispatch import reference_only
from imgproc.edges.hysteresis import hysteresis
from imgproc.primitives import hysteresis as primitive
from imgproc.primitives.hysteresis import link_hysteresis
from tests.libraries import LIBRARIES

BODIES = pytest.mark.parametrize("body", ["fast", "reference", *(str(x) for x in LIBRARIES if str(x) != "numpy")])
# few values, so that paths of weak pixels, ties with thresholds and NaN are common
VALUES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0, -1.0, np.inf, -np.inf, np.nan])


def strengths(dtype=np.float32):
    sides = st.tuples(st.integers(1, 20), st.integers(1, 20))
    return sides.flatmap(lambda shape: hnp.arrays(dtype, shape, elements=VALUES.map(dtype), fill=VALUES.map(dtype)))


def run(body, strength, low, high, axes=(0, 1)):
    xp = importlib.import_module({"fast": "numpy", "reference": "numpy", "strict": "array_api_strict"}.get(body, body))
    low, high = (xp.asarray(t.copy()) if isinstance(t, np.ndarray) else t for t in (low, high))
    with contextlib.nullcontext() if body in ("fast", "cupy") else reference_only():
        edges = link_hysteresis(xp.asarray(strength.copy()), low, high, axes)
    return edges.get() if body == "cupy" else np.asarray(edges)


def by_scipy(strength, low, high):
    """Components of weak pixels that hold a strong one."""
    labels, count = ndimage.label(strength >= low, np.ones((3, 3)))
    is_edge = np.zeros(count + 1, np.bool_)
    is_edge[labels[(strength >= high) & (strength >= low)]] = True
    return is_edge[labels] & (labels > 0)


@BODIES
def test_weak_pixels_count_when_they_lead_to_a_strong_one(body):
    strength = np.array([[1, 1, 0, 1], [0, 0, 2, 0], [1, 0, 0, 0]], np.float32)
    expected = [[1, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]
    edges = run(body, strength, 1.0, 2.0)
    assert edges.dtype == np.bool_
    assert edges.tolist() == np.array(expected, np.bool_).tolist()


@BODIES
@given(strength=strengths(), thresholds=st.tuples(VALUES, VALUES).filter(lambda t: t[0] <= t[1]))
def test_any_strength_is_linked_as_by_labels_of_scipy(body, strength, thresholds):
    low, high = (float(np.float32(t)) for t in thresholds)
    np.testing.assert_array_equal(run(body, strength, *thresholds), by_scipy(strength, low, high))


@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(62, 194) | st.integers(448, 1100),  # below and above eight words, which are filled at once
    share=st.floats(0.3, 0.7),
)
def test_paths_cross_the_words_of_64_pixels(seed, width, share):
    rng = np.random.default_rng(seed)
    strength = rng.choice([0, 1, 2], (9, width), p=[1 - share, share * 0.98, share * 0.02]).astype(np.float32)
    np.testing.assert_array_equal(run("fast", strength, 1.0, 2.0), by_scipy(strength, 1.0, 2.0))


@given(strength=strengths(np.float64), bands=st.integers(2, 20))
def test_bands_change_nothing(strength, bands):
    def run_in_bands(work, rows, cost):
        for first, last in itertools.pairwise(np.linspace(0, rows, bands + 1).astype(int)):
            if first < last:
                work(first, last)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(primitive, "run_bands", run_in_bands)
        edges = link_hysteresis(strength, 0.25, 0.7, (0, 1))
    np.testing.assert_array_equal(edges, by_scipy(strength, 0.25, 0.7))


@pytest.mark.parametrize("start", [(0, 0), (-1, 0), (500, 3)])
def test_one_strong_pixel_lights_a_path_through_every_band(start):
    strength = np.zeros((1023, 777), np.float32)
    strength[::2] = 0.5
    strength[1::4, -1] = 0.5
    strength[3::4, 0] = 0.5
    weak = strength > 0
    assert not link_hysteresis(strength, 0.5, 1.0, (0, 1)).any()
    strength[start] = 1
    np.testing.assert_array_equal(link_hysteresis(strength, 0.5, 1.0, (0, 1)), weak)


@given(strength=strengths())
def test_hysteresis_commutes_with_flips_and_transposition(strength):
    edges = hysteresis(strength, 0.25, 0.7)
    for change in (np.flipud, np.fliplr, np.transpose):
        np.testing.assert_array_equal(hysteresis(change(strength), 0.25, 0.7), change(edges))


@given(strength=strengths())
def test_edges_lie_between_the_two_thresholdings_and_are_stable(strength):
    edges = hysteresis(strength, 0.25, 0.7)
    assert (edges >= (strength >= np.float32(0.7))).all()
    assert (edges <= (strength >= 0.25)).all()
    np.testing.assert_array_equal(hysteresis(np.where(edges, strength, -1), 0.25, 0.7), edges)


@given(strength=strengths(np.float64))
def test_edges_hold_those_of_scikit_image_and_equal_them_where_diagonals_are_filled(strength):
    by_skimage = pytest.importorskip("skimage.filters").apply_hysteresis_threshold
    low, high = 0.2, 0.6  # no value is equal to one: scikit-image demands more than the thresholds
    strength = np.nan_to_num(strength, nan=-1)
    assert (hysteresis(strength, low, high) >= by_skimage(strength, low, high)).all()
    # it links four neighbours: raise the two pixels beside every diagonal link of weak ones
    weak = np.pad(strength > low, 1)
    while True:
        corners = [np.roll(weak, down, 0) & np.roll(weak, right, 1) for down in (1, -1) for right in (1, -1)]
        filled = weak | np.logical_or.reduce(corners)
        filled[[0, -1]] = filled[:, [0, -1]] = False
        if (filled == weak).all():
            break
        weak = filled
    strength = np.where(weak[1:-1, 1:-1], np.maximum(strength, 0.3), strength)
    np.testing.assert_array_equal(hysteresis(strength, low, high), by_skimage(strength, low, high))


@BODIES
def test_thresholds_are_rounded_to_the_dtype_they_are_compared_in(body):
    strength = np.full((2, 2), 0.1, np.float32)  # above the double 0.1
    assert run(body, strength, 0.1, 0.1).all()
    assert run(body, strength.astype(np.float64), 0.1, float(np.float32(0.1))).all()
    assert not run(body, np.nextafter(strength, np.float32(0)), 0.1, 0.1).any()
    assert not run(body, strength, 0.0, 1e300).any()


@BODIES
@pytest.mark.parametrize(("shape", "axes"), [((3, 9, 11, 2), (1, 2)), ((3, 2, 9, 11), (2, 3))])
def test_arrays_of_thresholds_hold_one_for_each_plane(body, shape, axes):
    rng = np.random.default_rng(0)
    strength = rng.random(shape).astype(np.float32)
    low = rng.random([1 if axis in axes else length for axis, length in enumerate(shape)])
    high = np.maximum(low, np.float64(0.8))[:1]
    edges = np.moveaxis(run(body, strength, low, high, axes), axes, (-2, -1))
    planes = np.moveaxis(strength, axes, (-2, -1))
    lows, highs = np.squeeze(low.astype(np.float32)), np.broadcast_to(high, low.shape).astype(np.float32)
    for plane in np.ndindex(planes.shape[:-2]):
        expected = by_scipy(planes[plane], lows[plane], np.squeeze(highs)[plane])
        np.testing.assert_array_equal(edges[plane], expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int16", "int64", ">f4", "float16", "float64"])
def test_dtypes_agree_where_they_hold_the_same_values(dtype):
    strength = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 5, (20, 30)).astype(dtype)
    expected = by_scipy(strength.astype(np.float64), 0.5, 1.0)
    np.testing.assert_array_equal(hysteresis(strength, 0.5, 1), expected)
    np.testing.assert_array_equal(hysteresis(strength[::-1, ::2], 0.5, 1), by_scipy(strength[::-1, ::2], 0.5, 1))


def test_channels_and_images_are_linked_on_their_own_in_every_layout():
    strength = np.random.default_rng(0).random((2, 12, 13, 3))
    edges = hysteresis(strength, 0.6, 0.95)
    for image, channel in np.ndindex(2, 3):
        expected = by_scipy(strength[image, ..., channel], 0.6, 0.95)
        np.testing.assert_array_equal(edges[image, ..., channel], expected)
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(strength).permute(0, 3, 1, 2)
    assert torch.equal(hysteresis(tensor, 0.6, 0.95), torch.from_numpy(edges).permute(0, 3, 1, 2))
    half = (8 * torch.from_numpy(strength[0, ..., 0])).round()
    assert torch.equal(hysteresis(half.bfloat16(), 3, 7), hysteresis(half, 3, 7))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.zeros((3, 3)), 2, 1), ValueError, "high must be at least 2, got 1"),
        ((np.zeros((3, 3)), np.nan, 1), ValueError, "low must be finite, got nan"),
        ((np.zeros((3, 3)), 0, np.inf), ValueError, "high must be finite, got inf"),
        ((np.zeros((3, 3)), None, 1), TypeError, "low must be a real number, got None"),
        ((np.zeros(3), 0, 1), ValueError, "strength must have 2, 3 or 4 axes"),
        ((np.zeros((0, 3)), 0, 1), ValueError, "strength must not be empty"),
        ((np.zeros((3, 3), complex), 0, 1), TypeError, "strength must be bool, a real integer or a float"),
        (([[1.0]], 0, 1), TypeError, "strength must be a NumPy, CuPy or torch array, got list"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        hysteresis(*arguments)
