// Blocks (p, 0), (p, 1), ... share plane p. Plane p of an image with `stride` elements below a column holds `area` elements from
// p / stride * area * stride + p % stride on, `stride` apart. `counts` is (planes, bins), zero before.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef double work_t;
#endif

// The bin of a value, or -1 outside; the guess may be rounded in any way, the edges decide.
__device__ inline int find_bin(work_t value, const work_t* edges, int bins, work_t scale) {
    if (!(value >= edges[0] && value <= edges[bins])) return -1;
    const work_t guess = (value - edges[0]) * scale;
    int index = guess >= bins ? bins - 1 : guess > 0 ? (int)guess : 0;
    while (index > 0 && value < edges[index]) --index;
    while (index < bins - 1 && value >= edges[index + 1]) ++index;
    return index;
}

// For bins that fit into shared memory: a table per block, added to `counts` at the end.
extern "C" __global__ void histogram_shared(
    const image_t* image, const work_t* edges, unsigned long long* counts, long long area, long long stride, int bins) {
    extern __shared__ unsigned int table[];
    for (int b = threadIdx.x; b < bins; b += blockDim.x) table[b] = 0;
    __syncthreads();
    const long long p = blockIdx.x;
    const image_t* plane = image + (p / stride * area * stride + p % stride);
    const work_t scale = bins / (edges[bins] - edges[0]);
    for (long long i = (long long)blockIdx.y * blockDim.x + threadIdx.x; i < area; i += (long long)gridDim.y * blockDim.x) {
        const int b = find_bin((work_t)plane[i * stride], edges, bins, scale);
        if (b >= 0) atomicAdd(table + b, 1u);
    }
    __syncthreads();
    for (int b = threadIdx.x; b < bins; b += blockDim.x)
        if (table[b]) atomicAdd(counts + (p * bins + b), (unsigned long long)table[b]);
}

extern "C" __global__ void histogram_global(
    const image_t* image, const work_t* edges, unsigned long long* counts, long long area, long long stride, int bins) {
    const long long p = blockIdx.x;
    const image_t* plane = image + (p / stride * area * stride + p % stride);
    const work_t scale = bins / (edges[bins] - edges[0]);
    for (long long i = (long long)blockIdx.y * blockDim.x + threadIdx.x; i < area; i += (long long)gridDim.y * blockDim.x) {
        const int b = find_bin((work_t)plane[i * stride], edges, bins, scale);
        if (b >= 0) atomicAdd(counts + (p * bins + b), 1ull);
    }
}
