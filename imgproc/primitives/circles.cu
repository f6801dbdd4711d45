// Block k fits circle k: its threads share out the edges. Sums are taken in a fixed order.
#ifndef IMAGE_TYPES
typedef unsigned char image_t;
typedef double work_t;
#endif
#define THREADS 128
#define ALIGNED 0.9
#define UNIT 1024.0

struct View {
    double distance, ux, uy, weight;
};

// How an edge is seen from the centre; a weight of 0 where its gradient is not along the radius.
__device__ inline View look(const double* edge, double x, double y) {
    const double dx = edge[0] - x, dy = edge[1] - y;
    View view;
    view.distance = sqrt(dx * dx + dy * dy);
    const int aligned = view.distance > 0 && fabs(dx * edge[2] + dy * edge[3]) >= ALIGNED * view.distance;
    const double safe = view.distance > 0 ? view.distance : 1;
    view.ux = dx / safe;
    view.uy = dy / safe;
    view.weight = aligned ? edge[4] : 0;
    return view;
}

// The sum over the threads of a block, for thread 0.
__device__ inline double add_up(double mine, double* parts) {
    parts[threadIdx.x] = mine;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
        __syncthreads();
    }
    const double total = parts[0];
    __syncthreads();
    return total;
}

extern "C" __global__ void fit_circles(
    const double* edges, long long count, const double* starts, double low, double slack, int bins, int fits,
    double* fitted) {
    extern __shared__ unsigned long long outline[];
    __shared__ double parts[THREADS];
    __shared__ double first_radius;
    double x = starts[2 * blockIdx.x], y = starts[2 * blockIdx.x + 1];
    for (int b = threadIdx.x; b < bins; b += THREADS) outline[b] = 0;
    __syncthreads();
    const double first = low - 2 * slack;
    for (long long i = threadIdx.x; i < count; i += THREADS) {
        const View view = look(edges + 5 * i, x, y);
        const double b = floor((view.distance - first) / slack);
        if (b >= 0 && b < bins && view.weight > 0) atomicAdd(outline + (int)b, (unsigned long long)view.weight);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        double most = -1;
        first_radius = 0;
        for (int b = 1; b < bins - 1; ++b) {
            const double middle = first + (b + 0.5) * slack;
            const double share = (double)(outline[b - 1] + outline[b] + outline[b + 1]) / fmax(middle, 1.0);
            if (share > most) {
                most = share;
                first_radius = middle;
            }
        }
    }
    __syncthreads();
    double radius = first_radius;
    bool good = radius > 0;
    for (int k = 0; k < fits && good; ++k) {
        const double tolerance = fmax(1.0, (1.5 * slack + 1) * exp2(-(double)k));
        double sums[9] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
        for (long long i = threadIdx.x; i < count; i += THREADS) {
            const View view = look(edges + 5 * i, x, y);
            const double off = view.distance - radius;
            if (fabs(off) > tolerance) continue;
            const double wx = view.weight * view.ux, wy = view.weight * view.uy;
            const double terms[9] = {view.weight, wx, wy, wx * view.ux, wx * view.uy, wy * view.uy, view.weight * off,
                                     wx * off, wy * off};
            for (int j = 0; j < 9; ++j) sums[j] += terms[j];
        }
        for (int j = 0; j < 9; ++j) sums[j] = add_up(sums[j], parts);
        const double n = sums[0], sx = sums[1], sy = sums[2], xx = sums[3], xy = sums[4], yy = sums[5];
        const double e = sums[6], ex = sums[7], ey = sums[8];
        const double a = yy * n - sy * sy, b = sx * sy - xy * n, c = xy * sy - yy * sx, d = xy * sx - xx * sy;
        const double determinant = xx * a + xy * b + sx * c;
        good = determinant > 1e-6 * n * n * n;
        if (!good) break;
        const double dx = (ex * a + ey * b + e * c) / determinant;
        const double dy = (ex * b + ey * (xx * n - sx * sx) + e * d) / determinant;
        const double grown = (ex * c + ey * d + e * (xx * yy - xy * xy)) / determinant;
        good = fabs(dx) + fabs(dy) + fabs(grown) <= 4 * slack;
        if (!good) break;
        x += dx;
        y += dy;
        radius += grown;
    }
    double support = 0;
    for (long long i = threadIdx.x; i < count; i += THREADS) {
        const View view = look(edges + 5 * i, x, y);
        if (fabs(view.distance - radius) <= 1) support += view.weight;
    }
    support = add_up(support, parts) / UNIT;
    if (threadIdx.x > 0) return;
    double* made = fitted + 4 * blockIdx.x;
    made[0] = x;
    made[1] = y;
    made[2] = radius;
    made[3] = good && radius > 0.5 ? support / (2 * 3.14159265358979323846 * radius) : 0;
}
