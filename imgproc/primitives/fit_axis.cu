// Fit a polynomial in the window of every element, along an axis of `length` with `stride` elements below it.
// As fit_axis.py: `weights` of differences from the element itself; with border -1 the elements near an end take
// `terms` polynomials fitted to the first or the last window, about its middle.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void fit_axis(
    const image_t* image, const work_t* weights, const work_t* basis, const work_t* heads, const work_t* tails,
    work_t* made, long long size, long long length, long long stride, int before, int after, int parity, int terms,
    int border, work_t base, work_t fill) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % length;
    const image_t* line = image + (i - x * stride);
    const int window = before + 1 + after;
    if (border < 0 && (x < after || x >= length - after)) {
        const bool is_head = x < after;
        const long long start = is_head ? 0 : length - window;
        const work_t* counts = is_head ? heads : tails;
        const long long place = is_head ? x : x - (length - after);
        const work_t reference = line[(start + after) * stride];
        work_t total = 0;
        for (int k = 0; k < terms; ++k) {
            work_t count = 0;
            for (int j = 0; j < window; ++j)
                count += basis[k * window + j] * ((work_t)line[(start + j) * stride] - reference);
            total += counts[k * after + place] * count;
        }
        made[i] = total + base * reference;
        return;
    }
    const work_t own = line[x * stride];
    work_t total = 0;
    if (parity == 0) {
        for (int k = 0; k < window; ++k) {
            const long long at = border < 0 ? x + k - before : inside(x + k - before, length, border);
            total += weights[k] * ((at < 0 ? fill : (work_t)line[at * stride]) - own);
        }
    } else {
        for (int k = 1; k <= after; ++k) {
            const long long right_at = border < 0 ? x + k : inside(x + k, length, border);
            const long long left_at = border < 0 ? x - k : inside(x - k, length, border);
            const work_t right = right_at < 0 ? fill : (work_t)line[right_at * stride];
            const work_t left = left_at < 0 ? fill : (work_t)line[left_at * stride];
            total += weights[before + k] * (parity < 0 ? right - left : (right - own) + (left - own));
        }
    }
    made[i] = total + base * own;
}
