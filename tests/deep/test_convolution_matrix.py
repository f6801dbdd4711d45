"""Convolution as a matrix, and the sizes of convolutions."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from deep.blocks.convolution_matrix import convolution_matrix
from deep.blocks.convolution_size import convolution_size, transposed_convolution_size

lengths, small = st.integers(1, 12), st.integers(1, 4)
shapes = st.tuples(small, small)


@st.composite
def convolutions(draw):
    """A length, and a kernel's size, stride, padding, dilation that fit."""
    words = {"stride": draw(small), "padding": draw(st.integers(0, 3)), "dilation": draw(st.integers(1, 3))}
    length, size = draw(lengths), draw(small)
    assume(words["dilation"] * (size - 1) + 1 <= length + 2 * words["padding"])
    return length, size, words


@given(of=convolutions())
def test_sizes_are_torchs(of):
    length, size, words = of
    made = functional.conv1d(torch.zeros(1, 1, length), torch.zeros(1, 1, size), **words)
    assert convolution_size(length, size, **words) == made.shape[-1]


@given(of=convolutions(), extra=st.integers(0, 3))
def test_transposed_sizes_are_torchs_and_undo_convolutions(of, extra):
    length, size, words = of
    outputs = convolution_size(length, size, **words)
    assume(extra < max(words["stride"], words["dilation"]))
    reach = (outputs - 1) * words["stride"] + words["dilation"] * (size - 1) + 1 - 2 * words["padding"]
    assume(reach >= 1)
    x, kernel = torch.zeros(1, 1, outputs), torch.zeros(1, 1, size)
    expected = functional.conv_transpose1d(x, kernel, output_padding=extra, **words).shape[-1]
    assert transposed_convolution_size(outputs, size, output_padding=extra, **words) == expected
    left_over = length - reach  # inputs that the last stride did not reach
    if 0 <= left_over < max(words["stride"], words["dilation"]):
        assert transposed_convolution_size(outputs, size, output_padding=left_over, **words) == length


@given(size=st.tuples(lengths, lengths), kernel=shapes, of=convolutions())
def test_the_matrix_is_the_convolution_and_its_transpose_the_transposed_one(size, kernel, of):
    words = of[2]
    assume(all(words["dilation"] * (k - 1) + 1 <= n + 2 * words["padding"] for k, n in zip(kernel, size, strict=True)))
    generator = torch.Generator().manual_seed(0)
    weight, image = (torch.randint(-9, 10, s, generator=generator).double() for s in (kernel, size))  # sums are exact
    matrix = convolution_matrix(weight, size, **words)
    expected = functional.conv2d(image[None, None], weight[None, None], **words)
    assert torch.equal(matrix @ image.flatten(), expected.flatten())
    back = torch.autograd.functional.vjp(
        lambda x: functional.conv2d(x[None, None], weight[None, None], **words), image, expected
    )[1]
    assert torch.equal((matrix.T @ expected.flatten()).reshape(size), back)


def test_the_notes_worked_example():
    kernel = [[1, 4, 1], [1, 4, 3], [3, 3, 1]]
    matrix = convolution_matrix(kernel, 4)
    assert matrix.tolist() == [
        [1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0, 0],
        [0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1, 0],
        [0, 0, 0, 0, 0, 1, 4, 1, 0, 1, 4, 3, 0, 3, 3, 1],
    ]
    image = torch.tensor([4, 5, 8, 7, 1, 8, 8, 8, 3, 6, 6, 4, 6, 5, 7, 8])
    assert (matrix @ image).tolist() == [122, 148, 126, 134]
    made = matrix.T @ torch.tensor([2, 1, 4, 4])
    assert made.tolist() == [2, 9, 6, 1, 6, 29, 30, 7, 10, 29, 33, 13, 12, 24, 16, 4]


def test_torchs_transposed_layer_is_the_transposed_matrix():
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, bias=False).double()
    x = torch.rand(4, 5, dtype=torch.float64)
    size = tuple(transposed_convolution_size(n, 3, stride=2, padding=1) for n in x.shape)
    matrix = convolution_matrix(layer.weight[0, 0], size, stride=2, padding=1)
    torch.testing.assert_close(layer(x[None, None])[0, 0], (matrix.T @ x.flatten()).reshape(size))


def test_the_matrix_passes_gradients_to_the_kernel():
    kernel = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda k: convolution_matrix(k, (3, 4), padding=1), kernel)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"length": 7, "size": 9}, "size must fit into the padded input of 7, got 9 taps that reach over 9"),
        ({"length": 7, "size": 4, "dilation": 3}, "got 4 taps that reach over 10"),
        ({"length": 7, "size": 3, "stride": 0}, "stride must be from 1 to 2147483647, got 0"),
        ({"length": 7, "size": 3, "padding": -1}, "padding must be from 0 to 2147483647, got -1"),
    ],
)
def test_what_does_not_fit_is_told(words, rule):
    with pytest.raises(ValueError, match=rule):
        convolution_size(**words)


def test_a_kernel_must_be_a_matrix_and_a_result_not_empty():
    with pytest.raises(ValueError, match=r"kernel must be \(h, w\), got shape \(3,\)"):
        convolution_matrix(torch.ones(3), 4)
    with pytest.raises(ValueError, match="padding must leave at least one output, got 1, which leaves 0"):
        transposed_convolution_size(1, 2, padding=1)
