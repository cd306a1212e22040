"""The experts of a layer, over weights of any kind: which product suits how many tokens."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffgem_engine.quantized.quantization import WEIGHTS, MultipliedWeight, Quantize
from diffgem_engine.quantized.scaled import multiplies


class QuantizedExperts(nn.Module):
    """Stands in for the experts of a layer, in the encoder and in the decoder alike.

    Its arithmetic is that of unquantized experts in the dtype of what it is given, over weights
    that are made large again a few experts at a time; or, where `scaled`, in products of eight-bit
    floats: by default where the device has them.
    """

    scaled: bool | None = None

    def __init__(self, experts: Any, quantize: Quantize) -> None:
        super().__init__()
        kind = WEIGHTS[quantize]
        self.gate_up_proj = kind(experts.gate_up_proj.shape)  # [experts, 2 * inner, width]
        self.down_proj = kind(experts.down_proj.shape)  # [experts, width, inner]
        self._act = experts.act_fn

    def forward(self, hidden: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        """`hidden` [tokens, width]; of each token the experts that are `chosen` and their
        `weights`, [tokens, experts a token] -> [tokens, width].
        """
        if len(hidden) == 1:
            return self._one(hidden, chosen[0], weights[0])
        stored = self.as_stored
        if stored is not None and self._is_scaled(hidden):
            return self._scaled(stored, hidden, chosen, weights)
        if _can_group(hidden):
            return self._grouped(hidden, chosen, weights)
        return self._each(hidden, chosen, weights)

    def _one(self, hidden: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        """One token: its experts alone, and the device need not say which they are."""
        gate_up = self.gate_up_proj.load(chosen, hidden.dtype)
        down = self.down_proj.load(chosen, hidden.dtype)
        inner = self._gated(gate_up @ hidden[0])  # [experts a token, inner]
        out = (down @ inner[:, :, None]).squeeze(-1) * weights[:, None]
        return out.sum(0, keepdim=True).to(hidden.dtype)

    def _each(self, hidden: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        """Expert after expert, those alone that a token has chosen: the plain truth."""
        out = torch.zeros_like(hidden)
        for expert in torch.unique(chosen).tolist():
            rows, places = torch.where(chosen == expert)
            one = slice(expert, expert + 1)
            gate_up = self.gate_up_proj.load(one, hidden.dtype)[0]
            down = self.down_proj.load(one, hidden.dtype)[0]
            found = F.linear(self._gated(F.linear(hidden[rows], gate_up)), down)
            out.index_add_(0, rows, (found * weights[rows, places, None]).to(out.dtype))
        return out

    @property
    def as_stored(self) -> tuple[MultipliedWeight, MultipliedWeight] | None:
        """Both weights, where they are of a kind that is multiplied so."""
        gate_up, down = self.gate_up_proj, self.down_proj
        if isinstance(gate_up, MultipliedWeight) and isinstance(down, MultipliedWeight):
            return gate_up, down
        return None

    def _is_scaled(self, hidden: Tensor) -> bool:
        if self.scaled is not None:
            return self.scaled
        return hidden.dtype == torch.bfloat16 and multiplies(hidden.device)

    def _scaled(
        self,
        stored: tuple[MultipliedWeight, MultipliedWeight],
        hidden: Tensor,
        chosen: Tensor,
        weights: Tensor,
    ) -> Tensor:
        """All experts in two products."""
        gate_up, down = stored
        order, ends = self._by_expert(chosen)
        paired = hidden[order // chosen.shape[1]]  # [pairs, width]
        inner = self._gated(gate_up.product(paired, ends))
        found = down.product(inner, ends)
        return _shared(found, order, chosen, weights).to(hidden.dtype)

    def _by_expert(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """The pairs of a token and an expert in the order of the experts, and where each expert's
        end.
        """
        order = chosen.flatten().sort(stable=True)
        experts = torch.arange(self.gate_up_proj.shape[0], device=chosen.device)
        ends = torch.searchsorted(order.values, experts, right=True)
        return order.indices, ends.int()

    def _grouped(self, hidden: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        """All experts, piece by piece: what is computed hangs on no number that the device would
        have to tell.

        The pairs of a token and an expert are sorted by expert; a piece sees them rotated, so that
        its own come first, and grouped_mm leaves out those behind its last.
        """
        order, ends = self._by_expert(chosen)
        places = torch.arange(len(order), device=hidden.device)
        paired = hidden[order // chosen.shape[1]]  # [pairs, width]
        found = torch.zeros_like(paired)
        start = ends.new_zeros(1)
        for piece in self.gate_up_proj.pieces():
            turned = (places + start) % len(places)
            own = ends[piece] - start
            computed = self._product(paired[turned], piece, own)
            found[turned] = torch.where((places < own[-1])[:, None], computed, found[turned])
            start = ends[piece][-1:]
        return _shared(found, order, chosen, weights).to(hidden.dtype)

    def _product(self, paired: Tensor, piece: slice, ends: Tensor) -> Tensor:
        """Of some experts, whose tokens in `paired` end at `ends`."""
        gate_up = self.gate_up_proj.load(piece, paired.dtype).transpose(-2, -1)
        inner = self._gated(F.grouped_mm(paired, gate_up, offs=ends))
        del gate_up
        down = self.down_proj.load(piece, paired.dtype).transpose(-2, -1)
        return F.grouped_mm(inner, down, offs=ends)

    def _gated(self, both: Tensor) -> Tensor:
        gate, up = both.chunk(2, dim=-1)
        gated: Tensor = self._act(gate) * up
        return gated


def _shared(found: Tensor, order: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
    """What each token has of its experts: `found` [pairs, width] in their `order` -> [tokens,
    width].
    """
    back = torch.empty_like(found).index_copy_(0, order, found)
    return (back.view(*chosen.shape, -1) * weights[..., None]).sum(1)


def _can_group(hidden: Tensor) -> bool:
    """Where waiting for the device costs more than experts that nobody has chosen."""
    return (
        hidden.is_cuda
        and hidden.dtype == torch.bfloat16
        and torch.cuda.get_device_capability(hidden.device) >= (8, 0)
    )
