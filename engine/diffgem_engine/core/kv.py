"""Keys and values of a prompt, as the encoder leaves them and as the decoder reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from attrs import frozen
from torch import Tensor

if TYPE_CHECKING:
    from transformers import DynamicCache

KEPT_WHOLE = 2048  # positions of a prompt that is not long
SLACK = 256  # positions behind which a long one can be cut


@frozen
class PrefixKv:
    """The encoder's keys and values of a prompt.

    Each tensor is [1, kv_heads, positions, head_dim], the prompt's latest positions.  Full layers,
    of which the last is one, hold all of them.  So do the sliding layers of a prompt that is not
    long: cut to their window they could not be cut shorter, and typing over a character does just
    that.  Of a long one they hold what a cut to `least` positions needs.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    least: int = 0

    def __len__(self) -> int:
        return self.layers[-1][0].shape[2]

    @property
    def nbytes(self) -> int:
        return sum(k.nbytes + v.nbytes for k, v in self.layers)

    def cut(self, length: int) -> "PrefixKv":
        """The first `length` positions, `least` or more, sharing memory."""
        gone = len(self) - length
        kept = [keys.shape[2] - gone for keys, _ in self.layers]
        pairs = zip(kept, self.layers, strict=True)
        return PrefixKv(tuple((k[:, :, :n], v[:, :, :n]) for n, (k, v) in pairs), self.least)

    def reused(self, length: int) -> int:
        """How many of the first `length` positions need not be read again."""
        return length if length >= self.least else 0

    def thinned(self, windows: Sequence[int | None]) -> "PrefixKv":
        """Without those positions of layers with a window that nothing needs any more; what is left
        of them is in memory of its own.
        """
        kept = [positions_kept(len(self), window) for window in windows]
        pairs = zip(kept, self.layers, strict=True)
        layers = tuple((_last(k, n), _last(v, n)) for n, (k, v) in pairs)
        gone = [len(self) - keys.shape[2] for keys, _ in layers]
        leasts = [n + w - 1 for n, w in zip(gone, windows, strict=True) if n and w]
        return PrefixKv(layers, max(leasts, default=0))

    def latest(self, windows: Sequence[int | None]) -> "PrefixKv":
        """Of each layer with a window only what the next position sees, sharing memory.

        Its layers differ in length: it is to be read, and no longer to be cut.
        """
        seen = [window - 1 if window else len(self) for window in windows]
        pairs = zip(seen, self.layers, strict=True)
        return PrefixKv(tuple((latest(k, n), latest(v, n)) for n, (k, v) in pairs), len(self))


def latest(tensor: Tensor, count: int) -> Tensor:
    """The last `count` positions, or all there are, of [1, kv_heads, positions, head_dim]."""
    return tensor[:, :, max(0, tensor.shape[2] - count) :]


def _last(tensor: Tensor, count: int) -> Tensor:
    """`latest` in memory of its own, where that is less."""
    return tensor if tensor.shape[2] <= count else latest(tensor, count).clone()


def causal_mask(count: int, held: int, window: int | None) -> Tensor:
    """[1, 1, count, held + count]: which keys each of `count` tokens sees behind `held` others."""
    mask = torch.ones(count, held + count, dtype=torch.bool).tril(held)
    return (mask if window is None else mask.triu(held + 1 - window))[None, None]


def positions_kept(tokens: int, window: int | None) -> int:
    """Of a layer of a cached prompt."""
    if window is None or tokens <= KEPT_WHOLE:
        return tokens
    return min(tokens, window - 1 + SLACK)


class EncoderKv(Protocol):
    """Where an encoder pass leaves its keys and values; a cache of transformers is one."""

    def update(self, keys: Tensor, values: Tensor, layer: int, /) -> tuple[Tensor, Tensor]:
        """Note those of the pass' tokens, and give all that they may see, theirs last."""


def filled(cache: "DynamicCache") -> list[tuple[Tensor, Tensor]]:
    """What an encoder pass left in a cache of transformers' kind, whose layers are of many types
    before it.
    """
    layers: Sequence[Any] = cache.layers
    return [(layer.keys, layer.values) for layer in layers]


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
        self._dropped = [len(prefix) - keys.shape[2] for keys, _ in prefix.layers]
        self._layers = [(F.pad(k, longer), F.pad(v, longer)) for k, v in prefix.layers]
        self._sights = sights

    def update(self, keys: Tensor, values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """Note the token at position `length`, and give what it sees.

        Whoever made the pass then moves `length` on; until that the pass may be made again.
        """
        all_keys, all_values = self._layers[layer]
        end = self.length + 1 - self._dropped[layer]
        all_keys[:, :, end - 1 : end] = keys
        all_values[:, :, end - 1 : end] = values
        seen = slice(max(0, end - self._sights[layer]), end)
        return all_keys[:, :, seen], all_values[:, :, seen]
