// Union-find on pixels: a parent never has a higher index than its child, so a root is the first pixel of its component.
// Playne and Hawick, "A new algorithm for parallel connected-component labelling on GPUs", IEEE TPDS 29(6), 2018.
// Indices count within a plane of `height` x `width`.
#ifdef CUSHIM
#define READ(p) cushim_relaxed_load(p)
#else
#define READ(p) (*(volatile const int*)(p))   // other threads write it
#endif
#define SEGMENT 32   // columns a thread looks back over: long runs become chains of segments, not of pixels

__device__ inline int find_root(const int* parents, int i) {
    for (int next = READ(parents + i); next != i; next = READ(parents + i)) i = next;
    return i;
}

__device__ inline void unite(int* parents, int a, int b) {
    for (;;) {
        a = find_root(parents, a);
        b = find_root(parents, b);
        if (a == b) return;
        const int high = a < b ? b : a, low = a < b ? a : b;
        const int before = atomicMin(parents + high, low);
        if (before == high) return;
        a = before;   // `high` had got another parent meanwhile, which must be joined as well
        b = low;
    }
}

// Hang each pixel below the first pixel of its run within its segment.
extern "C" __global__ void start_runs(
    const unsigned char* mask, int* parents, long long size, int height, int width, int connectivity) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int at = (int)(i % ((long long)height * width));
    int start = 0;
    if (mask[i]) while ((at - start) % width % SEGMENT != 0 && mask[i - start - 1]) ++start;
    parents[i] = at - start;
}

// Join each pixel with those before it, where no other pixel does so anyway.
extern "C" __global__ void join(
    const unsigned char* mask, int* parents, long long size, int height, int width, int connectivity) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size || !mask[i]) return;
    const int at = (int)(i % ((long long)height * width)), x = at % width;
    int* plane = parents + (i - at);
    const bool left = x > 0 && mask[i - 1];
    if (left && x % SEGMENT == 0) unite(plane, at, at - 1);
    if (at < width) return;
    const unsigned char* above = mask + (i - width);
    const bool above_left = x > 0 && above[-1];
    if (above[0]) {
        if (!(left && above_left)) unite(plane, at, at - width);   // else the left pixel joins the two runs
    } else if (connectivity == 8) {
        if (above_left && !left) unite(plane, at, at - width - 1);
        if (x + 1 < width && above[1]) unite(plane, at, at - width + 1);
    }
}

// Hang each pixel directly below its root.
extern "C" __global__ void shorten(
    const unsigned char* mask, int* parents, long long size, int height, int width, int connectivity) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size || !mask[i]) return;
    const int at = (int)(i % ((long long)height * width));
    atomicMin(parents + i, find_root(parents + (i - at), at));
}

// 1 where a component begins.
extern "C" __global__ void mark_first(
    const unsigned char* mask, const int* parents, int* number, long long size, long long area) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) number[i] = mask[i] && parents[i] == i % area;
}

// Replace each root by the number of its component in its plane; `number` counts the roots up to each pixel of the stack.
extern "C" __global__ void number(
    const unsigned char* mask, int* parents, const int* number, long long size, long long area) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const long long plane = i - i % area;
    parents[i] = mask[i] ? number[plane + parents[i]] - (plane > 0 ? number[plane - 1] : 0) : 0;
}

// Mark the components that hold a pixel of `chosen`, at their roots.
extern "C" __global__ void mark_roots(
    const unsigned char* chosen, const int* parents, int* marked, long long size, long long area) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size || !chosen[i]) return;
    int* mark = marked + (i - i % area + parents[i]);
    if (READ(mark) == 0) atomicExch(mark, 1);   // the first look spares most of the atomics
}

// Clear the pixels of components without a mark.
extern "C" __global__ void keep_marked(
    unsigned char* mask, const int* parents, const int* marked, long long size, long long area) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size && mask[i]) mask[i] = marked[i - i % area + parents[i]];
}
