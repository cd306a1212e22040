"""Both passes through transformers' own modules: for every checkpoint, on every device."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.forward.decoder import decoder_pass
from diffgem_engine.core.kv import EncoderKv, LayerKv, PaddedPrefix, PrefixKv, latest
from diffgem_engine.core.request import Bucket
from diffgem_engine.core.text_config import text_config


class Rows(NamedTuple):
    """What a pass of the decoder reads of its canvases: small, and new at every step."""

    tokens: Tensor  # [rows, slots]
    signal: Tensor  # [rows, slots, width]
    starts: Tensor  # [rows], the position of each canvas' first slot
    sizes: Tensor  # [rows], slots that count
    lengths: dict[str, Tensor]  # by layer type, [rows], prompt positions that count

    def tensors(self) -> list[Tensor]:
        return [self.tokens, self.signal, self.starts, self.sizes, *self.lengths.values()]


class StockForward:
    """Rows of a batch have one shape, padded and masked."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        self._encoder = model.model.encoder.language_model
        self._decoder = model.model.decoder
        config = text_config(model.config)
        self._kinds = list(config.layer_types)
        self._window = config.sliding_window

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

    def alike(self, bucket: Bucket) -> Bucket:
        return bucket

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
        return self.step(self.rows(tokens, signal, prefixes, sizes), self.layers(prefixes))

    def rows(
        self, tokens: Tensor, signal: Tensor, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int]
    ) -> Rows:
        device = tokens.device
        lengths = {kind: [prefix.lengths[kind] for prefix in prefixes] for kind in set(self._kinds)}
        return Rows(
            tokens=tokens,
            signal=signal,
            starts=torch.tensor([prefix.positions for prefix in prefixes], device=device),
            sizes=torch.tensor(list(sizes), device=device),
            lengths={kind: torch.tensor(n, device=device) for kind, n in lengths.items()},
        )

    def layers(self, prefixes: Sequence[PaddedPrefix]) -> list[LayerKv]:
        """The prompts' keys and values, [rows, kv_heads, room, head_dim] each."""
        return [LayerKv(*_stack(prefixes, number)) for number in range(len(self._kinds))]

    def step(self, rows: Rows, layers: list[LayerKv]) -> Tensor:
        """The decoder's pass.  It reads nothing of this machine's memory, and never waits for the
        device.
        """
        slots = torch.arange(rows.tokens.shape[1], device=rows.tokens.device)
        canvas = rows.tokens, rows.signal, rows.starts[:, None] + slots
        masks = self._masks(rows, layers, slots)
        return decoder_pass(self._decoder, self._kinds, canvas, layers, masks)

    def _masks(self, rows: Rows, layers: list[LayerKv], slots: Tensor) -> dict[str, Tensor]:
        """[rows, 1, slots, keys] by layer type: real prompt positions and real slots count."""
        own = slots < rows.sizes[:, None]
        masks: dict[str, Tensor] = {}
        for layer, kind in zip(layers, self._kinds, strict=True):
            if kind not in masks:
                room = torch.arange(layer.keys.shape[2], device=slots.device)
                seen = torch.cat((room < rows.lengths[kind][:, None], own), dim=1)
                masks[kind] = seen[:, None, None, :].expand(-1, 1, len(slots), -1)
        return masks


def _stack(prefixes: Sequence[PaddedPrefix], layer: int) -> tuple[Tensor, Tensor]:
    if len(prefixes) == 1:
        return prefixes[0].layers[layer]
    keys, values = zip(*(prefix.layers[layer] for prefix in prefixes), strict=True)
    return torch.cat(keys), torch.cat(values)
