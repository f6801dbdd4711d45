// Exact Euclidean distances: down each column, then the nearest of those along the row. Squares are integers.

// One thread walks down a column and up again.
extern "C" __global__ void measure_columns(
    const unsigned char* mask, int* heights, long long size, int height, int width) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int far = height + width;
    const long long first = i / width * height * width + i % width;
    int distance = far;
    for (int y = 0; y < height; ++y) {
        const long long at = first + (long long)y * width;
        distance = !mask[at] ? 0 : distance < far ? distance + 1 : far;
        heights[at] = distance;
    }
    for (int y = height - 2; y >= 0; --y) {
        const long long at = first + (long long)y * width;
        const int below = distance < far ? distance + 1 : far;
        if (below < heights[at]) heights[at] = below;
        distance = heights[at];
    }
}

// Tries ever further columns until none can be nearer.
extern "C" __global__ void nearest_in_rows(
    const int* heights, float* distances, long long size, int height, int width) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width);
    const long long far = height + width;
    long long found = (long long)heights[i] * heights[i];
    const int furthest = x > width - 1 - x ? x : width - 1 - x;
    for (long long k = 1; k <= furthest && k * k < found; ++k) {
        if (x - k >= 0) {
            const long long h = heights[i - k];
            if (h * h + k * k < found) found = h * h + k * k;
        }
        if (x + k < width) {
            const long long h = heights[i + k];
            if (h * h + k * k < found) found = h * h + k * k;
        }
    }
    distances[i] = found < far * far ? (float)sqrt((double)found) : __int_as_float(0x7f800000);
}
