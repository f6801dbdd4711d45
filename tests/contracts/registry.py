"""One line for each public function that takes images: what to call it with, and what it promises.

The contract tests run over this table; a public function that is missing from it fails them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Example:
    """How to call a function, and which rules hold for it.

    operands: the arrays it takes first, each "any" (1 or 3 channels), "gray", "rgb" or "mask".
    gives: the class of the result. shape: that of the first operand, or with its channels gone ("gray") or three ("rgb").
    selects: an image-valued result holds only values of the input, so that masks stay bool.
    reach: how far a NaN spreads in rows and columns, where that is a window.
    bad: options that must raise a ValueError. syncs: how often it waits for a device.
    """

    operands: tuple[Literal["any", "gray", "rgb", "mask"], ...]
    gives: Literal["image", "measurement", "mask", "labels"]
    options: dict[str, Any] = field(default_factory=dict)
    shape: Literal["same", "gray", "rgb"] = "same"
    selects: bool = False
    differentiable: bool = True
    reach: tuple[int, int] | None = None
    bad: tuple[dict[str, Any], ...] = ()
    syncs: int = 0


NO_BORDER = ({"border": "mirror"}, {"border": 3})
NO_SIGMA = ({"sigma": -1.0}, {"sigma": float("nan")}, {"sigma": 1e300})
KERNEL = ((0.1, 0.2, -0.3), (0.4, 0.0, 0.6))

EXAMPLES: dict[str, Example] = {
    "color.gray_to_rgb": Example(("gray",), "image", shape="rgb", selects=True),
    "color.rgb_to_gray": Example(("rgb",), "image", shape="gray", reach=(0, 0), bad=({"weights": "hdtv"},)),
    "edges.canny": Example(("gray",), "mask", {"sigma": 1.2}, shape="gray", differentiable=False, bad=(*NO_SIGMA, {"sigma": 0.0}, {"low": 2.0, "high": 1.0}, {"high": -1.0}, {"high": 1.5, "quantiles": True}, *NO_BORDER)),
    "edges.direction": Example(("any", "any"), "measurement", reach=(0, 0)),
    "edges.gaussian_gradient": Example(("any",), "measurement", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0}, {"sigma": 1.0, "truncate": 0.0}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "edges.gradient_magnitude": Example(("any",), "measurement", {"kernel": "scharr"}, reach=(1, 1), bad=({"kernel": "laplace"}, *NO_BORDER)),
    "edges.hysteresis": Example(("any",), "mask", {"low": 60, "high": 180}, differentiable=False, bad=({"low": 2.0, "high": 1.0}, {"low": float("nan"), "high": 1.0})),
    "edges.magnitude": Example(("any", "any"), "measurement", reach=(0, 0)),
    "edges.non_maximum_suppression": Example(("any", "any"), "measurement"),
    "edges.prewitt": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "edges.scharr": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "edges.sobel": Example(("any",), "measurement", reach=(1, 1), bad=NO_BORDER),
    "filters.correlate": Example(("any",), "measurement", {"kernel": KERNEL}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *({"kernel": KERNEL} | bad for bad in NO_BORDER))),
    "filters.gaussian": Example(("any",), "image", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0, "order": 1}, {"sigma": 1.0, "order": 9}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "filters.median": Example(("any",), "image", {"size": (3, 5)}, selects=True, reach=(1, 2), bad=({"size": 4}, {"size": 0}, {"size": (3, 3, 3)}, {"size": 10**6 + 1}, *NO_BORDER)),
}  # fmt: skip
