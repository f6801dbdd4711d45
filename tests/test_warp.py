"""Images moved by matrices: what must be exact is exact, the rest is the interpolation it says it is."""

import numba
import numpy as np
import pytest
import skimage.transform
from hypothesis import assume, given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.geometry import compose, rotation, scaling, translation, warp
from imgproc.primitives._positions_numba import FAR, INSIDE, pieces
from imgproc.primitives.sample import project_grid
from imgproc.testing import homographies, images

INTERPOLATIONS = ("nearest", "linear", "cubic", "lanczos")
BORDERS = ("reflect", "symmetric", "edge", "wrap", "constant")
every_interpolation = pytest.mark.parametrize("interpolation", INTERPOLATIONS)
every_border = pytest.mark.parametrize("border", BORDERS)


def noise(*shape: int, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(dtype)


def positions(matrix: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Source x and y of every pixel, in extended precision."""
    back = np.linalg.inv(matrix).astype(np.longdouble)
    v, u = np.mgrid[: size[0], : size[1]].astype(np.longdouble)
    x, y, w = (back[i, 0] * u + back[i, 1] * v + back[i, 2] for i in range(3))
    return x / w, y / w


def exact_linear(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Sample bilinearly in an image surrounded by zeros."""
    x, y = positions(matrix, size)
    padded = np.pad(image.astype(np.float64), 1)
    x, y = np.clip(x, -1, image.shape[1]) + 1, np.clip(y, -1, image.shape[0]) + 1
    j, i = (np.minimum(p.astype(int), n) for p, n in ((x, image.shape[1]), (y, image.shape[0])))
    s, t = (x - j).astype(np.float64), (y - i).astype(np.float64)
    upper = padded[i, j] * (1 - s) + padded[i, j + 1] * s
    return upper * (1 - t) + (padded[i + 1, j] * (1 - s) + padded[i + 1, j + 1] * s) * t


@every_interpolation
@given(image=images(with_nan=True, with_views=True), scale=st.sampled_from([1.0, -3.0, 1e-9]))
def test_identity_of_any_scale_returns_the_bits_also_beside_nan(interpolation, image, scale):
    moved = warp(image, np.eye(3) * scale, interpolation=interpolation)
    assert not np.shares_memory(moved, image)
    if image.dtype.kind in "iu" and interpolation != "nearest":  # what averages works on wide integers in float64
        moved, image = moved.astype(np.float64), image.astype(np.float64)
    np.testing.assert_array_equal(moved, image)


@every_interpolation
@every_border
@given(image=images(layouts=["HW"], dtype=["uint8", "int64", "float32"]), dx=st.integers(-9, 9), dy=st.integers(-9, 9))
def test_moves_by_whole_pixels_are_those_of_the_padded_image(interpolation, border, image, dx, dy):
    height, width = image.shape
    padded = np.pad(image, 9, border)
    wanted = padded[9 - dy : 9 - dy + height, 9 - dx : 9 - dx + width]
    np.testing.assert_array_equal(
        warp(image, translation(dx, dy), border=border, interpolation=interpolation),
        wanted.astype(np.float64) if image.dtype == np.int64 and interpolation != "nearest" else wanted,
    )


@every_interpolation
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_by_matrix_move_bits(interpolation, quarters):
    image = noise(13, 13, 3, dtype="float32")
    cosine, sine = ((0, 1), (-1, 0), (0, -1))[quarters - 1]
    turn = np.array([[cosine, sine, 6 - 6 * cosine - 6 * sine], [-sine, cosine, 6 + 6 * sine - 6 * cosine], [0, 0, 1]])
    np.testing.assert_array_equal(warp(image, turn, interpolation=interpolation), np.rot90(image, quarters))


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32", "uint16", "int8", "bool"])
def test_labels_survive_nearest_as_they_are(dtype):
    low, high = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    labels = np.array([[low, high], [high - 1, low + 1]], dtype)
    grown = warp(labels, scaling(3.0, center=(-0.5, -0.5)), size=(6, 6), interpolation="nearest")
    np.testing.assert_array_equal(grown, np.kron(labels, np.ones((3, 3), dtype)).astype(dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_interpolation
def test_shift_of_a_ramp_by_64ths_of_a_pixel_is_exact(dtype, interpolation):
    ramp = np.tile(np.arange(64, dtype=dtype), (9, 1))
    if interpolation in ("nearest", "lanczos"):
        return  # these do not reproduce ramps
    for k in range(65):
        moved = warp(ramp, translation(k / 64, 0), interpolation=interpolation)
        np.testing.assert_allclose(moved[4, 8:56], ramp[4, 8:56] - k / 64, rtol=0, atol=1e-9)


@pytest.mark.parametrize("side", [512, 2048])
def test_white_noise_is_sampled_as_in_exact_arithmetic(side):
    turn = rotation(0.3, (side / 2, side / 2))
    perspective = np.array([[1.05, 0.1, -0.05 * side], [-0.08, 0.95, 0.02 * side], [0.1 / side, -0.05 / side, 1.0]])
    size = (100, side)
    for matrix in (turn, perspective, compose(perspective, translation(0, 100 - side))):
        image = noise(side, side)
        np.testing.assert_allclose(
            warp(image, matrix, size=size), exact_linear(image, matrix, size), rtol=0, atol=1e-10
        )
        image = image.astype(np.float32)  # three roundings of numbers below 1: 3 * 2**-24
        np.testing.assert_allclose(warp(image, matrix, size=size), exact_linear(image, matrix, size), rtol=0, atol=2e-7)
        image = (image * 255).astype(np.uint8)
        difference = np.abs(warp(image, matrix, size=size) - exact_linear(image, matrix, size))
        assert difference.max() <= 0.5 + 1e-4


def test_half_a_pixel_outside_blends_with_the_fill_value():
    row = np.array([[8.0, 16.0]])
    assert warp(row, translation(0.5, 0), size=(1, 4), fill=4.0).tolist() == [[6.0, 12.0, 10.0, 4.0]]
    assert warp(row, translation(0.5, 0), size=(1, 4), border="wrap").tolist() == [[12.0, 12.0, 12.0, 12.0]]
    fraction = warp(np.array([[8, 16]], np.uint8), translation(0.25, 0), fill=1000.4)  # saturates to 255
    assert fraction.tolist() == [[70, 14]]


@every_interpolation
def test_nan_spreads_to_the_pixels_in_which_it_has_a_weight(interpolation):
    image = noise(15, 15, dtype="float32")
    image[7, 7] = np.nan
    reach = {"nearest": 0, "linear": 0, "cubic": 1, "lanczos": 2}[interpolation]
    row, column = np.mgrid[:15, :15]
    half = np.isnan(warp(image, translation(0.25, 0.0), interpolation=interpolation))
    after = 0 if interpolation == "nearest" else 1 + reach
    np.testing.assert_array_equal(half, (row == 7) & (column >= 7 - reach) & (column <= 7 + after))


@every_border
def test_infinite_and_huge_positions_give_fill_and_do_not_crash(border):
    image = noise(8, 9)
    horizon = [[1, 0, 0], [0, 1, 0], [1, 0, -4]]  # the source of column 4 is at infinity
    for matrix in (horizon, [[1e-300, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 1e300], [0, 1, -1e300], [0, 0, 1]]):
        for interpolation in INTERPOLATIONS:
            moved = warp(image, matrix, inverse=True, border=border, interpolation=interpolation, fill=0.5)
            assert np.isfinite(moved).all()
            if matrix is horizon:
                np.testing.assert_array_equal(moved[:, 4], 0.5)


@given(matrix=homographies(size=32))
def test_the_inverse_matrix_from_target_to_source_is_the_same_warp(matrix):
    image = noise(32, 32, 2)
    back = warp(image, np.linalg.inv(matrix), inverse=True, border="reflect")
    np.testing.assert_allclose(warp(image, matrix, border="reflect"), back, rtol=0, atol=1e-10)


@given(
    matrix=homographies(size=24),
    border=st.sampled_from(BORDERS),
    interpolation=st.sampled_from(INTERPOLATIONS[1:]),  # of two pixels as near, the mirror shows the other
)
def test_the_mirrored_image_moves_as_the_mirrored_matrix_says(matrix, border, interpolation):
    image, mirror = noise(24, 24), np.array([[-1.0, 0, 23], [0, 1, 0], [0, 0, 1]])
    wanted = warp(image, matrix, border=border, interpolation=interpolation)[:, ::-1]
    got = warp(image[:, ::-1], mirror @ matrix @ mirror, border=border, interpolation=interpolation)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


@every_interpolation
@given(matrix=homographies(size=20))
def test_constant_images_stay_constant(interpolation, matrix):
    moved = warp(np.full((20, 20), 0.3), matrix, interpolation=interpolation, border="edge")
    np.testing.assert_allclose(moved, 0.3, rtol=1e-15)  # weights sum to 1 within a few roundings
    flat = warp(np.full((20, 20), 255, np.uint8), matrix, interpolation=interpolation, border="reflect")
    np.testing.assert_array_equal(flat, 255)


def test_cubic_reproduces_parabolas_and_has_the_taps_of_keys():
    x = np.arange(32.0)
    moved = warp(np.tile(x * x, (5, 1)), translation(0.3, 0), interpolation="cubic")[2, 4:28]
    np.testing.assert_allclose(moved, (x[4:28] - 0.3) ** 2, rtol=0, atol=1e-11)
    impulse = warp(np.eye(1, 8, 4), translation(0.5, 0), interpolation="cubic")
    assert impulse[0, 3:7].tolist() == [-0.0625, 0.5625, 0.5625, -0.0625]


@pytest.mark.parametrize(("interpolation", "order"), [("linear", 1), ("cubic", 3)])
def test_agrees_with_scikit_image(interpolation, order):
    image, matrix = noise(60, 70), np.array([[0.9, 0.2, 3.0], [-0.1, 1.1, -2.0], [1e-3, -2e-3, 1.0]])
    wanted = skimage.transform.warp(image, np.linalg.inv(matrix), order=order, clip=False, mode="reflect")
    got = warp(image, matrix, interpolation=interpolation, border="reflect")
    x, y = positions(matrix, image.shape)
    inside = (x >= 2) & (x <= 67) & (y >= 2) & (y <= 57)  # its borders are others
    np.testing.assert_allclose(got[inside], wanted[inside], rtol=0, atol=1e-11)


def test_lanczos_agrees_with_its_formula():
    x, t = np.arange(-2, 4), 0.3
    weights = np.sinc(x - t) * np.sinc((x - t) / 3)
    row = noise(1, 6)
    moved = warp(row, translation(-2 - t, 0), size=(1, 1), interpolation="lanczos", border="wrap")
    np.testing.assert_allclose(moved[0, 0], row[0] @ weights / weights.sum(), rtol=1e-14)


def test_each_image_of_a_batch_moves_by_its_own_matrix():
    batch = noise(3, 9, 11, 2, dtype="float32")
    matrices = np.stack([translation(1.5, 0), rotation(0.4, (5, 4)), scaling(0.5)])
    for antialias in (False, True):
        together = warp(batch, matrices, antialias=antialias)
        alone = [warp(x, m, antialias=antialias) for x, m in zip(batch, matrices, strict=True)]
        np.testing.assert_array_equal(together, alone)


def test_planes_of_any_number_of_channels_agree_with_single_channels():
    for channels in (1, 2, 3, 4, 5, 9):
        for dtype in ("uint8", "float32", "float64"):
            image = (noise(40, 600, channels) * 200).astype(dtype)
            for interpolation in INTERPOLATIONS:
                moved = warp(image, rotation(0.05, (300, 20)), interpolation=interpolation)
                alone = warp(
                    np.ascontiguousarray(image[..., -1]), rotation(0.05, (300, 20)), interpolation=interpolation
                )
                np.testing.assert_array_equal(moved[..., -1], alone)


def test_planes_that_share_positions_agree_with_single_planes():
    torch = pytest.importorskip("torch")
    for channels in (1, 3, 5, 9):
        planes = torch.from_numpy(noise(2, channels, 40, 600))
        matrices = np.stack([rotation(0.05, (300, 20)), rotation(-1.0, (300, 20))])
        for interpolation in INTERPOLATIONS:
            moved = warp(planes, matrices, interpolation=interpolation)
            for i, matrix in enumerate(matrices):
                for p in (0, channels - 1):
                    alone = warp(planes[i, p].contiguous(), matrix, interpolation=interpolation)
                    assert torch.equal(moved[i, p], alone)


@given(
    matrix=homographies(size=24), border=st.sampled_from(BORDERS), interpolation=st.sampled_from(INTERPOLATIONS),
    image=images(dtype=["uint8", "uint16", "float32", "float64", "int32"], layouts=["HW", "HWC"]),
)  # fmt: skip
def test_the_fast_body_is_the_reference_body(matrix, border, interpolation, image):
    options = {"size": (25, 530), "border": border, "interpolation": interpolation, "fill": 0.25}
    got = warp(image, matrix, **options)
    with reference_only():
        wanted = warp(image, matrix, **options)
    scale = max(1.0, float(np.abs(image.astype(np.float64)).max()))
    tolerance = 1 if image.dtype.kind in "ui" else scale * (4e-6 if image.dtype == np.float32 else 1e-12)
    np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=0, atol=tolerance)


@given(
    entries=st.lists(st.integers(-160, 160), min_size=6, max_size=6), border=st.sampled_from(BORDERS),
    unit=st.sampled_from([1.0, 1 / 2, 1 / 64, 1 / 3, 2.0**30, 1e-12]), channels=st.sampled_from([1, 2, 3]),
    dtype=st.sampled_from(["uint8", "uint16", "float32", "float64"]),
)  # fmt: skip
def test_nearest_takes_the_pixel_of_the_reference_body_also_halfway_between_two(
    entries, border, unit, channels, dtype
):  # fmt: skip
    assume(entries[0] * entries[4] != entries[1] * entries[3])
    matrix = np.array([*(entry * unit for entry in entries), 0, 0, 1]).reshape(3, 3)
    image = np.arange(23 * 29 * channels).reshape(23, 29, channels).astype(dtype)
    options = {"size": (25, 530), "border": border, "interpolation": "nearest", "inverse": True}
    with reference_only():
        wanted = warp(image, matrix, **options)
    np.testing.assert_array_equal(warp(image, matrix, **options), wanted)
    np.testing.assert_array_equal(warp(image[..., 0], matrix, **options), wanted[..., 0])


@every_interpolation
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 5), (2, 2, 3), (3, 4, 3), (2, 3, 4)])
def test_tiny_images_enlarged_to_long_rows_agree_with_the_reference_body(interpolation, dtype, shape):
    image = (noise(*shape) * 255).astype(dtype)
    if dtype.startswith("float"):
        image[1, 1] = np.nan  # of no weight for whole rows and columns
    grow = compose(scaling(20.0), translation(0.25, -0.125))
    for matrix in (
        scaling(20.0),
        grow,
        compose(grow, rotation(0.3)),
        compose(grow, [[1, 0, 0], [0, 1, 0], [0, 1e-3, 1]]),
    ):
        options = {"size": (50, 100), "border": "edge", "interpolation": interpolation}
        got = warp(image, matrix, **options)
        with reference_only():
            wanted = warp(image, matrix, **options)
        tolerance = {"float32": 255 * 4e-6, "float64": 1e-10}.get(dtype, 1)  # as above
        np.testing.assert_allclose(got.astype(float), wanted.astype(float), rtol=0, atol=tolerance)


@numba.njit
def mark_pieces(matrix, taps, width, height, border, state, count):
    made, last = state.shape[1], len(state)
    for v, left, n, what in pieces(matrix, False, 0.0, taps, 0, width, height, border, 32, made, 0, last):
        state[v, left : left + n] = what
        count[v, left : left + n] += 1


@given(matrix=homographies(size=24), taps=st.sampled_from([1, 2, 4]), border=st.sampled_from([0, 4]))
def test_pieces_of_rows_need_the_care_they_are_said_to(matrix, taps, border):
    height, width, lead = 20, 30, max(taps // 2 - 1, 0)
    state, count = np.full((70, 90), -1), np.zeros((70, 90), int)
    mark_pieces(tuple(matrix.ravel()), taps, width, height, border, state, count)
    assert (count == 1).all()
    x, y, _ = project_grid(matrix, (70, 90))
    first, last = lead - 1e-9, 1e-9 + lead + 1 - taps
    is_inside = (x >= first) & (x < width + last) & (y >= first) & (y < height + last)
    near = lead - taps + 1
    is_near = (x >= near) & (x < width + lead) & (y >= near) & (y < height + lead)
    assert is_inside[state == INSIDE].all()
    assert not (is_near if border == 4 else np.ones_like(is_near))[state == FAR].any()


@pytest.mark.parametrize(
    "matrix", [np.zeros((3, 3)), [[1, 2, 3], [2, 4, 6], [0, 0, 1]], [[0.1, 0.2, 0], [0.3, 0.6, 0], [0, 0, 1]]]
)
def test_singular_matrices_are_a_value_error_on_the_host(matrix):
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match="matrix must be invertible"):
        warp(noise(4, 4), matrix)
    with pytest.raises(ValueError, match="matrix must be invertible"):
        warp(torch.zeros(4, 4), torch.tensor(np.array(matrix), dtype=torch.float64))


def test_far_translations_are_not_taken_for_singular_matrices():
    np.testing.assert_array_equal(warp(noise(4, 4), translation(1e9, -1e9), fill=7.0), 7.0)
    one = noise(4, 4)
    np.testing.assert_array_equal(warp(one, translation(4e6, 8e6), border="wrap"), one)
