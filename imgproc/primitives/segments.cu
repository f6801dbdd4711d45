// The loop over pixels that traces segments, in one block: its threads share out the directions, thread 0 walks.
#ifndef IMAGE_TYPES
typedef unsigned char image_t;
typedef double work_t;
#endif
#define FRACTION 32
#define THREADS 256
#define ROUNDS 3

struct Line {
    int is_flat, major, minor;
    double slope, most_steps;
};

__device__ inline long long pixel_of(const Line& line, int along, int across, int height, int width) {
    const int y = line.is_flat ? across : along, x = line.is_flat ? along : across;
    return y < 0 || y >= height || x < 0 || x >= width ? -1 : (long long)y * width + x;
}

__device__ inline int middle_of(const Line& line, int step) {
    return (int)floor(line.minor + line.slope * step + 0.5);
}

// The last step on an edge before too long a gap; `found` is where across.
__device__ inline int walk(const image_t* state, const Line& line, int side, int height, int width, int* found) {
    const int length = line.is_flat ? width : height;
    int last = 0;
    *found = line.minor;
    for (int step = side; line.major + step >= 0 && line.major + step < length; step += side) {
        if ((step - last) * side - 1 > line.most_steps) break;
        const int middle = middle_of(line, step);
        const int places[3] = {middle, middle - 1, middle + 1};
        for (int k = 0; k < 3; ++k) {
            const long long at = pixel_of(line, line.major + step, places[k], height, width);
            if (at < 0 || state[at] == 0) continue;
            last = step;
            *found = places[k];
            break;
        }
    }
    return last;
}

extern "C" __global__ void trace_segments(
    image_t* state, int height, int width, const long long* order, long long total, const long long* cosines,
    const long long* sines, int directions, long long offset, int* votes, int bins, int threshold, double min_length,
    double max_gap, int* segments, int limit, int* count) {
    __shared__ long long best[THREADS];
    __shared__ Line line;
    __shared__ int first, last, made;
    const int me = threadIdx.x;
    if (me == 0) made = 0;
    __syncthreads();
    for (long long i = 0; i < total; ++i) {
        const int y = (int)(order[i] / width), x = (int)(order[i] % width);
        const int is_gone = state[order[i]] == 0;
        __syncthreads();
        if (is_gone) continue;
        long long mine = 0;   // count, and of equal counts the first direction
        for (int a = me; a < directions; a += THREADS) {
            const long long bin = (offset + x * cosines[a] + y * sines[a]) >> FRACTION;
            const long long key = ((long long)++votes[(long long)a * bins + bin] << 32) | (0x7fffffff - a);
            if (key > mine) mine = key;
        }
        best[me] = mine;
        if (me == 0) state[order[i]] = 2;
        __syncthreads();
        for (int half = THREADS / 2; half > 0; half /= 2) {
            if (me < half && best[me + half] > best[me]) best[me] = best[me + half];
            __syncthreads();
        }
        const long long winner = best[0];
        __syncthreads();
        if ((winner >> 32) < threshold) continue;
        if (me == 0) {
            const int a = 0x7fffffff - (int)(winner & 0x7fffffff);
            const double c = (double)cosines[a], s = (double)sines[a];
            line.is_flat = fabs(s) >= fabs(c);
            line.major = line.is_flat ? x : y;
            line.minor = line.is_flat ? y : x;
            line.slope = line.is_flat ? -(c / s) : -(s / c);
            int across_first = line.minor, across_last = line.minor;
            first = last = 0;
            for (int k = 0; k < ROUNDS; ++k) {
                if (k > 0 && last > first) line.slope = (double)(across_last - across_first) / (last - first);
                line.most_steps = max_gap / sqrt(1 + line.slope * line.slope);
                first = walk(state, line, -1, height, width, &across_first);
                last = walk(state, line, 1, height, width, &across_last);
            }
            int x1 = line.is_flat ? line.major + first : across_first, y1 = line.is_flat ? across_first : line.major + first;
            int x2 = line.is_flat ? line.major + last : across_last, y2 = line.is_flat ? across_last : line.major + last;
            const int is_turned = x2 < x1 || (x2 == x1 && y2 < y1);
            const double dx = x2 - x1, dy = y2 - y1;
            if (sqrt(dx * dx + dy * dy) >= min_length) {
                int* segment = segments + 4 * made;
                segment[0] = is_turned ? x2 : x1;
                segment[1] = is_turned ? y2 : y1;
                segment[2] = is_turned ? x1 : x2;
                segment[3] = is_turned ? y1 : y2;
                ++made;
            }
        }
        __syncthreads();
        for (int step = first; step <= last; ++step)
            for (int k = -1; k <= 1; ++k) {
                const long long at = pixel_of(line, line.major + step, middle_of(line, step) + k, height, width);
                if (at < 0 || state[at] != 2) continue;
                const long long row = at / width, column = at - row * width;
                for (int a = me; a < directions; a += THREADS)
                    --votes[(long long)a * bins + ((offset + column * cosines[a] + row * sines[a]) >> FRACTION)];
            }
        __syncthreads();
        for (int step = first + me; step <= last; step += THREADS)
            for (int k = -1; k <= 1; ++k) {
                const long long at = pixel_of(line, line.major + step, middle_of(line, step) + k, height, width);
                if (at >= 0) state[at] = 0;
            }
        const int is_done = made == limit;
        __syncthreads();
        if (is_done) break;
    }
    if (me == 0) *count = made;
}
