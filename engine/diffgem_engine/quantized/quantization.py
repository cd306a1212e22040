"""Weights of the experts in eight or four bits: how they are stored, and what they say.

What is computed with them is of the model's own dtype, but for products of eight-bit floats where a
device has them (`scaled`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from diffgem_engine.quantized.scaled import FP8, SMALLEST, product, to_fp8

Quantize = Literal["none", "fp8", "int4"]
QUANTIZE: tuple[Quantize, ...] = get_args(Quantize)

PIECE = 16 * 2**20  # values in float32 at a time, while weights are made small or large again
GROUPS = (128, 64, 32, 16, 8, 4, 2)  # inputs that share a scale: the first that divides a row


class QuantizedWeight(nn.Module, ABC):
    """The weights [experts, outputs, inputs] of one product, a matrix for each expert."""

    bits: ClassVar[float]  # of a value, without its scales

    def __init__(self, shape: torch.Size) -> None:
        super().__init__()
        self.shape = shape

    def pieces(self) -> Iterator[slice]:
        """Its experts, so many at a time as PIECE has room for."""
        experts, outputs, inputs = self.shape
        step = max(1, PIECE // (outputs * inputs))
        for first in range(0, experts, step):
            yield slice(first, min(first + step, experts))

    @abstractmethod
    def store(self, experts: slice, weights: Tensor) -> None:
        """Take the weights of some experts, [experts, outputs, inputs] of any float dtype."""

    @abstractmethod
    def load(self, experts: slice | Tensor, dtype: torch.dtype) -> Tensor:
        """The weights of some experts again, by a range or by their numbers."""


class MultipliedWeight(QuantizedWeight):
    """One that is multiplied as it is stored, where a device can."""

    @abstractmethod
    def product(self, x: Tensor, ends: Tensor) -> Tensor:
        """Of all experts; see `scaled.product`."""


class Fp8Weight(MultipliedWeight):
    """Eight bits of float a value, and a float32 scale for every output of every expert."""

    bits = 8
    codes: Tensor  # float8_e4m3fn [experts, outputs, inputs]
    scales: Tensor  # float32 [experts, outputs, 1]

    def __init__(self, shape: torch.Size) -> None:
        super().__init__(shape)
        experts, outputs, _ = shape
        self.register_buffer("codes", torch.empty(shape, dtype=FP8))
        self.register_buffer("scales", torch.empty(experts, outputs, 1, dtype=torch.float32))

    def store(self, experts: slice, weights: Tensor) -> None:
        self.codes[experts], self.scales[experts] = to_fp8(weights)

    def load(self, experts: slice | Tensor, dtype: torch.dtype) -> Tensor:
        return (self.codes[experts].float() * self.scales[experts]).to(dtype)

    def product(self, x: Tensor, ends: Tensor) -> Tensor:
        return product(x, self.codes, self.scales, ends)


class Int4Weight(QuantizedWeight):
    """Four bits a value, -8 to 7 times the bfloat16 scale of its group of neighbouring inputs.

    The largest value of a group, whatever its sign, is -8 times the scale: so the scale may be
    negative, and all sixteen codes are used.  A byte holds two values: that of input i in its low
    half, and in its high half that of input i + inputs / 2.
    """

    bits = 4
    codes: Tensor  # uint8 [experts, outputs, inputs / 2]
    scales: Tensor  # bfloat16 [experts, outputs, inputs / group]

    def __init__(self, shape: torch.Size) -> None:
        super().__init__(shape)
        experts, outputs, inputs = shape
        self._group = group_of(inputs)
        self.register_buffer("codes", torch.empty(experts, outputs, inputs // 2, dtype=torch.uint8))
        groups = inputs // self._group
        self.register_buffer("scales", torch.empty(experts, outputs, groups, dtype=torch.bfloat16))

    def store(self, experts: slice, weights: Tensor) -> None:
        grouped = weights.float().view(*weights.shape[:-1], -1, self._group)
        place = grouped.abs().argmax(-1, keepdim=True)
        scales = (grouped.gather(-1, place) / -8).to(self.scales.dtype)
        scales = torch.where(scales.abs() < SMALLEST, SMALLEST, scales)
        codes = (grouped / scales.float()).round().clamp(-8, 7).flatten(-2) + 8
        low, high = codes.to(torch.uint8).chunk(2, dim=-1)
        self.scales[experts] = scales.squeeze(-1)
        self.codes[experts] = low | (high << 4)

    def load(self, experts: slice | Tensor, dtype: torch.dtype) -> Tensor:
        codes = self.codes[experts]
        values = torch.cat((codes & 15, codes >> 4), dim=-1).to(dtype).sub_(8)
        scales = self.scales[experts].to(dtype)[..., None]
        values.view(*scales.shape[:-1], self._group).mul_(scales)
        return values


WEIGHTS: dict[Quantize, type[QuantizedWeight]] = {"fp8": Fp8Weight, "int4": Int4Weight}


def group_of(inputs: int) -> int:
    """How many inputs share a scale.  Raises ValueError for an odd number of inputs."""
    for group in GROUPS:
        if inputs % group == 0:
            return group
    raise ValueError(f"{inputs} inputs are odd, and a byte holds two of four bits")
