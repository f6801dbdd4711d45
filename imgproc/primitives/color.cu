// One thread makes one pixel; channels lie `inner` elements apart, 1 where they are interleaved.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

#define W(x) ((work_t)(x))

struct color_t {
    work_t a, b, c;
};

__device__ inline work_t decode(work_t coded) {
    const work_t length = fabs(coded);
    if (!(length > W(0.04045))) return coded / W(12.92);
    return copysign(pow((length + W(0.055)) / W(1.055), W(2.4)), coded);
}

__device__ inline work_t encode(work_t linear) {
    const work_t length = fabs(linear);
    if (!(length > W(0.0031308))) return linear * W(12.92);
    const work_t power = pow(length, W(1 / 2.4));
    return copysign(power + W(0.055) * (power - 1), linear);
}

__device__ inline long long at(long long p, long long inner) { return p / inner * 3 * inner + p % inner; }

__device__ inline color_t load(const image_t* image, long long p, long long inner, work_t low, work_t span) {
    const image_t* pixel = image + at(p, inner);
    color_t made = {(W(pixel[0]) - low) / span, (W(pixel[inner]) - low) / span, (W(pixel[2 * inner]) - low) / span};
    return made;
}

__device__ inline void store(work_t* made, long long p, long long inner, work_t a, work_t b, work_t c) {
    work_t* pixel = made + at(p, inner);
    pixel[0] = a;
    pixel[inner] = b;
    pixel[2 * inner] = c;
}

// Middle plus weighted differences of the first and last value from it, as in color_spaces.py.
__device__ inline color_t mix(
    work_t first, work_t middle, work_t last, work_t w0, work_t w1, work_t w2, work_t w3, work_t w4, work_t w5) {
    const work_t a = first - middle, b = last - middle;
    color_t made = {middle + w0 * a + w1 * b, middle + w2 * a + w3 * b, middle + w4 * a + w5 * b};
    return made;
}

extern "C" __global__ void decode_values(const image_t* image, work_t* made, long long size, work_t low, work_t span) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) made[i] = decode((W(image[i]) - low) / span);
}

extern "C" __global__ void encode_values(const image_t* image, work_t* made, long long size, work_t low, work_t span) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) made[i] = encode((W(image[i]) - low) / span);
}

#define ARGUMENTS const image_t *image, work_t *made, long long size, long long inner, work_t low, work_t span
#define SIX work_t w0, work_t w1, work_t w2, work_t w3, work_t w4, work_t w5
#define NINE SIX, work_t x_white, work_t y_white, work_t z_white
#define LOAD \
    const long long p = (long long)blockIdx.x * blockDim.x + threadIdx.x; \
    if (p >= size) return; \
    const color_t in = load(image, p, inner, low, span)

extern "C" __global__ void xyz_of_rgb(ARGUMENTS, NINE) {
    LOAD;
    const color_t xyz = mix(decode(in.a), decode(in.b), decode(in.c), w0, w1, w2, w3, w4, w5);
    store(made, p, inner, xyz.a * x_white, xyz.b, xyz.c * z_white);
}

extern "C" __global__ void rgb_of_xyz(ARGUMENTS, NINE) {
    LOAD;
    const color_t rgb = mix(in.a / x_white, in.b, in.c / z_white, w0, w1, w2, w3, w4, w5);
    store(made, p, inner, encode(rgb.a), encode(rgb.b), encode(rgb.c));
}

__device__ inline work_t lab_root(work_t t) {
    return t > W(216.0 / 24389) ? cbrt(t) : t * W(841.0 / 108) + W(4.0 / 29);
}

__device__ inline work_t lab_cube(work_t f) { return f > W(6.0 / 29) ? f * f * f : (f - W(4.0 / 29)) * W(108.0 / 841); }

extern "C" __global__ void lab_of_rgb(ARGUMENTS, SIX) {
    LOAD;
    const color_t xyz = mix(decode(in.a), decode(in.b), decode(in.c), w0, w1, w2, w3, w4, w5);
    const work_t x = lab_root(xyz.a), y = lab_root(xyz.b), z = lab_root(xyz.c);
    store(made, p, inner, 116 * y - 16, 500 * (x - y), 200 * (y - z));
}

extern "C" __global__ void rgb_of_lab(ARGUMENTS, SIX) {
    LOAD;
    const work_t y = (in.a + 16) / 116;
    const color_t rgb =
        mix(lab_cube(y + in.b / 500), lab_cube(y), lab_cube(y - in.c / 200), w0, w1, w2, w3, w4, w5);
    store(made, p, inner, encode(rgb.a), encode(rgb.b), encode(rgb.c));
}

extern "C" __global__ void hsv_of_rgb(ARGUMENTS) {
    LOAD;
    const work_t r = in.a, g = in.b, b = in.c;
    if (!(r == r && g == g && b == b)) {
        store(made, p, inner, W(NAN), W(NAN), W(NAN));
        return;
    }
    const work_t value = fmax(fmax(r, g), b), chroma = value - fmin(fmin(r, g), b);
    const work_t above = value == r ? g - b : value == g ? b - r : r - g;
    const work_t base = value == r ? W(0) : value == g ? W(2) : W(4);
    const work_t turn = chroma == 0 ? W(0) : (base + above / chroma) / 6;
    store(made, p, inner, turn < 0 ? turn + 1 : turn, value == 0 ? W(0) : chroma / value, value);
}

__device__ inline work_t hsv_channel(work_t n, work_t sixth, work_t value, work_t colored) {
    work_t k = n + sixth;
    if (k >= 6) k -= 6;
    const work_t rest = 4 - k;
    work_t share = rest < k ? rest : k;
    share = share > 1 ? W(1) : share < 0 ? W(0) : share;
    return value - colored * share;
}

extern "C" __global__ void rgb_of_hsv(ARGUMENTS) {
    LOAD;
    const work_t sixth = 6 * (in.a - floor(in.a)), colored = in.c * in.b;
    store(made, p, inner, hsv_channel(5, sixth, in.c, colored), hsv_channel(3, sixth, in.c, colored),
          hsv_channel(1, sixth, in.c, colored));
}

#define LEVELS work_t scale, work_t offset, work_t chroma_scale, work_t middle, work_t blue, work_t red

extern "C" __global__ void ycbcr_of_rgb(ARGUMENTS, LEVELS, work_t of_red, work_t of_blue) {
    LOAD;
    const work_t y = in.b + of_red * (in.a - in.b) + of_blue * (in.c - in.b);
    store(made, p, inner, y * scale + offset, (in.c - y) * blue + middle, (in.a - y) * red + middle);
}

extern "C" __global__ void rgb_of_ycbcr(ARGUMENTS, LEVELS, work_t red_in_green, work_t blue_in_green) {
    LOAD;
    const work_t y = (in.a - offset) / scale, b = (in.b - middle) * blue, r = (in.c - middle) * red;
    store(made, p, inner, y + r, y - r * red_in_green - b * blue_in_green, y + b);
}

__device__ inline work_t root(work_t x) { return x > 0 ? sqrt(x) : 0 * x; }

__device__ inline work_t saturation(work_t chroma) {
    work_t u = chroma / 25;
    u = u > 256 ? W(256) : u;
    const work_t power = u * u * u * u * u * u * u;
    return root(power / (1 + power));
}

// As _difference in color_difference.py, where the steps are told.
extern "C" __global__ void ciede2000(
    const work_t* first, const work_t* second, work_t* made, long long size, long long inner) {
    const long long p = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= size) return;
    const long long i = at(p, inner);
    const work_t l1 = first[i], b1 = first[i + 2 * inner], l2 = second[i], b2 = second[i + 2 * inner];
    work_t a1 = first[i + inner], a2 = second[i + inner];
    const work_t stretch = W(1.5) - W(0.5) * saturation((root(a1 * a1 + b1 * b1) + root(a2 * a2 + b2 * b2)) / 2);
    a1 = stretch * a1;
    a2 = stretch * a2;
    const work_t c1 = root(a1 * a1 + b1 * b1), c2 = root(a2 * a2 + b2 * b2), total = c1 + c2, product = c1 * c2;
    work_t rise = ((a2 - a1) * (a2 + a1) + (b2 - b1) * (b2 + b1)) / (total > 0 ? total : W(1));
    work_t cosine = total > 0 ? (a1 + a2) / total : W(1), sine = total > 0 ? (b1 + b2) / total : W(0), hue = 0;
    if (product > 0) {
        const work_t along = (a1 * a2 + b1 * b2) / product, cross = a1 * (b2 - b1) - b1 * (a2 - a1);
        work_t half_cosine, half_sine;
        if (along < 0) {
            const bool is_lower = b1 > 0 || (b1 == 0 && a1 > 0);
            half_sine = sqrt((1 - along) / 2);
            if (cross < 0 || (cross == 0 && !is_lower)) half_sine = -half_sine;
            half_cosine = cross / product / (2 * half_sine);
        } else {
            half_cosine = sqrt((1 + along) / 2);
            half_sine = cross / product / (2 * half_cosine);
        }
        cosine = (a1 * half_cosine - b1 * half_sine) / c1;
        sine = (b1 * half_cosine + a1 * half_sine) / c1;
        hue = 2 * root(product) * half_sine;
    }
    const work_t cosine2 = cosine * cosine - sine * sine, sine2 = 2 * sine * cosine;
    const work_t cosine3 = cosine2 * cosine - sine2 * sine, sine3 = sine2 * cosine + cosine2 * sine;
    const work_t cosine4 = cosine2 * cosine2 - sine2 * sine2, sine4 = 2 * sine2 * cosine2;
    const double degree = 3.14159265358979323846 / 180;
    const work_t t = 1 - W(0.17 * cos(30 * degree)) * cosine - W(0.17 * sin(30 * degree)) * sine + W(0.24) * cosine2 +
        W(0.32 * cos(6 * degree)) * cosine3 - W(0.32 * sin(6 * degree)) * sine3 -
        W(0.20 * cos(63 * degree)) * cosine4 - W(0.20 * sin(63 * degree)) * sine4;
    work_t angle = atan2(sine, cosine);
    if (angle < 0) angle += W(360 * degree);
    const work_t from_blue = (angle - W(275 * degree)) / W(25 * degree);
    const work_t twist = -2 * saturation(total / 2) * sin(W(60 * degree) * exp(-from_blue * from_blue));
    const work_t dark = (l1 + l2) / 2 - 50, darkness = dark * dark;
    const work_t lightness = (l2 - l1) / (1 + W(0.015) * darkness / sqrt(20 + darkness));
    rise = rise / (1 + W(0.0225) * total);
    hue = hue / (1 + W(0.0075) * total * t);
    made[p] = root(lightness * lightness + rise * rise + hue * hue + twist * rise * hue);
}
