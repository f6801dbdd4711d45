// Codes of how each pixel compares with its neighbours; `out` is (planes, height, bytes, width).
extern "C" __global__ void encode(
    const image_t* image, unsigned char* out, long long size, int height, int width, int bytes, int window) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width), y = (int)(i / width % height), middle = window / 2;
    const image_t* plane = image + i / width / height * height * width;
    const image_t own = plane[(long long)y * width + x];
    unsigned char* codes = out + (i / width * bytes) * width + x;
    const int count = window * window - 1;
    int code = 0;
    for (int k = 0; k < count; ++k) {
        const int at = k + (k >= window * middle + middle);
        const int row = min(max(y + at / window - middle, 0), height - 1);
        const int column = min(max(x + at % window - middle, 0), width - 1);
        if (plane[(long long)row * width + column] < own) code |= 1 << (k % 8);
        if (k % 8 == 7 || k == count - 1) {
            codes[(long long)(k / 8) * width] = (unsigned char)code;
            code = 0;
        }
    }
}
