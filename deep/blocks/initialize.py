"""Initial weights: drawn so that values and gradients keep their size from layer to layer.

Each function fills a weight in place and returns it. n inputs meet in one output, m outputs share one input: for a
dense weight (m, n) its shape, for a convolution each times the kernel's taps.
"""

import math

import numpy as np
import torch
from torch import Tensor

from imgproc._checks import check_rng

__all__ = ["count_fans", "he_normal", "he_uniform", "lecun_normal", "orthogonal", "standard_uniform", "xavier_uniform"]

Rng = int | np.random.Generator | None


def standard_uniform(weight: Tensor, *, rng: Rng = None) -> Tensor:
    """Draw from U(-1/√n, 1/√n), as was usual before 2010, and is in torch's layers.

    The variance 1 / (3n) makes values shrink to about 0.58 in each linear layer.

    Parameters
    ----------
    weight : (outputs, inputs, …), floating
        Filled in place.
    rng : int or numpy.random.Generator, optional
        Where the numbers come from; the same on every device. One generator for all layers: an int gives layers of one
        shape the same weights. None takes torch's own, which `torch.manual_seed` sets.

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError
        `weight` is no floating tensor, or `rng` is of another type.
    ValueError
        `weight` has fewer than two axes or no element.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
       2010, equation 1.

    Examples
    --------
    The bias of torch's transposed convolution has the same bounds, ±√k with k = groups / (outputs · taps):

    >>> layer = torch.nn.ConvTranspose2d(8, 4, 5)
    >>> bool(layer.bias.abs().max() <= (1 / (4 * 25)) ** 0.5)
    True
    >>> float(standard_uniform(torch.empty(100, 400), rng=0).abs().max()) <= 400**-0.5
    True
    """
    inputs, _ = count_fans(weight)
    return _uniform(weight, inputs**-0.5, rng)


def lecun_normal(weight: Tensor, *, rng: Rng = None) -> Tensor:
    """Draw from N(0, 1/n): a linear layer keeps the variance of its values.

    Parameters
    ----------
    weight, rng : as of `standard_uniform`

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError, ValueError
        As of `standard_uniform`.

    References
    ----------
    .. [1] Y. LeCun et al., "Efficient BackProp", in: Neural Networks: Tricks of the Trade, 1998, section 4.6.

    Examples
    --------
    >>> round(float(lecun_normal(torch.empty(400, 100), rng=0).std()), 2)
    0.1
    """
    inputs, _ = count_fans(weight)
    return _normal(weight, inputs**-0.5, rng)


def xavier_uniform(weight: Tensor, *, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Draw from U(-b, b), b = gain √(6 / (n + m)): between what values and what gradients want (Keras' glorot_uniform).

    Parameters
    ----------
    weight, rng : as of `standard_uniform`
    gain : > 0
        What the activation takes away, 5/3 for tanh in torch's table.

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError, ValueError
        As of `standard_uniform`.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
       2010, equation 16.

    Examples
    --------
    >>> weight = xavier_uniform(torch.empty(300, 300), rng=0)
    >>> round(float(weight.max()), 3), round(float(weight.std()), 3)  # √(6 / 600), √(2 / 600)
    (0.1, 0.058)
    """
    inputs, outputs = count_fans(weight)
    return _uniform(weight, gain * math.sqrt(6 / (inputs + outputs)), rng)


def he_normal(weight: Tensor, *, slope: float = 0.0, rng: Rng = None) -> Tensor:
    """Draw from N(0, 2 / ((1 + slope²) n)): the 2 gives back the half that a ReLU takes away.

    Parameters
    ----------
    weight, rng : as of `standard_uniform`
    slope : of the activation below 0
        0 for ReLU, 0.01 for the notes' leaky ReLU, 0.25 where PReLU starts.

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError, ValueError
        As of `standard_uniform`.

    References
    ----------
    .. [1] K. He et al., "Delving deep into rectifiers", ICCV 2015, equations 10 and 15.

    Examples
    --------
    >>> round(float(he_normal(torch.empty(64, 32, 5, 5), rng=0).std()), 3)  # √(2 / 800)
    0.05
    """
    inputs, _ = count_fans(weight)
    return _normal(weight, math.sqrt(2 / ((1 + slope**2) * inputs)), rng)


def he_uniform(weight: Tensor, *, slope: float = 0.0, rng: Rng = None) -> Tensor:
    """Draw from U(-b, b) with the variance of `he_normal`: b = √(6 / ((1 + slope²) n)).

    Parameters
    ----------
    weight, rng : as of `standard_uniform`
    slope : of the activation below 0

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError, ValueError
        As of `standard_uniform`.

    References
    ----------
    .. [1] K. He et al., "Delving deep into rectifiers", ICCV 2015, section 2.2.

    Examples
    --------
    >>> weight = he_uniform(torch.empty(300, 600), rng=0)
    >>> round(float(weight.max()), 3), round(float(weight.std()), 3)  # √(6 / 600), √(2 / 600)
    (0.1, 0.058)
    """
    inputs, _ = count_fans(weight)
    return _uniform(weight, math.sqrt(6 / ((1 + slope**2) * inputs)), rng)


def orthogonal(weight: Tensor, *, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Draw a rotation (or a reflection) at random, each as likely: linear layers keep every length exactly.

    Parameters
    ----------
    weight, rng : as of `standard_uniform`
        Taken as a matrix (outputs, inputs · taps): of its rows and columns the fewer are orthonormal.
    gain : factor of the lengths

    Returns
    -------
    `weight`

    Raises
    ------
    TypeError, ValueError
        As of `standard_uniform`.

    References
    ----------
    .. [1] A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR
       2014, section 3.
    .. [2] F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54(5),
       2007, section 5 (the signs).

    Examples
    --------
    >>> weight = orthogonal(torch.empty(2, 3, dtype=torch.float64), rng=0)
    >>> (weight @ weight.T).round(decimals=12).abs().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    count_fans(weight)
    rows, columns = weight.shape[0], weight[0].numel()
    exact = torch.float64 if weight.dtype is torch.float64 else torch.float32  # QR knows no half
    noise = _normal(weight.new_empty(rows, columns, dtype=exact), 1.0, rng)
    q, r = torch.linalg.qr(noise.T if rows < columns else noise)
    q = q * r.diagonal().sign()  # without it Householder's signs would favour some rotations
    with torch.no_grad():
        return weight.copy_(gain * (q.T if rows < columns else q).reshape(weight.shape))


def count_fans(weight: Tensor) -> tuple[int, int]:
    """Count n, the inputs that meet in an output, and m, the outputs that share an input.

    Parameters
    ----------
    weight : (outputs, inputs, …), floating
        In torch's transposed convolutions the first axis is the inputs', so that n and m change places.

    Returns
    -------
    (n, m)

    Raises
    ------
    TypeError
        `weight` is no floating tensor.
    ValueError
        It has fewer than two axes or no element.

    Examples
    --------
    >>> count_fans(torch.empty(20, 10)), count_fans(torch.nn.Conv2d(10, 20, 7).weight)
    ((10, 20), (490, 980))
    """
    if not isinstance(weight, Tensor) or not weight.is_floating_point():
        raise TypeError(f"weight must be a floating tensor, got {getattr(weight, 'dtype', type(weight).__name__)}")
    if weight.ndim < 2 or not weight.numel():
        raise ValueError(f"weight must be (outputs, inputs, …), got shape {tuple(weight.shape)}")
    taps = weight[0, 0].numel()
    return weight.shape[1] * taps, weight.shape[0] * taps


def _uniform(weight: Tensor, bound: float, rng: Rng) -> Tensor:
    with torch.no_grad():
        if rng is None:
            return weight.uniform_(-bound, bound)
        return weight.copy_(torch.from_numpy(check_rng(rng).uniform(-bound, bound, tuple(weight.shape))))


def _normal(weight: Tensor, deviation: float, rng: Rng) -> Tensor:
    with torch.no_grad():
        if rng is None:
            return weight.normal_(0, deviation)
        return weight.copy_(torch.from_numpy(check_rng(rng).normal(0, deviation, tuple(weight.shape))))
