// One launch makes every element of the result; axes are named by their length and the stride below them.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

// Correlate along one axis. parity: 1 symmetric, -1 antisymmetric, 2 symmetric and summing
// to 0, 0 other; pairs are folded as in the reference body.
extern "C" __global__ void correlate_axis(
    const image_t* image, const work_t* weights, work_t* made, long long size, long long length, long long stride,
    int taps, int parity, int border, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % length;
    const image_t* line = image + (i - x * stride);
    const int before = taps / 2;
    work_t total = 0;
    if (parity == 0) {
        for (int k = 0; k < taps; ++k) {
            const long long at = inside(x + k - before, length, border);
            total += weights[k] * (at < 0 ? fill : (work_t)line[at * stride]);
        }
    } else {
        const work_t middle = line[x * stride];
        if (parity != 2) total = weights[before] * middle;
        for (int k = 1; k <= before; ++k) {
            const long long after_at = inside(x + k, length, border), before_at = inside(x - k, length, border);
            const work_t after = after_at < 0 ? fill : (work_t)line[after_at * stride];
            const work_t earlier = before_at < 0 ? fill : (work_t)line[before_at * stride];
            const work_t sum = after + earlier;
            total += weights[before + k] * (parity == 2 ? sum - (middle + middle) : parity > 0 ? sum : after - earlier);
        }
    }
    made[i] = total;
}

// Correlate with a rows x columns kernel, anchored at (above, left), over the axes (height, width) that have `stride` elements below a column.
extern "C" __global__ void correlate_full(
    const image_t* image, const work_t* kernel, work_t* made, long long size, long long height, long long width,
    long long stride, int rows, int columns, int above, int left, int border, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % width, y = i / (stride * width) % height;
    const image_t* plane = image + (i - (y * width + x) * stride);
    work_t total = 0;
    for (int j = 0; j < rows; ++j) {
        const long long row = inside(y + j - above, height, border);
        for (int k = 0; k < columns; ++k) {
            const long long column = inside(x + k - left, width, border);
            const work_t value = row < 0 || column < 0 ? fill : (work_t)plane[(row * width + column) * stride];
            total += kernel[j * columns + k] * value;
        }
    }
    made[i] = total;
}
