"""Mean shift of pixels, of points, and the regions of pixels that came to one mode.

Sums over a window of pixels are exact or of float64: their order is that of vectors of LANES numbers. Distances, which
decide, are summed in the order of the reference body.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from imgproc.primitives._arrays_numba import empty, zeros
from imgproc.primitives._correlate_numba import inline
from imgproc.primitives._vectors_numba import take

LANES = 8
"""Pixels of a block: the rows of a window are made of whole blocks."""

LONGEST = 64
"""Steps of a way that others are spared."""


def window_sum(depth):
    """Return an intrinsic that sums a window of `depth` planes, with vectors in registers over all of its blocks.

    LLVM vectorises the loop over one row; but with rows of some 20 pixels most of the time goes into adding up lanes.
    """

    @intrinsic
    def sum_blocks(_, planes, plane_step, start, blocks, limits, downs, across, color, sums):
        """Add what is near `color` to `sums`: one, rows down, columns across, and the values of the planes."""
        return types.void(planes, types.int64, types.int64, blocks, limits, downs, across, color, sums), generate

    def generate(context, builder, signature, arguments):
        names = {"planes": 0, "blocks": 3, "limits": 4, "downs": 5, "across": 6, "color": 7, "sums": 8}
        arrays = {
            name: context.make_array(signature.args[at])(context, builder, value=arguments[at])
            for name, at in names.items()
        }
        work = context.get_value_type(signature.args[0].dtype)
        total = context.get_value_type(signature.args[8].dtype)
        lanes, sums = ir.VectorType(work, LANES), ir.VectorType(total, LANES)

        def read(name, index):
            return builder.load(builder.gep(arrays[name].data, [index]))

        def read_lanes(name, index, kind):
            place = builder.bitcast(builder.gep(arrays[name].data, [index]), kind.as_pointer())
            return builder.load(place, align=4)

        def spread(value, kind):
            first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, cgutils.int32_t(0))
            return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(cgutils.int32_t, LANES), [0] * LANES))

        integer = ir.IntType(64)
        colors = [spread(read("color", integer(c)), lanes) for c in range(depth)]
        nothing, one = ir.Constant(sums, [0.0] * LANES), ir.Constant(sums, [1.0] * LANES)
        held = [cgutils.alloca_once(builder, sums) for _ in range(3 + depth)]
        for place in held:
            builder.store(nothing, place)
        count = builder.extract_value(arrays["blocks"].shape, 0)
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(arguments[2], read("blocks", loop.index))
            values = [
                read_lanes("planes", builder.add(at, builder.mul(arguments[1], integer(c))), lanes)
                for c in range(depth)
            ]
            square = None
            for value, color in zip(values, colors, strict=True):
                difference = builder.fsub(value, color)
                part = builder.fmul(difference, difference)
                square = part if square is None else builder.fadd(square, part)
            first = builder.mul(loop.index, integer(LANES))
            is_near = builder.fcmp_ordered("<=", square, read_lanes("limits", first, lanes))
            wide = values if work == total else [builder.fpext(value, sums) for value in values]
            terms = one, spread(read("downs", loop.index), sums), read_lanes("across", first, sums), *wide
            for place, term in zip(held, terms, strict=True):
                builder.store(builder.fadd(builder.load(place), builder.select(is_near, term, nothing)), place)
        for k, place in enumerate(held):
            vector, width = builder.load(place), LANES
            while width > 1:  # add halves
                width //= 2
                low, high = (
                    ir.Constant(ir.VectorType(cgutils.int32_t, width), list(range(first, first + width)))
                    for first in (0, width)
                )
                vector = builder.fadd(
                    builder.shuffle_vector(vector, vector, low), builder.shuffle_vector(vector, vector, high)
                )
            added = builder.extract_element(vector, cgutils.int32_t(0))
            builder.store(added, builder.gep(arrays["sums"].data, [integer(k)]))
        return context.get_dummy_value()

    return sum_blocks


sum_one = window_sum(1)
sum_three = window_sum(3)


@inline
def sum_any(planes, plane_step, start, blocks, limits, downs, across, color, sums):
    """Do the same for any number of planes."""
    sums[:] = 0
    for b in range(len(blocks)):
        for lane in range(LANES):
            at = start + blocks[b] + lane
            square = planes.dtype.type(0)
            for c in range(len(color)):
                difference = take(planes, at + c * plane_step, color[c]) - color[c]
                square += difference * difference
            if square <= limits[b * LANES + lane]:
                sums[0] += 1
                sums[1] += downs[b]
                sums[2] += across[b * LANES + lane]
                for c in range(len(color)):
                    sums[3 + c] += take(planes, at + c * plane_step, color[c])


@inline
def move(color, sums, narrow, steep):
    """Move `color` to the mean; return the squared length of the whole step, in radii, and the step in place."""
    n = np.float64(sums[0])
    down, across = np.rint(np.float64(sums[1]) / n), np.rint(np.float64(sums[2]) / n)
    square = 0.0
    for c in range(len(color)):
        before = np.float64(color[c])
        color[c] = sums[3 + c] / sums[0]
        difference = np.float64(color[c]) - before
        square += difference * difference
    return (down * down + across * across) * narrow + square * steep, np.int64(down), np.int64(across)


@inline
def is_known(known, ends, step, most, place, color):
    """Say whether it is known where a pixel of this colour comes to from `place`, early enough."""
    left = ends[place, 2]
    if left == 0 or step + left > most:
        return False
    differing = 0
    for c in range(len(color)):
        differing += known[place, 0, c] != color[c]
    return differing == 0


@inline
def remember(known, ends, path, way, own, walked, color, y, x):
    """Note, for the places of a way but the first, that they lead to this colour at (y, x), and in how many steps."""
    for k in range(1, own):
        place = path[k]
        if place < 0:
            continue
        for c in range(len(color)):
            known[place, 0, c], known[place, 1, c] = way[k, c], color[c]
        ends[place, 0], ends[place, 1], ends[place, 2] = y, x, walked - k


def shift_pixels(
    planes, radius, blocks, limits, downs, across, narrow, steep, still, most, values, rows, columns, first, last
):  # fmt: skip
    """Make rows first <= y < last of the modes of one image.

    `planes` (C, H + 2 radius, W + 2 radius + LANES) is filled up with NaN; block k of the window begins `blocks[k]`
    after its top left corner, has the `limits` of squared distances, and lies `downs` and `across` of its middle.
    `narrow` and `steep` are the inverse squared radii in place and in value, of what is compared to `still`.

    Ways that meet, in place and colour, go on as one: where the last one through a place ended is kept.
    """
    depth, stride, width = len(planes), planes.shape[2], values.shape[2]
    step = planes.shape[1] * stride
    color, sums = empty(depth, planes.dtype), empty(3 + depth, across.dtype)
    top, bottom = max(first - 4 * radius, 0), min(last + 4 * radius, values.shape[1])  # ways seldom lead farther
    known = empty(((bottom - top) * width, 2, depth), planes.dtype)
    ends = zeros(((bottom - top) * width, 3), np.int32)
    longest = min(most, LONGEST)
    path, way = empty(longest, np.int64), empty((longest, depth), planes.dtype)
    for row in range(first, last):
        for column in range(width):
            y, x, own, walked, has_settled = row, column, 0, 0, False
            for c in range(depth):
                color[c] = planes[c, y + radius, x + radius]
            for k in range(most):
                place = (y - top) * width + x if top <= y < bottom else -1
                if k > 0 and place >= 0 and is_known(known, ends, k, most, place, color):
                    for c in range(depth):
                        color[c] = known[place, 1, c]
                    y, x, walked, has_settled = ends[place, 0], ends[place, 1], k + ends[place, 2], True
                    break
                if k < longest:
                    own = k + 1
                    path[k] = place
                    for c in range(depth):
                        way[k, c] = color[c]
                walked = k + 1
                start = y * stride + x
                if depth == 3:
                    sum_three(planes, step, start, blocks, limits, downs, across, color, sums)
                elif depth == 1:
                    sum_one(planes, step, start, blocks, limits, downs, across, color, sums)
                else:
                    sum_any(planes, step, start, blocks, limits, downs, across, color, sums)
                if sums[0] == 0:
                    has_settled = True
                    break
                moved, dy, dx = move(color, sums, narrow, steep)
                y, x = y + dy, x + dx
                if moved <= still:
                    has_settled = True
                    break
            for c in range(depth):
                values[c, row, column] = color[c]
            rows[row, column], columns[row, column] = y, x
            if has_settled:
                remember(known, ends, path, way, own, walked, color, y, x)


@inline
def find(parents, p):
    while parents[p] != p:
        parents[p] = parents[parents[p]]
        p = parents[p]
    return p


@inline
def join(parents, sizes, a, b):
    """Hang the later of two roots below the earlier."""
    low, high = min(a, b), max(a, b)
    parents[high] = low
    sizes[low] += sizes[high]


def join_regions(near, firsts, seconds, width, min_size, parents, sizes, labels):
    """Join neighbours that are near, then regions too small along the edges as given, and number the regions.

    `near` (2, H W) says of each pixel whether that to the right, and that below, belongs to it.
    """
    count = len(labels)
    for p in range(count):
        parents[p], sizes[p] = p, 1
    for p in range(count):
        for side in range(2):
            if near[side, p]:
                a, b = find(parents, p), find(parents, p + (1 if side == 0 else width))
                if a != b:
                    join(parents, sizes, a, b)
    for e in range(len(firsts)):
        a, b = find(parents, firsts[e]), find(parents, seconds[e])
        if a != b and min(sizes[a], sizes[b]) < min_size:
            join(parents, sizes, a, b)
    number = 0
    for p in range(count):
        root = find(parents, p)
        if root == p:
            labels[p] = number
            number += 1
        else:
            labels[p] = labels[root]


@inline
def sum_points(points, weights, place, least, size, counts, starts, reach, limit, scale, here, sums):
    """Add the points within `reach` of `here` to `sums`, weighted; return the weight. `scale` 0: the kernel is flat."""
    depth = len(here)
    sums[:] = 0.0
    total = 0.0
    low, high = place[0], place[1]
    for d in range(3):
        low[d] = max(np.int64(np.floor((here[d] - reach - least[d]) / size)), 0) if d < depth else 0
        high[d] = min(np.int64(np.floor((here[d] + reach - least[d]) / size)), counts[d] - 1) if d < depth else 0
    for i in range(low[0], high[0] + 1):
        for j in range(low[1], high[1] + 1):
            row = (i * counts[1] + j) * counts[2]
            for p in range(starts[row + low[2]], starts[row + high[2] + 1]):
                square = 0.0
                for d in range(depth):
                    difference = points[p, d] - here[d]
                    square += difference * difference
                if square <= limit:
                    weight = weights[p] * np.exp(square * scale) if scale != 0.0 else weights[p]
                    total += weight
                    for d in range(depth):
                        sums[d] += weight * points[p, d]
    return total


def shift_points(
    points, weights, seeds, least, size, counts, starts, reach, limit, scale, still, most, ends, masses, first, last
):  # fmt: skip
    """Move seeds first <= i < last; points are sorted by the cell of `size` they lie in, which begins at `starts`."""
    depth = points.shape[1]
    here, sums, place = empty(depth), empty(depth), empty((2, 3), np.int64)
    for i in range(first, last):
        for d in range(depth):
            here[d] = seeds[i, d]
        for _ in range(most):
            total = sum_points(points, weights, place, least, size, counts, starts, reach, limit, scale, here, sums)
            if total == 0.0:
                break
            moved = 0.0
            for d in range(depth):
                mean = sums[d] / total
                moved += (mean - here[d]) * (mean - here[d])
                here[d] = mean
            if moved <= still:
                break
        for d in range(depth):
            ends[i, d] = here[d]
        masses[i] = sum_points(points, weights, place, least, size, counts, starts, reach, limit, scale, here, sums)
