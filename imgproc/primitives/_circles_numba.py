"""Circles fitted to the edges around given centres."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import math

import numpy as np

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._callees_numba import allocating
from imgproc.primitives._correlate_numba import Index, inline

ALIGNED = 0.9
UNIT = 1024.0


@inline
def gather(edges, begins, x, y, reach, near):
    """Copy the edges within a square around (x, y); return their number.

    `begins` says where each row begins. Along a row x ascends but for half a pixel.
    """
    count = 0
    for row in range(max(0, math.floor(y - reach - 0.5)), min(len(begins) - 1, math.ceil(y + reach + 1.5))):
        low, high = begins[row], begins[row + 1]
        end = high
        while low < high:
            middle = (low + high) // 2
            if edges[Index(middle), 0] < x - reach - 1:
                low = middle + 1
            else:
                high = middle
        for i in range(Index(low), Index(end)):
            if edges[i, 0] > x + reach + 1:
                break
            for j in range(Index(5)):
                near[Index(count), j] = edges[i, j]
            count += 1
    return count


@allocating
def first_radius(near, count, x, y, low, slack, bins):
    """Return the middle of the bin of radii that, with its neighbours, has most outline for its size."""
    outline = zeros(bins)
    first = low - 2 * slack
    for i in range(Index(count)):
        dx, dy = near[i, 0] - x, near[i, 1] - y
        distance = math.sqrt(dx * dx + dy * dy)
        b = math.floor((distance - first) / slack)
        if 0 <= b < bins and distance > 0 and abs(dx * near[i, 2] + dy * near[i, 3]) >= ALIGNED * distance:
            outline[b] += near[i, 4]
    most, best = -1.0, 0.0
    for b in range(1, bins - 1):
        middle = first + (b + 0.5) * slack
        share = (outline[b - 1] + outline[b] + outline[b + 1]) / max(middle, 1.0)
        if share > most:
            most, best = share, middle
    return best


@inline
def newton_step(near, count, x, y, radius, tolerance):
    """Return the step of the centre, the growth of the radius, and whether the edges determine them."""
    n, sx, sy, xx, xy, yy, e, ex, ey = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(Index(count)):
        dx, dy = near[i, 0] - x, near[i, 1] - y
        distance = math.sqrt(dx * dx + dy * dy)
        off = distance - radius
        if not (abs(off) <= tolerance and distance > 0):
            continue
        if abs(dx * near[i, 2] + dy * near[i, 3]) >= ALIGNED * distance:
            ux, uy, w = dx / distance, dy / distance, near[i, 4]
            wx, wy = w * ux, w * uy
            n, sx, sy = n + w, sx + wx, sy + wy
            xx, xy, yy = xx + wx * ux, xy + wx * uy, yy + wy * uy
            e, ex, ey = e + w * off, ex + wx * off, ey + wy * off
    a, b, c = yy * n - sy * sy, sx * sy - xy * n, xy * sy - yy * sx
    determinant = xx * a + xy * b + sx * c
    if not determinant > 1e-6 * n * n * n:
        return 0.0, 0.0, 0.0, False
    d = xy * sx - xx * sy
    step_x = (ex * a + ey * b + e * c) / determinant
    step_y = (ex * b + ey * (xx * n - sx * sx) + e * d) / determinant
    return step_x, step_y, (ex * c + ey * d + e * (xx * yy - xy * xy)) / determinant, True


@inline
def outline_within(near, count, x, y, radius, tolerance):
    """Return the length of outline of the supporters."""
    total = 0.0
    for i in range(Index(count)):
        dx, dy = near[i, 0] - x, near[i, 1] - y
        distance = math.sqrt(dx * dx + dy * dy)
        is_near = abs(distance - radius) <= tolerance and distance > 0
        if is_near and abs(dx * near[i, 2] + dy * near[i, 3]) >= ALIGNED * distance:
            total += near[i, 4]
    return total / UNIT


def fit_circles(edges, begins, starts, low, high, slack, bins, tolerances, fitted, first, last):
    """Fit circles first <= k < last: x, y, radius and the share of the outline."""
    near = empty((len(edges), 5))
    # the fit moves the centre by a few slacks at most; further away nothing supports it
    reach = high + 8 * slack + 3
    for k in range(first, last):
        x, y = starts[k, 0], starts[k, 1]
        count = gather(edges, begins, x, y, reach, near)
        radius = first_radius(near, count, x, y, low, slack, bins)
        good = radius > 0
        for tolerance in tolerances:
            dx, dy, grown, solved = newton_step(near, count, x, y, radius, tolerance)
            good = good and solved and abs(dx) + abs(dy) + abs(grown) <= 4 * slack
            if not good:
                break
            x, y, radius = x + dx, y + dy, radius + grown
        good = good and radius > 0.5
        fitted[k, 0], fitted[k, 1], fitted[k, 2] = x, y, radius
        fitted[k, 3] = outline_within(near, count, x, y, radius, 1.0) / (2 * math.pi * radius) if good else 0.0


@inline
def length_at(gx, gy, row, column):
    """Return the length of the gradient at the nearest pixel of the image."""
    row, column = min(max(row, 0), gx.shape[0] - 1), min(max(column, 0), gx.shape[1] - 1)
    return math.hypot(float(gx[row, column]), float(gy[row, column]))


@inline
def is_marked(marks, row, column):
    return marks[min(max(row, 0), marks.shape[0] - 1), min(max(column, 0), marks.shape[1] - 1)] > 0


def locate(marks, gx, gy, columns, starts, edges, rows, first, last):
    """Fill x, y, unit gradient and length of outline of the edges of rows first <= row < last, and their rows."""
    for row in range(first, last):
        for i in range(starts[row], starts[row + 1]):
            column = np.int64(columns[i])
            nx, ny = float(gx[row, column]), float(gy[row, column])
            here = math.hypot(nx, ny)
            nx, ny = nx / here, ny / here
            is_steep = abs(ny) > abs(nx)
            steepness, lesser = (abs(ny), abs(nx)) if is_steep else (abs(nx), abs(ny))
            part = lesser / steepness
            down, right = -1 if ny < 0 else 1, -1 if nx < 0 else 1
            dy, dx = (down, 0) if is_steep else (0, right)
            ahead = (1 - part) * length_at(gx, gy, row + dy, column + dx)
            ahead += part * length_at(gx, gy, row + down, column + right)
            behind = (1 - part) * length_at(gx, gy, row - dy, column - dx)
            behind += part * length_at(gx, gy, row - down, column - right)
            bend = 2 * here - ahead - behind
            shift = min(max(0.5 * (ahead - behind) / bend, -0.5), 0.5) if bend > 0 else 0.0
            shift = shift / steepness
            beside = 1 + is_marked(marks, row + dy, column + dx) + is_marked(marks, row - dy, column - dx)
            edges[i, 0], edges[i, 1] = column + shift * nx, row + shift * ny
            edges[i, 2], edges[i, 3] = nx, ny
            edges[i, 4] = math.floor(UNIT / (steepness * beside) + 0.5)
            rows[i] = row
