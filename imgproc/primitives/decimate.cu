// Every factor-th value of a symmetric filter along one axis, `length` long before and `kept` after; the window of the
// first begins `before` elements outside. Pairs of equal weight are added first, as in decimate.py.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void decimate_axis(
    const image_t* image, const work_t* weights, work_t* made, long long size, long long length, long long kept,
    long long stride, int taps, int factor, int before, int border, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long y = i / stride % kept;
    const image_t* line = image + (i / (stride * kept) * length * stride + i % stride);
    const long long start = factor * y - before;
    work_t total = 0;
    if (taps % 2) {
        const long long at = inside(start + taps / 2, length, border);
        total = weights[taps / 2] * (at < 0 ? fill : (work_t)line[at * stride]);
    }
    for (int k = 0; k < taps / 2; ++k) {
        const long long first = inside(start + k, length, border), last = inside(start + taps - 1 - k, length, border);
        const work_t left = first < 0 ? fill : (work_t)line[first * stride];
        const work_t right = last < 0 ? fill : (work_t)line[last * stride];
        total += weights[k] * (left + right);
    }
    made[i] = total;
}
