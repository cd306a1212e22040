"""How far two models of the same weights agree on what stands in a canvas."""

from collections.abc import Iterator, Sequence

import torch
from attrs import frozen
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.text_config import text_config

SLOTS = 32


@frozen
class Agreement:
    """Over all slots of all canvases, at the first step and at one that has a guess to go on."""

    kl: float  # nats, the mean divergence of the other distribution from the exact one
    same: float  # share of slots whose likeliest token is the same


@torch.inference_mode()
def agreement(
    exact: DiffusionGemmaForBlockDiffusion,
    other: DiffusionGemmaForBlockDiffusion,
    prompts: Sequence[Sequence[int]],
) -> Agreement:
    """Of canvases of SLOTS slots behind `prompts`, in token ids; the same noise in every run."""
    kls, sames = [], []
    for ids, canvas, signal in _canvases(exact, prompts):
        first, second = _logits(exact, ids, canvas, signal), _logits(other, ids, canvas, signal)
        logs, others = first.log_softmax(-1), second.log_softmax(-1)
        kls.append((logs.exp() * (logs - others)).sum(-1).mean())
        sames.append((first.argmax(-1) == second.argmax(-1)).float().mean())
    return Agreement(float(torch.stack(kls).mean()), float(torch.stack(sames).mean()))


def _canvases(
    exact: DiffusionGemmaForBlockDiffusion, prompts: Sequence[Sequence[int]]
) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """Prompt, canvas and self-conditioning logits: noise, then what the exact model makes of it."""
    noise = torch.Generator().manual_seed(0)
    vocab = text_config(exact.config).vocab_size
    for prompt in prompts:
        ids = torch.tensor([list(prompt)])
        canvas = torch.randint(vocab, (1, SLOTS), generator=noise)
        yield ids, canvas, None
        guess = _logits(exact, ids, canvas, None)
        yield ids, guess.argmax(-1), guess


def _logits(
    model: DiffusionGemmaForBlockDiffusion, ids: Tensor, canvas: Tensor, signal: Tensor | None
) -> Tensor:
    """[1, slots, vocab]"""
    logits: Tensor = model(
        input_ids=ids, decoder_input_ids=canvas, self_conditioning_logits=signal
    ).logits
    return logits
