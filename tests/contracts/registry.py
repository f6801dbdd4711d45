"""One line for each public function that takes images: what to call it with, and what it promises.

The contract tests run over this table; a public function that is missing from it fails them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Example:
    """How to call a function, and which rules hold for it.

    operands: the arrays it takes first, each "any" (1 or 3 channels), "gray", "rgb" or "mask".
    gives: the class of the result. shape: that of the first operand, or with its channels gone ("gray") or three ("rgb"),
    or one number for each plane ("plane").
    selects: an image-valued result holds only values of the input, so that masks stay bool.
    ranged: values mean a range, so float pictures are in [0, 1] and integers without a range are given data_range.
    alpha: a fourth channel is welcome where three are. mixes: channels are looked at together.
    reach: how far a NaN spreads in rows and columns, where that is a window.
    bad: options that must raise a ValueError. syncs: how often it waits for a device.
    """

    operands: tuple[Literal["any", "gray", "rgb", "mask"], ...]
    gives: Literal["image", "measurement", "mask", "labels"]
    options: dict[str, Any] = field(default_factory=dict)
    shape: Literal["same", "gray", "rgb", "plane"] = "same"
    selects: bool = False
    ranged: bool = False
    alpha: bool = False
    mixes: bool = False
    differentiable: bool = True
    reach: tuple[int, int] | None = None
    bad: tuple[dict[str, Any], ...] = ()
    syncs: int = 0


NO_BORDER = ({"border": "mirror"}, {"border": 3})
NO_SIGMA = ({"sigma": -1.0}, {"sigma": float("nan")}, {"sigma": 1e300})
NO_RANGE = ({"data_range": (1.0, 0.0)}, {"data_range": (0.0, float("nan"))})
ALPHAS = {"alphas": (0.5, -0.3, 0.2)}
TWO_SIGMAS = {"sigma_space": 1.0, "sigma_range": 30.0}
RANK_ONE = (
    (1.0, 2.0, 3.0, -2.0, 1.0),
    (-2.0, -4.0, -6.0, 4.0, -2.0),
    (0.5, 1.0, 1.5, -1.0, 0.5),
    (2.0, 4.0, 6.0, -4.0, 2.0),
    (1.0, 2.0, 3.0, -2.0, 1.0),
)
NO_BINS = ({"bins": 1}, {"bins": 65537})
KERNEL = ((0.1, 0.2, -0.3), (0.4, 0.0, 0.6))
CROSS = ((0, 1, 0), (1, 1, 1), (0, 1, 0))
NO_FOOTPRINT = ({"footprint": [[0, 0]]}, {"footprint": [1, 1]}, {"footprint": [[float("nan")]]}, *({"footprint": CROSS} | bad for bad in NO_BORDER))  # fmt: skip

EXAMPLES: dict[str, Example] = {
    "color.bgr_to_rgb": Example(("rgb",), "image", selects=True, alpha=True),
    "color.delta_e": Example(("rgb", "rgb"), "measurement", shape="gray", reach=(0, 0)),
    "color.gray_to_rgb": Example(("gray",), "image", shape="rgb", selects=True),
    "color.hsv_to_rgb": Example(("rgb",), "measurement", ranged=True, bad=NO_RANGE),
    "color.lab_to_rgb": Example(("rgb",), "measurement"),
    "color.linear_to_srgb": Example(("any",), "measurement", ranged=True, reach=(0, 0), bad=NO_RANGE),
    "color.pca_color": Example(("rgb",), "measurement", ALPHAS, ranged=True, bad=(*({"alphas": a} for a in ([1.0, 2.0], [float("nan")] * 3)), {"covariance": [1.0]}, *NO_RANGE)),
    "color.rgb_to_bgr": Example(("rgb",), "image", selects=True, alpha=True),
    "color.rgb_to_gray": Example(("rgb",), "image", shape="gray", reach=(0, 0), bad=({"weights": "hdtv"},)),
    "color.rgb_to_hsv": Example(("rgb",), "measurement", ranged=True, bad=NO_RANGE),
    "color.rgb_to_lab": Example(("rgb",), "measurement", ranged=True, bad=NO_RANGE),
    "color.rgb_to_xyz": Example(("rgb",), "measurement", ranged=True, bad=NO_RANGE),
    "color.rgb_to_ycbcr": Example(("rgb",), "measurement", {"range": "studio"}, ranged=True, bad=({"range": "video"}, *NO_RANGE)),
    "color.srgb_to_linear": Example(("any",), "measurement", ranged=True, reach=(0, 0), bad=NO_RANGE),
    "color.xyz_to_rgb": Example(("rgb",), "measurement"),
    "color.ycbcr_to_rgb": Example(("rgb",), "measurement", {"range": "studio"}, ranged=True, bad=({"range": 3}, *NO_RANGE)),
    "edges.canny": Example(("gray",), "mask", {"sigma": 1.2}, shape="gray", differentiable=False, bad=(*NO_SIGMA, {"sigma": 0.0}, {"low": 2.0, "high": 1.0}, {"high": -1.0}, {"high": 1.5, "quantiles": True}, *NO_BORDER)),
    "edges.direction": Example(("any", "any"), "measurement", reach=(0, 0)),
    "edges.gaussian_gradient": Example(("any",), "measurement", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0}, {"sigma": 1.0, "truncate": 0.0}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "edges.gradient_magnitude": Example(("any",), "measurement", {"kernel": "scharr"}, reach=(1, 1), bad=({"kernel": "laplace"}, *NO_BORDER)),
    "edges.hysteresis": Example(("any",), "mask", {"low": 60, "high": 180}, differentiable=False, bad=({"low": 2.0, "high": 1.0}, {"low": float("nan"), "high": 1.0})),
    "edges.laplacian_zero_crossings": Example(("any",), "mask", {"sigma": 1.2}, differentiable=False, bad=(*NO_SIGMA, {"sigma": 0.0}, {"sigma": 1.0, "threshold": -1.0}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "edges.magnitude": Example(("any", "any"), "measurement", reach=(0, 0)),
    "edges.non_maximum_suppression": Example(("any", "any"), "measurement"),
    "edges.prewitt": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "edges.scharr": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "edges.sobel": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "filters.bilateral": Example(("any",), "image", TWO_SIGMAS, mixes=True, bad=({"sigma_space": 0.0}, {"sigma_range": 0.0}, {"truncate": -1.0}, *NO_BORDER)),
    "filters.box": Example(("any",), "image", {"size": (3, 5)}, reach=(1, 2), bad=({"size": 4}, {"size": 0}, {"size": (3, 3, 3)}, *NO_BORDER)),
    "filters.clahe": Example(("any",), "image", {"tiles": (2, 3)}, ranged=True, differentiable=False, bad=({"clip_limit": 0.0}, {"tiles": (0, 1)}, {"tiles": 8}, *NO_BINS, *NO_RANGE)),
    "filters.convolve": Example(("any",), "measurement", {"kernel": RANK_ONE}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *NO_BORDER)),
    "filters.correlate": Example(("any",), "measurement", {"kernel": KERNEL}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *({"kernel": KERNEL} | bad for bad in NO_BORDER))),
    "filters.difference_of_gaussians": Example(("any",), "measurement", {"low_sigma": 0.8}, reach=(5, 5), bad=({"low_sigma": -1.0}, {"low_sigma": 0.0}, {"high_sigma": 0.5}, {"truncate": 0.0}, *NO_BORDER)),
    "filters.equalize": Example(("any",), "image", ranged=True, differentiable=False, bad=(*NO_BINS, *NO_RANGE)),
    "filters.gaussian": Example(("any",), "image", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0, "order": 1}, {"sigma": 1.0, "order": 9}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "filters.laplacian": Example(("any",), "measurement", bad=NO_BORDER),
    "filters.laplacian_of_gaussian": Example(("any",), "measurement", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "filters.median": Example(("any",), "image", {"size": (3, 5)}, selects=True, reach=(1, 2), bad=({"size": 4}, {"size": 0}, {"size": (3, 3, 3)}, {"size": 10**6 + 1}, *NO_BORDER)),
    "filters.otsu": Example(("any",), "measurement", shape="plane", differentiable=False, bad=NO_BINS),
    "filters.unsharp_mask": Example(("any",), "image", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 1.0, "amount": float("inf")}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "morphology.black_tophat": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.closing": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.dilate": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, reach=(1, 1), bad=NO_FOOTPRINT),
    "morphology.distance_transform": Example(("mask",), "measurement", shape="gray", differentiable=False),
    "morphology.erode": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, reach=(1, 1), bad=NO_FOOTPRINT),
    "morphology.fill_holes": Example(("mask",), "mask", {"max_size": 9}, shape="gray", differentiable=False, bad=({"max_size": -1}, {"connectivity": 6})),
    "morphology.label": Example(("mask",), "labels", shape="gray", differentiable=False, bad=({"connectivity": 6},)),
    "morphology.morphological_gradient": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.opening": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.remove_small": Example(("mask",), "mask", {"min_size": 9}, shape="gray", differentiable=False, bad=({"min_size": -1}, {"connectivity": 6})),
    "morphology.skeletonize": Example(("mask",), "mask", shape="gray", differentiable=False),
    "morphology.white_tophat": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
}  # fmt: skip
