"""selective_search: boxes among which objects are, and the measures by which regions are joined."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays, io
from imgproc._dispatch import reference_only
from imgproc.primitives.region_grouping import describe_regions, group_regions
from imgproc.segmentation import felzenszwalb, region_adjacency, selective_search

ROOT = Path(__file__).parents[1]
BLOOD = next((f for d in (ROOT, ROOT.parent) if (f := d / "shared/data/detection_bccd").is_dir()), None)


def scene(seed, objects=6):
    """Disks and boxes of their own colour on a gradient, with noise; and the boxes around what is left to be seen."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:160, :200]
    truth = np.zeros((160, 200), int)
    image = np.stack([60 + x / 4, 60 + y / 4, 90 - x / 8], axis=-1)
    for k in range(1, objects + 1):
        cx, cy, rx, ry = rng.integers(25, 175), rng.integers(25, 135), rng.integers(9, 24), rng.integers(9, 24)
        dx, dy = abs(x - cx) / rx, abs(y - cy) / ry
        inside = np.hypot(dx, dy) < 1 if k % 2 else np.maximum(dx, dy) < 1
        truth[inside] = k
        image[inside] = rng.integers(0, 256, 3)
    image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    return image, np.array([box_of(truth == k) for k in range(1, objects + 1) if (truth == k).sum() > 150])


def box_of(mask):
    y, x = np.nonzero(mask)
    return x.min(), y.min(), x.max() + 1, y.max() + 1


def overlap(boxes, truth):
    """Return the best intersection over union with each true box."""
    corner, other = np.maximum(boxes[:, None, :2], truth[:, :2]), np.minimum(boxes[:, None, 2:], truth[:, 2:])
    common = np.prod(np.clip(other - corner, 0, None), axis=-1)
    areas = [np.prod(b[:, 2:] - b[:, :2], axis=-1) for b in (boxes, truth)]
    return (common / (areas[0][:, None] + areas[1] - common)).max(axis=0)


def test_nearly_every_object_of_a_scene_has_a_box_that_fits():
    best = np.concatenate([overlap(selective_search(image), truth) for image, truth in map(scene, range(8))])
    assert (best > 0.7).mean() >= 0.95
    assert best.mean() > 0.9


def test_promising_boxes_come_first():
    """The first tenth of the boxes fits objects better than a random tenth."""
    scores = []
    for image, truth in map(scene, range(8)):
        boxes = selective_search(image, rng=1)
        shuffled = np.random.default_rng(0).permutation(boxes)
        scores.append([overlap(b[: len(b) // 10], truth).mean() for b in (boxes, shuffled)])
    ranked, random = np.mean(scores, axis=0)
    assert ranked > random


@pytest.mark.skipif(BLOOD is None, reason="the photos of ../shared/data are not here")
def test_white_blood_cells_are_all_found_and_nine_of_ten_red_ones():
    best: dict[str, list] = {"WBC": [], "RBC": []}
    for file in sorted((BLOOD / "Annotations").glob("*.xml"))[::120]:
        boxes = selective_search(io.imread(BLOOD / "JPEGImages" / f"{file.stem}.jpg"))
        for thing in ET.parse(file).iter("object"):
            x1, y1, x2, y2 = (float(thing.find(f"bndbox/{k}").text) for k in ("xmin", "ymin", "xmax", "ymax"))
            if thing.find("name").text in best and x1 < x2 and y1 < y2:
                best[thing.find("name").text] += overlap(boxes, np.array([[x1, y1, x2, y2]])).tolist()
    assert min(best["WBC"]) >= 0.5
    assert np.mean(np.array(best["RBC"]) >= 0.5) >= 0.9


@given(seed=st.integers(0, 99), spaces=st.sets(st.sampled_from(["rgb", "gray", "hsv", "lab"]), min_size=1))
def test_boxes_lie_inside_without_repeats_and_the_whole_image_is_one(seed, spaces):
    image = scene(seed)[0][:70, :90]
    boxes = selective_search(image, spaces=sorted(spaces), scales=(60.0,))
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert (boxes[:, 2:] <= (90, 70)).all()
    assert [0, 0, 90, 70] in boxes.tolist()


def test_every_body_and_library_gives_the_same_boxes():
    image = scene(3)[0][:60, :80]
    wanted = selective_search(image)
    with reference_only():
        np.testing.assert_array_equal(selective_search(image), wanted)
    np.testing.assert_array_equal(selective_search(arrays.to_torch(image)).numpy(), wanted)
    np.testing.assert_array_equal(selective_search(arrays.to_float(image)), wanted)
    np.testing.assert_array_equal(selective_search(arrays.to_uint16(image)), wanted)


def test_a_seed_gives_one_order_and_max_boxes_its_beginning():
    image = scene(1)[0]
    boxes = selective_search(image, rng=7)
    np.testing.assert_array_equal(selective_search(image, rng=np.random.default_rng(7)), boxes)
    np.testing.assert_array_equal(selective_search(image, rng=7, max_boxes=20), boxes[:20])
    other = selective_search(image, rng=8)
    assert not np.array_equal(other, boxes)
    assert sorted(other.tolist()) == sorted(boxes.tolist())


def test_boxes_of_the_first_regions_and_of_all_joins_are_given():
    image = scene(2)[0]
    labels = felzenszwalb(image, 80.0)
    boxes = selective_search(image, scales=(80.0,), spaces=("rgb",)).tolist()
    assert all(list(box_of(labels == k)) in boxes for k in range(labels.max() + 1))


def test_histograms_sum_to_one_and_boxes_and_sizes_are_those_of_regions():
    photo = skimage.data.coffee()[:60, :80]
    labels = felzenszwalb(photo)
    levels = np.ascontiguousarray(np.moveaxis(photo, -1, 0))
    gx, gy = np.random.default_rng(0).normal(0, 20, (2, 3, 60, 80)).astype(np.float32)
    described = describe_regions(labels, levels, gx, gy)
    with reference_only():
        for got, wanted in zip(described, describe_regions(labels, levels, gx, gy), strict=True):
            np.testing.assert_array_equal(got, wanted)
    for numbers in described[:2]:
        np.testing.assert_allclose(numbers.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(described[2], [box_of(labels == k) for k in range(labels.max() + 1)])
    np.testing.assert_array_equal(described[3], np.bincount(labels.ravel()))


def test_grouping_worked_by_hand():
    # three strips of 2, 2 and 4 columns and two rows; the outer two have one colour, but only neighbours are joined
    labels = np.array([[0, 0, 1, 1, 2, 2, 2, 2]] * 2, np.int32)
    colors = np.array([[1.0, 0.0], [0.4, 0.6], [1.0, 0.0]])
    textures = np.ones((3, 1))
    boxes, sizes = np.array([[0, 0, 2, 2], [2, 0, 4, 2], [4, 0, 8, 2]]), np.array([4.0, 4.0, 8.0])
    pairs = region_adjacency(labels)
    assert pairs.tolist() == [[0, 1], [1, 2]]
    # colour 0.4 and texture 1 with both; the smaller two take 8 of 16 pixels, the others 12: they are joined first
    made = group_regions(pairs, colors, textures, boxes, sizes, with_color=True)
    assert made[3:].tolist() == [[0, 0, 4, 2], [0, 0, 8, 2]]
    # without texture in common, and the colour of the third: it is joined first
    colors[1], textures[0] = colors[2], 0.0
    made = group_regions(pairs, colors, textures, boxes, sizes, with_color=True)
    assert made[3:].tolist() == [[2, 0, 8, 2], [0, 0, 8, 2]]


@given(seed=st.integers(0, 999), with_color=st.booleans())
def test_bodies_join_in_the_same_order(seed, with_color):
    rng = np.random.default_rng(seed)
    labels = felzenszwalb(rng.random((12, 15)), 30.0, min_size=2)
    count = labels.max() + 1
    colors, textures = (rng.dirichlet(np.ones(5), count) for _ in range(2))
    boxes = np.array([box_of(labels == k) for k in range(count)])
    parts = region_adjacency(labels, connectivity=8), colors, textures, boxes, np.bincount(labels.ravel()) * 1.0
    made = group_regions(*parts, with_color=with_color)
    assert len(made) == 2 * count - 1
    with reference_only():
        np.testing.assert_array_equal(group_regions(*parts, with_color=with_color), made)


def test_a_constant_image_gives_one_box():
    assert selective_search(np.full((9, 7, 3), 0.5)).tolist() == [[0, 0, 7, 9]]


@pytest.mark.parametrize(
    "options", [{"scales": 50.0}, {"spaces": "hsv"}, {"scales": (True,)}, {"rng": 0.5}, {"max_boxes": 2.5}], ids=str
)
def test_parameters_of_another_type_are_a_type_error(options):
    with pytest.raises(TypeError, match=next(iter(options))):
        selective_search(np.zeros((9, 7, 3)), **options)
