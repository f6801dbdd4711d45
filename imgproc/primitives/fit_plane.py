"""Polynomial surfaces fitted in a window that moves over a plane, as sums of products of fits along each axis."""

import functools
from typing import Any, Literal

import numpy as np

from imgproc._array.dtypes import lift, work_dtype
from imgproc._array.kinds import namespace
from imgproc._dispatch import dispatched, implements
from imgproc.primitives._bands import run_bands
from imgproc.primitives._planes import as_planes, compiled
from imgproc.primitives.borders import border_indices
from imgproc.primitives.fit_axis import fit_axis
from imgproc.primitives.polynomial_fit import LocalFit
from imgproc.typing import Border

Product = tuple[LocalFit, LocalFit]
"""A fit along columns by one term, and along rows by all terms that its degree leaves."""


@dispatched
def fit_plane(
    image: Any, products: tuple[Product, ...], axes: tuple[int, int], border: Border | Literal["interp"], fill: float
) -> Any:
    """Add up the products of fits of odd windows, the term of degree 0 along columns first; float result."""
    exact = lift(image)
    seen, hidden = _by_visibility(products)
    total = _sum_products(exact, seen, axes, border, fill)
    if border != "interp" or not hidden:
        return total
    row, lines = axes[0], image.shape[axes[0]]
    height, half = len(products[0][0].weights), products[0][0].after

    def rows(x: Any, start: int, stop: int) -> Any:
        return x[(slice(None),) * row + (slice(start, stop), ...)]

    first, last = rows(exact, 0, height), rows(exact, lines - height, lines)
    above = rows(_sum_products(first, hidden, axes, border, fill), 0, half)
    below = rows(_sum_products(last, hidden, axes, border, fill), height - half, height)
    ends = (rows(total, 0, half) + above, rows(total, half, lines - half), rows(total, lines - half, lines) + below)
    return namespace(image).concat(ends, axis=row)


def _by_visibility(products: tuple[Product, ...]) -> tuple[tuple[Product, ...], tuple[Product, ...]]:
    """Part products that the middle of a window sees from those that appear at the first and last rows only.

    Terms and derivatives of different parity vanish in the middle; but the first product carries any NaN.
    """
    seen = tuple(product for i, product in enumerate(products) if i == 0 or any(product[0].weights))
    return seen, tuple(product for product in products if product not in seen)


def _sum_products(exact: Any, products: tuple[Product, ...], axes: tuple[int, int], border: Any, fill: float) -> Any:
    total: Any = None
    for down, across in products:
        column = fit_axis(exact, down, axes[0], border, fill)
        made = fit_axis(column, across, axes[1], border, fill * down.base)
        total = made if total is None else total + made
    return total


@implements(fit_plane, "numpy")
def _plane_numba(
    image: Any, products: tuple[Product, ...], axes: tuple[int, int], border: Border | Literal["interp"], fill: float
) -> Any:
    from imgproc.primitives import _fit_plane_numba

    work = work_dtype(image)
    planes, channels = as_planes(image, axes, work)
    out = np.empty(planes.shape, work)
    height, width = planes.shape[1], planes.shape[2] // channels
    (down, across), seen = products[0], _by_visibility(products)[0]
    none = np.empty(0, np.int64)
    indices = [
        none if border == "interp" else border_indices(length, fit.before, fit.after, border)
        for length, fit in ((height, down), (width, across))
    ]
    arguments = (*_tables(products, work), *indices, channels, fill)
    kernel = compiled(
        _fit_plane_numba.fit_plane,
        f"in2({work}), out2({work}), " + 6 * f"in2({work}), " + f"int64, int64, in1({work}), in1({work}), in1(int64), "
        f"in1(boolean), in1(int64), in1(int64), int64, {work}, int64, int64",
    )
    cost = out[0].size * len(seen) * (len(down.weights) + len(across.weights))
    for plane, made in zip(planes, out, strict=True):
        run_bands(lambda first, last: kernel(plane, made, *arguments, first, last), height, cost)  # noqa: B023
    return out.reshape(image.shape)


@functools.lru_cache(maxsize=64)
def _tables(products: tuple[Product, ...], work: str) -> tuple[Any, ...]:
    """Return what the kernel is to know of the fits, in the order of its parameters."""
    (down, across), seen = products[0], _by_visibility(products)[0]
    tables: tuple[Any, ...] = (
        [y.weights for y, _ in products], [x.weights for _, x in products], _by_degree(products, "basis"), across.basis,
        np.concatenate((_by_degree(products, "heads"), _by_degree(products, "tails")), axis=1),
        np.concatenate((across.heads, across.tails), axis=1),
    )  # fmt: skip
    return (
        *(np.ascontiguousarray(table, work) for table in tables), down.parity, across.parity,
        np.array([y.base for y, _ in products], work), np.array([x.base for _, x in products], work),
        np.array([_degree(product, across) for product in products]),
        np.array([product not in seen for product in products]),
    )  # fmt: skip


def _degree(product: Product, widest: LocalFit) -> int:
    """Return the degree along columns: by how many terms the fit along rows falls short of the widest."""
    return len(widest.basis) - len(product[1].basis)


def _by_degree(products: tuple[Product, ...], name: str) -> np.ndarray:
    """Stack the only row of a table of each fit along columns at its degree; the others are not looked at."""
    widest = products[0][1]
    table = np.zeros((len(widest.basis), getattr(products[0][0], name).shape[1]))
    for product in products:
        table[_degree(product, widest)] = getattr(product[0], name)[0]
    return table
