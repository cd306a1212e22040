"""The training objective: autoregressive on the encoder, denoising on the canvases."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from diffgem_engine.training.passes.forward import Forward


class CanvasTensors(NamedTuple):
    """One batch of canvases [rows, slots]; see `batches.Batch`.  `hidden` slots are noise."""

    noisy: Tensor
    targets: Tensor
    weights: Tensor
    pinned: Tensor
    visible: Tensor
    positions: Tensor
    group: Tensor
    hidden: Tensor


class Losses(NamedTuple):
    """Mean cross-entropy in nats: of the next token, and of the canvas."""

    encoder: Tensor
    canvas: Tensor


def decoder_masks(canvas: CanvasTensors, length: int, window: int) -> dict[str, Tensor]:
    """What each slot sees: the encoder up to its own hole, and its own canvas.

    A sliding layer sees the last `window - 1` encoder positions of that, as the engine's does.
    The middle itself stands right after `visible` in the encoder: it must stay hidden.
    """
    keys = torch.arange(length, device=canvas.visible.device)[None, None, :]
    end = canvas.visible[:, :, None]
    past = keys < end  # [rows, slots, length]
    near = past & (keys > end - window)
    own = canvas.group[:, :, None] == canvas.group[:, None, :]  # [rows, slots, slots]
    return {
        "full_attention": torch.cat((past, own), dim=2)[:, None],
        "sliding_attention": torch.cat((near, own), dim=2)[:, None],
    }


def first_signal(
    model: Forward, canvas: CanvasTensors, mark: int | None = None
) -> tuple[Tensor, Tensor]:
    """The embedding of every target, and the first step's signal: those of pinned slots, that of
    `mark` where there is one and a slot is noise, and zero.
    """
    known = F.embedding(canvas.targets, model.embedding) * model.scale
    rest = torch.zeros_like(known)
    if mark is not None:
        rest = torch.where(canvas.hidden[:, :, None], model.embedding[mark] * model.scale, rest)
    return known, torch.where(canvas.pinned[:, :, None], known, rest)


def encoder_loss(model: Forward, ids: Tensor, hidden: Tensor, pad: int = 0) -> Tensor:
    """Next-token cross-entropy over everything but padding."""
    logits = model.logits(hidden[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=pad)


def encoder_only(model: Forward, ids: Tensor, pad: int = 0) -> Tensor:
    hidden, _ = model.encode(ids)
    return encoder_loss(model, ids, hidden, pad)


def joint(
    model: Forward,
    ids: Tensor,
    canvas: CanvasTensors,
    condition: bool,
    *,
    pad: int = 0,
    mark: int | None = None,
) -> Losses:
    """Both losses of one batch; `condition` feeds a first pass' logits back to a second.

    `mark` is the format's; see `InfillFormat.mark`.
    """
    hidden, cache = model.encode(ids)
    masks = decoder_masks(canvas, ids.shape[1], model.window)
    known, signal = first_signal(model, canvas, mark)
    if condition:
        with torch.no_grad():
            frozen = [(k.detach(), v.detach()) for k, v in cache]
            first = model.denoise(canvas.noisy, signal, canvas.positions, frozen, masks)
            guess = model.soft_embedding(model.logits(first))
        signal = torch.where(canvas.pinned[:, :, None], known, guess)
    out = model.denoise(canvas.noisy, signal, canvas.positions, cache, masks)
    losses = F.cross_entropy(
        model.logits(out).flatten(0, 1), canvas.targets.flatten(), reduction="none"
    )
    weights = canvas.weights.flatten()
    total = weights.sum().clamp_min(1e-6)  # a batch without a hole has a loss of 0, not NaN
    return Losses(encoder_loss(model, ids, hidden, pad), (losses * weights).sum() / total)
