// Each thread moves one pixel of (N, C, H, W) to its mode. `widths` are the half widths of the rows of the disk.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void shift_pixels(
    const image_t* images, const int* widths, work_t* values, int* rows, int* columns, double* room, long long size,
    long long depth, long long height, long long width, int reach, int most, work_t limit, double narrow, double steep,
    double still) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long pixels = height * width, place = i % pixels;
    const image_t* image = images + (i - place) * depth;
    work_t* color = values + (i - place) * depth + place;   // of this pixel; channels are `pixels` apart
    double* sums = room + (i - place) * depth + place;
    long long y = place / width, x = place % width;
    for (long long c = 0; c < depth; ++c) color[c * pixels] = image[c * pixels + place];
    for (int k = 0; k < most; ++k) {
        long long count = 0, down = 0, across = 0;
        for (long long c = 0; c < depth; ++c) sums[c * pixels] = 0;
        for (int dy = -reach; dy <= reach; ++dy) {
            if (y + dy < 0 || y + dy >= height) continue;
            const int half = widths[dy + reach];
            for (int dx = -half; dx <= half; ++dx) {
                if (x + dx < 0 || x + dx >= width) continue;
                const long long there = (y + dy) * width + x + dx;
                work_t square = 0;
                for (long long c = 0; c < depth; ++c) {
                    const work_t difference = (work_t)image[c * pixels + there] - color[c * pixels];
                    square += difference * difference;
                }
                if (!(square <= limit)) continue;
                ++count;
                down += dy;
                across += dx;
                for (long long c = 0; c < depth; ++c) sums[c * pixels] += (double)(work_t)image[c * pixels + there];
            }
        }
        if (count == 0) break;
        const double step_y = rint((double)down / count), step_x = rint((double)across / count);
        double square = 0;
        for (long long c = 0; c < depth; ++c) {
            const work_t mean = (work_t)(sums[c * pixels] / count);
            const double difference = (double)mean - (double)color[c * pixels];
            square += difference * difference;
            color[c * pixels] = mean;
        }
        y += (long long)step_y;
        x += (long long)step_x;
        if ((step_y * step_y + step_x * step_x) * narrow + square * steep <= still) break;
    }
    rows[i] = (int)y;
    columns[i] = (int)x;
}
