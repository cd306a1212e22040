"""prefill(), denoise(), read(), branch(): the only file that calls the model.

The decoder is called through its own sub-modules with our KV handle: its layers read only
`past_key_values.layers[i].keys` / `.values` and `.is_compileable`.  That gives a prefix to every
row and logits for open slots alone, without a fork of the model.
"""

from collections.abc import Sequence as Rows
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache

from diffgem_engine.branches import BranchedRow
from diffgem_engine.kv import GrowingKv, KvHandle, LayerKv, PaddedPrefix, PrefixKv
from diffgem_engine.sequence import Bucket, Sequence


class Denoised(NamedTuple):
    """Float32 logits of the open slots [rows, open slots, vocab], and which of them count."""

    logits: Tensor
    counted: Tensor  # [rows, open slots]


class Runner:
    """Holds the model; knows shapes and masks, nothing of requests or sampling."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        self._model = model.eval()
        self._encoder = model.model.encoder.language_model
        self._decoder = model.model.decoder
        config = model.config.text_config
        self._kinds: list[str] = list(config.layer_types)
        self._window: int = config.sliding_window
        self._softcap: float = config.final_logit_softcapping
        self._width: int = config.hidden_size
        self.vocab: int = config.vocab_size
        self.device: torch.device = self._decoder.embed_tokens.weight.device
        self.dtype: torch.dtype = self._decoder.embed_tokens.weight.dtype

    @torch.inference_mode()
    def prefill(self, ids: Rows[int], cached: PrefixKv | None = None) -> PrefixKv:
        """The KV of prompt `ids`, of which `cached` holds the first positions already."""
        start = len(cached) if cached is not None else 0
        cache = _cache(cached)
        if start < len(ids):
            self._encoder(
                input_ids=torch.tensor([list(ids[start:])], device=self.device),
                position_ids=torch.arange(start, len(ids), device=self.device)[None],
                past_key_values=cache,
            )
        return PrefixKv(tuple((layer.keys, layer.values) for layer in cache.layers))

    def pad(self, prefix: PrefixKv, bucket: Bucket) -> PaddedPrefix:
        """Cut sliding layers to the `window - 1` positions that a decoder sees; pad to `bucket`."""
        length = len(prefix)
        seen = {"full_attention": length, "sliding_attention": min(length, self._window - 1)}
        room = {
            "full_attention": bucket.prompt,
            "sliding_attention": min(bucket.prompt, self._window - 1),
        }
        layers = []
        for kind, (keys, values) in zip(self._kinds, prefix.layers, strict=True):
            empty = (0, 0, 0, room[kind] - seen[kind])
            first = length - seen[kind]
            layers.append((F.pad(keys[:, :, first:], empty), F.pad(values[:, :, first:], empty)))
        return PaddedPrefix(tuple(layers), seen, length)

    def growing(self, prefix: PrefixKv, room: int) -> GrowingKv:
        """A copy of `prefix` for `read`, with room for `room` positions more."""
        seen = {"full_attention": len(prefix) + room, "sliding_attention": self._window}
        return GrowingKv(prefix, room, [seen[kind] for kind in self._kinds])

    @torch.inference_mode()
    def read(self, token: int, kv: GrowingKv) -> Tensor:
        """One encoder pass over `token`, behind all that `kv` holds: the float32 logits [vocab]
        of what follows it.

        Always one row: a product of one row is rounded otherwise than the same row among others.
        """
        out = self._encoder(
            input_ids=torch.tensor([[token]], device=self.device),
            attention_mask=dict.fromkeys(self._kinds),  # `kv` gives what the token sees, no more
            position_ids=torch.tensor([[kv.length]], device=self.device),
            past_key_values=kv,
        )
        return self._logits(out.last_hidden_state[0, 0])

    @torch.inference_mode()
    def branch(self, stem: Rows[int], branches: Rows[Rows[int]], known: PrefixKv) -> list[Tensor]:
        """One encoder pass, behind `known`, over `stem` and over each of `branches` behind that:
        for each the float32 logits [tokens + 1, vocab] of what follows the stem and its tokens.

        All of them are one row of tokens, whose mask is a tree: no branch sees another.
        """
        row = BranchedRow.of(stem, branches, len(known))
        sights = {"full_attention": None, "sliding_attention": self._window}
        out = self._encoder(
            input_ids=torch.tensor([row.tokens], device=self.device),
            attention_mask={k: row.mask(sights[k]).to(self.device) for k in set(self._kinds)},
            position_ids=row.positions[None].to(self.device),
            past_key_values=_cache(known.latest([sights[kind] for kind in self._kinds])),
        )
        asked = torch.cat(row.paths).to(self.device)
        logits = self._logits(out.last_hidden_state[0, asked])
        return [*torch.split(logits, [len(path) for path in row.paths])]

    @torch.inference_mode()
    def first_signal(self, tokens: Tensor, pinned: Tensor, mark: int | None) -> Tensor:
        """Self-conditioning before the first step: a one-hot where pinned; in the holes that of
        `mark`, or zero without one.

        [slots] -> [slots, width].  The decoder cannot tell a pinned token from noise otherwise.
        """
        known = self._decoder.embed_tokens(tokens)
        noise = torch.zeros_like(known)
        if mark is not None:
            noise = self._decoder.embed_tokens(torch.full_like(tokens, mark))
        return torch.where(pinned[:, None], known, noise)

    @torch.inference_mode()
    def denoise(self, sequences: Rows[Sequence]) -> Denoised:
        """One decoder pass over the canvases of `sequences`, all of one bucket."""
        bucket = sequences[0].bucket
        prefixes = [s.live.prefix for s in sequences]
        tokens = torch.stack([s.live.tokens for s in sequences])  # [rows, slots]
        signal = torch.stack([s.live.signal for s in sequences])  # [rows, slots, width]
        x = self._decoder.self_conditioning(self._decoder.embed_tokens(tokens), signal)
        positions = self._positions(prefixes, bucket)
        ropes = {kind: self._decoder.rotary_emb(x, positions, kind) for kind in set(self._kinds)}
        masks = self._masks(prefixes, sequences, bucket)
        handle = KvHandle([LayerKv(*_stack(prefixes, i)) for i in range(len(self._kinds))])
        for layer, kind in zip(self._decoder.layers, self._kinds, strict=True):
            x = layer(
                x,
                position_embeddings=ropes[kind],
                attention_mask=masks[kind],
                position_ids=positions,
                past_key_values=handle,
            )
        return self._open_logits(self._decoder.norm(x), sequences, bucket)

    @torch.inference_mode()
    def soft_embedding(self, probs: Tensor) -> Tensor:
        """The self-conditioning signal of the next step: [..., vocab] -> [..., width]."""
        weight: Tensor = self._decoder.embed_tokens.weight
        scale: Tensor = self._decoder.embed_tokens.embed_scale
        return (probs.to(self.dtype) @ weight) * scale.to(self.dtype)

    def release(self) -> None:
        """Give the device what torch keeps of it without need."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _positions(self, prefixes: Rows[PaddedPrefix], bucket: Bucket) -> Tensor:
        starts = torch.tensor([prefix.positions for prefix in prefixes], device=self.device)
        return starts[:, None] + torch.arange(bucket.slots, device=self.device)

    def _masks(
        self, prefixes: Rows[PaddedPrefix], sequences: Rows[Sequence], bucket: Bucket
    ) -> dict[str, Tensor]:
        """[rows, 1, slots, keys] by layer type: real prompt positions and real slots count."""
        slots = torch.arange(bucket.slots, device=self.device)
        sizes = torch.tensor([len(s.canvas) for s in sequences], device=self.device)
        own = slots < sizes[:, None]
        masks: dict[str, Tensor] = {}
        for index, kind in enumerate(self._kinds):
            if kind not in masks:
                room = torch.arange(prefixes[0].layers[index][0].shape[2], device=self.device)
                counts = torch.tensor([p.lengths[kind] for p in prefixes], device=self.device)
                seen = torch.cat((room < counts[:, None], own), dim=1)[:, None, None, :]
                masks[kind] = seen.expand(-1, 1, bucket.slots, -1)
        return masks

    def _open_logits(self, hidden: Tensor, sequences: Rows[Sequence], bucket: Bucket) -> Denoised:
        rows = torch.zeros(
            (len(sequences), bucket.open_slots), dtype=torch.long, device=self.device
        )
        counted = torch.zeros_like(rows, dtype=torch.bool)
        for row, sequence in enumerate(sequences):
            slots = sequence.canvas.open_slots
            rows[row, : len(slots)] = torch.tensor(slots, device=self.device)
            counted[row, : len(slots)] = True
        opened = hidden.gather(1, rows[:, :, None].expand(-1, -1, self._width))
        return Denoised(self._logits(opened), counted)

    def _logits(self, hidden: Tensor) -> Tensor:
        """Float32: [..., width] -> [..., vocab]."""
        logits = self._model.lm_head(hidden).float()
        return torch.tanh(logits / self._softcap) * self._softcap


def _cache(known: PrefixKv | None) -> DynamicCache:
    """Of transformers' kind; without a config: sliding layers at full length as well."""
    cache = DynamicCache()
    for index, (keys, values) in enumerate(known.layers if known is not None else ()):
        cache.update(keys, values, index)
    return cache


def _stack(prefixes: Rows[PaddedPrefix], layer: int) -> tuple[Tensor, Tensor]:
    if len(prefixes) == 1:
        return prefixes[0].layers[layer]
    keys, values = zip(*(prefix.layers[layer] for prefix in prefixes), strict=True)
    return torch.cat(keys), torch.cat(values)
