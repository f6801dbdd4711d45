// Where position `x` of an axis of length `n` lies inside it, or -1 for the fill value. As border_indices in borders.py.
// Words: 0 reflect, 1 symmetric, 2 edge, 3 wrap, 4 constant.
__device__ inline long long inside(long long x, long long n, int border) {
    if (x >= 0 && x < n) return x;
    if (border == 4) return -1;
    if (border == 2) return x < 0 ? 0 : n - 1;
    if (n == 1) return 0;
    const long long period = border == 3 ? n : border == 1 ? 2 * n : 2 * n - 2;
    long long folded = x % period;
    if (folded < 0) folded += period;
    if (border == 3) return folded;
    const long long mirrored = border == 1 ? 2 * n - 1 - folded : period - folded;
    return folded < mirrored ? folded : mirrored;
}
