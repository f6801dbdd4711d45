"""Thinning of a mask packed into words of 64 pixels, all of a word in one instruction.

Row y of the mask is `stride` words from offset (y + 1) * stride on, after one word of background; as much lies behind
it, and a row above and two below. Blocks of `BLOCK` words with surroundings unchanged since the same kind of step
last looked at them are passed over: `stamps` holds the number of the last step that changed each block, with one block
of border, and `row_stamps` the latest of each row.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

BLOCK = 8
"""Words in a block: few enough to pass over much, a multiple of what one instruction takes."""


@inline
def east(words, at):
    """The neighbours to the east of the 64 pixels of a word."""
    return (words[at] >> np.uint64(1)) | (words[at + Index(1)] << np.uint64(63))


@inline
def west(words, at):
    return (words[at] << np.uint64(1)) | (words[at - Index(1)] >> np.uint64(63))


@inline
def mark_contour(words, start, stride, length, is_second, marks):
    """Mark the pixels that a step of Zhang and Suen removes, with Lü and Wang's bound of at least three neighbours.

    Returns whether there is a mark on a pixel whose only neighbours are east, south and south-east.
    """
    s, down = Index(start), Index(stride)
    corners = np.uint64(0)
    for i in range(Index(length)):
        at = s + i
        here = words[at]
        n, s_, w, e = words[at - down], words[at + down], west(words, at), east(words, at)
        nw, ne, sw, se = west(words, at - down), east(words, at - down), west(words, at + down), east(words, at + down)
        # the neighbours in a circle make one run: exactly one of eight steps leads from background to foreground
        t0, t1, t2, t3 = ~n & ne, ~ne & e, ~e & se, ~se & s_
        t4, t5, t6, t7 = ~s_ & sw, ~sw & w, ~w & nw, ~nw & n
        once, twice = t0 | t1, t0 & t1
        twice |= once & t2
        once |= t2
        twice |= once & t3
        once |= t3
        twice |= once & t4
        once |= t4
        twice |= once & t5
        once |= t5
        twice |= once & t6
        once |= t6
        twice |= once & t7
        once |= t7
        # of at least three and at most six
        least = (ne & ((n & nw) | (e & n) | (e & se))) | (sw & ((s_ & se) | (s_ & w) | (w & nw)))
        least |= (se & e & s_) | (nw & n & w)
        most = (n & ne & e & se & s_ & sw) & (w | nw)
        most |= (e & se & s_ & sw & w & nw) & (n | ne)
        most |= (s_ & sw & w & nw & n & ne) & (e | se)
        most |= (w & nw & n & ne & e & se) & (s_ | sw)
        if is_second:
            sided = ~(n & w & (e | s_))
        else:
            sided = ~(e & s_ & (n | w))
        marked = here & once & ~twice & least & ~most & sided
        marks[at] = marked
        corners |= marked & ~(sw | w | nw | n | ne)
    return corners != 0


@inline
def keep_squares(words, start, stride, length, marks):
    """Unmark the first pixel of each square of 2 x 2 that stands alone: all of it would vanish at once."""
    s, down = Index(start), Index(stride)
    two = np.uint64(2)
    for i in range(Index(length)):
        at = s + i
        below, further = at + down, at + down + down
        around = west(words, at - down) | west(words, at) | west(words, below) | west(words, further)
        around |= words[at - down] | words[further] | east(words, at - down) | east(words, further)
        for row in (at - down, at, below, further):
            around |= (words[row] >> two) | (words[row + Index(1)] << np.uint64(62))
        square = words[at] & east(words, at) & words[below] & east(words, below)
        marks[at] &= ~(square & ~around)


@inline
def mark_simple(words, start, stride, length, side, marks):
    """Mark the pixels without a neighbour on one side that neither join anything nor end a line."""
    s, down = Index(start), Index(stride)
    for i in range(Index(length)):
        at = s + i
        n, s_, w, e = words[at - down], words[at + down], west(words, at), east(words, at)
        nw, ne, sw, se = west(words, at - down), east(words, at - down), west(words, at + down), east(words, at + down)
        # Yokoi's number of 8-components around: exactly one background side with foreground after it
        a, b, c, d = ~n & (ne | e), ~e & (se | s_), ~s_ & (sw | w), ~w & (nw | n)
        once, twice = a | b, a & b
        twice |= once & c
        once |= c
        twice |= once & d
        once |= d
        first, pair = n | e, n & e
        pair |= first & s_
        first |= s_
        pair |= first & w
        first |= w
        pair |= first & ne
        first |= ne
        pair |= first & se
        first |= se
        pair |= first & sw
        first |= sw
        pair |= first & nw
        open_side = n if side == 0 else (s_ if side == 1 else (e if side == 2 else w))
        marks[at] = words[at] & once & ~twice & pair & ~open_side


@inline
def is_blank(words, start, length):
    found = np.uint64(0)
    for i in range(Index(length)):
        found |= words[Index(start) + i]
    return found == 0


@inline
def is_settled(stamps, y, block, blocks, since):
    """Say whether no block around block `block` of row y has changed since step `since`."""
    latest = 0
    for row in range(y, y + 3):
        at = row * (blocks + 2) + block
        latest = max(latest, stamps[at], stamps[at + 1], stamps[at + 2])
    return latest < since


@inline
def remove_marked(words, start, length, marks):
    found = np.uint64(0)
    for i in range(Index(length)):
        at = Index(start) + i
        found |= marks[at]
        words[at] &= ~marks[at]
    return found != 0


def thin(packed, marked, stamps, row_stamps, queue, height, blocks, length):
    """Thin until nothing changes; `queue` has room for the blocks that one step looks at.

    `length` is BLOCK, unknown to the compiler: it would unroll the loops rather than vectorise them.
    """
    words, marks = packed.view(np.uint64), marked.view(np.uint64)
    stride = blocks * length + 2
    step = 0
    for phase in range(2):
        kinds = 2 if phase == 0 else 4
        stamps[:] = step
        row_stamps[:] = step
        begin = changed_at = step
        while step - changed_at < kinds:
            kind = (step - begin) % kinds
            step += 1
            count = 0
            for y in range(height):
                if max(row_stamps[y], row_stamps[y + 1], row_stamps[y + 2]) < step - kinds:
                    continue
                for block in range(blocks):
                    start = (y + 1) * stride + 1 + block * length
                    if is_settled(stamps, y, block, blocks, step - kinds) or is_blank(words, start, length):
                        continue
                    queue[count] = y * blocks + block
                    count += 1
                    if phase == 1:
                        mark_simple(words, start, stride, length, kind, marks)
                    elif mark_contour(words, start, stride, length, kind == 1, marks):
                        keep_squares(words, start, stride, length, marks)
            for i in range(count):
                y, block = queue[i] // blocks, queue[i] % blocks
                if remove_marked(words, (y + 1) * stride + 1 + block * length, length, marks):
                    stamps[(y + 1) * (blocks + 2) + block + 1] = step
                    row_stamps[y + 1] = step
                    changed_at = step
