"""Both passes over packed weights, for one-expert models in float32: the embedded one's kind.

Equal to transformers' modules within rounding (a test holds them together), in half of their
operations.  Linear layers take all rows of a batch at once; attention is each row's own, over a
buffer that holds exactly the prompt that it sees and has room for its canvas behind it.  So there
is no padding among the keys, no mask, and nothing to concatenate.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.forward.packed import PackedLayer, pack
from diffgem_engine.core.kv import EncoderKv, PaddedPrefix, PrefixKv, latest
from diffgem_engine.core.request import Bucket
from diffgem_engine.core.text_config import text_config

CHUNK = 128  # queries: a causal pass looks at the keys before its own chunk's end alone

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]  # q, k, v [tokens, heads, dim] -> [tokens, ...]


class Rope(NamedTuple):
    """Rotary factors of one layer type, [tokens, 1, head_dim]; `sin` has the signs in it."""

    cos: Tensor
    sin: Tensor

    def turn(self, x: Tensor) -> Tensor:
        """[tokens, heads, head_dim]"""
        return torch.addcmul(x * self.cos, x.roll(x.shape[-1] // 2, -1), self.sin)


class LeanForward:
    """Copies the weights of `model` when it is made: later changes of these do not show."""

    @torch.no_grad()
    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        config, decoder = text_config(model.config), model.model.decoder
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._head_dim: int = decoder.layers[0].self_attn.head_dim
        self._eps = config.rms_norm_eps
        self._window = config.sliding_window
        self._kinds = list(config.layer_types)
        self._layers = [pack(layer) for layer in decoder.layers]
        self._norm: Tensor = decoder.norm.weight.detach()
        self._embed = decoder.embed_tokens
        self._condition = decoder.self_conditioning
        self._rotary = decoder.rotary_emb

    def encode(
        self,
        ids: Tensor,
        positions: Tensor,
        kv: EncoderKv,
        masks: Mapping[str, Tensor | None] | None,
    ) -> Tensor:
        x = self._embed(ids)
        ropes = self._ropes(positions)
        for number, (layer, kind) in enumerate(zip(self._layers, self._kinds, strict=True)):
            window = self._window if kind == "sliding_attention" else None
            reading = _Reading(kv, number, window, masks[kind] if masks is not None else None)
            x = self._layer(layer, x, ropes[kind], reading.attend)
        return self._normed(x, self._norm)

    def alike(self, bucket: Bucket) -> Bucket:
        """Each row looks at its own prompt, of any length."""
        return bucket._replace(prompt=0)

    def pad(self, prefix: PrefixKv, bucket: Bucket) -> PaddedPrefix:
        """Sliding layers end with the `window - 1` positions that a decoder sees."""
        length = len(prefix)
        seen = {"full_attention": length, "sliding_attention": min(length, self._window - 1)}
        room = (0, 0, 0, bucket.slots)
        layers = tuple(
            (F.pad(latest(keys, seen[kind]), room), F.pad(latest(values, seen[kind]), room))
            for kind, (keys, values) in zip(self._kinds, prefix.layers, strict=True)
        )
        return PaddedPrefix(layers, seen, length)

    def decode(
        self, tokens: Tensor, signal: Tensor, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int]
    ) -> Tensor:
        rows, slots = tokens.shape
        x = self._condition(self._embed(tokens), signal).flatten(0, 1)  # [rows * slots, width]
        starts = torch.tensor([prefix.positions for prefix in prefixes], device=tokens.device)
        positions = (starts[:, None] + torch.arange(slots, device=tokens.device)).flatten()
        ropes = self._ropes(positions)
        for number, (layer, kind) in enumerate(zip(self._layers, self._kinds, strict=True)):
            buffers = [(*p.layers[number], p.lengths[kind]) for p in prefixes]
            x = self._layer(layer, x, ropes[kind], _Denoising(buffers, sizes).attend)
        return self._normed(x, self._norm).view(rows, slots, -1)

    def _ropes(self, positions: Tensor) -> dict[str, Rope]:
        """By layer type, of `positions` [tokens]."""
        kinds = set(self._kinds)
        return {kind: _rope(*self._rotary(self._norm, positions[None], kind)) for kind in kinds}

    def _layer(self, layer: PackedLayer, x: Tensor, rope: Rope, attend: Attend) -> Tensor:
        """[tokens, width] -> [tokens, width]"""
        q, k, v = self._project(layer, x, rope)
        attended = attend(q, k, v) @ layer.attended
        x = x + self._normed(attended, layer.attended_norm)
        return (x + self._normed(self._feed(layer, x), layer.output_norm)) * layer.scalar

    def _project(self, layer: PackedLayer, x: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, [tokens, heads, head_dim] each."""
        heads = (self._normed(x) @ layer.qkv).view(x.shape[0], -1, self._head_dim)
        normed = self._normed(heads, layer.head_norms)
        turned = rope.turn(normed[:, : -self._kv_heads])
        return turned[:, : self._heads], turned[:, self._heads :], normed[:, -self._kv_heads :]

    def _feed(self, layer: PackedLayer, x: Tensor) -> Tensor:
        """Dense layer and expert, both normed."""
        gate, up = (self._normed(x) @ layer.gates).chunk(2, dim=-1)
        opened = F.gelu(gate, approximate="tanh") * up
        dense = opened[:, : layer.dense] @ layer.dense_down
        expert = opened[:, layer.dense :] @ layer.expert_down
        return self._normed(dense, layer.dense_norm) + self._normed(expert, layer.expert_norm)

    def _normed(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """By the root mean square of the last dimension."""
        size: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        factor = size.square_().div_(x.shape[-1]).add_(self._eps).rsqrt_()
        return x * factor if weight is None else x * factor * weight


def _rope(cos: Tensor, sin: Tensor) -> Rope:
    """Of transformers' factors [1, tokens, head_dim], whose rotation negates the first half."""
    half = sin.shape[-1] // 2
    signed = torch.cat((-sin[0, :, :half], sin[0, :, half:]), dim=-1)
    return Rope(cos[0][:, None], signed[:, None])


class _Reading(NamedTuple):
    """The encoder's attention in one layer."""

    kv: EncoderKv
    layer: int
    window: int | None
    mask: Tensor | None

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        keys, values = self.kv.update(_by_head(k), _by_head(v), self.layer)
        if self.mask is None:
            return _causal(_by_head(q), keys, values, self.window)
        return _attention(_by_head(q), keys, values, self.mask)


class _Denoising(NamedTuple):
    """The decoder's attention in one layer: row by row."""

    buffers: Sequence[tuple[Tensor, Tensor, int]]  # keys, values, and how many count
    sizes: Sequence[int]

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        rows = len(self.sizes)
        own = (part.view(rows, -1, *part.shape[1:]) for part in (q, k, v))
        each = zip(*own, self.buffers, self.sizes, strict=True)
        return torch.cat([_own_attention(*row) for row in each])


def _by_head(x: Tensor) -> Tensor:
    """[tokens, heads, dim] -> [1, heads, tokens, dim], as caches have it."""
    return x.transpose(0, 1)[None]


def _attention(q: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """[1, heads, tokens, dim] -> [tokens, heads * dim]; key heads serve several query heads."""
    out = F.scaled_dot_product_attention(
        q, keys, values, attn_mask=mask, scale=1.0, enable_gqa=True
    )
    return out[0].transpose(0, 1).flatten(1)


def _causal(q: Tensor, keys: Tensor, values: Tensor, window: int | None) -> Tensor:
    """The last keys are the queries' own; each sees those before it, as far as `window`."""
    count, total = q.shape[2], keys.shape[2]
    outs = []
    for start in range(0, count, CHUNK):
        end = min(start + CHUNK, count)
        last = total - count + end  # of the keys that the chunk sees
        own = torch.arange(total - count + start, last, device=q.device)
        first = max(0, int(total - count + start) + 1 - window) if window else 0
        at = torch.arange(first, last, device=q.device)
        mask = at <= own[:, None]
        if window:
            mask &= at > own[:, None] - window
        seen = slice(first, last)
        outs.append(_attention(q[:, :, start:end], keys[:, :, seen], values[:, :, seen], mask))
    return torch.cat(outs)


def _own_attention(
    q: Tensor, k: Tensor, v: Tensor, buffer: tuple[Tensor, Tensor, int], size: int
) -> Tensor:
    """One row's slots [slots, heads, dim] look at its prompt and its first `size` slots."""
    keys, values, length = buffer
    end = length + size
    keys[:, :, length:end] = _by_head(k[:size])
    values[:, :, length:end] = _by_head(v[:size])
    return _attention(_by_head(q), keys[:, :, :end], values[:, :, :end], None)
