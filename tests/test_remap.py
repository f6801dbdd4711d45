"""Images read at given positions, turned about a point, and unrolled about one."""

import numpy as np
import pytest
import skimage.transform
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.geometry import remap, rotate, warp, warp_polar
from imgproc.testing import homographies, images


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape)


def grid(height: int, width: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float64)


# remap


@given(image=images(dtype=["uint8", "int64", "float32", "bool"]), interpolation=st.sampled_from(["nearest", "linear"]))
def test_the_grid_of_pixels_returns_the_image(image, interpolation):
    height, width = image.shape[-3:-1] if image.ndim > 2 else image.shape
    moved = remap(image, grid(height, width), interpolation=interpolation)
    np.testing.assert_array_equal(moved.astype(np.float64), image.astype(np.float64))


@given(matrix=homographies(size=18), border=st.sampled_from(["constant", "reflect", "edge"]))
@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic", "lanczos"])
def test_the_positions_of_a_matrix_give_its_warp(interpolation, matrix, border):
    image = noise(18, 18, 3)
    u, v = np.moveaxis(grid(20, 600), -1, 0)
    x, y, w = (row[0] * u + (row[1] * v + row[2]) for row in matrix)
    options = {"interpolation": interpolation, "border": border, "fill": 0.5}
    wanted = warp(image, matrix, size=(20, 600), inverse=True, **options)
    np.testing.assert_allclose(
        remap(image, np.stack((x, y), axis=-1) * (1 / w)[..., None], **options), wanted, rtol=0, atol=1e-9
    )


def test_maps_of_any_dtype_and_memory_layout_read_the_same():
    image, xy = noise(9, 11), np.round(grid(6, 7) * 1.25, 2)
    wanted = remap(image, xy)
    flipped, wide = xy[::-1, ::-1].copy()[::-1, ::-1], np.repeat(xy, 2, 1)[:, ::2]
    for view in (np.asfortranarray(xy), flipped, wide, xy.astype(">f8")):
        np.testing.assert_array_equal(remap(image, view), wanted)
    narrow = xy.astype(np.float32)
    np.testing.assert_array_equal(remap(image, narrow), remap(image, narrow.astype(np.float64)))
    np.testing.assert_array_equal(remap(image, grid(6, 7).astype(np.uint8)), image[:6, :7])


@given(
    width=st.sampled_from([16, 17, 40, 530]), border=st.sampled_from(["constant", "reflect", "edge"]),
    dtype=st.sampled_from(["uint8", "float32", "float64"]), channels=st.sampled_from([1, 3]),
    map_dtype=st.sampled_from(["float32", "float64"]), is_planar=st.booleans(), reach=st.sampled_from([0.5, 4.0, 60]),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_positions_read_many_at_a_time_give_what_each_gives_alone(
    width, border, dtype, channels, map_dtype, is_planar, reach, seed
):  # fmt: skip
    random = np.random.default_rng(seed)
    image = (random.random((19, 35, channels)) * 255).astype(dtype)
    xy = np.array([17, 9]) + reach * random.uniform(-2, 2, (6, width, 2)) * np.array([4, 2])
    xy[random.random(xy.shape) < 0.1] //= 1
    xy[random.random(xy.shape) < 0.01] = np.nan
    xy[random.random(xy.shape) < 0.01] = -np.inf
    xy = xy.astype(map_dtype)
    if is_planar:
        xy = np.ascontiguousarray(np.moveaxis(xy, -1, 0)).transpose(1, 2, 0)
    for one in (image, image[..., 0]):
        got = remap(one, xy, border=border, fill=7.0)
        alone = remap(one, xy.reshape(-1, 1, 2), border=border, fill=7.0)
        np.testing.assert_array_equal(got, alone.reshape(got.shape))
        np.testing.assert_array_equal(got, remap(one, xy.astype(np.float64), border=border, fill=7.0))
        with reference_only():
            wanted = remap(one, xy, border=border, fill=7.0)
        tolerance = {"uint8": 1, "float32": 255 * 4e-6, "float64": 1e-10}[dtype]  # as of warp
        np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=0, atol=tolerance)


def test_each_image_of_a_batch_has_its_own_map_or_all_share_one():
    batch, maps = noise(3, 8, 9, 2), np.stack([grid(5, 600) * factor for factor in (0.5, 0.9, 1.7)])
    for interpolation in ("nearest", "linear", "cubic"):
        together = remap(batch, maps, interpolation=interpolation)
        alone = [remap(x, m, interpolation=interpolation) for x, m in zip(batch, maps, strict=True)]
        np.testing.assert_array_equal(together, alone)
        with reference_only():
            np.testing.assert_allclose(remap(batch, maps, interpolation=interpolation), together, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(remap(batch, maps[1]), [remap(x, maps[1]) for x in batch])


def test_positions_that_are_not_finite_are_the_fill_value_under_every_border():
    xy = np.array([[[np.nan, 1], [1, np.inf], [-np.inf, 0], [1, 1]]])
    for border in ("constant", "reflect", "wrap"):
        for image in (noise(3, 3), np.full((3, 3), 9, np.uint8)):
            read = remap(image, xy, border=border, fill=5.0)
            assert read.tolist() == [[5, 5, 5, image[1, 1]]]


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (2, 4, 5, 2), (5, 4, 5, 2)])
def test_maps_of_another_shape_are_a_value_error(shape):
    with pytest.raises(ValueError, match="xy must be"):
        remap(noise(3, 6, 7, 1) if len(shape) == 4 else noise(6, 7), np.zeros(shape))


# rotate


@given(image=images(), quarters=st.integers(-5, 5))
@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
def test_quarter_turns_are_those_of_numpy_bit_for_bit(interpolation, image, quarters):
    turned = rotate(image, 90 * quarters, expand=True, interpolation=interpolation)
    axes = (1, 2) if image.ndim == 4 else (0, 1)
    wanted = np.rot90(image, quarters, axes=axes)
    np.testing.assert_array_equal(turned, wanted.astype(np.float32) if turned.dtype != image.dtype else wanted)
    assert not np.shares_memory(turned, image)


@pytest.mark.parametrize("shape", [(9, 9), (8, 12), (7, 11)])
def test_quarter_turns_in_their_own_frame_crop_and_pad(shape):
    image = noise(*shape)
    turned = rotate(image, 90, fill=-1.0)
    height, width = shape
    missing = [(max(0, (height - width) // 2),) * 2, (max(0, (width - height) // 2),) * 2]
    room = np.pad(np.rot90(image), missing, constant_values=-1.0)
    top, left = (room.shape[0] - height) // 2, (room.shape[1] - width) // 2
    np.testing.assert_array_equal(turned, room[top : top + height, left : left + width])


def test_positive_degrees_turn_counter_clockwise_on_screen():
    right = np.zeros((9, 9))
    right[4, 7] = 1  # to the right of the middle
    turned = rotate(right, 45)
    row, column = np.unravel_index(turned.argmax(), turned.shape)
    assert row < 4 < column  # up and to the right


@pytest.mark.parametrize(("interpolation", "order"), [("linear", 1), ("cubic", 3)])
def test_turns_agree_with_scikit_image(interpolation, order):
    image = noise(40, 51)
    wanted = skimage.transform.rotate(image, 23.0, order=order, clip=False, mode="constant")
    got = rotate(image, 23.0, interpolation=interpolation)
    np.testing.assert_allclose(got[13:27, 13:38], wanted[13:27, 13:38], rtol=0, atol=1e-12)


def test_expansion_holds_the_whole_picture():
    ones = np.ones((30, 50))
    for degrees in (10, 45, 100, -37.5):
        turned = rotate(ones, degrees, expand=True)
        angle = np.radians(degrees)
        sides = np.abs([50 * np.sin(angle), 30 * np.sin(angle)]) + np.abs([30 * np.cos(angle), 50 * np.cos(angle)])
        assert turned.shape == tuple(np.ceil(sides))
        assert turned.sum() == pytest.approx(1500, rel=0.01)
    assert rotate(ones, 1e-12, expand=True).shape == (30, 50)


def test_the_center_stays():
    image = noise(20, 30)
    for degrees in (30, 90, 222):
        assert rotate(image, degrees, center=(7, 5))[5, 7] == pytest.approx(image[5, 7], abs=1e-13)


# warp_polar


@pytest.mark.parametrize("log", [False, True])
def test_unrolling_agrees_with_scikit_image(log):
    image = noise(41, 51)
    wanted = skimage.transform.warp_polar(image, scaling="log" if log else "linear", order=1)
    got = warp_polar(image, log=log)
    assert got.shape == wanted.shape
    inside = np.isfinite(wanted) & (wanted > 0)  # at its edge it blends with another border
    assert (np.abs(got - wanted)[inside] < 1e-9).mean() > 0.97


def test_turns_become_shifts_and_scales_shift_logarithms():
    y, x = np.mgrid[-50:51, -50:51].astype(float)
    image = np.exp(-((x - 20) ** 2 + y**2) / 60) + np.exp(-(x**2 + (y - 14) ** 2) / 90)
    turned = rotate(image, 90)  # angles fall by a quarter
    np.testing.assert_allclose(
        warp_polar(turned, max_radius=40), np.roll(warp_polar(image, max_radius=40), -90, axis=0), rtol=0, atol=1e-12
    )
    twice = warp(image, [[2, 0, -50], [0, 2, -50], [0, 0, 1]], interpolation="cubic")
    log, log_twice = (warp_polar(i, size=(90, 64), max_radius=2.0**6, log=True)[:, :40] for i in (image, twice))
    shift = 64 // 6 + 1  # 64 columns for six doublings: 10.67 columns each
    assert np.abs(log_twice[:, shift:30] - log[:, : 30 - shift]).mean() < 0.06


def test_columns_are_radii_and_rows_are_angles_from_x_towards_y():
    y, x = np.mgrid[:41, :41] - 20.0
    polar = warp_polar(x, (20, 20), size=(8, 10), max_radius=20)
    angle, radius = np.arange(8)[:, None] * np.pi / 4, np.arange(10) * 2
    np.testing.assert_allclose(polar, radius * np.cos(angle), rtol=0, atol=1e-12)
    np.testing.assert_allclose(warp_polar(y, (20, 20), size=(8, 10), max_radius=20), radius * np.sin(angle), atol=1e-12)
