"""Costs of many models over many pairs: points outside, models inside, where the processor takes several at once."""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import numpy as np

from imgproc.primitives._correlate_numba import Index, inline

BLOCK = 256
"""Pairs after which models that cost too much already are dropped."""


def add_costs(models, source, target, is_sampson, inverse, limit, costs, first, last):
    """Write the costs of models first <= m < last, given as rows of nine; `inverse` is 1 / threshold²."""
    count = last - first
    h, cost, at = np.empty((9, count)), np.zeros(count), np.empty(count, np.int64)
    active = 0
    for m in range(first, last):
        total = 0.0
        for k in range(9):
            total += models[m, k]
        costs[m] = np.inf
        if total - total == 0:  # finite: a huge one that overflows is no model either
            for k in range(9):
                h[k, active] = models[m, k]
            at[active] = m
            active += 1
    start = 0
    while start < len(source) and active > 0:
        stop = min(start + BLOCK, len(source))
        if is_sampson:
            add_sampson(h, source, target, inverse, cost, active, start, stop)
        else:
            add_transfer(h, source, target, inverse, cost, active, start, stop)
        kept = 0
        for i in range(active):
            if cost[i] > limit:
                costs[at[i]] = cost[i]
                continue
            for k in range(9):
                h[k, kept] = h[k, i]
            cost[kept], at[kept] = cost[i], at[i]
            kept += 1
        active, start = kept, stop
    for i in range(active):
        costs[at[i]] = cost[i]


@inline
def add_transfer(h, source, target, inverse, cost, active, start, stop):
    for n in range(start, stop):
        x, y, u, v = source[n, 0], source[n, 1], target[n, 0], target[n, 1]
        for i in range(Index(active)):
            depth = h[6, i] * x + h[7, i] * y + h[8, i]
            dx = (h[0, i] * x + h[1, i] * y + h[2, i]) / depth - u
            dy = (h[3, i] * x + h[4, i] * y + h[5, i]) / depth - v
            share = (dx * dx + dy * dy) * inverse
            rest = 1.0 - share if share < 1.0 else 0.0
            cost[i] += 1.0 - rest * rest * rest


@inline
def add_sampson(h, source, target, inverse, cost, active, start, stop):
    for n in range(start, stop):
        x, y, u, v = source[n, 0], source[n, 1], target[n, 0], target[n, 1]
        for i in range(Index(active)):
            a = h[0, i] * x + h[1, i] * y + h[2, i]
            b = h[3, i] * x + h[4, i] * y + h[5, i]
            c = h[6, i] * x + h[7, i] * y + h[8, i]
            d = h[0, i] * u + h[3, i] * v + h[6, i]
            e = h[1, i] * u + h[4, i] * v + h[7, i]
            off = a * u + b * v + c
            share = off * off / (a * a + b * b + d * d + e * e) * inverse
            rest = 1.0 - share if share < 1.0 else 0.0
            cost[i] += 1.0 - rest * rest * rest


def weigh(g, source, target, is_sampson, inverse, weights):
    """Write the weight of every pair under one model."""
    for n in range(Index(len(source))):
        x, y, u, v = source[n, 0], source[n, 1], target[n, 0], target[n, 1]
        a = g[0, 0] * x + g[0, 1] * y + g[0, 2]
        b = g[1, 0] * x + g[1, 1] * y + g[1, 2]
        c = g[2, 0] * x + g[2, 1] * y + g[2, 2]
        if is_sampson:
            d = g[0, 0] * u + g[1, 0] * v + g[2, 0]
            e = g[0, 1] * u + g[1, 1] * v + g[2, 1]
            off = a * u + b * v + c
            share = off * off / (a * a + b * b + d * d + e * e) * inverse
        else:
            dx, dy = a / c - u, b / c - v
            share = (dx * dx + dy * dy) * inverse
        rest = 1.0 - share if share < 1.0 else 0.0
        weights[n] = rest * rest
