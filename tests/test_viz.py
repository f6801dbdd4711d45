"""Pictures show what is in the arrays: range rule, labels, layout, and nothing else changed."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays
from imgproc.testing import assert_same, images, on_every_backend
from imgproc.viz import grid, overlay_labels, show

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
RANGED = ("bool", "uint8", "uint16", "float16", "float32", "float64")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def shown(ax):
    return np.asarray(ax.images[0].get_array())


# overlay_labels


@st.composite
def labelled_images(draw):
    image = draw(images(dtype=RANGED, layouts=["HW", "HWC"], channels=[1, 3], max_size=7, with_views=True))
    integers = ["bool", "uint8", "int32", "int64"]
    size = image.shape[:2]
    return image, draw(images(dtype=integers, layouts=["HW"], min_size=size, max_size=size, low=0, high=5))


@given(labelled=labelled_images())
def test_background_stays_as_it_is(labelled):
    image, labels = labelled
    tinted = overlay_labels(image, labels, alpha=0.7)
    gray = image[..., None] if image.ndim == 2 else image
    expected = np.broadcast_to(gray, tinted.shape)[labels == 0]
    assert_same(tinted[labels == 0], expected.astype(tinted.dtype))
    assert tinted.dtype == ("float32" if image.dtype == bool else image.dtype)


@on_every_backend
@given(labelled=labelled_images(), background=st.sampled_from([0, 1, None]))
def test_the_three_libraries_draw_the_same(xp, labelled, background):
    image, labels = labelled
    expected = overlay_labels(image, labels, background=background)
    drawn = overlay_labels(arrays.like(image, xp.empty(0)), arrays.like(labels, xp.empty(0)), background=background)
    assert arrays.kind(drawn) in xp.__name__
    # torch may fuse the product and the sum of the mixture: one rounding of the work dtype, or of a float16 result
    relative = 2.0**-10 if image.dtype == "float16" else 2.0**-22
    assert_same(drawn, expected.astype(expected.dtype.newbyteorder("=")), relative=relative, absolute=relative / 4)


@given(labelled=labelled_images())
def test_full_colour_hides_the_image_and_none_leaves_it(labelled):
    image, labels = labelled
    red = overlay_labels(image, labels, alpha=1.0, colors=[(1, 0, 0)], background=None)
    high = {"uint8": 255, "uint16": 65535}.get(image.dtype.name, 1)
    assert_same(red, np.broadcast_to(np.array([high, 0, 0], red.dtype), red.shape))
    untouched = overlay_labels(image, labels, alpha=0.0, background=None)
    assert_same(untouched, overlay_labels(image, np.zeros_like(labels)))


@given(label=st.integers(0, 1000))
def test_a_label_has_its_colour_wherever_it_appears(label):
    black = np.zeros((1, 2), np.float64)
    one = overlay_labels(black, np.array([[label, 0]]), alpha=1.0)
    other = overlay_labels(black, np.array([[7, label]]), alpha=1.0)
    assert_same(one[0, 0], other[0, 1])


def test_labels_near_in_number_differ_in_colour():
    row = overlay_labels(np.zeros((1, 255)), np.arange(1, 256)[None], alpha=1.0)[0]
    distances = np.abs(row[:, None] - row[None]).max(-1)
    nearby = np.abs(np.subtract.outer(np.arange(255), np.arange(255)))
    assert distances[(nearby > 0) & (nearby <= 4)].min() > 0.2
    assert distances[nearby > 0].min() > 0


def test_a_worked_example_by_hand():
    image = np.full((1, 3), 100, np.uint8)
    drawn = overlay_labels(image, np.array([[0, 1, 2]]), alpha=0.5, colors=[(0, 0, 0), (1, 0, 0), (0, 0, 1)])
    # 50 + 127.5 is 177.5, half to even 178
    assert drawn.tolist() == [[[100, 100, 100], [178, 50, 50], [50, 50, 178]]]


@pytest.mark.parametrize(
    ("image", "labels", "options", "error", "words"),
    [
        (np.zeros((2, 2), "int32"), np.zeros((2, 2), int), {}, ValueError, "image must be bool, uint8"),
        (np.zeros((2, 2, 4)), np.zeros((2, 2), int), {}, ValueError, "one or three channels, got shape"),
        (np.zeros((1, 2, 2, 3)), np.zeros((2, 2), int), {}, ValueError, "image must be one image"),
        (np.zeros((2, 2)), np.zeros((2, 2)), {}, TypeError, "labels must be integers or bool, got dtype float64"),
        (np.zeros((2, 2)), np.zeros((2, 3), int), {}, ValueError, "labels must have the height and width"),
        (np.zeros((2, 2)), [[0, 1]], {}, TypeError, "labels must be a NumPy"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), {"alpha": 1.5}, ValueError, "alpha must be at most 1"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), {"colors": []}, ValueError, "colors must be RGB triples"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), {"colors": "red"}, TypeError, "colors must be a sequence"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), {"colors": [(0, 0, 2)]}, ValueError, "colors must be at most 1"),
        (np.zeros((2, 2)), np.zeros((2, 2), int), {"background": 0.5}, TypeError, "background must be an integer"),
    ],
)
def test_what_cannot_be_drawn_is_refused(image, labels, options, error, words):
    with pytest.raises(error, match=words):
        overlay_labels(image, labels, **options)


# show and grid


@given(image=images(dtype="uint8", layouts=["HWC"], channels=[3, 4], max_size=5))
def test_colours_are_shown_as_they_are(image):
    assert_same(shown(show(image, ax=new_axes())), image)
    assert_same(shown(show(arrays.to_torch(image), ax=new_axes())), image)


def new_axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


@pytest.mark.parametrize(
    ("image", "data_range", "levels"),
    [
        (np.array([[False, True]]), None, [0, 255]),
        (np.array([[0.0, 1.0, 0.5, -3.0, 2.0, np.nan]]), None, [0, 255, 128, 0, 255, 0]),
        (np.array([[0, 65535]], np.uint16), None, [0, 255]),
        (np.array([[-2.0, 3.0, np.inf]]), "auto", [0, 255, 255]),
        (np.array([[10, 20, 30]]), "auto", [0, 128, 255]),
        (np.array([[10, 20, 30]]), (10, 20), [0, 255, 255]),
        (np.array([[7.0, 7.0]]), "auto", [0, 0]),
        (np.array([[np.nan]]), "auto", [0]),
    ],
)
def test_gray_follows_the_range_rule_or_what_is_asked(image, data_range, levels):
    picture = shown(show(image, data_range=data_range))
    assert picture[0].tolist() == [[level] * 3 for level in levels]


def test_labels_are_shown_in_the_colours_of_the_overlay():
    labels = np.array([[0, 1, 2, 300, -1]], np.int32)
    drawn = overlay_labels(np.zeros((1, 5), np.uint8), labels, alpha=1.0, background=None)
    assert_same(shown(show(labels)), drawn)


def test_show_titles_draws_where_told_and_returns_the_axes():
    ax = new_axes()
    assert show(np.zeros((2, 3)), title="zero", ax=ax) is ax
    assert ax.get_title() == "zero"
    assert not ax.axison


@pytest.mark.parametrize(("count", "columns", "shape"), [(1, None, (1, 1)), (5, None, (2, 3)), (5, 2, (3, 2))])
def test_grid_is_nearly_square_unless_told(count, columns, shape):
    figure = grid([np.zeros((2, 2))] * count, columns=columns, panel_inches=2.0)
    assert len(figure.axes) == count
    assert figure.axes[0].get_gridspec().get_geometry() == shape
    assert figure.get_size_inches().tolist() == [2 * shape[1], 2 * shape[0]]


def test_grid_mixes_kinds_and_takes_a_batch():
    torch = pytest.importorskip("torch")
    figure = grid([np.zeros((2, 2)), torch.ones(3, 4, 5, requires_grad=True)], titles=["a", "b"])
    assert [shown(ax).shape for ax in figure.axes] == [(2, 2, 3), (4, 5, 3)]
    assert [ax.get_title() for ax in figure.axes] == ["a", "b"]
    assert len(grid(torch.zeros(3, 1, 4, 5)).axes) == 3


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: show(np.zeros((1, 2, 2, 3))), ValueError, "image must be one image"),
        (lambda: show(np.zeros((2, 2, 2))), ValueError, "of 1, 3 or 4 channels"),
        (lambda: show(np.zeros((2, 2, 3), int)), ValueError, "data_range must be given for int64"),
        (lambda: show("cat.png"), TypeError, "image must be a NumPy, CuPy or torch array, got str"),
        (lambda: show(np.zeros((2, 2)), data_range=(1, 0)), ValueError, "data_range must be finite and increasing"),
        (lambda: show(np.zeros((2, 2)), data_range="full"), ValueError, "data_range must be"),
        (lambda: grid([]), ValueError, "images must not be empty"),
        (
            lambda: grid([np.zeros((2, 2))], titles=["a", "b"]),
            ValueError,
            "titles must be as many as images, got 2 and 1",
        ),
        (lambda: grid([np.zeros((2, 2))], columns=0), ValueError, "columns must be from 1"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_a_figure_is_made(call, error, words):
    from matplotlib import pyplot

    before = pyplot.get_fignums()  # other tests may have left some
    with pytest.raises(error, match=words):
        call()
    assert pyplot.get_fignums() == before


def test_matplotlib_is_loaded_by_a_call_alone():
    code = "import sys, imgproc.viz; assert not {'matplotlib', 'torch', 'cv2', 'numba', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
