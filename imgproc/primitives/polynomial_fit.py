"""Least-squares polynomials over windows of equidistant samples, by polynomials orthogonal on the window.

The discrete Chebyshev polynomials have whole values at whole places, so that Python's integers carry them through
their recurrence exactly, whatever the degree and the length of the window. Rounding enters once, at the end.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

GREATEST_ORDER = 100
"""Of the polynomials: their integers grow as the length to this power."""

Weights = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class LocalFit:
    """What a fit makes of a window, as numbers; compared by identity, so that it can name its copy on a device.

    Parameters
    ----------
    weights : (window_length,)
        To correlate with: the fit's value at the middle of the window, for odd lengths at a sample.
    before, after : int
        How many samples of the window lie on either side of the one that is replaced; `after` is one more for even
        lengths, whose middle lies half a sample beyond.
    base : 0.0 or 1.0
        The sum of the weights: what is made of a constant 1.
    parity : int
        1 symmetric, -1 antisymmetric, 0 even length.
    basis : (terms, window_length)
        One polynomial a row.
    heads, tails : (terms, window_length // 2)
        By how much each term counts at the first and at the last samples of the window.
    """

    weights: Weights
    before: int
    after: int
    base: float
    parity: int
    basis: np.ndarray
    heads: np.ndarray
    tails: np.ndarray


def chebyshev(length: int, order: int, doubled: Any, deriv: int) -> Iterator[list[Any]]:
    """Yield the discrete Chebyshev polynomials of degree 0 ... order on `length` samples, times their factorial.

    Parameters
    ----------
    doubled : array of whole numbers or fractions
        Places, as twice their distance from the middle of the samples.
    deriv : int

    Yields
    ------
    list of 1 + deriv arrays
        The polynomial and its derivatives (per sample), exactly.
    """
    last: list[Any] = [0 * doubled] * (deriv + 1)
    here: list[Any] = [0 * doubled + (d == 0) for d in range(deriv + 1)]
    for k in range(order + 1):
        yield here
        rise, fall = 2 * k + 1, k * k * (length * length - k * k)
        # the factor 2 k + 1 times `doubled`, differentiated d times by the product rule
        following = [
            rise * (doubled * here[d] + (2 * d * here[d - 1] if d else 0)) - fall * last[d] for d in range(deriv + 1)
        ]
        last, here = here, following


def norms(length: int, order: int) -> Iterator[int]:
    """Yield the sums of squares of the polynomials over the samples."""
    norm = length
    yield norm
    for k in range(1, order + 1):
        norm = norm * k * k * (length * length - k * k) * (2 * k - 1) // (2 * k + 1)
        yield norm


def terms(length: int, order: int, places: Any, deriv: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the polynomials at every sample, and by how much each counts at `places`.

    Parameters
    ----------
    places : sequence of whole numbers or fractions
        Twice the distance from the middle of the samples.

    Returns
    -------
    (order + 1, length), (order + 1, len(places)) float64
        Their product over the first axis is the matrix of the fit; the polynomials are scaled to a maximum of 1.
    """
    samples = np.array(range(1 - length, length, 2), dtype=object)
    wanted = np.array(places, dtype=object)
    basis, counts = np.empty((order + 1, length)), np.empty((order + 1, len(wanted)))
    rows = (chebyshev(length, order, samples, 0), chebyshev(length, order, wanted, deriv), norms(length, order))
    for k, ((values,), derivatives, norm) in enumerate(zip(*rows, strict=True)):
        greatest = max(abs(values[0]), 1)  # at the ends
        # quotients of integers are rounded once
        basis[k] = values / greatest
        counts[k] = derivatives[deriv] * greatest / norm
    return basis, counts


def fit_weights(length: int, order: int, deriv: int, doubled: Any, first: int = 0) -> np.ndarray:
    """Return the weights that give a derivative of the fit at one place, each the float nearest to the exact number.

    Parameters
    ----------
    doubled : whole number or fraction
        Twice the distance of the place from the middle of the window.
    """
    samples, place = np.array(range(1 - length, length, 2), dtype=object), np.array([doubled], dtype=object)
    counts = [
        Fraction(derivatives[deriv][0]) / norm
        for derivatives, norm in zip(chebyshev(length, order, place, deriv), norms(length, order), strict=True)
    ]
    common = math.lcm(*(count.denominator for count in counts))
    total = 0 * samples
    for k, (count, (row,)) in enumerate(zip(counts, chebyshev(length, order, samples, 0), strict=True)):
        if k >= first:
            total = total + int(count * common) * row
    return np.asarray(total / common, dtype=np.float64)


@functools.lru_cache(maxsize=64)
def local_fit(length: int, order: int, deriv: int = 0, delta: float = 1.0, first: int = 0) -> LocalFit:
    """Return the fit by polynomials of degree `first` ... `order`, differentiated `deriv` times.

    Parameters
    ----------
    length, order : int
        Of the window and of the polynomial, order < length.
    delta : float
        Distance between samples.
    first : int
        Terms of a lower degree are left out, which parts a fit into a sum.
    """
    half = length // 2
    basis, heads = terms(length, order, range(1 - length, 1 - length + 2 * half, 2), deriv)
    basis, heads = basis[first:], heads[first:] / delta**deriv
    mirror = np.array([(-1.0) ** (k + deriv) for k in range(first, order + 1)])
    tails = mirror[:, None] * heads[:, ::-1]
    for table in (basis, heads, tails):
        table.flags.writeable = False
    return LocalFit(
        weights=tuple((fit_weights(length, order, deriv, 0, first) / delta**deriv).tolist()),
        before=(length - 1) // 2,
        after=half,
        base=float(first == 0 and deriv == 0),
        parity=0 if length % 2 == 0 else 1 if deriv % 2 == 0 else -1,
        basis=basis,
        heads=heads,
        tails=tails,
    )
