"""Matrices that move points, made from numbers that mean something; for columns (x, y, 1), source to target.

Angles turn from +x towards +y, y down. Every number may be an array (B,), which makes matrices (B, 3, 3).
"""

from typing import Any

import numpy as np

from imgproc._array.dtypes import cast_to, is_real, parameter_dtype
from imgproc._array.kinds import describe_type, find_kind, kind, namespace
from imgproc._checks import can_look, check_finite, check_matrix, check_number, check_same_kind
from imgproc.typing import Array


def translation(dx: float | Array, dy: float | Array, *, like: Array | None = None) -> Array:
    """Make the matrix that moves by (dx, dy).

    Parameters
    ----------
    dx, dy : pixels; numbers or arrays (B,)
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        float64; float32 where every number is in an array of float32 or narrower.

    Raises
    ------
    TypeError
        A number is not real, or arrays are of two libraries.
    ValueError
        A number is not finite, or arrays have other shapes than () and one (B,).

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> translation(3, -1).tolist()
    [[1.0, 0.0, 3.0], [0.0, 1.0, -1.0], [0.0, 0.0, 1.0]]
    """
    (x, y), dtype = _numbers(like, dx=dx, dy=dy)
    return _matrix([[1, 0, x], [0, 1, y]], dtype)


def rotation(angle: float | Array, center: tuple[float, float] = (0.0, 0.0), *, like: Array | None = None) -> Array:
    """Make the matrix that turns about `center`.

    Parameters
    ----------
    angle : radians, from +x towards +y; number or array (B,)
        Clockwise on screen where it is positive, since y points down.
    center : (x, y)
        The point that stays.
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        [[cos, -sin], [sin, cos]]; dtypes as in `translation`.

    Raises
    ------
    TypeError, ValueError
        As `translation`.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> np.round(rotation(np.pi / 2, (2, 1)) @ (3, 1, 1)).tolist()  # right of the centre goes below it
    [2.0, 2.0, 1.0]
    """
    (a, x, y), dtype = _numbers(like, angle=angle, **_pair(center, "center"))
    xp = namespace(a)
    cosine, sine = xp.cos(a), xp.sin(a)
    return _matrix(_about([[cosine, 0 - sine], [sine, cosine]], x, y), dtype)  # 0 - 0 is no negative zero


def scaling(
    sx: float | Array,
    sy: float | Array | None = None,
    center: tuple[float, float] = (0.0, 0.0),
    *,
    like: Array | None = None,
) -> Array:
    """Make the matrix that stretches along the axes.

    Parameters
    ----------
    sx, sy : factors; numbers or arrays (B,)
        `sy` defaults to `sx`. Negative factors mirror.
    center : (x, y)
        The point that stays.
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        Dtypes as in `translation`.

    Raises
    ------
    TypeError, ValueError
        As `translation`.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> scaling(2, 3).tolist()
    [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 1.0]]
    """
    (a, b, x, y), dtype = _numbers(like, sx=sx, sy=sx if sy is None else sy, **_pair(center, "center"))
    return _matrix(_about([[a, 0], [0, b]], x, y), dtype)


def shear(
    x: float | Array,
    y: float | Array = 0.0,
    center: tuple[float, float] = (0.0, 0.0),
    *,
    like: Array | None = None,
) -> Array:
    """Make the matrix that slides rows along x and columns along y.

    Parameters
    ----------
    x, y : pixels per pixel; numbers or arrays (B,)
        Factors, not angles: a point d below `center` moves x * d to the right.
    center : (x, y)
        The point that stays.
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        [[1, x], [y, 1]]; dtypes as in `translation`.

    Raises
    ------
    TypeError, ValueError
        As `translation`.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> shear(0.5).tolist()
    [[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    (a, b, cx, cy), dtype = _numbers(like, x=x, y=y, **_pair(center, "center"))
    return _matrix(_about([[1, a], [b, 1]], cx, cy), dtype)


def euclidean(angle: float | Array, translation: Array = (0.0, 0.0), *, like: Array | None = None) -> Array:
    """Make the matrix that turns about the origin, then moves.

    Parameters
    ----------
    angle : radians, from +x towards +y; number or array (B,)
    translation : (dx, dy), or array (2,) or (B, 2); pixels
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        Dtypes as in `geometry.translation`.

    Raises
    ------
    TypeError, ValueError
        As `geometry.translation`.

    Notes
    -----
    Differentiable. Keeps lengths and angles.

    Examples
    --------
    >>> np.round(euclidean(np.pi / 2, (10, 20))).tolist()
    [[0.0, -1.0, 10.0], [1.0, 0.0, 20.0], [0.0, 0.0, 1.0]]
    """
    return similarity(1.0, angle, translation, like=like)


def similarity(
    scale: float | Array, angle: float | Array = 0.0, translation: Array = (0.0, 0.0), *, like: Array | None = None
) -> Array:
    """Make the matrix that scales and turns about the origin, then moves.

    Parameters
    ----------
    scale : factor; number or array (B,)
    angle : radians, from +x towards +y; number or array (B,)
    translation : (dx, dy), or array (2,) or (B, 2); pixels
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        Dtypes as in `geometry.translation`.

    Raises
    ------
    TypeError, ValueError
        As `geometry.translation`.

    Notes
    -----
    Differentiable. Keeps angles and ratios of lengths.

    Examples
    --------
    >>> similarity(2, 0, (10, 20)).tolist()
    [[2.0, 0.0, 10.0], [0.0, 2.0, 20.0], [0.0, 0.0, 1.0]]
    """
    (s, a, x, y), dtype = _numbers(like, scale=scale, angle=angle, **_pair(translation, "translation"))
    xp = namespace(a)
    cosine, sine = s * xp.cos(a), s * xp.sin(a)
    return _matrix([[cosine, 0 - sine, x], [sine, cosine, y]], dtype)


def affine(
    scale: Array = (1.0, 1.0),
    angle: float | Array = 0.0,
    shear: float | Array = 0.0,
    translation: Array = (0.0, 0.0),
    *,
    like: Array | None = None,
) -> Array:
    """Make the matrix that stretches, shears along x, turns and moves, in that order.

    Parameters
    ----------
    scale : (sx, sy), or array (2,) or (B, 2); factors
    angle : radians, from +x towards +y; number or array (B,)
    shear : pixels per pixel; number or array (B,)
    translation : (dx, dy), or array (2,) or (B, 2); pixels
    like : array, optional
        Names the library and device of the result; an array among the numbers does so too.

    Returns
    -------
    (3, 3) or (B, 3, 3)
        Dtypes as in `geometry.translation`.

    Raises
    ------
    TypeError, ValueError
        As `geometry.translation`.

    Notes
    -----
    Differentiable. Every affine matrix that is not singular is made so; `decompose_affine` finds the numbers.

    Examples
    --------
    >>> affine((2, 3), shear=0.5, translation=(10, 20)).tolist()
    [[2.0, 1.5, 10.0], [0.0, 3.0, 20.0], [0.0, 0.0, 1.0]]
    """
    (sx, sy, a, k, x, y), dtype = _numbers(
        like, **_pair(scale, "scale"), angle=angle, shear=shear, **_pair(translation, "translation")
    )
    xp = namespace(a)
    cosine, sine = xp.cos(a), xp.sin(a)
    return _matrix(
        [[sx * cosine, sy * (k * cosine - sine), x], [sx * sine, sy * (k * sine + cosine), y]],
        dtype,
    )


def rotation_as_shears(angle: float | Array, *, like: Array | None = None) -> tuple[Array, Array, Array]:
    """Split a rotation about the origin into three shears, along x, y and x.

    Parameters
    ----------
    angle : radians, from +x towards +y; number or array (B,)
    like : array, optional
        Names the library and device of the result; an array of angles does so too.

    Returns
    -------
    three of (3, 3) or (B, 3, 3)
        `compose` of them is `rotation(angle)`. Dtypes as in `translation`.

    Raises
    ------
    TypeError, ValueError
        As `translation`; ValueError also for half a turn, which no three shears make (on a device, infinite shears).

    Notes
    -----
    Differentiable. Each shear moves rows or columns as a whole, so that an image turns by three passes along one axis.

    References
    ----------
    .. [1] A. W. Paeth, "A fast algorithm for general raster rotation", Graphics Interface 1986, section 2.

    Examples
    --------
    >>> first, second, third = rotation_as_shears(np.pi / 6)
    >>> bool(np.allclose(compose(first, second, third), rotation(np.pi / 6)))
    True
    """
    (a,), dtype = _numbers(like, angle=angle)
    xp = namespace(a)
    cosine = xp.cos(a / 2)
    if can_look(a) and bool(xp.any(xp.abs(cosine) < 1e-12)):
        raise ValueError(f"angle must not be half a turn, got {angle!r}")
    slide = 0 - xp.sin(a / 2) / cosine
    along_x = _matrix([[1, slide, 0], [0, 1, 0]], dtype)
    along_y = _matrix([[1, 0, 0], [xp.sin(a), 1, 0]], dtype)
    return along_x, along_y, along_x


def compose(*matrices: Array) -> Array:
    """Multiply matrices into one that does what they do one after another, the first first.

    Parameters
    ----------
    matrices : (3, 3) or (B, 3, 3) each
        Lists and NumPy arrays go with arrays of one other library.

    Returns
    -------
    (3, 3), or (B, 3, 3) where one is
        float64; float32 where every array is float32 or narrower.

    Raises
    ------
    TypeError
        Arrays of two libraries other than NumPy, or what holds no real numbers.
    ValueError
        None, a matrix of another shape or with NaN or infinity, or batches of two sizes.

    Notes
    -----
    Differentiable.

    Examples
    --------
    >>> compose(translation(1, 0), scaling(2)).tolist()  # moved, then stretched
    [[2.0, 0.0, 2.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if not matrices:
        raise ValueError("matrices must be at least one, got none")
    home = _home(None, matrices)
    product, *others = (check_matrix(x, "matrices", home, batch=True) for x in matrices)
    for x in others:
        if x.ndim == product.ndim == 3 and x.shape[0] != product.shape[0]:
            raise ValueError(f"matrices must be batches of one size, got {tuple(product.shape)} and {tuple(x.shape)}")
        product = x @ product
    return cast_to(product, _dtype_of(matrices))


def _numbers(like: Any, **values: Any) -> tuple[list[Any], str]:
    """Return numbers as float64 arrays () or (B,) of one library, and the dtype of what is made of them."""
    home = _home(like, tuple(values.values()))
    made = [_number(x, name, home) for name, x in values.items()]
    sizes = {x.shape[0] for x in made if x.ndim}
    if len(sizes) > 1:
        raise ValueError(f"{' and '.join(values)} must have one length, got {sorted(sizes)}")
    return list(namespace(home).broadcast_arrays(*made)), _dtype_of(tuple(values.values()))


def _dtype_of(values: tuple[Any, ...]) -> str:
    """Return float32 where there are arrays and all are float32 or narrower; plain numbers alone make float64."""
    arrays = [x for x in values if find_kind(x) is not None]
    return parameter_dtype(*arrays) if arrays else "float64"


def _home(like: Any, values: tuple[Any, ...]) -> Any:
    """Return an array of the library that results are made in: `like`, else the first array not of NumPy."""
    if like is not None:
        if find_kind(like) is None:
            raise TypeError(f"like must be a NumPy, CuPy or torch array, got {describe_type(like)}")
        return like
    foreign = (x for x in values if find_kind(x) not in (None, "numpy"))
    return next(foreign, np.empty(0))


def _number(value: Any, name: str, home: Any) -> Any:
    if find_kind(value) is None and not isinstance(value, list | tuple):
        value = np.asarray(check_number(value, name))
    if find_kind(value) in (None, "numpy"):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{name} must be real numbers, got {value!r}")
        exact = cast_to(array, "float64")
        if kind(home) != "numpy":
            exact = namespace(home).asarray(exact, device=home.device)
    else:
        check_same_kind(like=home, **{name: value})
        if not is_real(value):
            raise TypeError(f"{name} must be real numbers, got dtype {value.dtype}")
        exact = cast_to(value, "float64")
    if exact.ndim > 1:
        raise ValueError(f"{name} must be a number or have shape (B,), got {tuple(exact.shape)}")
    check_finite(**{name: exact})
    return exact


def _pair(values: Any, name: str) -> dict[str, Any]:
    """Split (2,), (B, 2) or two numbers into two named numbers."""
    if find_kind(values) is None:
        if not isinstance(values, tuple | list):
            raise TypeError(f"{name} must be two numbers or an array (2,) or (B, 2), got {describe_type(values)}")
        if len(values) == 2 and not any(isinstance(x, tuple | list) for x in values):
            return {f"{name}[0]": values[0], f"{name}[1]": values[1]}
        values = np.asarray(values)
    if values.ndim not in (1, 2) or values.shape[-1] != 2:
        raise ValueError(f"{name} must have shape (2,) or (B, 2), got {tuple(values.shape)}")
    return {f"{name}[0]": values[..., 0], f"{name}[1]": values[..., 1]}


def _about(linear: list[list[Any]], x: Any, y: Any) -> list[list[Any]]:
    """Add the translation that brings (x, y) back to where it was."""
    return [[a, b, z - a * x - b * y] for (a, b), z in zip(linear, (x, y), strict=True)]


def _matrix(rows: list[list[Any]], dtype: str) -> Any:
    """Stack two rows of numbers and (0, 0, 1); an entry is an array () or (B,), or a constant."""
    model = next(x for row in rows for x in row if not isinstance(x, int))
    xp = namespace(model) if find_kind(model) else np  # arithmetic on NumPy arrays () makes scalars

    def entry(value: Any) -> Any:
        return xp.full_like(model, float(value)) if isinstance(value, int) else value

    full = [*rows, [0, 0, 1]]
    return cast_to(xp.stack([xp.stack([entry(x) for x in row], axis=-1) for row in full], axis=-2), dtype)
