"""Steps one after another, on whatever belongs to a sample, with one interpolation of its image."""

import contextvars
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deep.data.augment.color import ColorStep, add_offsets
from deep.data.augment.motion import Motion
from deep.data.augment.reading import Reading, are_turned, read, read_windows
from deep.data.augment.steps import Step, View
from imgproc._array.dtypes import cast_to, dtype_name, parameter_dtype
from imgproc._array.kinds import kind, namespace
from imgproc._array.layout import size_of
from imgproc._checks import check_choice, check_flag, check_image, check_number, check_points, check_rng
from imgproc._dispatch import can_share_memory
from imgproc.arrays import like, to_numpy
from imgproc.geometry import transform_boxes, transform_points, warp
from imgproc.geometry.warp import check_sampling
from imgproc.primitives._bands import run_bands
from imgproc.typing import Border, Interpolation

__all__ = ["Change", "Compose"]

_COST = 8
"""Of a number of a result that is read between pixels."""

Rng = int | np.random.Generator


@dataclass(frozen=True)
class Change:
    """What was drawn for one sample.

    Parameters
    ----------
    motion : Motion
        Where its pixels go.
    offsets : (C,), or () where no colour was drawn
        What is added to its channels, in units of their range.
    """

    motion: Motion
    offsets: NDArray[np.float64]


class Compose:
    """Augment samples: draw from each step, then read the image once where all of them together say.

    Parameters
    ----------
    steps : Mirror, Crop, ResizedCrop, OverlapCrop, Rotate, Shear, LocalWarp, ShiftColor, PcaColor, or alike
        Moves happen in their order, and before colours. What a crop cuts off is still there for a later rotation.
    interpolation, border, fill
        How the image is read, as in `imgproc.geometry.warp`. Masks are read by "nearest", and have `mask_fill` outside
        where the border is "constant".
    antialias : bool
        Whether an image is averaged where it becomes smaller.
    mask_fill : number
    keep : "all", "center", or a share from 0 to 1
        Which boxes stay: all of them, also outside the image; those whose centres are inside; or those of whose area at
        least this share is, and some. But for "all" they are cut off at the image's edge, and labels and masks of the
        others go with them.

    Raises
    ------
    TypeError
        A step draws neither moves nor colours.
    ValueError
        A word or number is out of range.

    Notes
    -----
    Whole-pixel moves (mirror, crop) copy pixels, or give a view; a resized window is `resize`; the rest is one `warp`,
    or one `remap` where a `LocalWarp` is among the steps. A turned image that becomes smaller than 2/3 is reduced by
    `resize` before its `warp`. An image on a CPU and one on a GPU are moved alike; matrices are float64 on both.

    Examples
    --------
    >>> from deep.data.augment import Mirror, Rotate
    >>> augment = Compose(Mirror(probability=1), Rotate(0))
    >>> sample = {"image": np.array([[1, 2, 3]], np.uint8), "boxes": np.array([[0.0, 0.0, 1.0, 1.0]])}
    >>> moved = augment(sample, rng=0)
    >>> moved["image"].tolist(), moved["boxes"].tolist()
    ([[3, 2, 1]], [[2.0, 0.0, 3.0, 1.0]])
    """

    def __init__(
        self,
        *steps: Step | ColorStep,
        interpolation: Interpolation = "linear",
        border: Border = "constant",
        fill: float = 0.0,
        antialias: bool = True,
        mask_fill: float = 0.0,
        keep: Literal["all", "center"] | float = "all",
    ) -> None:
        for step in steps:
            if not hasattr(step, "draw") and not hasattr(step, "draw_offsets"):
                raise TypeError(f"steps must draw moves or colours, got {step!r}")
        check_sampling(np.zeros((1, 1)), interpolation, border, fill)
        self.steps = steps
        self.how = Reading(interpolation, border, fill, check_flag(antialias, "antialias"))
        self.how_masks = Reading("nearest", border, check_number(mask_fill, "mask_fill"), antialias=False)
        self.keep = check_choice(keep, ("all", "center"), "keep") if isinstance(keep, str) else keep
        if not isinstance(keep, str):
            check_number(keep, "keep", at_least=0, at_most=1)

    def __call__(self, sample: Any, rng: Rng | Sequence[np.random.Generator] = 0) -> Any:
        """Augment an image, a batch of images, or a sample with what belongs to its image.

        Parameters
        ----------
        sample : image (H, W, C), torch (C, H, W), or a batch; or a dict
            A dict has an `image`, and may have `boxes` (N, 4) as edges, `points` (N, 2), `masks` (H, W, N), torch
            (N, H, W), or (H, W), and `labels` (N,); other entries pass.
        rng : int or numpy.random.Generator; for a batch also one Generator for each image
            Draws for the images of a batch one after another. A number draws the same each time; `Augmented` gives
            every sample of every epoch a Generator of its own.

        Returns
        -------
        as `sample`; dtypes and kinds stay, but boxes and points become floats
            The image may be a view of the one given.

        Raises
        ------
        TypeError, ValueError
            An entry is no array of its kind and shape, a step does not fit the image, or the results of a batch would
            have different sizes.
        """
        if isinstance(sample, Mapping):
            return self.apply(self.draw(sample, rng), sample)  # type: ignore[arg-type]
        if getattr(sample, "ndim", 0) != 4:
            return self._moved(sample, self.draw(sample, rng))  # type: ignore[arg-type]
        check_image(sample)
        many = rng if isinstance(rng, Sequence) else [check_rng(rng)] * len(sample)
        if len(many) != len(sample):
            raise ValueError(f"rng must have one Generator for each of {len(sample)} images, got {len(many)}")
        return self._batch(sample, [self.draw(image, one) for image, one in zip(sample, many, strict=True)])

    def draw(self, sample: Any, rng: Rng = 0) -> Change:
        """Draw what shall happen to an image or a dict, for `apply` to do to several: two views, two frames."""
        entries: Mapping[str, Any] = sample if isinstance(sample, Mapping) else {"image": sample}
        image = entries["image"]
        check_image(image)
        if image.ndim == 4:
            raise ValueError(f"image must be one image to draw for, got shape {tuple(image.shape)}")
        generator = check_rng(rng)
        motion, offsets = Motion(size_of(image)), np.zeros(())
        for step in self.steps:
            if hasattr(step, "draw"):
                move = step.draw(View(motion.size, lambda: _boxes_of(entries, motion)), generator)  # noqa: B023
                motion = motion if move is None else motion.then(move)
            else:
                offsets = offsets + step.draw_offsets(image, generator)
        return Change(motion, offsets)

    def apply(self, change: Change, sample: Any) -> Any:
        """Do to an image, to all images of a batch alike, or to a dict what was drawn."""
        if not isinstance(sample, Mapping):
            return self._image(sample, change)
        made, motion = dict(sample), change.motion
        made["image"] = self._image(sample["image"], change)
        if "masks" in sample:
            made["masks"] = _read_masks(sample["masks"], motion, self.how_masks)
        if "points" in sample:
            made["points"] = move_points(sample["points"], motion)
        if "boxes" in sample:
            made["boxes"] = move_boxes(sample["boxes"], motion)
            if self.keep != "all":
                _drop_outside(made, motion.size, self.keep)
        return made

    def _image(self, image: Any, change: Change) -> Any:
        check_image(image)
        if size_of(image) != change.motion.source:
            raise ValueError(f"image must have the size drawn for, {change.motion.source}, got {size_of(image)}")
        return self._moved(image, change)

    def _moved(self, image: Any, change: Change) -> Any:
        return add_offsets(read(image, change.motion, self.how), change.offsets)

    def _batch(self, images: Any, changes: list[Change]) -> Any:
        """Move a batch: at once where all go alike, or no image can skip what a matrix asks for; else one by one."""
        motions = [change.motion for change in changes]
        sizes = {motion.size for motion in motions}
        if len(sizes) > 1:
            raise ValueError(f"images must come out with one size to make a batch, got {sorted(sizes)}")
        matrices = [motion.matrix for motion in motions if motion.matrix is not None]
        is_affine = len(matrices) == len(motions)
        if is_affine and all(np.array_equal(matrix, matrices[0]) for matrix in matrices):
            moved = read(images, motions[0], self.how)
        elif is_affine and (_is_on_device(images) or are_turned(motions, self.how)):
            words: dict[str, Any] = {"interpolation": self.how.interpolation, "border": self.how.border}
            words["antialias"] = _is_on_device(images) and self.how.antialias and any(map(_shrinks, matrices))
            moved = warp(images, np.stack(matrices), size=sizes.pop(), fill=self.how.fill, **words)
        else:
            moved = _read_each(images, motions, self.how)
        return add_offsets(moved, np.stack([change.offsets for change in changes]))


def _read_each(images: Any, motions: list[Motion], how: Reading) -> Any:
    """Move images one by one into one batch, on a CPU some in each thread; with gradients they are stacked."""
    xp = namespace(images)
    if not _is_plain(images):
        return xp.stack([read(image, motion, how) for image, motion in zip(images, motions, strict=True)])
    shown = read_windows(images, motions, how)
    if shown is not None:
        return shown
    size = motions[0].size
    shape = (*images.shape[:2], *size) if kind(images) == "torch" else (len(images), *size, images.shape[3])
    batch = xp.empty(shape, dtype=images.dtype)
    target = np.asarray(batch)
    contexts = [contextvars.copy_context() for _ in motions]

    def read_some(first: int, last: int) -> None:
        for i in range(first, last):
            target[i] = contexts[i].run(read, images[i], motions[i], how)

    run_bands(read_some, len(images), _COST * target.size, least_rows=1)
    return batch


def _is_plain(images: Any) -> bool:
    """Say whether a batch keeps its dtype and NumPy can write to one like it."""
    is_host = kind(images) == "numpy" or (kind(images) == "torch" and images.device.type == "cpu")
    if not is_host or dtype_name(images) == "bool":
        return False
    return kind(images) == "numpy" or (can_share_memory(images) and not images.requires_grad)


def move_boxes(boxes: Any, motion: Motion) -> Any:
    """Move boxes (N, 4) of any kind."""
    check_points(boxes, "boxes", dim=4)
    if motion.matrix is not None:
        return transform_boxes(motion.matrix, boxes)
    return like(cast_to(motion.boxes(_exact(boxes)), parameter_dtype(boxes)), boxes)


def move_points(points: Any, motion: Motion) -> Any:
    """Move points (N, 2) of any kind."""
    check_points(points)
    if motion.matrix is not None:
        return transform_points(motion.matrix, points)
    return like(cast_to(motion.points(_exact(points)), parameter_dtype(points)), points)


def _exact(points: Any) -> NDArray[np.float64]:
    return np.asarray(cast_to(to_numpy(points), "float64"))


def _boxes_of(entries: Mapping[str, Any], motion: Motion) -> NDArray[np.float64]:
    if "boxes" not in entries:
        return np.empty((0, 4))
    check_points(entries["boxes"], "boxes", dim=4)
    return motion.boxes(_exact(entries["boxes"]))


def _read_masks(masks: Any, motion: Motion, how: Reading) -> Any:
    if size_of(masks) != motion.source:
        shapes = f"{size_of(masks)} and {motion.source}"
        raise ValueError(f"masks must have the size of the image, torch (N, H, W), NumPy (H, W, N), got {shapes}")
    if 0 not in masks.shape:
        return read(masks, motion, how)
    xp = namespace(masks)  # no masks at all: only their size changes
    shape = (0, *motion.size) if kind(masks) == "torch" else (*motion.size, 0)
    return xp.zeros(shape, dtype=masks.dtype, device=masks.device)


def _drop_outside(sample: dict[str, Any], size: tuple[int, int], keep: str | float) -> None:
    """Cut boxes off at the image's edge; leave those out, with their labels and masks, that `keep` does not want."""
    boxes = _exact(sample["boxes"])
    edges = np.array([size[1], size[0], size[1], size[0]], np.float64)
    inside = np.clip(boxes, 0, edges)
    visible = (inside[:, 2] - inside[:, 0]) * (inside[:, 3] - inside[:, 1])
    if keep == "center":
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        stays = ((middle >= 0) & (middle < edges[:2])).all(axis=1)
    else:
        stays = visible >= float(keep) * (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = np.flatnonzero(stays & (visible > 0))
    sample["boxes"] = like(cast_to(inside[kept], parameter_dtype(sample["boxes"])), sample["boxes"])
    if "labels" in sample:
        sample["labels"] = _select(sample["labels"], kept)
    if "masks" in sample and getattr(sample["masks"], "ndim", 0) == 3:
        masks = sample["masks"]
        sample["masks"] = _select(masks, kept) if kind(masks) == "torch" else masks[..., kept]


def _select(rows: Any, kept: NDArray[np.intp]) -> Any:
    if isinstance(rows, list | tuple):
        return type(rows)(rows[i] for i in kept)
    return rows[namespace(rows).asarray(kept, device=rows.device)]


def _is_on_device(images: Any) -> bool:
    return kind(images) == "cupy" or (kind(images) == "torch" and images.device.type != "cpu")


def _shrinks(matrix: Any) -> bool:
    return bool(np.linalg.norm(np.linalg.inv(matrix)[:2, :2], axis=1).max() > 1 + 1e-9)
