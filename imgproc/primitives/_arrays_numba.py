"""New arrays for kernels, as NumPy's `empty` and `zeros` make them but compiled in a tenth of the time.

numba compiles its own as functions, for each way to spell a dtype anew, with errors for sizes that no kernel asks for.
"""

# mypy: ignore-errors
# numba infers the types; annotations would only repeat the signatures it is given

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.npydecl import parse_dtype
from numba.extending import intrinsic
from numba.np.arrayobj import get_itemsize, make_array, populate_array


@intrinsic
def empty(typing, shape, dtype=None):
    """Return a new array in C order whose numbers are yet to be written; of float64 unless told."""
    signature = _typed(shape, dtype)
    return signature, lambda *lowered: _allocate(*lowered)[0]


@intrinsic
def zeros(typing, shape, dtype=None):
    """Return a new array of zeros in C order; of float64 unless told."""

    def generate(context, builder, signature, arguments):
        array, data, size = _allocate(context, builder, signature, arguments)
        cgutils.memset(builder, data, size, 0)
        return array

    return _typed(shape, dtype), generate


def _typed(shape, dtype):
    rank = shape.count if isinstance(shape, types.BaseTuple) else 1
    array = types.Array(types.float64 if dtype is None else parse_dtype(dtype), rank, "C")
    return array(shape, types.Omitted(None) if dtype is None else dtype)


def _allocate(context, builder, signature, arguments):
    """Return the new array, where its numbers are and how many bytes they take."""
    kind, shape = signature.return_type, signature.args[0]
    lengths, kinds = [arguments[0]], [shape]
    if isinstance(shape, types.BaseTuple):
        lengths, kinds = cgutils.unpack_tuple(builder, arguments[0]), shape.types
    lengths = [context.cast(builder, *pair, types.intp) for pair in zip(lengths, kinds, strict=True)]
    size = item = context.get_constant(types.intp, get_itemsize(context, kind))
    strides, is_impossible = [], ir.Constant(ir.IntType(1), 0)
    for length in reversed(lengths):
        strides.insert(0, size)
        product = builder.smul_with_overflow(size, length)
        size, overflows = (builder.extract_value(product, i) for i in (0, 1))
        is_negative = builder.icmp_signed("<", length, length.type(0))
        is_impossible = builder.or_(is_impossible, builder.or_(overflows, is_negative))
    size = builder.select(is_impossible, size.type(2**63 - 1), size)  # more than there is
    aligned = context.get_preferred_array_alignment(kind.dtype)
    owner = context.nrt.meminfo_alloc_aligned(builder, size, aligned)  # raises MemoryError
    data = context.nrt.meminfo_data(builder, owner)
    array = make_array(kind)(context, builder)
    first = builder.bitcast(data, context.get_data_type(kind.dtype).as_pointer())
    populate_array(array, first, lengths, strides, item, owner)
    return array._getvalue(), data, size
