"""prefill(), denoise(), read(), branch(): the only file that calls the model's passes."""

from collections.abc import Sequence as Rows
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache

from diffgem_engine.core.branches import BranchedRow
from diffgem_engine.core.forward import Forward, forward_for
from diffgem_engine.core.kv import GrowingKv, PaddedPrefix, PrefixKv, causal_mask, filled
from diffgem_engine.core.request import Bucket
from diffgem_engine.core.sequence import Sequence
from diffgem_engine.core.text_config import text_config


class Denoised(NamedTuple):
    """Float32 logits of the open slots [rows, open slots, vocab], and which of them count."""

    logits: Tensor
    counted: Tensor  # [rows, open slots]


class Runner:
    """Holds the model; knows shapes and masks, nothing of requests or sampling."""

    def __init__(
        self, model: DiffusionGemmaForBlockDiffusion, forward: Forward | None = None
    ) -> None:
        self._model = model
        model.eval()
        self._forward = forward or forward_for(model)
        self._decoder = model.model.decoder
        config = text_config(model.config)
        self._kinds = list(config.layer_types)
        self._window = config.sliding_window
        self._sights: dict[str, int | None] = {
            "full_attention": None,
            "sliding_attention": self._window,
        }
        self._softcap = config.final_logit_softcapping
        self._width = config.hidden_size
        self.vocab = config.vocab_size
        self.device: torch.device = self._decoder.embed_tokens.weight.device
        self.dtype: torch.dtype = self._decoder.embed_tokens.weight.dtype

    @torch.inference_mode()
    def prefill(self, ids: Rows[int], cached: PrefixKv | None = None) -> PrefixKv:
        """The KV of prompt `ids`, of which `cached` holds the first positions already."""
        start = len(cached) if cached is not None else 0
        cache = _cache(cached)
        if start < len(ids):
            self._forward.encode(
                torch.tensor(list(ids[start:]), device=self.device),
                torch.arange(start, len(ids), device=self.device),
                cache,
                self._behind(cached, len(ids) - start),
            )
        read = PrefixKv(tuple(filled(cache)))
        return read.thinned([self._sights[kind] for kind in self._kinds])

    def _behind(self, cached: PrefixKv | None, count: int) -> dict[str, Tensor | None] | None:
        """What each of `count` tokens sees behind a long prompt, by layer type; None where the
        layers hold all of it, and causality says so.
        """
        if cached is None or cached.least == 0:
            return None
        held = {k: keys.shape[2] for k, (keys, _) in zip(self._kinds, cached.layers, strict=True)}
        return {k: causal_mask(count, n, self._sights[k]).to(self.device) for k, n in held.items()}

    def alike(self, bucket: Bucket) -> Bucket:
        """Canvases for which it is equal may share a pass."""
        return self._forward.alike(bucket)

    def pad(self, prefix: PrefixKv, bucket: Bucket) -> PaddedPrefix:
        """What a canvas of `bucket` reads of its prompt."""
        return self._forward.pad(prefix, bucket)

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
        hidden = self._forward.encode(
            torch.tensor([token], device=self.device),
            torch.tensor([kv.length], device=self.device),
            kv,
            dict.fromkeys(self._kinds),  # `kv` gives what the token sees, no more
        )
        return self._logits(hidden[0])

    @torch.inference_mode()
    def branch(self, stem: Rows[int], branches: Rows[Rows[int]], known: PrefixKv) -> list[Tensor]:
        """One encoder pass, behind `known`, over `stem` and over each of `branches` behind that:
        for each the float32 logits [tokens + 1, vocab] of what follows the stem and its tokens.

        All of them are one row of tokens, whose mask is a tree: no branch sees another.
        """
        row = BranchedRow.of(stem, branches, len(known))
        sights = self._sights
        hidden = self._forward.encode(
            torch.tensor(row.tokens, device=self.device),
            row.positions.to(self.device),
            _cache(known.latest([sights[kind] for kind in self._kinds])),
            {kind: row.mask(sights[kind]).to(self.device) for kind in set(self._kinds)},
        )
        asked = torch.cat(row.paths).to(self.device)
        logits = self._logits(hidden[asked])
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
        """One decoder pass over the canvases of `sequences`, all of buckets that are alike."""
        bucket = sequences[0].bucket
        hidden = self._forward.decode(
            torch.stack([s.live.tokens for s in sequences]),  # [rows, slots]
            torch.stack([s.live.signal for s in sequences]),  # [rows, slots, width]
            [s.live.prefix for s in sequences],
            [len(s.canvas) for s in sequences],
        )
        return self._open_logits(hidden, sequences, bucket)

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
        logits: Tensor = self._model.lm_head(hidden).float()
        return logits.div_(self._softcap).tanh_().mul_(self._softcap)


def _cache(known: PrefixKv | None) -> DynamicCache:
    """Of transformers' kind; without a config: sliding layers at full length as well."""
    cache = DynamicCache()
    for index, (keys, values) in enumerate(known.layers if known is not None else ()):
        cache.update(keys, values, index)
    return cache
