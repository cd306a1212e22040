"""Rows of ids and canvases, and what a training forward says of them."""

import torch
from tiny import SIZE, WINDOW, text_ids

from diffgem_engine.training.passes.loss import CanvasTensors, decoder_masks

LENGTH, SLOTS = 4 * WINDOW, 12


def ids_of(rows, seed=0, device="cpu"):
    return torch.tensor([text_ids(LENGTH, seed + row) for row in range(rows)], device=device)


def canvases(*visible, slots=SLOTS, seed=5, device="cpu"):
    """One row; a canvas of random ids for each count of encoder positions that it sees."""
    count = len(visible) * slots
    group = torch.arange(count) // slots
    seen = torch.tensor(visible)[group]
    clean, noisy = torch.tensor(text_ids(count, seed)), torch.tensor(text_ids(count, seed + 1))
    pinned = torch.arange(count) % slots >= slots - 3
    rows = (
        torch.where(pinned, clean, noisy),
        clean,
        torch.where(pinned, 0.0, 1.0),
        pinned,
        seen,
        seen + torch.arange(count) % slots,
        group,
        ~pinned,
    )
    return CanvasTensors(*(row[None].to(device) for row in rows))


def canvas_logits(forward, ids, canvas, signal=None):
    _, cache = forward.encode(ids)
    masks = decoder_masks(canvas, ids.shape[1], forward.window)
    if signal is None:
        signal = forward.embedding.new_zeros(*canvas.noisy.shape, SIZE.hidden)
    return forward.logits(forward.denoise(canvas.noisy, signal, canvas.positions, cache, masks))
