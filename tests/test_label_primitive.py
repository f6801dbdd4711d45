"""connected_components: the partition of scipy.ndimage.label, numbered by first pixel, on every body."""

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
from imgproc.primitives import label
from imgproc.primitives.label import connected_components
from tests.libraries import LIBRARIES

CONNECTIVITIES = pytest.mark.parametrize("connectivity", [4, 8])
BODIES = pytest.mark.parametrize("body", ["fast", "reference", *(str(x) for x in LIBRARIES if str(x) != "numpy")])


def masks(most=24):
    sides = st.tuples(st.integers(1, most), st.integers(1, most))
    return sides.flatmap(lambda shape: hnp.arrays(np.bool_, shape, elements=st.booleans(), fill=st.booleans()))


def spiral(size):
    """One path, two pixels from turn to turn, from a corner to the middle."""
    mask = np.zeros((size, size), np.bool_)
    y, x, dy, dx = 0, 0, 0, 1
    for length in (size - 1, *(side for side in range(size - 1, 0, -2) for _ in range(2))):
        for _ in range(length):
            mask[y, x] = True
            y, x = y + dy, x + dx
        dy, dx = dx, -dy
    mask[y, x] = True
    return mask


def serpentine(height, width):
    """Full rows two apart, joined at alternating ends: one component that crosses every band."""
    mask = np.zeros((height, width), np.bool_)
    mask[::2] = True
    mask[1::4, -1] = True
    mask[3::4, 0] = True
    return mask


def comb(height, width):
    """Teeth that meet only in the last row."""
    mask = np.zeros((height, width), np.bool_)
    mask[:, ::2] = True
    mask[-1] = True
    return mask


SHAPES = {
    "spiral": spiral(61),
    "serpentine": serpentine(63, 40),
    "comb": comb(40, 61),
    "comb sideways": comb(61, 40).T,
    "comb upside down": comb(40, 61)[::-1],
    "checkerboard": np.indices((31, 40)).sum(axis=0) % 2 == 0,
    "full": np.ones((33, 70), np.bool_),
    "empty": np.zeros((9, 5), np.bool_),
    "pixel": np.ones((1, 1), np.bool_),
    "row": np.array([[1, 1, 0, 1, 0, 0, 1]], np.bool_),
    "column": np.array([[1, 1, 0, 1, 0, 0, 1]], np.bool_).T,
    "block edges": np.arange(200)[None, :] % 64 != 0,
}


def run(body, mask, axes, connectivity):
    xp = importlib.import_module({"fast": "numpy", "reference": "numpy", "strict": "array_api_strict"}.get(body, body))
    with contextlib.nullcontext() if body in ("fast", "cupy") else reference_only():
        labels = connected_components(xp.asarray(mask.copy()), axes, connectivity)
    return labels.get() if body == "cupy" else np.asarray(labels)


def by_scipy(mask, connectivity):
    """SciPy numbers in raster order too."""
    return ndimage.label(mask, np.ones((3, 3)) if connectivity == 8 else None)[0]


@BODIES
@CONNECTIVITIES
def test_diagonal_neighbours_touch_with_eight_only(body, connectivity):
    mask = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], np.bool_)
    expected = {4: [[0, 1, 0], [2, 0, 0], [0, 0, 3]], 8: [[0, 1, 0], [1, 0, 0], [0, 0, 2]]}
    labels = run(body, mask, (0, 1), connectivity)
    assert labels.dtype == np.int32
    assert labels.tolist() == expected[connectivity]


@BODIES
@CONNECTIVITIES
@pytest.mark.parametrize("shape", SHAPES)
def test_hard_shapes_are_labelled_as_by_scipy(body, connectivity, shape):
    mask = SHAPES[shape]
    np.testing.assert_array_equal(run(body, mask, (0, 1), connectivity), by_scipy(mask, connectivity))


@BODIES
@CONNECTIVITIES
@given(mask=masks())
def test_any_mask_is_labelled_as_by_scipy(body, connectivity, mask):
    np.testing.assert_array_equal(run(body, mask, (0, 1), connectivity), by_scipy(mask, connectivity))


@CONNECTIVITIES
@given(seed=st.integers(0, 2**32), density=st.floats(0.3, 0.8), bands=st.integers(2, 37))
def test_bands_change_nothing(connectivity, seed, density, bands):
    mask = np.random.default_rng(seed).random((37, 90)) < density

    def run_in_bands(work, rows, cost):
        for first, last in itertools.pairwise(np.linspace(0, rows, bands + 1).astype(int)):
            if first < last:
                work(first, last)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label, "run_bands", run_in_bands)
        labels = connected_components(mask, (0, 1), connectivity)
    np.testing.assert_array_equal(labels, by_scipy(mask, connectivity))


@CONNECTIVITIES
@pytest.mark.parametrize("width", [1023, 1024])
def test_large_winding_masks_are_one_component(connectivity, width):
    for mask in (serpentine(1025, width), serpentine(width, 1025).T, spiral(width)):
        labels = connected_components(mask, (0, 1), connectivity)
        np.testing.assert_array_equal(labels, mask)


@CONNECTIVITIES
@given(mask=masks())
def test_numbers_rise_by_one_in_raster_order_of_first_pixels(connectivity, mask):
    labels = connected_components(mask, (0, 1), connectivity)
    np.testing.assert_array_equal(labels > 0, mask)
    numbers, first = np.unique(labels[mask], return_index=True)
    np.testing.assert_array_equal(numbers, np.arange(1, len(numbers) + 1))
    assert (np.diff(first) > 0).all()


@BODIES
@pytest.mark.parametrize(("shape", "axes"), [((3, 9, 11, 2), (1, 2)), ((3, 2, 9, 11), (2, 3)), ((9, 11, 3), (0, 1))])
def test_every_plane_is_numbered_on_its_own(body, shape, axes):
    mask = np.random.default_rng(0).random(shape) < 0.5
    labels = np.moveaxis(run(body, mask, axes, 8), axes, (-2, -1))
    planes = np.moveaxis(mask, axes, (-2, -1))
    for plane in np.ndindex(planes.shape[:-2]):
        np.testing.assert_array_equal(labels[plane], by_scipy(planes[plane], 8))


@pytest.mark.parametrize("view", [np.s_[::-1, ::2], np.s_[1:, ::-1], np.s_[::3]])
def test_views_are_labelled_as_their_copies(view):
    mask = np.random.default_rng(0).random((40, 61)) < 0.5
    mask.flags.writeable = False
    np.testing.assert_array_equal(connected_components(mask[view], (0, 1), 8), by_scipy(mask[view], 8))


def test_true_bytes_need_not_be_one():
    mask = np.array([[2, 255, 0, 1]], np.uint8).view(np.bool_)
    assert connected_components(mask, (0, 1), 4).tolist() == [[1, 1, 0, 2]]


def test_tensors_go_through_the_numpy_body_and_back():
    torch = pytest.importorskip("torch")
    mask = torch.tensor([[True, False], [False, True]])
    labels = connected_components(mask, (0, 1), 4)
    assert labels.dtype is torch.int32
    assert labels.tolist() == [[1, 0], [0, 2]]
