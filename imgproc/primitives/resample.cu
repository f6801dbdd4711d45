// One axis laid anew: made[x] = sum over k < counts[x] of weights[k][x] * image[starts[x] + k], in the work type.
#ifndef IMAGE_TYPES
typedef float image_t;
typedef float work_t;
#endif

extern "C" __global__ void resample_axis(
    const image_t* image, const long long* starts, const long long* counts, const work_t* weights, work_t* made,
    long long size, long long length, long long made_length, long long stride) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long x = i / stride % made_length, line = i / (stride * made_length);
    const image_t* source = image + (line * length + starts[x]) * stride + i % stride;
    work_t total = 0;
    for (long long k = 0; k < counts[x]; ++k) total += weights[k * made_length + x] * (work_t)source[k * stride];
    made[i] = total;
}
