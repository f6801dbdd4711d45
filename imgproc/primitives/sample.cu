// Read an image at positions (x, y) in double precision: one thread for each element of the result.
// taps: 1 nearest, 2 linear, 4 cubic, 6 lanczos. An element lies at ((plane * height + row) * width + column) * stride + channel.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

#define FARTHEST 2147483648.0
#define PI 3.14159265358979323846

struct Image {
    const image_t* data;  // of this plane and channel
    long long height, width, stride;
    int border;
    image_t fill;
};

__device__ inline double bound(double x) { return x < -FARTHEST ? -FARTHEST : x > FARTHEST ? FARTHEST : x; }

__device__ inline image_t pixel(const Image& image, long long row, long long column) {
    row = inside(row, image.height, image.border);
    column = inside(column, image.width, image.border);
    return row < 0 || column < 0 ? image.fill : image.data[(row * image.width + column) * image.stride];
}

// Keys' kernel and Lanczos' of three lobes as functions of the distance; exactly 0 at whole numbers but 0.
__device__ inline double kernel_at(double distance, int taps) {
    const double d = fabs(distance);
    if (d >= taps / 2) return 0;
    if (taps == 2) return 1 - d;
    if (taps == 4) return d < 1 ? d * d * (1.5 * d - 2.5) + 1 : d * (d * (2.5 - 0.5 * d) - 4) + 2;
    if (d == 0) return 1;
    const double whole = floor(d + 0.5), angle = PI * d;
    const double wave = sin(PI * (d - whole)) * (fmod(whole, 2.0) == 0 ? 1 : -1);
    return (wave / angle) * (sin(angle / 3) / (angle / 3));
}

// The weights of the pixels about a position, which lies t behind pixel taps / 2 - 1 of them.
__device__ inline void weigh(double t, int taps, work_t* weights) {
    if (taps == 2) {
        const work_t part = (work_t)t;
        weights[0] = 1 - part;
        weights[1] = part;
        return;
    }
    double exact[6], total = 0;
    for (int i = 0; i < taps; ++i) total += exact[i] = kernel_at(t + taps / 2 - 1 - i, taps);
    for (int i = 0; i < taps; ++i) weights[i] = (work_t)(taps == 6 ? exact[i] / total : exact[i]);
}

__device__ inline work_t weighed(work_t weight, work_t value) { return weight == 0 ? weight : weight * value; }

__device__ inline work_t mix(const Image& image, double x, double y, int taps) {
    if (!isfinite(x) || !isfinite(y)) return (work_t)image.fill;
    x = bound(x);
    y = bound(y);
    work_t across[6], down[6];
    weigh(x - floor(x), taps, across);
    weigh(y - floor(y), taps, down);
    const long long left = (long long)floor(x) - (taps / 2 - 1), top = (long long)floor(y) - (taps / 2 - 1);
    work_t total = 0;
    for (int i = 0; i < taps; ++i) {
        work_t line = 0;
        for (int j = 0; j < taps; ++j) line += weighed(across[j], (work_t)pixel(image, top + i, left + j));
        total += weighed(down[i], line);
    }
    return total;
}

__device__ inline image_t nearest(const Image& image, double x, double y) {
    if (!isfinite(x) || !isfinite(y)) return image.fill;
    return pixel(image, (long long)floor(bound(y) + 0.5), (long long)floor(bound(x) + 0.5));
}

// Pixel (u, v) of the result that element i belongs to, and the plane it is read from.
struct Place {
    long long u, v, image;
};

__device__ inline Place place(long long i, long long made_height, long long made_width, long long each, Image& image) {
    const long long channel = i % image.stride, u = i / image.stride % made_width;
    const long long v = i / (image.stride * made_width) % made_height;
    const long long plane = i / (image.stride * made_width * made_height);
    image.data += plane * image.height * image.width * image.stride + channel;
    return {u, v, i / each};
}

__device__ inline double project(const double* matrix, const Place& at, double* x, double* y) {
    const double u = (double)at.u, v = (double)at.v;
    const double nearness = 1 / (matrix[6] * u + (matrix[7] * v + matrix[8]));
    *x = (matrix[0] * u + (matrix[1] * v + matrix[2])) * nearness;
    *y = (matrix[3] * u + (matrix[4] * v + matrix[5])) * nearness;
    return nearness;
}

// Positions of a map (each, made_height, made_width), or of a matrix where there is none; `each` elements share one.
extern "C" __global__ void sample(
    const image_t* data, const double* matrices, const double* xs, const double* ys, work_t* made, long long size,
    long long height, long long width, long long stride, long long made_height, long long made_width, long long each,
    int taps, int border, image_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    Image image = {data, height, width, stride, border, fill};
    const Place at = place(i, made_height, made_width, each, image);
    double x, y;
    if (matrices) {
        project(matrices + 9 * at.image, at, &x, &y);
    } else {
        const long long k = (at.image * made_height + at.v) * made_width + at.u;
        x = xs[k];
        y = ys[k];
    }
    made[i] = taps == 1 ? (work_t)nearest(image, x, y) : mix(image, x, y, taps);
}

__device__ inline double side(double squared, double largest) {
    return sqrt(fmin(fmax(squared, 1.0), largest * largest));
}

// See sample_antialiased.py: P as (xx, xy, yy) and its inverse.
__device__ inline void stretch(const double* m, double x, double y, double nearness, double largest, double* p) {
    const double xu = bound((m[0] - m[6] * x) * nearness), xv = bound((m[1] - m[7] * x) * nearness);
    const double yu = bound((m[3] - m[6] * y) * nearness), yv = bound((m[4] - m[7] * y) * nearness);
    const double xx = xu * xu + xv * xv, xy = xu * yu + xv * yv, yy = yu * yu + yv * yv;
    const double mean = (xx + yy) / 2, half = (xx - yy) / 2, root = sqrt(half * half + xy * xy);
    const double large = mean + root, small = mean - root;
    const double wide = side(large, largest), narrow = side(small, largest);
    double f = 0, g = 0;
    if (small > 1 && large < largest * largest) {
        f = 1 / (wide + narrow);
        g = -1 / (wide * narrow * (wide + narrow));
    } else if (large > small) {
        f = (wide - narrow) / (large - small);
        g = (1 / wide - 1 / narrow) / (large - small);
    }
    const double a = wide - f * large, b = 1 / wide - g * large;
    p[0] = f * xx + a; p[1] = f * xy; p[2] = f * yy + a;
    p[3] = g * xx + b; p[4] = g * xy; p[5] = g * yy + b;
}

extern "C" __global__ void sample_antialiased(
    const image_t* data, const double* matrices, work_t* made, long long size, long long height, long long width,
    long long stride, long long made_height, long long made_width, long long each, int taps, int border, image_t fill,
    double largest) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    Image image = {data, height, width, stride, border, fill};
    const Place at = place(i, made_height, made_width, each, image);
    const double* matrix = matrices + 9 * at.image;
    double x, y, p[6];
    const double nearness = project(matrix, at, &x, &y);
    made[i] = (work_t)fill;
    if (!isfinite(x) || !isfinite(y) || !isfinite(nearness)) return;
    x = bound(x);
    y = bound(y);
    stretch(matrix, x, y, bound(nearness), largest, p);
    const double right = taps / 2 * (fabs(p[0]) + fabs(p[1])), down = taps / 2 * (fabs(p[1]) + fabs(p[2]));
    const long long left = (long long)ceil(x - right), last = (long long)floor(x + right);
    const long long top = (long long)ceil(y - down), lowest = (long long)floor(y + down);
    if (border == 4 && (last < 0 || left >= width || lowest < 0 || top >= height)) return;
    double total = 0, norm = 0;
    for (long long row = top; row <= lowest; ++row) {
        for (long long column = left; column <= last; ++column) {
            const double dx = column - x, dy = row - y;
            const double weight = kernel_at(p[3] * dx + p[4] * dy, taps) * kernel_at(p[4] * dx + p[5] * dy, taps);
            if (weight == 0) continue;
            norm += weight;
            total += weight * (double)pixel(image, row, column);
        }
    }
    made[i] = (work_t)(total / norm);
}
