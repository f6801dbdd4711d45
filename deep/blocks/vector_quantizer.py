"""Vectors replaced by the nearest of a learned codebook, while gradients pass through."""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from imgproc.segmentation.vector_quantize import vector_quantize

_FEWEST = 1e-5
"""A moving average of fewer points than this moves no code."""


class VectorQuantizer(nn.Module):
    """Replace each vector by the nearest code; the gradient of the result is handed on to the vector unchanged.

    The loss pulls codes to the vectors they stand for and, `commitment` times as hard, vectors to their codes. With
    `decay`, codes are instead moving averages of their vectors, updated by every call in training.

    Parameters
    ----------
    num_codes, dim : rows and columns of the codebook
    commitment : beta, >= 0
    decay : gamma, 0 <= gamma < 1, optional
        Of the averages, 0.99 in the paper. By default codes learn by gradient.

    Attributes
    ----------
    codebook : (num_codes, dim)
        Its Voronoi cells divide space. A parameter, or a buffer where it is an average.

    Raises
    ------
    ValueError
        A number is out of range; the input is not (N, dim, …).

    Notes
    -----
    The mean square of all entries is the paper's squared distance divided by `dim`. A code that no vector chose stays
    where it is. The averages are of this process's vectors: several devices must average their buffers themselves.

    References
    ----------
    .. [1] A. van den Oord et al., "Neural discrete representation learning", NIPS 2017, equations 1-3, appendix A.1.

    Examples
    --------
    >>> quantizer = VectorQuantizer(2, 2)
    >>> _ = quantizer.codebook.data.copy_(torch.tensor([[0.0, 0.0], [4.0, 4.0]]))
    >>> x = torch.tensor([[1.0, 0.0], [4.0, 4.0]], requires_grad=True)
    >>> quantized, codes, loss = quantizer(x)
    >>> quantized.tolist(), codes.tolist(), loss.item()  # (1 + 0.25) · mean of 1, 0, 0, 0
    ([[0.0, 0.0], [4.0, 4.0]], [0, 1], 0.3125)
    >>> quantized.sum().backward()
    >>> x.grad.tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, num_codes: int, dim: int, *, commitment: float = 0.25, decay: float | None = None) -> None:
        super().__init__()
        for name, value in (("num_codes", num_codes), ("dim", dim)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if not commitment >= 0:
            raise ValueError(f"commitment must be at least 0, got {commitment}")
        if decay is not None and not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
        self.commitment, self.decay = commitment, decay
        codes = torch.empty(num_codes, dim).uniform_(-1 / num_codes, 1 / num_codes)  # as the authors' code starts
        if decay is None:
            self.codebook = nn.Parameter(codes)
        else:
            self.register_buffer("codebook", codes)
            self.register_buffer("counts", torch.zeros(num_codes))
            self.register_buffer("sums", torch.zeros(num_codes, dim))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give `quantized`, of the shape of x (N, dim, …), `codes` (N, …) int64, and the loss, one number."""
        dim = self.codebook.shape[1]
        if x.ndim < 2 or x.shape[1] != dim:
            raise ValueError(f"x must be (N, {dim}, …), got shape {tuple(x.shape)}")
        vectors = x.detach().movedim(1, -1)  # (N, …, dim)
        codes = vector_quantize(vectors.reshape(-1, dim), self.codebook.detach())[0].long()
        codes = codes.reshape(vectors.shape[:-1])
        nearest = self.look_up(codes).to(x.dtype)
        loss = self.commitment * mse_loss(x, nearest.detach())
        if self.decay is None:
            loss = loss + mse_loss(nearest, x.detach())
        elif self.training:
            self._average(vectors.reshape(-1, dim), codes.flatten(), self.decay)
        return nearest.detach() + (x - x.detach()), codes, loss  # the codes exactly; the bracket is 0 with gradient 1

    def look_up(self, codes: Tensor) -> Tensor:
        """Give the vectors (N, dim, …) of codes (N, …)."""
        return self.codebook[codes].movedim(-1, 1)

    @torch.no_grad()
    def _average(self, vectors: Tensor, codes: Tensor, decay: float) -> None:
        """Move each code to the running mean of its vectors, in place."""
        counts = torch.zeros_like(self.counts).index_add_(0, codes, torch.ones_like(codes, dtype=self.counts.dtype))
        sums = torch.zeros_like(self.sums).index_add_(0, codes, vectors.to(self.sums.dtype))
        self.counts.lerp_(counts, 1 - decay)
        self.sums.lerp_(sums, 1 - decay)
        means = self.sums / self.counts[:, None]
        self.codebook.copy_(torch.where(self.counts[:, None] > _FEWEST, means, self.codebook))

    def extra_repr(self) -> str:
        """Show the sizes and constants."""
        return f"{', '.join(map(str, self.codebook.shape))}, commitment={self.commitment}, decay={self.decay}"
