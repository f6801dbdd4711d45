"""The ways between libraries, ranges and images: the one door that classical and learned steps share.

`to_numpy`, `to_cupy`, `to_torch` and `like` change the library and its layout and leave values alone; `to_float`,
`to_uint8` and `to_uint16` change the range; `to_tensor` and `to_image` do both, for networks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from imgproc._array.convert import like, to_cupy, to_float, to_numpy, to_torch, to_uint8, to_uint16
from imgproc._array.dtypes import dtype_name, is_float
from imgproc._array.kinds import describe_type, find_kind, kind
from imgproc._array.layout import channel_axis, spatial_axes
from imgproc._checks import check_choice, check_image, check_integer, check_number
from imgproc.io import imread

if TYPE_CHECKING:
    import PIL.Image
    import torch

__all__ = [
    "channel_axis",
    "from_pil",
    "kind",
    "like",
    "spatial_axes",
    "to_cupy",
    "to_float",
    "to_image",
    "to_numpy",
    "to_pil",
    "to_tensor",
    "to_torch",
    "to_uint8",
    "to_uint16",
]


def to_tensor(
    images: Any,
    *,
    device: str | torch.device | None = None,
    size: tuple[int, int] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> torch.Tensor:
    """Make the batch a network takes of one image or many.

    Parameters
    ----------
    images : image, batch, PIL image, path, or a list of images, PIL images and paths
        NumPy, CuPy or torch in their layouts; dtypes whose range is known (floats, masks, uint8, uint16).
    device : torch device, optional
        By default where the first tensor or CuPy array lies, or the host.
    size : (height, width), optional
        Resize each image, linearly with antialiasing; needed where sizes differ.
    mean, std : one number a channel, optional
        Subtracted and divided by, after the range has become [0, 1].

    Returns
    -------
    torch.Tensor, float32, (N, C, H, W)
        Gradients flow back to tensors.

    Raises
    ------
    TypeError
        An element is no image.
    ValueError
        `images` is empty; sizes differ without `size`; channels differ; `mean` or `std` has not one finite number a
        channel, or a `std` is not positive; an integer dtype has no known range.

    Examples
    --------
    >>> batch = to_tensor([np.zeros((4, 6, 3), np.uint8), np.full((2, 3, 3), 255, np.uint8)], size=(2, 3))
    >>> tuple(batch.shape), batch[1].mean().item()
    ((2, 3, 2, 3), 1.0)
    """
    import torch

    if size is not None:
        size = _check_size(size)
    if isinstance(images, list | tuple):
        if not images:
            raise ValueError("images must hold at least one image, got an empty list")
        parts = [_as_float_batch(image, f"images[{i}]", is_element=True) for i, image in enumerate(images)]
    else:
        parts = [_as_float_batch(images, "images", is_element=False)]
    if device is None:
        device = next((part.device for part in parts if part.is_cuda), parts[0].device)
    parts = [part.to(device) for part in parts]
    channels = {part.shape[1] for part in parts}
    if len(channels) > 1:
        raise ValueError(f"images must have one number of channels, got {sorted(channels)}")
    if size is not None:
        parts = [_resize(part, size) for part in parts]
    sizes = {tuple(part.shape[2:]) for part in parts}
    if len(sizes) > 1:
        raise ValueError(f"images must be of one size (or give size=), got {sorted(sizes)}")
    batch = parts[0] if len(parts) == 1 else torch.cat(parts)
    shift, scale = _statistics(mean, std, channels.pop(), batch)
    return batch if mean is None and std is None else (batch - shift) / scale


def _as_float_batch(image: Any, name: str, *, is_element: bool) -> torch.Tensor:
    """Bring one image (or, unless it is an element of a list, a batch) to float32 (N, C, H, W)."""
    if isinstance(image, str | os.PathLike):
        image = imread(image)
    elif find_kind(image) is None and _is_pil(image):
        image = from_pil(image)
    check_image(image, name)
    if is_element and image.ndim == 4:
        raise ValueError(f"{name} must be one image, got shape {tuple(image.shape)}")
    # the range is mapped where the image lies, before a wider copy travels
    tensor: torch.Tensor = to_float(to_torch(image))
    return tensor[None, None] if tensor.ndim == 2 else tensor[None] if tensor.ndim == 3 else tensor


def _is_pil(image: object) -> bool:
    return any(cls.__module__ == "PIL.Image" for cls in type(image).__mro__)


def _check_size(size: Any) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}")
    height, width = (check_integer(value, "size", at_least=1, at_most=1 << 20) for value in size)
    return height, width


def _resize(batch: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    from torch.nn.functional import interpolate

    if tuple(batch.shape[2:]) == size:
        return batch
    resized: torch.Tensor = interpolate(batch, size, mode="bilinear", align_corners=False, antialias=True)
    return resized


def _statistics(
    mean: Sequence[float] | None, std: Sequence[float] | None, channels: int, batch: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    shift = [0.0] * channels if mean is None else _per_channel(mean, "mean", channels)
    scale = [1.0] * channels if std is None else _per_channel(std, "std", channels, above=0.0)
    return (batch.new_tensor(shift).reshape(1, -1, 1, 1), batch.new_tensor(scale).reshape(1, -1, 1, 1))


def _per_channel(values: Any, name: str, channels: int, *, above: float = -float("inf")) -> list[float]:
    numbers = list(values) if hasattr(values, "__iter__") else [values]
    if len(numbers) != channels:
        raise ValueError(f"{name} must have one number for each of {channels} channels, got {values!r}")
    return [check_number(getattr(number, "item", lambda: number)(), name, above=above) for number in numbers]  # noqa: B023


def to_image(
    tensor: torch.Tensor,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    dtype: Literal["uint8", "uint16", "float16", "float32", "float64"] = "uint8",
    like: Any = None,
) -> Any:
    """Undo `to_tensor`: from a network's range back to an image's.

    Parameters
    ----------
    tensor : torch.Tensor, (C, H, W) or (N, C, H, W), float
        [0, 1], or normalised by `mean` and `std`.
    mean, std : one number a channel, optional
        As given to `to_tensor`.
    dtype : "uint8", "uint16", "float16", "float32" or "float64"
        Integers are rounded half to even and saturated; floats are not clipped.
    like : array, optional
        Whose library and device the result shall have; NumPy by default.

    Returns
    -------
    image or batch of `dtype`
        Laid out as its library does; `to_image(to_tensor(x), dtype=...)` gives back every uint8 and uint16 value.

    Raises
    ------
    TypeError
        `tensor` is no float tensor.
    ValueError
        It has not 3 or 4 axes or is empty; `dtype`, `mean` or `std` is out of range.

    Examples
    --------
    >>> image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    >>> statistics = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2]}
    >>> np.array_equal(to_image(to_tensor(image, **statistics), **statistics)[0], image)
    True
    """
    if find_kind(tensor) != "torch":
        raise TypeError(f"tensor must be a torch tensor, got {describe_type(tensor)}")
    check_image(tensor, "tensor")
    if tensor.ndim == 2:
        raise ValueError(f"tensor must be (C, H, W) or (N, C, H, W), got shape {tuple(tensor.shape)}")
    if not is_float(tensor):
        raise TypeError(f"tensor must be of a float dtype, got {dtype_name(tensor)}")
    check_choice(dtype, ("uint8", "uint16", "float16", "float32", "float64"), "dtype")
    wide = tensor if dtype_name(tensor) == "float64" else tensor.float()
    if mean is not None or std is not None:
        shift, scale = _statistics(mean, std, wide.shape[-3], wide)
        shape = (-1, 1, 1)
        wide = wide * scale.reshape(shape) + shift.reshape(shape)
    made = to_uint8(wide) if dtype == "uint8" else to_uint16(wide) if dtype == "uint16" else to_float(wide, dtype)
    return to_numpy(made) if like is None else _like(made, like)


_like = like  # `to_image` has a parameter of that name


def from_pil(image: PIL.Image.Image) -> np.ndarray:
    """Return the pixels of a PIL image.

    Parameters
    ----------
    image : PIL.Image.Image
        Modes "1" (bool), "L" and "LA", "RGB", "RGBA" (uint8), "I;16" (uint16), "I" (int32), "F" (float32); "P" gives
        the colours it shows, RGB or RGBA; "CMYK", "YCbCr" and "HSV" are converted to RGB. EXIF orientation is not
        applied; `io.imread` does that.

    Returns
    -------
    numpy.ndarray, (H, W) or (H, W, C)
        A writable copy.

    Raises
    ------
    TypeError
        `image` is no PIL image.
    ValueError
        Its mode is none of these.

    Examples
    --------
    >>> from PIL import Image
    >>> from_pil(Image.new("RGB", (2, 1), (1, 2, 3))).tolist()
    [[[1, 2, 3], [1, 2, 3]]]
    """
    if not _is_pil(image):
        raise TypeError(f"image must be a PIL image, got {describe_type(image)}")
    mode = image.mode
    if mode in ("P", "PA"):
        has_alpha = mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if has_alpha else "RGB")
    elif mode in ("CMYK", "YCbCr", "HSV", "RGBX"):
        image = image.convert("RGB")
    elif mode not in ("1", "L", "LA", "RGB", "RGBA", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"):
        raise ValueError(f"image must have a mode with a faithful array (such as L, RGB or I;16), got {mode!r}")
    pixels = np.array(image)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def to_pil(image: Any) -> PIL.Image.Image:
    """Make a PIL image.

    Parameters
    ----------
    image : (H, W), or (H, W, C) with 1 to 4 channels (torch: (C, H, W)), any kind
        One channel: bool, uint8, uint16, int32 or float32. Two (gray, alpha), three and four channels: uint8.

    Returns
    -------
    PIL.Image.Image
        Mode "1", "L", "I;16", "I", "F", "LA", "RGB" or "RGBA"; values as they are.

    Raises
    ------
    TypeError
        `image` is no array, or PIL has no mode for its dtype and channels (call `to_uint8` first).
    ValueError
        `image` is a batch, empty, or has more than four channels.

    Examples
    --------
    >>> to_pil(np.zeros((2, 3, 3), np.uint8)).size
    (3, 2)
    """
    from PIL import Image

    check_image(image)
    if image.ndim == 4:
        raise ValueError(f"image must be one image, got shape {tuple(image.shape)}")
    pixels = to_numpy(image)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels > 4:
        raise ValueError(f"image must have at most four channels, got shape {tuple(image.shape)}")
    allowed = ("bool", "uint8", "uint16", "int32", "float32") if channels == 1 else ("uint8",)
    if dtype_name(pixels) not in allowed:
        raise TypeError(
            f"image must be {' or '.join(allowed)} with {channels} channel(s) (arrays.to_uint8 makes it so), "
            f"got {dtype_name(pixels)}"
        )
    return Image.fromarray(np.array(pixels, dtype=pixels.dtype.newbyteorder("="), order="C"))
