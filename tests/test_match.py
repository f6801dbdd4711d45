"""match: nearest descriptors, both ways and unmistakably."""

import cv2
import numpy as np
import pytest
import skimage.feature
import torch
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import explain, reference_only
from imgproc.features import Keypoints, match
from imgproc.primitives import _bands
from tests.libraries import LIBRARIES


def plain_match(first, second, ratio, mutual, farthest, bits):
    """The definition, pair by pair."""
    if bits:
        first, second = (np.unpackbits(x, axis=1) for x in (first, second))
    apart = ((first[:, None].astype(float) - second[None].astype(float)) ** 2).sum(-1)
    apart = apart if bits else np.sqrt(apart)
    pairs = []
    for i, row in enumerate(apart):
        j = row.argmin()
        others = np.delete(row, j)
        is_clear = ratio is None or row[j] < ratio * (others.min() if len(others) else np.inf)
        is_back = not mutual or apart[:, j].argmin() == i
        if is_clear and is_back and (farthest is None or row[j] <= farthest):
            pairs.append((i, j))
    return np.array(pairs, np.int64).reshape(-1, 2)


def numbers(rng, count, columns, bits, levels):
    high = 256 if bits else levels
    return rng.integers(0, high, (count, columns)).astype(np.uint8 if bits else np.float32)


@given(
    seed=st.integers(0, 10**6), counts=st.tuples(st.integers(1, 40), st.integers(1, 40)), columns=st.integers(1, 12),
    levels=st.sampled_from([2, 3, 200]), bits=st.booleans(), ratio=st.sampled_from([None, 0.5, 0.8, 1.0]),
    mutual=st.booleans(), farthest=st.sampled_from([None, 0, 3]),
)  # fmt: skip
def test_pairs_are_those_of_the_definition(seed, counts, columns, levels, bits, ratio, mutual, farthest):
    rng = np.random.default_rng(seed)
    first, second = (numbers(rng, count, columns, bits, levels) for count in counts)
    options = {"ratio": ratio, "mutual": mutual, "max_distance": farthest}
    wanted = plain_match(first, second, ratio, mutual, farthest, bits)
    np.testing.assert_array_equal(match(first, second, **options), wanted)
    with reference_only():
        np.testing.assert_array_equal(match(first, second, **options), wanted)


@pytest.mark.parametrize("bits", [False, True])
def test_every_library_gives_the_same_pairs(library, bits):
    rng = np.random.default_rng(0)
    first, second = numbers(rng, 60, 16, bits, 50), numbers(rng, 70, 16, bits, 50)
    got = match(library.make(first), library.make(second), ratio=0.95)
    np.testing.assert_array_equal(library.back(got), plain_match(first, second, 0.95, True, None, bits))


@given(seed=st.integers(0, 1000))
def test_a_shuffled_set_is_matched_back(seed):
    rng = np.random.default_rng(seed)
    descriptors = rng.normal(size=(50, 32))
    order = rng.permutation(50)
    pairs = match(descriptors, descriptors[order] + 1e-3 * rng.normal(size=(50, 32)))
    np.testing.assert_array_equal(order[pairs[:, 1]], pairs[:, 0])
    assert len(pairs) == 50


def test_mutual_pairs_do_not_depend_on_which_image_comes_first():
    rng = np.random.default_rng(0)
    first, second = rng.random((80, 8)), rng.random((90, 8))
    forth, back = match(first, second, ratio=None), match(second, first, ratio=None)
    assert set(map(tuple, forth.tolist())) == set(map(tuple, back[:, ::-1].tolist()))


def test_a_large_offset_does_not_blur_distances():
    rng = np.random.default_rng(0)
    second = rng.random((300, 16)).astype(np.float32)
    first = second[rng.permutation(300)] + rng.normal(0, 0.01, (300, 16)).astype(np.float32)
    wanted = match(first, second)
    np.testing.assert_array_equal(match(first + np.float32(1000), second + np.float32(1000)), wanted)


def test_bands_and_the_reference_body_agree_on_many_rows(monkeypatch):
    rng = np.random.default_rng(0)
    first, second = numbers(rng, 900, 24, False, 40), numbers(rng, 1500, 24, False, 40)
    with reference_only():
        wanted = match(first, second, ratio=None)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_array_equal(match(first, second, ratio=None), wanted)


def test_where_there_is_but_one_to_choose_from_it_passes_the_ratio_test():
    assert match(np.ones((1, 4)), np.zeros((1, 4)), ratio=0.1).tolist() == [[0, 0]]


def test_of_two_equal_ones_neither_is_unmistakable_and_without_the_test_the_first_counts():
    first, second = np.array([[1.0, 2.0]]), np.array([[5.0, 5.0], [1.0, 2.0], [1.0, 2.0]])
    assert match(first, second).shape == (0, 2)
    assert match(first, second, ratio=None).tolist() == [[0, 1]]


def test_without_mutual_one_may_be_taken_twice():
    first, second = np.array([[0.0], [0.2]]), np.array([[0.1], [9.0]])
    assert match(first, second, mutual=False).tolist() == [[0, 0], [1, 0]]
    assert len(match(first, second)) == 1


@pytest.mark.parametrize("counts", [(0, 0), (0, 5), (5, 0)])
def test_nothing_matches_nothing(counts):
    for library in LIBRARIES:
        first, second = (library.make(np.zeros((count, 8), np.float32)) for count in counts)
        pairs = library.back(match(first, second))
        assert pairs.shape == (0, 2)
        assert pairs.dtype == np.int64


def test_hamming_distance_is_that_of_bits_and_ran_on_them():
    first = np.array([[0b11110000, 0]], np.uint8)
    second = np.array([[0b11111111, 0], [0b11110001, 0]], np.uint8)
    with explain() as bodies:
        assert match(first, second).tolist() == [[0, 1]]
    assert bodies[0][1].endswith("_nearest_bits_numba")
    assert match(first, second, max_distance=0.9).shape == (0, 2)
    assert match(first, second, metric="euclidean", ratio=None).tolist() == [[0, 1]]


def test_keypoints_are_matched_by_their_descriptors():
    none = np.zeros((2, 2)), np.zeros(2), np.zeros(2), np.zeros(2)
    here = Keypoints(*none, np.array([[0.0, 1.0], [5.0, 5.0]]))
    there = Keypoints(*none, np.array([[5.0, 5.1], [0.0, 0.9]]))
    assert match(here, there).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("ratio", [0.7, 0.9])
def test_opencv_and_scikit_image_find_the_same_pairs(ratio):
    rng = np.random.default_rng(0)
    second = numbers(rng, 200, 128, False, 180)
    first = (second[rng.permutation(200)[:150]] + rng.normal(0, 25, (150, 128)).round()).astype(np.float32)
    nearest = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first, second, k=2)
    wanted = [(one.queryIdx, one.trainIdx) for one, two in nearest if one.distance < ratio * two.distance]
    assert list(map(tuple, match(first, second, ratio=ratio, mutual=False).tolist())) == wanted
    wanted = skimage.feature.match_descriptors(first, second, max_ratio=ratio, cross_check=True)
    np.testing.assert_array_equal(match(first, second, ratio=ratio), wanted)


def test_a_tensor_that_requires_gradients_is_matched_like_any_other():
    first = torch.rand(6, 4, requires_grad=True)
    assert match(first, first.detach()).tolist() == [[i, i] for i in range(6)]


def test_descriptors_of_two_sorts_are_refused():
    with pytest.raises(ValueError, match="dtype of first"):
        match(np.zeros((3, 4), np.uint8), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="uint8"):
        match(np.zeros((3, 4)), np.zeros((3, 4)), metric="hamming")
