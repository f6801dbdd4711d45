"""Triangulation of one pair of points after the other; see triangulation.py for the method."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty
from imgproc.primitives._correlate_numba import Index, inline

_BLOCK = 256
"""Pairs corrected together, step by step, so that each step is one loop over neighbours."""


@inline
def correct(points1, points2, F, first, last, steps, n, lengths):
    """Fill n (4, block) with the normals of both lines and `lengths` with how far along them the points move."""
    f00, f01, f02 = F[0, 0], F[0, 1], F[0, 2]
    f10, f11, f12 = F[1, 0], F[1, 1], F[1, 2]
    f20, f21, f22 = F[2, 0], F[2, 1], F[2, 2]
    for k in range(Index(last - first)):
        i = Index(first) + k
        x, y, u, v = points1[i, 0], points1[i, 1], points2[i, 0], points2[i, 1]
        first0, first1 = f00 * u + f10 * v + f20, f01 * u + f11 * v + f21
        second0, second1 = f00 * x + f01 * y + f02, f10 * x + f11 * y + f12
        off = second0 * u + second1 * v + f20 * x + f21 * y + f22
        n0, n1, m0, m1 = first0, first1, second0, second1
        length = 0.0
        for step in range(steps):
            if step:
                p0, p1 = first0 - length * (f00 * m0 + f10 * m1), first1 - length * (f01 * m0 + f11 * m1)
                q0, q1 = second0 - length * (f00 * n0 + f01 * n1), second1 - length * (f10 * n0 + f11 * n1)
                n0, n1, m0, m1 = p0, p1, q0, q1
            a = m0 * (f00 * n0 + f01 * n1) + m1 * (f10 * n0 + f11 * n1)
            b = (n0 * first0 + n1 * first1 + m0 * second0 + m1 * second1) / 2
            root = math.sqrt(max(b * b - a * off, 0.0))
            divisor = b - root if b < 0 else b + root
            before = length
            length = off / divisor if divisor != 0 else 0.0
            if abs(length - before) <= 1e-15 * abs(length):
                break
        n[0, k], n[1, k], n[2, k], n[3, k], lengths[k] = n0, n1, m0, m1, length


@inline
def meet(points1, points2, F, P1, P2, first, last, n, lengths, out):
    """Intersect the planes of both axes through the first point with that across the epipolar line of the second."""
    for k in range(Index(last - first)):
        i = Index(first) + k
        x, y = points1[i, 0] - lengths[k] * n[0, k], points1[i, 1] - lengths[k] * n[1, k]
        u, v = points2[i, 0] - lengths[k] * n[2, k], points2[i, 1] - lengths[k] * n[3, k]
        s0, s1 = F[0, 0] * x + F[0, 1] * y + F[0, 2], F[1, 0] * x + F[1, 1] * y + F[1, 2]
        reach = s1 * u - s0 * v
        a0, a1 = P1[0, 0] - x * P1[2, 0], P1[0, 1] - x * P1[2, 1]
        a2, a3 = P1[0, 2] - x * P1[2, 2], P1[0, 3] - x * P1[2, 3]
        b0, b1 = P1[1, 0] - y * P1[2, 0], P1[1, 1] - y * P1[2, 1]
        b2, b3 = P1[1, 2] - y * P1[2, 2], P1[1, 3] - y * P1[2, 3]
        c0 = s0 * P2[1, 0] - s1 * P2[0, 0] + reach * P2[2, 0]
        c1 = s0 * P2[1, 1] - s1 * P2[0, 1] + reach * P2[2, 1]
        c2 = s0 * P2[1, 2] - s1 * P2[0, 2] + reach * P2[2, 2]
        c3 = s0 * P2[1, 3] - s1 * P2[0, 3] + reach * P2[2, 3]
        m01, m02, m03 = a0 * b1 - a1 * b0, a0 * b2 - a2 * b0, a0 * b3 - a3 * b0
        m12, m13, m23 = a1 * b2 - a2 * b1, a1 * b3 - a3 * b1, a2 * b3 - a3 * b2
        X = m12 * c3 - m13 * c2 + m23 * c1
        Y = -(m02 * c3 - m03 * c2 + m23 * c0)
        Z = m01 * c3 - m03 * c1 + m13 * c0
        W = -(m01 * c2 - m02 * c1 + m12 * c0)
        if W == 0:
            X = Y = Z = np.inf if X != 0 or Y != 0 or Z != 0 else np.nan
            W = 1.0
        out[i, 0], out[i, 1], out[i, 2] = X / W, Y / W, Z / W


def triangulation(points1, points2, F, P1, P2, out, steps, start, stop):
    """Fill pairs start <= i < stop of all problems, one problem after the other."""
    count = points1.shape[1]
    n, lengths = empty((4, _BLOCK)), empty(_BLOCK)
    at = start
    while at < stop:
        p, first = at // count, at % count
        last = min(first + _BLOCK, count, first + stop - at)
        correct(points1[p], points2[p], F[p], first, last, steps, n, lengths)
        meet(points1[p], points2[p], F[p], P1[p], P2[p], first, last, n, lengths, out[p])
        at += last - first
