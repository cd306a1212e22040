"""Both passes through transformers' own modules: for every checkpoint, on every device.

The decoder is called through its sub-modules with our KV handle: its layers read only
`past_key_values.layers[i].keys` / `.values` and `.is_compileable`.  That gives a prefix to every
row without a fork of the model.
"""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.kv import EncoderKv, KvHandle, LayerKv, PaddedPrefix, PrefixKv, latest
from diffgem_engine.sequence import Bucket


class StockForward:
    """Rows of a batch have one shape, padded and masked."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        self._encoder = model.model.encoder.language_model
        self._decoder = model.model.decoder
        config = model.config.text_config
        self._kinds: list[str] = list(config.layer_types)
        self._window: int = config.sliding_window

    def encode(
        self,
        ids: Tensor,
        positions: Tensor,
        kv: EncoderKv,
        masks: Mapping[str, Tensor | None] | None,
    ) -> Tensor:
        out = self._encoder(
            input_ids=ids[None],
            attention_mask=None if masks is None else dict(masks),
            position_ids=positions[None],
            past_key_values=kv,
        )
        hidden: Tensor = out.last_hidden_state[0]
        return hidden

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
            own = latest(keys, seen[kind]), latest(values, seen[kind])
            layers.append((F.pad(own[0], empty), F.pad(own[1], empty)))
        return PaddedPrefix(tuple(layers), seen, length)

    def decode(
        self, tokens: Tensor, signal: Tensor, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int]
    ) -> Tensor:
        x = self._decoder.self_conditioning(self._decoder.embed_tokens(tokens), signal)
        starts = torch.tensor([prefix.positions for prefix in prefixes], device=tokens.device)
        positions = starts[:, None] + torch.arange(tokens.shape[1], device=tokens.device)
        ropes = {kind: self._decoder.rotary_emb(x, positions, kind) for kind in set(self._kinds)}
        masks = self._masks(prefixes, sizes, tokens)
        handle = KvHandle([LayerKv(*_stack(prefixes, i)) for i in range(len(self._kinds))])
        for layer, kind in zip(self._decoder.layers, self._kinds, strict=True):
            x = layer(
                x,
                position_embeddings=ropes[kind],
                attention_mask=masks[kind],
                position_ids=positions,
                past_key_values=handle,
            )
        hidden: Tensor = self._decoder.norm(x)
        return hidden

    def _masks(
        self, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int], tokens: Tensor
    ) -> dict[str, Tensor]:
        """[rows, 1, slots, keys] by layer type: real prompt positions and real slots count."""
        device, count = tokens.device, tokens.shape[1]
        own = torch.arange(count, device=device) < torch.tensor(sizes, device=device)[:, None]
        masks: dict[str, Tensor] = {}
        for index, kind in enumerate(self._kinds):
            if kind not in masks:
                room = torch.arange(prefixes[0].layers[index][0].shape[2], device=device)
                counts = torch.tensor([p.lengths[kind] for p in prefixes], device=device)
                seen = torch.cat((room < counts[:, None], own), dim=1)[:, None, None, :]
                masks[kind] = seen.expand(-1, 1, count, -1)
        return masks


def _stack(prefixes: Sequence[PaddedPrefix], layer: int) -> tuple[Tensor, Tensor]:
    if len(prefixes) == 1:
        return prefixes[0].layers[layer]
    keys, values = zip(*(prefix.layers[layer] for prefix in prefixes), strict=True)
    return torch.cat(keys), torch.cat(values)
