#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

__device__ inline work_t length_at(
    const work_t* gx, const work_t* gy, long long y, long long x, long long height, long long width, long long stride) {
    if (y < 0 || y >= height || x < 0 || x >= width) return 0;
    const long long at = (y * width + x) * stride;
    return hypot(gx[at], gy[at]);
}

// The gradient's length where it is a maximum along the gradient (ties: the pixel towards -x, -y stays); elsewhere 0,
// or its negative if is_signed. NaN where a compared length is NaN. As _signed in gradient.py.
extern "C" __global__ void suppress(
    const work_t* gx, const work_t* gy, work_t* made, long long size, long long height, long long width,
    long long stride, int is_signed) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % width, y = i / (stride * width) % height;
    const long long plane = i - (y * width + x) * stride;
    const work_t a = gx[i], b = gy[i], along_x = fabs(a), along_y = fabs(b);
    const bool falling = (a >= 0) == (b >= 0), steep = along_y > along_x;
    const work_t greater = steep ? along_y : along_x, lesser = steep ? along_x : along_y;
    const work_t share = greater > 0 ? lesser / greater : lesser;
    const work_t center = hypot(a, b);
    work_t sides[2];
    for (int s = 0; s < 2; ++s) {
        const int side = s == 0 ? -1 : 1;
        const int straight_y = steep ? side : 0, straight_x = steep ? 0 : side;
        const int corner_y = falling || steep ? side : -side, corner_x = falling || !steep ? side : -side;
        const work_t straight =
            length_at(gx + plane, gy + plane, y + straight_y, x + straight_x, height, width, stride);
        const work_t corner = length_at(gx + plane, gy + plane, y + corner_y, x + corner_x, height, width, stride);
        sides[s] = straight * (1 - share) + corner * share;
    }
    const bool told = center == center && sides[0] == sides[0] && sides[1] == sides[1];
    const bool stays = center > sides[0] && center >= sides[1];
    made[i] = told ? (stays ? center : (is_signed ? -center : (work_t)0)) : (work_t)NAN;
}
