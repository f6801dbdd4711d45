"""Splits and tables of histograms; sums of counts are whole numbers, so any order of additions gives them exactly."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given


def split(counts, out):
    """Write the last bin of the dark class of every row: the greatest variance between the classes."""
    bins = counts.shape[1]
    for row in range(len(counts)):
        total, whole, occupied = 0.0, 0.0, 0
        for b in range(bins - 1, -1, -1):
            share = float(counts[row, b])
            total += share
            whole += share * b
            if share > 0:
                occupied = b
        best, found, dark, moment = 0.0, occupied, 0.0, 0.0
        for b in range(bins):
            share = float(counts[row, b])
            dark += share
            moment += share * b
            bright, rest = total - dark, whole - moment
            if dark > 0 and bright > 0:
                distance = moment / dark - rest / bright
                between = dark * bright * distance * distance
                if between > best:
                    best, found = between, b
        out[row] = found


def tables(counts, made, low, high, by_value):
    """Write what values become: by value an entry for each bin, else for each edge of the bins."""
    bins, entries = counts.shape[1], made.shape[1]
    for row in range(len(counts)):
        total, least = 0, 0
        for b in range(bins):
            total += counts[row, b]
            if by_value and least == 0:
                least = total
        span, below = total - least, 0
        for k in range(entries):
            if span == 0:
                made[row, k] = low + (high - low) * k / (entries - 1)
                continue
            if by_value:
                below += counts[row, k]
            elif k > 0:
                below += counts[row, k - 1]
            made[row, k] = max(low + (high - low) * float(below - least) / span, low)
