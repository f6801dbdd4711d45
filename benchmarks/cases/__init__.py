"""Every case, theme by theme; a new operation adds an entry to the table of its theme."""

from benchmarks.case import Case
from benchmarks.cases import (
    clustering,
    color,
    edges,
    estimation,
    features,
    filters,
    fourier,
    hough,
    io,
    mean_shift,
    metrics,
    morphology,
    pyramids,
    resizing,
    savgol,
    segmentation,
    stereo,
    two_views,
    warping,
)

THEMES: dict[str, tuple[Case, ...]] = {
    "filters": filters.CASES,
    "filters, Savitzky-Golay": savgol.CASES,
    "edges": edges.CASES,
    "color": color.CASES,
    "features": features.CASES,
    "fourier": fourier.CASES,
    "geometry, estimation": estimation.CASES,
    "geometry, resizing": resizing.CASES,
    "geometry, stereo": stereo.CASES,
    "geometry, two views": two_views.CASES,
    "geometry, warping": warping.CASES,
    "hough": hough.CASES,
    "io": io.CASES,
    "metrics": metrics.CASES,
    "morphology": morphology.CASES,
    "pyramids": pyramids.CASES,
    "segmentation": segmentation.CASES,
    "segmentation, clustering": clustering.CASES,
    "segmentation, mean shift": mean_shift.CASES,
}
CASES = tuple(case for cases in THEMES.values() for case in cases)
