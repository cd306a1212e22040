"""Keys and values of a prompt, as the encoder leaves them and as the decoder reads them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch.nn.functional as F
from attrs import frozen
from torch import Tensor


@frozen
class PrefixKv:
    """The encoder's keys and values of a prompt, every layer at full length.

    Each tensor is [1, kv_heads, positions, head_dim].  Sliding layers are kept whole too: cut to
    their window they could not be cut shorter, and typing over a character does just that.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]

    def __len__(self) -> int:
        return self.layers[0][0].shape[2]

    @property
    def nbytes(self) -> int:
        return sum(k.nbytes + v.nbytes for k, v in self.layers)

    def cut(self, length: int) -> "PrefixKv":
        """The first `length` positions, sharing memory."""
        return PrefixKv(tuple((k[:, :, :length], v[:, :, :length]) for k, v in self.layers))

    def latest(self, windows: Sequence[int | None]) -> "PrefixKv":
        """Of each layer with a window only what the next position sees, sharing memory.

        Its layers differ in length: it is to be read, and no longer to be cut.
        """
        firsts = [max(0, len(self) + 1 - window) if window else 0 for window in windows]
        pairs = zip(firsts, self.layers, strict=True)
        return PrefixKv(tuple((k[:, :, first:], v[:, :, first:]) for first, (k, v) in pairs))


class EncoderKv(Protocol):
    """Where an encoder pass leaves its keys and values; a cache of transformers is one."""

    def update(self, keys: Tensor, values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """Note those of the pass' tokens, and give all that they may see, theirs last."""


@frozen
class PaddedPrefix:
    """What one canvas reads of its prompt, and room behind it: `lengths` says how much counts."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    lengths: dict[str, int]  # by layer type
    positions: int


class LayerKv(NamedTuple):
    """One layer of the handle that the decoder reads."""

    keys: Tensor
    values: Tensor


class KvHandle:
    """Stands in for a transformers cache in the decoder, which only reads it."""

    is_compileable = False

    def __init__(self, layers: list[LayerKv]) -> None:
        self.layers = layers


class GrowingKv:
    """Stands in for a transformers cache in the encoder, which reads one token a pass.

    It holds a copy of `prefix` and has room for `room` positions more; `sights` says of every
    layer how many positions, its own included, a token sees.
    """

    def __init__(self, prefix: PrefixKv, room: int, sights: Sequence[int]) -> None:
        longer = (0, 0, 0, room)
        self.length = len(prefix)
        self._layers = [(F.pad(k, longer), F.pad(v, longer)) for k, v in prefix.layers]
        self._sights = sights

    def update(self, keys: Tensor, values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """Note the token at position `length`, and give what it sees.

        Whoever made the pass then moves `length` on; until that the pass may be made again.
        """
        all_keys, all_values = self._layers[layer]
        end = self.length + 1
        all_keys[:, :, self.length : end] = keys
        all_values[:, :, self.length : end] = values
        seen = slice(max(0, end - self._sights[layer]), end)
        return all_keys[:, :, seen], all_values[:, :, seen]
