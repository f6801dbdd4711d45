"""Everything of a sample moves together: followed pixel by pixel on images that hold their own coordinates."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from deep.data import augment
from deep.data.augment import (
    Compose,
    Crop,
    LocalWarp,
    Mirror,
    OverlapCrop,
    PcaColor,
    ResizedCrop,
    Rotate,
    Shear,
    ShiftColor,
    color_covariance,
    ten_crop,
)
from imgproc.arrays import to_numpy, to_torch
from imgproc.color import pca_color
from imgproc.geometry import resize, rotation, shear, warp

TOGETHER = 1e-4
"""Pixels, the bar of the project; what is found is nearer to 1e-9."""
SIZE = (48, 64)
MOVES = {
    "mirror": Mirror(),
    "flip": Mirror(vertical=True),
    "crop": Crop((30, 40), padding=6),
    "rotate": Rotate(40),
    "shear": Shear(0.4, 0.3),
    "local warp": LocalWarp(4, 32),
    "enlarge": ResizedCrop((60, 56), area=(0.1, 0.5)),
    "reduce": ResizedCrop((24, 20), area=(0.5, 1)),
    "patch": OverlapCrop((40, 40)),
}


def ramps(size=SIZE):
    """An image whose two channels are x and y: linear interpolation reads positions from it exactly."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(float)
    return np.stack([columns, rows], axis=-1)


def pixels_of(size):
    rows, columns = np.mgrid[: size[0], : size[1]].astype(float)
    return np.stack([columns, rows], axis=-1)


def chains():
    """Up to four steps, in any order."""
    return st.lists(st.sampled_from([step for name, step in MOVES.items() if name != "crop"]), min_size=1, max_size=4)


def seeds():
    return st.integers(0, 2**32)


def edge_of(change):
    """Source pixels beside the image's edge or the window's, where a resized pixel is no mean of both sides."""
    return 2 + 2 * max(1.0, *(old / new for old, new in zip(change.motion.source, change.motion.size, strict=True)))


def read_positions(compose, seed):
    """Return the target pixels that show the inside of the image, and the source positions that they show."""
    change = compose.draw({"image": ramps(), "boxes": np.array([[20.0, 10.0, 40.0, 30.0]])}, seed)
    shown = compose.apply(change, ramps())
    places = pixels_of(shown.shape[:2])
    margin = edge_of(change)
    inside = (shown > margin) & (shown < np.array(SIZE[::-1]) - 1 - margin)
    whole = np.isfinite(shown).all(-1) & inside.all(-1)
    whole[:2] = whole[-2:] = whole[:, :2] = whole[:, -2:] = False
    return change.motion, places[whole], shown[whole]


@pytest.mark.parametrize("name", MOVES)
@given(seed=seeds())
def test_points_go_where_the_pixels_go(name, seed):
    motion, places, sources = read_positions(Compose(MOVES[name], fill=np.nan, antialias=False), seed)
    assert np.abs(motion.points(sources) - places).max(initial=0) < TOGETHER


@given(steps=chains(), seed=seeds())
def test_points_go_where_the_pixels_go_through_any_chain(steps, seed):
    motion, places, sources = read_positions(Compose(*steps, fill=np.nan, antialias=False), seed)
    assert np.abs(motion.points(sources) - places).max(initial=0) < TOGETHER


@given(seed=seeds(), turns=st.booleans())
def test_averaging_moves_nothing_on_average(seed, turns):
    steps = [Rotate(40)] if turns else []
    reduce = ResizedCrop((16, 16), area=(0.9, 1), ratio=(1, 1.4))
    motion, places, sources = read_positions(Compose(*steps, reduce, fill=np.nan), seed)
    # the taps of a sampled triangle are not quite about its middle (those of PIL and torch neither)
    error = motion.points(sources) - places
    assert np.abs(error).max() < 0.1
    assert np.abs(error.mean(axis=0)).max() < 0.01


@given(steps=chains(), seed=seeds(), box=st.tuples(*[st.floats(1, 20)] * 2, *[st.floats(2, 27)] * 2))
@example(steps=[LocalWarp(4, 32)], seed=1411, box=(10.5, 13.75, 16.0, 7.0))  # greatest just beyond a corner
@example(steps=[OverlapCrop((40, 40)), LocalWarp(4, 32)], seed=301162, box=(8.0, 8.5, 2.0, 2.0))  # much enlarged
def test_boxes_are_the_hulls_of_the_outlines_that_move(steps, seed, box):
    left, top, width, height = box
    boxes = np.array([[left, top, left + width, top + height]])
    sample = {"image": ramps(), "boxes": boxes}
    compose = Compose(*steps)
    change = compose.draw(sample, seed)
    t = np.linspace(0, 1, 4001)[:, None]
    corners = [np.array(corner) for corner in ((left, top), (left + width, top), boxes[0, 2:], (left, top + height))]
    outline = np.concatenate([a + (b - a) * t for a, b in itertools.pairwise([*corners, corners[0]])])
    moved = change.motion.points(outline - 0.5) + 0.5
    expected = np.concatenate([moved.min(0), moved.max(0)])
    assert np.abs(compose.apply(change, sample)["boxes"][0] - expected).max() < TOGETHER


@given(steps=chains(), seed=seeds())
def test_masks_show_the_nearest_source_pixel(steps, seed):
    numbers = np.arange(SIZE[0] * SIZE[1], dtype=np.int32).reshape(SIZE)
    compose = Compose(*steps, mask_fill=-1)
    made = compose({"image": ramps(), "masks": numbers}, seed)["masks"]
    motion = compose.draw(ramps(), seed).motion
    sources = motion.grid()
    shown = np.stack([made % SIZE[1], made // SIZE[1]], axis=-1)[made >= 0]
    assert np.abs(shown - sources[made >= 0]).max(initial=0) <= 0.5 + TOGETHER
    is_outside = (sources < -0.5 - TOGETHER) | (sources > np.array(SIZE[::-1]) - 0.5 + TOGETHER)
    assert ((made == -1) <= (is_outside | (np.abs(sources % 1 - 0.5) < TOGETHER)).any(-1)).all()


@given(steps=chains(), seed=seeds())
def test_a_chain_of_matrices_is_one_matrix(steps, seed):
    steps = [step for step in steps if not isinstance(step, LocalWarp)]
    motion = Compose(*steps).draw(ramps(), seed).motion
    assert len(motion.moves) <= 1
    assert motion.matrix is not None


@given(steps=chains(), seed=seeds())
def test_whatever_is_drawn_can_be_undone(steps, seed):
    motion = Compose(*steps).draw(ramps(), seed).motion
    points = np.random.default_rng(seed).uniform(0, 40, (20, 2))
    back = motion.points(points)
    for move in reversed(motion.moves):
        back = move.to_source(back)
    assert np.abs(back - points).max() < 1e-6


def test_a_mirrored_sample_by_hand():
    sample = {
        "image": np.array([[1, 2, 3, 4]], np.uint8),
        "boxes": np.array([[0.0, 0.0, 1.0, 1.0]]),  # around the 1
        "points": np.array([[0.0, 0.0]]),  # its centre
        "masks": np.array([[[True], [False], [False], [False]]]),
        "labels": ["one"],
    }
    made = Compose(Mirror(probability=1))(sample)
    assert made["image"].tolist() == [[4, 3, 2, 1]]
    assert made["boxes"].tolist() == [[3, 0, 4, 1]]
    assert made["points"].tolist() == [[3, 0]]
    assert made["masks"][0, :, 0].tolist() == [False, False, False, True]
    assert made["labels"] == ["one"]
    assert sample["image"].tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize("layout", ["planes", "interleaved", "numpy"])
@pytest.mark.parametrize("steps", [[Mirror(1)], [Crop(20, padding=8)], [ResizedCrop(16)], [Rotate(30), Shear(0.2)]])
def test_kinds_and_memory_layouts_give_the_same_pixels(photo, steps, layout):
    compose = Compose(*steps, ShiftColor(0.2), PcaColor(0.5))
    expected = compose(photo, rng=5)
    given_image = photo if layout == "numpy" else to_torch(photo)
    if layout == "planes":
        given_image = given_image.contiguous()
    made = compose(given_image, rng=5)
    assert type(made) is type(given_image)
    np.testing.assert_array_equal(to_numpy(made), expected)


@pytest.fixture(scope="module")
def photo():
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[:90, 180:300])


@pytest.mark.parametrize(
    "steps", [[Rotate(30)], [Mirror(), Crop(64)], [ResizedCrop(40)], [LocalWarp()], [ShiftColor()]]
)
def test_a_batch_is_its_images_one_by_one(photo, steps):
    images = to_torch(photo).float().div(255).repeat(4, 1, 1, 1)
    compose = Compose(*steps)
    made = compose(images, [np.random.default_rng(i) for i in range(4)])
    singles = [compose(image, np.random.default_rng(i)) for i, image in enumerate(images)]
    torch.testing.assert_close(made, torch.stack(singles), rtol=0, atol=1e-6)
    assert len({image.numpy().tobytes() for image in made}) > 1


@pytest.mark.parametrize(
    "steps", [[Shear(0.2)], [Mirror(), Crop(200)], [Mirror(), ResizedCrop(200)], [Mirror(), LocalWarp()]]
)
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_images_side_by_side_are_those_one_by_one(steps, library):
    images = np.random.default_rng(0).random((6, 210, 220, 3), np.float32)
    images = images if library == "numpy" else to_torch(images).contiguous()
    compose = Compose(*steps)
    made = compose(images, [np.random.default_rng(i) for i in range(6)])
    for i, image in enumerate(images):  # enlarged alone by OpenCV, whose sums are others in the last digit
        np.testing.assert_allclose(made[i], compose(image, np.random.default_rng(i)), rtol=0, atol=2e-7)


def test_a_batch_of_masks_is_read_as_its_masks_are(photo):
    masks = np.stack([photo[..., :1] > 100] * 4)
    compose = Compose(Mirror(), ResizedCrop(60))
    made = compose(masks, [np.random.default_rng(i) for i in range(4)])
    for i, mask in enumerate(masks):
        np.testing.assert_array_equal(made[i], compose(mask, np.random.default_rng(i)))


@pytest.mark.parametrize("steps", [[Rotate(30)], [Mirror(), Rotate(5)], [ResizedCrop(60, area=(0.1, 0.3))]])
def test_the_way_of_a_device_gives_the_same(photo, steps, monkeypatch):
    images = to_torch(photo).float().div(255).repeat(4, 1, 1, 1)
    compose = Compose(*steps, border="edge")
    expected = compose(images, rng=1)
    monkeypatch.setattr("deep.data.augment.compose._is_on_device", lambda images: True)
    found = compose(images, rng=1)
    inner = (..., slice(2, -2), slice(2, -2))  # beside the edge of an enlarged window, a warp sees what lies beyond
    torch.testing.assert_close(found[inner], expected[inner], rtol=0, atol=1e-5)


def test_one_draw_serves_several_images(photo):
    compose = Compose(Rotate(20), Crop(50))
    change = compose.draw(photo, 3)
    film = np.stack([photo, photo[::-1]])
    made = compose.apply(change, film)
    np.testing.assert_array_equal(made[1], compose.apply(change, np.ascontiguousarray(photo[::-1])))


def test_gradients_reach_the_images():
    images = torch.rand(2, 1, 7, 8, dtype=torch.float64, requires_grad=True)
    compose = Compose(Rotate(20), Shear(0.1), ResizedCrop(4))
    assert torch.autograd.gradcheck(lambda x: compose(x, rng=1), images)


def test_a_turned_reduction_is_near_the_antialiased_warp(photo):
    compose = Compose(Rotate(30), ResizedCrop(24, area=(0.9, 1)), border="reflect")
    change = compose.draw(photo, 3)
    made = compose.apply(change, photo).astype(float)
    exact = warp(photo.astype(float), change.motion.matrix, size=(24, 24), border="reflect", antialias=True)
    rough = warp(photo.astype(float), change.motion.matrix, size=(24, 24), border="reflect")
    assert np.sqrt(np.mean((made - exact) ** 2)) < np.sqrt(np.mean((rough - exact) ** 2)) / 2


def test_a_resized_window_is_resize(photo):
    compose = Compose(ResizedCrop((20, 30)))
    change = compose.draw(photo, 1)
    (top, bottom), (left, right), _ = change.motion.window()
    np.testing.assert_array_equal(compose.apply(change, photo), resize(photo[top:bottom, left:right], (20, 30)))


def test_turns_and_shears_are_those_of_the_image_processing_layer():
    middle = (31.5, 23.5)
    turn = Compose(Rotate(30)).draw(ramps(), 2).motion.matrix
    np.testing.assert_allclose(turn, rotation(np.arctan2(turn[1, 0], turn[0, 0]), middle), atol=1e-12)
    slide = Compose(Shear(0.3, 0.2)).draw(ramps(), 2).motion.matrix
    np.testing.assert_allclose(slide, shear(slide[0, 1], slide[1, 0], middle), atol=1e-12)


def test_what_a_crop_cuts_off_is_there_for_a_later_turn():
    white = np.full((40, 40), 255, np.uint8)
    assert Compose(Crop(20), Rotate(0.0))(white).min() == 255
    assert (Compose(Crop(20), Rotate(20))(white, rng=3)[8:12] == 255).all()


def test_ranges_are_kept_to():
    change = [Compose(ResizedCrop(8, area=(0.2, 0.4), ratio=(0.5, 2))).draw(ramps((100, 100)), i) for i in range(100)]
    sides = np.array([[b - a for a, b in c.motion.window()[:2]] for c in change])
    assert (abs(sides.prod(axis=1) / 1e4 - 0.3) < 0.11).all()  # rounding moves a side by half a pixel
    assert (abs(np.log(sides[:, 1] / sides[:, 0])) < np.log(2.1)).all()
    assert np.log(sides[:, 1] / sides[:, 0]).std() > 0.3
    angles = [Compose(Rotate(10)).draw(ramps(), i).motion.matrix for i in range(50)]
    degrees = np.degrees([np.arctan2(m[1, 0], m[0, 0]) for m in angles])
    assert 9 < abs(degrees).max() <= 10
    grids = [Compose(LocalWarp(3, 24)).draw(ramps(), i).motion.grid() - ramps() for i in range(20)]
    assert 0.5 < np.abs(grids).max() <= 3


@given(seed=seeds())
def test_patches_overlap_a_box_as_much_as_asked(seed):
    boxes = np.array([[10.0, 10.0, 40.0, 40.0]])
    sample = {"image": np.zeros((50, 60, 3), np.uint8), "boxes": boxes}
    motion = Compose(OverlapCrop(overlaps=(0.5,))).draw(sample, seed).motion
    (top, bottom), (left, right), _ = motion.window()
    shared = (min(right, 40) - max(left, 10)) * (min(bottom, 40) - max(top, 10))
    is_whole = motion.size == (50, 60)
    assert is_whole or shared / ((right - left) * (bottom - top) + 900 - shared) >= 0.5


def test_what_leaves_the_image_goes_with_its_label_and_mask():
    sample = {
        "image": torch.zeros(3, 10, 10),
        "boxes": torch.tensor([[0.0, 0, 4, 4], [6, 6, 10, 10], [3, 3, 7, 7]]),
        "labels": torch.tensor([5, 6, 7]),
        "masks": torch.ones(3, 10, 10, dtype=torch.bool),
    }

    class TopLeft:
        def draw(self, view, rng):
            return augment.Affine(np.eye(3), (6, 5))

    made = Compose(TopLeft(), keep=0.3)(sample)
    assert made["boxes"].tolist() == [[0, 0, 4, 4], [3, 3, 5, 6]]  # 6 of 16 pixels of the last are left
    assert made["labels"].tolist() == [5, 7]
    assert made["masks"].shape == (2, 6, 5)
    assert Compose(TopLeft(), keep=0.4)(sample)["labels"].tolist() == [5]
    assert Compose(TopLeft(), keep="center")(sample)["labels"].tolist() == [5]  # 5 is the edge
    assert Compose(TopLeft())(sample)["boxes"][2].tolist() == [3, 3, 7, 7]


def test_a_sample_without_objects_stays_so():
    sample = {
        "image": torch.zeros(3, 20, 20),
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "masks": torch.zeros(0, 20, 20, dtype=torch.bool),
        "points": torch.zeros(0, 2),
    }
    made = Compose(LocalWarp(1, 8), Crop(10), keep="center")(sample)
    assert made["masks"].shape == (0, 10, 10)
    assert made["boxes"].shape == (0, 4)
    assert made["points"].shape == (0, 2)


@given(seed=seeds(), dtype=st.sampled_from(["uint8", "uint16", "float32"]))
def test_colour_moves_by_what_was_drawn_and_stops_at_black_and_white(seed, dtype):
    white = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    image = (np.random.default_rng(seed).random((6, 7, 3)) * white).astype(dtype)
    compose = Compose(ShiftColor(0.5))
    change = compose.draw(image, seed)
    exact = np.clip(image.astype(float) + change.offsets * white, 0, white)
    rounding = 0.5 + 1e-2 if white > 1 else 1e-6
    assert np.abs(compose.apply(change, image) - exact).max() <= rounding


def test_pca_colour_is_that_of_the_image_processing_layer(photo):
    change = Compose(PcaColor(0.5)).draw(photo, 4)
    alphas = np.random.default_rng(4).normal(0, 0.5, 3)
    exact = pca_color(photo.astype(float) / 255, alphas)
    # variances, below 0.1, are summed in float32 over 4096 pixels: 2**-24 of them, and twice that after a few sums
    np.testing.assert_allclose(photo / 255 + change.offsets, exact, atol=5e-8)
    pixels = photo.reshape(-1, 3) / 255
    np.testing.assert_allclose(color_covariance([photo]), np.cov(pixels.T, bias=True), atol=5e-8)


def test_ten_crops_are_corners_and_middle_and_their_mirror_images():
    image = torch.arange(20.0).reshape(1, 4, 5)
    made = ten_crop(image, (2, 3))
    assert made.shape == (10, 1, 2, 3)
    assert made[[0, 1, 2, 3, 4], 0, 0, 0].tolist() == [0, 2, 10, 12, 6]
    torch.testing.assert_close(made[5:], ten_crop(image.flip(-1), (2, 3))[:5])
    assert ten_crop(image[None], 2).shape == (1, 10, 1, 2, 2)
    v2 = pytest.importorskip("torchvision.transforms.v2")
    torch.testing.assert_close(made, torch.stack(v2.functional.ten_crop(image, [2, 3])))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Mirror(2), "probability must be at most 1, got 2"),
        (lambda: Rotate(-1), "degrees must be at least 0, got -1"),
        (lambda: Shear(2, 1), "must be below 1, got 2"),
        (lambda: LocalWarp(5, 32), "spacing must be at least 40, got 32"),
        (lambda: ResizedCrop(0), "size must be from 1"),
        (lambda: ResizedCrop(8, area=(0.5, 2)), "area must be at most 1, got 2"),
        (lambda: Crop((1, 2, 3)), r"must be a number or \(height, width\)"),
        (lambda: OverlapCrop(overlaps=()), "overlaps must hold at least one number"),
        (lambda: Compose(keep="some"), "keep must be one of"),
        (lambda: Compose(border="zeros"), "border must be one of"),
        (lambda: Compose(Crop(9))(np.zeros((8, 8))), "size must be at most that of the padded image"),
        (lambda: Compose(Mirror())(np.zeros((2, 4, 4, 3)), [np.random.default_rng(0)]), "rng must have one Generator"),
        (lambda: Compose(Mirror())({"image": np.zeros((2, 4, 4, 3))}), "image must be one image to draw for"),
        (
            lambda: Compose(Mirror())({"image": np.zeros((4, 5, 3)), "masks": np.zeros((2, 4, 5), bool)}),
            "masks must have the size of the image",
        ),
        (lambda: ten_crop(np.zeros((4, 4)), 5), "size must be at most that of the images"),
        (lambda: color_covariance([]), "images must hold at least one image"),
    ],
)
def test_bad_values_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [lambda: Compose([Mirror()]), lambda: Compose(Mirror())("photo.jpg")])
def test_bad_types_are_refused(make):
    with pytest.raises(TypeError, match="must"):
        make()
