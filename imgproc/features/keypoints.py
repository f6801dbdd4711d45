"""What `detect` finds."""

from dataclasses import dataclass

from imgproc.typing import Array


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Points of an image that can be found again in another, strongest first.

    Parameters
    ----------
    points : (N, 2)
        (x, y), pixel centres at integers.
    scales : (N,), pixels
        SIFT: the sigma of the Gaussian at which the point stands out. ORB: half the side of the patch described.
    angles : (N,), radians in (-pi, pi]
        Direction of the patch, from +x towards +y.
    responses : (N,)
        How much each point stands out; comparable within one image.
    descriptors : (N, D)
        What the patch looks like, to be compared by `match`: 128 float32 numbers of SIFT, by Euclidean distance; 256
        bits of ORB packed in 32 uint8, by Hamming distance.
    """

    points: Array
    scales: Array
    angles: Array
    responses: Array
    descriptors: Array
