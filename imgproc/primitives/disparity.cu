// Matching along rows on codes of two images, each (planes, height, bytes, width); `sums` is (planes, height, width,
// levels), where disparity d of pixel x stands for pixel x - d of the right image.
#define ABSENT 0xFFFF

__device__ inline int count_differences(
    const unsigned char* left, const unsigned char* right, long long row, int x, int d, int width, int bytes, int most) {
    if (d > x) return most;
    int count = 0;
    for (int k = 0; k < bytes; ++k) {
        const long long at = (row * bytes + k) * width + x;
        count += __popc(left[at] ^ right[at - d]);
    }
    return count;
}

// One block follows a line of pixels there and back; a thread takes every blockDim.x-th disparity. The last path and
// the next lie in shared memory, each between two values that no minimum takes, and after them two minima.
extern "C" __global__ void follow_paths(
    const unsigned char* left, const unsigned char* right, unsigned short* sums, int height, int width, int bytes,
    int levels, int most, int small, int large, int vertical) {
    extern __shared__ int room[];
    int* low = room + 2 * (levels + 2);
    const int length = vertical ? height : width, across = vertical ? width : height;
    const long long plane = blockIdx.x / across;
    const int line = (int)(blockIdx.x % across);
    for (int backward = 0; backward < 2; ++backward) {
        for (int d = threadIdx.x; d < levels + 2; d += blockDim.x)
            room[d] = room[levels + 2 + d] = d == 0 || d == levels + 1 ? 1 << 20 : 0;
        if (threadIdx.x == 0) { low[0] = 0; low[1] = 1 << 20; }
        __syncthreads();
        for (int step = 0; step < length; ++step) {
            const int at = backward ? length - 1 - step : step;
            const int x = vertical ? line : at, y = vertical ? at : line;
            const long long row = plane * height + y;
            const int* before = room + step % 2 * (levels + 2);
            int* after = room + (step + 1) % 2 * (levels + 2);
            const int least = low[step % 2];
            for (int d = threadIdx.x; d < levels; d += blockDim.x) {
                const int beside = min(before[d], before[d + 2]) + small;
                const int value = min(min(before[d + 1], least + large), beside) - least
                    + count_differences(left, right, row, x, d, width, bytes, most);
                after[d + 1] = value;
                atomicMin(low + (step + 1) % 2, value);
                unsigned short* sum = sums + (row * width + x) * levels + d;
                *sum = (unsigned short)(vertical || backward ? *sum + value : value);
            }
            __syncthreads();
            if (threadIdx.x == 0) low[step % 2] = 1 << 20;   // all have read it; the next step fills it
            __syncthreads();
        }
    }
}

// Sums of costs over the `size` pixels of a row around each pixel, the edge repeated.
extern "C" __global__ void sum_rows(
    const unsigned char* left, const unsigned char* right, unsigned short* sums, long long total, int width, int bytes,
    int levels, int most, int size) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total) return;
    const int d = (int)(i % levels), x = (int)(i / levels % width);
    int sum = 0;
    for (int k = -(size / 2); k <= size / 2; ++k)
        sum += count_differences(
            left, right, i / levels / width, min(max(x + k, 0), width - 1), d, width, bytes, most);
    sums[i] = (unsigned short)sum;
}

extern "C" __global__ void sum_columns(
    const unsigned short* rows, unsigned short* sums, long long total, int height, int width, int levels, int size) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total) return;
    const long long stride = (long long)width * levels;
    const int y = (int)(i / stride % height);
    int sum = 0;
    for (int k = -(size / 2); k <= size / 2; ++k) sum += rows[i + (min(max(y + k, 0), height - 1) - y) * stride];
    sums[i] = (unsigned short)sum;
}

// The best disparity of each pixel of the right image, the least of equals.
extern "C" __global__ void choose_right(
    const unsigned short* sums, unsigned short* others, long long size, int width, int levels) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width);
    int best = 0, least = 1 << 20;
    for (int d = 0; d < levels && x + d < width; ++d) {
        const int cost = sums[(i + d) * levels + d];
        if (cost < least) { least = cost; best = d; }
    }
    others[i] = (unsigned short)best;
}

extern "C" __global__ void choose(
    const unsigned short* sums, const unsigned short* others, float* out, long long size, int width, int levels,
    int subpixel, int tolerance) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width), end = min(levels, x + 1);
    const unsigned short* costs = sums + i * levels;
    int best = 0;
    for (int d = 1; d < end; ++d) if (costs[d] < costs[best]) best = d;
    float value = (float)best;
    if (tolerance >= 0 && abs((int)others[i - best] - best) > tolerance) value = nanf("");
    else if (subpixel && best > 0 && best < end - 1) {
        const int before = costs[best - 1], after = costs[best + 1];
        value += (float)(before - after) / (float)(2 * (max(before, after) - costs[best]));
    }
    out[i] = value;
}

// NaN where fewer than one in `share` pixels of the window, `reach` pixels to each side, agree within one.
extern "C" __global__ void keep_supported(
    const float* disparity, float* out, long long size, int height, int width, int reach, int share) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width), y = (int)(i / width % height);
    const float own = disparity[i];
    const int top = max(y - reach, 0), bottom = min(y + reach, height - 1);
    const int first = max(x - reach, 0), last = min(x + reach, width - 1);
    int agree = 0;
    for (int row = top; row <= bottom; ++row)
        for (int column = first; column <= last; ++column)
            agree += fabsf(disparity[i + (long long)(row - y) * width + column - x] - own) <= 1.0f;
    out[i] = agree * share >= (bottom - top + 1) * (last - first + 1) ? own : nanf("");
}
