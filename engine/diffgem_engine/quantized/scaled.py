"""Grouped products of eight-bit floats: the experts' weights are read as they lie.

The hidden states are rounded to eight bits as well, each token's with a scale of its own (as is
usual where such weights are served): that costs some exactness, which `diffgem-engine bench --only
quantized` measures, and saves making the weights large again.
"""

import logging
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

FP8 = torch.float8_e4m3fn
SMALLEST = 1e-12  # of a scale: a row of zeros has none
HOPPER = (9, 0)  # the oldest devices whose tensor cores multiply them
ALIKE = 0.02  # a device's product may be off by this part of its norm

log = logging.getLogger(__name__)


def to_fp8(values: Tensor) -> tuple[Tensor, Tensor]:
    """`values` [..., n] as codes and float32 scales [..., 1]."""
    values = values.float()
    largest = values.abs().amax(-1, keepdim=True)
    scales = (largest / torch.finfo(FP8).max).clamp(min=SMALLEST)
    return (values / scales).to(FP8), scales


def product(x: Tensor, codes: Tensor, scales: Tensor, ends: Tensor) -> Tensor:
    """Of every expert the rows of `x` [rows, inputs] that end at its number in `ends` [experts],
    int32: [rows, outputs] in the dtype of `x`.

    `codes` [experts, outputs, inputs] and `scales` [experts, outputs, 1] are what `to_fp8` gives.
    """
    return (_grouped if x.is_cuda else _plain)(x, codes, scales, ends)


# Behind the pragmas below is what only a GPU runs: tests/gpu/test_quantized.py.
def _grouped(x: Tensor, codes: Tensor, scales: Tensor, ends: Tensor) -> Tensor:  # pragma: no cover
    rows, row_scales = to_fp8(x)
    by_row = F.ScalingType.RowWise
    found: Tensor = F.scaled_grouped_mm(  # type: ignore[attr-defined]
        rows,
        codes.transpose(-2, -1),
        row_scales.squeeze(-1),
        by_row,
        scales.squeeze(-1),
        by_row,
        offs=ends,
        output_dtype=x.dtype,
    )
    return found


def _plain(x: Tensor, codes: Tensor, scales: Tensor, ends: Tensor) -> Tensor:
    """The same for a device without such products, expert after expert."""
    rows, row_scales = to_fp8(x)
    values = rows.float() * row_scales
    found = values.new_zeros(len(x), codes.shape[1])
    first = 0
    for expert, end in enumerate(ends.tolist()):
        if end > first:
            found[first:end] = values[first:end] @ (codes[expert].float() * scales[expert]).t()
        first = end
    return found.to(x.dtype)


@cache
def multiplies(device: torch.device) -> bool:
    """Whether `device` has these products, and they say what they should: asked once, of small
    ones, since what a library offers for which device changes with its versions.
    """
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < HOPPER:
        return False
    return _agrees(device)


def _agrees(device: torch.device) -> bool:  # pragma: no cover
    draw = torch.Generator(device=device).manual_seed(0)
    x = torch.randn(48, 64, generator=draw, device=device).to(torch.bfloat16)
    codes, scales = to_fp8(torch.randn(4, 32, 64, generator=draw, device=device))
    ends = torch.tensor([7, 7, 30, 48], dtype=torch.int32, device=device)
    try:
        found = product(x, codes, scales, ends).float()
    except (RuntimeError, NotImplementedError, AttributeError) as error:
        log.warning("no products of eight-bit floats, so fp8 experts are slower: %s", error)
        return False
    wanted = _plain(x, codes, scales, ends).float()
    return bool((found - wanted).norm() < ALIKE * wanted.norm())
