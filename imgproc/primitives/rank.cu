// Order statistics on keys: unsigned integers that compare as the values they stand for. As in _rank_numba.py, a key is
// bits ^ flip, and also ^ low where the sign bit `top` is set (floats only); bits beyond `infinity` are NaN.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

typedef unsigned long long key_t64;
template <int bytes> struct unsigned_of;
template <> struct unsigned_of<1> { typedef unsigned char type; };
template <> struct unsigned_of<2> { typedef unsigned short type; };
template <> struct unsigned_of<4> { typedef unsigned int type; };
template <> struct unsigned_of<8> { typedef unsigned long long type; };
typedef unsigned_of<sizeof(image_t)>::type bits_t;

struct Window {
    const bits_t* plane;
    long long y, x, height, width, stride;
    int border;
    key_t64 flip, low, top, infinity, nan, fill;

    __device__ key_t64 key(long long dy, long long dx) const {
        const long long row = inside(y + dy, height, border), column = inside(x + dx, width, border);
        if (row < 0 || column < 0) return fill;
        const key_t64 bits = plane[(row * width + column) * stride];
        if (low && (bits & low) > infinity) return nan;
        return bits ^ flip ^ (bits & top ? low : 0);
    }
    __device__ bits_t value(key_t64 key) const {
        const key_t64 bits = key ^ flip;
        return (bits_t)(bits ^ (bits & top ? low : 0));
    }
};

// Element i of an image with `stride` elements below a column.
__device__ inline Window window_of(
    const image_t* image, long long i, long long height, long long width, long long stride, int border, key_t64 flip,
    key_t64 low, key_t64 top, key_t64 infinity, key_t64 nan, key_t64 fill) {
    const long long x = i / stride % width, y = i / (stride * width) % height;
    const bits_t* plane = (const bits_t*)image + (i - (y * width + x) * stride);
    Window window = {plane, y, x, height, width, stride, border, flip, low, top, infinity, nan, fill};
    return window;
}

// The median by bisection: bit by bit, the greatest key that at most half of the window lies below. `nan` is the greatest key.
extern "C" __global__ void window_median(
    const image_t* image, image_t* made, long long size, long long height, long long width, long long stride, int border,
    key_t64 flip, key_t64 low, key_t64 top, key_t64 infinity, key_t64 nan, key_t64 fill, int rows, int columns) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const Window window = window_of(image, i, height, width, stride, border, flip, low, top, infinity, nan, fill);
    const int first_row = -(rows / 2), first_column = -(columns / 2);
    key_t64 least = ~0ull, greatest = 0;
    for (int j = first_row; j <= rows / 2; ++j)
        for (int k = first_column; k <= columns / 2; ++k) {
            const key_t64 key = window.key(j, k);
            if (key < least) least = key;
            if (key > greatest) greatest = key;
        }
    bits_t* out = (bits_t*)made;
    if (low && greatest == nan) {
        out[i] = window.value(nan);
        return;
    }
    // the bits above the first that differs are common to the window
    int bit = 63;
    while (bit >= 0 && !((least ^ greatest) >> bit & 1)) --bit;
    key_t64 found = bit < 0 ? least : greatest >> bit >> 1 << bit << 1;
    const long long half = (long long)rows * columns / 2;
    for (; bit >= 0; --bit) {
        const key_t64 candidate = found | 1ull << bit;
        long long below = 0;
        for (int j = first_row; j <= rows / 2; ++j)
            for (int k = first_column; k <= columns / 2; ++k) below += window.key(j, k) < candidate;
        if (below <= half) found = candidate;
    }
    out[i] = window.value(found);
}

// The least key under `count` runs of a footprint: (row, first column, length), about the anchor.
extern "C" __global__ void window_minimum(
    const image_t* image, image_t* made, long long size, long long height, long long width, long long stride, int border,
    key_t64 flip, key_t64 low, key_t64 top, key_t64 infinity, key_t64 nan, key_t64 fill, const int* runs, int count) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const Window window = window_of(image, i, height, width, stride, border, flip, low, top, infinity, nan, fill);
    key_t64 least = ~0ull;
    for (int run = 0; run < count; ++run)
        for (int k = 0; k < runs[3 * run + 2]; ++k) {
            const key_t64 key = window.key(runs[3 * run], runs[3 * run + 1] + k);
            if (key < least) least = key;
        }
    ((bits_t*)made)[i] = window.value(least);
}
