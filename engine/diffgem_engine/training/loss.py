"""The training objective: autoregressive on the encoder, denoising on the canvases."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from diffgem_engine.training.lean import LeanForward


class CanvasTensors(NamedTuple):
    """One batch of canvases [rows, slots]; see `examples.Batch`."""

    noisy: Tensor
    targets: Tensor
    weights: Tensor
    pinned: Tensor
    visible: Tensor
    positions: Tensor
    group: Tensor


class Losses(NamedTuple):
    """Mean cross-entropy in nats: of the next token, and of the canvas."""

    encoder: Tensor
    canvas: Tensor


def decoder_masks(canvas: CanvasTensors, length: int, window: int) -> dict[str, Tensor]:
    """What each slot sees: the encoder up to its own hole, and its own canvas.

    A sliding layer sees the last `window - 1` encoder positions of that, as the engine's does.
    The middle itself stands right after `visible` in the encoder: it must stay hidden.
    """
    keys = torch.arange(length)[None, None, :]
    end = canvas.visible[:, :, None]
    past = keys < end  # [rows, slots, length]
    near = past & (keys > end - window)
    own = canvas.group[:, :, None] == canvas.group[:, None, :]  # [rows, slots, slots]
    return {
        "full_attention": torch.cat((past, own), dim=2)[:, None],
        "sliding_attention": torch.cat((near, own), dim=2)[:, None],
    }


def pinned_signal(model: LeanForward, canvas: CanvasTensors) -> tuple[Tensor, Tensor]:
    """The embedding of every target, and the first step's signal: those of pinned slots alone."""
    known = F.embedding(canvas.targets, model.embedding) * model.scale
    return known, torch.where(canvas.pinned[:, :, None], known, 0.0)


def encoder_loss(model: LeanForward, ids: Tensor, hidden: Tensor) -> Tensor:
    """Next-token cross-entropy over everything but padding (id 0)."""
    logits = model.logits(hidden[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=0)


def encoder_only(model: LeanForward, ids: Tensor) -> Tensor:
    hidden, _ = model.encode(ids)
    return encoder_loss(model, ids, hidden)


def joint(model: LeanForward, ids: Tensor, canvas: CanvasTensors, condition: bool) -> Losses:
    """Both losses of one batch; `condition` feeds a first pass' logits back to a second."""
    hidden, cache = model.encode(ids)
    masks = decoder_masks(canvas, ids.shape[1], model.window)
    known, signal = pinned_signal(model, canvas)
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
    return Losses(encoder_loss(model, ids, hidden), (losses * weights).sum() / total)
