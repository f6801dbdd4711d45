"""The transform that fits pairs of points best: exact on exact points, least squares on others, never NaN."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from imgproc import arrays
from imgproc.geometry import (
    DegenerateError,
    affine,
    compose,
    estimate_transform,
    euclidean,
    rotation,
    scaling,
    similarity,
    transform_points,
    translation,
)
from imgproc.testing import homographies
from tests.contracts.parameters import host, plain
from tests.libraries import LIBRARIES, Library

moves = st.tuples(st.floats(-100, 100), st.floats(-100, 100))
angles, factors = st.floats(-3, 3), st.floats(0.2, 5)
MATRICES = {
    "translation": st.builds(lambda move: translation(*move), moves),
    "euclidean": st.builds(euclidean, angles, moves),
    "similarity": st.builds(similarity, factors, angles, moves),
    "affine": st.builds(affine, st.tuples(factors, factors | factors.map(lambda s: -s)), angles, angles, moves),
    "projective": homographies(size=100),
}
LEAST = {"translation": 1, "euclidean": 2, "similarity": 2, "affine": 3, "projective": 4}
kinds = pytest.mark.parametrize("kind", MATRICES)
SQUARE = np.array([[0.0, 0], [99, 3], [90, 80], [5, 99], [40, 30], [70, 20]])


def spread_points(seed: int, count: int) -> np.ndarray:
    """Points of which the first few are in general position."""
    return np.concatenate((SQUARE[:4], np.random.default_rng(seed).uniform(0, 99, (96, 2))))[:count]


def noisy(seed: int, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    source = spread_points(seed, count)
    return source, transform_points(similarity(1.3, 0.4, (5, 6)), source) + rng.normal(0, 2, source.shape)


@kinds
@given(data=st.data())
def test_exact_points_give_the_exact_matrix(kind, data):
    matrix = data.draw(MATRICES[kind])
    source = spread_points(data.draw(st.integers(0, 99)), LEAST[kind] + data.draw(st.integers(0, 20)))
    estimate = estimate_transform(kind, source, transform_points(matrix, source))
    np.testing.assert_allclose(estimate, matrix, rtol=0, atol=1e-10 * max(1, np.abs(matrix).max()))


def test_homographies_are_thousands_of_times_nearer_than_opencv():
    source = 10 * spread_points(0, 100)
    matrix = np.array([[1.1, 0.1, 5], [-0.1, 0.9, 3], [1e-4, 2e-4, 1]])
    target = transform_points(matrix, source)
    ours = np.abs(estimate_transform("projective", source, target) - matrix).max()
    assert ours < 1e-10
    assert ours < 1e-3 * np.abs(cv2.findHomography(source, target)[0] - matrix).max()


@pytest.mark.parametrize("kind", ["translation", "euclidean", "similarity", "affine"])
@given(seed=st.integers(0, 999))
def test_no_matrix_nearby_is_closer_in_least_squares(kind, seed):
    source, target = noisy(seed)
    weights = np.random.default_rng(seed).uniform(0, 1, len(source))
    steps = {
        "translation": [translation(0.01, 0)],
        "euclidean": [translation(0.01, 0), rotation(1e-4, (60, 60))],
        "similarity": [rotation(1e-4, (60, 60)), scaling(1.0001, center=(60, 60))],
        "affine": [scaling(1.0001, 1.0, (60, 60)), affine(shear=1e-4), translation(0, 0.01)],
    }[kind]
    best = estimate_transform(kind, source, target, weights=weights)

    def error(matrix: np.ndarray) -> float:
        return float((weights[:, None] * (transform_points(matrix, source) - target) ** 2).sum())

    for step in steps:
        assert error(best) <= min(error(compose(best, step)), error(compose(best, np.linalg.inv(step))))


@kinds
@given(seed=st.integers(0, 999), angle=angles, scale=factors, move=moves)
def test_the_answer_does_not_hang_on_where_the_origin_is_or_what_the_unit_is(kind, seed, angle, scale, move):
    source, target = noisy(seed)
    change = similarity(scale, angle, move) if kind not in ("translation", "euclidean") else euclidean(angle, move)
    if kind == "translation":
        change = translation(*move)
    there = estimate_transform(kind, transform_points(change, source), transform_points(change, target))
    back = compose(change, there, np.linalg.inv(change))
    np.testing.assert_allclose(
        transform_points(back, source), transform_points(estimate_transform(kind, source, target), source), atol=1e-8
    )


@kinds
@given(seed=st.integers(0, 999))
def test_the_order_of_pairs_and_the_size_of_weights_do_not_matter(kind, seed):
    source, target = noisy(seed)
    weights = np.random.default_rng(seed).uniform(0.1, 1, len(source))
    one = estimate_transform(kind, source, target, weights=weights)
    two = estimate_transform(kind, source[::-1], target[::-1], weights=7 * weights[::-1])
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-10 * np.abs(one).max())


@kinds
def test_a_weight_of_zero_leaves_a_pair_out_and_of_two_counts_it_twice(kind):
    source, target = noisy(1)
    weights = np.array([2.0] + [1.0] * 10 + [0.0])
    wanted = estimate_transform(kind, np.r_[source[:1], source[:11]], np.r_[target[:1], target[:11]])
    np.testing.assert_allclose(estimate_transform(kind, source, target, weights=weights), wanted, rtol=0, atol=1e-10)


def test_a_known_similarity_by_hand():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    turned = np.array([[5, 0], [5, 2], [3, 2], [3, 0]])  # twice as large, a quarter turn, moved by (5, 0)
    np.testing.assert_allclose(
        estimate_transform("similarity", square, turned), [[0, -2, 5], [2, 0, 0], [0, 0, 1]], atol=1e-15
    )


@given(seed=st.integers(0, 999))
def test_rotations_never_mirror(seed):
    source, target = noisy(seed)
    for kind in ("euclidean", "similarity"):
        assert np.linalg.det(estimate_transform(kind, source, target * [-1, 1])) > 0


@given(seed=st.integers(0, 99))
def test_similarity_equals_that_of_scikit_image_and_affine_the_least_squares_of_lapack(seed):
    transform = pytest.importorskip("skimage.transform")
    source, target = noisy(seed)
    similar = transform.SimilarityTransform.from_estimate(source, target).params
    np.testing.assert_allclose(estimate_transform("similarity", source, target), similar, rtol=0, atol=1e-10)
    # scikit-image's affine minimises an algebraic error instead
    rows = np.linalg.lstsq(np.c_[source, np.ones(len(source))], target, rcond=None)[0].T
    np.testing.assert_allclose(estimate_transform("affine", source, target)[:2], rows, rtol=0, atol=1e-10)


def test_noisy_homographies_are_nearly_the_least_squares_of_distances():
    rng = np.random.default_rng(0)
    source = spread_points(0, 100)
    matrix = np.array([[1.1, 0.1, 5], [-0.1, 0.9, 3], [1e-3, 2e-3, 1]])
    target = transform_points(matrix, source) + rng.normal(0, 0.5, source.shape)
    best = cv2.findHomography(source, target)[0]  # refined by Levenberg and Marquardt

    def error(H: np.ndarray) -> float:
        return float(((transform_points(H, source) - target) ** 2).sum())

    assert error(estimate_transform("projective", source, target)) < 1.01 * error(best)


def test_a_homography_that_sends_the_origin_to_infinity_has_norm_one():
    matrix = np.array([[1.0, 0, 2], [0, 1, 1], [0.1, 0.2, 0]])
    source = SQUARE + 10
    estimate = estimate_transform("projective", source, transform_points(matrix, source))
    np.testing.assert_allclose(estimate, matrix / np.linalg.norm(matrix), rtol=0, atol=1e-12)


@kinds
def test_a_thousand_problems_in_one_call_are_those_one_by_one(kind, library: Library):
    rng = np.random.default_rng(0)
    source = SQUARE + rng.normal(0, 3, (1000, *SQUARE.shape))
    target = transform_points(similarity(1.3, 0.4, (5, 6)), source) + rng.normal(0, 1, source.shape)
    together = host(estimate_transform(kind, plain(library, source), plain(library, target)))
    assert together.shape == (1000, 3, 3)
    for i in range(0, 1000, 97):
        np.testing.assert_allclose(together[i], estimate_transform(kind, source[i], target[i]), rtol=0, atol=1e-9)


LINE = np.stack((np.linspace(0, 7, 6), np.linspace(1, 3, 6)), axis=1)
DEGENERATE = {
    "too few": lambda kind: SQUARE[: LEAST[kind] - 1],
    "coincident": lambda kind: np.full((6, 2), 3.7),
    "nearly coincident": lambda kind: 1e3 + 1e-13 * SQUARE,
    "collinear": lambda kind: LINE,
    "all but one collinear": lambda kind: np.concatenate((LINE, [[0.0, 9.0]])),
    "two places": lambda kind: np.repeat(SQUARE[:2], 5, axis=0),
    "three places": lambda kind: np.repeat(SQUARE[:3], 5, axis=0),
    "none": lambda kind: SQUARE[:0],
}
UNDETERMINED = {
    "translation": {"too few", "none"},
    "euclidean": {"too few", "none", "coincident", "nearly coincident"},
    "similarity": {"too few", "none", "coincident", "nearly coincident"},
    "affine": {"too few", "none", "coincident", "nearly coincident", "collinear", "two places"},
    "projective": set(DEGENERATE),
}


@kinds
@pytest.mark.parametrize("configuration", DEGENERATE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_that_do_not_determine_the_matrix_raise_degenerate_error(kind, configuration, dtype):
    points = (
        rotation(0.3, (50, 60))
        @ np.c_[DEGENERATE[configuration](kind), np.ones(len(DEGENERATE[configuration](kind)))].T
    )[:2].T.astype(dtype)
    if configuration in UNDETERMINED[kind]:
        with pytest.raises(DegenerateError, match="must"):
            estimate_transform(kind, points, points)
    else:
        matrix = estimate_transform(kind, points, points)
        np.testing.assert_allclose(matrix, np.eye(3), rtol=0, atol=1e-4 if dtype == "float32" else 1e-11)


@given(points=st.lists(st.tuples(*[st.integers(-3, 3)] * 2), min_size=4, max_size=6), seed=st.integers(0, 9))
def test_the_answer_is_finite_or_there_is_none(points, seed):
    source = np.array(points, np.float64)
    target = np.random.default_rng(seed).permutation(source)
    for kind in MATRICES:
        try:
            assert np.isfinite(estimate_transform(kind, source, target)).all()
        except DegenerateError:
            assume(kind != "translation")


def test_one_degenerate_problem_of_a_batch_raises():
    with pytest.raises(DegenerateError):
        estimate_transform("affine", np.stack((SQUARE, LINE)), np.stack((SQUARE, LINE)))


def test_on_a_device_degenerate_points_give_nan():
    if Library("cupy") not in LIBRARIES:
        pytest.skip("needs CuPy")
    line = plain(Library("cupy"), LINE)
    assert np.isnan(arrays.to_numpy(estimate_transform("projective", line, line))).all()


@kinds
def test_gradients_reach_points_and_weights_and_are_finite_at_exact_points(kind):
    torch = pytest.importorskip("torch")
    source, target = (torch.from_numpy(x / 10).requires_grad_() for x in noisy(0, 7))
    weights = torch.linspace(0.5, 1, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda s, t, w: estimate_transform(kind, s, t, weights=w), (source, target, weights)
    )
    exact = torch.from_numpy(SQUARE[:4]).requires_grad_()
    none = torch.zeros(4, dtype=torch.float64).index_fill(0, torch.arange(LEAST[kind]), 1.0).requires_grad_()
    estimate_transform(kind, exact, exact, weights=none).square().sum().backward()
    assert torch.isfinite(exact.grad).all()
    assert torch.isfinite(none.grad).all()


@kinds
def test_torch_transforms_go_through(kind):
    torch = pytest.importorskip("torch")
    source, target = (torch.from_numpy(np.stack([x, x[::-1].copy()])) for x in noisy(0, 7))
    wanted = estimate_transform(kind, source, target)
    torch.testing.assert_close(torch.func.vmap(lambda s, t: estimate_transform(kind, s, t))(source, target), wanted)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: estimate_transform("rigid", SQUARE, SQUARE), ValueError, "kind must be one of 'translation'"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE[1:]), ValueError, "target must have the shape of source"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE * np.nan), ValueError, "target must be finite"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE, weights=np.ones(3)), ValueError, r"got \(3,\)"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE, weights=-np.ones(6)), ValueError, "at least 0"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE, weights=[1] * 6), TypeError, "weights must be a NumPy"),
        (lambda: estimate_transform("affine", SQUARE, SQUARE, weights=np.zeros(6)), DegenerateError, "weight"),
    ],
)
def test_bad_operands_raise_the_stated_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
