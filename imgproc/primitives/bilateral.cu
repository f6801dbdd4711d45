// Each element sums weighted differences from itself over the offsets, (dy, dx) and their opposites.
// Exponents are of e: `biases` those of the distance, `scale` that of the squared difference over all channels.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void bilateral(
    const image_t* image, const int* offsets, const work_t* biases, work_t* made, long long size, long long height,
    long long width, long long stride, long long depth, long long channel_stride, int count, work_t scale, int border,
    work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % width, y = i / (stride * width) % height, c = i / channel_stride % depth;
    const image_t* plane = image + (i - (y * width + x) * stride);   // of this channel
    const image_t* first = plane - c * channel_stride;               // of channel 0
    const long long here = (y * width + x) * stride;
    const work_t center = plane[here];
    work_t total = 0, norm = 1;
    for (int k = 0; k < count; ++k) {
        for (int side = 1; side >= -1; side -= 2) {
            const long long row = inside(y + side * offsets[2 * k], height, border);
            const long long column = inside(x + side * offsets[2 * k + 1], width, border);
            const bool outside = row < 0 || column < 0;
            const long long there = (row * width + column) * stride;
            work_t square = 0;
            for (long long d = 0; d < depth; ++d) {
                const work_t value = outside ? fill : (work_t)first[d * channel_stride + there];
                const work_t difference = value - (work_t)first[d * channel_stride + here];
                square += difference * difference;
            }
            const work_t weight = exp(biases[k] + scale * square);
            total += weight * ((outside ? fill : (work_t)plane[there]) - center);
            norm += weight;
        }
    }
    made[i] = center + total / norm;
}
