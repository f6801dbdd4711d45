"""Matrices from numbers that mean something, and what they do to points and boxes."""

import doctest
import math
import re
import runpy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc.geometry import (
    affine,
    compose,
    decompose_affine,
    estimate_transform,
    euclidean,
    rotation,
    rotation_as_shears,
    scaling,
    shear,
    similarity,
    transform_boxes,
    transform_points,
    translation,
)
from imgproc.testing import boxes, homographies, points
from tests.libraries import Library

KINDS = ["translation", "euclidean", "similarity", "affine", "projective"]
angles = st.floats(-10, 10)
factors = st.floats(0.1, 10) | st.floats(-10, -0.1)
moves = st.tuples(st.floats(-100, 100), st.floats(-100, 100))
affines = st.builds(affine, st.tuples(factors, factors), angles, st.floats(-3, 3), moves)


def lengths(p: np.ndarray) -> np.ndarray:
    return np.linalg.norm(p[:, None] - p[None], axis=-1)


@given(first=homographies(), second=affines, p=points())
def test_compose_applies_the_first_matrix_first(first, second, p):
    step_by_step = transform_points(second, transform_points(first, p))
    together = transform_points(compose(first, second), p)
    # entries up to 40, points up to 64 and depths down to 0.1: some 10 roundings of 1e4
    np.testing.assert_allclose(together, step_by_step, rtol=0, atol=1e-10)


@given(matrix=homographies(), p=points(), q=boxes(min_side=0.5))
def test_the_inverse_matrix_brings_points_back(matrix, p, q):
    there = transform_points(matrix, p)
    np.testing.assert_allclose(transform_points(np.linalg.inv(matrix), there), p, rtol=0, atol=1e-9)


@given(angle=angles, move=moves, p=points())
def test_euclidean_keeps_every_distance(angle, move, p):
    moved = transform_points(euclidean(angle, move), p)
    np.testing.assert_allclose(lengths(moved), lengths(p), rtol=0, atol=1e-12 * 200)


@given(scale=factors, angle=angles, move=moves, p=points())
def test_similarity_scales_every_distance_alike(scale, angle, move, p):
    moved = transform_points(similarity(scale, angle, move), p)
    np.testing.assert_allclose(lengths(moved), abs(scale) * lengths(p), rtol=0, atol=1e-12 * 2000)


@given(matrix=affines, p=points(min_count=3, max_count=3), share=st.floats(0, 1))
def test_affine_keeps_ratios_along_lines_and_scales_every_area_alike(matrix, p, share):
    moved = transform_points(matrix, p)
    between = share * p[:1] + (1 - share) * p[1:2]
    wanted = share * moved[:1] + (1 - share) * moved[1:2]
    np.testing.assert_allclose(transform_points(matrix, between), wanted, rtol=0, atol=1e-9)
    area = np.linalg.det(np.c_[p, np.ones(3)])
    np.testing.assert_allclose(np.linalg.det(np.c_[moved, np.ones(3)]), np.linalg.det(matrix) * area, atol=1e-6)


@given(matrix=homographies(), p=points(min_count=2, max_count=2), shares=st.tuples(*[st.floats(0, 1)] * 2))
def test_projective_keeps_points_on_a_line_on_a_line(matrix, p, shares):
    line = np.concatenate((p, *(s * p[:1] + (1 - s) * p[1:] for s in shares)))
    moved = transform_points(matrix, line)
    triangles = np.linalg.det(np.stack([np.c_[moved[[0, 1, k]], np.ones(3)] for k in (2, 3)]))
    np.testing.assert_allclose(triangles, 0, atol=1e-9)


@given(angle=angles, center=moves)
def test_center_stays_where_it_is(angle, center):
    for matrix in (rotation(angle, center), scaling(2.0, -0.5, center), shear(0.3, -0.7, center)):
        np.testing.assert_allclose(transform_points(matrix, np.array([center])), [center], rtol=0, atol=1e-12 * 200)


@given(first=angles, second=angles)
def test_rotations_add_their_angles(first, second):
    np.testing.assert_allclose(compose(rotation(first), rotation(second)), rotation(first + second), atol=1e-14)


def test_positive_angles_turn_from_x_towards_y_which_points_down():
    np.testing.assert_allclose(transform_points(rotation(math.pi / 2), np.array([[1.0, 0.0]])), [[0, 1]], atol=1e-15)


@given(angle=st.floats(-3.1, 3.1))
def test_three_shears_make_any_rotation_but_half_a_turn(angle):
    shears = rotation_as_shears(angle)
    for matrix in shears:
        assert np.diag(matrix).tolist() == [1, 1, 1]
        assert np.count_nonzero(matrix - np.eye(3)) <= 1
    # the shears of an angle near half a turn are some 2 / (pi - angle) long
    np.testing.assert_allclose(compose(*shears), rotation(angle), rtol=0, atol=1e-11)


@pytest.mark.parametrize("angle", [math.pi, -math.pi, 3 * math.pi])
def test_half_a_turn_as_shears_raises_value_error(angle):
    with pytest.raises(ValueError, match="angle must not be half a turn"):
        rotation_as_shears(angle)


@given(matrix=affines)
def test_affine_of_the_parts_is_the_matrix(matrix):
    parts = decompose_affine(matrix)
    np.testing.assert_allclose(affine(**vars(parts)), matrix, rtol=0, atol=1e-12 * np.abs(matrix).max())
    assert parts.scale[0] > 0


@given(scale=st.tuples(st.floats(0.1, 10), factors), angle=st.floats(-3.1, 3.1), slant=st.floats(-3, 3), move=moves)
def test_decompose_finds_the_numbers_that_made_the_matrix(scale, angle, slant, move):
    parts = decompose_affine(affine(scale, angle, slant, move))
    np.testing.assert_allclose(parts.scale, scale, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([parts.angle, parts.shear], [angle, slant], rtol=0, atol=1e-10)
    np.testing.assert_array_equal(parts.translation, move)


@pytest.mark.parametrize("matrix", [np.diag([1.0, 0, 1]), [[1, 2, 0], [2, 4, 0], [0, 0, 1]], np.diag([1.0, 1, 0])])
def test_singular_matrices_are_not_decomposed(matrix):
    with pytest.raises(ValueError, match="matrix must"):
        decompose_affine(np.asarray(matrix))


@given(matrix=homographies(size=64, max_shift=0.1), q=boxes(size=64, min_side=0.5))
def test_moved_boxes_hold_their_moved_contents_and_no_more(matrix, q):
    moved = transform_boxes(matrix, q)
    for box, around in zip(q, moved, strict=True):
        edge = np.linspace(0, 1, 5)[:, None]
        corners = box[[[0, 1], [2, 1], [2, 3], [0, 3], [0, 1]]] - 0.5
        outline = np.concatenate([(1 - edge) * a + edge * b for a, b in pairwise(corners)])
        inside = transform_points(matrix, outline) + 0.5
        np.testing.assert_allclose([*inside.min(axis=0), *inside.max(axis=0)], around, rtol=0, atol=1e-9)


def test_a_quarter_turn_about_the_middle_of_an_image_turns_its_box_onto_itself():
    height, width = 4, 7
    turn = rotation(math.pi / 2, ((width - 1) / 2, (height - 1) / 2))
    whole = np.array([[0, 0, width, height]])
    np.testing.assert_allclose(transform_boxes(turn, whole), [[1.5, -1.5, 5.5, 5.5]], atol=1e-14)
    np.testing.assert_allclose(transform_boxes(compose(turn, turn), whole), whole, atol=1e-14)


def test_a_box_across_the_horizon_is_nan_and_a_point_on_it_infinite():
    horizon = [[1, 0, 0], [0, 1, 0], [0.1, 0, -0.5]]  # x = 5
    np.testing.assert_array_equal(transform_boxes(horizon, np.array([[0.0, 0, 9, 9]])), np.full((1, 4), np.nan))
    assert not np.isfinite(transform_points(horizon, np.array([[5.0, 1.0]]))).any()


def test_arrays_of_numbers_make_stacks_of_matrices(library: Library):
    if library.name == "strict":
        pytest.skip("constructors take arrays that users have")
    first, second = np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])
    stacks = [
        (lambda a, b: rotation(a, (b, 1.0)), (3, 3, 3)),
        (translation, (3, 3, 3)),
        (lambda a, b: affine((a, 2.0), b, a, (1.0, b)), (3, 3, 3)),
    ]
    for make, shape in stacks:
        got = library.back(make(library.make(first), library.make(second)))
        assert got.shape == shape
        wanted = np.stack([make(float(a), float(b)) for a, b in zip(first, second, strict=True)])
        np.testing.assert_allclose(got if library.name != "torch" else got.transpose(2, 0, 1), wanted, atol=1e-15)


def test_like_names_the_library_and_numbers_make_float64(library: Library):
    reference = library.make(np.zeros((2, 2), np.float32))
    matrix = rotation(0.3, like=reference)
    np.testing.assert_allclose(library.back(matrix), rotation(0.3), atol=1e-15)
    assert "float64" in str(matrix.dtype)


def test_float32_numbers_make_float32_matrices():
    assert rotation(np.float32([0.1, 0.2])).dtype == np.float32
    assert compose(rotation(np.float32([0.1])), np.eye(3, dtype=np.float32)).dtype == np.float32
    assert compose(np.eye(3, dtype=np.float32), np.eye(3)).dtype == np.float64


def test_gradients_reach_the_numbers_the_matrix_and_its_parts():
    torch = pytest.importorskip("torch")
    numbers = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in ([2.0, -3.0], 0.5, 0.2, [1.0, 2.0])]
    assert torch.autograd.gradcheck(affine, numbers)
    assert torch.autograd.gradcheck(lambda *x: tuple(vars(decompose_affine(affine(*x))).values()), numbers)
    assert torch.autograd.gradcheck(rotation_as_shears, numbers[1:2])
    p = torch.rand(5, 2, dtype=torch.float64)
    matrix = torch.from_numpy(np.eye(3) + 0.01).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: transform_points(compose(m, m), p), [matrix])
    box = torch.cat((p, p + torch.rand(5, 2, dtype=torch.float64) + 0.1), dim=1)
    assert torch.autograd.gradcheck(lambda m: transform_boxes(m, box), [matrix])


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: rotation("east"), TypeError, "angle must be a real number, got 'east'"),
        (lambda: rotation(math.nan), ValueError, "angle must be finite"),
        (lambda: rotation(np.zeros((2, 2))), ValueError, r"angle must be a number or have shape \(B,\), got \(2, 2\)"),
        (lambda: rotation(0.1, (1,)), ValueError, "center must"),
        (lambda: rotation(0.1, 3), TypeError, "center must be two numbers"),
        (lambda: rotation(0.1, like=[1]), TypeError, "like must be"),
        (lambda: translation(np.zeros(3), np.zeros(2)), ValueError, r"must have one length, got \[2, 3\]"),
        (lambda: compose(), ValueError, "matrices must be at least one"),
        (lambda: compose(np.eye(2)), ValueError, r"got \(2, 2\)"),
        (lambda: compose(np.zeros((2, 3, 3)), np.zeros((3, 3, 3))), ValueError, "one size"),
        (lambda: transform_points(np.eye(3) * np.nan, np.zeros((1, 2))), ValueError, "matrix must be finite"),
        (lambda: transform_points(np.zeros((2, 3, 3)), np.zeros((4, 2))), ValueError, "one for each set"),
        (lambda: transform_points(np.eye(3), [[1, 2]]), TypeError, "points must be a NumPy"),
    ],
)
def test_bad_numbers_raise_the_stated_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()


@pytest.fixture(scope="module")
def freedoms():
    """The knobs of the example, by name: the least kind that has each, and its matrix for a setting."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plt, "show", lambda: plt.close("all"))
        return runpy.run_path(str(Path(__file__).parents[1] / "examples/plot_transform_freedoms.py"))["FREEDOMS"]


def test_the_freedoms_of_each_kind_are_as_many_as_the_table_says(freedoms):
    kinds, knobs = zip(*freedoms.values(), strict=True)
    slopes = np.stack([(knob(1e-5) - knob(-1e-5)).ravel() / 2e-5 for knob in knobs])
    for kind, count in {"translation": 2, "euclidean": 3, "similarity": 4, "affine": 6, "projective": 8}.items():
        within = slopes[: 1 + max(i for i, k in enumerate(kinds) if k == kind)]
        assert len(within) == count
        assert np.linalg.matrix_rank(within, tol=1e-3) == count  # no knob does what others do together


@given(t=st.floats(-0.6, 0.6), seed=st.integers(0, 99))
def test_each_freedom_belongs_to_its_kind_and_to_none_before(freedoms, t, seed):
    source = np.random.default_rng(seed).uniform(-1, 1, (9, 2))
    for kind, knob in freedoms.values():
        target = transform_points(knob(t), source)
        for other in KINDS:
            rest = np.abs(transform_points(estimate_transform(other, source, target), source) - target).max()
            if KINDS.index(other) >= KINDS.index(kind):
                assert rest < 1e-12
            elif abs(t) > 0.1:
                assert rest > 1e-4


def test_the_page_on_transformations_gives_what_it_says():
    page = Path(__file__).parents[1] / "docs/transformations.md"
    code = "\n".join(re.findall(r"```pycon\n([\s\S]*?)```", page.read_text()))
    test = doctest.DocTestParser().get_doctest(code, {"np": np}, page.name, str(page), 0)
    assert len(test.examples) >= 10
    assert doctest.DocTestRunner().run(test).failed == 0
