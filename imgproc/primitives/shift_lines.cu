// Lines sampled each from a position of its own: one thread for each element of the result.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

// The image has `lines` lines of `length`, the result `made_lines` of `made_length`; rows are lines or columns are,
// and `stride` elements lie below a column.
extern "C" __global__ void shift_lines(
    const image_t* image, const long long* base, const work_t* weights, work_t* made, long long size, long long first,
    long long lines, long long length, long long made_lines, long long made_length, int are_rows, long long stride,
    int taps, int border, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long width = are_rows ? made_length : made_lines, height = are_rows ? made_lines : made_length;
    const long long column = i / stride % width, row = i / (stride * width) % height;
    const long long j = are_rows ? row : column, x = are_rows ? column : row;
    const long long across = are_rows ? length : 1, along = are_rows ? 1 : lines;
    const image_t* plane = image + i / (stride * width * height) * (lines * length * stride) + i % stride;
    const long long line = inside(first + j, lines, border);
    work_t total = 0;
    for (int k = 0; k < taps; ++k) {
        const work_t weight = weights[j * taps + k];
        if (weight == 0) continue;  // a NaN out of reach would count
        const long long at = inside(base[j] + x + k, length, border);
        total += weight * (line < 0 || at < 0 ? fill : (work_t)plane[(line * across + at * along) * stride]);
    }
    made[i] = total;
}
