"""Changes of library and of range; the only place where data moves between host and device."""

import sys
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from imgproc._array.dtypes import cast_to, dtype_name, integer_range, is_float, is_real, saturate, work_dtype
from imgproc._array.kinds import kind, namespace

FloatName = Literal["float16", "float32", "float64"]


def to_numpy(x: Any) -> NDArray[Any]:
    """Hand over an array as NumPy's, channels last; memory is shared where it lies on the host.

    Parameters
    ----------
    x : image or batch, any kind
        A tensor that requires gradients is detached. NumPy has no bfloat16: such a tensor becomes float32, which holds
        every bfloat16 exactly.

    Returns
    -------
    numpy.ndarray
        (H, W), (H, W, C) or (N, H, W, C); values and dtype as in `x`. Arrays of other ranks keep their axes.

    Raises
    ------
    TypeError
        `x` is no NumPy, CuPy or torch array.

    Examples
    --------
    >>> to_numpy(torch.zeros(3, 4, 5)).shape
    (4, 5, 3)
    """
    which = kind(x)
    if which == "numpy":
        return np.asarray(x)
    if which == "cupy":
        return np.asarray(sys.modules["cupy"].asnumpy(x))
    if which == "strict":
        return np.asarray(x)
    return np.asarray(_channels_last(_share_tensor(x.cpu())))


def _share_tensor(tensor: Any) -> NDArray[Any]:
    """View a CPU tensor as NumPy, axes as they are."""
    plain = tensor.detach().resolve_conj().resolve_neg()
    if dtype_name(plain) == "bfloat16":
        plain = plain.float()
    return np.asarray(plain.numpy())


def to_torch(x: Any, *, device: Any = None) -> Any:
    """Hand over an array as a torch tensor, channels first; memory is shared where that is safe.

    Parameters
    ----------
    x : image or batch, any kind
    device : torch device, optional
        Where the tensor should lie; by default where `x` lies.

    Returns
    -------
    torch.Tensor
        (H, W), (C, H, W) or (N, C, H, W); values and dtype as in `x`. A host array is copied where torch could not
        share it (negative strides, foreign byte order) or must not (read-only memory: a tensor is always writable).
        CuPy arrays are shared on their device.

    Raises
    ------
    TypeError
        `x` is no NumPy, CuPy or torch array.

    Examples
    --------
    >>> image = np.zeros((4, 5, 3), np.uint8)
    >>> tensor = to_torch(image)
    >>> tensor[2] = 7
    >>> tuple(tensor.shape), image[0, 0].tolist()
    ((3, 4, 5), [0, 0, 7])
    """
    import torch

    which = kind(x)
    if which == "torch":
        tensor = x
    elif which == "cupy":
        tensor = _channels_first(torch.utils.dlpack.from_dlpack(x))
    else:
        tensor = _channels_first(torch.from_numpy(_shareable(np.asarray(x))))
    return tensor if device is None else tensor.to(device)


def _shareable(x: NDArray[Any]) -> NDArray[Any]:
    """Return `x` itself if torch may write to its memory and understands its strides, else a copy."""
    safe = x.flags.writeable and x.dtype.isnative and all(stride >= 0 for stride in x.strides)
    return x if safe else np.array(x, dtype=x.dtype.newbyteorder("="), order="C")


def to_cupy(x: Any) -> Any:
    """Hand over an array as CuPy's, channels last, on the current device; CUDA tensors are shared.

    Parameters
    ----------
    x : image or batch, any kind

    Returns
    -------
    cupy.ndarray
        (H, W), (H, W, C) or (N, H, W, C); values and dtype as in `x`; bfloat16 becomes float32.

    Raises
    ------
    TypeError
        `x` is no NumPy, CuPy or torch array.
    ImportError
        CuPy is not installed.

    Examples
    --------
    >>> to_cupy(np.zeros((4, 5, 3))).shape  # doctest: +SKIP
    (4, 5, 3)
    """
    import cupy

    which = kind(x)
    if which == "cupy":
        return x
    if which == "torch" and x.is_cuda:
        plain = x.detach()
        return _channels_last(cupy.from_dlpack(plain.float() if dtype_name(plain) == "bfloat16" else plain))
    return cupy.asarray(to_numpy(x))


def like(x: Any, reference: Any) -> Any:
    """Hand over `x` in the library, layout and device of `reference`; values and dtype stay.

    Parameters
    ----------
    x : image or batch, any kind
    reference : array, any kind

    Returns
    -------
    array of `reference`'s library

    Raises
    ------
    TypeError
        One of them is no NumPy, CuPy or torch array.

    Examples
    --------
    >>> tuple(like(np.zeros((4, 5, 3)), torch.zeros(1)).shape)
    (3, 4, 5)
    """
    which = kind(reference)
    if which == "torch":
        return to_torch(x, device=reference.device)
    if which == "cupy":
        with reference.device:
            return to_cupy(x)
    return to_numpy(x)


def _channels_last(x: Any) -> Any:
    return x if x.ndim not in (3, 4) else x.transpose((1, 2, 0) if x.ndim == 3 else (0, 2, 3, 1))


def _channels_first(x: Any) -> Any:
    return x if x.ndim not in (3, 4) else x.permute((2, 0, 1) if x.ndim == 3 else (0, 3, 1, 2))


def copied(x: Any) -> Any:
    """Return the values in memory of their own; gradients pass."""
    return x.clone() if kind(x) == "torch" else namespace(x).asarray(x, copy=True)


def value_range(x: Any, data_range: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return the values that mean black and white: [0, 1] of floats and masks, the full range of uint8 and uint16.

    Raises
    ------
    ValueError
        `x` is of another integer dtype and `data_range` is not given, or `data_range` is not increasing.
    """
    if data_range is not None:
        low, high = (float(value) for value in data_range)
        if not low < high < float("inf") or low == -float("inf"):
            raise ValueError(f"data_range must be finite and increasing, got {data_range}")
        return low, high
    name = dtype_name(x)
    if is_float(x) or name == "bool":
        return 0.0, 1.0
    if name in ("uint8", "uint16"):
        return 0.0, float(integer_range(name)[1])
    raise ValueError(f"data_range must be given for {name} images, got None")


def to_float(x: Any, dtype: FloatName = "float32", *, data_range: tuple[float, float] | None = None) -> Any:
    """Map the range of the dtype to [0, 1]: uint8 by 255, uint16 by 65535, masks and floats as they are.

    Parameters
    ----------
    x : array of any shape and kind
    dtype : "float16", "float32" or "float64"
    data_range : (low, high), optional
        Values that become 0 and 1; needed for other integers. Nothing is clipped.

    Returns
    -------
    array of `dtype`, kind and shape of `x`
        float32 and float64 hold uint8 and uint16 so that `to_uint8` and `to_uint16` give every value back; float16
        holds uint8 so.

    Raises
    ------
    ValueError
        `dtype` is no float, or `data_range` is missing or not increasing.

    Examples
    --------
    >>> to_float(np.array([[0, 51, 255]], np.uint8)).tolist()
    [[0.0, 0.20000000298023224, 1.0]]
    """
    _check_real(x)
    if dtype not in ("float16", "float32", "float64"):
        raise ValueError(f"dtype must be 'float16', 'float32' or 'float64', got {dtype!r}")
    low, high = value_range(x, data_range)
    if (low, high) == (0.0, 1.0):
        return cast_to(x, dtype)
    # float64 inside only where the integers or the result need it
    is_wide = dtype == "float64" or work_dtype(x) == "float64"
    exact = cast_to(x, "float64" if is_wide else "float32")
    return cast_to((exact - low) / (high - low), dtype)


def to_uint8(x: Any, *, data_range: tuple[float, float] | None = None) -> Any:
    """Map the range of the dtype to 0-255, rounded half to even and saturated.

    Parameters
    ----------
    x : array of any shape and kind
    data_range : (low, high), optional
        Values that become 0 and 255; needed for integers other than uint8 and uint16.

    Returns
    -------
    uint8 array, kind and shape of `x`
        uint8 input is returned as it is. NaN becomes 0.

    Raises
    ------
    ValueError
        `data_range` is missing or not increasing.

    Examples
    --------
    >>> to_uint8(np.array([[0.0, 0.2, 1.5]])).tolist()
    [[0, 51, 255]]
    """
    return _to_unsigned(x, "uint8", data_range)


def to_uint16(x: Any, *, data_range: tuple[float, float] | None = None) -> Any:
    """Map the range of the dtype to 0-65535, rounded half to even and saturated.

    Parameters
    ----------
    x : array of any shape and kind
    data_range : (low, high), optional
        Values that become 0 and 65535; needed for integers other than uint8 and uint16.

    Returns
    -------
    uint16 array, kind and shape of `x`
        uint16 input is returned as it is; `to_uint8` of the result of a uint8 image gives that image. NaN becomes 0.

    Raises
    ------
    ValueError
        `data_range` is missing or not increasing.

    Examples
    --------
    >>> to_uint16(np.array([[0, 1, 255]], np.uint8)).tolist()
    [[0, 257, 65535]]
    """
    return _to_unsigned(x, "uint16", data_range)


def _to_unsigned(x: Any, dtype: str, data_range: tuple[float, float] | None) -> Any:
    _check_real(x)
    low, high = value_range(x, data_range)
    greatest = float(integer_range(dtype)[1])
    if (low, high) == (0.0, greatest) and dtype_name(x) == dtype:
        return x
    narrow = dtype_name(x) in ("bool", "uint8", "int8", "float16", "bfloat16")
    exact = cast_to(x, "float32" if narrow else "float64" if dtype_name(x) != "float32" else "float32")
    scaled = (exact - low) * greatest / (high - low)  # in this order integers stay exact up to the division
    xp = namespace(scaled)
    return saturate(xp.where(xp.isnan(scaled), xp.zeros_like(scaled), scaled), dtype)


def _check_real(x: Any) -> None:
    kind(x)
    if not is_real(x):
        raise TypeError(f"image must be bool, a real integer or a float, got dtype {dtype_name(x)}")
