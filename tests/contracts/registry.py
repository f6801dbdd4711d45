"""One line for each public function that takes images: what to call it with, and what it promises.

The contract tests run over this table; a public function that is missing from it fails them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Example:
    """How to call a function, and which rules hold for it.

    operands: the arrays it takes first, each "any" (1 or 3 channels), "gray", "rgb", "mask" or integer "labels", or a
    "template", which is smaller and never a batch, an image of "half" the size, "weights" in [0, 1] of one channel, or a
    "map" of positions, of MAP_SIZE.
    gives: the class of the result. shape: that of the first operand, or with its channels gone ("gray") or three ("rgb"),
    or one number for each plane ("plane"), or as many rows as it finds ("ragged": no batches), or where a template fits
    ("valid"), or with two channels ("pair"). fixed: dtypes of parts of the result that no input has a say in.
    parts: (gives, shape) of each part of a result whose parts differ; "image" is one number for each image, "point" two.
    scales: of the size of each part, to that of the first operand, rounded up. listed: operands come in one list.
    host_only: arrays on a device are a TypeError. axis: works along an `axis`, here that of columns, of any rank.
    takes_complex: complex numbers are no error. by_transform: rounding hangs on the shape, as that of cuFFT does.
    selects: an image-valued result holds only values of the input, so that masks stay bool.
    ranged: values mean a range, so float pictures are in [0, 1] and integers without a range are given data_range.
    alpha: a fourth channel is welcome where three are. mixes: channels are looked at together.
    reach: how far a NaN spreads in rows and columns, where that is a window.
    least_side: of the smallest image it takes.
    degree: the power of the image's values that the result grows with, so that tolerances do; adds: how many pixels make up
    one number of the result.
    bad: options that must raise a ValueError. syncs: how often it waits for a device. waits: names of functions that read
    from the device how much was found.
    """

    operands: tuple[Literal["any", "gray", "rgb", "mask", "template", "half", "weights", "labels", "map"], ...]
    gives: Literal["image", "measurement", "mask", "labels", "spectrum"]
    options: dict[str, Any] = field(default_factory=dict)
    shape: Literal["same", "gray", "rgb", "plane", "ragged", "valid", "pair"] = "same"
    fixed: dict[int, str] = field(default_factory=dict)
    parts: tuple[tuple[str, str], ...] = ()
    size: tuple[int, int] | None = None
    scales: tuple[float, ...] = ()
    listed: bool = False
    host_only: bool = False
    takes_complex: bool = False
    by_transform: bool = False
    axis: bool = False
    selects: bool = False
    ranged: bool = False
    alpha: bool = False
    mixes: bool = False
    differentiable: bool = True
    reach: tuple[int, int] | None = None
    least_side: int = 1
    degree: int = 1
    adds: float = 1.0
    bad: tuple[dict[str, Any], ...] = ()
    syncs: int = 0
    waits: tuple[str, ...] = ()


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
REPROJECTION = ((1, 0, 0, -7), (0, 1, 0, -5), (0, 0, 0, 90), (0, 0, 2, 1))
MAP_SIZE = (9, 13)
HOMOGRAPHY = ((0.7, 0.1, 1.0), (-0.05, 0.8, 0.5), (0.004, -0.01, 1.0))
LENS = {"K": ((9.0, 0.0, 6.0), (0.0, 9.0, 5.0), (0.0, 0.0, 1.0)), "distortion": (-0.2, 0.05, 0.01, -0.01)}

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
    "features.corners": Example(("gray",), "measurement", {"min_distance": 2.5}, shape="ragged", differentiable=False, waits=("strongest_peaks",), bad=({"threshold": float("nan")}, {"relative_threshold": 2.0}, {"min_distance": 0.0}, {"max_points": 0})),
    "features.detect": Example(("any",), "measurement", shape="ragged", fixed={4: "float32"}, ranged=True, host_only=True, differentiable=False, bad=({"method": "surf"}, {"max_points": 0}, *NO_RANGE)),
    "features.harris": Example(("gray",), "measurement", {"sigma": 1.2}, shape="gray", reach=(6, 6), degree=4, bad=(*NO_SIGMA, {"sigma": 0.0}, {"k": -0.1}, {"k": 0.3}, *NO_BORDER)),
    "features.match_template": Example(("any", "template"), "measurement", shape="valid", degree=0),
    "features.optical_flow": Example(("any", "any"), "measurement", {"window": 5}, shape="pair", mixes=True, differentiable=False, bad=({"window": 4}, {"window": 1}, {"levels": 0}, {"max_iterations": 0})),
    "features.shi_tomasi": Example(("gray",), "measurement", {"sigma": 1.2}, shape="gray", reach=(6, 6), degree=2, bad=(*NO_SIGMA, {"sigma": 0.0}, *NO_BORDER)),
    "filters.bilateral": Example(("any",), "image", TWO_SIGMAS, mixes=True, bad=({"sigma_space": 0.0}, {"sigma_range": 0.0}, {"truncate": -1.0}, *NO_BORDER)),
    "filters.box": Example(("any",), "image", {"size": (3, 5)}, reach=(1, 2), bad=({"size": 4}, {"size": 0}, {"size": (3, 3, 3)}, *NO_BORDER)),
    "filters.clahe": Example(("any",), "image", {"tiles": (2, 3)}, ranged=True, differentiable=False, bad=({"clip_limit": 0.0}, {"tiles": (0, 1)}, {"tiles": 8}, *NO_BINS, *NO_RANGE)),
    "filters.convolve": Example(("any",), "measurement", {"kernel": RANK_ONE}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *NO_BORDER)),
    "filters.correlate": Example(("any",), "measurement", {"kernel": KERNEL}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *({"kernel": KERNEL} | bad for bad in NO_BORDER))),
    "filters.difference_of_gaussians": Example(("any",), "measurement", {"low_sigma": 0.8}, reach=(5, 5), bad=({"low_sigma": -1.0}, {"low_sigma": 0.0}, {"high_sigma": 0.5}, {"truncate": 0.0}, *NO_BORDER)),
    "filters.equalize": Example(("any",), "image", ranged=True, differentiable=False, bad=(*NO_BINS, *NO_RANGE)),
    "filters.gabor": Example(("any",), "measurement", {"frequency": 0.3, "angle": 0.5}, reach=(6, 6), bad=({"frequency": 0.0}, {"frequency": 0.6}, {"frequency": 0.2, "sigma": 0.0}, *({"frequency": 0.2} | bad for bad in NO_BORDER))),
    "filters.gaussian": Example(("any",), "image", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0, "order": 1}, {"sigma": 1.0, "order": 9}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "filters.laplacian": Example(("any",), "measurement", bad=NO_BORDER),
    "filters.laplacian_of_gaussian": Example(("any",), "measurement", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 0.0}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "filters.median": Example(("any",), "image", {"size": (3, 5)}, selects=True, reach=(1, 2), bad=({"size": 4}, {"size": 0}, {"size": (3, 3, 3)}, {"size": 10**6 + 1}, *NO_BORDER)),
    "filters.otsu": Example(("any",), "measurement", shape="plane", differentiable=False, bad=NO_BINS),
    "filters.savgol": Example(("any",), "measurement", {"window_length": 5, "polyorder": 2, "border": "reflect"}, axis=True, reach=(0, 2), bad=({"window_length": 0}, {"window_length": 15, "border": "interp"}, {"polyorder": 5}, {"polyorder": -1}, {"deriv": -1}, {"delta": 0.0}, {"axis": 5}, *NO_BORDER)),
    "filters.savgol2d": Example(("any",), "measurement", {"window": (3, 5), "polyorder": 2, "border": "reflect"}, reach=(1, 2), bad=({"window": 4}, {"window": 13, "border": "interp"}, {"polyorder": 3}, {"deriv": (0, -1)}, {"delta": (1.0, 0.0)}, *NO_BORDER)),
    "filters.unsharp_mask": Example(("any",), "image", {"sigma": 1.2}, reach=(5, 5), bad=(*NO_SIGMA, {"sigma": 1.0, "amount": float("inf")}, *({"sigma": 1.0} | bad for bad in NO_BORDER))),
    "fourier.band_pass": Example(("any",), "measurement", {"low": 0.1, "high": 0.3, "kind": "butterworth"}, bad=({"low": 0.0}, {"low": 0.4}, {"high": 0.9}, {"kind": "boxcar"}, {"order": 0}, *({"low": 0.1} | bad for bad in NO_BORDER)), by_transform=True),
    "fourier.band_stop": Example(("any",), "image", {"low": 0.1, "high": 0.3}, bad=({"low": 0.0}, {"low": 0.4}, {"high": 0.9}, {"kind": "boxcar"}, *({"low": 0.1} | bad for bad in NO_BORDER)), by_transform=True),
    "fourier.compress_dct": Example(("any",), "image", {"quality": 60}, parts=(("image", "same"), ("measurement", "image")), ranged=True, adds=8.0, mixes=True, differentiable=False, bad=({"quality": 0}, {"quality": 101}, {"keep": 0.5}, {"quality": None}, {"block": 4}, {"quality": None, "keep": 0.0}, *NO_RANGE)),
    "fourier.dct2": Example(("any",), "measurement", adds=13.0, by_transform=True),
    "fourier.fft2": Example(("any",), "spectrum", {"centered": True}, adds=154.0, by_transform=True),
    "fourier.fft_convolve": Example(("any",), "measurement", {"kernel": RANK_ONE}, bad=({"kernel": [1.0, 2.0]}, {"kernel": [[]]}, {"kernel": [[float("nan")]]}, *NO_BORDER)),
    "fourier.high_pass": Example(("any",), "measurement", {"cutoff": 0.2, "kind": "ideal"}, bad=({"cutoff": 0.0}, {"cutoff": 0.9}, {"kind": "boxcar"}, *({"cutoff": 0.2} | bad for bad in NO_BORDER)), by_transform=True),
    "fourier.hybrid_image": Example(("any", "any"), "image", {"sigma_far": 1.2}, reach=(5, 5), bad=({"sigma_far": 0.0}, {"sigma_near": -1.0}, *NO_BORDER)),
    "fourier.idct2": Example(("any",), "measurement", adds=13.0, by_transform=True),
    "fourier.ifft2": Example(("any",), "spectrum", {"centered": True}, takes_complex=True, by_transform=True),
    "fourier.low_pass": Example(("any",), "image", {"cutoff": 0.2}, bad=({"cutoff": 0.0}, {"cutoff": 0.9}, {"kind": "boxcar"}, {"kind": "butterworth", "order": 0}, *({"cutoff": 0.2} | bad for bad in NO_BORDER)), by_transform=True),
    "fourier.notch": Example(("any",), "image", {"centers": ((0.25, 0.1), (0.5, 0.0)), "radius": 0.05}, bad=({"centers": ((0.6, 0.0),)}, {"centers": (0.1, 0.2)}, {"radius": 0.0}, {"kind": "boxcar"}, *NO_BORDER), by_transform=True),
    "fourier.phase_correlation": Example(("any", "any"), "measurement", parts=(("measurement", "point"), ("measurement", "image")), mixes=True, bad=({"taper": "hamming"},), by_transform=True),
    "fourier.power_spectrum_slope": Example(("any",), "measurement", shape="plane", bad=({"low": 0.0}, {"low": 0.4, "high": 0.3}, {"high": 0.6}), by_transform=True),
    "fourier.spectrum": Example(("any",), "measurement", adds=154.0, by_transform=True),
    "geometry.disparity": Example(("any", "any"), "measurement", {"max_disparity": 6}, shape="gray", mixes=True, differentiable=False, bad=({"max_disparity": 0}, {"method": "bm"}, {"window": 4}, {"window": 13}, {"method": "block", "window": 53}, {"tolerance": -1.0}, {"penalties": (0, 3)}, {"penalties": (5, 3)}, {"penalties": (100, 200)}, {"penalties": (1.5, 3)})),
    "geometry.disparity_to_depth": Example(("any",), "measurement", {"focal": 90.0, "baseline": 0.5, "offset": 1.5}, reach=(0, 0), bad=({"focal": 0.0}, {"baseline": -1.0}, {"offset": float("nan")})),
    "geometry.remap": Example(("any", "map"), "image", size=MAP_SIZE, bad=({"interpolation": "area"}, *NO_BORDER)),
    "geometry.reproject": Example(("gray",), "measurement", {"Q": REPROJECTION}, shape="rgb", bad=({"Q": [[1.0]]}, {"Q": [[float("nan")] * 4] * 4})),
    "geometry.rescale": Example(("any",), "image", {"factor": (1.5, 0.4), "interpolation": "nearest"}, size=(16, 6), selects=True, bad=({"factor": 0.0}, {"factor": float("nan")}, {"factor": (1.0, -1.0)}, {"factor": 1e9}, {"interpolation": "spline"})),
    "geometry.resize": Example(("any",), "image", {"size": (7, 17), "antialias": False}, size=(7, 17), bad=({"size": (0, 3)}, {"size": (3, -1)}, {"size": (10**9, 10**9)}, {"size": (2**62, 2**62)}, {"interpolation": "spline"})),
    "geometry.rotate": Example(("any",), "image", {"degrees": 25.0, "center": (6.0, 4.5), "interpolation": "nearest"}, selects=True, bad=({"degrees": float("nan")}, {"center": (float("inf"), 0.0)}, {"interpolation": "area"}, *({"degrees": 25.0} | bad for bad in NO_BORDER))),
    "geometry.rotate_by_shears": Example(("any",), "image", {"degrees": 25.0}, bad=({"degrees": float("nan")}, {"interpolation": "area"}, *({"degrees": 25.0} | bad for bad in NO_BORDER))),
    "geometry.undistort": Example(("any",), "image", LENS | {"size": (9, 13)}, size=(9, 13), bad=({"K": ((1, 2), (3, 4))}, {"K": ((1, 0, 0), (0, 0, 0), (0, 0, 1))}, {"distortion": (0.1, 0.2)}, {"matrix": ((1, 0, 0),) * 3}, {"size": (0, 3)}, {"interpolation": "area"}, *NO_BORDER)),
    "geometry.warp": Example(("any",), "image", {"matrix": HOMOGRAPHY, "size": (9, 13), "antialias": True}, size=(9, 13), bad=({"matrix": ((1.0, 0.0), (0.0, 1.0))}, {"matrix": ((1, 2, 3),) * 3}, {"matrix": ((float("nan"),) * 3,) * 3}, {"matrix": (HOMOGRAPHY,) * 5}, {"size": (0, 3)}, {"size": (2**30, 2**30)}, {"interpolation": "area"}, *NO_BORDER)),
    "geometry.warp_polar": Example(("any",), "image", {"size": (9, 13)}, size=(9, 13), bad=({"center": (float("nan"), 0.0)}, {"size": (3, -1)}, {"max_radius": 0.0}, {"max_radius": 1.0, "log": True}, {"interpolation": "area"}, *NO_BORDER)),
    "hough.hough_circles": Example(("gray",), "measurement", {"radii": (2, 3.5), "threshold": 0.3}, shape="ragged", differentiable=False, waits=("locate_edges", "strongest_peaks", "_first_of_each", "select_rows"), bad=({"radii": (0.5, 2.0)}, {"radii": ()}, {"radii": (2.0, float("nan"))}, {"sigma": 0.0}, {"threshold": 0.0}, {"threshold": 1.5})),
    "hough.hough_lines": Example(("mask",), "measurement", {"rho_step": 0.5}, shape="ragged", fixed={2: "int32"}, differentiable=False, waits=("strongest_peaks", "_first_of_each", "select_rows"), bad=({"rho_step": 0.0}, {"rho_step": 1e-9}, {"min_distance": -1.0}, {"min_angle": float("nan")})),
    "hough.hough_segments": Example(("mask",), "measurement", {"threshold": 3, "min_length": 4, "max_gap": 1}, shape="ragged", differentiable=False, waits=("_draw_order", "_trace_cuda"), bad=({"threshold": 0}, {"min_length": -1.0}, {"max_gap": float("inf")}, {"rho_step": 0.0}, {"rng": -1})),
    "hough.line_accumulator": Example(("mask",), "measurement", {"rho_step": 0.7}, shape="ragged", fixed={0: "int32"}, differentiable=False, bad=({"rho_step": 0.0}, {"rho_step": 1e-9})),
    "metrics.bad_pixels": Example(("gray", "gray"), "measurement", {"threshold": 20.0}, shape="image", differentiable=False, bad=({"threshold": -1.0}, {"threshold": float("nan")})),
    "metrics.boundary_f1": Example(("labels", "labels"), "measurement", shape="image", differentiable=False, bad=({"tolerance": -1.0}, {"tolerance": float("inf")})),
    "metrics.ms_ssim": Example(("any", "any"), "measurement", {"weights": (0.3, 0.7), "sigma": 0.6}, shape="image", ranged=True, mixes=True, least_side=2, bad=({"weights": ()}, {"weights": (0.0, 1.0)}, {"weights": (0.1,) * 9}, {"sigma": 0.0}, {"k1": -1.0}, *NO_RANGE)),
    "metrics.mse": Example(("any", "any"), "measurement", shape="image", degree=2, mixes=True),
    "metrics.psnr": Example(("any", "any"), "measurement", shape="image", ranged=True, mixes=True, bad=NO_RANGE),
    "metrics.rand_index": Example(("labels", "labels"), "measurement", shape="image", differentiable=False, syncs=99, waits=("contingency",)),
    "metrics.ssim": Example(("any", "any"), "measurement", {"sigma": 0.8}, shape="image", ranged=True, mixes=True, bad=({"sigma": 0.0}, {"truncate": 0.0}, {"k2": -1.0}, *NO_RANGE)),
    "metrics.variation_of_information": Example(("labels", "labels"), "measurement", shape="image", differentiable=False, syncs=99, waits=("contingency",)),
    "morphology.black_tophat": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.closing": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, bad=NO_FOOTPRINT),
    "morphology.dilate": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, reach=(1, 1), bad=NO_FOOTPRINT),
    "morphology.distance_transform": Example(("mask",), "measurement", shape="gray", differentiable=False),
    "morphology.erode": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, reach=(1, 1), bad=NO_FOOTPRINT),
    "morphology.fill_holes": Example(("mask",), "mask", {"max_size": 9}, shape="gray", differentiable=False, bad=({"max_size": -1}, {"connectivity": 6})),
    "morphology.label": Example(("mask",), "labels", shape="gray", differentiable=False, bad=({"connectivity": 6},)),
    "morphology.morphological_gradient": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "morphology.opening": Example(("any",), "image", {"footprint": ((1, 1, 1),) * 3}, selects=True, bad=NO_FOOTPRINT),
    "morphology.remove_small": Example(("mask",), "mask", {"min_size": 9}, shape="gray", differentiable=False, bad=({"min_size": -1}, {"connectivity": 6})),
    "morphology.skeletonize": Example(("mask",), "mask", shape="gray", differentiable=False),
    "pyramids.blend": Example(("any", "any", "weights"), "image", {"levels": 3}, bad=({"levels": 0}, {"levels": 33}, *NO_BORDER)),
    "pyramids.collapse": Example(("any", "half"), "image", listed=True, bad=NO_BORDER),
    "pyramids.expand": Example(("any",), "image", scales=(2,), bad=({"size": (21, 29)}, {"size": (11, 14)}, *NO_BORDER)),
    "pyramids.gaussian_pyramid": Example(("any",), "image", {"levels": 3}, scales=(1, 1 / 2, 1 / 4), bad=({"levels": 0}, {"levels": 33}, *NO_BORDER)),
    "pyramids.laplacian_pyramid": Example(("any",), "measurement", {"levels": 3}, scales=(1, 1 / 2, 1 / 4), bad=({"levels": 0}, {"levels": 33}, *NO_BORDER)),
    "pyramids.reduce": Example(("any",), "image", scales=(1 / 2,), bad=NO_BORDER),
    "pyramids.subsample": Example(("any",), "image", {"factor": 3}, scales=(1 / 3,), bad=({"factor": 0}, {"factor": 10**6}, *NO_BORDER)),
    "morphology.white_tophat": Example(("any",), "image", {"footprint": CROSS}, selects=True, bad=NO_FOOTPRINT),
    "segmentation.boundaries": Example(("labels",), "mask", {"connectivity": 8}, shape="gray", differentiable=False, bad=({"connectivity": 6},)),
    "segmentation.felzenszwalb": Example(("any",), "labels", {"scale": 30.0, "sigma": 0.6, "min_size": 3}, shape="gray", ranged=True, differentiable=False, syncs=99, waits=("check_finite", "_merge_on_host"), bad=({"scale": -1.0}, {"sigma": -1.0}, {"min_size": 0}, {"data_range": -1.0}, *NO_RANGE)),
    "segmentation.region_adjacency": Example(("labels",), "image", {"connectivity": 8}, shape="ragged", selects=True, differentiable=False, syncs=99, waits=("adjacent_labels",), bad=({"connectivity": 6},)),
    "segmentation.selective_search": Example(("rgb",), "measurement", {"scales": (30.0,), "spaces": ("gray", "lab"), "min_size": 3}, shape="ragged", ranged=True, differentiable=False, syncs=99, waits=("check_finite", "_bring_to_host"), bad=({"scales": ()}, {"scales": (-1.0,)}, {"spaces": ()}, {"spaces": ("xyz",)}, {"sigma": -1.0}, {"min_size": 0}, {"max_boxes": 0}, {"rng": -1}, *NO_RANGE)),
    "segmentation.slic": Example(("any",), "labels", {"n_segments": 12}, shape="gray", ranged=True, differentiable=False, syncs=99, waits=("check_finite", "_join_on_host"), bad=({"n_segments": 0}, {"compactness": 0.0}, {"sigma": -1.0}, {"max_iterations": 0}, *NO_RANGE)),
    "segmentation.filter_mean_shift": Example(("any",), "image", {"spatial_radius": 2.5, "range_radius": 60.0}, mixes=True, differentiable=False, bad=({"spatial_radius": 0.0}, {"range_radius": 0.0}, {"range_radius": float("nan")}, {"max_iterations": 0}, {"tolerance": -1.0})),
    "segmentation.quantize_colors": Example(("any",), "image", {"k": 3}, mixes=True, least_side=2, differentiable=False, syncs=999, waits=("cluster", "check_finite", "distinct_rows", "_first_centers", "_draw", "_lloyd", "_repaired"), bad=({"k": 0}, {"k": 10**9}, {"n_init": 0}, {"max_iterations": 0}, {"tolerance": -1.0})),
    "segmentation.segment_kmeans": Example(("any",), "labels", {"k": 3, "spatial_weight": 0.2, "texture_weight": 0.5}, shape="gray", ranged=True, mixes=True, least_side=2, differentiable=False, syncs=999, waits=("cluster", "check_finite", "distinct_rows", "_first_centers", "_draw", "_lloyd", "_repaired"), bad=({"k": 0}, {"spatial_weight": -1.0}, {"texture_weight": -1.0}, {"tolerance": -1.0}, *NO_RANGE)),
    "segmentation.segment_mean_shift": Example(("any",), "labels", {"spatial_radius": 2.5, "range_radius": 60.0, "min_size": 3}, shape="gray", mixes=True, differentiable=False, syncs=99, waits=("check_finite", "_join_each"), bad=({"spatial_radius": 0.0}, {"range_radius": 0.0}, {"range_radius": float("nan")}, {"max_iterations": 0}, {"tolerance": -1.0}, {"min_size": 0})),
}  # fmt: skip
