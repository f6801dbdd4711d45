// Votes for lines and centres, walks along lines, and circles fitted to edges. Counts are integers, so that the order of
// the threads does not show.
#ifndef IMAGE_TYPES
typedef unsigned char image_t;
typedef double work_t;
#endif
#define FRACTION 32

// Write the indices of the pixels of a mask, in any order; `count` is 0 before.
extern "C" __global__ void list_pixels(const image_t* mask, int* found, int* count, long long size) {
    __shared__ int taken, start;
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x == 0) taken = 0;
    __syncthreads();
    const int place = i < size && mask[i] ? atomicAdd(&taken, 1) : -1;
    __syncthreads();
    if (threadIdx.x == 0 && taken > 0) start = atomicAdd(count, taken);
    __syncthreads();
    if (place >= 0) found[start + place] = (int)i;
}

// Block (a, j) counts the j-th share of the pixels for direction a.
extern "C" __global__ void vote_lines_shared(
    const int* found, const int* count, int width, const long long* cosines, const long long* sines, long long offset,
    int* votes, int bins) {
    extern __shared__ int table[];
    for (int b = threadIdx.x; b < bins; b += blockDim.x) table[b] = 0;
    __syncthreads();
    const long long cosine = cosines[blockIdx.x], sine = sines[blockIdx.x];
    const int total = *count, step = gridDim.y * blockDim.x;
    for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < total; i += step) {
        const long long y = found[i] / width, x = found[i] - y * width;
        atomicAdd(table + ((offset + x * cosine + y * sine) >> FRACTION), 1);
    }
    __syncthreads();
    int* row = votes + (long long)blockIdx.x * bins;
    for (int b = threadIdx.x; b < bins; b += blockDim.x)
        if (table[b]) atomicAdd(row + b, table[b]);
}

extern "C" __global__ void vote_lines_global(
    const int* found, const int* count, int width, const long long* cosines, const long long* sines, long long offset,
    int* votes, int bins) {
    const long long cosine = cosines[blockIdx.x], sine = sines[blockIdx.x];
    int* row = votes + (long long)blockIdx.x * bins;
    const int total = *count, step = gridDim.y * blockDim.x;
    for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < total; i += step) {
        const long long y = found[i] / width, x = found[i] - y * width;
        atomicAdd(row + ((offset + x * cosine + y * sine) >> FRACTION), 1);
    }
}

// One thread for each edge and radius.
extern "C" __global__ void vote_centres(
    const double* edges, int width, long long count, const double* radii, const int* weights, int lengths, double cell,
    int* votes, int rows, int columns) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count * lengths) return;
    const double* edge = edges + width * (i % count);
    const int k = (int)(i / count);
    for (int side = -1; side <= 1; side += 2) {
        const double radius = side * radii[k];
        const double row = floor((edge[1] + radius * edge[3] + 0.5) / cell) + 1;
        const double column = floor((edge[0] + radius * edge[2] + 0.5) / cell) + 1;
        if (row > 0 && row < rows - 1 && column > 0 && column < columns - 1)
            atomicAdd(votes + ((long long)row * columns + (long long)column), weights[k]);
    }
}
