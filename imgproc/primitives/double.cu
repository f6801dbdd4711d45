// Two elements for each along one axis, `length` long before and `made_length` after: three parts of it, and one of
// its neighbour on that side. As double.py.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void double_axis(
    const image_t* image, work_t* made, long long size, long long length, long long made_length, long long stride,
    int border, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long y = i / stride % made_length;
    const image_t* line = image + (i / (stride * made_length) * length * stride + i % stride);
    const long long at = inside(y % 2 ? y / 2 + 1 : y / 2 - 1, length, border);
    const work_t neighbour = at < 0 ? fill : (work_t)line[at * stride];
    made[i] = (work_t)0.75 * (work_t)line[y / 2 * stride] + (work_t)0.25 * neighbour;
}
