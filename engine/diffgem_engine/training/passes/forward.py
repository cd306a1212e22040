"""What a training step needs of a model, and which of the two forwards gives it."""

from typing import Protocol

from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.forward.unfit import unfit
from diffgem_engine.training.passes.lean import KeyValue, LeanForward
from diffgem_engine.training.passes.stock import StockForward


class Forward(Protocol):
    """Encoder and decoder passes over the weights of a model, which stays their only owner.

    A canvas reads the encoder's keys and values, and gradients flow back through them.
    """

    @property
    def embedding(self) -> Tensor:
        """[vocab, width]"""

    @property
    def scale(self) -> float:
        """What an embedding is multiplied by when it is read."""

    @property
    def window(self) -> int:
        """Positions that a sliding layer sees, its own included."""

    def encode(self, ids: Tensor) -> tuple[Tensor, list[KeyValue]]:
        """Causal pass over `ids` [batch, length] -> hidden [batch, length, width] and the KV."""

    def denoise(
        self,
        canvas: Tensor,
        signal: Tensor,
        positions: Tensor,
        cache: list[KeyValue],
        masks: dict[str, Tensor],
    ) -> Tensor:
        """Bidirectional pass over `canvas` [batch, slots] -> hidden [batch, slots, width].

        `signal` is the self-conditioning embedding [batch, slots, width]; `masks` says, per layer
        type, which of the encoder's and the canvas' positions a slot sees [batch, 1, slots, keys].
        """

    def logits(self, hidden: Tensor) -> Tensor:
        """Float32: [..., width] -> [..., vocab]."""

    def soft_embedding(self, logits: Tensor) -> Tensor:
        """The self-conditioning signal of the next pass: [..., vocab] -> [..., width]."""


def forward_for(model: DiffusionGemmaForBlockDiffusion) -> Forward:
    """The leaner one where it computes the same."""
    return StockForward(model) if unfit(model) else LeanForward(model)
