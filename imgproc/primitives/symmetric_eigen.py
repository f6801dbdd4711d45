"""Eigenvalues and eigenvectors of symmetric 3 × 3 matrices, many at once, where no library may wait for the device."""

from typing import Any

from imgproc._array.kinds import kind, namespace

_SWEEPS = 6
"""Jacobi converges quadratically: after four sweeps nothing of float64 is left off the diagonal; two to spare."""


def eigen3(matrix: Any) -> tuple[Any, Any]:
    """Return eigenvalues ([N,] 3), greatest first, and unit eigenvectors as columns ([N,] 3, 3).

    The largest component of a vector is positive; of those within a thousandth of it the first counts. NaN stays in its
    matrix. Gradients are those of first-order perturbation, without the turn of vectors within one eigenspace, so that
    they are finite everywhere.
    """
    xp = namespace(matrix)
    held = matrix.detach() if kind(matrix) == "torch" else matrix
    values, columns = _jacobi([[held[..., i, j] for j in range(3)] for i in range(3)])
    for i, j in ((0, 1), (1, 2), (0, 1)):
        swap = values[j] > values[i]
        values[i], values[j] = xp.where(swap, values[j], values[i]), xp.where(swap, values[i], values[j])
        for k in range(3):
            one, two = columns[i][k], columns[j][k]
            columns[i][k], columns[j][k] = xp.where(swap, two, one), xp.where(swap, one, two)
    vectors = xp.stack([xp.stack(_towards_positive(column), axis=-1) for column in columns], axis=-1)
    if kind(matrix) != "torch":
        return xp.stack(values, axis=-1), vectors
    return _perturbed(matrix, xp.stack(values, axis=-1), vectors)


def _jacobi(a: list[list[Any]]) -> tuple[list[Any], list[list[Any]]]:
    """Rotate pairs of axes until the matrix is diagonal; return the diagonal and the columns of the rotation."""
    xp = namespace(a[0][0])
    one, zero = xp.ones_like(a[0][0]), xp.zeros_like(a[0][0])
    columns = [[one if i == k else zero for k in range(3)] for i in range(3)]
    for _ in range(_SWEEPS):
        for p, q in ((0, 1), (0, 2), (1, 2)):
            off = a[p][q]
            apart = a[q][q] - a[p][p]
            length = xp.sqrt(apart * apart + 4 * off * off)
            is_done = length == 0
            divisor = apart + xp.where(apart < 0, -length, length)
            tangent = xp.where(is_done, zero, 2 * off / xp.where(is_done, one, divisor))
            cosine = 1 / xp.sqrt(tangent * tangent + 1)
            sine = tangent * cosine
            for row in (a, columns):  # the matrix from both sides, below; the basis from one
                _rotate(row, p, q, cosine, sine)
            for i in range(3):
                a[i][p], a[i][q] = cosine * a[i][p] - sine * a[i][q], sine * a[i][p] + cosine * a[i][q]
    return [a[i][i] for i in range(3)], columns


def _rotate(rows: list[list[Any]], p: int, q: int, cosine: Any, sine: Any) -> None:
    first, second = rows[p], rows[q]
    rows[p] = [cosine * x - sine * y for x, y in zip(first, second, strict=True)]
    rows[q] = [sine * x + cosine * y for x, y in zip(first, second, strict=True)]


def _towards_positive(vector: list[Any]) -> list[Any]:
    xp = namespace(vector[0])
    x, y, z = (xp.abs(component) for component in vector)
    enough = 0.999 * xp.maximum(xp.maximum(x, y), z)
    leading = xp.where(x >= enough, vector[0], xp.where(y >= enough, vector[1], vector[2]))
    sign = xp.where(leading < 0, -xp.ones_like(leading), xp.ones_like(leading))
    return [sign * component for component in vector]


def _perturbed(matrix: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """Let gradients pass: value i is e_i' M e_i, and e_i turns towards e_j by e_j' M e_i over the gap of values."""
    xp = namespace(matrix)
    inner = xp.matrix_transpose(vectors) @ matrix @ vectors
    gaps = xp.expand_dims(values, axis=-2) - xp.expand_dims(values, axis=-1)  # [j, i]: value i - value j
    is_open = xp.abs(gaps) > 1e-9 * xp.abs(values[..., 0:1, None])
    change = (inner - inner.detach()) / xp.where(is_open, gaps, xp.ones_like(gaps))
    turn = xp.where(is_open, change, xp.zeros_like(inner))
    diagonal = xp.stack([inner[..., i, i] for i in range(3)], axis=-1)
    return values + (diagonal - diagonal.detach()), vectors + vectors @ turn
