"""Confusion matrices and curves, in numbers and as pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deep.inspect import plot_confusion, plot_curves
from deep.metrics import confusion_matrix

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40)


@pytest.fixture(autouse=True)
def no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@given(pairs)
def test_counts_add_up_and_turn_with_the_roles(seen):
    truth, predicted = np.array(seen).T
    matrix = confusion_matrix(truth, predicted, num_classes=7)
    assert matrix.dtype == np.int64
    assert matrix.sum() == len(seen)
    assert matrix.trace() == (truth == predicted).sum()
    np.testing.assert_array_equal(matrix.sum(1), np.bincount(truth, minlength=7))
    np.testing.assert_array_equal(confusion_matrix(predicted, truth, num_classes=7), matrix.T)


def test_three_cats_and_a_dog():
    cat, dog = 0, 1
    assert confusion_matrix([cat, cat, cat, dog], [cat, dog, cat, dog]).tolist() == [[2, 1], [0, 1]]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64])
def test_tensors_and_label_images_give_tensors(dtype):
    truth = torch.randint(0, 200, (2, 5, 6)).to(dtype)
    predicted = (truth + 1).to(dtype)
    found = confusion_matrix(truth, predicted, num_classes=202)
    assert found.dtype == torch.int64
    np.testing.assert_array_equal(found, confusion_matrix(truth.numpy(), predicted.numpy(), num_classes=202))
    assert found.diagonal(1).sum() == 60


@given(pairs)
def test_counts_are_those_of_scikit_learn(seen):
    oracle = pytest.importorskip("sklearn.metrics")
    truth, predicted = np.array(seen).T
    expected = oracle.confusion_matrix(truth, predicted, labels=range(7))
    np.testing.assert_array_equal(confusion_matrix(truth, predicted, num_classes=7), expected)


@pytest.mark.parametrize(
    ("truth", "predicted", "error", "match"),
    [
        ([0, 1], [0], ValueError, "predicted must have the shape of truth"),
        ([], [], ValueError, "truth must not be empty"),
        ([0.5], [0], TypeError, "truth must hold integers, got dtype float64"),
        ([True], [0], TypeError, "truth must hold integers, got dtype bool"),
        ([0], [-1], ValueError, "predicted must hold classes from 0 to 2, got -1 to -1"),
        ([3], [0], ValueError, "truth must hold classes from 0 to 2, got 3 to 3"),
        (np.array([1]), torch.tensor([1]), TypeError, "must be of the library of truth"),
    ],
)
def test_what_cannot_be_counted_is_refused(truth, predicted, error, match):
    with pytest.raises(error, match=match):
        confusion_matrix(truth, predicted, num_classes=3)


def test_each_cell_shows_its_count_and_its_share():
    matrix = confusion_matrix(torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 0, 1]))
    ax = plot_confusion(matrix, ["cat", "dog"], title="pets")
    assert [cell.get_text() for cell in ax.texts] == ["2", "1", "0", "1"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("predicted", "truth", "pets")
    np.testing.assert_allclose(ax.images[0].get_array(), [[2 / 3, 1 / 3], [0, 1]])
    assert [cell.get_text() for cell in plot_confusion(matrix, shares=True).texts] == ["67", "33", "0", "100"]
    assert not plot_confusion(np.eye(30, dtype=int)).texts


def test_a_class_without_samples_has_an_empty_row():
    ax = plot_confusion(np.array([[3, 0], [0, 0]]))
    assert ax.images[0].get_array()[1].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("matrix", "classes", "match"),
    [
        (np.zeros((2, 3)), None, r"matrix must be square and count from 0 on, got shape \(2, 3\)"),
        (np.array([[-1]]), None, "matrix must be square"),
        (np.eye(2), ["a"], "classes must have 2 names, as matrix has rows, got 1"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(matrix, classes, match):
    with pytest.raises(ValueError, match=match):
        plot_confusion(matrix, classes)


def test_a_smooth_curve_lies_over_the_raw_one():
    steps = np.arange(50.0)
    ax = plot_curves({"line": 2 - steps / 50, "short": (torch.tensor([0, 49]), [2.0, 1.0])}, smooth=9)
    raw, smooth, short = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(smooth, raw, atol=1e-9)  # the filter keeps parabolas
    assert short.tolist() == [2, 1]
    assert [text.get_text() for text in ax.get_legend().texts] == ["line", "short"]


@pytest.mark.parametrize(("meaning", "x", "y"), [("roc", "false", "true"), ("precision_recall", "recall", "precision")])
def test_rates_are_drawn_in_the_unit_square(meaning, x, y):
    ax = plot_curves({"net": ([0.0, 0.5, 1.0], [1.0, 0.5, 0.0])}, meaning=meaning)
    assert ax.get_xlim() == (0, 1)
    assert ax.get_xlabel().startswith(x)
    assert ax.get_ylabel().startswith(y)
    assert len(ax.lines) == (2 if meaning == "roc" else 1)


@pytest.mark.parametrize(
    ("curves", "options", "match"),
    [
        ({}, {}, "curves must hold at least one, got none"),
        ({"a": ([1, 2], [1])}, {}, r"curves must have as many x as y, .* got \(2,\) and \(1,\) for 'a'"),
        ({"a": ([1], [1], [1])}, {}, r"curves must be values or pairs \(x, y\), got 3 parts for 'a'"),
        ({"a": [1]}, {"meaning": "auc"}, "meaning must be"),
        ({"a": [1]}, {"smooth": 2}, "smooth must be at least 3 samples, got 2"),
    ],
)
def test_what_is_no_curve_is_refused(curves, options, match):
    with pytest.raises(ValueError, match=match):
        plot_curves(curves, **options)
