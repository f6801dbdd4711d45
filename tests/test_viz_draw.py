"""Drawings cover the pixels that geometry says, in the image's own range and library, and touch nothing else."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays
from imgproc.testing import assert_same, boxes, images, on_every_backend, points
from imgproc.viz import colorize, draw_boxes, draw_epipolar_lines, draw_lines, draw_matches, draw_points

RANGED = ("bool", "uint8", "uint16", "float16", "float32", "float64")
canvases = images(dtype=RANGED, layouts=["HW", "HWC"], channels=[1, 3], with_views=True)
COLUMN = SimpleNamespace(rho=np.array([4.0]), theta=np.array([0.0]))
DRAWINGS = {
    "lines": lambda image: draw_lines(image, [(1.5, 2, 9, 7), (0, 0, 0, 3)], color=(0.2, 0.9, 0.4), thickness=1.3),
    "hough": lambda image: draw_lines(image, COLUMN, color=(0.2, 0.9, 0.4)),
    "boxes": lambda image: draw_boxes(image, [(0.5, 1, 6, 7.25)], texts=["a"], color=(0.2, 0.9, 0.4)),
    "points": lambda image: draw_points(image, [(3.2, 4.7), (-50, 2)], color=(0.2, 0.9, 0.4)),
    "matches": lambda image: draw_matches(image, image, [(1, 1)], [(2, 3)], color=(0.2, 0.9, 0.4)),
    "epipolar": lambda image: draw_epipolar_lines(image, image, np.eye(3), [(1, 1)], [(2, 3)])[0],
}
drawings = st.sampled_from(sorted(DRAWINGS))


@given(image=canvases, name=drawings)
def test_input_stays_and_the_result_is_a_new_rgb_image_of_its_dtype(image, name):
    before = image.copy()
    drawn = DRAWINGS[name](image)
    np.testing.assert_array_equal(image, before)
    assert drawn.shape[2] == 3
    assert not np.shares_memory(drawn, image)
    assert drawn.dtype == ("float32" if image.dtype == bool else image.dtype.newbyteorder("="))


@on_every_backend
@given(image=canvases, name=drawings)
def test_the_three_libraries_draw_the_same(xp, image, name):
    expected = DRAWINGS[name](image)
    drawn = DRAWINGS[name](arrays.like(image, xp.empty(0)))
    assert arrays.kind(drawn) in xp.__name__
    assert_same(drawn, expected, relative=2.0**-10 if image.dtype == "float16" else 2.0**-22, absolute=2.0**-24)


@given(image=canvases)
def test_nothing_to_draw_leaves_the_picture(image):
    gray = image[..., None] if image.ndim == 2 else image
    for drawn in (
        draw_points(image, np.zeros((0, 2))),
        draw_lines(image, []),
        draw_boxes(image, np.zeros((0, 4)), texts=[]),
        draw_lines(image, [(-1e12, -9, 1e12, -9.5)]),
        draw_points(image, [(1e300, 3)]),
        draw_boxes(image, [(-1e300, -1e300, 1e300, 1e300)]),
    ):
        np.testing.assert_array_equal(drawn, np.broadcast_to(gray, drawn.shape).astype(drawn.dtype))


@given(where=points(size=20, max_count=4), radius=st.floats(0.6, 6))
def test_a_disc_covers_its_area(where, radius):
    for point in where + 10:
        drawn = draw_points(np.zeros((40, 40)), point[None], color=(1, 1, 1), radius=radius)
        # the edge falls from 1 to 0 over one pixel: pi (r² + 1/12), sampled at centres
        assert drawn[..., 0].sum() == pytest.approx(np.pi * (radius**2 + 1 / 12), abs=0.15 * (radius + 1))


@given(ends=st.tuples(*[st.floats(8, 32)] * 4), thickness=st.floats(1, 5))
def test_a_segment_covers_length_times_thickness_and_its_round_ends(ends, thickness):
    drawn = draw_lines(np.zeros((40, 40)), [ends], color=(1, 1, 1), thickness=thickness)
    length = np.hypot(ends[2] - ends[0], ends[3] - ends[1])
    area = length * thickness + np.pi * (thickness**2 / 4 + 1 / 12)
    assert drawn[..., 0].sum() == pytest.approx(area, abs=0.03 * length + 0.15 * (thickness + 1))


@given(ends=st.tuples(*[st.floats(-30, 60)] * 4), thickness=st.floats(0.5, 4))
def test_coverage_is_told_by_the_distance_of_the_pixel_centre(ends, thickness):
    drawn = draw_lines(np.zeros((20, 30)), [ends], color=(1, 1, 1), thickness=thickness)[..., 0]
    start, along = np.array(ends[:2]), np.array(ends[2:]) - ends[:2]
    offset = np.moveaxis(np.mgrid[:20, :30][::-1], 0, -1) - start
    share = np.clip(offset @ along / max(along @ along, 1e-12), 0, 1)
    distance = np.hypot(*np.moveaxis(offset - share[..., None] * along, -1, 0))
    wanted = np.clip(thickness / 2 + 0.5 - distance, 0, 1) * min(thickness, 1)
    np.testing.assert_allclose(drawn, wanted, atol=1e-6)  # the segment is cut near the frame


@given(box=boxes(size=20, max_count=1), thickness=st.floats(0.2, 5))
def test_an_outline_covers_each_pixel_by_area_inside_the_box(box, thickness):
    drawn = draw_boxes(np.zeros((20, 20)), box, color=(1, 1, 1), thickness=thickness)[..., 0]
    x1, y1, x2, y2 = box[0]
    t = min(thickness, (x2 - x1) / 2, (y2 - y1) / 2)
    area = (x2 - x1) * (y2 - y1) - (x2 - x1 - 2 * t) * (y2 - y1 - 2 * t)
    assert drawn.sum() == pytest.approx(area, abs=1e-9)
    outside = np.ones((20, 20), bool)
    outside[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = False
    assert (drawn[outside] == 0).all()


def test_a_box_of_whole_pixels_is_crisp():
    drawn = draw_boxes(np.full((4, 5), 7, np.uint8), [(1, 0, 5, 3)], color=(0, 1, 0))
    green = [[7, 255, 255, 255, 255], [7, 255, 7, 7, 255], [7, 255, 255, 255, 255], [7, 7, 7, 7, 7]]
    assert drawn[..., 1].tolist() == green


def test_text_stands_above_its_box_or_below_the_edge_where_there_is_no_room():
    blank = np.zeros((60, 90), np.uint8)
    above = draw_boxes(blank, [(10, 30, 80, 55)], texts=["word"], color=(1, 1, 0))[..., 0]
    below = draw_boxes(blank, [(10, 2, 80, 55)], texts=["word"], color=(1, 1, 0))[..., 0]
    assert above[18:28, 10:30].any()
    assert not above[32:50, 12:78].any()
    assert below[4:14, 10:30].any()
    assert (draw_boxes(blank, [(10, 30, 80, 55)], texts=["word"], color=(1, 1, 0))[22, 10:40, 2] == 0).all()


def test_hough_lines_cross_the_image_where_rho_and_theta_say():
    lines = SimpleNamespace(rho=np.array([4.0, 2.0]), theta=np.array([0.0, np.pi / 2]))
    drawn = draw_lines(np.zeros((6, 9)), lines, color=(1, 1, 1))[..., 0]
    wanted = np.zeros((6, 9))
    wanted[:, 4] = wanted[2] = 1
    np.testing.assert_allclose(drawn, wanted, atol=1e-12)


def test_matches_join_points_across_the_seam_in_colours_of_their_own():
    left, right = np.zeros((20, 30, 3), np.uint8), np.full((26, 30), 9, np.uint8)
    drawn = draw_matches(left, right, [(5, 5), (9, 9)], [(6, 5), (20, 20)], matches=[(0, 0), (1, 1)])
    assert drawn.shape == (26, 60, 3)
    assert len(np.unique(drawn[5, 8:34], axis=0)) == 1  # left of the seam and right of it
    assert (drawn[5, 20] != drawn[9, 9]).any()
    assert (drawn[20:, :30] == 0).all()
    assert (drawn[0, 30:] == 9).all()
    same = draw_matches(left, right, [(5, 5), (9, 9)], [(6, 5), (20, 20)])
    np.testing.assert_array_equal(drawn, same)


def test_epipolar_lines_pass_through_the_points_of_their_own_view():
    rng = np.random.default_rng(0)
    turn, shift = np.array([[0.96, 0, 0.28], [0, 1, 0], [-0.28, 0, 0.96]]), np.array([1.0, 0.3, 0.2])
    K = np.array([[60.0, 0, 40], [0, 60, 30], [0, 0, 1]])
    world = rng.uniform(-1, 1, (4, 3)) + np.array([0, 0, 5])
    x1, x2 = ((p / p[:, 2:])[:, :2] for p in (world @ K.T, (world @ turn.T + shift) @ K.T))
    across = np.cross(np.eye(3), shift)
    F = np.linalg.inv(K).T @ across.T @ turn @ np.linalg.inv(K)
    for drawn, own in zip(
        draw_epipolar_lines(np.zeros((60, 80)), np.zeros((60, 80)), F, x1, x2), (x1, x2), strict=True
    ):
        marked = draw_points(np.zeros((60, 80)), own, color=(1, 1, 1), radius=2.0)[..., 0] > 0.9
        assert (drawn.max(axis=2)[marked] > 0.2).all()
        assert (drawn > 0).any(axis=2).sum() > 2 * marked.sum()  # lines go on beyond


BAD = {
    "points of three": lambda: draw_points(np.zeros((4, 4)), [(1, 2, 3)]),
    "NaN": lambda: draw_points(np.zeros((4, 4)), [(1, np.nan)]),
    "no range": lambda: draw_points(np.zeros((4, 4), np.int32), [(1, 2)]),
    "batch": lambda: draw_lines(np.zeros((2, 4, 4, 3)), [(1, 2, 3, 4)]),
    "color": lambda: draw_lines(np.zeros((4, 4)), [(1, 2, 3, 4)], color=(255, 0, 0)),
    "thickness": lambda: draw_lines(np.zeros((4, 4)), [(1, 2, 3, 4)], thickness=0.0),
    "radius": lambda: draw_points(np.zeros((4, 4)), [(1, 2)], radius=float("inf")),
    "turned box": lambda: draw_boxes(np.zeros((4, 4)), [(3, 0, 1, 2)]),
    "texts": lambda: draw_boxes(np.zeros((4, 4)), [(0, 0, 1, 2)], texts=["a", "b"]),
    "match out of range": lambda: draw_matches(
        np.zeros((4, 4)), np.zeros((4, 4)), [(1, 1)], [(1, 1)], matches=[(0, 1)]
    ),
    "unpaired": lambda: draw_matches(np.zeros((4, 4)), np.zeros((4, 4)), [(1, 1)], []),
    "two dtypes": lambda: draw_matches(np.zeros((4, 4)), np.zeros((4, 4), np.uint8), [], []),
    "F": lambda: draw_epipolar_lines(np.zeros((4, 4)), np.zeros((4, 4)), np.zeros((2, 3)), [], []),
    "low above high": lambda: colorize(np.zeros((4, 4)), low=2.0, high=1.0),
    "channels": lambda: colorize(np.zeros((4, 4, 3))),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_raises_a_value_error_that_says_what_must_be(name):
    with pytest.raises(ValueError, match="must"):
        BAD[name]()


@on_every_backend
@given(values=images(layouts=["HW"], dtype="float32", low=-5.0, high=5.0))
def test_colorize_gives_matplotlibs_colours(xp, values):
    matplotlib = pytest.importorskip("matplotlib")
    low, high = float(values.min()), float(values.max())
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (values - values.min()) / np.where(high > low, values.max() - values.min(), np.float32(1))
    wanted = matplotlib.colormaps["viridis"](share.astype(np.float32), bytes=True)[..., :3]
    made = arrays.to_numpy(colorize(arrays.like(values, xp.empty(0))))
    assert np.mean((made != wanted).any(axis=-1)) <= 0.02  # on the line between two colours rounding decides


def test_a_colormap_that_matplotlib_does_not_know_is_a_value_error():
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="colormap must be"):
        colorize(np.zeros((4, 4)), colormap="no such map")


def test_colorize_clips_beyond_the_ends_and_shows_nan_black():
    pytest.importorskip("matplotlib")
    values = np.array([[-np.inf, -1.0, 0.0, 4.0, 9.0, np.inf, np.nan]])
    made = colorize(values, colormap="gray", low=0.0, high=4.0)
    assert made[0, :, 0].tolist() == [0, 0, 0, 255, 255, 255, 0]
    assert (colorize(np.full((2, 2), np.nan)) == 0).all()
    assert colorize(np.zeros((2, 5, 4, 1), np.int64)).shape == (2, 5, 4, 3)


def test_drawing_loads_neither_matplotlib_nor_opencv_before_a_call_needs_them():
    code = "import sys, imgproc.viz; print([m for m in ('matplotlib', 'cv2', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
