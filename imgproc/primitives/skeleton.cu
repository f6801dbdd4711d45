// Thinning of masks packed into words of 64 pixels, as _skeleton_numba.py lays them out: `stride` words in a row, the first
// and the last of them background, as are one row above the mask and two below.
typedef unsigned long long word;

__device__ inline word east(const word* at) { return at[0] >> 1 | at[1] << 63; }
__device__ inline word west(const word* at) { return at[0] << 1 | at[-1] >> 63; }
__device__ inline word two_east(const word* at) { return at[0] >> 2 | at[1] << 62; }

// One thread gathers one word.
extern "C" __global__ void pack(
    const unsigned char* mask, word* words, long long size, int height, int width, int stride) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int inner = stride - 2, column = (int)(i % inner) * 64;
    const long long row = i / inner, plane = row / height;
    const unsigned char* pixels = mask + row * width + column;
    const int count = width - column < 64 ? width - column : 64;
    word packed = 0;
    for (int k = 0; k < count; ++k) packed |= (word)(pixels[k] != 0) << k;
    words[(plane * (height + 3) + row % height + 1) * stride + 1 + i % inner] = packed;
}

extern "C" __global__ void unpack(
    const word* words, unsigned char* mask, long long size, int height, int width, int stride) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int x = (int)(i % width);
    const long long row = i / width, plane = row / height;
    mask[i] = words[(plane * (height + 3) + row % height + 1) * stride + 1 + x / 64] >> (x % 64) & 1;
}

// The pixels of a word that a step of Zhang and Suen removes, with at least three neighbours, as the reference body has it.
__device__ word contour(const word* at, int stride, bool is_second) {
    const word* above = at - stride;
    const word* below = at + stride;
    const word n = *above, s = *below, w = west(at), e = east(at);
    const word nw = west(above), ne = east(above), sw = west(below), se = east(below);
    const word ring[8] = {n, ne, e, se, s, sw, w, nw};
    word once = 0, twice = 0, ones = 0, twos = 0, fours = 0, eights = 0;
    for (int k = 0; k < 8; ++k) {
        const word begins = ~ring[k] & ring[(k + 1) % 8];
        twice |= once & begins;
        once |= begins;
        const word carry = ones & ring[k], further = twos & carry;   // count the neighbours in binary
        ones ^= ring[k];
        twos ^= carry;
        eights |= fours & further;
        fours ^= further;
    }
    const word from_three_to_six = ~eights & ((fours & ~(twos & ones)) | (~fours & twos & ones));
    const word sided = is_second ? ~(n & w & (e | s)) : ~(e & s & (n | w));
    word marked = *at & once & ~twice & from_three_to_six & sided;
    if (marked & ~(sw | w | nw | n | ne)) {   // a square of 2 x 2 that stands alone keeps its first pixel
        const word* further = below + stride;
        const word around = nw | w | sw | west(further) | n | *further | ne | east(further) | two_east(above) | two_east(at) |
                            two_east(below) | two_east(further);
        marked &= ~(*at & e & s & se & ~around);
    }
    return marked;
}

// The pixels without a neighbour on one side that neither join anything nor end a line.
__device__ word simple(const word* at, int stride, int side) {
    const word* above = at - stride;
    const word* below = at + stride;
    const word n = *above, s = *below, w = west(at), e = east(at);
    const word nw = west(above), ne = east(above), sw = west(below), se = east(below);
    const word ring[8] = {n, ne, e, se, s, sw, w, nw};
    word once = 0, twice = 0, first = 0, pair = 0;
    for (int k = 0; k < 8; ++k) {
        if (k % 2 == 0) {
            const word begins = ~ring[k] & (ring[k + 1] | ring[(k + 2) % 8]);
            twice |= once & begins;
            once |= begins;
        }
        pair |= first & ring[k];
        first |= ring[k];
    }
    const word open_side = side == 0 ? n : side == 1 ? s : side == 2 ? e : w;
    return *at & once & ~twice & pair & ~open_side;
}

// One block thins one plane: it need only wait for its own threads, and nobody counts the steps on the host.
extern "C" __global__ void thin(word* words, word* marks, int height, int width, int stride) {
    __shared__ int changed_at;
    const long long plane = (long long)blockIdx.x * (height + 3) * stride + stride + 1;
    words += plane;
    marks += plane;
    const int inner = stride - 2;
    const long long size = (long long)height * inner;
    int step = 0;
    for (int phase = 0; phase < 2; ++phase) {
        const int kinds = phase == 0 ? 2 : 4, begin = step;
        __syncthreads();
        if (threadIdx.x == 0) changed_at = step;
        __syncthreads();
        while (step - changed_at < kinds) {
            const int kind = (step - begin) % kinds;
            ++step;
            for (long long i = threadIdx.x; i < size; i += blockDim.x) {
                const long long at = i / inner * stride + i % inner;
                marks[at] = !words[at] ? 0 : phase == 0 ? contour(words + at, stride, kind == 1) : simple(words + at, stride, kind);
            }
            __syncthreads();
            for (long long i = threadIdx.x; i < size; i += blockDim.x) {
                const long long at = i / inner * stride + i % inner;
                if (marks[at]) {
                    words[at] &= ~marks[at];
                    atomicMax(&changed_at, step);
                }
            }
            __syncthreads();
        }
    }
}
