"""histogram: numpy.histogram of each plane in float64, exactly, on every body."""

import contextlib
import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._dispatch import reference_only
from imgproc.primitives.histogram import bin_edges, histogram
from tests.libraries import LIBRARIES

BODIES = pytest.mark.parametrize("body", ["fast", "reference", *(str(x) for x in LIBRARIES if str(x) != "numpy")])
DTYPES = pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int8", "int64", "float16", "float32", "float64"])
RANGES = st.tuples(st.integers(-300, 300), st.integers(1, 70000), st.sampled_from([0.1, 1.0, 1.7])).map(
    lambda r: (r[0] * r[2], (r[0] + r[1]) * r[2])
)


def run(body, image, axes, bins, low, high):
    xp = importlib.import_module({"fast": "numpy", "reference": "numpy", "strict": "array_api_strict"}.get(body, body))
    with contextlib.nullcontext() if body in ("fast", "cupy") else reference_only():
        counts = histogram(xp.asarray(image.copy()), axes, bins, low, high)
    return counts.get() if body == "cupy" else np.asarray(counts)


def by_numpy(image, bins, low, high):
    values = image.astype(np.float64)
    return np.histogram(values[np.isfinite(values)], bins, (low, high))[0]


def images(dtype):
    shapes = st.tuples(st.integers(1, 20), st.integers(1, 20))
    if np.dtype(dtype).kind != "f":
        return hnp.arrays(dtype, shapes)
    bits = 8 * np.dtype(dtype).itemsize
    return hnp.arrays(dtype, shapes, elements=st.floats(width=bits) | st.floats(-500, 500, width=bits))


@BODIES
def test_bins_hold_their_lower_edge_and_the_last_one_both(body):
    image = np.array([[0.0, 0.5, 1.0], [-0.1, 1.1, np.nan], [np.inf, -np.inf, 0.49]])
    counts = run(body, image, (0, 1), 2, 0.0, 1.0)
    assert counts.dtype == np.int64
    assert counts.tolist() == [2, 2]


@BODIES
@DTYPES
@given(data=st.data(), bins=st.integers(1, 300), limits=RANGES)
def test_counts_are_those_of_numpy(body, dtype, data, bins, limits):
    if (body, dtype) == ("strict", "float16"):
        pytest.skip("array_api_strict has no float16")
    image = data.draw(images(dtype))
    np.testing.assert_array_equal(run(body, image, (0, 1), bins, *limits), by_numpy(image, bins, *limits))


@BODIES
@given(bins=st.integers(1, 400), limits=RANGES, data=st.data())
def test_values_on_and_beside_edges_fall_into_the_right_bin(body, bins, limits, data):
    edges = bin_edges(bins, *limits)
    image = np.stack([np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)])
    np.testing.assert_array_equal(run(body, image, (0, 1), bins, *limits), by_numpy(image, bins, *limits))


@BODIES
def test_edges_that_rounding_makes_equal_leave_empty_bins(body):
    low = 1e16  # where neighbouring doubles are 2 apart
    image = low + np.array([[0.0, 2.0, 4.0, 4.0]])
    counts = run(body, image, (0, 1), 40, low, low + 4)
    last = np.searchsorted(bin_edges(40, low, low + 4)[:-1], image[0], side="right") - 1
    np.testing.assert_array_equal(counts, np.bincount(last, minlength=40))


@BODIES
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("shape", "axes"), [((2, 9, 7, 3), (1, 2)), ((2, 3, 9, 7), (2, 3)), ((9, 7, 5), (0, 1))])
def test_every_plane_has_counts_of_its_own(body, dtype, shape, axes):
    image = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    counts = run(body, image, axes, 16, 0.0, 200.0)
    planes = np.moveaxis(image, axes, (-2, -1))
    assert counts.shape == (*planes.shape[:-2], 16)
    for plane in np.ndindex(planes.shape[:-2]):
        np.testing.assert_array_equal(counts[plane], by_numpy(planes[plane], 16, 0.0, 200.0))


@pytest.mark.parametrize("bins", [256, 7, 5000])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">f8", "float32"])
@pytest.mark.parametrize("shape", [(400, 511), (64, 40, 39), (300, 301, 3)])
def test_large_images_and_many_planes_are_counted_by_all_threads(shape, dtype, bins):
    greatest = 65535 if dtype == "uint16" else 255
    image = np.random.default_rng(0).integers(0, greatest + 1, shape).astype(dtype)
    axes = (1, 2) if shape[0] == 64 else (0, 1)
    planes = np.moveaxis(image, axes, (-2, -1))
    counts = histogram(image, axes, bins, 0.0, float(greatest))
    for plane in np.ndindex(planes.shape[:-2]):
        np.testing.assert_array_equal(counts[plane], by_numpy(planes[plane], bins, 0, greatest))


@given(image=images("uint8"))
def test_counts_are_of_values_wherever_they_lie(image):
    counts = histogram(image, (0, 1), 256, 0, 256)
    assert counts.sum() == image.size
    for moved in (image[::-1, ::-1], image.T, np.sort(image, axis=None)[None]):
        np.testing.assert_array_equal(histogram(moved, (0, 1), 256, 0, 256), counts)


def test_tensors_of_sixteen_bits_and_bfloat16_are_counted():
    torch = pytest.importorskip("torch")
    image = torch.arange(256).reshape(16, 16)
    for dtype in (torch.uint16, torch.bfloat16, torch.int32):
        assert histogram(image.to(dtype), (0, 1), 4, 0.0, 256.0).tolist() == [64, 64, 64, 64]
