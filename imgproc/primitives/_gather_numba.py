"""Vectors of numbers that lie scattered in memory, for the kernels of _vectors_numba.py.

Neighbours are fetched together, as one word, and taken apart in registers.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from imgproc.primitives._vectors_numba import Vector

WORD = 4
"""Elements that are copied at once, where pixels have two to four channels; buffers end that much later."""

_LEAST_WORD = 32
"""Bits of the shortest word that processors gather."""
_LONGEST_WORD = 64


def _gather(builder, address, offset, bits, width):
    """Return words of `width` bits, one for each of a vector of offsets; they count elements of `bits`."""
    lanes, element, word = offset.type.count, ir.IntType(bits), ir.IntType(width)
    start = builder.bitcast(address, element.as_pointer())
    where = builder.gep(start, [offset], source_etype=element)
    where.type = ir.VectorType(start.type, lanes)  # llvmlite takes it for a single address
    where = builder.bitcast(where, ir.VectorType(word.as_pointer(), lanes))
    made, mask = ir.VectorType(word, lanes), ir.VectorType(ir.IntType(1), lanes)
    arguments = [where, ir.IntType(32)(bits // 8), ir.Constant(mask, [1] * lanes), ir.Constant(made, None)]
    called = ir.FunctionType(made, [a.type for a in arguments])
    name = f"llvm.masked.gather.v{lanes}i{width}.v{lanes}p0"
    return builder.call(cgutils.get_or_insert_function(builder.module, called, name), arguments)


def _element(builder, words, k, bits):
    """Return element k of every word, as integers."""
    lanes, each = words.type.count, words.type.element.width // bits
    parts = builder.bitcast(words, ir.VectorType(ir.IntType(bits), lanes * each))
    chosen = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [k + each * i for i in range(lanes)])
    return builder.shuffle_vector(parts, ir.Constant(parts.type, ir.Undefined), chosen)


def _neighbours(count, is_last=False):
    """Make a function of (source, offset) that returns `count` elements from `offset` on, as they are stored.

    `source` is what `start_of` gives, `offset` an int32 or a vector of them. Up to two elements more are read, to fill
    a word: behind those wanted, or before them where `is_last`.
    """

    @intrinsic
    def function(typing_context, source, offset):
        bits, is_vector = source.dtype.bitwidth, isinstance(offset, Vector)
        kind = Vector(source.dtype, offset.lanes) if is_vector else source.dtype
        width = min(max(1 << (count * bits - 1).bit_length(), _LEAST_WORD), _LONGEST_WORD)
        each = width // bits
        lead = -count % each if is_last else 0

        def moved(builder, at, k):
            return builder.add(at, ir.Constant(at.type, [k] * at.type.count if is_vector else k))

        def generate(context, builder, signature, arguments):
            address, at = arguments
            if not is_vector:
                found = [builder.gep(address, [moved(builder, at, k)]) for k in range(count)]
                found = [context.unpack_value(builder, kind, where) for where in found]
            else:
                starts = [moved(builder, at, k - lead) for k in range(0, count + lead, each)]
                words = [_gather(builder, address, start, bits, width) for start in starts]
                found = [_element(builder, words[k // each], k % each, bits) for k in range(lead, lead + count)]
                found = [builder.bitcast(x, context.get_value_type(kind)) for x in found]
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(kind, count)(source, offset), generate

    return function


@intrinsic
def singles(typing_context, source, offset, size):
    """Return the element at `offset`, as it is stored; `source` and `offset` are as for neighbours.

    `source` is of `size` elements, WORD or more; nothing is read before or behind them.
    """
    bits, is_vector = source.dtype.bitwidth, isinstance(offset, Vector)
    kind = Vector(source.dtype, offset.lanes) if is_vector else source.dtype
    width = max(bits, _LEAST_WORD)

    def generate(context, builder, signature, arguments):
        address, at, count = arguments
        if not is_vector:
            return context.unpack_value(builder, kind, builder.gep(address, [at]))
        if width == bits:
            return builder.bitcast(_gather(builder, address, at, bits, width), context.get_value_type(kind))
        lanes, lane = at.type.count, at.type.element
        last = builder.trunc(builder.sub(count, count.type(width // bits)), lane)  # where the last whole word begins
        last = builder.insert_element(ir.Constant(at.type, ir.Undefined), last, ir.IntType(32)(0))
        last = builder.shuffle_vector(last, last, ir.Constant(ir.VectorType(ir.IntType(32), lanes), None))
        start = builder.select(builder.icmp_unsigned("<", at, last), at, last)
        place = builder.mul(builder.sub(at, start), ir.Constant(at.type, [bits] * lanes))
        words = builder.lshr(_gather(builder, address, start, bits, width), place)
        return builder.trunc(words, context.get_value_type(kind))

    return kind(source, offset, size), generate


pairs, last_pairs, sixes = _neighbours(2), _neighbours(2, is_last=True), _neighbours(6)


@intrinsic
def put_triples(typing_context, array, index, x, y, z):
    """Write the elements of three vectors, or three numbers, in turns from a flat index on."""
    bits = array.dtype.bitwidth

    def generate(context, builder, signature, arguments):
        address, at, *values = arguments
        count = 1 if not isinstance(x, Vector) else x.lanes
        if count == 1:
            for k, value in enumerate(values):
                context.pack_value(builder, array.dtype, value, builder.gep(address, [builder.add(at, at.type(k))]))
            return context.get_dummy_value()
        both = ir.Constant(ir.VectorType(ir.IntType(32), 2 * count), list(range(2 * count)))
        first, second = builder.shuffle_vector(*values[:2], both), builder.shuffle_vector(values[2], values[2], both)
        for k in range(3):
            lanes = [count * (i % 3) + i // 3 for i in range(k * count, (k + 1) * count)]
            made = builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(ir.IntType(32), count), lanes))
            where = builder.gep(address, [builder.add(at, at.type(k * count))])
            builder.store(made, builder.bitcast(where, made.type.as_pointer()), align=bits // 8)
        return context.get_dummy_value()

    return types.void(array, index, x, y, z), generate


@intrinsic
def prefetch(typing_context, source, index):
    """Ask for a number at any index of what `start_of` gives, or beyond its ends, to be brought into the cache."""

    def generate(context, builder, signature, arguments):
        where = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), ir.IntType(8).as_pointer())
        options = [ir.IntType(32)(i) for i in (0, 3, 1)]  # to read, in all levels, data
        called = ir.FunctionType(ir.VoidType(), [a.type for a in (where, *options)])
        builder.call(cgutils.get_or_insert_function(builder.module, called, "llvm.prefetch.p0"), [where, *options])
        return context.get_dummy_value()

    return types.void(source, index), generate


@intrinsic
def int32_of(typing_context, like):
    """Return int32 zeros, as many as there are elements in `like`, to stand as such."""
    kind = Vector(types.int32, like.lanes) if isinstance(like, Vector) else types.int32

    def generate(context, builder, signature, arguments):
        return ir.Constant(context.get_value_type(kind), None)

    return kind(like), generate


@intrinsic
def steps_of(typing_context, like):
    """Return 0, 1, 2, ... in float64, as many as there are elements in `like`."""
    kind = Vector(types.float64, like.lanes)

    def generate(context, builder, signature, arguments):
        return ir.Constant(context.get_value_type(kind), [float(k) for k in range(like.lanes)])

    return kind(like), generate


@intrinsic
def stored(typing_context, x, like):
    """Return floats in the dtype of `like`, an array or a vector; cut to whole numbers where that is of integers."""
    old = x.dtype if isinstance(x, Vector) else x
    new = like.dtype if hasattr(like, "dtype") else like
    kind = Vector(new, x.lanes) if isinstance(x, Vector) else new

    def generate(context, builder, signature, arguments):
        made = context.get_value_type(kind)
        if not isinstance(new, types.Float):
            return (builder.fptosi if new.signed else builder.fptoui)(arguments[0], made)
        return arguments[0] if old == new else builder.fptrunc(arguments[0], made)

    return kind(x, like), generate


def _copier(count):
    """Make a function that copies `count` neighbouring elements by one load and one store."""

    @intrinsic
    def copy(context, target, at, source, start):
        def generate(context, builder, signature, arguments):
            bits = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype)) * 8 * count
            word = ir.IntType(bits) if bits <= 64 else ir.VectorType(ir.IntType(64), bits // 64)

            def address(k):
                array = cgutils.create_struct_proxy(signature.args[k])(context, builder, arguments[k])
                return builder.bitcast(builder.gep(array.data, [arguments[k + 1]]), word.as_pointer())

            builder.store(builder.load(address(2), align=1), address(0), align=1)
            return context.get_dummy_value()

        return types.void(target, at, source, start), generate

    return copy


copy_two = _copier(2)
copy_word = _copier(WORD)
