"""How long the result of a convolution is."""

from imgproc._checks import check_integer


def convolution_size(length: int, size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the outputs of a convolution or pooling along one axis: floor((n + 2p - d (f - 1) - 1) / s) + 1.

    Parameters
    ----------
    length : n, of the input
    size : f, taps of the kernel
    stride : s, steps between outputs
    padding : p, zeros on each side
    dilation : d, steps between taps; 1 is a plain kernel, which the notes call dilation 0

    Returns
    -------
    int, >= 1

    Raises
    ------
    ValueError
        A number is out of range, or the kernel is longer than the padded input.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016,
       relationships 6 and 15.

    Examples
    --------
    The notes' numbers: 7 pixels under 3 taps at stride 1 and 2; 6 pixels, padded by (f - 1) / 2 to stay 6; a signal of
    14 samples through two layers of 5 taps, which is also each side of a 14³ volume.

    >>> convolution_size(7, 3), convolution_size(7, 3, stride=2), convolution_size(6, 3, padding=1)
    (5, 3, 6)
    >>> convolution_size(14, 5), convolution_size(10, 5)
    (10, 6)

    A dilated kernel of 3 taps reaches as far as one of 5:

    >>> convolution_size(7, 3, dilation=2) == convolution_size(7, 5)
    True
    """
    _check(length, size, stride, padding, dilation)
    reach = dilation * (size - 1) + 1
    if reach > length + 2 * padding:
        raise ValueError(
            f"size must fit into the padded input of {length + 2 * padding}, got {size} taps that reach over {reach}"
        )
    return (length + 2 * padding - reach) // stride + 1


def transposed_convolution_size(
    length: int, size: int, *, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Count the outputs of a transposed convolution along one axis: (n - 1) s - 2p + d (f - 1) + output_padding + 1.

    Parameters
    ----------
    length : n, of the input
    size, stride, padding, dilation : those of the convolution that is transposed
    output_padding : 0 <= output_padding < max(stride, dilation)
        Lengthens the result: at a stride s, s inputs of the convolution have one length of output.

    Returns
    -------
    int, >= 1

    Raises
    ------
    ValueError
        A number is out of range, or nothing is left of the result.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016,
       relationship 14.

    Examples
    --------
    >>> transposed_convolution_size(2, 3)
    4
    >>> transposed_convolution_size(3, 3, stride=2), convolution_size(7, 3, stride=2), convolution_size(8, 3, stride=2)
    (7, 3, 3)
    >>> transposed_convolution_size(3, 3, stride=2, output_padding=1)
    8
    """
    _check(length, size, stride, padding, dilation)
    check_integer(output_padding, "output_padding", at_least=0, at_most=max(stride, dilation) - 1)
    outputs = (length - 1) * stride - 2 * padding + dilation * (size - 1) + output_padding + 1
    if outputs < 1:
        raise ValueError(f"padding must leave at least one output, got {padding}, which leaves {outputs}")
    return outputs


def _check(length: int, size: int, stride: int, padding: int, dilation: int) -> None:
    for name, value in (("length", length), ("size", size), ("stride", stride), ("dilation", dilation)):
        check_integer(value, name, at_least=1)
    check_integer(padding, "padding", at_least=0)
