"""Smoothing, noise, edges."""

from typing import Any

from imgproc import color, edges, filters, viz


def smooth(photo: Any) -> dict[str, Any]:
    """Smooth with a Gaussian.

    uint8 goes in and uint8 comes out, rounded once; channels never mix.
    """
    return {
        "sigma = 2": filters.gaussian(photo, sigma=2),
        "sigma = 6": filters.gaussian(photo, sigma=6),
    }


def remove_salt_and_pepper(noisy: Any) -> dict[str, Any]:
    """Remove salt and pepper with a median.

    The median forgets single wild pixels and keeps edges sharp; a Gaussian smears both.
    """
    return {
        "median of 3 × 3": filters.median(noisy, size=3),
        "Gaussian, for comparison": filters.gaussian(noisy, sigma=1),
    }


def measure_gradients(photo: Any) -> dict[str, Any]:
    """Measure gradients.

    A derivative is 1 on a ramp of slope 1, whatever the operator; the result is a float, signed and unclipped.
    """
    gx, _ = edges.sobel(color.rgb_to_gray(photo))
    length = edges.gradient_magnitude(color.rgb_to_gray(photo), kernel="scharr")
    return {"derivative along x, 0 is gray": 0.5 + gx / 60, "length of the gradient": length / 40}


def find_edges(photo: Any) -> dict[str, Any]:
    """Find edges with Canny's detector.

    One pixel wide, linked over eight neighbours, and the same for every dtype of a picture.
    """
    gray = color.rgb_to_gray(photo)
    fine = edges.canny(gray, sigma=1)
    coarse = edges.canny(gray, sigma=3)
    return {"sigma = 1": fine, "sigma = 3, over the photo": viz.overlay_labels(photo, coarse, alpha=0.9)}


STOPS = (
    (smooth, "coffee.png", 0.0),
    (remove_salt_and_pepper, "chelsea.png", 0.08),
    (measure_gradients, "astronaut.png", 0.0),
    (find_edges, "coffee.png", 0.0),
)
"""Function, photo that scikit-image ships, share of its pixels replaced by salt and pepper."""
