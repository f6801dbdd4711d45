// Numbers of pixels of components, added up at their roots; `parents` are those of label.cu, within a plane.
#define SEGMENT 32   // pixels of a row that are added at once

// The sign bit of a size says that the component reaches the edge.
extern "C" __global__ void weigh(
    const unsigned char* mask, const int* parents, int* sizes, long long size, int height, int width, int with_edge) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size || !mask[i]) return;
    const int at = (int)(i % ((long long)height * width)), x = at % width, y = at / width;
    if (x % SEGMENT != 0 && mask[i - 1]) return;   // the first pixel of its run in the segment adds for all
    int length = 1;
    while ((x + length) % SEGMENT != 0 && x + length < width && mask[i + length]) ++length;
    int* total = sizes + (i - at + parents[i]);
    atomicAdd(total, length);
    if (with_edge && (x == 0 || x + length == width || y == 0 || y == height - 1)) atomicOr(total, 1 << 31);
}

extern "C" __global__ void keep_large(
    const unsigned char* mask, const int* parents, const int* sizes, unsigned char* kept, long long size, int height,
    int width, int min_size) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long area = (long long)height * width;
    bool stays = false;
    if (mask[i]) {
        const int total = sizes[i - i % area + parents[i]];
        stays = total < 0 || total >= min_size;
    }
    kept[i] = stays;
}
