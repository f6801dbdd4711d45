"""One line for each public function of points, matrices and cameras: what to call it with, and what it promises.

The contract tests of parameters run over this table; such a function that is missing from it fails them.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.libraries import Library


@dataclass(frozen=True)
class ParameterExample:
    """How to call a function of parameters, and which rules hold for it.

    operands: makes the float64 arrays that it takes first, all of one library, from a random generator.
    options: small parameters, which stay NumPy whatever the library. leading: what comes before the operands.
    batched: problems stacked on a leading axis are solved at once. differentiable: with respect to every operand.
    host_only: a device array is a TypeError that names the conversion.
    any_rows: (N, D) of any N and D is a legal shape.
    takes_nan: a NaN makes a NaN of what it touches; otherwise it is a ValueError on host arrays.
    constrained: operands obey an equation, so that gradients are not checked by varying them freely.
    nearness: how far kinds, batches and float32 may be apart, in units of the rounding of the result.
    syncs: how often it waits for a device, None for any number.
    bad: operands, or options, that must raise a ValueError, each made from good operands.
    """

    operands: Callable[[np.random.Generator], list[np.ndarray]]
    options: dict[str, Any] = field(default_factory=dict)
    leading: tuple[Any, ...] = ()
    constrained: bool = False
    batched: bool = False
    differentiable: bool = True
    host_only: bool = False
    takes_nan: bool = False
    any_rows: bool = False
    nearness: float = 1e4
    syncs: int | None = 0
    bad: tuple[Callable[[list[np.ndarray]], tuple[list[np.ndarray], dict[str, Any]]], ...] = ()


def plain(library: Library, x: np.ndarray) -> Any:
    """Copy into a library without any change of layout: points have none."""
    x = np.array(x)
    if library.name == "torch":
        import torch

        return torch.from_numpy(x)
    if library.name == "cupy":
        import cupy

        return cupy.asarray(x)
    return library.make(x)


def parts(result: Any) -> list[Any]:
    """Return the arrays of a result that may be a tuple, a list or a dataclass, in order."""
    if dataclasses.is_dataclass(result):
        result = [getattr(result, f.name) for f in dataclasses.fields(result)]
    if isinstance(result, tuple | list):
        return [part for one in result for part in parts(one)]
    return [result]


def host(x: Any) -> np.ndarray:
    """Return any array as NumPy, its axes as they are."""
    if hasattr(x, "get"):
        return x.get()  # type: ignore[no-any-return]
    return x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)


HOMOGRAPHY = np.array([[1.1, 0.1, 5.0], [-0.1, 0.9, 3.0], [1e-3, 2e-3, 1.0]])


def moved_points(rng: np.random.Generator, wrong: int = 0) -> list[np.ndarray]:
    """Twenty points and where a homography moves them, with noise; the first few anywhere."""
    source = rng.uniform(0, 100, (20, 2))
    lifted = np.column_stack((source, np.ones(20))) @ HOMOGRAPHY.T
    target = lifted[:, :2] / lifted[:, 2:] + rng.normal(0, 0.2, (20, 2))
    target[:wrong] = rng.uniform(0, 100, (wrong, 2))
    return [source, target]


def boxes(rng: np.random.Generator) -> list[np.ndarray]:
    corner = rng.uniform(0, 100, (9, 2))
    return [np.concatenate((corner, corner + rng.uniform(1, 50, (9, 2))), axis=1)]


def affine_matrix(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.concatenate((rng.normal(size=(2, 3)), [[0.0, 0.0, 1.0]]))]


INTRINSICS = np.array([[300.0, 0.0, 160.0], [0.0, 310.0, 120.0], [0.0, 0.0, 1.0]])
TURN = np.array([[0.96, 0.0, 0.28], [0.0, 1.0, 0.0], [-0.28, 0.0, 0.96]])
SHIFT = np.array([-1.4, 0.1, 0.2])
CAMERAS = INTRINSICS @ np.eye(3, 4), INTRINSICS @ np.column_stack((TURN, SHIFT))
ESSENTIAL = np.cross(np.eye(3), -SHIFT / np.linalg.norm(SHIFT)) @ TURN
FUNDAMENTAL = np.linalg.inv(INTRINSICS).T @ ESSENTIAL @ np.linalg.inv(INTRINSICS)


def two_views(rng: np.random.Generator, wrong: int = 0, count: int = 20) -> list[np.ndarray]:
    """Points of a scene in two images, with noise; the first few anywhere."""
    scene = np.column_stack((rng.uniform(-1, 1, (count, 2)), rng.uniform(3, 6, count), np.ones(count)))
    seen = [scene @ P.T for P in CAMERAS]
    points1, points2 = (x[:, :2] / x[:, 2:] + rng.normal(0, 0.2, (count, 2)) for x in seen)
    points2[:wrong] = rng.uniform(0, 240, (wrong, 2))
    return [points1, points2]


def near(matrix: np.ndarray) -> Callable[[np.random.Generator], list[np.ndarray]]:
    return lambda rng: [matrix / np.linalg.norm(matrix) * (1 + 0.01 * rng.normal(size=matrix.shape))]


DISTORTION = np.array([-0.2, 0.05, 0.002, -0.001, 0.01])


def scene(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.column_stack((rng.uniform(-1, 1, (12, 2)), rng.uniform(3, 6, 12)))]


def boards(rng: np.random.Generator) -> list[np.ndarray]:
    """Three views of a board of 4 × 5 points, with noise."""
    board = np.column_stack((np.mgrid[:5, :4].reshape(2, -1).T, np.zeros(20)))
    nod = np.roll(TURN, 2, (0, 1))  # about x, as TURN is about y
    turns = [TURN, nod, nod.T @ TURN.T]
    seen = [(board @ R.T + [-2.0, -1.5, 9.0]) @ INTRINSICS.T for R in turns]
    return [np.stack([board] * 3), np.stack([x[:, :2] / x[:, 2:] for x in seen]) + rng.normal(0, 0.01, (3, 20, 2))]


def pair_of_cameras(rng: np.random.Generator) -> list[np.ndarray]:
    return [INTRINSICS.copy(), INTRINSICS * [[1.01], [1.02], [1.0]], TURN.copy(), SHIFT.copy()]


PARAMETERS: dict[str, ParameterExample] = {
    "features.match": ParameterExample(lambda rng: [rng.random((40, 6)), rng.random((50, 6))], {"ratio": 0.95}, differentiable=False, syncs=None, bad=(lambda x: (x, {"ratio": 0.0}), lambda x: (x, {"max_distance": -1.0}), lambda x: (x, {"metric": "cosine"}), lambda x: (x, {"metric": "hamming"}))),
    "geometry.calibrate_camera": ParameterExample(boards, {"size": (240, 320), "coefficients": 4}, differentiable=False, host_only=True, nearness=1e7, bad=(lambda x: ([x[0][:1], x[1][:1]], {}), lambda x: ([x[0][:2], x[1]], {}), lambda x: ([x[0][:, :3], x[1][:, :3]], {}), lambda x: (x, {"coefficients": 3}), lambda x: ([x[0] + 1.0, x[1]], {}))),
    "geometry.camera_matrix": ParameterExample(near(INTRINSICS), {"R": TURN, "t": SHIFT}, batched=True, bad=(lambda x: (x, {"R": np.eye(2)}), lambda x: (x, {"t": [1.0, 2.0]}))),
    "geometry.decompose_affine": ParameterExample(affine_matrix, batched=True, constrained=True),
    "geometry.decompose_essential": ParameterExample(near(ESSENTIAL), batched=True, differentiable=False, bad=(lambda x: ([np.outer(x[0][0], x[0][1])], {}),)),
    "geometry.distort_points": ParameterExample(lambda rng: two_views(rng)[:1], {"K": INTRINSICS, "distortion": DISTORTION}, batched=True, takes_nan=True, bad=(lambda x: (x, {"K": np.diag([1.0, 0.0, 1.0])}), lambda x: (x, {"K": 2 * INTRINSICS}), lambda x: (x, {"distortion": [0.1] * 3}))),
    "geometry.epipolar_lines": ParameterExample(lambda rng: two_views(rng)[:1], leading=(FUNDAMENTAL,), options={"of": 2}, batched=True, takes_nan=True, bad=(lambda x: (x, {"of": 3}), lambda x: (x, {"of": "1"}))),
    "geometry.epipoles": ParameterExample(near(FUNDAMENTAL), batched=True),
    "geometry.essential_5point": ParameterExample(lambda rng: two_views(rng, count=5), {"K1": INTRINSICS, "K2": INTRINSICS}, differentiable=False, nearness=1e6, syncs=None, bad=(lambda x: ([x[0][:4], x[1][:4]], {}), lambda x: (x, {"K2": None}), lambda x: (x, {"K1": np.ones((3, 3))}))),
    "geometry.essential_from_fundamental": ParameterExample(near(FUNDAMENTAL), {"K1": INTRINSICS, "K2": INTRINSICS}, batched=True, differentiable=False, bad=(lambda x: ([np.outer(x[0][0], x[0][1])], {}),)),
    "geometry.estimate_transform": ParameterExample(moved_points, leading=("projective",), batched=True, bad=(lambda x: ([x[0][:3], x[1][:3]], {}), lambda x: ([x[0], x[1][1:]], {}))),
    "geometry.fundamental_7point": ParameterExample(lambda rng: two_views(rng, count=7), differentiable=False, nearness=1e6, syncs=None, bad=(lambda x: ([x[0][:6], x[1][:6]], {}), lambda x: ([np.concatenate(x)] * 2, {}))),
    "geometry.fundamental_8point": ParameterExample(two_views, batched=True, bad=(lambda x: ([x[0][:7], x[1][:7]], {}), lambda x: ([x[0], x[1][1:]], {}))),
    "geometry.fundamental_from_cameras": ParameterExample(lambda rng: [P + 0.01 * rng.normal(size=(3, 4)) for P in CAMERAS], batched=True, bad=(lambda x: ([x[0], x[1][None]], {}),)),
    "geometry.fundamental_from_essential": ParameterExample(near(ESSENTIAL), {"K1": INTRINSICS, "K2": INTRINSICS}, batched=True, bad=(lambda x: (x, {"K1": np.eye(2)}),)),
    "geometry.project_points": ParameterExample(scene, {"K": INTRINSICS, "distortion": DISTORTION} | {"R": TURN, "t": SHIFT}, batched=True, takes_nan=True, bad=(lambda x: (x, {"K": np.diag([1.0, 0.0, 1.0])}), lambda x: (x, {"K": 2 * INTRINSICS}), lambda x: (x, {"distortion": [0.1] * 3}))),
    "geometry.ransac_essential": ParameterExample(lambda rng: two_views(rng, wrong=6), {"K1": INTRINSICS, "K2": INTRINSICS}, differentiable=False, nearness=1e6, syncs=None, bad=(lambda x: ([x[0][:5], x[1][:5]], {}), lambda x: (x, {"threshold": 0.0}), lambda x: (x, {"confidence": 1.5}), lambda x: (x, {"max_trials": 0}), lambda x: (x, {"rng": -1}))),
    "geometry.ransac_fundamental": ParameterExample(lambda rng: two_views(rng, wrong=6), differentiable=False, nearness=1e6, syncs=None, bad=(lambda x: ([x[0][:7], x[1][:7]], {}), lambda x: (x, {"threshold": 0.0}), lambda x: (x, {"confidence": 1.5}), lambda x: (x, {"max_trials": 0}), lambda x: (x, {"rng": -1}))),
    "geometry.ransac_transform": ParameterExample(lambda rng: moved_points(rng, wrong=5), leading=("projective",), differentiable=False, syncs=None, bad=(lambda x: ([x[0][:3], x[1][:3]], {}), lambda x: (x, {"threshold": 0.0}), lambda x: (x, {"confidence": 1.5}), lambda x: (x, {"max_trials": 0}), lambda x: (x, {"rng": -1}))),
    "geometry.recover_pose": ParameterExample(two_views, {"K1": INTRINSICS, "K2": INTRINSICS}, leading=(ESSENTIAL,), batched=True, differentiable=False, bad=(lambda x: ([x[0], x[1][1:]], {}),)),
    "geometry.rectify": ParameterExample(pair_of_cameras, {"size": (240, 320), "alpha": 0.3}, differentiable=False, syncs=None, bad=(lambda x: ([*x[:3], -x[3]], {}), lambda x: ([*x[:3], 0 * x[3]], {}), lambda x: ([*x[:2], 2 * x[2], x[3]], {}), lambda x: (x, {"alpha": 1.5}), lambda x: (x, {"size": (0, 4)}))),
    "geometry.rectify_uncalibrated": ParameterExample(two_views, {"size": (240, 320)}, leading=(FUNDAMENTAL,), differentiable=False, nearness=1e6, syncs=None, bad=(lambda x: ([x[0][:2], x[1][:2]], {}), lambda x: ([x[0][:, [0, 0]], x[1]], {}), lambda x: (x, {"size": (10**5, 10**5)}))),
    "geometry.sampson_distance": ParameterExample(two_views, leading=(FUNDAMENTAL,), batched=True, takes_nan=True, bad=(lambda x: ([x[0], x[1][1:]], {}),)),
    "geometry.transform_boxes": ParameterExample(boxes, leading=(HOMOGRAPHY,), batched=True, takes_nan=True),
    "geometry.transform_points": ParameterExample(lambda rng: moved_points(rng)[:1], leading=(HOMOGRAPHY,), batched=True, takes_nan=True),
    "geometry.triangulate": ParameterExample(two_views, leading=CAMERAS, batched=True, takes_nan=True, bad=(lambda x: ([x[0], x[1][1:]], {}),)),
    "geometry.undistort_points": ParameterExample(lambda rng: two_views(rng)[:1], {"K": INTRINSICS, "distortion": DISTORTION}, batched=True, takes_nan=True, bad=(lambda x: (x, {"K": np.diag([1.0, 0.0, 1.0])}), lambda x: (x, {"K": 2 * INTRINSICS}), lambda x: (x, {"distortion": [0.1] * 3}))),
    "metrics.corner_error": ParameterExample(near(HOMOGRAPHY), {"H_true": HOMOGRAPHY, "size": (7, 9)}, batched=True, bad=(lambda x: (x, {"size": (0, 4)}), lambda x: (x, {"H_true": np.eye(2)}))),
    "segmentation.kmeans": ParameterExample(lambda rng: [rng.random((40, 3)) + rng.integers(0, 4, (40, 1))], {"k": 4}, any_rows=True, batched=True, differentiable=False, syncs=None, bad=(lambda x: (x, {"k": 41}), lambda x: (x, {"k": 0}), lambda x: (x, {"tolerance": -1.0}))),
    "segmentation.mean_shift": ParameterExample(lambda rng: [rng.random((40, 3)) + rng.integers(0, 4, (40, 1))], {"bandwidth": 0.8}, any_rows=True, differentiable=False, syncs=None, bad=(lambda x: (x, {"bandwidth": 0.0}), lambda x: (x, {"kernel": "box"}), lambda x: (x, {"max_iterations": 0}), lambda x: (x, {"tolerance": -1.0}))),
    "segmentation.vector_quantize": ParameterExample(lambda rng: [rng.random((40, 3))], {"codebook": np.random.default_rng(1).random((7, 3))}, takes_nan=True, bad=(lambda x: (x, {"codebook": [[1.0, 2.0]]}), lambda x: (x, {"codebook": []}))),
}  # fmt: skip
