"""Vectors of equal numbers of bytes as values of numba kernels, so that sums of many taps stay in registers.

Left to itself, the compiler adds a tap or two in each pass over a row, since it cannot tell that rows do not overlap.
The functions below take `like`, a vector or a number: the same kernel code then makes a whole vector of pixels, or one
pixel where a row is shorter than a vector. Operators round as those of numbers do; nothing is contracted.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from imgproc.primitives._arrays_numba import zeros
from imgproc.primitives._callees_numba import allocating, inlined

BYTES = 64
"""Of a vector: the widest registers there are. Processors with narrower ones take two or four."""


class Vector(types.Type):
    """`lanes` numbers of one dtype; of booleans, what comparing two vectors gives."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Vector({dtype}, {lanes})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        lane = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(lane, vector.lanes))


def _dtype_of(x):
    return x.dtype if isinstance(x, Vector) else x


def _is_float(x):
    return isinstance(_dtype_of(x), types.Float)


def _define(function, count, make):
    """Let `function` of `count` vectors of one type be `make` of (builder, type, values) -> value, of that type."""

    @infer_global(function)
    class _Template(AbstractTemplate):
        def generic(self, arguments, keywords):
            first = arguments[0]
            if isinstance(first, Vector) and len(arguments) == count and set(arguments) == {first}:
                compares = function in _COMPARISONS
                return signature(Vector(types.boolean, first.lanes) if compares else first, *arguments)
            return None

    @lower_builtin(function, *[Vector] * count)
    def _lower(context, builder, sig, arguments):
        return make(builder, sig.args[0], *arguments)


_COMPARISONS = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "=="}

for _function, _float, _integer in (
    (operator.add, "fadd", "add"),
    (operator.iadd, "fadd", "add"),
    (operator.sub, "fsub", "sub"),
    (operator.mul, "fmul", "mul"),
    (operator.truediv, "fdiv", ""),
    (operator.and_, "", "and_"),
    (operator.iand, "", "and_"),
    (operator.or_, "", "or_"),
    (operator.ior, "", "or_"),
    (operator.xor, "", "xor"),
    (operator.lshift, "", "shl"),
):
    _define(_function, 2, lambda b, t, x, y, f=_float, i=_integer: getattr(b, f if _is_float(t) else i)(x, y))

for _function, _sign in _COMPARISONS.items():
    _define(_function, 2, lambda b, t, x, y, sign=_sign: _compare(b, t, sign, x, y))

_define(operator.neg, 1, lambda b, t, x: b.fneg(x))
_define(operator.invert, 1, lambda b, t, x: b.not_(x))
_define(operator.rshift, 2, lambda b, t, x, y: (b.ashr if _dtype_of(t).signed else b.lshr)(x, y))


def _compare(builder, kind, sign, x, y):
    dtype = _dtype_of(kind)
    if isinstance(dtype, types.Float):
        return builder.fcmp_ordered(sign, x, y)
    return (builder.icmp_signed if dtype.signed else builder.icmp_unsigned)(sign, x, y)


# ---- between memory and vectors


def _address(context, builder, array_type, array, index, kind):
    data = _start(context, builder, array_type, array)
    return builder.bitcast(builder.gep(data, [index]), ir.PointerType(kind))


def _start(context, builder, array_type, array):
    is_address = isinstance(array_type, types.CPointer)
    return array if is_address else context.make_array(array_type)(context, builder, array).data


def _is_contiguous(array_type):
    return isinstance(array_type, types.CPointer) or array_type.layout == "C"


@intrinsic
def start_of(typing_context, array):
    """Return where the numbers of an array begin, to `take` and `put` by; its rows are contiguous.

    Functions called in inner loops take this instead of the array, whose owners they would count at every call. The
    caller holds the array.
    """

    def build(context, builder, sig, arguments):
        return _start(context, builder, array, arguments[0])

    return types.CPointer(array.dtype)(array), build


def _zeros(size=0, lanes=0):
    """Make a function that returns a vector of `size` bytes, or of `lanes`, all zero."""

    @intrinsic
    def function(typing_context, array):
        kind = Vector(array.dtype, lanes or size * 8 // array.dtype.bitwidth)

        def build(context, builder, sig, arguments):
            return ir.Constant(context.get_value_type(kind), None)

        return kind(array), build

    return function


vector_of = _zeros(BYTES)
"""Of an array: a vector of zeros of its dtype, to stand as `like`."""

double_vector_of, quadruple_vector_of = _zeros(2 * BYTES), _zeros(4 * BYTES)
"""As `vector_of`, for long sums: those that are made at once share the weights and need not wait for one another."""

four_of, eight_of, sixteen_of = (_zeros(lanes=lanes) for lanes in (4, 8, 16))
"""As `vector_of`, of so many numbers, whatever their dtype."""


@intrinsic
def lanes_of(typing_context, like):
    """Count the elements of a vector; 1 of a number."""
    count = like.lanes if isinstance(like, Vector) else 1

    def build(context, builder, sig, arguments):
        return context.get_constant(types.intp, count)

    return types.intp(like), build


@intrinsic
def zero_of(typing_context, like):
    """Return the number 0 of the dtype of a vector, to stand as `like`."""
    dtype = _dtype_of(like)

    def build(context, builder, sig, arguments):
        return context.get_constant(dtype, 0)

    return dtype(like), build


@allocating
def aligned_rows(rows, width, like):
    """Make zeros of the dtype of the array `like`, at least `width` in a row, whose rows start where a vector may.

    A vector that starts elsewhere lies in two lines of the cache. A row is an odd number of vectors: rows whose
    distance is a power of two would share a few places in the cache.
    """
    lanes = lanes_of(vector_of(like))
    wide = (-(-width // lanes) | 1) * lanes
    buffer = zeros(rows * wide + lanes, like.dtype)
    skipped = -(buffer.ctypes.data // buffer.itemsize) % lanes
    return buffer[skipped : skipped + rows * wide].reshape(rows, wide)


@intrinsic
def take(typing_context, array, index, like):
    """Return the elements of a contiguous array from a flat index on, as they are stored."""
    if not _is_contiguous(array):
        return None
    kind = Vector(array.dtype, like.lanes) if isinstance(like, Vector) else array.dtype

    def build(context, builder, sig, arguments):
        if isinstance(kind, Vector):
            vector = context.get_value_type(kind)
            where = _address(context, builder, array, arguments[0], arguments[1], vector)
            return builder.load(where, align=array.dtype.bitwidth // 8)
        data = _start(context, builder, array, arguments[0])
        return context.unpack_value(builder, kind, builder.gep(data, [arguments[1]]))

    return kind(array, types.intp, like), build


@intrinsic
def put(typing_context, array, index, value):
    """Write a vector or a number of the array's dtype to a contiguous array from a flat index on."""
    if not _is_contiguous(array) or _dtype_of(value) != array.dtype:
        return None

    def build(context, builder, sig, arguments):
        if isinstance(value, Vector):
            where = _address(context, builder, array, arguments[0], arguments[1], context.get_value_type(value))
            builder.store(arguments[2], where, align=array.dtype.bitwidth // 8)
        else:
            data = _start(context, builder, array, arguments[0])
            context.pack_value(builder, value, arguments[2], builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(array, types.intp, value), build


@intrinsic
def put_chosen(typing_context, array, index, value, condition):
    """Write those elements of a vector for which the condition holds, side by side, from a flat index on."""

    def build(context, builder, sig, arguments):
        vector, mask = (context.get_value_type(kind) for kind in (value, condition))
        where = builder.gep(_start(context, builder, array, arguments[0]), [arguments[1]])
        lane = f"{value.lanes}{'f' if _is_float(value) else 'i'}{value.dtype.bitwidth}"
        signature_of = ir.FunctionType(ir.VoidType(), [vector, where.type, mask])
        store = cgutils.get_or_insert_function(builder.module, signature_of, f"llvm.masked.compressstore.v{lane}")
        builder.call(store, [arguments[2], where, arguments[3]])
        return context.get_dummy_value()

    return types.void(array, types.intp, value, condition), build


@intrinsic
def spread(typing_context, number, like):
    """Return a number of the dtype of `like` in every lane."""
    dtype = _dtype_of(like)

    def build(context, builder, sig, arguments):
        cast = context.cast(builder, arguments[0], number, dtype)
        if not isinstance(like, Vector):
            return cast
        vector = context.get_value_type(like)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), cast, ir.IntType(32)(0))
        return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), like.lanes), None))

    return like(number, like), build


@intrinsic
def lift(typing_context, x, like):
    """Return numbers of any dtype in the float dtype of `like`."""
    old, new = _dtype_of(x), _dtype_of(like)
    kind = Vector(new, x.lanes) if isinstance(x, Vector) else new

    def build(context, builder, sig, arguments):
        if old == new:
            return arguments[0]
        made = context.get_value_type(kind)
        if isinstance(old, types.Float):
            return (builder.fpext if old.bitwidth < new.bitwidth else builder.fptrunc)(arguments[0], made)
        return (builder.sitofp if old.signed else builder.uitofp)(arguments[0], made)

    return kind(x, like), build


# ---- between the lanes of two vectors


def _shuffle(lane):
    """Make a function of two vectors that takes lane `lane(i, lanes)` of the two together for every i."""

    @intrinsic
    def function(typing_context, x, y):
        def build(context, builder, sig, arguments):
            lanes = [lane(i, x.lanes) for i in range(x.lanes)]
            return builder.shuffle_vector(*arguments, ir.Constant(ir.VectorType(ir.IntType(32), x.lanes), lanes))

        return (x(x, y), build) if x == y and isinstance(x, Vector) else None

    return function


alternate_low = _shuffle(lambda i, n: i // 2 + n * (i % 2))
"""The first halves of two vectors, element by element in turns."""
alternate_high = _shuffle(lambda i, n: n // 2 + i // 2 + n * (i % 2))
"""The second halves of two vectors, element by element in turns."""
evens = _shuffle(lambda i, n: 2 * i)
"""Every other element of two vectors one after another, from the first on."""
odds = _shuffle(lambda i, n: 2 * i + 1)
"""Every other element of two vectors one after another, from the second on."""
alternate_ends = _shuffle(lambda i, n: 2 * i + (2 * i >= n))
"""Every other element of 2 n - 1 that lie in a row, of which two vectors hold the first n and the last n."""


# ---- of vectors and of numbers alike


def _llvm(name):
    """Make a function of floats, as LLVM defines it."""

    @intrinsic
    def function(typing_context, x):
        def build(context, builder, sig, arguments):
            kind = context.get_value_type(x)
            lane = "f64" if _dtype_of(x).bitwidth == 64 else "f32"
            suffix = f"v{x.lanes}{lane}" if isinstance(x, Vector) else lane
            declared = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), f"{name}.{suffix}")
            return builder.call(declared, arguments)

        return x(x), build

    return function


root, size_of = _llvm("llvm.sqrt"), _llvm("llvm.fabs")


@intrinsic
def select(typing_context, condition, yes, no):
    """Return, lane by lane, `yes` where the condition holds, else `no`."""
    if yes != no:
        return None

    def build(context, builder, sig, arguments):
        return builder.select(*arguments)

    return yes(condition, yes, no), build


@inlined
def least(x, y):
    """Return the lesser; `y` where one is NaN."""
    return select(x < y, x, y)


@inlined
def greatest(x, y):
    """Return the greater; `y` where one is NaN."""
    return select(x > y, x, y)


@intrinsic
def bits_of(typing_context, condition):
    """Return a condition of at most 64 lanes as the bits of a uint64, the first lane lowest."""

    def build(context, builder, sig, arguments):
        count = condition.lanes if isinstance(condition, Vector) else 1
        word = builder.bitcast(arguments[0], ir.IntType(count))
        return word if count == 64 else builder.zext(word, ir.IntType(64))

    return types.uint64(condition), build


@intrinsic
def lowest_bit(typing_context, word):
    """Return the position of the lowest bit of a uint64 that is set."""

    def build(context, builder, sig, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.uint64), build


@intrinsic
def count_ones(typing_context, word):
    """Count the bits set in a uint64."""

    def build(context, builder, sig, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), build


@intrinsic
def put_bits(typing_context, array, index, word):
    """Write the bits of a uint64 as 64 bytes of 0 and 1."""

    def build(context, builder, sig, arguments):
        flags = builder.bitcast(arguments[2], ir.VectorType(ir.IntType(1), 64))
        kind = ir.VectorType(ir.IntType(8), 64)
        where = _address(context, builder, array, arguments[0], arguments[1], kind)
        builder.store(builder.zext(flags, kind), where, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.uint64), build
