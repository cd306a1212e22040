"""Causal attention to a window of positions, without looking at the whole row where that can be."""

import torch
import torch.nn.functional as F
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, window: int) -> Tensor:
    """Causal attention to the last `window` positions, of any length."""
    length = q.shape[2]
    if length <= window:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
    if length % window == 0:
        return _local_attention(q, k, v, window)
    mask = sliding_mask(length, window, q.device)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0)


def sliding_mask(length: int, window: int, device: torch.device) -> Tensor:
    """What each position sees of the last `window`, its own included: [length, length]."""
    at = torch.arange(length, device=device)
    return (at <= at[:, None]) & (at > at[:, None] - window)


def _local_attention(q: Tensor, k: Tensor, v: Tensor, window: int) -> Tensor:
    """Causal attention to the last `window` positions; the length is a multiple of `window`."""
    batch, heads, length, dim = q.shape
    chunks = length // window

    def pairs(x: Tensor) -> Tensor:  # every chunk with the one before it
        own = x.reshape(batch, heads, chunks, window, dim)
        before = F.pad(own, (0, 0, 0, 0, 1, 0))[:, :, :-1]
        return torch.cat((before, own), dim=3).transpose(1, 2).reshape(-1, heads, 2 * window, dim)

    query = q.reshape(batch, heads, chunks, window, dim).transpose(1, 2)
    i = torch.arange(window, device=q.device)[:, None] + window
    j = torch.arange(2 * window, device=q.device)[None, :]
    near = (j <= i) & (j > i - window)  # [window, 2 * window]
    mask = near.repeat(chunks, 1, 1)
    mask[0, :, :window] = False
    out = F.scaled_dot_product_attention(
        query.reshape(-1, heads, window, dim),
        pairs(k),
        pairs(v),
        attn_mask=mask.repeat(batch, 1, 1)[:, None],
        scale=1.0,
    )
    return out.reshape(batch, chunks, heads, window, dim).transpose(1, 2).reshape(q.shape)
